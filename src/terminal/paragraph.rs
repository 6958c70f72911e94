//! Paragraphs: wrapped between words if the width of the terminal is known, and one line otherwise.

use std::iter::repeat_n;

use unicode_width::UnicodeWidthStr as _;

use super::{Stream, Style};

/// The indentation of the lines after the first below a mark.
const HANG: usize = 2;

/// Returns a paragraph after `mark`, indented; lines after the first hang below the mark.
pub fn paragraph(indent: usize, mark: Option<(Style, &str)>, words: &str, out: Stream) -> String {
    let width = out.width.map_or(usize::MAX, usize::from);
    let mut text = " ".repeat(indent);
    let mut column = indent;
    let mut hang = indent;
    if let Some((style, mark)) = mark {
        let sign = mark.trim_end();
        text += &out.paint(style, sign);
        text += &mark[sign.len()..];
        column += mark.width();
        hang += HANG;
    }
    let mut gap = 0;
    for (index, word) in words.split(' ').enumerate() {
        gap += usize::from(index > 0);
        if word.is_empty() {
            continue;
        }
        let length = word.width();
        if gap > 0 && column + gap + length > width {
            text.push('\n');
            gap = hang;
            column = 0;
        }
        text.extend(repeat_n(' ', gap));
        text += word;
        column += gap + length;
        gap = 0;
    }
    text.extend(repeat_n(' ', gap));
    text + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_hang_below_their_mark_and_a_pipe_gets_one_line() {
        let mut terminal = Stream { is_terminal: true, color: false, width: Some(16) };
        let words = "one two three 👍👍 four  five";
        let wrapped = |out| paragraph(1, Some((Style::Bad, "error: ")), words, out);
        assert_eq!(wrapped(terminal), " error: one two\n   three 👍👍\n   four  five\n");
        terminal.width = Some(17);
        assert_eq!(wrapped(terminal), " error: one two\n   three 👍👍\n   four  five\n");
        terminal.width = Some(12);
        assert_eq!(wrapped(terminal), " error: one\n   two three\n   👍👍 four\n   five\n");
        terminal.width = None;
        assert_eq!(wrapped(terminal), " error: one two three 👍👍 four  five\n");
    }
}
