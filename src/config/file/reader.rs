//! Turns a parsed document into settings: checks every value and reports every error with its position.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::path::PathBuf;

use clap::ValueEnum as _;

use super::diagnostic::{Diagnostic, at_most};
use super::lines::{Lines, line_start};
use super::node::{KeyValue, Node, get};
use crate::config::address::{Kind, ServerUri};
use crate::config::emoji::Emoji;
use crate::config::settings::{List, Settings, TransportPolicy};
use crate::config::turn::{Credential, KEYS, MASK, Secret, TurnServer};
use crate::config::warnings::{Warning, unknown_key};
use crate::text::{quoted, shortened};

/// Reads all settings of a file, without those that have errors.
pub(crate) fn read(source: &str, root: &Node<'_>) -> (Settings, Vec<Warning>, Vec<Diagnostic>) {
    let mut reader = Reader::of(source, false);
    let settings = reader.settings(root);
    let warnings = std::mem::take(&mut reader.warnings);
    (settings, warnings, reader.sorted_errors())
}

/// Returns the wrong values of a file that is not quite TOML, except in the lines with these numbers, which are `broken`.
/// What seems missing may be in the rest of the file.
pub(crate) fn wrong_values(source: &str, root: &Node<'_>, broken: &HashSet<usize>) -> Vec<Diagnostic> {
    let mut reader = Reader { broken: Some(broken), ..Reader::of(source, false) };
    reader.settings(root);
    reader.sorted_errors()
}

/// Reads settings that are imported as a whole: unknown keys and masked secrets are errors.
pub(crate) fn read_strictly(source: &str, root: &Node<'_>) -> Result<Settings, Vec<Diagnostic>> {
    let mut reader = Reader::of(source, true);
    let settings = reader.settings(root);
    reader.finish(settings)
}

/// Reads an imported list of TURN servers, equally strictly; no node is an empty list.
pub(crate) fn turn_servers(
    source: &str,
    node: Option<&Node<'_>>,
) -> Result<Vec<TurnServer>, Vec<Diagnostic>> {
    let mut reader = Reader::of(source, true);
    let servers = node.map(|node| reader.turn(node)).unwrap_or_default();
    reader.finish(servers)
}

/// The most errors that are reported at once; the others follow when these are fixed.
const MOST_ERRORS: usize = 100;

/// The sections of a settings file.
pub(crate) const SECTIONS: [&str; 4] = ["stun", "turn", "ice", "reactions"];

struct Reader<'a> {
    lines: Lines<'a>,
    /// Whether unknown keys and masked secrets are errors.
    strict: bool,
    /// Of a file that is not quite TOML, the numbers of the lines whose errors do not count.
    broken: Option<&'a HashSet<usize>>,
    errors: Vec<Diagnostic>,
    warnings: Vec<Warning>,
}

impl<'a> Reader<'a> {
    const fn of(source: &'a str, strict: bool) -> Self {
        Reader { lines: Lines::of(source), strict, broken: None, errors: Vec::new(), warnings: Vec::new() }
    }

    fn finish<T>(self, read: T) -> Result<T, Vec<Diagnostic>> {
        if self.errors.is_empty() { Ok(read) } else { Err(self.sorted_errors()) }
    }

    /// The errors are found setting by setting, but read from top to bottom.
    fn sorted_errors(mut self) -> Vec<Diagnostic> {
        self.errors.sort_by_key(|error| (error.line, error.column));
        at_most(MOST_ERRORS, self.errors)
    }

    /// Whether there are more errors than are reported.
    fn is_full(&self) -> bool {
        self.errors.len() > MOST_ERRORS
    }

    fn settings(&mut self, root: &Node<'_>) -> Settings {
        let Some(root) = root.table() else {
            self.wrong_type(root, "expected the keys of the settings file: stun, turn, ice and reactions");
            return Settings::default();
        };
        self.unknown_keys(root, "", &SECTIONS);
        let stun = self.setting(root, "stun", "servers");
        let turn = self.setting(root, "turn", "servers");
        let reactions = self.setting(root, "reactions", "emojis");
        let policy = self.setting(root, "ice", "transport-policy");
        let policy = policy.and_then(|item| self.policy(item));
        Settings {
            stun: List::from_file(stun.map(|item| self.stun(item)).unwrap_or_default()),
            turn: List::from_file(turn.map(|item| self.turn(item)).unwrap_or_default()),
            reactions: List::from_file(reactions.map(|item| self.emojis(item)).unwrap_or_default()),
            policy: policy.unwrap_or_default(),
        }
    }

    fn error(&mut self, span: Range<usize>, message: &str, expected: &str) {
        if self.is_full() || self.broken.is_some_and(|lines| lines.contains(&self.lines.number(span.start))) {
            return;
        }
        self.errors.push(Diagnostic::at(&mut self.lines, span, message, expected));
    }

    fn wrong_type(&mut self, node: &Node<'_>, expected: &str) {
        self.error(start_of(node), &format!("unexpected {}", node.kind), expected);
    }

    /// Returns the value of the only known key of a section.
    fn setting<'t, 'n>(
        &mut self,
        root: &'t [KeyValue<'n>],
        section: &str,
        key: &'static str,
    ) -> Option<&'t Node<'n>> {
        let node = get(root, section)?;
        let Some(table) = node.table() else {
            let found = format!("'{section}' is not a section");
            self.error(start_of(node), &found, &format!("expected a section [{section}]"));
            return None;
        };
        self.unknown_keys(table, &format!("{section}."), &[key]);
        get(table, key)
    }

    fn unknown_keys(&mut self, table: &[KeyValue<'_>], prefix: &str, known: &[&'static str]) {
        for entry in table.iter().filter(|entry| !known.contains(&&*entry.key)) {
            let (key, meant) = (format!("{prefix}{}", shortened(&entry.key)), similar(&entry.key, known));
            if self.strict {
                let hint = match meant {
                    Some(meant) => format!("did you mean '{meant}'?"),
                    None => format!("expected one of {}", known.join(", ")),
                };
                self.error(entry.span.clone(), &unknown_key(&key, None), &hint);
                continue;
            }
            let at = entry.span.start;
            let start = line_start(self.lines.source, at);
            let column = self.lines.source[start..at].chars().count() + 1;
            self.warnings.push(Warning::UnknownKey { key, meant, at: (self.lines.number(at), column) });
        }
    }

    fn list<'t, 'n>(&mut self, node: &'t Node<'n>, expected: &str) -> &'t [Node<'n>] {
        node.list().unwrap_or_else(|| {
            self.wrong_type(node, expected);
            &[]
        })
    }

    fn string<'t>(&mut self, node: &'t Node<'_>) -> Option<&'t str> {
        if node.text().is_none() {
            self.wrong_type(node, "expected text in quotes");
        }
        node.text()
    }

    fn stun(&mut self, node: &Node<'_>) -> Vec<ServerUri> {
        let list = self.list(node, "expected a list of server addresses in brackets");
        // A list that grows is copied and overwritten again and again.
        let mut servers = Vec::with_capacity(list.len());
        servers.extend(list.iter().filter_map(|value| self.address(value, Kind::Stun)));
        servers
    }

    fn address(&mut self, node: &Node<'_>, kind: Kind) -> Option<ServerUri> {
        let text = self.string(node).filter(|_| !self.is_full())?;
        let parsed = ServerUri::parse(text, kind);
        parsed.map_err(|error| self.error(node.span.clone(), &error.to_string(), &error.hint())).ok()
    }

    fn emojis(&mut self, node: &Node<'_>) -> Vec<Emoji> {
        let mut emojis = Vec::new();
        // Looking up a short name searches thousands, so each is looked up once.
        let mut known: HashMap<&str, Emoji> = HashMap::new();
        for value in self.list(node, "expected a list of emojis in brackets") {
            let Some(text) = self.string(value).filter(|_| !self.is_full()) else { continue };
            match known.get(text).map_or_else(|| Emoji::parse(text), |emoji| Ok(*emoji)) {
                Ok(emoji) => {
                    known.insert(text, emoji);
                    emojis.push(emoji);
                }
                Err(error) => self.error(value.span.clone(), &error.to_string(), &error.hint()),
            }
        }
        emojis
    }

    fn policy(&mut self, node: &Node<'_>) -> Option<TransportPolicy> {
        let policy = node.text().and_then(|text| TransportPolicy::from_str(text, false).ok());
        if policy.is_none() {
            let expected = "expected \"all\" or \"relay\"";
            self.error(node.span.clone(), "this is not a transport policy", expected);
        }
        policy
    }

    fn turn(&mut self, node: &Node<'_>) -> Vec<TurnServer> {
        let expected = "expected a server such as { uri = \"turn:turn.example.de\" }";
        let mut servers = Vec::new();
        for value in self.list(node, "expected a section [[turn.servers]] for each server") {
            match value.table() {
                Some(table) => servers.extend(self.turn_server(table, start_of(value))),
                None => self.wrong_type(value, expected),
            }
        }
        servers
    }

    fn turn_server(&mut self, table: &[KeyValue<'_>], span: Range<usize>) -> Option<TurnServer> {
        let before = self.errors.len();
        self.unknown_keys(table, "turn.servers.", &KEYS);
        let username = self.text(table, "username").map(str::to_owned);
        let credential = self.credential(table);
        let uri = match self.text(table, "uri") {
            Some(_) => get(table, "uri").and_then(|node| self.address(node, Kind::Turn)),
            None if self.misses_address(table, before) => {
                let hint = match table.iter().find(|entry| similar(&entry.key, &["uri"]).is_some()) {
                    Some(entry) => format!("did you mean 'uri' where it says {}?", quoted(&entry.key)),
                    None => "add a line such as uri = \"turn:turn.example.de\"".to_owned(),
                };
                self.error(span, "this TURN server has no address", &hint);
                None
            }
            None => None,
        };
        (self.errors.len() == before).then_some(TurnServer { uri: uri?, username, credential })
    }

    /// Whether a server has no address, and no unknown key of it is an error that says so.
    fn misses_address(&self, table: &[KeyValue<'_>], errors_before: usize) -> bool {
        let is_reported = self.strict && self.errors.len() > errors_before;
        get(table, "uri").is_none() && self.broken.is_none() && !is_reported
    }

    fn credential(&mut self, table: &[KeyValue<'_>]) -> Option<Credential> {
        let mut found = None;
        for key in ["password", "password-file", "secret", "secret-file"] {
            let Some(text) = self.text(table, key) else { continue };
            let span = table.iter().find(|entry| entry.key == key).map_or(0..0, |entry| entry.span.clone());
            if self.strict && text == MASK {
                let hint = "'config export' and 'turn list --show-secrets' print the secret itself";
                self.error(span.clone(), &format!("this {key} is masked"), hint);
            }
            if found.is_some() {
                let expected = "keep one of password, password-file, secret and secret-file";
                self.error(span, "this TURN server has more than one credential", expected);
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

    /// Returns the string of a key, which must not be empty.
    fn text<'t>(&mut self, table: &'t [KeyValue<'_>], key: &str) -> Option<&'t str> {
        let node = get(table, key)?;
        let text = self.string(node)?;
        if text.is_empty() {
            let expected = "expected a text; otherwise remove the line";
            self.error(node.span.clone(), &format!("'{key}' is empty"), expected);
            return None;
        }
        Some(text)
    }
}

/// Returns where to mark a value of the wrong type: of a list or table of values only its bracket, because it may hold
/// anything.
fn start_of(node: &Node<'_>) -> Range<usize> {
    let span = node.span.clone();
    let has_brackets = matches!(node.kind, "array" | "inline table" | "object");
    if has_brackets { span.start..span.start + 1 } else { span }
}

/// Returns the key among `known` that is most similar to `name`, if it is similar enough.
fn similar(name: &str, known: &[&'static str]) -> Option<&'static str> {
    known
        .iter()
        .map(|known| (strsim::jaro_winkler(known, &name.to_lowercase()), *known))
        .filter(|(score, _)| *score >= 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, known)| known)
}
