//! The TURN servers in the text of a settings file: `[[turn.servers]]` blocks, or inline tables of an array.
//!
//! A block goes from its header to the end of its last value's line. Comments and blank lines after it belong to no
//! block; comment lines inside it stay when it is removed.

use std::collections::{HashMap, HashSet};
use std::ops::Range;

use toml_edit::{ArrayOfTables, Document, InlineTable, Item, Table, TableLike, Value};

use super::lines::{line_end, line_start, newline_of};
use super::node::Node;
use super::splice::{append, ends_blank, quoted, spliced, with_array};
use crate::config::edit::EditError;
use crate::config::edit::resolve::Slot;
use crate::config::turn::{KEYS, TurnServer};

/// Returns the file with the TURN servers of `slots`.
pub(crate) fn with_turn_servers(
    (source, root): (&str, &Node<'_>),
    slots: &[Slot<TurnServer>],
) -> Result<String, EditError> {
    // What moves here is text with its comments, of which the tree of the values knows nothing.
    let document = &Document::parse(source).map_err(|_| EditError::Layout)?;
    let section = document.get("turn");
    let servers = section.and_then(|turn| turn.get("servers"));
    let array = servers.and_then(Item::as_array);
    if array.is_some() || section.is_some_and(Item::is_inline_table) {
        let changed = |index, server: &_| inline(server, array.and_then(|array| array.get(index)));
        let new = |server: &_| inline(server, None);
        let slots: Vec<_> = slots.iter().map(|slot| slot.to_text(changed, new)).collect();
        return Ok(with_array((source, root), "turn", "servers", &slots).0);
    }
    let blocks = match servers.and_then(Item::as_array_of_tables) {
        Some(tables) => blocks_of(document, tables)?,
        None => Vec::new(),
    };
    let newline = newline_of(source);
    let changed = |index: usize, server: &TurnServer| blocks[index].changed(source, server, newline);
    let new = |server: &TurnServer| new_block(server, newline);
    let slots: Vec<_> = slots.iter().map(|slot| slot.to_text(changed, new)).collect();
    Ok(rearrange(source, &blocks, &slots, newline))
}

/// Returns the blocks of the TURN servers, if each is in one piece.
fn blocks_of<'a>(
    document: &'a Document<&str>,
    tables: &'a ArrayOfTables,
) -> Result<Vec<Block<'a>>, EditError> {
    let source = document.raw();
    let blocks: Vec<Block<'a>> = tables.iter().map(|table| Block::new(source, table)).collect();
    let mut foreign = Vec::new();
    document.iter().for_each(|(name, item)| headers(item, name == "turn", &mut foreign));
    let torn = blocks.iter().any(|block| foreign.iter().any(|at| block.range.contains(at)));
    let ordered = blocks.windows(2).all(|pair| pair[0].range.end <= pair[1].range.start);
    if torn || !ordered { Err(EditError::Layout) } else { Ok(blocks) }
}

/// Collects where the tables of `item` start, except for the TURN servers themselves in the section `turn`.
fn headers(item: &Item, is_turn: bool, found: &mut Vec<usize>) {
    let tables: Vec<&Table> = match item {
        Item::Table(table) => vec![table],
        Item::ArrayOfTables(tables) => tables.iter().collect(),
        _ => return,
    };
    for table in tables {
        found.extend(table.span().filter(|_| !table.is_implicit()).map(|span| span.start));
        let others = table.iter().filter(|(name, _)| !(is_turn && *name == "servers"));
        others.for_each(|(_, item)| headers(item, false, found));
    }
}

/// Returns an inline table with the keys of `server` and the other keys of `existing`.
fn inline(server: &TurnServer, existing: Option<&Value>) -> String {
    let known = server.keys().into_iter().map(|(key, value)| format!("{key} = {}", quoted(&value)));
    let existing = existing.and_then(Value::as_inline_table).into_iter().flat_map(InlineTable::iter);
    let unknown = existing
        .filter(|(key, _)| !KEYS.contains(key))
        .map(|(key, value)| format!("{} = {}", toml_edit::Key::new(key), value.to_string().trim()));
    format!("{{ {} }}", known.chain(unknown).collect::<Vec<_>>().join(", "))
}

fn new_block(server: &TurnServer, newline: &str) -> String {
    let lines = server.keys().into_iter().map(|(key, value)| format!("{key} = {}{newline}", quoted(&value)));
    std::iter::once(format!("[[turn.servers]]{newline}")).chain(lines).collect()
}

/// One block of a file.
struct Block<'a> {
    /// Its bytes, from the header's line to the end of the last line.
    range: Range<usize>,
    /// The ranges of its header, keys and values, including those of its own tables.
    occupied: Vec<Range<usize>>,
    table: &'a Table,
}

impl<'a> Block<'a> {
    fn new(source: &str, table: &'a Table) -> Self {
        let mut occupied: Vec<_> = table.span().into_iter().collect();
        spans_of(table, &mut occupied);
        let start = occupied.iter().map(|span| span.start).min().unwrap_or(0);
        let end = occupied.iter().map(|span| span.end).max().unwrap_or(start);
        Block { range: line_start(source, start)..line_end(source, end), occupied, table }
    }

    /// Returns the comment lines of this block.
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

    /// Returns the block with the keys of `server`; other keys and comments stay.
    fn changed(&self, source: &str, server: &TurnServer, newline: &str) -> String {
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

/// Returns the file `source` with the blocks of `slots`.
fn rearrange(source: &str, blocks: &[Block<'_>], slots: &[Slot<String>], newline: &str) -> String {
    let mut places = contents(source, blocks, slots, newline);
    let Some(first) = blocks.first() else { return append(source, &places.remove(0), newline) };
    let mut text = source[..first.range.start].to_owned();
    let kept: HashSet<usize> = slots.iter().filter_map(Slot::index).collect();
    let mut places = places.into_iter();
    // If no old block stays, the new ones take the place of the first.
    if kept.is_empty() {
        text += &places.next().unwrap_or_default();
    }
    for (index, block) in blocks.iter().enumerate() {
        let next = blocks.get(index + 1).map_or(source.len(), |next| next.range.start);
        let mut gap = &source[block.range.end..next];
        if kept.contains(&index) {
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

/// Returns the contents of each place that stays: the block that goes there, and new blocks around it.
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
        // Nothing was kept, so no blank line follows the last new block.
        places.push(waiting.strip_suffix(newline).unwrap_or(&waiting).to_owned());
    }
    places
}

fn indent_at(source: &str, span: Option<Range<usize>>) -> &str {
    let at = span.unwrap_or(0..0).start;
    let before = &source[line_start(source, at)..at];
    if before.trim().is_empty() { before } else { "" }
}

/// Removes one of the two blank lines around a removed block.
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
