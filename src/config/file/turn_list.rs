//! Imports a list of TURN servers in TOML or JSON, with the keys of the settings file.

use super::diagnostic::Diagnostic;
use super::node::{Content, Node};
use super::{load, node, reader};
use crate::config::turn::TurnServer;

/// An error in the list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListError {
    /// The line, counted from 1, if known.
    pub line: Option<usize>,
    /// What is wrong.
    pub message: String,
    /// What was expected.
    pub hint: String,
}

impl ListError {
    fn new(message: impl Into<String>, hint: impl Into<String>) -> Self {
        ListError { line: None, message: message.into(), hint: hint.into() }
    }
}

impl From<Diagnostic> for ListError {
    fn from(error: Diagnostic) -> Self {
        ListError { line: Some(error.line), message: error.message, hint: error.expected }
    }
}

const EXPECTED: &str = "expected a JSON list of servers, or a TOML section [[turn.servers]] for each server";

const NOT_A_LIST: &str = "this is not a list of TURN servers";
/// The keys next to the list in the output of `turn list --json`.
const BESIDE_THE_LIST: [&str; 2] = ["origin", "warnings"];

/// Parses `[[turn.servers]]` or `[[servers]]` in TOML, or a list of objects in JSON, also under `servers` or `turn`.
///
/// # Errors
/// The first error. Unknown keys are errors, because nobody would see a warning.
pub fn parse(bytes: &[u8]) -> Result<Vec<TurnServer>, ListError> {
    let text = std::str::from_utf8(bytes).map_err(|_| ListError::new("this is not UTF-8 text", EXPECTED))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() {
        // Not an empty list, because it usually means the generator failed.
        return Err(ListError::new(
            "this is empty",
            "to remove all servers, give [] or run 'cowork-calls turn clear'",
        ));
    }
    if node::is_json(text) { from_json(text) } else { from_toml(text) }
}

fn from_toml(text: &str) -> Result<Vec<TurnServer>, ListError> {
    let document = load::parse(text.as_bytes()).map_err(first)?;
    let root = document.as_table();
    let servers = root.get("turn").and_then(|turn| turn.get("servers")).or_else(|| root.get("servers"));
    if root.len() > 1 || (servers.is_none() && !root.is_empty()) {
        return Err(ListError::new(NOT_A_LIST, EXPECTED));
    }
    let node = servers.map(Node::of_item);
    reader::turn_servers(document.raw(), node.as_ref()).map_err(first)
}

/// Returns the first of several errors; a reader that fails reports at least one.
fn first(errors: Vec<Diagnostic>) -> ListError {
    errors.into_iter().next().map_or_else(|| ListError::new(NOT_A_LIST, EXPECTED), ListError::from)
}

fn from_json(text: &str) -> Result<Vec<TurnServer>, ListError> {
    let mut list = Node::of_json(text)?;
    for key in ["turn", "servers"] {
        let foreign = list.table().is_some_and(|entries| {
            entries.iter().any(|entry| entry.key != key && !BESIDE_THE_LIST.contains(&&*entry.key))
        });
        if foreign && list.table().is_some_and(|entries| entries.iter().any(|entry| entry.key == key)) {
            return Err(ListError::new(NOT_A_LIST, EXPECTED));
        }
        list = list.into_value(key);
    }
    if let Content::List(servers) = &mut list.content {
        servers.iter_mut().for_each(undo_json_output);
    }
    reader::turn_servers(text, Some(&list)).map_err(first)
}

/// Undoes what `turn list --json` changes: its keys have underscores, and each server a position and maybe no user.
fn undo_json_output(server: &mut Node<'_>) {
    let Content::Table(entries) = &mut server.content else { return };
    entries
        .retain(|entry| entry.key != "position" && !(entry.key == "username" && entry.value.kind == "null"));
    for entry in entries {
        if entry.key.contains('_') {
            entry.key = entry.key.replace('_', "-").into();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::address::{Kind, ServerUri};
    use crate::config::turn::Credential;

    #[test]
    fn toml_and_json_give_the_same_list() {
        let expected = vec![TurnServer {
            uri: ServerUri::parse("turn:a", Kind::Turn).unwrap(),
            username: Some("u".to_owned()),
            credential: Some(Credential::SecretFile("/s".into())),
        }];
        for text in [
            "[[turn.servers]]\nuri = 'a'\nusername = 'u'\nsecret-file = '/s'\n",
            "[[servers]]\nuri = 'turn:a'\nusername = 'u'\nsecret-file = '/s'\n",
            "servers = [{ uri = 'A', username = 'u', secret-file = '/s' }]",
            r#"[{"uri":"a","username":"u","secret-file":"/s"}]"#,
            r#"{"servers":[{"position":1,"uri":"a","username":"u","secret_file":"/s"}],"origin":"config"}"#,
        ] {
            assert_eq!(parse(text.as_bytes()), Ok(expected.clone()), "{text}");
        }
        assert_eq!(parse(b"servers = []"), Ok(Vec::new()));
        assert_eq!(parse(b"[]"), Ok(Vec::new()));
    }

    #[test]
    fn errors_name_the_mistake_but_no_secret() {
        for (text, line, message) in [
            ("[[servers]]\nuri = 'a'\npasswort = 'hunter2'", Some(3), "unknown key 'turn.servers.passwort'"),
            ("[[servers]]\nuri = 3", Some(2), "unexpected integer"),
            (" \n", None, "this is empty"),
            ("x = 1", None, NOT_A_LIST),
            (r#"{"turn":{"servers":[]},"stun":{}}"#, None, NOT_A_LIST),
            (r#"{"servers":[],"bogus":1}"#, None, NOT_A_LIST),
            ("hunter2", Some(1), "key with no value"),
            (r#"[{"uri":"a","passwort":"hunter2"}]"#, Some(1), "unknown key 'turn.servers.passwort'"),
            (r#"[{"uri":"a","password":["hunter2"]}]"#, Some(1), "unexpected array"),
            (r#"[{"uri":"a"},{"password":"x"}]"#, Some(1), "this TURN server has no address"),
            (r#"[{"uri":"a","password":"hunter2""#, Some(1), "this is not JSON: it ends too early"),
            (r#"[{"uri":"a","password":"********"}]"#, Some(1), "this password is masked"),
        ] {
            let error = parse(text.as_bytes()).unwrap_err();
            assert_eq!((error.line, &*error.message), (line, message), "{text}");
            assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        }
        assert!(parse(b"\xff").is_err());
    }
}
