//! Applies an edit to a settings file and leaves everything else as it is, byte for byte.
//!
//! An edit replaces the bytes of the values it touches and copies the rest, so comments, spacing, line endings and a
//! byte-order mark survive by construction. What differs is read again before anyone sees it.

use thiserror::Error;

use super::diagnostic::Diagnostic;
use super::load::{Loaded, checked, load, parse, read};
use super::node::Node;
use super::splice::{quoted, with_array, with_key};
use super::turn_blocks::with_turn_servers;
use crate::config::edit::resolve::{Slot, resolve_list, resolve_turn_change};
use crate::config::edit::{Edit, EditError, ListEdit, Outcome};
use crate::config::settings::{Entry, List, Settings};

/// The result of an edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Applied {
    /// The new file; `None` if nothing changes.
    pub bytes: Option<Vec<u8>>,
    /// What changed.
    pub outcome: Outcome,
    /// The settings before.
    pub before: Settings,
    /// The file after the edit.
    pub after: Loaded,
}

/// Why an edit failed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ApplyError {
    /// The file has errors.
    #[error("the settings file has errors")]
    File(Vec<Diagnostic>),
    /// The edit does not fit the settings.
    #[error(transparent)]
    Edit(#[from] EditError),
}

/// Applies an edit to a settings file.
///
/// # Errors
/// When the file has errors, or the edit does not fit it.
pub fn apply(bytes: &[u8], edit: &Edit) -> Result<Applied, ApplyError> {
    let (source, root) = parse(bytes).map_err(ApplyError::File)?;
    let before = read(source, &root).map_err(ApplyError::File)?;
    let mut expected = before.settings.clone();
    let Edited { text, outcome, is_read } = edited((source, &root), &mut expected, edit)?;
    if !outcome.changed {
        return Ok(Applied { bytes: None, outcome, before: expected, after: checked(before) });
    }
    let after = match is_read && before.warnings.is_empty() {
        true => checked(Loaded { settings: expected, warnings: Vec::new() }),
        false => {
            load(text.as_bytes()).ok().filter(|after| after.settings == expected).ok_or(EditError::Layout)?
        }
    };
    Ok(Applied { bytes: Some(text.into_bytes()), outcome, before: before.settings, after })
}

/// The text that an edit leads to.
struct Edited {
    text: String,
    outcome: Outcome,
    /// Whether what differs was read again and is as expected.
    is_read: bool,
}

/// Returns the new text and what changed, and edits `settings` alike.
fn edited(file: (&str, &Node<'_>), settings: &mut Settings, edit: &Edit) -> Result<Edited, EditError> {
    let (text, outcome) = match edit {
        Edit::Stun(edit) => {
            return with_strings(file, ("stun", "servers"), settings, |settings| &mut settings.stun, edit);
        }
        Edit::Reactions(edit) => {
            let key = ("reactions", "emojis");
            return with_strings(file, key, settings, |settings| &mut settings.reactions, edit);
        }
        Edit::Turn(edit) => {
            let resolved = resolve_list(&settings.turn, edit)?;
            (with_turn_servers(file, &resolved.slots)?, resolved.apply_to(&mut settings.turn))
        }
        Edit::TurnServer(target, change) => {
            let resolved = resolve_turn_change(&settings.turn, target, change)?;
            (with_turn_servers(file, &resolved.slots)?, resolved.apply_to(&mut settings.turn))
        }
        Edit::Policy(policy) => {
            let changed = settings.policy != *policy;
            settings.policy = *policy;
            let text = with_key(file, "ice", "transport-policy", &quoted(policy.as_str()));
            (text, Outcome { changed, ..Outcome::default() })
        }
    };
    Ok(Edited { text, outcome, is_read: false })
}

/// Edits a list that the file holds as an array of strings. Of thousands of entries, only those are read again that changed.
fn with_strings<T: Entry>(
    (source, root): (&str, &Node<'_>),
    (section, key): (&str, &str),
    settings: &mut Settings,
    list_in: fn(&mut Settings) -> &mut List<T>,
    edit: &ListEdit<T>,
) -> Result<Edited, EditError> {
    let list = list_in(settings);
    let resolved = resolve_list(list, edit)?;
    let text = |entry: &T| quoted(&entry.key().to_string());
    let array = root.get(section).and_then(|section| section.get(key)).and_then(Node::list);
    let is_in_file = array.is_some_and(|array| !array.is_empty());
    let slots = resolved.slots.iter().map(|slot| match slot {
        // Defaults in effect that the file does not contain are new there.
        Slot::Kept(index) if !is_in_file => Slot::New(text(&list.entries[*index])),
        slot => slot.to_text(|_, entry| text(entry), text),
    });
    let slots: Vec<_> = slots.collect();
    let (source, part) = with_array((source, root), section, key, &slots);
    let outcome = resolved.apply_to(list);
    let is_read = part.is_some_and(|part| {
        // Not format!, which may take twice the memory, and all of that is overwritten.
        let part_only = ["[", section, "]\n", key, " = [", &source[part.text], "]"].concat();
        let Ok((source, root)) = parse(part_only.as_bytes()) else { return false };
        let strings = root.get(section).and_then(|section| section.get(key)).and_then(Node::list);
        if are_kept(&slots[part.entries.clone()], array.zip(strings)) {
            return true;
        }
        let expected = list.entries.get(part.entries);
        read(source, &root)
            .is_ok_and(|mut read| Some(list_in(&mut read.settings).entries.as_slice()) == expected)
    });
    Ok(Edited { text: source, outcome, is_read })
}

/// Whether the new strings are old ones, those of the slots. Then they mean the same, and to parse thousands of addresses
/// again would take a quarter of the edit.
fn are_kept(slots: &[Slot<String>], strings: Option<(&[Node<'_>], &[Node<'_>])>) -> bool {
    let Some((old, new)) = strings.filter(|(_, new)| new.len() == slots.len()) else { return false };
    slots.iter().zip(new).all(|(slot, new)| match slot {
        Slot::Kept(index) => new.text().is_some() && old[*index].text() == new.text(),
        Slot::Changed(..) | Slot::New(_) => false,
    })
}
