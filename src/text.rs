//! Cleaning of text that comes from servers and files, before a terminal or a log gets it.

use std::borrow::Cow;

/// `text` without what a terminal would act on or what would disguise it: control characters, escape
/// sequences' introducers, and the marks that turn the direction of writing. For text of servers and files.
#[must_use]
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.contains(is_harmful) {
        Cow::Owned(text.chars().filter(|c| !is_harmful(*c)).collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// Whether a terminal would act on a character, or show other text in another order because of it.
#[must_use]
pub fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            // Marks of direction, separators of lines, deprecated and interlinear controls, the byte-order mark.
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{206f}'
                | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clean_keeps_text_and_drops_what_a_terminal_acts_on() {
        assert_eq!(clean("Coturn-4.6.1 'Gorst' 👍"), "Coturn-4.6.1 'Gorst' 👍");
        assert_eq!(clean("a\u{1b}[31mb\r\nc\u{9b}d\u{202e}e\u{7f}\0\u{61c}\u{2066}"), "a[31mbcde");
    }
}
