//! What can be done to the settings, and what it makes of a list; the command line and the Web API both come here.

pub(super) mod resolve;

use std::fmt::Display;
use std::hash::Hash;

use thiserror::Error;

use crate::config::address::ServerUri;
use crate::config::emoji::Emoji;
use crate::config::settings::{ListName, Settings, TransportPolicy};
use crate::config::turn::{Credential, TurnServer};

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

impl Edit {
    /// Whether it names entries to drop.
    #[must_use]
    pub const fn removes(&self) -> bool {
        matches!(
            self,
            Edit::Stun(ListEdit::Remove(_))
                | Edit::Turn(ListEdit::Remove(_))
                | Edit::Reactions(ListEdit::Remove(_))
        )
    }
}

/// One change of a list.
#[derive(Clone, Debug)]
pub enum ListEdit<T: Entry> {
    /// New entries, at a position counted from 1 or else at the end; those that are there already stay where they are.
    Add(Vec<T>, Option<usize>),
    /// Entries to drop; those that are not there are no error.
    Remove(Vec<Target<T::Key>>),
    /// The whole list.
    Set(Vec<T>),
    /// One entry to another position, counted from 1.
    Move(Target<T::Key>, usize),
    /// Back to the defaults.
    Clear,
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
        /// What may have been meant.
        near: Option<String>,
    },
    /// A TURN server that is there with other credentials.
    #[error("{entry} is configured already, with other credentials")]
    Contradiction {
        /// The server.
        entry: String,
    },
    /// A TURN server that a new list has twice, with different credentials.
    #[error("{entry} is given twice, with different credentials")]
    GivenTwice {
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
            EditError::Contradiction { .. } | EditError::GivenTwice { .. } => "credentials-differ",
            EditError::Taken { .. } => "duplicate",
            EditError::NoUsername { .. } => "username-missing",
            EditError::Layout => "config-layout",
        }
    }

    /// What to do.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            EditError::NotFound { near: Some(near), .. } => format!("did you mean '{near}'?"),
            EditError::OutOfRange { list, .. } | EditError::NotFound { list, .. } => {
                format!("'cowork-calls {list} list' shows what is there")
            }
            EditError::Contradiction { entry } => {
                format!("change them with: cowork-calls turn edit '{entry}'")
            }
            EditError::GivenTwice { .. } | EditError::Taken { .. } => "remove one of the two".to_owned(),
            EditError::NoUsername { .. } => "add --username NAME".to_owned(),
            EditError::Layout => "make this change in the file by hand".to_owned(),
        }
    }
}

impl Edit {
    /// Servers that were to be removed and are not there, each with one that is and may have been meant; `removed`
    /// are those that were there.
    #[must_use]
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
                // Whoever names a host often leaves out a port that is not the usual one.
                let same_host = there.iter().find(|other| other.host == uri.host).map(ToString::to_string);
                let near = same_host.or_else(|| near(&key, there.iter().map(ToString::to_string)));
                near.map(|near| (key, near))
            })
            .collect()
    }
}

/// Of how many servers that are not there a person is told what may have been meant.
const MOST_MISSES: usize = 10;

/// The text that is nearest to a mistyped one, if one is near: a letter in ten may be wrong.
pub(super) fn near(typed: &str, there: impl Iterator<Item = String>) -> Option<String> {
    let distance = |text: &String| strsim::damerau_levenshtein(typed, text);
    let nearest = there.map(|text| (distance(&text), text)).min();
    nearest.filter(|(distance, text)| distance * 10 <= text.chars().count()).map(|(_, text)| text)
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

/// What an edit did, for those who asked for it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Whether the settings differ from before.
    pub changed: bool,
    /// Whether no entry was left, so that the defaults are in effect, be it that they were before.
    pub emptied: bool,
    /// Whether the list was emptied, so that its defaults came back.
    pub restored_defaults: bool,
    /// Entries that are new in the list.
    pub added: Vec<String>,
    /// Entries that are no more in the list.
    pub removed: Vec<String>,
}
