//! Tables for people: aligned, without borders, fitted to the terminal and never wrapped when piped.

use comfy_table::{
    Attribute, Cell, CellAlignment, ColumnConstraint, ContentArrangement, Table, TableComponent, presets,
};

use super::Stream;

/// Stands between rows until they are taken apart; no cell contains it.
const SEPARATOR: char = '\0';

/// Returns an empty table with these headings, in the style of all tables. Print it with [`lines`] or [`rows`].
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

/// Never wraps a column, so that its cells can be copied, unless it would leave no room for the others.
pub fn keep_whole(table: &mut Table, index: usize, out: Stream) {
    let widest = table.column_max_content_widths().get(index).copied().unwrap_or_default();
    let fits = out.width.is_some_and(|width| u32::from(widest) * 4 <= u32::from(width) * 3);
    if let Some(column) = table.column_mut(index).filter(|_| fits) {
        column.set_constraint(ColumnConstraint::ContentWidth);
    }
}

/// Returns the table as text. Lines have no trailing spaces.
pub fn lines(table: &Table) -> String {
    table.lines().map(|line| line.trim_end().to_owned() + "\n").collect()
}

/// Returns each row of the table as text, the headings first. A row has several lines where the terminal is narrow;
/// lines have no trailing spaces, and the last one has no line end.
pub fn rows(mut table: Table) -> Vec<String> {
    for component in [TableComponent::HeaderLines, TableComponent::HorizontalLines] {
        table.set_style(component, SEPARATOR);
    }
    let lines: Vec<String> = table.lines().map(|line| line.trim_end().to_owned()).collect();
    lines.split(|line| line.starts_with(SEPARATOR)).map(|row| row.join("\n")).collect()
}
