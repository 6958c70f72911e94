//! One line of text that is typed, corrected and confirmed at the terminal.

use std::io::{self, ErrorKind, Write as _, stderr};

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;
use zeroize::Zeroizing;

use super::keyboard::{Key, Keyboard};
use super::mode::TypedAhead;
use super::stream;

/// Prompts for a line; Esc is `None`. What is typed is shown unless it is `hidden`.
pub(super) fn read(prompt: &str, hidden: bool, ahead: TypedAhead) -> io::Result<Option<Zeroizing<String>>> {
    let keyboard = Keyboard::open(ahead)?;
    let mut line = Line::default();
    let mut shown = Shown::new(prompt)?;
    let is_confirmed = loop {
        match keyboard.key()? {
            Key::Enter => break true,
            Key::Escape => break false,
            Key::EndOfInput if line.text.is_empty() => {
                show("\n")?;
                return Err(ErrorKind::UnexpectedEof.into());
            }
            key => match (key, line.edit(key)) {
                _ if hidden => {}
                (Key::Char(c), true) => shown.append(&line, c)?,
                _ => shown.again(&line)?,
            },
        }
    };
    if hidden && is_confirmed && !line.text.is_empty() {
        show("[hidden]")?;
    } else if !hidden && line.at < line.text.len() {
        line.at = line.text.len();
        shown.again(&line)?;
    }
    show("\n")?;
    Ok(is_confirmed.then_some(line.text))
}

fn show(text: &str) -> io::Result<()> {
    stderr().write_all(text.as_bytes())
}

/// Returns the present width of the terminal.
pub(super) fn columns() -> usize {
    stream::columns(stderr()).map_or(80, usize::from)
}

/// Returns the row and column after `text`, which begins in the first column of row 0. The column may be that after the
/// last one, where the next character begins another row.
pub(super) fn position(text: &str, columns: usize) -> (usize, usize) {
    text.graphemes(true).fold((0, 0), |(row, column), grapheme| match grapheme.width() {
        width if column + width > columns => (row + 1, width),
        width => (row, column + width),
    })
}

/// The text of a line, and the cursor in it.
#[derive(Default)]
struct Line {
    text: Zeroizing<String>,
    /// The bytes before the cursor.
    at: usize,
}

impl Line {
    /// Does what a key does; returns whether it added a character at the end.
    fn edit(&mut self, key: Key) -> bool {
        let length = |grapheme: Option<&str>| grapheme.map_or(0, str::len);
        let (before, after) = self.text.split_at(self.at);
        let back = length(before.graphemes(true).next_back());
        let on = length(after.graphemes(true).next());
        match key {
            Key::Char(c) => {
                self.text.insert(self.at, c);
                self.at += c.len_utf8();
                return self.at == self.text.len();
            }
            Key::Backspace => self.delete(self.at - back, self.at),
            Key::Delete => self.delete(self.at, self.at + on),
            Key::DeleteBefore => self.delete(0, self.at),
            Key::DeleteWord => {
                let mut word = before.trim_end().char_indices().rev();
                let space = word.find(|(_, c)| c.is_whitespace());
                self.delete(space.map_or(0, |(at, c)| at + c.len_utf8()), self.at);
            }
            Key::Left => self.at -= back,
            Key::Right => self.at += on,
            Key::Home => self.at = 0,
            Key::End => self.at = self.text.len(),
            _ => {}
        }
        false
    }

    /// Deletes bytes before or after the cursor, which stays before what follows.
    fn delete(&mut self, from: usize, to: usize) {
        self.text.replace_range(from..to, "");
        self.at = from;
    }
}

/// A line as the terminal shows it, after its prompt.
struct Shown<'a> {
    prompt: &'a str,
    /// The row of the cursor, counted from that of the prompt.
    row: usize,
}

impl<'a> Shown<'a> {
    fn new(prompt: &'a str) -> io::Result<Self> {
        show(prompt)?;
        Ok(Shown { prompt, row: position(prompt, columns()).0 })
    }

    /// Shows a character that was added at the end.
    fn append(&mut self, line: &Line, c: char) -> io::Result<()> {
        self.row = position(&self.whole(line), columns()).0;
        show(c.encode_utf8(&mut [0; 4]))
    }

    /// Shows the prompt and the line again, in place of what is there.
    fn again(&mut self, line: &Line) -> io::Result<()> {
        let whole = self.whole(line);
        let (text, row) = redrawn(&whole, self.prompt.len() + line.at, self.row, columns());
        self.row = row;
        show(&text)
    }

    fn whole(&self, line: &Line) -> String {
        format!("{}{}", self.prompt, *line.text)
    }
}

/// Draws a line again from the row `from` of the cursor; the cursor ends before the byte `at`. Returns also its row.
fn redrawn(whole: &str, at: usize, from: usize, columns: usize) -> (String, usize) {
    let mut text = format!("{}\r\x1b[J{whole}", up(from));
    let (last, _) = position(whole, columns);
    let (row, column) = match position(&whole[..at], columns) {
        _ if at == whole.len() => return (text, last),
        (row, column) if column == columns => (row + 1, 0),
        place => place,
    };
    text += &up(last - row);
    text.push('\r');
    if column > 0 {
        text += &format!("\x1b[{column}C");
    }
    (text, row)
}

/// Moves the cursor up some rows.
pub(super) fn up(rows: usize) -> String {
    if rows == 0 { String::new() } else { format!("\x1b[{rows}A") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(keys: &[Key]) -> Line {
        let mut line = Line::default();
        for c in "stun example 🫱🏻‍🫲🏿".chars() {
            assert!(line.edit(Key::Char(c)));
        }
        for key in keys {
            line.edit(*key);
        }
        line
    }

    #[test]
    fn keys_edit_the_line() {
        use Key::{Backspace, Char, Delete, DeleteBefore, DeleteWord, End, Home, Left, Other, Right};
        for (keys, text) in [
            (&[Backspace][..], "stun example "),
            (&[Left, Left, Backspace, End, Backspace], "stun exampl "),
            (&[Left, Delete, DeleteWord], "stun "),
            (&[DeleteWord, DeleteWord, DeleteWord, DeleteWord], ""),
            (&[DeleteWord, DeleteBefore], ""),
            (&[Home, Delete, Char('S'), Right, Char('.'), Other], "St.un example 🫱🏻‍🫲🏿"),
            (&[Home, Left, Backspace, End, Right, Delete], "stun example 🫱🏻‍🫲🏿"),
        ] {
            assert_eq!(*typed(keys).text, text, "{keys:?}");
        }
    }

    #[test]
    fn a_line_is_drawn_again_over_all_of_its_rows() {
        let mut screen = vt100::Parser::new(6.try_into().unwrap(), 10.try_into().unwrap(), 0);
        screen.process(b"above\r\nName: abcdefg");
        let mut row = position("Name: abcdefg", 10).0;
        // Wide characters do not fit into the last column.
        for (whole, at, cursor) in [
            ("Name: abcdef", 12, (2, 2)),
            ("Name: abcd", 10, (1, 9)),
            ("Name: abc🚀d", 9, (1, 9)),
            ("Name: abc🚀d", 6, (1, 6)),
            ("Name: 🚀🚀🚀🚀", 14, (2, 0)),
            ("Name: a", 7, (1, 7)),
        ] {
            let (text, now) = redrawn(whole, at, row, 10);
            row = now;
            screen.process(text.as_bytes());
            let shown = screen.screen();
            assert_eq!(shown.contents().replace('\n', ""), format!("above{whole}"));
            let (line, column) = shown.cursor_position();
            assert!((line, column.min(9)) == cursor, "{whole}: {line} {column}");
        }
    }
}
