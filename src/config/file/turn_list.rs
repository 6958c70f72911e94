//! A list of TURN servers given from outside, in TOML or JSON, with the keys of the settings file.

use super::diagnostic::Problem;
use super::node::{Content, Node};
use super::{apply, node, reader};
use crate::config::turn::TurnServer;

/// What is wrong with such a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListError {
    /// The line, counted from 1, where one is known.
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

impl From<Problem> for ListError {
    fn from(problem: Problem) -> Self {
        ListError { line: Some(problem.line), message: problem.message, hint: problem.expected }
    }
}

const EXPECTED: &str = "expected a JSON list of servers, or a TOML section [[turn.servers]] for each";

const SOMETHING_ELSE: &str = "this holds something else than a list of TURN servers";
/// What `turn list --json` prints beside the list.
const BESIDE_THE_LIST: [&str; 2] = ["origin", "warnings"];

/// Parses `[[turn.servers]]` or `[[servers]]` in TOML, or a list of objects in JSON, also below `servers` or `turn`.
///
/// # Errors
/// The first thing that is wrong. Unknown keys are errors here, since nobody would see a warning.
pub fn parse(bytes: &[u8]) -> Result<Vec<TurnServer>, ListError> {
    let text = std::str::from_utf8(bytes).map_err(|_| ListError::new("this is no UTF-8 text", EXPECTED))?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    if text.trim().is_empty() {
        // Rather a generator that failed than the wish to drop all servers.
        return Err(ListError::new(
            "this is empty",
            "to drop all servers give [], or run 'cowork-calls turn clear'",
        ));
    }
    if node::is_json(text) { from_json(text) } else { from_toml(text) }
}

fn from_toml(text: &str) -> Result<Vec<TurnServer>, ListError> {
    let document = apply::parse(text.as_bytes()).map_err(first)?;
    let root = document.as_table();
    let servers = root.get("turn").and_then(|turn| turn.get("servers")).or_else(|| root.get("servers"));
    if root.len() > 1 || (servers.is_none() && !root.is_empty()) {
        return Err(ListError::new(SOMETHING_ELSE, EXPECTED));
    }
    let node = servers.map(Node::of_item);
    reader::turn_servers(document.raw(), node.as_ref()).map_err(first)
}

/// The first of several problems; a reader that fails has at least one.
fn first(problems: Vec<Problem>) -> ListError {
    problems.into_iter().next().map_or_else(|| ListError::new("this is no list", EXPECTED), ListError::from)
}

fn from_json(text: &str) -> Result<Vec<TurnServer>, ListError> {
    let mut list = Node::of_json(text)?;
    for key in ["turn", "servers"] {
        let foreign = list.table().is_some_and(|entries| {
            entries.iter().any(|entry| entry.key != key && !BESIDE_THE_LIST.contains(&&*entry.key))
        });
        if foreign && list.table().is_some_and(|entries| entries.iter().any(|entry| entry.key == key)) {
            return Err(ListError::new(SOMETHING_ELSE, EXPECTED));
        }
        list = list.into_value(key);
    }
    if let Content::List(servers) = &mut list.content {
        servers.iter_mut().for_each(as_in_file);
    }
    reader::turn_servers(text, Some(&list)).map_err(first)
}

/// `turn list --json` can be given back: its keys have underscores, each server a position and maybe no user.
fn as_in_file(server: &mut Node<'_>) {
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
    fn toml_and_json_say_the_same() {
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
    fn mistakes_are_named_and_secrets_are_not() {
        for (text, line, message) in [
            (
                "[[servers]]\nuri = 'a'\npasswort = 'hunter2'",
                Some(3),
                "the key 'turn.servers.passwort' is not known",
            ),
            ("[[servers]]\nuri = 3", Some(2), "this is of the type integer"),
            (" \n", None, "this is empty"),
            ("x = 1", None, SOMETHING_ELSE),
            (r#"{"turn":{"servers":[]},"stun":{}}"#, None, SOMETHING_ELSE),
            (r#"{"servers":[],"bogus":1}"#, None, SOMETHING_ELSE),
            ("hunter2", Some(1), "key with no value"),
            (
                r#"[{"uri":"a","passwort":"hunter2"}]"#,
                Some(1),
                "the key 'turn.servers.passwort' is not known",
            ),
            (r#"[{"uri":"a","password":["hunter2"]}]"#, Some(1), "this is of the type array"),
            (r#"[{"uri":"a"},{"password":"x"}]"#, Some(1), "this TURN server has no address"),
            (r#"[{"uri":"a","password":"hunter2""#, Some(1), "this is no JSON, since it ends too early"),
            (r#"[{"uri":"a","password":"********"}]"#, Some(1), "this password is masked"),
        ] {
            let error = parse(text.as_bytes()).unwrap_err();
            assert_eq!((error.line, &*error.message), (line, message), "{text}");
            assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        }
        assert!(parse(b"\xff").is_err());
    }
}
