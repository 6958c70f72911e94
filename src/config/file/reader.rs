//! From a parsed document to the settings: every value checked, every error with its place.

use std::collections::HashMap;
use std::ops::Range;
use std::path::PathBuf;

use toml_edit::Document;

use super::diagnostic::{Lines, Problem, line_start};
use super::node::{Content, Entry, Node};
use crate::config::address::{Kind, ServerUri};
use crate::config::defaults;
use crate::config::emoji::Emoji;
use crate::config::settings::{List, Origin, Settings, TransportPolicy};
use crate::config::turn::{Credential, KEYS, MASK, Secret, TurnServer};
use crate::config::warnings::Warning;

/// Reads all settings of a document.
pub(crate) fn read(document: &Document<String>) -> Result<(Settings, Vec<Warning>), Vec<Problem>> {
    let mut reader = Reader::of(document.raw(), false);
    let settings = reader.settings(&Node::of_toml(document));
    if reader.problems.is_empty() { Ok((settings, reader.warnings)) } else { Err(reader.problems) }
}

/// Reads all settings of a tree that somebody gives as a whole: unknown keys and masked secrets are errors.
pub(crate) fn read_strictly(source: &str, root: &Node<'_>) -> Result<Settings, Vec<Problem>> {
    let mut reader = Reader::of(source, true);
    let settings = reader.settings(root);
    if reader.problems.is_empty() { Ok(settings) } else { Err(reader.problems) }
}

/// Reads a list of TURN servers that stands by itself, as strictly; no node is an empty list.
pub(crate) fn turn_servers(source: &str, node: Option<&Node<'_>>) -> Result<Vec<TurnServer>, Vec<Problem>> {
    let mut reader = Reader::of(source, true);
    let servers = node.map(|node| reader.turn(node)).unwrap_or_default();
    if reader.problems.is_empty() { Ok(servers) } else { Err(reader.problems) }
}

/// Nobody mends more errors than this at once; the others show when these are mended.
const MOST_PROBLEMS: usize = 100;

struct Reader<'a> {
    source: &'a str,
    lines: Lines<'a>,
    /// Whether unknown keys and masked secrets are errors.
    strict: bool,
    problems: Vec<Problem>,
    warnings: Vec<Warning>,
}

impl<'a> Reader<'a> {
    const fn of(source: &'a str, strict: bool) -> Self {
        Reader { source, lines: Lines::of(source), strict, problems: Vec::new(), warnings: Vec::new() }
    }

    fn has_enough(&self) -> bool {
        self.problems.len() >= MOST_PROBLEMS
    }

    fn settings(&mut self, root: &Node<'_>) -> Settings {
        let Some(root) = root.table() else {
            let expected = "expected the keys of the settings file: stun, turn, ice and reactions";
            self.problem(root.span.clone(), format!("this is of the type {}", root.kind), expected);
            return Settings::default();
        };
        self.unknown_keys(root, "", &["stun", "turn", "ice", "reactions"]);
        let stun = self.section(root, "stun", &["servers"]).and_then(|table| get(table, "servers"));
        let turn = self.section(root, "turn", &["servers"]).and_then(|table| get(table, "servers"));
        let reactions = self.section(root, "reactions", &["emojis"]).and_then(|table| get(table, "emojis"));
        let policy =
            self.section(root, "ice", &["transport-policy"]).and_then(|t| get(t, "transport-policy"));
        let policy = policy.and_then(|item| self.policy(item));
        Settings {
            stun: List::or_default(stun.map(|item| self.stun(item)).unwrap_or_default(), defaults::stun),
            turn: List::or_default(turn.map(|item| self.turn(item)).unwrap_or_default(), Vec::new),
            reactions: List::or_default(
                reactions.map(|item| self.emojis(item)).unwrap_or_default(),
                defaults::reactions,
            ),
            policy: policy.unwrap_or_default(),
            policy_origin: if policy.is_some() { Origin::Config } else { Origin::Default },
        }
    }

    fn problem(
        &mut self,
        span: Option<Range<usize>>,
        message: impl Into<String>,
        expected: impl Into<String>,
    ) {
        if !self.has_enough() {
            self.problems.push(Problem::at(&mut self.lines, span.unwrap_or(0..0), message, expected));
        }
    }

    fn section<'t, 'n>(
        &mut self,
        root: &'t [Entry<'n>],
        name: &str,
        keys: &[&'static str],
    ) -> Option<&'t [Entry<'n>]> {
        let node = get(root, name)?;
        let Some(table) = node.table() else {
            let expected = format!("expected a section [{name}]");
            let found = format!("'{name}' is a section, and this is of the type {}", node.kind);
            self.problem(node.span.clone(), found, expected);
            return None;
        };
        self.unknown_keys(table, &format!("{name}."), keys);
        Some(table)
    }

    fn unknown_keys(&mut self, table: &[Entry<'_>], prefix: &str, known: &[&'static str]) {
        for entry in table.iter().filter(|entry| !known.contains(&&*entry.key)) {
            let (name, meant) = (&*entry.key, meant_by(&entry.key, known));
            if self.strict {
                let hint = match meant {
                    Some(meant) => format!("did you mean '{meant}'?"),
                    None => format!("expected one of {}", known.join(", ")),
                };
                self.problem(entry.span.clone(), format!("the key '{prefix}{name}' is not known"), hint);
                // What is not known may be a secret under a wrong name.
                if let Some(problem) = self.problems.last_mut() {
                    problem.hide_behind_marker();
                }
                continue;
            }
            let at = entry.span.clone().unwrap_or(0..0).start;
            let (line, start) = (self.lines.number(at), line_start(self.source, at));
            let column = self.source[start..at].chars().count() + 1;
            let warning = Warning::UnknownKey { key: format!("{prefix}{name}"), meant, at: (line, column) };
            self.warnings.push(warning);
        }
    }

    /// The texts of an array of texts.
    fn strings<'t>(&mut self, node: &'t Node<'_>, what: &str) -> Vec<(&'t str, Option<Range<usize>>)> {
        let Some(list) = node.list() else {
            let expected = format!("expected a list of {what} in brackets");
            self.problem(node.span.clone(), format!("this is of the type {}", node.kind), expected);
            return Vec::new();
        };
        let mut strings = Vec::with_capacity(list.len());
        for value in list {
            match value.text() {
                Some(text) => strings.push((text, value.span.clone())),
                None => self.wrong_type(value),
            }
        }
        strings
    }

    fn wrong_type(&mut self, node: &Node<'_>) {
        let found = format!("this is of the type {}", node.kind);
        self.problem(node.span.clone(), found, "expected a text in quotes");
    }

    fn stun(&mut self, node: &Node<'_>) -> Vec<ServerUri> {
        let texts = self.strings(node, "server addresses");
        texts.into_iter().filter_map(|(text, span)| self.address(text, span, Kind::Stun)).collect()
    }

    fn address(&mut self, text: &str, span: Option<Range<usize>>, kind: Kind) -> Option<ServerUri> {
        match ServerUri::parse(text, kind) {
            Ok(uri) => Some(uri),
            Err(_) if self.has_enough() => None,
            Err(error) => {
                self.problem(span, error.to_string(), error.hint());
                None
            }
        }
    }

    fn emojis(&mut self, node: &Node<'_>) -> Vec<Emoji> {
        let mut emojis = Vec::new();
        // A short name is looked for among thousands, so each only once.
        let mut known: HashMap<&str, Emoji> = HashMap::new();
        for (text, span) in self.strings(node, "emojis") {
            if self.has_enough() {
                break;
            }
            match known.get(text).map_or_else(|| Emoji::parse(text), |emoji| Ok(*emoji)) {
                Ok(emoji) => {
                    known.insert(text, emoji);
                    emojis.push(emoji);
                }
                Err(error) => self.problem(span, error.to_string(), error.hint()),
            }
        }
        emojis
    }

    fn policy(&mut self, node: &Node<'_>) -> Option<TransportPolicy> {
        let policy = node.text().and_then(TransportPolicy::parse);
        if policy.is_none() {
            self.problem(
                node.span.clone(),
                "this is not a transport policy",
                "expected \"all\" or \"relay\"",
            );
        }
        policy
    }

    fn turn(&mut self, node: &Node<'_>) -> Vec<TurnServer> {
        let Some(list) = node.list() else {
            let found = format!("this is of the type {}", node.kind);
            self.problem(node.span.clone(), found, "expected one section [[turn.servers]] for each server");
            return Vec::new();
        };
        let mut servers = Vec::new();
        for value in list {
            match &value.content {
                Content::Table(table) => servers.extend(self.turn_server(table, value.span.clone())),
                _ => {
                    let found = format!("this is of the type {}", value.kind);
                    let expected = "expected a server such as { uri = \"turn:turn.example.de\" }";
                    self.problem(value.span.clone(), found, expected);
                }
            }
        }
        servers
    }

    fn turn_server(&mut self, table: &[Entry<'_>], span: Option<Range<usize>>) -> Option<TurnServer> {
        self.unknown_keys(table, "turn.servers.", &KEYS);
        let before = self.problems.len();
        let username = self.text(table, "username").map(str::to_owned);
        let credential = self.credential(table);
        let uri = match self.text(table, "uri") {
            Some(text) => {
                self.address(text, get(table, "uri").and_then(|node| node.span.clone()), Kind::Turn)
            }
            None if self.problems.len() == before => {
                let hint = match table.iter().find(|entry| meant_by(&entry.key, &["uri"]).is_some()) {
                    Some(entry) => format!("did you mean 'uri' where it says '{}'?", entry.key),
                    None => "add a line such as uri = \"turn:turn.example.de\"".to_owned(),
                };
                self.problem(span, "this TURN server has no address", hint);
                None
            }
            None => None,
        };
        (self.problems.len() == before).then_some(TurnServer { uri: uri?, username, credential })
    }

    fn credential(&mut self, table: &[Entry<'_>]) -> Option<Credential> {
        let mut found = None;
        for key in ["password", "password-file", "secret", "secret-file"] {
            let Some(text) = self.text(table, key) else { continue };
            let span = table.iter().find(|entry| entry.key == key).and_then(|entry| entry.span.clone());
            if self.strict && text == MASK {
                let hint = "'config export' and 'turn list --show-secrets' print the secrets themselves";
                self.problem(span.clone(), format!("this {key} is masked"), hint);
            }
            if found.is_some() {
                let expected = "keep one of password, password-file, secret and secret-file";
                self.problem(span, "this TURN server has more than one credential", expected);
            }
            found = Some(match key {
                "password" => Credential::Password(Secret::new(text.to_owned())),
                "password-file" => Credential::PasswordFile(PathBuf::from(text)),
                "secret" => Credential::Secret(Secret::new(text.to_owned())),
                _ => Credential::SecretFile(PathBuf::from(text)),
            });
        }
        found
    }

    /// The text of a key, which must not be empty.
    fn text<'t>(&mut self, table: &'t [Entry<'_>], key: &str) -> Option<&'t str> {
        let node = get(table, key)?;
        match node.text() {
            None => self.wrong_type(node),
            Some("") => {
                let message = format!("'{key}' is empty");
                self.problem(node.span.clone(), message, "expected a text, or no such line");
            }
            Some(text) => return Some(text),
        }
        None
    }
}

/// The value of a key.
fn get<'t, 'n>(table: &'t [Entry<'n>], key: &str) -> Option<&'t Node<'n>> {
    table.iter().find(|entry| entry.key == key).map(|entry| &entry.value)
}

/// The key among `known` that somebody probably meant who wrote `name`.
fn meant_by(name: &str, known: &[&'static str]) -> Option<&'static str> {
    known
        .iter()
        .map(|known| (strsim::jaro_winkler(known, &name.to_lowercase()), *known))
        .filter(|(score, _)| *score >= 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| known)
}
