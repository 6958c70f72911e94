//! Replaces values in the text of a settings file, and adds keys and sections to it.

use std::ops::Range;

use toml_edit::{Document, Item, Value};

use super::array;
use super::lines::{line_end, line_start, newline_of};
use crate::config::edit::resolve::Slot;

/// Returns the file with the entries of `slots` in an array, which is created if necessary.
pub(crate) fn with_array(
    document: &Document<String>,
    section: &str,
    key: &str,
    slots: &[Slot<String>],
) -> String {
    let source = document.raw();
    let array = document.get(section).and_then(|item| item.get(key)).and_then(Item::as_array);
    let Some((array, span)) = array.and_then(|array| Some((array, array.span()?))) else {
        return with_key(document, section, key, &array::rearrange("[]", &[], slots, newline_of(source)));
    };
    let inside = |range: Range<usize>| range.start - span.start..range.end - span.start;
    let elements: Vec<_> = array.iter().filter_map(Value::span).map(inside).collect();
    let text = array::rearrange(&source[span.clone()], &elements, slots, newline_of(source));
    spliced(source, 0..source.len(), vec![(span, text)])
}

/// Returns the file with `key = value` in a section, which is created if necessary.
pub(crate) fn with_key(document: &Document<String>, section: &str, key: &str, value: &str) -> String {
    let source = document.raw();
    let newline = newline_of(source);
    let item = document.get(section);
    let (at, text) = match item {
        Some(item) if let Some(span) = item.get(key).and_then(Item::span) => (span, value.to_owned()),
        Some(Item::Value(Value::InlineTable(table))) => {
            let start = item.and_then(Item::span).map_or(0, |span| span.start + 1);
            let rest = if table.is_empty() { " " } else { "," };
            (start..start, format!(" {key} = {value}{rest}"))
        }
        Some(Item::Table(table)) if !table.is_implicit() && !table.is_dotted() => {
            let end = table.span().map_or(0, |header| line_end(source, header.end));
            let before = if source[..end].ends_with('\n') { "" } else { newline };
            (end..end, format!("{before}{key} = {value}{newline}"))
        }
        Some(Item::Table(table)) if table.is_dotted() => {
            let start = table.span().map_or(0, |first| line_start(source, first.start));
            (start..start, format!("{section}.{key} = {value}{newline}"))
        }
        _ => return append(source, &format!("[{section}]{newline}{key} = {value}{newline}"), newline),
    };
    spliced(source, 0..source.len(), vec![(at, text)])
}

/// Returns the file with `text` at its end, after a blank line.
pub(crate) fn append(source: &str, text: &str, newline: &str) -> String {
    let separator = if ends_blank(source) {
        String::new()
    } else {
        newline.repeat(if source.ends_with('\n') { 1 } else { 2 })
    };
    source.to_owned() + &separator + text
}

/// Returns the bytes `range` of `source` after the replacements `splices`, which do not overlap.
pub(crate) fn spliced(source: &str, range: Range<usize>, mut splices: Vec<(Range<usize>, String)>) -> String {
    // An insertion goes before a replacement that starts at the same byte.
    splices.sort_by_key(|(span, _)| (span.start, span.end));
    let mut text = String::new();
    let mut at = range.start;
    for (span, new) in splices {
        text += &source[at..span.start];
        text += &new;
        at = span.end;
    }
    text + &source[at..range.end]
}

/// Writes a string as TOML does.
pub(crate) fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// Whether `text` is empty or ends with a blank line.
pub(crate) fn ends_blank(text: &str) -> bool {
    let mut lines = text.trim_start_matches('\u{feff}').rsplit('\n');
    lines.next().is_some_and(str::is_empty) && lines.next().is_none_or(|line| line.trim().is_empty())
}
