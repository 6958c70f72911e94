//! An error in a settings file: its position, the line itself and what was expected.

use std::ops::Range;

use thiserror::Error;
use unicode_width::UnicodeWidthStr as _;

use super::lines::{Lines, line_start};
use super::mask::{SHOWN, end_of_text, first_secret};
use crate::config::turn::MASK;
use crate::text::{clean, is_harmful};

/// One error in a settings file.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct Diagnostic {
    /// The line, counted from 1.
    pub line: usize,
    /// The column, counted from 1 in characters.
    pub column: usize,
    /// The line up to what is wrong, or part of a long one, without secrets and control characters; empty if the line
    /// could not be parsed, because the file may be any other file.
    pub text: String,
    /// The marker below the text: the characters before it, and its width; 0 if what is wrong is behind a secret, which is
    /// not shown.
    pub marker: (usize, usize),
    /// What is wrong.
    pub message: String,
    /// What was expected, or what to do.
    pub expected: String,
    /// Whether there are more errors, which are not reported before this one and those above it are corrected.
    pub more_follow: bool,
}

/// Returns the first errors, and notes in the last one whether there are more.
pub(crate) fn at_most(most: usize, mut errors: Vec<Diagnostic>) -> Vec<Diagnostic> {
    let more_follow = errors.len() > most;
    errors.truncate(most);
    if let Some(last) = errors.last_mut() {
        last.more_follow = more_follow;
    }
    errors
}

/// The most characters of a line that are shown.
const WIDEST: usize = 160;

impl Diagnostic {
    /// Creates an error at `span`, a range of bytes in a `source` that could not be parsed.
    pub(crate) fn new(source: &str, span: Range<usize>, message: &str, expected: &str) -> Self {
        Diagnostic::hidden(&mut Lines::of(source), span, message, expected)
    }

    /// Creates an error at `span` in a line of `lines` that could not be parsed.
    pub(crate) fn hidden(lines: &mut Lines<'_>, span: Range<usize>, message: &str, expected: &str) -> Self {
        Diagnostic { text: String::new(), ..Diagnostic::at(lines, span, message, expected) }
    }

    /// Creates an error at `span` in the text of `lines`, which was parsed.
    pub(crate) fn at(lines: &mut Lines<'_>, span: Range<usize>, message: &str, expected: &str) -> Self {
        let source = lines.source;
        let (line, start) = (lines.number(span.start), line_start(source, span.start));
        let end = source[start..].find('\n').map_or(source.len(), |at| start + at);
        let before = source.get(start..span.start.min(end)).map_or(0, |text| text.chars().count());
        // Of what goes on in the next line, where there may be comments, only the first character is marked.
        let marked = source.get(span.start..span.end).unwrap_or_default();
        let width = if marked.contains('\n') { 1 } else { marked.trim_end().chars().count() };
        let (shown, hidden) = shown(lines, start, &source[start..end], before + width);
        let is_hidden = hidden
            .and_then(|from| source.get(start + from..span.start))
            .is_some_and(|between| !between.trim_matches([' ', '\t', '=', '"', '\'']).is_empty());
        let (text, offset) = part_of(&shown, before);
        let length = text.chars().count();
        let offset = offset.min(length);
        Diagnostic {
            line,
            column: before + 1,
            marker: (offset, if is_hidden { 0 } else { width.min(length - offset).max(1) }),
            text,
            message: clean(message).into_owned(),
            expected: expected.to_owned(),
            more_follow: false,
        }
    }

    /// Hides a line without known keys: the file may be one with a secret, given by mistake.
    pub(crate) fn hide_unknown_text(mut self) -> Self {
        let mut words = self.text.split(|c: char| !(c.is_alphanumeric() || "-_".contains(c)));
        if !words.any(|word| SHOWN.contains(&word)) {
            self.text.clear();
        }
        self
    }

    /// Returns the line with the marker below it, if it has one, as lines without a final line break; empty without the line.
    pub fn excerpt(&self) -> String {
        if self.text.is_empty() {
            return String::new();
        }
        let number = self.line.to_string();
        let gutter = " ".repeat(number.len());
        let (offset, width) = self.marker;
        if width == 0 {
            return format!(" {gutter} |\n {number} | {}", self.text);
        }
        let before: String = self.text.chars().take(offset).collect();
        let marked: String = self.text.chars().skip(offset).take(width).collect();
        let marker = "^".repeat(marked.width().max(1));
        format!(" {gutter} |\n {number} | {}\n {gutter} | {}{marker}", self.text, spaces_like(&before))
    }
}

/// Returns the `line` at `start` up to `length` characters, before the first secret, and without control characters; also
/// where in the line hidden text begins.
fn shown(lines: &mut Lines<'_>, start: usize, line: &str, length: usize) -> (String, Option<usize>) {
    let end = line.char_indices().nth(length).map_or(line.len(), |(at, _)| at);
    let known = lines.shown.filter(|(of, ..)| *of == start);
    let (_, secret, text) = *lines
        .shown
        .insert(known.unwrap_or_else(|| (start, first_secret(lines.source, start, line), end_of_text(line))));
    let (secret, text) = (secret.filter(|at| *at < end), text.filter(|at| *at < end));
    let (shown, hidden) = match (secret, text) {
        (Some(at), text) if text.is_none_or(|text| at <= text) => {
            (format!("{}{MASK}", &line[..at]), Some(at))
        }
        (_, Some(at)) => (format!("{}…", &line[..at]), Some(at)),
        _ if line[end..].trim_matches([']', '}', ' ', '\t', '\r']).is_empty() => {
            (line.trim_end().to_owned(), None)
        }
        _ => (format!("{} …", &line[..end]), None),
    };
    let without_controls = |c: char| if is_harmful(c) && c != '\t' { '\u{fffd}' } else { c };
    (shown.chars().map(without_controls).collect(), hidden)
}

/// Returns spaces as wide as `text`, with its tabs, so that the marker lines up with what it marks.
fn spaces_like(text: &str) -> String {
    text.split('\t').map(|part| " ".repeat(part.width())).collect::<Vec<_>>().join("\t")
}

/// Returns up to [`WIDEST`] characters of a line around the one at `offset`, and its offset in them.
fn part_of(line: &str, offset: usize) -> (String, usize) {
    let skip = if line.chars().count() <= WIDEST { 0 } else { offset.saturating_sub(WIDEST / 2) };
    (line.chars().skip(skip).take(WIDEST).collect(), offset - skip)
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// Creates an error at the last occurrence of `marked`.
    pub(crate) fn diagnostic(source: &str, marked: &str) -> Diagnostic {
        let start = source.rfind(marked).unwrap();
        Diagnostic::at(&mut Lines::of(source), start..start + marked.len(), "wrong", "right")
    }

    #[test]
    fn the_marker_lines_up_with_what_it_marks() {
        let found = diagnostic("\u{feff}a = 1\r\nü =\t'xyz' # c\r\n", "'xyz'");
        assert_eq!((found.line, found.column), (2, 5));
        assert_eq!(found.excerpt(), "   |\n 2 | ü =\t'xyz' …\n   |    \t^^^^^");
        let wide = diagnostic("a = ['👍👎', '❤\u{fe0f}', 👩🏽\u{200d}🚀 x👍]", "x👍");
        assert_eq!(wide.excerpt().lines().nth(2), Some("   |                       ^^^"));
        assert_eq!(diagnostic("\u{feff}a = x", "x").excerpt(), "   |\n 1 | a = x\n   |     ^");
    }

    #[test]
    fn what_is_wrong_behind_a_secret_has_no_marker() {
        let masked = diagnostic("[[turn.servers]]\na = { password = 'hunter2', uri = 3 }", "3");
        assert_eq!(masked.excerpt(), "   |\n 2 | a =********");
        let secret = diagnostic("[[turn.servers]]\npassword = 3", "3");
        assert_eq!(secret.excerpt(), "   |\n 2 | password ********\n   |            ^");
    }

    #[test]
    fn a_file_that_was_not_parsed_is_not_shown() {
        let error = Diagnostic::new("a\nhunter2", 3..5, "wrong", "right");
        assert_eq!((error.line, error.column, error.excerpt()), (2, 2, String::new()));
        assert!(!format!("{error:?}").contains("unter"), "{error:?}");
    }

    #[test]
    fn shows_the_end_of_a_file_and_a_part_of_a_long_line() {
        let end = Diagnostic::at(&mut Lines::of("a ="), 3..3, "", "");
        assert_eq!(end.excerpt(), "   |\n 1 | a =\n   |    ^");
        let long = diagnostic(&format!("{}x{}", "a".repeat(5000), "b".repeat(5000)), "x");
        assert_eq!((long.column, long.marker), (5001, (80, 1)));
        assert_eq!(long.text.chars().nth(80), Some('x'));
        assert_eq!(long.text.chars().count(), WIDEST / 2 + "x …".chars().count());
        let wide = diagnostic(&format!("{}x{}", "a".repeat(5000), "b".repeat(5000)), &"b".repeat(5000));
        assert_eq!(wide.text.chars().count(), WIDEST);
    }
}
