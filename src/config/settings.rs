//! The settings in effect: their types, and where each setting comes from.

use std::fmt;

use super::address::ServerUri;
use super::defaults;
use super::emoji::Emoji;
use super::turn::TurnServer;

/// Which connections clients may use (W3C RTCIceTransportPolicy).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum TransportPolicy {
    /// All: direct ones, and relayed ones where no direct one works
    #[default]
    All,
    /// Only connections through a TURN server
    Relay,
}

impl TransportPolicy {
    /// The policy as the file and W3C spell it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            TransportPolicy::All => "all",
            TransportPolicy::Relay => "relay",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [TransportPolicy::All, TransportPolicy::Relay].into_iter().find(|policy| policy.as_str() == text)
    }
}

/// Where a setting comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The program's own defaults, since the file does not set it.
    Default,
    /// The file.
    Config,
}

impl Origin {
    /// The origin as JSON names it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Origin::Default => "default",
            Origin::Config => "config",
        }
    }
}

/// A list in effect, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List<T> {
    /// The entries.
    pub entries: Vec<T>,
    /// Whether the file holds them.
    pub origin: Origin,
}

impl<T> List<T> {
    /// The entries of the file, or the defaults where the file has none.
    pub(crate) fn or_default(entries: Vec<T>, defaults: impl FnOnce() -> Vec<T>) -> Self {
        if entries.is_empty() {
            List { entries: defaults(), origin: Origin::Default }
        } else {
            List { entries, origin: Origin::Config }
        }
    }
}

/// All settings in effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// `stun.servers`
    pub stun: List<ServerUri>,
    /// `turn.servers`
    pub turn: List<TurnServer>,
    /// `reactions.emojis`
    pub reactions: List<Emoji>,
    /// `ice.transport-policy`
    pub policy: TransportPolicy,
    /// Where the policy comes from.
    pub policy_origin: Origin,
}

impl Settings {
    /// Whether a password or secret stands in them, and not only the name of a file that holds it.
    #[must_use]
    pub fn hold_secrets(&self) -> bool {
        self.turn.entries.iter().filter_map(|server| server.credential.as_ref()).any(|held| held.is_stored())
    }
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            stun: List::or_default(Vec::new(), defaults::stun),
            turn: List::or_default(Vec::new(), Vec::new),
            reactions: List::or_default(Vec::new(), defaults::reactions),
            policy: TransportPolicy::default(),
            policy_origin: Origin::Default,
        }
    }
}

/// The names of the three lists.
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
    /// The list as commands, the file and JSON name it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            ListName::Stun => "stun",
            ListName::Turn => "turn",
            ListName::Reactions => "reactions",
        }
    }

    /// `1 STUN server`, `2 STUN servers`
    #[must_use]
    pub fn count(self, count: usize) -> String {
        let noun = match self {
            ListName::Stun => "STUN server",
            ListName::Turn => "TURN server",
            ListName::Reactions => "reaction",
        };
        format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
    }
}

impl fmt::Display for ListName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
