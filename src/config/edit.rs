//! What can be done to the settings, and what it makes of a list; the command line and the Web API both come here.

use std::collections::{HashMap, HashSet};
use std::fmt::Display;
use std::hash::Hash;

use thiserror::Error;

use super::address::ServerUri;
use super::emoji::Emoji;
use super::turn::{Credential, TurnServer};
use super::{List, ListName, TransportPolicy};

/// One change of the settings.
#[derive(Clone, Debug)]
pub enum Edit {
    /// Of the STUN servers.
    Stun(ListEdit<ServerUri>),
    /// Of the TURN servers.
    Turn(ListEdit<TurnServer>),
    /// Of the reactions.
    Reactions(ListEdit<Emoji>),
    /// Of one TURN server, which stays where it is.
    TurnServer(Target<ServerUri>, TurnChange),
    /// Of the transport policy.
    Policy(TransportPolicy),
}

/// One change of a list.
#[derive(Clone, Debug)]
pub enum ListEdit<T: Entry> {
    /// New entries; those that are there already stay where they are.
    Add(Vec<T>, Place),
    /// Entries to drop; those that are not there are no error.
    Remove(Vec<Target<T::Key>>),
    /// The whole list.
    Set(Vec<T>),
    /// One entry to another position, counted from 1.
    Move(Target<T::Key>, usize),
    /// Back to the defaults.
    Clear,
}

/// Where new entries go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Behind all others.
    End,
    /// At a position, counted from 1.
    At(usize),
}

/// An entry, by its position counted from 1 or by what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target<K> {
    /// The position.
    Position(usize),
    /// What it is.
    Key(K),
}

/// Changes of one TURN server; what is `None` stays.
#[derive(Clone, Debug, Default)]
pub struct TurnChange {
    /// Its new address.
    pub uri: Option<ServerUri>,
    /// Its new user name; `Some(None)` drops it.
    pub username: Option<Option<String>>,
    /// Its new credential; `Some(None)` drops it.
    pub credential: Option<Option<Credential>>,
}

/// An entry of a list.
pub trait Entry: Clone + PartialEq {
    /// What makes two entries the same one.
    type Key: Clone + Eq + Hash + Display;
    /// What makes this entry the same as another.
    fn key(&self) -> Self::Key;
    /// Whether adding this where `existing` is there asks for something else than what is there.
    fn contradicts(&self, _existing: &Self) -> bool {
        false
    }
}

impl Entry for ServerUri {
    type Key = ServerUri;
    fn key(&self) -> ServerUri {
        self.clone()
    }
}

impl Entry for Emoji {
    type Key = Emoji;
    fn key(&self) -> Emoji {
        *self
    }
}

impl Entry for TurnServer {
    type Key = ServerUri;
    fn key(&self) -> ServerUri {
        self.uri.clone()
    }
    fn contradicts(&self, existing: &Self) -> bool {
        (self.credential.is_some() || self.username.is_some()) && self != existing
    }
}

/// Why an edit cannot be done; the settings are as they were.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EditError {
    /// A position that the list does not have.
    #[error("position {position} is out of range: {}", range(*.list, *.count, *.most))]
    OutOfRange {
        /// The list.
        list: ListName,
        /// The position asked for.
        position: usize,
        /// How many entries there are.
        count: usize,
        /// The last position that would do.
        most: usize,
    },
    /// An entry to change or move that is not there.
    #[error("{entry} is not among the {}", plural(*.list))]
    NotFound {
        /// The list.
        list: ListName,
        /// The entry.
        entry: String,
    },
    /// A TURN server that is there with other credentials.
    #[error("{entry} is configured already, with other credentials")]
    Contradiction {
        /// The server.
        entry: String,
    },
    /// A new address that another entry has.
    #[error("{entry} is configured already, at position {position}")]
    Taken {
        /// The server.
        entry: String,
        /// Where it is.
        position: usize,
    },
    /// A password without a user name.
    #[error("{entry} has no user name, and a password needs one")]
    NoUsername {
        /// The server.
        entry: String,
    },
    /// A form of the file that this program cannot edit safely.
    #[error("the file is written in a way that this edit cannot keep intact")]
    Layout,
}

impl EditError {
    /// The stable name of the error.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            EditError::OutOfRange { .. } => "position-out-of-range",
            EditError::NotFound { .. } => "not-found",
            EditError::Contradiction { .. } => "credentials-differ",
            EditError::Taken { .. } => "duplicate",
            EditError::NoUsername { .. } => "username-missing",
            EditError::Layout => "config-layout",
        }
    }

    /// What to do.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            EditError::OutOfRange { list, .. } | EditError::NotFound { list, .. } => {
                format!("'cowork-calls {list} list' shows what is there")
            }
            EditError::Contradiction { entry } => {
                format!("change them with: cowork-calls turn edit '{entry}'")
            }
            EditError::Taken { .. } => "remove one of the two".to_owned(),
            EditError::NoUsername { .. } => "add --username NAME".to_owned(),
            EditError::Layout => "make this change in the file by hand".to_owned(),
        }
    }
}

fn plural(list: ListName) -> &'static str {
    match list {
        ListName::Stun => "STUN servers",
        ListName::Turn => "TURN servers",
        ListName::Reactions => "reactions",
    }
}

fn range(list: ListName, count: usize, most: usize) -> String {
    let there = if count == 1 { "there is" } else { "there are" };
    let positions = if most == 0 { String::new() } else { format!(", so positions go from 1 to {most}") };
    format!("{there} {}{positions}", list.count(count))
}

/// One place of the new list: where its entry comes from.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Slot<T> {
    /// The entry that was at this index, as it is.
    Kept(usize),
    /// The entry that was at this index, with other contents.
    Changed(usize, T),
    /// An entry that was not there.
    New(T),
}

/// What an edit makes of a list.
#[derive(Clone, Debug)]
pub(super) struct Plan<T> {
    pub(super) slots: Vec<Slot<T>>,
    pub(super) outcome: Outcome,
}

/// What an edit did, for those who asked for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Whether the settings differ from before.
    pub changed: bool,
    /// Whether the list was emptied, so that its defaults came back.
    pub restored_defaults: bool,
    /// Entries that are new in the list.
    pub added: Vec<String>,
    /// Entries that are no more in the list.
    pub removed: Vec<String>,
}

/// Works out what `edit` makes of the list `current`.
pub(super) fn plan<T: Entry>(
    name: ListName,
    current: &List<T>,
    edit: &ListEdit<T>,
    defaults: &[T],
) -> Result<Plan<T>, EditError> {
    let entries = &current.entries;
    let kept = || (0..entries.len()).map(Slot::Kept);
    let slots: Vec<Slot<T>> = match edit {
        ListEdit::Add(new, place) => add(name, entries, new, *place)?,
        ListEdit::Remove(targets) => {
            let dropped = dropped(name, entries, targets)?;
            kept().enumerate().filter(|(index, _)| !dropped.contains(index)).map(|(_, slot)| slot).collect()
        }
        ListEdit::Set(new) => set(entries, new),
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
    let slots = if emptied { set(entries, defaults) } else { slots };
    let mut outcome = outcome(entries, &slots);
    outcome.restored_defaults = emptied && outcome.changed;
    Ok(Plan { slots, outcome })
}

/// The plan for a change of one TURN server.
pub(super) fn plan_turn_change(
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

fn add<T: Entry>(name: ListName, entries: &[T], new: &[T], place: Place) -> Result<Vec<Slot<T>>, EditError> {
    let at = match place {
        Place::End => entries.len(),
        Place::At(at) => position(name, at, entries.len(), entries.len() + 1)?,
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

/// The new list `new`, in which entries that were there keep what belongs to them.
fn set<T: Entry>(entries: &[T], new: &[T]) -> Vec<Slot<T>> {
    let mut known: HashMap<T::Key, usize> = HashMap::new();
    for (index, entry) in entries.iter().enumerate() {
        known.entry(entry.key()).or_insert(index);
    }
    let mut seen = HashSet::new();
    let distinct = new.iter().filter(|entry| seen.insert(entry.key()));
    distinct
        .map(|entry| match known.get(&entry.key()) {
            Some(index) if entries[*index] == *entry => Slot::Kept(*index),
            Some(index) => Slot::Changed(*index, entry.clone()),
            None => Slot::New(entry.clone()),
        })
        .collect()
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
        Target::Key(key) => entries
            .iter()
            .position(|entry| entry.key() == *key)
            .ok_or_else(|| EditError::NotFound { list, entry: key.to_string() }),
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
