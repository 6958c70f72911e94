//! An error in a settings file: its position, the line itself and what was expected.

use std::ops::Range;

use thiserror::Error;
use unicode_width::UnicodeWidthStr as _;

use super::lines::{Lines, line_start};
use super::mask::{SHOWN, masked};
use crate::text::clean;

/// One error in a settings file.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct Diagnostic {
    /// The line, counted from 1.
    pub line: usize,
    /// The column, counted from 1 in characters.
    pub column: usize,
    /// The text of the line, or part of a long one; secrets and control characters are masked.
    pub text: String,
    /// The marker below the text: the characters before it, and its width, at least 1.
    pub marker: (usize, usize),
    /// What is wrong.
    pub message: String,
    /// What was expected, or what to do.
    pub expected: String,
}

/// The most characters of a line that are shown.
const WIDEST: usize = 160;

impl Diagnostic {
    /// Creates an error at `span`, a range of bytes in `source`.
    pub(crate) fn new(source: &str, span: Range<usize>, message: &str, expected: &str) -> Self {
        Diagnostic::at(&mut Lines::of(source), span, message, expected)
    }

    /// Creates an error at `span` in the text of `lines`.
    pub(crate) fn at(lines: &mut Lines<'_>, span: Range<usize>, message: &str, expected: &str) -> Self {
        let source = lines.source;
        let (line, start) = (lines.number(span.start), line_start(source, span.start));
        let end = source[start..].find('\n').map_or(source.len(), |at| start + at);
        let before = source.get(start..span.start.min(end)).map_or(0, |text| text.chars().count());
        let width =
            source.get(span.start..span.end.min(end)).map_or(1, |text| text.trim_end().chars().count());
        let (text, offset) =
            part_of(&masked(source, start, source[start..end].trim_end_matches('\r')), before);
        let shown = text.chars().count();
        let offset = offset.min(shown);
        Diagnostic {
            line,
            column: before + 1,
            marker: (offset, width.min(shown - offset).max(1)),
            text,
            message: clean(message).into_owned(),
            expected: expected.to_owned(),
        }
    }

    /// Cuts the line after the marker.
    pub(crate) fn cut_after_marker(&mut self) {
        let (offset, width) = self.marker;
        if self.text.chars().count() > offset + width {
            self.text = self.text.chars().take(offset + width).collect::<String>() + " …";
        }
    }

    /// Hides a line without known keys: the file may be one with a secret, given by mistake.
    pub(crate) fn hide_unknown_text(mut self) -> Self {
        let mut words = self.text.split(|c: char| !(c.is_alphanumeric() || "-_".contains(c)));
        if !words.any(|word| SHOWN.contains(&word)) {
            (self.text, self.marker) = ("…".to_owned(), (0, 1));
        }
        self
    }

    /// Returns the line with the marker below it, as three lines without a final line break.
    pub fn excerpt(&self) -> String {
        let number = self.line.to_string();
        let gutter = " ".repeat(number.len());
        let (offset, width) = self.marker;
        let before: String = self.text.chars().take(offset).collect();
        let marked: String = self.text.chars().skip(offset).take(width).collect();
        let marker = "^".repeat(marked.width().max(1));
        format!(" {gutter} |\n {number} | {}\n {gutter} | {}{marker}", self.text, spaces_like(&before))
    }
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
        Diagnostic::new(source, start..start + marked.len(), "wrong", "right")
    }

    #[test]
    fn the_marker_lines_up_with_what_it_marks() {
        let found = diagnostic("\u{feff}a = 1\r\nü =\t'xyz' # c\r\n", "'xyz'");
        assert_eq!((found.line, found.column), (2, 5));
        assert_eq!(found.excerpt(), "   |\n 2 | ü =\t'xyz' # c\n   |    \t^^^^^");
        let wide = diagnostic("a = ['👍👎', '❤\u{fe0f}', 👩🏽\u{200d}🚀 x👍]", "x👍");
        assert_eq!(wide.excerpt().lines().nth(2), Some("   |                       ^^^"));
        assert_eq!(diagnostic("\u{feff}a = x", "x").excerpt(), "   |\n 1 | a = x\n   |     ^");
    }

    #[test]
    fn shows_the_end_of_a_file_and_a_part_of_a_long_line() {
        assert_eq!(Diagnostic::new("a =", 3..3, "", "").excerpt(), "   |\n 1 | a =\n   |    ^");
        assert_eq!(Diagnostic::new("", 0..0, "", "").excerpt(), "   |\n 1 | \n   | ^");
        let long = diagnostic(&format!("{}x{}", "a".repeat(5000), "b".repeat(5000)), "x");
        assert_eq!((long.column, long.marker), (5001, (80, 1)));
        assert_eq!(long.text.chars().nth(80), Some('x'));
        assert_eq!(long.text.chars().count(), WIDEST);
    }
}
