//! Tables for people: aligned, without borders, fitting the terminal and never cut when piped.

use comfy_table::{Attribute, Cell, CellAlignment, ColumnConstraint, ContentArrangement, Table, presets};

use super::Stream;

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

/// Keeps what stands in a column in one piece, so that it can be copied, unless it would leave no room for the others.
pub fn keep_whole(table: &mut Table, index: usize, out: Stream) {
    let widest = table.column_max_content_widths().get(index).copied().unwrap_or_default();
    let fits = out.width.is_some_and(|width| u32::from(widest) * 4 <= u32::from(width) * 3);
    if let Some(column) = table.column_mut(index).filter(|_| fits) {
        column.set_constraint(ColumnConstraint::ContentWidth);
    }
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
