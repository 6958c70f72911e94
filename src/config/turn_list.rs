//! A list of TURN servers given from outside, in TOML or JSON, with the keys of the settings file.

use serde_json::Value;
use toml_edit::{Document, Item};

use super::address::{Kind, ServerUri};
use super::problem::Problem;
use super::read;
use super::rules::Warning;
use super::turn::{Credential, KEYS, MASK, Secret, TurnServer};

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
    let servers = if looks_like_json(text) { from_json(text) } else { from_toml(text) }?;
    let masked = |credential: &Credential| credential.is_stored() && credential.expose() == MASK;
    match servers.iter().find(|server| server.credential.as_ref().is_some_and(masked)) {
        Some(server) => Err(ListError::new(
            format!("the secret of {} is masked", server.uri),
            "list the servers with --show-secrets to keep their secrets",
        )),
        None => Ok(servers),
    }
}

fn looks_like_json(text: &str) -> bool {
    let mut bytes = text.bytes().filter(|b| !b.is_ascii_whitespace());
    match bytes.next() {
        Some(b'{') => true,
        Some(b'[') => matches!(bytes.next(), Some(b'{' | b']')),
        _ => false,
    }
}

fn from_toml(text: &str) -> Result<Vec<TurnServer>, ListError> {
    let document = Document::parse(text.to_owned()).map_err(|error| {
        let message = error.message().lines().next().unwrap_or_default();
        Problem::new(text, error.span().unwrap_or(0..0), message, EXPECTED)
    })?;
    let root = document.as_table();
    let servers = root.get("turn").and_then(|turn| turn.get("servers")).or_else(|| root.get("servers"));
    if root.len() > 1 || (servers.is_none() && !root.is_empty()) {
        return Err(ListError::new("this holds something else than a list of TURN servers", EXPECTED));
    }
    let (servers, warnings) =
        read::turn_servers(&document, servers.unwrap_or(&Item::None)).map_err(|mut problems| {
            if problems.is_empty() {
                ListError::new("this is no list", EXPECTED)
            } else {
                problems.remove(0).into()
            }
        })?;
    match warnings.into_iter().next() {
        Some(Warning::UnknownKey { key, at: (line, _), .. }) => {
            let key = key.rsplit('.').next().unwrap_or_default().to_owned();
            Err(ListError { line: Some(line), ..unknown_key(&key) })
        }
        _ => Ok(servers),
    }
}

fn unknown_key(key: &str) -> ListError {
    ListError::new(format!("the key '{key}' is not known"), format!("expected one of {}", KEYS.join(", ")))
}

fn from_json(text: &str) -> Result<Vec<TurnServer>, ListError> {
    // The parser's own message could quote a secret; its place says enough.
    let value: Value = serde_json::from_str(text).map_err(|error| ListError {
        line: Some(error.line()),
        ..ListError::new(format!("this is no JSON, from column {} on", error.column()), EXPECTED)
    })?;
    let list = value.get("turn").unwrap_or(&value);
    let list = list.get("servers").unwrap_or(list);
    let list = list.as_array().ok_or_else(|| ListError::new("this is no list of servers", EXPECTED))?;
    list.iter()
        .enumerate()
        .map(|(index, server)| {
            json_server(server)
                .map_err(|e| ListError { message: format!("server {}: {}", index + 1, e.message), ..e })
        })
        .collect()
}

fn json_server(value: &Value) -> Result<TurnServer, ListError> {
    let object = value.as_object().ok_or_else(|| ListError::new("this is no object", EXPECTED))?;
    let (mut uri, mut username, mut credential) = (None, None, None);
    for (key, value) in object {
        // `turn list --json` can be given back: its keys have underscores, and each server a position.
        let key = key.replace('_', "-");
        if key == "position" || (key == "username" && value.is_null()) {
            continue;
        }
        if !KEYS.contains(&&*key) {
            return Err(unknown_key(&key));
        }
        let text = value.as_str().filter(|text| !text.is_empty()).map(str::to_owned);
        let text = text.ok_or_else(|| {
            ListError::new(format!("'{key}' is no text"), "expected a text that is not empty")
        })?;
        let new = match &*key {
            "uri" => {
                uri = Some(
                    ServerUri::parse(&text, Kind::Turn)
                        .map_err(|e| ListError::new(e.to_string(), e.hint()))?,
                );
                continue;
            }
            "username" => {
                username = Some(text);
                continue;
            }
            "password" => Credential::Password(Secret::new(text)),
            "secret" => Credential::Secret(Secret::new(text)),
            "password-file" => Credential::PasswordFile(text.into()),
            _ => Credential::SecretFile(text.into()),
        };
        if credential.replace(new).is_some() {
            return Err(ListError::new("there is more than one credential", "keep one of them"));
        }
    }
    let uri =
        uri.ok_or_else(|| ListError::new("the address is missing", "add \"uri\": \"turn:turn.example.de\""))?;
    Ok(TurnServer { uri, username, credential })
}

#[cfg(test)]
mod tests {
    use super::*;

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
            ("[[servers]]\nuri = 'a'\npasswort = 'hunter2'", Some(3), "the key 'passwort' is not known"),
            ("[[servers]]\nuri = 3", Some(2), "this is of the type integer"),
            (" \n", None, "this is empty"),
            ("x = 1", None, "this holds something else than a list of TURN servers"),
            ("hunter2", Some(1), "key with no value, expected `=`"),
            (r#"[{"uri":"a","passwort":"hunter2"}]"#, None, "server 1: the key 'passwort' is not known"),
            (r#"[{"uri":"a","password":["hunter2"]}]"#, None, "server 1: 'password' is no text"),
            (r#"[{"uri":"a"},{"password":"x"}]"#, None, "server 2: the address is missing"),
            (r#"[{"uri":"a","password":"hunter2""#, Some(1), "this is no JSON, from column 32 on"),
            (
                r#"[{"uri":"a","password":"********"}]"#,
                None,
                "the secret of turn:a:3478?transport=udp is masked",
            ),
        ] {
            let error = parse(text.as_bytes()).unwrap_err();
            assert_eq!((error.line, &*error.message), (line, message), "{text}");
            assert!(!format!("{error:?}").contains("hunter2"), "{error:?}");
        }
        assert!(parse(b"\xff").is_err());
    }
}
