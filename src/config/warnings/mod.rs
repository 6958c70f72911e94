//! The warnings: settings that work, but probably not as the admin wants.

pub mod touched;

use std::collections::HashMap;
use std::path::PathBuf;

use super::address::{Kind, MissingTransport, ServerUri};
use super::settings::{Entry, List, ListName, Origin, Settings, TransportPolicy};
use super::turn::{Credential, TurnServer};
use crate::text::quoted;

/// More entries than this in the STUN or the TURN list slow down connection setup.
pub const MOST_SERVERS: usize = 5;

/// The most positions of an entry that a message names.
const MOST_POSITIONS: usize = 10;

/// A setting that works, but needs attention.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warning {
    /// A list has more than [`MOST_SERVERS`] entries.
    TooManyServers {
        /// The list.
        list: ListName,
        /// The number of entries.
        count: usize,
    },
    /// STUN and TURN servers together reach the number at which Firefox warns.
    ManyForFirefox(usize),
    /// A list contains an entry more than once.
    Duplicate {
        /// The list.
        list: ListName,
        /// The entry.
        entry: String,
        /// Its positions, counted from 1.
        positions: Vec<usize>,
    },
    /// A TURN server to which clients cannot authenticate.
    CredentialsMissing {
        /// Its address.
        uri: String,
        /// Its position, counted from 1.
        position: usize,
    },
    /// A server over a transport that browsers do not support: STUN over TLS, TURN over DTLS.
    TransportNotInBrowsers {
        /// Its address.
        uri: ServerUri,
        /// The transport.
        missing: MissingTransport,
    },
    /// A server on a port to which browsers do not send.
    PortBlockedInBrowsers(ServerUri),
    /// Clients may use relays only, and no TURN server is configured.
    RelayWithoutTurn,
    /// An unknown key.
    UnknownKey {
        /// The key with its section.
        key: String,
        /// A similar known key.
        meant: Option<&'static str>,
        /// Its line and column, counted from 1.
        at: (usize, usize),
    },
    /// The settings that the command line names do not exist.
    ConfigMissing(String),
    /// A file that contains a secret is readable by other users.
    ReadableByOthers {
        /// The file.
        path: String,
        /// The file of a credential as the settings name it; none if it is the settings file.
        credential: Option<PathBuf>,
    },
    /// The history of the settings, in this folder, belongs to another user.
    HistoryUntrusted(String),
    /// A token of the Web API could be guessed.
    ShortToken,
    /// The file of a password or secret cannot be read.
    CredentialFile {
        /// The address of the TURN server.
        uri: String,
        /// Its position, counted from 1; none if it is not saved yet.
        position: Option<usize>,
        /// The key of the settings file that names the file.
        key: &'static str,
        /// The file and what is wrong with it.
        why: String,
    },
}

impl Warning {
    /// Warns that the file of the credential of a server, at this position, cannot be read; `why` is the error in words.
    pub(crate) fn credential_file(server: &TurnServer, position: Option<usize>, why: &str) -> Self {
        let key = server.credential.as_ref().map_or("password-file", Credential::key);
        Warning::CredentialFile { uri: server.uri.to_string(), position, key, why: why.to_owned() }
    }

    /// The same warning as it is before its server is saved.
    pub(crate) fn before_save(&self) -> Self {
        let mut warning = self.clone();
        if let Warning::CredentialFile { position, .. } = &mut warning {
            *position = None;
        }
        warning
    }

    /// Returns the stable code of the warning.
    pub const fn code(&self) -> &'static str {
        match self {
            Warning::TooManyServers { .. } => "too-many-servers",
            Warning::ManyForFirefox(_) => "many-servers-firefox",
            Warning::Duplicate { .. } => "duplicate-entry",
            Warning::CredentialsMissing { .. } => "credentials-missing",
            Warning::TransportNotInBrowsers { .. } => "transport-not-in-browsers",
            Warning::PortBlockedInBrowsers(_) => "port-blocked-in-browsers",
            Warning::RelayWithoutTurn => "relay-without-turn",
            Warning::UnknownKey { .. } => "unknown-key",
            Warning::ConfigMissing(_) => "config-missing",
            Warning::ReadableByOthers { .. } => "readable-by-others",
            Warning::HistoryUntrusted(_) => "history-untrusted",
            Warning::ShortToken => "short-token",
            Warning::CredentialFile { .. } => "credential-file-unreadable",
        }
    }

    /// Whether it is merely a note, which fails no strict check.
    pub const fn is_note(&self) -> bool {
        matches!(self, Warning::ManyForFirefox(_))
    }

    /// Returns the list that the warning concerns, if any.
    pub const fn list(&self) -> Option<ListName> {
        match self {
            Warning::TooManyServers { list, .. } | Warning::Duplicate { list, .. } => Some(*list),
            Warning::TransportNotInBrowsers { uri, .. } | Warning::PortBlockedInBrowsers(uri) => {
                Some(match uri.kind() {
                    Kind::Stun => ListName::Stun,
                    Kind::Turn => ListName::Turn,
                })
            }
            Warning::CredentialsMissing { .. }
            | Warning::RelayWithoutTurn
            | Warning::CredentialFile { .. } => Some(ListName::Turn),
            _ => None,
        }
    }

    /// Returns the warning in one or two sentences: what is wrong, and what to do.
    pub fn message(&self) -> String {
        match self {
            Warning::TooManyServers { list, count } => format!(
                "{} are configured; more than {MOST_SERVERS} slow down connection setup. Remove some with 'cowork-calls {list} remove'.",
                list.count(*count)
            ),
            Warning::ManyForFirefox(count) => format!(
                "{count} STUN and TURN servers are configured; Firefox warns at {MOST_SERVERS} or more in total."
            ),
            Warning::Duplicate { list, entry, positions } => {
                let first: Vec<_> = positions.iter().take(MOST_POSITIONS).map(ToString::to_string).collect();
                let times = match positions.len() {
                    2 => "twice".to_owned(),
                    count => format!("{count} times"),
                };
                let more = match positions.len().saturating_sub(MOST_POSITIONS) {
                    0 => String::new(),
                    more => format!(" and {more} more"),
                };
                format!(
                    "{entry} is listed {times}, at positions {}{more}. Remove one with 'cowork-calls {list} remove POSITION'.",
                    first.join(", ")
                )
            }
            Warning::CredentialsMissing { uri, position } => format!(
                "{uri} has no complete credentials, so clients cannot use it. Add them with 'cowork-calls turn edit {position}'."
            ),
            Warning::TransportNotInBrowsers { uri, missing: MissingTransport { what, instead } } => {
                format!("{uri} uses {what}. Use {instead}.")
            }
            Warning::PortBlockedInBrowsers(uri) => format!(
                "{uri} uses port {}, which browsers block, so they never send to it. Use another port, such as 3478 or 443.",
                uri.port
            ),
            Warning::RelayWithoutTurn => "the transport policy allows only relayed connections, and no TURN server is configured. Add one with 'cowork-calls turn add', or run 'cowork-calls policy all'.".to_owned(),
            Warning::UnknownKey { key, meant, at: (line, column) } => {
                format!("line {line}, column {column}: {}", unknown_key(key, *meant))
            }
            Warning::ConfigMissing(path) if path.starts_with("nats://") => format!(
                "nothing is stored in {path} yet, so all settings are the defaults. Correct --config; an edit stores them."
            ),
            Warning::ConfigMissing(path) => format!(
                "{path} does not exist, so all settings are the defaults. Correct --config; an edit creates it."
            ),
            Warning::ReadableByOthers { path, .. } => format!(
                "{path} contains secrets, and other users can read it. Run 'chmod o=' on that file."
            ),
            Warning::HistoryUntrusted(path) => format!(
                "the history {path} belongs to another user, so changes are not recorded in it. Remove it as its owner or as root."
            ),
            Warning::ShortToken => {
                "the token is shorter than 16 characters and could be guessed. Create one with 'openssl rand -hex 24'.".to_owned()
            }
            Warning::CredentialFile { uri, position, key, why } => {
                let key = key.replace('-', " ");
                let problem = match why.strip_prefix("cannot read ") {
                    Some(why) => format!("cannot read its {key} {why}. Make the file readable"),
                    None => format!("cannot use its {key} {why}. Correct the file"),
                };
                match position {
                    Some(position) => {
                        format!("{uri}: {problem}, or change the server with 'cowork-calls turn edit {position}'.")
                    }
                    None => format!("{uri}: {problem}, or name another."),
                }
            }
        }
    }
}

/// Returns the message about an unknown key, and a similar known one.
pub fn unknown_key(key: &str, meant: Option<&str>) -> String {
    let meant = meant.map(|meant| format!("; did you mean '{meant}'?")).unwrap_or_default();
    format!("unknown key {}{meant}", quoted(key))
}

/// Returns all warnings about the settings themselves.
pub fn check(settings: &Settings) -> Vec<Warning> {
    let mut warnings = Vec::new();
    for (list, count) in
        [(ListName::Stun, settings.stun.entries.len()), (ListName::Turn, settings.turn.entries.len())]
    {
        if count > MOST_SERVERS {
            warnings.push(Warning::TooManyServers { list, count });
        }
    }
    duplicates(&settings.stun, &mut warnings);
    duplicates(&settings.turn, &mut warnings);
    duplicates(&settings.reactions, &mut warnings);
    for uri in &settings.stun.entries {
        check_address(uri, &mut warnings);
    }
    for (index, server) in settings.turn.entries.iter().enumerate() {
        if !server.has_credentials() {
            warnings.push(Warning::CredentialsMissing { uri: server.uri.to_string(), position: index + 1 });
        }
        check_address(&server.uri, &mut warnings);
    }
    if settings.policy == TransportPolicy::Relay && settings.turn.entries.is_empty() {
        warnings.push(Warning::RelayWithoutTurn);
    }
    warnings
}

/// Returns the note of `config check` about Firefox, which counts STUN and TURN servers together.
pub fn check_firefox(settings: &Settings) -> Option<Warning> {
    let count = settings.stun.entries.len() + settings.turn.entries.len();
    (count >= MOST_SERVERS).then_some(Warning::ManyForFirefox(count))
}

fn check_address(uri: &ServerUri, warnings: &mut Vec<Warning>) {
    if let Some(missing) = uri.missing_transport() {
        warnings.push(Warning::TransportNotInBrowsers { uri: uri.clone(), missing });
    }
    if uri.is_port_blocked() {
        warnings.push(Warning::PortBlockedInBrowsers(uri.clone()));
    }
}

fn duplicates<T: Entry>(list: &List<T>, warnings: &mut Vec<Warning>) {
    if list.origin == Origin::Default {
        return;
    }
    let mut positions: HashMap<&T::Key, usize> = HashMap::with_capacity(list.entries.len());
    let mut repeated: HashMap<&T::Key, Vec<usize>> = HashMap::new();
    for (position, entry) in (1..).zip(&list.entries) {
        if let Some(first) = positions.insert(entry.key(), position) {
            repeated.entry(entry.key()).or_insert_with(|| vec![first]).push(position);
        }
    }
    let mut found: Vec<_> = repeated.into_iter().collect();
    found.sort_by(|a, b| a.1.cmp(&b.1));
    warnings.extend(found.into_iter().map(|(key, positions)| Warning::Duplicate {
        list: T::LIST,
        entry: key.to_string(),
        positions,
    }));
}
