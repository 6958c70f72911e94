//! The TURN servers in the text of a settings file: as blocks of their own, or as inline tables of an array.

use toml_edit::{ArrayOfTables, Document, Item, Table, Value};

use super::apply::with_array;
use super::turn_blocks;
use super::turn_blocks::{Block, new_block, newline_of, quoted};
use crate::config::edit::EditError;
use crate::config::edit::resolve::{Plan, Slot};
use crate::config::turn::{KEYS, TurnServer};

/// The file with the TURN servers of a plan.
pub(crate) fn rearrange(document: &Document<String>, plan: &Plan<TurnServer>) -> Result<String, EditError> {
    let source = document.raw();
    let newline = newline_of(source);
    let section = document.get("turn");
    Ok(match section.and_then(|turn| turn.get("servers")) {
        Some(Item::ArrayOfTables(tables)) => {
            let blocks = blocks_of(document, tables)?;
            let slots = texts(
                &plan.slots,
                |index, server| blocks[index].changed(source, server, newline),
                |server| new_block(server, newline),
            );
            turn_blocks::rearrange(source, &blocks, &slots, newline)
        }
        Some(Item::Value(Value::Array(array))) => {
            let changed = |index, server: &TurnServer| changed_inline(array.get(index), server);
            with_array(document, "turn", "servers", &texts(&plan.slots, changed, new_inline))
        }
        _ if section.is_some_and(Item::is_inline_table) => with_array(
            document,
            "turn",
            "servers",
            &texts(&plan.slots, |_, server| new_inline(server), new_inline),
        ),
        _ => {
            let slots = texts(
                &plan.slots,
                |_, server| new_block(server, newline),
                |server| new_block(server, newline),
            );
            turn_blocks::rearrange(source, &[], &slots, newline)
        }
    })
}

fn texts(
    slots: &[Slot<TurnServer>],
    changed: impl Fn(usize, &TurnServer) -> String,
    new: impl Fn(&TurnServer) -> String,
) -> Vec<Slot<String>> {
    slots
        .iter()
        .map(|slot| match slot {
            Slot::Kept(index) => Slot::Kept(*index),
            Slot::Changed(index, server) => Slot::Changed(*index, changed(*index, server)),
            Slot::New(server) => Slot::New(new(server)),
        })
        .collect()
}

/// The blocks of the TURN servers, each in one piece.
fn blocks_of<'a>(
    document: &'a Document<String>,
    tables: &'a ArrayOfTables,
) -> Result<Vec<Block<'a>>, EditError> {
    let source = document.raw();
    let blocks: Vec<Block<'a>> = tables.iter().map(|table| Block::new(source, table)).collect();
    let mut foreign = Vec::new();
    headers(document.as_table(), true, &mut foreign);
    let torn = blocks.iter().any(|block| foreign.iter().any(|at| block.range.contains(at)));
    let ordered = blocks.windows(2).all(|pair| pair[0].range.end <= pair[1].range.start);
    if torn || !ordered { Err(EditError::Layout) } else { Ok(blocks) }
}

/// Where the tables start that belong to no TURN server.
fn headers(table: &Table, root: bool, found: &mut Vec<usize>) {
    for (name, item) in table {
        match item {
            Item::Table(inner) if root && name == "turn" => {
                found.extend(inner.span().filter(|_| !inner.is_implicit()).map(|span| span.start));
                inner.iter().filter(|(name, _)| *name != "servers").for_each(|(_, item)| header(item, found));
            }
            item => header(item, found),
        }
    }
}

fn header(item: &Item, found: &mut Vec<usize>) {
    match item {
        Item::Table(table) => {
            found.extend(table.span().filter(|_| !table.is_implicit()).map(|span| span.start));
            headers(table, false, found);
        }
        Item::ArrayOfTables(tables) => {
            for table in tables {
                found.extend(table.span().map(|span| span.start));
                headers(table, false, found);
            }
        }
        _ => {}
    }
}

fn new_inline(server: &TurnServer) -> String {
    let keys: Vec<_> =
        server.keys().into_iter().map(|(key, value)| format!("{key} = {}", quoted(&value))).collect();
    format!("{{ {} }}", keys.join(", "))
}

/// An inline table with the keys of `server`; its other keys stay.
fn changed_inline(existing: Option<&Value>, server: &TurnServer) -> String {
    let Some(Value::InlineTable(table)) = existing else { return new_inline(server) };
    let unknown: Vec<String> = table
        .iter()
        .filter(|(key, _)| !KEYS.contains(key))
        .map(|(key, value)| format!(", {} = {}", toml_edit::Key::new(key), value.to_string().trim()))
        .collect();
    let known = new_inline(server);
    format!("{}{} }}", known.trim_end_matches(" }"), unknown.concat())
}
