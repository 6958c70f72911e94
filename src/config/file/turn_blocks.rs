//! The `[[turn.servers]]` blocks of a TOML file, rearranged so that all between them stays as it is.
//!
//! A block goes from its header to the end of its last value's line. Comments and blank lines behind it
//! belong to no block; comment lines inside it stay behind when it is dropped.

use std::collections::HashMap;
use std::ops::Range;

use toml_edit::{Item, Table, TableLike};

use super::diagnostic::line_start;
use crate::config::edit::resolve::Slot;
use crate::config::turn::{KEYS, TurnServer};

/// One block of a file.
pub(crate) struct Block<'a> {
    /// Its bytes, from the header's line to the end of the last line.
    pub(crate) range: Range<usize>,
    /// What stands in it: header, keys with their values, also those of its own tables.
    occupied: Vec<Range<usize>>,
    table: &'a Table,
}

impl<'a> Block<'a> {
    pub(crate) fn new(source: &str, table: &'a Table) -> Self {
        let mut occupied: Vec<_> = table.span().into_iter().collect();
        spans_of(table, &mut occupied);
        let start = occupied.iter().map(|span| span.start).min().unwrap_or(0);
        let end = occupied.iter().map(|span| span.end).max().unwrap_or(start);
        Block { range: line_start(source, start)..line_end(source, end), occupied, table }
    }

    /// The comment lines in this block.
    fn comments(&self, source: &str) -> String {
        let mut at = self.range.start;
        let mut comments = String::new();
        for line in source[self.range.clone()].split_inclusive('\n') {
            let in_value = self.occupied.iter().any(|span| span.start < at && at < span.end);
            if line.trim_start().starts_with('#') && !in_value {
                comments.push_str(line);
            }
            at += line.len();
        }
        comments
    }

    /// The block's text with the keys of `server`; other keys and comments stay.
    pub(crate) fn changed(&self, source: &str, server: &TurnServer, newline: &str) -> String {
        let wanted: HashMap<_, _> = server.keys().into_iter().collect();
        let mut splices: Vec<(Range<usize>, String)> = Vec::new();
        let mut insert_at = None;
        for key in KEYS {
            let existing = self
                .table
                .get_key_value(key)
                .and_then(|(k, item)| Some((k.span()?, item.span()?, item.as_str()?)));
            match (existing, wanted.get(key)) {
                (Some((_, value, text)), Some(new)) => {
                    if text != new.as_str() {
                        splices.push((value.clone(), quoted(new)));
                    }
                    insert_at = Some(line_end(source, value.end));
                }
                (Some((key, value, _)), None) => {
                    splices.push((line_start(source, key.start)..line_end(source, value.end), String::new()));
                    insert_at = insert_at.or(Some(line_end(source, value.end)));
                }
                (None, Some(new)) => {
                    let at = insert_at.unwrap_or(self.range.end);
                    let indent = indent_at(source, self.table.key("uri").and_then(toml_edit::Key::span));
                    let ends = source[..at].ends_with('\n');
                    let line = format!("{indent}{key} = {}", quoted(new));
                    splices.push((at..at, if ends { line + newline } else { newline.to_owned() + &line }));
                }
                (None, None) => {}
            }
        }
        spliced(source, self.range.clone(), splices)
    }
}

/// Gives the file `source` the blocks of `slots`.
pub(crate) fn rearrange(source: &str, blocks: &[Block<'_>], slots: &[Slot<String>], newline: &str) -> String {
    let mut places = contents(source, blocks, slots, newline);
    let Some(first) = blocks.first() else { return append(source, &places.remove(0), newline) };
    let mut text = source[..first.range.start].to_owned();
    let kept: Vec<usize> = sorted_kept(slots);
    let mut places = places.into_iter();
    // New blocks alone take the place of the first old one.
    if kept.is_empty() {
        text += &places.next().unwrap_or_default();
    }
    for (index, block) in blocks.iter().enumerate() {
        let next = blocks.get(index + 1).map_or(source.len(), |next| next.range.start);
        let mut gap = &source[block.range.end..next];
        if kept.binary_search(&index).is_ok() {
            text += &places.next().unwrap_or_default();
        } else {
            let comments = block.comments(source);
            text += &comments;
            if comments.is_empty() && ends_blank(&text) {
                gap = close_up(&mut text, gap, next == source.len());
            }
        }
        text += gap;
    }
    text
}

/// What stands at each place that stays: the block that goes there, and new blocks around it.
fn contents(source: &str, blocks: &[Block<'_>], slots: &[Slot<String>], newline: &str) -> Vec<String> {
    let mut places: Vec<String> = Vec::new();
    let mut waiting = String::new();
    for slot in slots {
        let text = match slot {
            Slot::Kept(index) => &source[blocks[*index].range.clone()],
            Slot::Changed(_, text) | Slot::New(text) => text,
        };
        let text = if text.ends_with('\n') { text.to_owned() } else { format!("{text}{newline}") };
        match (slot, places.last_mut()) {
            (Slot::New(_), Some(place)) => *place += &(newline.to_owned() + &text),
            (Slot::New(_), None) => waiting += &(text + newline),
            _ => places.push(std::mem::take(&mut waiting) + &text),
        }
    }
    if places.is_empty() {
        // Nothing was kept: no blank line behind the last new one.
        places.push(waiting.strip_suffix(newline).unwrap_or(&waiting).to_owned());
    }
    places
}

fn sorted_kept(slots: &[Slot<String>]) -> Vec<usize> {
    let mut kept: Vec<usize> = slots
        .iter()
        .filter_map(|slot| match slot {
            Slot::Kept(index) | Slot::Changed(index, _) => Some(*index),
            Slot::New(_) => None,
        })
        .collect();
    kept.sort_unstable();
    kept
}

/// The file with more text at its end, behind a blank line.
pub(crate) fn append(source: &str, text: &str, newline: &str) -> String {
    let content = source.trim_start_matches('\u{feff}');
    let separator = match content {
        "" => String::new(),
        _ if ends_blank(source) => String::new(),
        _ if source.ends_with('\n') => newline.to_owned(),
        _ => newline.repeat(2),
    };
    source.to_owned() + &separator + text
}

/// The text of a new block.
pub(crate) fn new_block(server: &TurnServer, newline: &str) -> String {
    let lines = server.keys().into_iter().map(|(key, value)| format!("{key} = {}{newline}", quoted(&value)));
    std::iter::once(format!("[[turn.servers]]{newline}")).chain(lines).collect()
}

/// A text as TOML writes it.
pub(crate) fn quoted(text: &str) -> String {
    toml_edit::Value::from(text).to_string()
}

/// The bytes `range` of `source` after the replacements `splices`, which do not overlap.
pub(crate) fn spliced(source: &str, range: Range<usize>, mut splices: Vec<(Range<usize>, String)>) -> String {
    // An insertion comes before a replacement that starts at the same place.
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

/// How the file ends its lines, judged by its first line.
pub(crate) fn newline_of(source: &str) -> &'static str {
    match source.find('\n') {
        Some(at) if source[..at].ends_with('\r') => "\r\n",
        _ => "\n",
    }
}

/// The end of the line that holds the byte `at`, behind its line break.
pub(crate) fn line_end(source: &str, at: usize) -> usize {
    source[at..].find('\n').map_or(source.len(), |nl| at + nl + 1)
}

fn indent_at(source: &str, span: Option<Range<usize>>) -> &str {
    let at = span.unwrap_or(0..0).start;
    let before = &source[line_start(source, at)..at];
    if before.trim().is_empty() { before } else { "" }
}

/// Whether `text` ends with a blank line, or is empty.
fn ends_blank(text: &str) -> bool {
    let mut lines = text.trim_start_matches('\u{feff}').rsplit('\n');
    lines.next().is_some_and(str::is_empty) && lines.next().is_none_or(|line| line.trim().is_empty())
}

/// A dropped block between two blank lines takes one of them along.
fn close_up<'a>(text: &mut String, gap: &'a str, at_end: bool) -> &'a str {
    let first_line = gap.split_inclusive('\n').next().unwrap_or_default();
    if at_end && gap.is_empty() {
        let without = text.strip_suffix("\r\n").or_else(|| text.strip_suffix('\n')).unwrap_or(text).len();
        text.truncate(without);
        gap
    } else if first_line.trim().is_empty() {
        &gap[first_line.len()..]
    } else {
        gap
    }
}

fn spans_of(table: &dyn TableLike, spans: &mut Vec<Range<usize>>) {
    for (name, item) in table.iter() {
        spans.extend(table.key(name).and_then(toml_edit::Key::span));
        spans.extend(item.span());
        match item {
            Item::Table(table) => spans_of(table, spans),
            Item::ArrayOfTables(tables) => {
                for table in tables {
                    spans.extend(table.span());
                    spans_of(table, spans);
                }
            }
            _ => {}
        }
    }
}
