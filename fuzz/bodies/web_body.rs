//! Arbitrary request bodies: a reaction that the settings judge, or an error with a hint.

use cowork_calls::config::emoji::Emoji;
use cowork_calls::text::clean;
use cowork_calls::web::request::{REACTION_HINT, parse_reaction};

pub(crate) fn check(data: &[u8]) {
    match parse_reaction(data) {
        Ok(text) => {
            // It survives JSON, and its text is judged as an argument on the command line is.
            let written = serde_json::json!({ "reaction": text }).to_string();
            assert_eq!(parse_reaction(written.as_bytes()).ok().as_deref(), Some(&*text));
            if let Err(error) = Emoji::parse(&text) {
                let message = error.to_string();
                assert_eq!(clean(&message), message, "{message:?}");
            }
        }
        Err(error) => {
            let message = error.to_string();
            assert_eq!(clean(&message), message, "{message:?}");
            assert!(parse_reaction(REACTION_HINT.trim_start_matches("send ").as_bytes()).is_ok());
        }
    }
}
