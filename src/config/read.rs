//! From a parsed document to the settings: every value checked, every error with its place.

use std::collections::HashMap;
use std::ops::Range;
use std::path::PathBuf;

use toml_edit::{Document, Item, TableLike, Value};

use super::address::{Kind, ServerUri};
use super::emoji::Emoji;
use super::problem::{Lines, Problem, line_start};
use super::rules::Warning;
use super::turn::{Credential, KEYS, Secret, TurnServer};
use super::{List, Origin, Settings, TransportPolicy, defaults};

/// Reads all settings of a document.
pub(super) fn read(document: &Document<String>) -> Result<(Settings, Vec<Warning>), Vec<Problem>> {
    let mut reader = Reader::of(document.raw());
    let settings = reader.settings(document);
    if reader.problems.is_empty() { Ok((settings, reader.warnings)) } else { Err(reader.problems) }
}

/// Reads a list of TURN servers that stands by itself; no item is an empty list.
pub(super) fn turn_servers(
    document: &Document<String>,
    item: &Item,
) -> Result<(Vec<TurnServer>, Vec<Warning>), Vec<Problem>> {
    let mut reader = Reader::of(document.raw());
    let servers = if item.is_none() { Vec::new() } else { reader.turn(item) };
    if reader.problems.is_empty() { Ok((servers, reader.warnings)) } else { Err(reader.problems) }
}

/// Nobody mends more errors than this at once; the others show when these are mended.
const MOST_PROBLEMS: usize = 100;

struct Reader<'a> {
    source: &'a str,
    lines: Lines<'a>,
    problems: Vec<Problem>,
    warnings: Vec<Warning>,
}

impl<'a> Reader<'a> {
    const fn of(source: &'a str) -> Self {
        Reader { source, lines: Lines::of(source), problems: Vec::new(), warnings: Vec::new() }
    }

    fn has_enough(&self) -> bool {
        self.problems.len() >= MOST_PROBLEMS
    }

    fn settings(&mut self, document: &Document<String>) -> Settings {
        let root = document.as_table();
        self.unknown_keys(root, "", &["stun", "turn", "ice", "reactions"]);
        let stun = self.section(root, "stun", &["servers"]).and_then(|table| table.get("servers"));
        let turn = self.section(root, "turn", &["servers"]).and_then(|table| table.get("servers"));
        let reactions = self.section(root, "reactions", &["emojis"]).and_then(|table| table.get("emojis"));
        let policy = self.section(root, "ice", &["transport-policy"]).and_then(|t| t.get("transport-policy"));
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

    fn section<'t>(
        &mut self,
        root: &'t dyn TableLike,
        name: &str,
        keys: &[&'static str],
    ) -> Option<&'t dyn TableLike> {
        let item = root.get(name)?;
        let Some(table) = item.as_table_like() else {
            let (found, expected) = (item.type_name(), format!("expected a section [{name}]"));
            self.problem(
                item.span(),
                format!("'{name}' is a section, and this is of the type {found}"),
                expected,
            );
            return None;
        };
        self.unknown_keys(table, &format!("{name}."), keys);
        Some(table)
    }

    fn unknown_keys(&mut self, table: &dyn TableLike, prefix: &str, known: &[&'static str]) {
        for (name, _) in table.iter().filter(|(name, _)| !known.contains(name)) {
            let at = table.key(name).and_then(toml_edit::Key::span).unwrap_or(0..0).start;
            let (line, start) = (self.lines.number(at), line_start(self.source, at));
            let column = self.source[start..at].chars().count() + 1;
            let meant = meant_by(name, known);
            self.warnings.push(Warning::UnknownKey {
                key: format!("{prefix}{name}"),
                meant,
                at: (line, column),
            });
        }
    }

    /// The texts of an array of texts.
    fn strings<'t>(&mut self, item: &'t Item, what: &str) -> Vec<(&'t str, Option<Range<usize>>)> {
        let Some(array) = item.as_array() else {
            let expected = format!("expected a list of {what} in brackets");
            self.problem(item.span(), format!("this is of the type {}", item.type_name()), expected);
            return Vec::new();
        };
        let mut strings = Vec::with_capacity(array.len());
        for value in array {
            match value.as_str() {
                Some(text) => strings.push((text, value.span())),
                None => self.wrong_type(value.span(), value.type_name()),
            }
        }
        strings
    }

    fn wrong_type(&mut self, span: Option<Range<usize>>, found: &str) {
        self.problem(span, format!("this is of the type {found}"), "expected a text in quotes");
    }

    fn stun(&mut self, item: &Item) -> Vec<ServerUri> {
        let texts = self.strings(item, "server addresses");
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

    fn emojis(&mut self, item: &Item) -> Vec<Emoji> {
        let mut emojis = Vec::new();
        // A short name is looked for among thousands, so each only once.
        let mut known: HashMap<&str, Emoji> = HashMap::new();
        for (text, span) in self.strings(item, "emojis") {
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

    fn policy(&mut self, item: &Item) -> Option<TransportPolicy> {
        let policy = item.as_str().and_then(TransportPolicy::parse);
        if policy.is_none() {
            self.problem(item.span(), "this is not a transport policy", "expected \"all\" or \"relay\"");
        }
        policy
    }

    fn turn(&mut self, item: &Item) -> Vec<TurnServer> {
        if let Some(tables) = item.as_array_of_tables() {
            return tables.iter().filter_map(|table| self.turn_server(table, table.span())).collect();
        }
        let Some(array) = item.as_array() else {
            let found = format!("this is of the type {}", item.type_name());
            self.problem(item.span(), found, "expected one section [[turn.servers]] for each server");
            return Vec::new();
        };
        let mut servers = Vec::new();
        for value in array {
            match value {
                Value::InlineTable(table) => servers.extend(self.turn_server(table, value.span())),
                other => {
                    let found = format!("this is of the type {}", other.type_name());
                    self.problem(
                        other.span(),
                        found,
                        "expected a server such as { uri = \"turn:turn.example.de\" }",
                    );
                }
            }
        }
        servers
    }

    fn turn_server(&mut self, table: &dyn TableLike, span: Option<Range<usize>>) -> Option<TurnServer> {
        self.unknown_keys(table, "turn.servers.", &KEYS);
        let before = self.problems.len();
        let username = self.text(table, "username").map(str::to_owned);
        let credential = self.credential(table);
        let uri = match self.text(table, "uri") {
            Some(text) => self.address(text, table.get("uri").and_then(Item::span), Kind::Turn),
            None if self.problems.len() == before => {
                let hint = match table.iter().find(|(name, _)| meant_by(name, &["uri"]).is_some()) {
                    Some((name, _)) => format!("did you mean 'uri' where it says '{name}'?"),
                    None => "add a line such as uri = \"turn:turn.example.de\"".to_owned(),
                };
                self.problem(span, "this TURN server has no address", hint);
                None
            }
            None => None,
        };
        (self.problems.len() == before).then_some(TurnServer { uri: uri?, username, credential })
    }

    fn credential(&mut self, table: &dyn TableLike) -> Option<Credential> {
        let mut found = None;
        for key in ["password", "password-file", "secret", "secret-file"] {
            let Some(text) = self.text(table, key) else { continue };
            if found.is_some() {
                let span = table.key(key).and_then(toml_edit::Key::span);
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
    fn text<'t>(&mut self, table: &'t dyn TableLike, key: &str) -> Option<&'t str> {
        let item = table.get(key)?;
        match item.as_str() {
            None => self.wrong_type(item.span(), item.type_name()),
            Some("") => {
                self.problem(item.span(), format!("'{key}' is empty"), "expected a text, or no such line");
            }
            Some(text) => return Some(text),
        }
        None
    }
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
