//! Tables for people: aligned, without borders, never wrapped when piped; a block for each row where the terminal is too
//! narrow for columns.

use std::cmp::Reverse;

use unicode_width::UnicodeWidthStr as _;

use super::{Stream, Style};

/// The spaces between two columns.
const GAP: usize = 2;
/// Columns up to this width are never wrapped: nothing would be gained.
const SHORT: usize = 16;
/// The least indentation below the entry of a block.
const LEAST_INDENT: usize = 2;
/// A table that is wider than the terminal wraps its cells from this width of the terminal on. Below, columns of a few
/// characters would be left.
const WRAPS_FROM: usize = 60;

/// A table, to which rows are added.
pub struct Table {
    out: Stream,
    columns: Vec<Column>,
    rows: Vec<Vec<Cell>>,
}

struct Column {
    heading: &'static str,
    is_right: bool,
    /// The spaces before it.
    gap: usize,
    /// The width of its widest cell.
    widest: usize,
}

/// A text in a table.
pub struct Cell {
    text: String,
    style: Option<Style>,
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Cell { text, style: None }
    }
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

impl Cell {
    /// A text in a style.
    pub fn styled(text: impl Into<String>, style: Style) -> Self {
        Cell { text: text.into(), style: Some(style) }
    }

    /// Returns the text as it is written to a stream.
    pub fn painted(&self, out: Stream) -> String {
        painted(&self.text, self.style, out)
    }
}

/// The lines of a table, for notes between its rows.
pub struct Lines {
    /// The headings; none where each row is a block.
    pub headings: Option<String>,
    /// Each row, of one or several lines without trailing spaces, and without a line end after the last one.
    pub rows: Vec<String>,
    /// The column in which entries begin, and notes about them.
    pub indent: usize,
}

impl Table {
    /// An empty table. A column with the heading `#` is for numbers. The entries of the table are in the first column that
    /// has another heading; columns before it, such as marks, belong to the entry.
    pub fn new(out: Stream, headings: &[&'static str]) -> Self {
        let column = |(index, heading): (usize, &&'static str)| Column {
            heading,
            is_right: *heading == "#",
            gap: if index == 0 { 0 } else { GAP },
            widest: heading.width(),
        };
        Table { out, columns: headings.iter().enumerate().map(column).collect(), rows: Vec::new() }
    }

    /// Aligns a column at the right.
    pub fn align_right(mut self, index: usize) -> Self {
        self.columns[index].is_right = true;
        self
    }

    /// Puts the entries close to the marks before them.
    pub fn with_marks(mut self) -> Self {
        let entry = self.entry();
        self.columns[entry].gap = 1;
        self
    }

    /// Adds a row, which has a cell for each heading.
    pub fn add_row(&mut self, cells: impl IntoIterator<Item = impl Into<Cell>>) {
        let row: Vec<Cell> = cells.into_iter().map(Into::into).collect();
        for (column, cell) in self.columns.iter_mut().zip(&row) {
            column.widest = column.widest.max(cell.text.width());
        }
        self.rows.push(row);
    }

    /// Returns the table as text. Lines have no trailing spaces.
    pub fn text(&self) -> String {
        let Lines { headings, rows, .. } = self.lines();
        headings.into_iter().chain(rows).map(|row| row + "\n").collect()
    }

    /// Returns the rows of the table apart.
    pub fn lines(&self) -> Lines {
        let entry = self.entry();
        let indent = self.columns[..entry].iter().map(|column| column.gap + column.widest).sum::<usize>()
            + self.columns[entry].gap;
        let Some(widths) = self.widths() else {
            let indent = indent.max(LEAST_INDENT);
            let rows = self.rows.iter().map(|row| self.block(row, indent)).collect();
            return Lines { headings: None, rows, indent };
        };
        let headings: Vec<Cell> =
            self.columns.iter().map(|column| Cell::styled(column.heading, Style::Bold)).collect();
        let headings = Some(self.row(&headings, &widths));
        Lines { headings, rows: self.rows.iter().map(|row| self.row(row, &widths)).collect(), indent }
    }

    /// The index of the column with the entries.
    fn entry(&self) -> usize {
        let is_entry = |column: &Column| !matches!(column.heading, "" | "#");
        self.columns.iter().position(is_entry).unwrap_or_default()
    }

    /// The widths of the columns; none where the terminal is too narrow for them.
    fn widths(&self) -> Option<Vec<usize>> {
        let mut widths: Vec<usize> = self.columns.iter().map(|column| column.widest).collect();
        let gaps: usize = self.columns.iter().map(|column| column.gap).sum();
        let room = self.out.width.map_or(usize::MAX, usize::from);
        let mut excess = (gaps + widths.iter().sum::<usize>()).saturating_sub(room);
        if excess == 0 {
            return Some(widths);
        }
        if room < WRAPS_FROM {
            return None;
        }
        // The widest columns are narrowed first, and last of all the entries, which people copy.
        let entry = self.entry();
        let mut order: Vec<usize> = (0..widths.len()).collect();
        order.sort_by_key(|index| (*index == entry, Reverse(widths[*index])));
        for index in order {
            let narrower = excess.min(widths[index].saturating_sub(self.least(index)));
            if narrower > 0 {
                widths[index] = self.used(index, widths[index] - narrower);
                excess -= narrower;
            }
        }
        (excess == 0).then_some(widths)
    }

    /// How much of a width a column needs when it is wrapped to it.
    fn used(&self, index: usize, width: usize) -> usize {
        let cells = self.rows.iter().filter_map(|row| row.get(index)).map(|cell| &*cell.text);
        let lines = cells.chain([self.columns[index].heading]).flat_map(|text| wrap(text, width));
        lines.map(|line| line.width()).max().unwrap_or_default()
    }

    /// The least width of a column: no word in it is broken.
    fn least(&self, index: usize) -> usize {
        let column = &self.columns[index];
        if column.widest <= SHORT {
            return column.widest;
        }
        let cells = self.rows.iter().filter_map(|row| row.get(index)).map(|cell| &*cell.text);
        let words = cells.chain([column.heading]).flat_map(words);
        words.map(|(_, word)| word.width()).max().unwrap_or_default()
    }

    /// Returns a row in columns of these widths.
    fn row(&self, cells: &[Cell], widths: &[usize]) -> String {
        let wrapped: Vec<Vec<&str>> =
            cells.iter().zip(widths).map(|(cell, width)| wrap(&cell.text, *width)).collect();
        let height = wrapped.iter().map(Vec::len).max().unwrap_or_default();
        let line = |number: usize| {
            let mut line = String::new();
            // Spaces are written before the next text only, so that none are left at the end.
            let mut spaces = 0;
            for (((column, width), cell), lines) in self.columns.iter().zip(widths).zip(cells).zip(&wrapped) {
                let text = lines.get(number).copied().unwrap_or_default();
                let padding = width - text.width();
                let (before, after) = if column.is_right { (padding, 0) } else { (0, padding) };
                spaces += column.gap + before;
                if !text.is_empty() {
                    line.extend(std::iter::repeat_n(' ', spaces));
                    line += &painted(text, cell.style, self.out);
                    spaces = 0;
                }
                spaces += after;
            }
            line
        };
        (0..height).map(line).collect::<Vec<_>>().join("\n")
    }

    /// Returns a row as a block: the entry, and below it a line for each other cell that is not empty.
    fn block(&self, cells: &[Cell], indent: usize) -> String {
        let entry = self.entry();
        let mut text = String::new();
        for (column, cell) in self.columns.iter().zip(cells).take(entry) {
            let padding = " ".repeat(column.widest - cell.text.width());
            let (before, after) = if column.is_right { (&*padding, "") } else { ("", &*padding) };
            text.extend(std::iter::repeat_n(' ', column.gap));
            text += before;
            text += &cell.painted(self.out);
            text += after;
        }
        let room = self.out.width.map_or(usize::MAX, usize::from).saturating_sub(indent);
        let margin = " ".repeat(indent);
        text.extend(std::iter::repeat_n(' ', self.columns[entry].gap));
        for (index, (column, cell)) in self.columns.iter().zip(cells).enumerate().skip(entry) {
            let line = match index == entry {
                true => cell.text.clone(),
                false if cell.text.is_empty() => continue,
                false => format!("{}: {}", label(column.heading), cell.text),
            };
            for (number, part) in wrap(&line, room).into_iter().enumerate() {
                if index > entry || number > 0 {
                    text += "\n";
                    text += &margin;
                }
                text += part;
            }
        }
        text
    }
}

fn painted(text: &str, style: Option<Style>, out: Stream) -> String {
    match style {
        Some(style) if !text.is_empty() => out.paint(style, text),
        _ => text.to_owned(),
    }
}

/// Returns a heading as a label in a sentence: `YOUR ADDRESS` is `your address`, but UTC stays UTC.
fn label(heading: &str) -> String {
    let word = |word: &str| match word {
        "RFC" | "(UTC)" => word.to_owned(),
        _ => word.to_lowercase(),
    };
    heading.split(' ').map(word).collect::<Vec<_>>().join(" ")
}

/// Returns the words of a text, each with its position. The transport of an address, which begins with a question mark, is
/// a word of its own.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut rest = 0;
    text.split(' ')
        .flat_map(move |word| {
            let start = rest;
            rest += word.len() + 1;
            let at = word.find('?').filter(|at| *at > 0 && at + 1 < word.len()).unwrap_or(word.len());
            let (address, transport) = word.split_at(at);
            [Some((start, address)), Some((start + at, transport)).filter(|(_, text)| !text.is_empty())]
        })
        .flatten()
}

/// Returns the lines of a text, wrapped between words where it is too wide.
pub fn wrap(text: &str, width: usize) -> Vec<&str> {
    let mut lines = Vec::new();
    let (mut start, mut end) = (0, 0);
    for (at, word) in words(text) {
        let next = at + word.len();
        if end > start && text[start..next].width() > width {
            lines.push(&text[start..end]);
            start = at;
        }
        end = next;
    }
    lines.push(&text[start..end]);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    const PIPE: Stream = Stream { is_terminal: false, color: false, width: None };

    fn terminal(width: u16) -> Stream {
        Stream { is_terminal: true, color: false, width: Some(width) }
    }

    fn table(out: Stream) -> String {
        let mut table = Table::new(out, &["#", "", "SERVER", "YOUR ADDRESS", "NOTE"]).with_marks();
        table.add_row([
            "9",
            "✓",
            "turn:turn.example.de:3478?transport=udp",
            "203.0.113.7:50123",
            "one two three",
        ]);
        table.add_row(["10", "✗", "stun:b", "", ""]);
        table.text()
    }

    #[test]
    fn a_pipe_gets_one_line_for_each_row_without_trailing_spaces() {
        let expected = " #    SERVER                                   YOUR ADDRESS       NOTE
 9  ✓ turn:turn.example.de:3478?transport=udp  203.0.113.7:50123  one two three
10  ✗ stun:b
";
        assert_eq!(table(PIPE), expected);
        assert_eq!(table(terminal(200)), expected);
    }

    #[test]
    fn an_address_is_wrapped_before_its_transport_and_nowhere_else() {
        let expected = " #    SERVER                     YOUR ADDRESS       NOTE
 9  ✓ turn:turn.example.de:3478  203.0.113.7:50123  one two three
      ?transport=udp
10  ✗ stun:b
";
        assert_eq!(table(terminal(68)), expected);
    }

    #[test]
    fn rows_are_blocks_where_a_word_would_be_broken() {
        let expected = " 9  ✓ turn:turn.example.de:3478
      ?transport=udp
      your address: 203.0.113.7:50123
      note: one two three
10  ✗ stun:b
";
        assert_eq!(table(terminal(40)), expected);
        let mut long = Table::new(terminal(80), &["#", "SERVER", "TIME (UTC)"]);
        long.add_row(["1", &"x".repeat(79), "now"]);
        assert_eq!(long.text(), format!("1  {}\n   time (UTC): now\n", "x".repeat(79)));
        let mut bare = Table::new(terminal(20), &["SERVER", "RFC 5780"]);
        bare.add_row(["stun:a.example:3478", "yes"]);
        assert_eq!(bare.text(), "stun:a.example:3478\n  RFC 5780: yes\n");
    }

    #[test]
    fn other_columns_are_wrapped_before_entries() {
        let mut table = Table::new(terminal(60), &["SERVER", "OPERATOR", "ANSWERED"]).align_right(2);
        table.add_row(["stun:stun.example.de:3478", "Gesellschaft für ganz lange Namen", "9 %"]);
        let expected = "\
SERVER                     OPERATOR               ANSWERED
stun:stun.example.de:3478  Gesellschaft für ganz       9 %
                           lange Namen
";
        assert_eq!(table.text(), expected);
    }

    #[test]
    fn styles_colour_the_text_and_not_the_spaces_around_it() {
        let mut table = Table::new(Stream { color: true, ..PIPE }, &["#", "", "SERVER", "X"]).with_marks();
        table.add_row([Cell::from("1"), Cell::styled("✓", Style::Good), "stun:a".into(), "".into()]);
        let bold = |text: &str| format!("\u{1b}[1m{text}\u{1b}[0m");
        let expected =
            format!("{}    {}  {}\n1  \u{1b}[32m✓\u{1b}[0m stun:a\n", bold("#"), bold("SERVER"), bold("X"));
        assert_eq!(table.text(), expected);
    }

    #[test]
    fn wide_characters_are_aligned() {
        let mut table = Table::new(PIPE, &["#", "", "SHORT NAME"]);
        table.add_row(["1", "👍", ":thumbsup:"]);
        table.add_row(["2", "x", ":x:"]);
        assert_eq!(table.text(), "#      SHORT NAME\n1  👍  :thumbsup:\n2  x   :x:\n");
    }
}
