//! A menu at the terminal, from which one item or several are chosen with the arrow keys.

use std::io::{self, Write as _, stderr};
use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation as _;
use unicode_width::UnicodeWidthStr as _;

use super::keyboard::{Key, Keyboard};
use super::line::{columns, position, up};
use super::mode::TypedAhead;
use super::stream;

/// The columns before an item, and one after it for a terminal that wraps early.
const MARGIN: usize = 3;

/// The columns of a checkbox.
const BOX: usize = 4;

/// The items of a menu.
pub(super) struct Menu<'a> {
    question: &'a str,
    items: &'a [String],
    /// The item with the cursor.
    at: usize,
    /// Which items are chosen; none in a menu with one choice.
    chosen: Option<Vec<bool>>,
}

impl<'a> Menu<'a> {
    /// A menu with one choice, at first the item `at`.
    pub(super) fn of_one(question: &'a str, items: &'a [String], at: usize) -> Self {
        Menu { question, items, at, chosen: None }
    }

    /// A menu in which any number of items can be chosen.
    pub(super) fn of_many(question: &'a str, items: &'a [String]) -> Self {
        Menu { question, items, at: 0, chosen: Some(vec![false; items.len()]) }
    }

    /// Shows the menu until Enter, then clears it; returns the indexes of the chosen items. Esc is `None`.
    pub(super) fn choose(mut self) -> io::Result<Option<Vec<usize>>> {
        let mut drawn = 0;
        let answer = self.until_answered(&mut drawn);
        // The cursor is visible again.
        stderr().write_all(format!("{}\r\x1b[J\x1b[?25h", up(drawn)).as_bytes())?;
        answer
    }

    /// Draws the menu and counts its rows, until a key ends it.
    fn until_answered(&mut self, drawn: &mut usize) -> io::Result<Option<Vec<usize>>> {
        let keyboard = Keyboard::open(TypedAhead::Discarded)?;
        loop {
            let (columns, lines) = (columns(), stream::lines(stderr()).map_or(24, usize::from));
            let frame = self.frame(columns, lines);
            stderr().write_all(format!("{}\r\x1b[J\x1b[?25l{frame}", up(*drawn)).as_bytes())?;
            *drawn = frame.lines().map(|line| position(line, columns).0 + 1).sum();
            match keyboard.key()? {
                Key::Enter => return Ok(Some(self.indexes())),
                Key::Char(' ') if self.chosen.is_none() => return Ok(Some(self.indexes())),
                Key::Escape => return Ok(None),
                Key::EndOfInput => return Err(io::ErrorKind::UnexpectedEof.into()),
                key => self.act(key),
            }
        }
    }

    fn act(&mut self, key: Key) {
        const PAGE: usize = 10;
        let last = self.items.len().saturating_sub(1);
        self.at = match key {
            Key::Up | Key::Char('k') => self.at.checked_sub(1).unwrap_or(last),
            Key::Down | Key::Char('j') if self.at == last => 0,
            Key::Down | Key::Char('j') => self.at + 1,
            Key::PageUp => self.at.saturating_sub(PAGE),
            Key::PageDown => last.min(self.at + PAGE),
            Key::Home => 0,
            Key::End => last,
            _ => self.at,
        };
        if let (Key::Char(' '), Some(mark)) =
            (key, self.chosen.as_mut().and_then(|chosen| chosen.get_mut(self.at)))
        {
            *mark = !*mark;
        }
    }

    fn indexes(&self) -> Vec<usize> {
        match &self.chosen {
            None => vec![self.at],
            Some(chosen) => (0..chosen.len()).filter(|index| chosen[*index]).collect(),
        }
    }

    /// The lines of the menu; of a long one those around the cursor.
    fn frame(&self, columns: usize, lines: usize) -> String {
        let question = format!("{}:", self.question);
        // The line below the menu has the cursor.
        let room = lines.saturating_sub(position(&question, columns).0 + 2);
        let shown = shown(self.items.len(), self.at, room);
        let mut frame = question + "\n";
        if shown.start > 0 {
            frame += &format!("  ↑ {} more\n", shown.start);
        }
        let below = self.items.len() - shown.end;
        for index in shown {
            let cursor = if index == self.at { "> " } else { "  " };
            let (mark, taken) = match &self.chosen {
                None => ("", MARGIN),
                Some(chosen) if chosen[index] => ("[x] ", MARGIN + BOX),
                Some(_) => ("[ ] ", MARGIN + BOX),
            };
            frame +=
                &format!("{cursor}{mark}{}\n", fitted(&self.items[index], columns.saturating_sub(taken)));
        }
        if below > 0 {
            frame += &format!("  ↓ {below} more\n");
        }
        frame
    }
}

/// Which of `count` items are shown when `room` lines are free: those around the one with the cursor.
fn shown(count: usize, at: usize, room: usize) -> Range<usize> {
    if count <= room {
        return 0..count;
    }
    // Two lines count the items above and below.
    let most = room.saturating_sub(2).max(1);
    let start = at.saturating_sub(most / 2).min(count - most);
    start..start + most
}

/// Returns the widest item of a menu with one choice that is shown in full.
pub fn room() -> usize {
    columns().saturating_sub(MARGIN)
}

/// Shortens an item to so many columns. It loses its middle, because addresses differ at both ends.
pub fn fitted(item: &str, most: usize) -> String {
    const GAP: &str = "…";
    if item.width() <= most {
        return item.to_owned();
    }
    let left = most.saturating_sub(GAP.width());
    let end = taken(item.graphemes(true).rev(), left - left / 2);
    let start = taken(item.graphemes(true), left / 2);
    format!("{}{GAP}{}", &item[..start], &item[item.len() - end..])
}

/// Returns the bytes of the first graphemes that take at most `most` columns.
fn taken<'a>(graphemes: impl Iterator<Item = &'a str>, most: usize) -> usize {
    let mut width = 0;
    let fitting = graphemes.take_while(|grapheme| {
        width += grapheme.width();
        width <= most
    });
    fitting.map(str::len).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_item_loses_its_middle() {
        let uri = "turn:relay.conference.example.de:3478?transport=tcp";
        assert_eq!(fitted(uri, uri.len()), uri);
        assert_eq!(fitted(uri, 36), "turn:relay.confer…3478?transport=tcp");
        for most in 0..uri.len() {
            assert!(fitted(uri, most).width() <= most.max(1), "{most}");
            assert!(fitted("🫱🏻‍🫲🏿🫱🏻‍🫲🏿🫱🏻‍🫲🏿", most).width() <= most.max(1), "{most}");
        }
    }

    #[test]
    fn the_item_with_the_cursor_is_always_shown() {
        for count in 1..30 {
            for room in 1..12 {
                for at in 0..count {
                    let shown = shown(count, at, room);
                    assert!(shown.contains(&at) && shown.end <= count, "{count} {at} {room}: {shown:?}");
                    assert!(shown.len() + 2 <= room.max(3) || shown == (0..count), "{count} {room}");
                }
            }
        }
    }

    #[test]
    fn keys_move_the_cursor_and_choose() {
        let items = ["a", "b", "c"].map(str::to_owned);
        let mut menu = Menu::of_many("Which", &items);
        for key in [Key::Up, Key::Char(' '), Key::Down, Key::Char(' '), Key::Down, Key::Char(' ')] {
            menu.act(key);
        }
        menu.act(Key::Char(' '));
        assert_eq!(menu.indexes(), [0, 2]);
        assert_eq!(menu.frame(80, 24), "Which:\n  [x] a\n> [ ] b\n  [x] c\n");
        menu.act(Key::End);
        assert_eq!(menu.frame(80, 4), "Which:\n  ↑ 2 more\n> [x] c\n");
        let mut one = Menu::of_one("Which", &items, 1);
        one.act(Key::PageUp);
        one.act(Key::Char('q'));
        assert_eq!(one.frame(80, 4), "Which:\n> a\n  ↓ 2 more\n");
        assert_eq!(one.indexes(), [0]);
    }
}
