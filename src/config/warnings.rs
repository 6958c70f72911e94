//! What deserves a warning: settings that work, but not as the admin would want.

use std::collections::HashMap;
use std::hash::Hash;

use super::address::{Scheme, Transport};
use super::edit::Entry;
use super::settings::{List, ListName, Origin, Settings, TransportPolicy};

/// More entries than this in the STUN or the TURN list slow down connection setup.
pub const MOST_SERVERS: usize = 5;

/// How many positions of one entry a sentence names.
const MOST_POSITIONS: usize = 10;

/// Something that works, but needs attention.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warning {
    /// A list has more than [`MOST_SERVERS`] entries.
    TooManyServers {
        /// The list.
        list: ListName,
        /// Its length.
        count: usize,
    },
    /// STUN and TURN together reach the number at which Firefox complains.
    ManyForFirefox {
        /// How many they are together.
        count: usize,
    },
    /// An entry stands in its list more than once.
    Duplicate {
        /// The list.
        list: ListName,
        /// The entry.
        entry: String,
        /// Its positions, counted from 1.
        positions: Vec<usize>,
    },
    /// A TURN server that no client can log in to.
    CredentialsMissing {
        /// Its address.
        uri: String,
        /// Its position, counted from 1.
        position: usize,
    },
    /// A TURN server over DTLS, which no browser speaks.
    TransportNotInBrowsers {
        /// Its address.
        uri: String,
    },
    /// Clients may only use relays, and there is none.
    RelayWithoutTurn,
    /// A key that has no meaning.
    UnknownKey {
        /// The key with its section.
        key: String,
        /// The key that may have been meant.
        meant: Option<&'static str>,
        /// Where it stands: line and column, counted from 1.
        at: (usize, usize),
    },
    /// The file holds a secret, and others can read it.
    ReadableByOthers {
        /// The file.
        path: String,
    },
    /// The file that holds a password or secret cannot be read now.
    CredentialFile {
        /// The TURN server's address.
        uri: String,
        /// The file and what is wrong.
        why: String,
    },
}

impl Warning {
    /// The stable name of the warning.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Warning::TooManyServers { .. } => "too-many-servers",
            Warning::ManyForFirefox { .. } => "many-servers-firefox",
            Warning::Duplicate { .. } => "duplicate-entry",
            Warning::CredentialsMissing { .. } => "credentials-missing",
            Warning::TransportNotInBrowsers { .. } => "transport-not-in-browsers",
            Warning::RelayWithoutTurn => "relay-without-turn",
            Warning::UnknownKey { .. } => "unknown-key",
            Warning::ReadableByOthers { .. } => "readable-by-others",
            Warning::CredentialFile { .. } => "credential-file-unreadable",
        }
    }

    /// The list that the warning is about, if it is about one.
    #[must_use]
    pub const fn list(&self) -> Option<ListName> {
        match self {
            Warning::TooManyServers { list, .. } | Warning::Duplicate { list, .. } => Some(*list),
            Warning::CredentialsMissing { .. }
            | Warning::TransportNotInBrowsers { .. }
            | Warning::RelayWithoutTurn
            | Warning::CredentialFile { .. } => Some(ListName::Turn),
            _ => None,
        }
    }

    /// The warning in one or two sentences: what is so, and what to do.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Warning::TooManyServers { list, count } => format!(
                "{} are configured; more than {MOST_SERVERS} slow down connection setup. Remove some with 'cowork-calls {list} remove'.",
                list.count(*count)
            ),
            Warning::ManyForFirefox { count } => format!(
                "{count} STUN and TURN servers are configured in all, and Firefox complains from 5 on."
            ),
            Warning::Duplicate { list, entry, positions } => {
                let first: Vec<_> = positions.iter().take(MOST_POSITIONS).map(ToString::to_string).collect();
                let more = match positions.len().saturating_sub(MOST_POSITIONS) {
                    0 => String::new(),
                    more => format!(" and {more} more"),
                };
                format!(
                    "{entry} stands in the list more than once, at positions {}{more}. Remove one with 'cowork-calls {list} remove POSITION'.",
                    first.join(", ")
                )
            }
            Warning::CredentialsMissing { uri, position } => format!(
                "{uri} has no complete credentials, so clients cannot use it. Add them with 'cowork-calls turn edit {position}'."
            ),
            Warning::TransportNotInBrowsers { uri } => format!(
                "{uri} is TURN over DTLS, which browsers do not speak. Use '?transport=tcp' for TLS."
            ),
            Warning::RelayWithoutTurn => "the transport policy allows only relayed connections, and no TURN server is configured. Add one with 'cowork-calls turn add', or set 'cowork-calls policy all'.".to_owned(),
            Warning::UnknownKey { key, meant, at: (line, column) } => {
                format!("line {line}, column {column}: {}", unknown_key(key, *meant))
            }
            Warning::ReadableByOthers { path } => format!(
                "{path} holds secrets, and other users can read it. Run 'chmod 600' on that file."
            ),
            Warning::CredentialFile { uri, why } => format!(
                "{uri} is without its credentials: {why}. Make the file readable, or change the server with 'cowork-calls turn edit'."
            ),
        }
    }
}

/// What is said of a key that has no meaning, and may be a mistyped one.
#[must_use]
pub fn unknown_key(key: &str, meant: Option<&str>) -> String {
    let meant = meant.map(|meant| format!("; did you mean '{meant}'?")).unwrap_or_default();
    format!("the key '{key}' is not known{meant}")
}

/// All warnings that the settings themselves deserve.
#[must_use]
pub fn check(settings: &Settings) -> Vec<Warning> {
    let mut warnings = Vec::new();
    for (list, count) in
        [(ListName::Stun, settings.stun.entries.len()), (ListName::Turn, settings.turn.entries.len())]
    {
        if count > MOST_SERVERS {
            warnings.push(Warning::TooManyServers { list, count });
        }
    }
    duplicates(ListName::Stun, &settings.stun, &mut warnings);
    duplicates(ListName::Turn, &settings.turn, &mut warnings);
    duplicates(ListName::Reactions, &settings.reactions, &mut warnings);
    for (index, server) in settings.turn.entries.iter().enumerate() {
        if !server.has_credentials() {
            warnings.push(Warning::CredentialsMissing { uri: server.uri.to_string(), position: index + 1 });
        }
        if server.uri.scheme == Scheme::Turns && server.uri.transport == Transport::Udp {
            warnings.push(Warning::TransportNotInBrowsers { uri: server.uri.to_string() });
        }
    }
    if settings.policy == TransportPolicy::Relay && settings.turn.entries.is_empty() {
        warnings.push(Warning::RelayWithoutTurn);
    }
    warnings
}

/// The note of `config check` about Firefox, which is silent about how its count came about.
#[must_use]
pub fn check_firefox(settings: &Settings) -> Option<Warning> {
    let count = settings.stun.entries.len() + settings.turn.entries.len();
    (count >= MOST_SERVERS).then_some(Warning::ManyForFirefox { count })
}

fn duplicates<T: Entry>(list: ListName, entries: &List<T>, warnings: &mut Vec<Warning>)
where
    T::Key: Hash + Eq,
{
    if entries.origin == Origin::Default {
        return;
    }
    let mut positions: HashMap<T::Key, Vec<usize>> = HashMap::new();
    for (index, entry) in entries.entries.iter().enumerate() {
        positions.entry(entry.key()).or_default().push(index + 1);
    }
    let mut found: Vec<_> = positions.into_iter().filter(|(_, positions)| positions.len() > 1).collect();
    found.sort_by(|a, b| a.1.cmp(&b.1));
    warnings.extend(found.into_iter().map(|(key, positions)| Warning::Duplicate {
        list,
        entry: key.to_string(),
        positions,
    }));
}
