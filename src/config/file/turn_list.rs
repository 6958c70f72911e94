//! Imports a list of TURN servers in TOML or JSON, with the keys of the settings file.

use super::diagnostic::Diagnostic;
use super::node::{self, Content, Node};
use super::{load, reader};
use crate::config::turn::TurnServer;

const EXPECTED: &str = "expected a JSON list of servers, or a TOML section [[turn.servers]] for each server";
const NOT_A_LIST: &str = "this is not a list of TURN servers";

/// The keys next to the list in the output of `turn list --json`.
const BESIDE_THE_LIST: [&str; 2] = ["origin", "warnings"];

/// Parses `[[turn.servers]]` or `[[servers]]` in TOML, or a list of objects in JSON, also under `servers` or `turn`.
///
/// # Errors
/// The first error. Unknown keys are errors, because nobody would see a warning.
pub fn parse(bytes: &[u8]) -> Result<Vec<TurnServer>, Diagnostic> {
    let text = load::imported(bytes, "to remove all servers, give [] or run 'cowork-calls turn clear'");
    let servers = text.and_then(|text| if node::is_json(text) { from_json(text) } else { from_toml(text) });
    // A reader that fails reports at least one error.
    let first = |errors: Vec<Diagnostic>| errors.into_iter().next().unwrap_or_else(|| not_a_list(""));
    servers.map_err(|errors| first(errors).hide_unknown_text())
}

fn not_a_list(text: &str) -> Diagnostic {
    Diagnostic::new(text, 0..0, NOT_A_LIST, EXPECTED)
}

fn from_toml(text: &str) -> Result<Vec<TurnServer>, Vec<Diagnostic>> {
    let (text, root) = load::parse(text.as_bytes())?;
    let keys = root.table().unwrap_or_default().len();
    let servers = root.get("turn").and_then(|turn| turn.get("servers")).or_else(|| root.get("servers"));
    if keys > 1 || (servers.is_none() && keys > 0) {
        return Err(vec![not_a_list(text)]);
    }
    reader::turn_servers(text, servers)
}

fn from_json(text: &str) -> Result<Vec<TurnServer>, Vec<Diagnostic>> {
    let mut list = Node::of_json(text).map_err(|error| vec![error])?;
    for key in ["turn", "servers"] {
        let keys: Vec<&str> = list.table().unwrap_or_default().iter().map(|entry| &*entry.key).collect();
        if keys.contains(&key) && keys.iter().any(|own| *own != key && !BESIDE_THE_LIST.contains(own)) {
            return Err(vec![not_a_list(text)]);
        }
        list = list.into_value(key);
    }
    if let Content::List(servers) = &mut list.content {
        servers.iter_mut().for_each(undo_json_output);
    }
    reader::turn_servers(text, Some(&list))
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
            ("[[servers]]\nuri = 'a'\npasswort = 'hunter2'", 3, "unknown key 'turn.servers.passwort'"),
            ("[[servers]]\nuri = 3", 2, "unexpected integer"),
            (" \n", 1, "this is empty"),
            ("x = 1", 1, NOT_A_LIST),
            (r#"{"turn":{"servers":[]},"stun":{}}"#, 1, NOT_A_LIST),
            (r#"{"servers":[],"bogus":1}"#, 1, NOT_A_LIST),
            ("hunter2", 1, "key with no value"),
            (r#"[{"uri":"a","passwort":"hunter2"}]"#, 1, "unknown key 'turn.servers.passwort'"),
            (r#"[{"uri":"a","password":["hunter2"]}]"#, 1, "unexpected array"),
            (r#"[{"uri":"a"},{"password":"x"}]"#, 1, "this TURN server has no address"),
            (r#"[{"uri":"a","password":"hunter2""#, 1, "this is not JSON: it ends too early"),
            (r#"[{"uri":"a","password":"********"}]"#, 1, "this password is masked"),
        ] {
            let error = parse(text.as_bytes()).unwrap_err();
            assert_eq!((error.line, &*error.message), (line, message), "{text}");
            assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        }
        assert!(parse(b"\xff").is_err());
    }
}
