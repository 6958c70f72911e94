//! Any text as a reaction: one emoji that its own spellings lead back to, or an error with a remedy.

use cowork_calls::config::emoji::Emoji;
use cowork_calls::text::clean;

pub(crate) fn check(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    match Emoji::parse(text) {
        Ok(emoji) => {
            assert_eq!(Emoji::parse(emoji.as_str()).as_ref(), Ok(&emoji));
            assert_eq!(Emoji::parse(&emoji.short_name()).as_ref(), Ok(&emoji), "{}", emoji.short_name());
            assert!(!emoji.name().is_empty());
            assert_eq!(clean(emoji.as_str()), emoji.as_str());
        }
        Err(error) => {
            let (message, hint) = (error.to_string(), error.hint());
            assert!(!message.is_empty() && !hint.is_empty());
            assert_eq!(clean(&message), message, "{message:?}");
            assert_eq!(clean(&hint), hint, "{hint:?}");
        }
    }
}
