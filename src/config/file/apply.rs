//! The settings file as text: reading it, and applying an edit that leaves all else as it is, byte for byte.
//!
//! An edit replaces the bytes of what it touches and copies the rest, so comments, spacing, line ends and
//! a byte-order mark survive by construction. What comes out is read again before anybody sees it.

use std::ops::Range;

use thiserror::Error;
use toml_edit::{Document, Item, Value};

use super::diagnostic::{Problem, line_start};
use super::turn_blocks::{append, line_end, newline_of, quoted, spliced};
use super::{array, reader, turn_tables};
use crate::config::edit::resolve::{Plan, Slot, plan_list, plan_turn_change};
use crate::config::edit::{Edit, EditError, Entry, Outcome};
use crate::config::settings::{List, ListName, Origin, Settings};
use crate::config::warnings::Warning;
use crate::config::{defaults, warnings};

/// A settings file, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loaded {
    /// The settings in effect.
    pub settings: Settings,
    /// What deserves a warning, unknown keys included.
    pub warnings: Vec<Warning>,
}

/// What an edit made of a settings file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The new file; `None` when nothing changes.
    pub bytes: Option<Vec<u8>>,
    /// What changed.
    pub outcome: Outcome,
    /// The settings before.
    pub before: Settings,
    /// The file as it is after the edit.
    pub after: Loaded,
}

/// Why an edit could not be applied.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ApplyError {
    /// The file has errors of its own.
    #[error("the settings file has errors")]
    File(Vec<Problem>),
    /// The edit does not fit the settings.
    #[error(transparent)]
    Edit(#[from] EditError),
}

/// Reads a settings file.
///
/// # Errors
/// All errors of the file, in their order in the file as far as they are known.
pub fn load(bytes: &[u8]) -> Result<Loaded, Vec<Problem>> {
    loaded(&parse(bytes)?)
}

/// Applies an edit to a settings file.
///
/// # Errors
/// Errors of the file, and of an edit that does not fit it.
pub fn apply(bytes: &[u8], edit: &Edit) -> Result<Applied, ApplyError> {
    let document = parse(bytes).map_err(ApplyError::File)?;
    let before = loaded(&document).map_err(ApplyError::File)?;
    let (text, expected, outcome) = edited(&document, &before.settings, edit)?;
    if !outcome.changed {
        return Ok(Applied { bytes: None, outcome, before: before.settings.clone(), after: before });
    }
    let after = load(text.as_bytes()).map_err(|_| EditError::Layout)?;
    if after.settings != expected {
        return Err(EditError::Layout.into());
    }
    Ok(Applied { bytes: Some(text.into_bytes()), outcome, before: before.settings, after })
}

/// The text of a file.
pub(crate) fn text(bytes: &[u8]) -> Result<&str, Vec<Problem>> {
    std::str::from_utf8(bytes).map_err(|error| {
        let before = String::from_utf8_lossy(&bytes[..error.valid_up_to()]).into_owned();
        let at = before.len();
        let source = before + &String::from_utf8_lossy(&bytes[at..]);
        vec![Problem::new(
            &source,
            at..at + 3,
            "this is no UTF-8 text",
            "expected a TOML file in UTF-8; save it again in that encoding",
        )]
    })
}

pub(crate) fn parse(bytes: &[u8]) -> Result<Document<String>, Vec<Problem>> {
    let text = text(bytes)?;
    Document::parse(text.to_owned()).map_err(|error| {
        let (message, expected) = explained(error.message());
        vec![Problem::new(text, error.span().unwrap_or(0..0), message, expected)]
    })
}

/// The parser's message, and what it expected; it may give both in one.
fn explained(message: &str) -> (String, String) {
    let first_line = message.lines().next().unwrap_or_default();
    if first_line.contains("recursion") {
        let expected = "expected a settings file, which nests three levels deep";
        return ("this is nested too deeply".to_owned(), expected.to_owned());
    }
    match first_line.split_once(", expected ") {
        Some((message, expected)) => (message.to_owned(), format!("expected {expected}")),
        None => {
            (first_line.to_owned(), "expected TOML, as in: servers = [\"stun:stun.example.de\"]".to_owned())
        }
    }
}

fn loaded(document: &Document<String>) -> Result<Loaded, Vec<Problem>> {
    let (settings, mut warnings) = reader::read(document)?;
    warnings.extend(warnings::check(&settings));
    Ok(Loaded { settings, warnings })
}

/// The new text, what it should mean, and what changed.
fn edited(
    document: &Document<String>,
    settings: &Settings,
    edit: &Edit,
) -> Result<(String, Settings, Outcome), EditError> {
    let mut expected = settings.clone();
    let (text, outcome) = match edit {
        Edit::Stun(edit) => {
            let plan = plan_list(ListName::Stun, &settings.stun, edit, &defaults::stun())?;
            let text = with_strings(document, ("stun", "servers"), &settings.stun, &plan);
            (text, arrive(&mut expected.stun, plan, defaults::stun))
        }
        Edit::Reactions(edit) => {
            let plan = plan_list(ListName::Reactions, &settings.reactions, edit, &defaults::reactions())?;
            let text = with_strings(document, ("reactions", "emojis"), &settings.reactions, &plan);
            (text, arrive(&mut expected.reactions, plan, defaults::reactions))
        }
        Edit::Turn(edit) => {
            let plan = plan_list(ListName::Turn, &settings.turn, edit, &[])?;
            (turn_tables::rearrange(document, &plan)?, arrive(&mut expected.turn, plan, Vec::new))
        }
        Edit::TurnServer(target, change) => {
            let plan = plan_turn_change(&settings.turn, target, change)?;
            (turn_tables::rearrange(document, &plan)?, arrive(&mut expected.turn, plan, Vec::new))
        }
        Edit::Policy(policy) => {
            let changed = settings.policy != *policy;
            (expected.policy, expected.policy_origin) = (*policy, Origin::Config);
            let text = with_key(document, "ice", "transport-policy", &quoted(policy.as_str()));
            (text, Outcome { changed, ..Outcome::default() })
        }
    };
    Ok((text, expected, outcome))
}

/// Brings a list of the expected settings to where the plan leads.
fn arrive<T: Entry>(list: &mut List<T>, plan: Plan<T>, defaults: impl FnOnce() -> Vec<T>) -> Outcome {
    let old = std::mem::take(&mut list.entries);
    let entries = plan.slots.into_iter().map(|slot| match slot {
        Slot::Kept(index) => old[index].clone(),
        Slot::Changed(_, entry) | Slot::New(entry) => entry,
    });
    *list = List::or_default(entries.collect(), defaults);
    plan.outcome
}

/// The slots as text. Defaults that are in effect stand in no file, so they are new there.
fn as_text<T: Entry>(list: &List<T>, plan: &Plan<T>, text: impl Fn(&T) -> String) -> Vec<Slot<String>> {
    let in_file = list.origin == Origin::Config;
    plan.slots
        .iter()
        .map(|slot| match slot {
            Slot::Kept(index) if in_file => Slot::Kept(*index),
            Slot::Kept(index) => Slot::New(text(&list.entries[*index])),
            Slot::Changed(index, entry) => Slot::Changed(*index, text(entry)),
            Slot::New(entry) => Slot::New(text(entry)),
        })
        .collect()
}

fn with_strings<T: Entry>(
    document: &Document<String>,
    (section, key): (&str, &str),
    list: &List<T>,
    plan: &Plan<T>,
) -> String {
    let slots = as_text(list, plan, |entry| quoted(&entry.key().to_string()));
    with_array(document, section, key, &slots)
}

/// The file with the entries of `slots` in an array, which is made where there is none.
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

/// The file with `key = value` in a section, which is made where there is none.
fn with_key(document: &Document<String>, section: &str, key: &str, value: &str) -> String {
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
