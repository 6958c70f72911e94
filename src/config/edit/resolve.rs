//! What an edit makes of a list: which entries stay, which change, which are new, and in what order.

use std::collections::{HashMap, HashSet};

use super::{EditError, Entry, ListEdit, Outcome, Target, TurnChange, near};
use crate::config::address::ServerUri;
use crate::config::settings::{List, ListName};
use crate::config::turn::{Credential, TurnServer};

/// One place of the new list: where its entry comes from.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Slot<T> {
    /// The entry that was at this index, as it is.
    Kept(usize),
    /// The entry that was at this index, with other contents.
    Changed(usize, T),
    /// An entry that was not there.
    New(T),
}

/// What an edit makes of a list.
#[derive(Clone, Debug)]
pub(crate) struct Plan<T> {
    pub(crate) slots: Vec<Slot<T>>,
    pub(crate) outcome: Outcome,
}

/// Works out what `edit` makes of the list `current`.
pub(crate) fn plan_list<T: Entry>(
    name: ListName,
    current: &List<T>,
    edit: &ListEdit<T>,
    defaults: &[T],
) -> Result<Plan<T>, EditError> {
    let entries = &current.entries;
    let kept = || (0..entries.len()).map(Slot::Kept);
    let slots: Vec<Slot<T>> = match edit {
        ListEdit::Add(new, at) => add(name, entries, new, *at)?,
        ListEdit::Remove(targets) => {
            let dropped = dropped(name, entries, targets)?;
            kept().enumerate().filter(|(index, _)| !dropped.contains(index)).map(|(_, slot)| slot).collect()
        }
        ListEdit::Set(new) => set(entries, new)?,
        ListEdit::Move(target, to) => {
            let from = find(name, entries, target)?;
            let to = position(name, *to, entries.len(), entries.len())?;
            let mut slots: Vec<_> = kept().collect();
            let moved = slots.remove(from);
            slots.insert(to, moved);
            slots
        }
        ListEdit::Clear => Vec::new(),
    };
    let emptied = slots.is_empty() && !defaults.is_empty();
    let slots = if emptied { set(entries, defaults)? } else { slots };
    let mut outcome = outcome(entries, &slots);
    outcome.emptied = emptied;
    outcome.restored_defaults = emptied && outcome.changed;
    Ok(Plan { slots, outcome })
}

/// The plan for a change of one TURN server.
pub(crate) fn plan_turn_change(
    current: &List<TurnServer>,
    target: &Target<ServerUri>,
    change: &TurnChange,
) -> Result<Plan<TurnServer>, EditError> {
    let at = find(ListName::Turn, &current.entries, target)?;
    let mut server = current.entries[at].clone();
    if let Some(uri) = &change.uri {
        if let Some(other) =
            current.entries.iter().position(|other| other.uri == *uri).filter(|other| *other != at)
        {
            return Err(EditError::Taken { entry: uri.to_string(), position: other + 1 });
        }
        server.uri = uri.clone();
    }
    if let Some(username) = &change.username {
        server.username.clone_from(username);
    }
    if let Some(credential) = &change.credential {
        server.credential.clone_from(credential);
    }
    if server.username.is_none() && server.credential.as_ref().is_some_and(Credential::is_password) {
        return Err(EditError::NoUsername { entry: server.uri.to_string() });
    }
    let slots = (0..current.entries.len())
        .map(|i| {
            if i == at && server != current.entries[i] {
                Slot::Changed(i, server.clone())
            } else {
                Slot::Kept(i)
            }
        })
        .collect::<Vec<_>>();
    let outcome = outcome(&current.entries, &slots);
    Ok(Plan { slots, outcome })
}

fn add<T: Entry>(
    name: ListName,
    entries: &[T],
    new: &[T],
    at: Option<usize>,
) -> Result<Vec<Slot<T>>, EditError> {
    let at = match at {
        None => entries.len(),
        Some(at) => position(name, at, entries.len(), entries.len() + 1)?,
    };
    let mut known: HashMap<T::Key, &T> = entries.iter().map(|entry| (entry.key(), entry)).collect();
    let mut added = Vec::new();
    for entry in new {
        match known.get(&entry.key()) {
            Some(existing) if entry.contradicts(existing) => {
                return Err(EditError::Contradiction { entry: entry.key().to_string() });
            }
            Some(_) => {}
            None => {
                known.insert(entry.key(), entry);
                added.push(Slot::New(entry.clone()));
            }
        }
    }
    let mut slots: Vec<_> = (0..entries.len()).map(Slot::Kept).collect();
    slots.splice(at..at, added);
    Ok(slots)
}

/// The new list `new`, in which entries that were there keep what belongs to them. One that is given twice counts once.
fn set<T: Entry>(entries: &[T], new: &[T]) -> Result<Vec<Slot<T>>, EditError> {
    let mut known: HashMap<T::Key, usize> = HashMap::new();
    for (index, entry) in entries.iter().enumerate() {
        known.entry(entry.key()).or_insert(index);
    }
    let mut seen: HashMap<T::Key, &T> = HashMap::new();
    let mut slots = Vec::new();
    for entry in new {
        if let Some(first) = seen.get(&entry.key()) {
            if entry.contradicts(first) {
                return Err(EditError::GivenTwice { entry: entry.key().to_string() });
            }
            continue;
        }
        seen.insert(entry.key(), entry);
        slots.push(match known.get(&entry.key()) {
            Some(index) if entries[*index] == *entry => Slot::Kept(*index),
            Some(index) => Slot::Changed(*index, entry.clone()),
            None => Slot::New(entry.clone()),
        });
    }
    Ok(slots)
}

/// The indexes of the entries that `targets` name.
fn dropped<T: Entry>(
    name: ListName,
    entries: &[T],
    targets: &[Target<T::Key>],
) -> Result<HashSet<usize>, EditError> {
    let mut dropped = HashSet::new();
    let mut keys = HashSet::new();
    for target in targets {
        match target {
            Target::Position(at) => {
                dropped.insert(position(name, *at, entries.len(), entries.len())?);
            }
            Target::Key(key) => {
                keys.insert(key);
            }
        }
    }
    if !keys.is_empty() {
        dropped.extend((0..entries.len()).filter(|index| keys.contains(&entries[*index].key())));
    }
    Ok(dropped)
}

fn find<T: Entry>(list: ListName, entries: &[T], target: &Target<T::Key>) -> Result<usize, EditError> {
    match target {
        Target::Position(at) => position(list, *at, entries.len(), entries.len()),
        Target::Key(key) => entries.iter().position(|entry| entry.key() == *key).ok_or_else(|| {
            let entry = key.to_string();
            let near = near(&entry, entries.iter().map(|entry| entry.key().to_string()));
            EditError::NotFound { list, entry, near }
        }),
    }
}

/// The index of a position from 1 to `most`.
fn position(list: ListName, position: usize, count: usize, most: usize) -> Result<usize, EditError> {
    match position.checked_sub(1) {
        Some(index) if position <= most => Ok(index),
        _ => Err(EditError::OutOfRange { list, position, count, most }),
    }
}

fn outcome<T: Entry>(entries: &[T], slots: &[Slot<T>]) -> Outcome {
    let mut before: HashSet<usize> = (0..entries.len()).collect();
    let mut outcome = Outcome { changed: slots.len() != entries.len(), ..Outcome::default() };
    for (place, slot) in slots.iter().enumerate() {
        match slot {
            Slot::Kept(index) => {
                outcome.changed |= *index != place;
                before.remove(index);
            }
            Slot::Changed(index, new) => {
                outcome.changed = true;
                if entries[*index].key() == new.key() {
                    before.remove(index);
                } else {
                    outcome.added.push(new.key().to_string());
                }
            }
            Slot::New(entry) => {
                outcome.changed = true;
                outcome.added.push(entry.key().to_string());
            }
        }
    }
    let mut gone: Vec<usize> = before.into_iter().collect();
    gone.sort_unstable();
    outcome.removed = gone.into_iter().map(|index| entries[index].key().to_string()).collect();
    outcome
}
