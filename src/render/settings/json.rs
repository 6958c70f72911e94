//! JSON for scripts: its keys are stable, and every document is one line.

use serde_json::{Map, Value, json};

use super::listed::Listed;
use crate::config::defaults::Example;
use crate::config::edit::Outcome;
use crate::config::file::diagnostic::Diagnostic;
use crate::config::settings::{List, ListName, Settings};
use crate::config::warnings::{MOST_SERVERS, Warning};
use crate::error::CommandError;
use crate::text::suggestion::with_option;

/// Returns a document as one line.
pub fn line(value: &Value) -> String {
    format!("{value}\n")
}

/// Gives the commands in messages and hints the `option` that chose the settings file.
pub fn add_option(value: &mut Value, option: &str) {
    match value {
        Value::Array(values) => values.iter_mut().for_each(|value| add_option(value, option)),
        Value::Object(members) => members.iter_mut().for_each(|(key, value)| match value {
            Value::String(text) if key == "message" || key == "hint" => *text = with_option(text, option),
            value => add_option(value, option),
        }),
        _ => {}
    }
}

/// Returns `{"error":{"code":…,"message":…,"hint":…}}`, with line and column for an error in a file.
pub fn error(error: &CommandError) -> String {
    let value = match error.in_file() {
        Some((path, [first, ..])) => diagnostic(first, path),
        _ => json!({"code": error.code().as_str(), "message": error.message(), "hint": error.hint()}),
    };
    line(&json!({ "error": value }))
}

/// Returns an error in a file, with line and column.
pub fn diagnostic(diagnostic: &Diagnostic, path: &str) -> Value {
    let Diagnostic { line, column, message, expected, text, .. } = diagnostic;
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

/// Returns warnings, each with its code, message and what it is about.
pub fn warnings(warnings: &[Warning]) -> Value {
    warnings.iter().map(warning).collect()
}

/// Returns one warning.
pub fn warning(warning: &Warning) -> Value {
    let mut value = json!({"code": warning.code(), "message": warning.message()});
    let more = match warning {
        Warning::TooManyServers { list, count } => {
            json!({"list": list.as_str(), "count": count, "limit": MOST_SERVERS})
        }
        Warning::ManyForFirefox(count) => json!({"count": count, "limit": MOST_SERVERS - 1}),
        Warning::Duplicate { list, entry, positions } => {
            json!({"list": list.as_str(), "entry": entry, "positions": positions})
        }
        Warning::CredentialsMissing { uri, position }
        | Warning::CredentialFile { uri, position: Some(position), .. } => {
            json!({"list": "turn", "uri": uri, "position": position})
        }
        Warning::TransportNotInBrowsers { uri, .. } | Warning::PortBlockedInBrowsers(uri) => {
            json!({"list": warning.list().map(ListName::as_str), "uri": uri.to_string()})
        }
        Warning::CredentialFile { uri, position: None, .. } => json!({"list": "turn", "uri": uri}),
        Warning::UnknownKey { key, meant, at: (line, column) } => {
            json!({"key": key, "meant": meant, "line": line, "column": column})
        }
        Warning::ConfigMissing(path)
        | Warning::ReadableByOthers { path, .. }
        | Warning::HistoryUntrusted(path) => json!({"file": path}),
        Warning::RelayWithoutTurn | Warning::ShortToken => json!({}),
    };
    if let (Value::Object(value), Value::Object(more)) = (&mut value, more) {
        value.extend(more);
    }
    value
}

/// Returns `{KEY:[…],"origin":…,"warnings":[…]}`; secrets are masked unless `show_secrets`.
pub fn list<T: Listed>(list: &List<T>, show_secrets: bool, about: &[Warning]) -> Value {
    json!({
        T::KEY: entries(&list.entries, show_secrets),
        "origin": list.origin.as_str(),
        "warnings": warnings(about),
    })
}

fn entries<T: Listed>(entries: &[T], show_secrets: bool) -> Value {
    let numbered = (1..).zip(entries);
    numbered
        .map(|(position, entry)| {
            let mut value = Map::from_iter([("position".to_owned(), Value::from(position))]);
            value.extend(entry.to_json(show_secrets));
            Value::Object(value)
        })
        .collect()
}

/// Returns what an edit did, and the list after it; secrets are masked.
pub fn outcome<T: Listed>(outcome: &Outcome, list: &List<T>, about: &[Warning]) -> Value {
    json!({
        "changed": outcome.changed,
        "restored_defaults": outcome.restored_defaults,
        "added": outcome.added,
        "removed": outcome.removed,
        T::KEY: entries(&list.entries, false),
        "warnings": warnings(about),
    })
}

/// Returns `{"changed":…,"transport_policy":…,"origin":…,"warnings":[…]}`
pub fn policy(changed: bool, settings: &Settings, about: &[Warning]) -> Value {
    json!({
        "changed": changed,
        "transport_policy": settings.policy.as_str(),
        "origin": settings.policy.origin().as_str(),
        "warnings": warnings(about),
    })
}

/// Returns all settings; each list has its own warnings, and `warnings` has all of them.
pub fn show(path: &str, settings: &Settings, about: &[Warning]) -> Value {
    let of = |list| about.iter().filter(|warning| warning.list() == Some(list)).cloned().collect::<Vec<_>>();
    json!({
        "path": path,
        "stun": list(&settings.stun, false, &of(ListName::Stun)),
        "turn": list(&settings.turn, false, &of(ListName::Turn)),
        "reactions": list(&settings.reactions, false, &of(ListName::Reactions)),
        "ice": {"transport_policy": settings.policy.as_str(), "origin": settings.policy.origin().as_str()},
        "warnings": warnings(about),
    })
}

/// Returns public STUN servers to choose from.
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
