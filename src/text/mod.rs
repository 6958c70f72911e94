//! Cleaning of untrusted text from servers and files before it reaches a terminal or a log.

pub mod address;
pub mod suggestion;

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

/// The most characters of an argument that an error repeats.
const MOST: usize = 64;

/// Returns an argument as far as an error may repeat it: up to the first '?' or space, behind which a secret may begin, and
/// up to 64 characters. Of a text with an '@' nothing is left, because a password may precede it, or contain it.
pub fn shortened(text: &str) -> Cow<'_, str> {
    if text.contains('@') {
        return Cow::Borrowed("…");
    }
    let begins_secret = |(at, c): (usize, char)| (c == '?' || c.is_whitespace()).then_some(at);
    let end = text.char_indices().find_map(begins_secret).unwrap_or(text.len());
    let (shown, _) = text.split_at(text.char_indices().nth(MOST).map_or(end, |(at, _)| at.min(end)));
    if shown.len() == text.len() { Cow::Borrowed(text) } else { Cow::Owned(format!("{shown}…")) }
}

/// Quotes an argument for an error, [`shortened`], with what a terminal would interpret or not show escaped.
pub fn quoted(text: &str) -> String {
    let text = shortened(text);
    let mut quoted = String::from("'");
    for c in text.chars() {
        // Pasted addresses may contain characters that nobody sees; emojis need the zero-width joiner.
        let is_invisible = matches!(c, '\u{ad}' | '\u{200b}' | '\u{200c}' | '\u{2060}'..='\u{2064}');
        if is_harmful(c) || is_invisible { quoted.extend(c.escape_default()) } else { quoted.push(c) }
    }
    quoted + "'"
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

/// Returns whether all bytes of a text are `as_wanted`. It looks at each of them, so that the compiler can compare several at
/// once.
pub fn all_bytes(text: &str, as_wanted: impl Fn(u8) -> bool) -> bool {
    text.bytes().fold(true, |all, byte| all & as_wanted(byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_end_where_a_secret_may_begin() {
        let long = "ü".repeat(64);
        assert_eq!(shortened(&long), *long);
        for (text, shown) in [
            ("turn:h:3478", "turn:h:3478"),
            ("", ""),
            ("turn:h?transport=udp", "turn:h…"),
            ("a b", "a…"),
            ("a\u{a0}b", "a…"),
            (" a", "…"),
            ("turn:ada:hunter2@h", "…"),
            ("h?x ada:hunter2@h", "…"),
            (&format!("{long}x"), &format!("{long}…")),
        ] {
            assert_eq!(shortened(text), *shown, "{text}");
            assert_eq!(
                shortened(&shortened(text)).trim_end_matches('…'),
                shown.trim_end_matches('…'),
                "{text}"
            );
        }
    }

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
