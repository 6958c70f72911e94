//! Tables for people: aligned, without borders, fitting the terminal and never cut when piped.

use comfy_table::{Attribute, Cell, CellAlignment, ContentArrangement, Table, presets};

use crate::terminal::Stream;

/// An empty table with these headings, in the one style that all tables share.
///
/// Lines end without blanks; print it with [`lines`].
#[must_use]
pub fn table(out: Stream, headings: &[&str]) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    match out.width {
        Some(width) => {
            table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
        }
        None => {
            table.set_content_arrangement(ContentArrangement::Disabled);
        }
    }
    if out.color {
        table.enforce_styling();
    } else {
        table.force_no_tty();
    }
    table.set_header(headings.iter().map(|heading| Cell::new(heading).add_attribute(Attribute::Bold)));
    for (index, column) in table.column_iter_mut().enumerate() {
        column.set_padding((if index == 0 { 0 } else { 1 }, 1));
        if headings.get(index).is_some_and(|heading| *heading == "#") {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// The table as text, each line without trailing blanks and with its end.
#[must_use]
pub fn lines(table: &Table) -> String {
    let mut text = String::new();
    for line in table.lines() {
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
