//! The edits of the settings and their errors; the command line and the Web API share them.

pub(super) mod resolve;

use thiserror::Error;

use crate::config::address::ServerUri;
use crate::config::emoji::Emoji;
use crate::config::settings::{Entry, ListName, Settings, TransportPolicy};
use crate::config::turn::{Credential, TurnServer};
use crate::text::suggestion::shell_quoted;

/// One edit of the settings.
#[derive(Clone, Debug)]
pub enum Edit {
    /// Edits the STUN servers.
    Stun(ListEdit<ServerUri>),
    /// Edits the TURN servers.
    Turn(ListEdit<TurnServer>),
    /// Edits the reactions.
    Reactions(ListEdit<Emoji>),
    /// Changes one TURN server in its place.
    TurnServer(Target<ServerUri>, TurnChange),
    /// Sets the transport policy.
    Policy(TransportPolicy),
}

/// One edit of a list.
#[derive(Clone, Debug)]
pub enum ListEdit<T: Entry> {
    /// Adds entries at a position, counted from 1, and moves those there that are in the list already; without a position
    /// it adds them at the end, and those in the list keep their places.
    Add(Vec<T>, Option<usize>),
    /// Removes entries; those not in the list are not an error.
    Remove(Vec<Target<T::Key>>),
    /// Replaces the whole list.
    Set(Vec<T>),
    /// Moves one entry to another position, counted from 1.
    Move(Target<T::Key>, usize),
    /// Restores the defaults.
    Clear,
}

/// Names an entry by its position, counted from 1, or by its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target<K> {
    /// The position.
    Position(usize),
    /// The key.
    Key(K),
}

/// Changes to one TURN server; `None` leaves a value as it is.
#[derive(Clone, Debug, Default)]
pub struct TurnChange {
    /// The new address.
    pub uri: Option<ServerUri>,
    /// The new user name; `Some(None)` removes it.
    pub username: Option<Option<String>>,
    /// The new credential; `Some(None)` removes it.
    pub credential: Option<Option<Credential>>,
}

/// What an edit did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Whether the settings changed.
    pub changed: bool,
    /// Whether no entry was left, so that the defaults are in effect, even if they were before.
    pub emptied: bool,
    /// Whether the edit emptied the list and so restored its defaults.
    pub restored_defaults: bool,
    /// The entries added to the list.
    pub added: Vec<String>,
    /// The entries removed from the list.
    pub removed: Vec<String>,
    /// The entries changed in their places.
    pub edited: Vec<Edited>,
    /// The entries moved by name; others that made room for them are not.
    pub moved: Vec<Moved>,
}

/// An entry that was changed in its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edited {
    /// Its position, counted from 1.
    pub position: usize,
    /// Its key before.
    pub from: String,
    /// Its key now.
    pub to: String,
    /// What else changed, in words without secrets.
    pub details: Vec<String>,
}

/// An entry that was moved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moved {
    /// The entry.
    pub entry: String,
    /// Its position before, counted from 1.
    pub from: usize,
    /// Its position now.
    pub to: usize,
}

/// Why an edit failed; the settings are unchanged.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum EditError {
    /// A position that the list does not have.
    #[error("position {position} is out of range: {}", range(*.list, *.count, *.most))]
    OutOfRange {
        /// The list.
        list: ListName,
        /// The position.
        position: usize,
        /// The number of entries.
        count: usize,
        /// The highest valid position.
        most: usize,
    },
    /// An entry to change or move that is not in the list.
    #[error("{entry} is not among the {}", .list.entries())]
    NotFound {
        /// The list.
        list: ListName,
        /// The entry.
        entry: String,
        /// A similar entry of the list.
        near: Option<String>,
    },
    /// A TURN server to add that is configured with other credentials.
    #[error("{0} is configured already, with other credentials")]
    Contradiction(String),
    /// A TURN server that a new list contains twice, with different credentials.
    #[error("{0} is given twice, with different credentials")]
    GivenTwice(String),
    /// A new address that another entry has already.
    #[error("{entry} is configured already, at position {position}")]
    Taken {
        /// The server.
        entry: String,
        /// The position of the other entry.
        position: usize,
    },
    /// A password without a user name.
    #[error("{0} has no user name, and a password needs one")]
    NoUsername(String),
    /// A layout of the file that this program cannot edit safely.
    #[error("the layout of the settings does not allow this edit")]
    Layout,
}

impl EditError {
    /// Returns what to do about it.
    pub fn hint(&self) -> String {
        match self {
            EditError::NotFound { near: Some(near), .. } => format!("did you mean '{near}'?"),
            EditError::OutOfRange { list, .. } | EditError::NotFound { list, .. } => {
                format!("see the list with 'cowork-calls {list} list'")
            }
            EditError::Contradiction(entry) => {
                format!("change them with 'cowork-calls turn edit {}'", shell_quoted(entry))
            }
            EditError::GivenTwice(_) | EditError::Taken { .. } => "remove one of the two".to_owned(),
            EditError::NoUsername(_) => "add --username NAME".to_owned(),
            EditError::Layout => "make this change by hand, with 'cowork-calls config edit'".to_owned(),
        }
    }
}

fn range(list: ListName, count: usize, most: usize) -> String {
    let there = if count == 1 { "there is" } else { "there are" };
    let positions = if most == 0 { String::new() } else { format!(", so positions go from 1 to {most}") };
    format!("{there} {}{positions}", list.count(count))
}

/// The most servers for which [`Edit::near_misses`] suggests another.
const MOST_MISSES: usize = 10;

impl Edit {
    /// Whether it removes entries by name or position.
    pub const fn removes(&self) -> bool {
        matches!(
            self,
            Edit::Stun(ListEdit::Remove(_))
                | Edit::Turn(ListEdit::Remove(_))
                | Edit::Reactions(ListEdit::Remove(_))
        )
    }

    /// Returns the servers to remove that are not in the list, each with a similar one that is. `removed` are the
    /// entries that were.
    pub fn near_misses(&self, after: &Settings, removed: &[String]) -> Vec<(String, String)> {
        let turn = || after.turn.entries.iter().map(|server| &server.uri);
        let (targets, there): (_, Vec<_>) = match self {
            Edit::Stun(ListEdit::Remove(targets)) => (targets, after.stun.entries.iter().collect()),
            Edit::Turn(ListEdit::Remove(targets)) => (targets, turn().collect()),
            _ => return Vec::new(),
        };
        let keys = targets.iter().filter_map(|target| match target {
            Target::Key(uri) => Some((uri, uri.to_string())),
            Target::Position(_) => None,
        });
        keys.filter(|(_, key)| !removed.contains(key))
            .take(MOST_MISSES)
            .filter_map(|(uri, key)| {
                // Users who name a host often omit a port that is not the default.
                let same_host = there.iter().find(|other| other.host == uri.host).map(ToString::to_string);
                let near = same_host.or_else(|| near(&key, there.iter().map(ToString::to_string)));
                near.map(|near| (key, near))
            })
            .collect()
    }
}

/// Returns the text most similar to `typed`, if at most one letter in ten differs.
pub(super) fn near(typed: &str, there: impl Iterator<Item = String>) -> Option<String> {
    let distance = |text: &String| strsim::damerau_levenshtein(typed, text);
    let nearest = there.map(|text| (distance(&text), text)).min();
    nearest.filter(|(distance, text)| distance * 10 <= text.chars().count()).map(|(_, text)| text)
}
