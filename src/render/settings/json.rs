//! JSON for scripts: its keys are stable, and every document is one line.

use serde_json::{Map, Value, json};

use crate::config::address::ServerUri;
use crate::config::defaults::Example;
use crate::config::edit::Outcome;
use crate::config::emoji::Emoji;
use crate::config::file::diagnostic::Problem;
use crate::config::settings::{List, Settings};
use crate::config::turn::{MASK, TurnServer};
use crate::config::warnings::{MOST_SERVERS, Warning};
use crate::render::messages::ErrorReport;

/// A document as one line.
#[must_use]
pub fn line(value: &Value) -> String {
    format!("{value}\n")
}

/// `{"error":{"code":…,"message":…,"hint":…}}`; errors in a file have their place too.
#[must_use]
pub fn error(error: &ErrorReport<'_>) -> String {
    let value = match error {
        ErrorReport::Message { code, message, hint } => {
            json!({"code": code, "message": message, "hint": hint})
        }
        ErrorReport::File { path, problems } => {
            problems.first().map_or_else(|| json!({"code": "config-invalid"}), |first| problem(first, path))
        }
    };
    line(&json!({ "error": value }))
}

/// An error in a file, with its place.
#[must_use]
pub fn problem(problem: &Problem, path: &str) -> Value {
    let Problem { line, column, message, expected, text, .. } = problem;
    json!({
        "code": "config-invalid",
        "message": format!("{path}:{line}:{column}: {message}"),
        "hint": expected,
        "file": path,
        "line": line,
        "column": column,
        "text": text,
    })
}

/// Warnings, each with its code, its sentence and what it is about.
#[must_use]
pub fn warnings(warnings: &[Warning]) -> Value {
    warnings.iter().map(warning).collect()
}

fn warning(warning: &Warning) -> Value {
    let mut value = json!({"code": warning.code(), "message": warning.message()});
    let more = match warning {
        Warning::TooManyServers { list, count } => {
            json!({"list": list.as_str(), "count": count, "limit": MOST_SERVERS})
        }
        Warning::ManyForFirefox { count } => json!({"count": count, "limit": MOST_SERVERS - 1}),
        Warning::Duplicate { list, entry, positions } => {
            json!({"list": list.as_str(), "entry": entry, "positions": positions})
        }
        Warning::CredentialsMissing { uri, position } => {
            json!({"list": "turn", "uri": uri, "position": position})
        }
        Warning::TransportNotInBrowsers { uri } => json!({"list": "turn", "uri": uri}),
        Warning::CredentialFile { uri, .. } => json!({"list": "turn", "uri": uri}),
        Warning::UnknownKey { key, meant, at: (line, column) } => {
            json!({"key": key, "meant": meant, "line": line, "column": column})
        }
        Warning::ReadableByOthers { path } => json!({"file": path}),
        Warning::RelayWithoutTurn => json!({}),
    };
    if let (Value::Object(value), Value::Object(more)) = (&mut value, more) {
        value.extend(more);
    }
    value
}

/// `{"servers":[…],"origin":…,"warnings":[…]}` of the STUN servers.
#[must_use]
pub fn stun(list: &List<ServerUri>, about: &[Warning]) -> Value {
    json!({"servers": stun_entries(&list.entries), "origin": list.origin.as_str(), "warnings": warnings(about)})
}

/// `{"servers":[…],"origin":…,"warnings":[…]}` of the TURN servers; secrets are masked unless asked for.
#[must_use]
pub fn turn(list: &List<TurnServer>, show_secrets: bool, about: &[Warning]) -> Value {
    let servers = turn_entries(&list.entries, show_secrets);
    json!({"servers": servers, "origin": list.origin.as_str(), "warnings": warnings(about)})
}

/// `{"reactions":[…],"origin":…,"warnings":[…]}`
#[must_use]
pub fn reactions(list: &List<Emoji>, about: &[Warning]) -> Value {
    json!({"reactions": reaction_entries(&list.entries), "origin": list.origin.as_str(), "warnings": warnings(about)})
}

/// The STUN servers with their positions.
#[must_use]
pub fn stun_entries(entries: &[ServerUri]) -> Value {
    numbered(entries).map(|(position, uri)| json!({"position": position, "uri": uri.to_string()})).collect()
}

/// The TURN servers with their positions; secrets are masked unless asked for.
#[must_use]
pub fn turn_entries(entries: &[TurnServer], show_secrets: bool) -> Value {
    numbered(entries)
        .map(|(position, server)| {
            let mut entry = Map::new();
            entry.insert("position".to_owned(), json!(position));
            entry.extend(turn_entry(server, show_secrets));
            Value::Object(entry)
        })
        .collect()
}

/// One TURN server; its secret is masked unless asked for.
pub(crate) fn turn_entry(server: &TurnServer, show_secrets: bool) -> Map<String, Value> {
    let mut entry = Map::new();
    entry.insert("uri".to_owned(), json!(server.uri.to_string()));
    entry.insert("username".to_owned(), json!(server.username));
    if let Some(credential) = &server.credential {
        let shown = if credential.is_stored() && !show_secrets { MASK } else { credential.expose() };
        entry.insert(credential.key().replace('-', "_"), json!(shown));
    }
    entry
}

/// The reactions with their positions.
#[must_use]
pub fn reaction_entries(entries: &[Emoji]) -> Value {
    numbered(entries)
        .map(|(position, emoji)| {
            json!({"position": position, "emoji": emoji.as_str(), "short_name": emoji.short_name(), "name": emoji.name()})
        })
        .collect()
}

fn numbered<T>(entries: &[T]) -> impl Iterator<Item = (usize, &T)> {
    entries.iter().enumerate().map(|(index, entry)| (index + 1, entry))
}

/// What an edit did; `key` and `entries` are the list as it is now.
#[must_use]
pub fn outcome(outcome: &Outcome, key: &str, entries: Value, about: &[Warning]) -> Value {
    let Outcome { changed, restored_defaults, added, removed, .. } = outcome;
    let mut value = Map::new();
    value.insert("changed".to_owned(), json!(changed));
    value.insert("restored_defaults".to_owned(), json!(restored_defaults));
    value.insert("added".to_owned(), json!(added));
    value.insert("removed".to_owned(), json!(removed));
    value.insert(key.to_owned(), entries);
    value.insert("warnings".to_owned(), warnings(about));
    Value::Object(value)
}

/// `{"changed":…,"transport_policy":…,"origin":…,"warnings":[…]}`
#[must_use]
pub fn policy(changed: bool, settings: &Settings, about: &[Warning]) -> Value {
    json!({
        "changed": changed,
        "transport_policy": settings.policy.as_str(),
        "origin": settings.policy_origin.as_str(),
        "warnings": warnings(about),
    })
}

/// All settings; each list has its own warnings, and `warnings` holds all of them.
#[must_use]
pub fn show(path: &str, settings: &Settings, about: &[Warning]) -> Value {
    let of = |list| about.iter().filter(|warning| warning.list() == Some(list)).cloned().collect::<Vec<_>>();
    use crate::config::settings::ListName::{Reactions, Stun, Turn};
    json!({
        "path": path,
        "stun": stun(&settings.stun, &of(Stun)),
        "turn": turn(&settings.turn, false, &of(Turn)),
        "reactions": reactions(&settings.reactions, &of(Reactions)),
        "ice": {"transport_policy": settings.policy.as_str(), "origin": settings.policy_origin.as_str()},
        "warnings": warnings(about),
    })
}

/// Public STUN servers to choose from.
#[must_use]
pub fn examples(examples: &[Example]) -> Value {
    let servers: Value = examples
        .iter()
        .map(|example| {
            json!({
                "uri": example.uri.to_string(),
                "operator": example.operator,
                "country": example.country,
                "answered_percent": example.answered_percent,
                "rfc5780": example.rfc5780,
            })
        })
        .collect();
    json!({ "examples": servers })
}
