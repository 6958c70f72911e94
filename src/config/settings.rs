//! The settings in effect: their types, and the origin of each.

use std::fmt::{self, Display};
use std::hash::Hash;

use super::address::ServerUri;
use super::defaults;
use super::emoji::Emoji;
use super::turn::{Credential, TurnServer};

/// Which connections clients may use (W3C RTCIceTransportPolicy).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum TransportPolicy {
    /// Direct connections, and relayed ones where direct ones fail
    #[default]
    All,
    /// Only relayed connections, through a TURN server
    Relay,
}

impl TransportPolicy {
    /// Returns the policy as the file and W3C spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            TransportPolicy::All => "all",
            TransportPolicy::Relay => "relay",
        }
    }

    /// Returns where it comes from.
    pub fn origin(self) -> Origin {
        if self == TransportPolicy::default() { Origin::Default } else { Origin::Config }
    }
}

/// Where a setting comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// The built-in defaults: the file does not set it, or says just the same.
    #[default]
    Default,
    /// The file, which sets something else.
    Config,
}

impl Origin {
    /// Returns the origin as JSON spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Origin::Default => "default",
            Origin::Config => "config",
        }
    }
}

/// An entry of one of the three lists.
pub trait Entry: Clone + PartialEq {
    /// What identifies an entry.
    type Key: Clone + Eq + Hash + Display;
    /// The list that holds such entries.
    const LIST: ListName;
    /// Returns the list that is in effect while the file has no entries.
    fn defaults() -> Vec<Self>;
    /// Returns what identifies this entry.
    fn key(&self) -> &Self::Key;
    /// Whether adding this entry would change `existing`, which has the same key.
    fn contradicts(&self, _existing: &Self) -> bool {
        false
    }
    /// Returns what differs from `old` besides the key, in words without secrets.
    fn differences(&self, _old: &Self) -> Vec<String> {
        Vec::new()
    }
}

impl Entry for ServerUri {
    type Key = ServerUri;
    const LIST: ListName = ListName::Stun;
    fn defaults() -> Vec<Self> {
        defaults::stun()
    }
    fn key(&self) -> &ServerUri {
        self
    }
}

impl Entry for Emoji {
    type Key = Emoji;
    const LIST: ListName = ListName::Reactions;
    fn defaults() -> Vec<Self> {
        defaults::reactions()
    }
    fn key(&self) -> &Emoji {
        self
    }
}

impl Entry for TurnServer {
    type Key = ServerUri;
    const LIST: ListName = ListName::Turn;
    fn defaults() -> Vec<Self> {
        Vec::new()
    }
    fn key(&self) -> &ServerUri {
        &self.uri
    }
    fn contradicts(&self, existing: &Self) -> bool {
        (self.credential.is_some() || self.username.is_some()) && self != existing
    }
    fn differences(&self, old: &Self) -> Vec<String> {
        let username = match (&old.username, &self.username) {
            (old, new) if old == new => None,
            (Some(old), Some(new)) => Some(format!("username {old} → {new}")),
            (_, Some(new)) => Some(format!("username {new}")),
            (_, None) => Some("no username".to_owned()),
        };
        let name = |credential: &Credential| credential.key().replace('-', " ");
        let credential = match (&old.credential, &self.credential) {
            (old, new) if old == new => None,
            (Some(Credential::PasswordFile(from)), Some(new @ Credential::PasswordFile(to)))
            | (Some(Credential::SecretFile(from)), Some(new @ Credential::SecretFile(to))) => {
                Some(format!("{} {} → {}", name(new), from.display(), to.display()))
            }
            (Some(old), Some(new)) if old.key() != new.key() => {
                Some(format!("{} → {}", name(old), name(new)))
            }
            (_, Some(new)) => Some(name(new)),
            (Some(old), None) => Some(format!("no {}", name(old))),
            (None, None) => None,
        };
        username.into_iter().chain(credential).collect()
    }
}

/// A list in effect, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List<T> {
    /// The entries.
    pub entries: Vec<T>,
    /// Where they come from.
    pub origin: Origin,
}

impl<T: Entry> List<T> {
    /// Returns the list in effect when the file holds `entries`: the defaults if there are none.
    pub(crate) fn from_file(entries: Vec<T>) -> Self {
        let defaults = List::default();
        if entries.is_empty() || entries == defaults.entries {
            defaults
        } else {
            List { entries, origin: Origin::Config }
        }
    }
}

impl<T: Entry> Default for List<T> {
    fn default() -> Self {
        List { entries: T::defaults(), origin: Origin::Default }
    }
}

/// All settings in effect.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// `stun.servers`
    pub stun: List<ServerUri>,
    /// `turn.servers`
    pub turn: List<TurnServer>,
    /// `reactions.emojis`
    pub reactions: List<Emoji>,
    /// `ice.transport-policy`
    pub policy: TransportPolicy,
}

impl Settings {
    /// Whether they contain a password or secret itself, not only the name of a file that holds it.
    pub fn hold_secrets(&self) -> bool {
        self.turn.entries.iter().filter_map(|server| server.credential.as_ref()).any(|held| held.is_stored())
    }
}

/// The name of one of the three lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ListName {
    /// The STUN servers.
    Stun,
    /// The TURN servers.
    Turn,
    /// The reactions.
    Reactions,
}

impl ListName {
    /// Returns the name as commands, the file and JSON spell it.
    pub const fn as_str(self) -> &'static str {
        match self {
            ListName::Stun => "stun",
            ListName::Turn => "turn",
            ListName::Reactions => "reactions",
        }
    }

    /// Returns what the entries are: `STUN servers`.
    pub const fn entries(self) -> &'static str {
        match self {
            ListName::Stun => "STUN servers",
            ListName::Turn => "TURN servers",
            ListName::Reactions => "reactions",
        }
    }

    /// Returns `1 STUN server`, `2 STUN servers`, and so on.
    pub fn count(self, count: usize) -> String {
        let noun = self.entries();
        format!("{count} {}", if count == 1 { noun.trim_end_matches('s') } else { noun })
    }
}

impl Display for ListName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
