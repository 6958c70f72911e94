//! Resolves an edit of a list: which entries stay, change and are new, and in what order.

use std::collections::{HashMap, HashSet};

use super::{EditError, Edited, ListEdit, Moved, Outcome, Target, TurnChange, near};
use crate::config::address::ServerUri;
use crate::config::settings::{Entry, List};
use crate::config::turn::{Credential, TurnServer};

/// One entry of the new list, by its origin.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Slot<T> {
    /// The old entry at this index, unchanged.
    Kept(usize),
    /// The old entry at this index, with new contents.
    Changed(usize, T),
    /// A new entry.
    New(T),
}

impl<T> Slot<T> {
    /// Returns the index of the old entry, if there is one.
    pub(crate) const fn index(&self) -> Option<usize> {
        match self {
            Slot::Kept(index) | Slot::Changed(index, _) => Some(*index),
            Slot::New(_) => None,
        }
    }

    /// Writes the contents of a changed or new entry as text.
    pub(crate) fn to_text(
        &self,
        changed: impl Fn(usize, &T) -> String,
        new: impl Fn(&T) -> String,
    ) -> Slot<String> {
        match self {
            Slot::Kept(index) => Slot::Kept(*index),
            Slot::Changed(index, entry) => Slot::Changed(*index, changed(*index, entry)),
            Slot::New(entry) => Slot::New(new(entry)),
        }
    }
}

/// The list that an edit leads to.
#[derive(Clone, Debug)]
pub(crate) struct Resolved<T> {
    pub(crate) slots: Vec<Slot<T>>,
    pub(crate) outcome: Outcome,
}

impl<T: Entry> Resolved<T> {
    fn new(entries: &[T], slots: Vec<Slot<T>>) -> Self {
        Resolved { outcome: outcome(entries, &slots), slots }
    }

    /// Replaces the old list by the new one.
    pub(crate) fn apply_to(self, list: &mut List<T>) -> Outcome {
        let mut old: Vec<_> = std::mem::take(&mut list.entries).into_iter().map(Some).collect();
        let entries = self.slots.into_iter().filter_map(|slot| match slot {
            // No old entry has two places.
            Slot::Kept(index) => old[index].take(),
            Slot::Changed(_, entry) | Slot::New(entry) => Some(entry),
        });
        *list = List::from_file(entries.collect());
        self.outcome
    }
}

/// Resolves an edit of the list `current`.
pub(crate) fn resolve_list<T: Entry>(
    current: &List<T>,
    edit: &ListEdit<T>,
) -> Result<Resolved<T>, EditError> {
    let entries = &current.entries;
    // Whether each entry is moved by name.
    let mut moved = vec![false; entries.len()];
    let slots: Vec<Slot<T>> = match edit {
        ListEdit::Add(new, at) => {
            let (slots, placed) = add(entries, new, *at)?;
            moved = placed;
            slots
        }
        ListEdit::Remove(targets) => {
            let removed = removed(entries, targets)?;
            kept((0..entries.len()).filter(|index| !removed[*index]))
        }
        ListEdit::Set(new) => set(entries, new)?,
        ListEdit::Move(target, to) => {
            let from = find(entries, target)?;
            let to = to_index::<T>(*to, entries.len(), entries.len())?;
            moved[from] = true;
            let mut slots = kept(0..entries.len());
            let slot = slots.remove(from);
            slots.insert(to, slot);
            slots
        }
        ListEdit::Clear => Vec::new(),
    };
    let defaults = T::defaults();
    let emptied = slots.is_empty() && !defaults.is_empty();
    let slots = if emptied { set(entries, &defaults)? } else { slots };
    let mut resolved = Resolved::new(entries, slots);
    resolved.outcome.moved = moves(entries, &resolved.slots, &moved);
    resolved.outcome.emptied = emptied;
    resolved.outcome.restored_defaults = emptied && resolved.outcome.changed;
    Ok(resolved)
}

/// Resolves a change of one TURN server.
pub(crate) fn resolve_turn_change(
    current: &List<TurnServer>,
    target: &Target<ServerUri>,
    change: &TurnChange,
) -> Result<Resolved<TurnServer>, EditError> {
    let entries = &current.entries;
    let at = find(entries, target)?;
    let mut server = entries[at].clone();
    if let Some(uri) = &change.uri {
        let other = entries.iter().position(|other| other.uri == *uri).filter(|other| *other != at);
        if let Some(other) = other {
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
        return Err(EditError::NoUsername(server.uri.to_string()));
    }
    let mut slots = kept(0..entries.len());
    if server != entries[at] {
        slots[at] = Slot::Changed(at, server);
    }
    Ok(Resolved::new(entries, slots))
}

fn kept<T>(indexes: impl Iterator<Item = usize>) -> Vec<Slot<T>> {
    kept_with_room(indexes, 0)
}

/// Returns the slots of old entries, with room for others. A vector that has to grow is copied and wiped.
fn kept_with_room<T>(indexes: impl Iterator<Item = usize>, room: usize) -> Vec<Slot<T>> {
    let mut slots = Vec::with_capacity(indexes.size_hint().1.unwrap_or_default() + room);
    slots.extend(indexes.map(Slot::Kept));
    slots
}

/// Adds the entries `new` at a position. Returns the slots, and whether each old entry is moved there.
fn add<T: Entry>(
    entries: &[T],
    new: &[T],
    at: Option<usize>,
) -> Result<(Vec<Slot<T>>, Vec<bool>), EditError> {
    let at = at.map(|at| to_index::<T>(at, entries.len(), entries.len() + 1)).transpose()?;
    // An entry that is listed twice is moved as a whole.
    let mut listed: HashMap<&T::Key, Vec<usize>> = HashMap::new();
    for index in indexes_of(entries, &new.iter().map(T::key).collect::<Vec<_>>()) {
        listed.entry(entries[index].key()).or_default().push(index);
    }
    let mut given: HashMap<&T::Key, &T> = HashMap::new();
    let (mut placed, mut moved) = (Vec::new(), vec![false; entries.len()]);
    for entry in new {
        let key = entry.key();
        let old = listed.get(key);
        let known = old.and_then(|indexes| indexes.last()).map(|last| &entries[*last]);
        if known.or(given.get(key).copied()).is_some_and(|known| entry.contradicts(known)) {
            return Err(EditError::Contradiction(key.to_string()));
        }
        if given.contains_key(key) {
            continue;
        }
        match old {
            None => placed.push(Slot::New(entry.clone())),
            Some(indexes) if at.is_some() => {
                placed.extend(indexes.iter().copied().map(Slot::Kept));
                indexes.iter().for_each(|index| moved[*index] = true);
            }
            Some(_) => {}
        }
        given.insert(key, entry);
    }
    let mut slots = kept_with_room((0..entries.len()).filter(|index| !moved[*index]), placed.len());
    let at = at.unwrap_or(slots.len()).min(slots.len());
    slots.splice(at..at, placed);
    Ok((slots, moved))
}

/// Builds the list `new`, reusing old entries with the same key. An entry that is given twice counts once.
fn set<T: Entry>(entries: &[T], new: &[T]) -> Result<Vec<Slot<T>>, EditError> {
    // Of entries with the same key, the first one counts.
    let known: HashMap<&T::Key, usize> = (0..entries.len()).rev().map(|i| (entries[i].key(), i)).collect();
    let mut seen: HashMap<&T::Key, &T> = HashMap::new();
    let mut slots = Vec::new();
    for entry in new {
        if let Some(first) = seen.get(entry.key()) {
            if entry.contradicts(first) {
                return Err(EditError::GivenTwice(entry.key().to_string()));
            }
            continue;
        }
        seen.insert(entry.key(), entry);
        slots.push(match known.get(entry.key()) {
            Some(index) if entries[*index] == *entry => Slot::Kept(*index),
            Some(index) => Slot::Changed(*index, entry.clone()),
            None => Slot::New(entry.clone()),
        });
    }
    Ok(slots)
}

/// Returns whether to remove each entry.
fn removed<T: Entry>(entries: &[T], targets: &[Target<T::Key>]) -> Result<Vec<bool>, EditError> {
    let mut removed = vec![false; entries.len()];
    let mut keys = Vec::new();
    for target in targets {
        match target {
            Target::Position(at) => removed[to_index::<T>(*at, entries.len(), entries.len())?] = true,
            Target::Key(key) => keys.push(key),
        };
    }
    indexes_of(entries, &keys).for_each(|index| removed[index] = true);
    Ok(removed)
}

/// Returns the indexes of the entries that have one of these keys. A single one is compared with each: a comparison costs a
/// tenth of a hash.
fn indexes_of<'a, T: Entry>(entries: &'a [T], keys: &[&'a T::Key]) -> impl Iterator<Item = usize> + 'a {
    let single = if let [key] = keys { Some(*key) } else { None };
    let keys: HashSet<&T::Key> = keys.iter().copied().collect();
    let has_one = move |entry: &T| match single {
        Some(key) => entry.key() == key,
        None => keys.contains(entry.key()),
    };
    (0..entries.len()).filter(move |index| has_one(&entries[*index]))
}

fn find<T: Entry>(entries: &[T], target: &Target<T::Key>) -> Result<usize, EditError> {
    match target {
        Target::Position(at) => to_index::<T>(*at, entries.len(), entries.len()),
        Target::Key(key) => entries.iter().position(|entry| entry.key() == key).ok_or_else(|| {
            let entry = key.to_string();
            let near = near(&entry, entries.iter().map(|entry| entry.key().to_string()));
            EditError::NotFound { list: T::LIST, entry, near }
        }),
    }
}

/// Returns the index of a position from 1 to `most`.
fn to_index<T: Entry>(position: usize, count: usize, most: usize) -> Result<usize, EditError> {
    match position.checked_sub(1) {
        Some(index) if position <= most => Ok(index),
        _ => Err(EditError::OutOfRange { list: T::LIST, position, count, most }),
    }
}

fn outcome<T: Entry>(entries: &[T], slots: &[Slot<T>]) -> Outcome {
    let mut gone = vec![true; entries.len()];
    let mut outcome = Outcome { changed: slots.len() != entries.len(), ..Outcome::default() };
    for (place, slot) in slots.iter().enumerate() {
        match slot {
            Slot::Kept(index) => {
                outcome.changed |= *index != place;
                gone[*index] = false;
            }
            Slot::Changed(index, new) => {
                let old = &entries[*index];
                let (from, to) = (old.key().to_string(), new.key().to_string());
                outcome.changed = true;
                gone[*index] = from != to;
                outcome.added.extend((from != to).then(|| to.clone()));
                outcome.edited.push(Edited { position: place + 1, from, to, details: new.differences(old) });
            }
            Slot::New(entry) => {
                outcome.changed = true;
                outcome.added.push(entry.key().to_string());
            }
        }
    }
    let removed = entries.iter().zip(gone).filter(|(_, gone)| *gone);
    outcome.removed = removed.map(|(entry, _)| entry.key().to_string()).collect();
    outcome
}

/// Returns where the old entries that are `moved` are now, unless their positions are the same.
fn moves<T: Entry>(entries: &[T], slots: &[Slot<T>], moved: &[bool]) -> Vec<Moved> {
    let places = slots.iter().enumerate().filter_map(|(place, slot)| Some((place, slot.index()?)));
    places
        .filter(|(place, index)| place != index && moved[*index])
        .map(|(place, index)| Moved {
            entry: entries[index].key().to_string(),
            from: index + 1,
            to: place + 1,
        })
        .collect()
}
