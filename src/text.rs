//! Cleaning of untrusted text from servers and files before it reaches a terminal or a log.

use std::borrow::Cow;

/// Removes what a terminal would interpret and what would disguise text: control characters, which begin escape
/// sequences, and marks that change the direction of writing.
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.contains(is_harmful) {
        Cow::Owned(text.chars().filter(|c| !is_harmful(*c)).collect())
    } else {
        Cow::Borrowed(text)
    }
}

/// Quotes untrusted text for an error: escapes what a terminal would interpret or not show, and cuts it after 80
/// characters.
pub fn quoted(text: &str) -> String {
    const MOST: usize = 80;
    let mut quoted = String::from("'");
    for c in text.chars().take(MOST) {
        // Pasted addresses may contain characters that nobody sees; emojis need the zero-width joiner.
        let is_invisible = matches!(c, '\u{ad}' | '\u{200b}' | '\u{200c}' | '\u{2060}'..='\u{2064}');
        if is_harmful(c) || is_invisible { quoted.extend(c.escape_default()) } else { quoted.push(c) }
    }
    quoted + if text.chars().nth(MOST).is_some() { "…'" } else { "'" }
}

/// Returns whether a terminal would interpret a character, or reorder other text because of it.
pub fn is_harmful(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            // Direction marks, line separators, deprecated and interlinear controls, the byte-order mark.
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{206f}'
                | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_show_what_is_invisible_but_keep_emojis() {
        assert_eq!(quoted("a:3478\u{200b}\u{1b}"), "'a:3478\\u{200b}\\u{1b}'");
        assert_eq!(quoted("👩\u{200d}🚀❤\u{fe0f}"), "'👩\u{200d}🚀❤\u{fe0f}'");
    }

    #[test]
    fn clean_keeps_text_and_removes_what_a_terminal_interprets() {
        assert_eq!(clean("Coturn-4.6.1 'Gorst' 👍"), "Coturn-4.6.1 'Gorst' 👍");
        assert_eq!(clean("a\u{1b}[31mb\r\nc\u{9b}d\u{202e}e\u{7f}\0\u{61c}\u{2066}"), "a[31mbcde");
    }
}
