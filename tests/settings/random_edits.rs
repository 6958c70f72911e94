//! Random settings files with comments × random edits: the meaning is correct, everything else unchanged byte for byte.

use std::fmt::Write as _;

use cowork_calls::config;
use cowork_calls::config::address::{Kind, ServerUri};
use cowork_calls::config::edit::{Edit, ListEdit, Target, TurnChange};
use cowork_calls::config::emoji::Emoji;
use cowork_calls::config::settings::{Settings, TransportPolicy};
use cowork_calls::config::turn::{Credential, Secret, TurnServer};
use proptest::prelude::*;

/// Bytes that make the choices; they shrink towards the simplest file and edit.
struct Choices<'a>(std::slice::Iter<'a, u8>);

impl Choices<'_> {
    fn below(&mut self, most: usize) -> usize {
        usize::from(self.0.next().copied().unwrap_or(0)) % most.max(1)
    }
    fn yes(&mut self) -> bool {
        self.below(2) == 1
    }
    fn pick<'t>(&mut self, from: &[&'t str]) -> &'t str {
        from[self.below(from.len())]
    }
}

const STUN: [&str; 6] =
    ["stun:a.example:3478", "B.example", "stuns:c.example", "[::1]:4001", "192.0.2.1", "stun:d.example."];
const TURN: [&str; 5] = [
    "turn:a.example",
    "turns:b.example:443",
    "C.example",
    "turn:[::1]?transport=tcp",
    "turns:d.example?transport=udp",
];
const EMOJI: [&str; 6] = ["👍", ":thumbsdown:", "❤", "👋🏽", ":tada:", "✋"];

/// A generated settings file, with what must survive.
#[derive(Default)]
struct File {
    text: String,
    /// Comments on lines of their own, in order.
    own_lines: Vec<String>,
    comments: usize,
}

impl File {
    fn comment(&mut self) -> String {
        self.comments += 1;
        format!("# comment {}, [x] \"y\" = 'z'", self.comments)
    }

    fn trivia(&mut self, c: &mut Choices<'_>, indent: &str) -> String {
        let mut text = String::new();
        for _ in 0..c.below(3) {
            if c.yes() {
                text.push('\n');
            } else {
                let comment = self.comment();
                let _ = writeln!(text, "{indent}{comment}");
                self.own_lines.push(comment);
            }
        }
        text
    }

    fn tail(&mut self, c: &mut Choices<'_>) -> String {
        if c.below(3) == 1 { format!(" {}", self.comment()) } else { c.pick(&["", "", " "]).to_owned() }
    }

    /// An array on one or several lines, with comments wherever they are allowed.
    fn array(&mut self, c: &mut Choices<'_>, values: &[String]) -> String {
        if c.yes() {
            let (open, between) = (c.pick(&["", " "]), c.pick(&[", ", ",", " , "]));
            return format!(
                "[{open}{}{}{open}]",
                values.join(between),
                if values.is_empty() { "" } else { c.pick(&["", ","]) }
            );
        }
        let indent = c.pick(&["  ", "\t", ""]);
        let mut text = format!("[{}\n", self.tail(c));
        for (index, value) in values.iter().enumerate() {
            if text.ends_with('\n') {
                text += &self.trivia(c, indent);
                text += indent;
            } else {
                text.push(' ');
            }
            text += value;
            text += if index + 1 < values.len() { c.pick(&[",", ",", " ,"]) } else { c.pick(&[",", ""]) };
            if c.below(4) != 1 || index + 1 == values.len() {
                text += &self.tail(c);
                text.push('\n');
            }
        }
        text + &self.trivia(c, indent) + "]"
    }

    fn turn(&mut self, c: &mut Choices<'_>) -> String {
        let servers = distinct(c, &TURN);
        let mut text = String::new();
        if c.below(3) == 1 {
            let values: Vec<_> =
                servers.iter().map(|uri| format!("{{ uri = {}, note = 'x' }}", quote(uri))).collect();
            let array = self.array(c, &values);
            return format!("[turn]\nservers = {array}{}\n", self.tail(c));
        }
        for (number, uri) in servers.into_iter().enumerate() {
            text += &format!("[[turn.servers]]{}\n", self.tail(c));
            text += &self.trivia(c, "");
            let indent = c.pick(&["", "  "]);
            text += &format!("{indent}uri = {}{}\n", quote(uri), self.tail(c));
            text += &self.trivia(c, indent);
            if c.yes() {
                text += &format!(
                    "{indent}username = \"alice\"{}\n{indent}password = 'old'{}\n",
                    self.tail(c),
                    self.tail(c)
                );
            }
            if c.yes() {
                text += "[turn.servers.extra]\nx = '''\n# no comment\n'''\n";
            }
            text += &self.trivia(c, "");
            if c.below(4) == 1 {
                text += &format!("[between{number}]\nq.r = 1\n");
            }
        }
        text
    }

    fn new(c: &mut Choices<'_>) -> Self {
        let mut file = File::default();
        let mut text = file.trivia(c, "");
        let mut sections = ["stun", "turn", "reactions", "ice", "unknown"];
        sections.rotate_left(c.below(5));
        for section in sections.into_iter().filter(|_| c.below(5) != 4).collect::<Vec<_>>() {
            text += &match section {
                "turn" => file.turn(c),
                "ice" => format!(
                    "[ice]{}\ntransport-policy = {}{}\n",
                    file.tail(c),
                    c.pick(&["'all'", "\"relay\""]),
                    file.tail(c)
                ),
                "unknown" => {
                    format!("[unknown]\nkey = {{ a = [1, 2], \"b c\" = 1979-05-27 }}{}\n", file.tail(c))
                }
                _ => {
                    let (key, pool) = if section == "stun" { ("servers", &STUN) } else { ("emojis", &EMOJI) };
                    let values: Vec<_> = distinct(c, pool).into_iter().map(quote).collect();
                    let head = file.tail(c);
                    let above = file.trivia(c, "");
                    let array = file.array(c, &values);
                    format!("[{section}]{head}\n{above}{key} = {array}{}\n", file.tail(c))
                }
            };
            text += &file.trivia(c, "");
        }
        if c.yes() && text.ends_with('\n') && !text.ends_with("\n\n") {
            text.pop();
        }
        if c.yes() {
            text = text.replace('\n', "\r\n");
        }
        if c.yes() {
            text.insert(0, '\u{feff}');
        }
        file.text = text;
        file
    }
}

fn quote(text: &str) -> String {
    format!("\"{text}\"")
}

fn distinct<'t>(c: &mut Choices<'_>, pool: &[&'t str]) -> Vec<&'t str> {
    let mut left = pool.to_vec();
    (0..c.below(pool.len() + 1)).map(|_| left.remove(c.below(left.len()))).collect()
}

fn stun(text: &str) -> ServerUri {
    ServerUri::parse(text, Kind::Stun).unwrap()
}

fn turn(text: &str, password: bool) -> TurnServer {
    TurnServer {
        uri: ServerUri::parse(text, Kind::Turn).unwrap(),
        username: password.then(|| "bob".to_owned()),
        credential: password.then(|| Credential::Password(Secret::new("n\"e'w".to_owned()))),
    }
}

/// The edit, and the list that results from it, computed in the simplest way.
fn list_edit<T: Clone + PartialEq + config::settings::Entry>(
    c: &mut Choices<'_>,
    now: &[T],
    pool: &[T],
    defaults: &[T],
) -> (ListEdit<T>, Vec<T>) {
    let mut then = now.to_vec();
    let some: Vec<T> = (0..=c.below(3)).map(|_| pool[c.below(pool.len())].clone()).collect();
    let edit = match c.below(5) {
        0 => {
            let position = if c.yes() { None } else { Some(1 + c.below(now.len() + 1)) };
            let mut block: Vec<T> = Vec::new();
            for new in
                some.iter().filter(|new| position.is_some() || now.iter().all(|old| old.key() != new.key()))
            {
                if block.iter().all(|other| other.key() != new.key()) {
                    block.push(now.iter().find(|old| old.key() == new.key()).unwrap_or(new).clone());
                }
            }
            then.retain(|old| block.iter().all(|placed| placed.key() != old.key()));
            let at = position.map_or(then.len(), |position| then.len().min(position - 1));
            then.splice(at..at, block);
            ListEdit::Add(some, position)
        }
        1 => {
            let mut targets: Vec<_> = some.iter().map(|entry| Target::Key(entry.key().clone())).collect();
            then.retain(|old| !some.iter().any(|gone| gone.key() == old.key()));
            if !now.is_empty() {
                let at = c.below(now.len());
                targets.push(Target::Position(at + 1));
                then.retain(|old| old.key() != now[at].key());
            }
            ListEdit::Remove(targets)
        }
        2 if !now.is_empty() => {
            let (from, to) = (c.below(now.len()), c.below(now.len()));
            let moved = then.remove(from);
            then.insert(to, moved);
            ListEdit::Move(Target::Position(from + 1), to + 1)
        }
        3 => {
            then.clear();
            for new in &some {
                if !then.iter().any(|old| old.key() == new.key()) {
                    then.push(new.clone());
                }
            }
            ListEdit::Set(some)
        }
        _ => {
            then.clear();
            ListEdit::Clear
        }
    };
    if then.is_empty() {
        then = defaults.to_vec();
    }
    (edit, then)
}

/// An edit of some kind, and the settings that result from it.
fn random_edit(c: &mut Choices<'_>, now: &Settings) -> (Edit, Settings) {
    let mut then = now.clone();
    let edit = match c.below(5) {
        0 => {
            let pool: Vec<_> = STUN
                .iter()
                .chain(&["new.example", "stun:other.example:4001"])
                .map(|text| stun(text))
                .collect();
            let (edit, list) = list_edit(c, &now.stun.entries, &pool, &config::defaults::stun());
            then.stun.entries = list;
            Edit::Stun(edit)
        }
        1 => {
            let pool: Vec<_> =
                EMOJI.iter().chain(&["🔥", "🏳️‍🌈"]).map(|text| Emoji::parse(text).unwrap()).collect();
            let (edit, list) = list_edit(c, &now.reactions.entries, &pool, &config::defaults::reactions());
            then.reactions.entries = list;
            Edit::Reactions(edit)
        }
        2 => {
            let password = c.yes();
            let pool: Vec<_> = TURN.iter().chain(&["new.example"]).map(|text| turn(text, password)).collect();
            let (edit, list) = list_edit(c, &now.turn.entries, &pool, &[]);
            then.turn.entries = list;
            Edit::Turn(edit)
        }
        3 if !now.turn.entries.is_empty() => {
            let at = c.below(now.turn.entries.len());
            let server = &mut then.turn.entries[at];
            let mut change = TurnChange::default();
            if c.yes() {
                server.uri = turn("new.example:5", false).uri;
                change.uri = Some(server.uri.clone());
            }
            let credential = match c.below(3) {
                0 => None,
                1 => Some(Credential::Password(Secret::new("x".to_owned()))),
                _ => Some(Credential::SecretFile("/run/secret".into())),
            };
            server.username = credential.is_some().then(|| "carol".to_owned());
            change.username = Some(server.username.clone());
            server.credential.clone_from(&credential);
            change.credential = Some(credential);
            Edit::TurnServer(Target::Position(at + 1), change)
        }
        _ => {
            then.policy = if c.yes() { TransportPolicy::All } else { TransportPolicy::Relay };
            Edit::Policy(then.policy)
        }
    };
    (edit, then)
}

fn same_lists(a: &Settings, b: &Settings) -> bool {
    a.stun.entries == b.stun.entries
        && a.turn.entries == b.turn.entries
        && a.reactions.entries == b.reactions.entries
        && a.policy == b.policy
}

/// The lines of a file without those that an edit of this kind may change.
fn lines_to_keep(text: &str, edit: &Edit) -> Vec<String> {
    let (section, key) = match edit {
        Edit::Stun(_) => ("[stun]", "servers"),
        Edit::Reactions(_) => ("[reactions]", "emojis"),
        Edit::Policy(_) => ("[ice]", "transport-policy"),
        Edit::Turn(_) | Edit::TurnServer(..) => ("[turn]", "servers"),
    };
    let of_turn = section == "[turn]";
    let mut lines = Vec::new();
    let (mut header, mut in_array) = (String::new(), false);
    for line in text.split_inclusive('\n') {
        let start = line.trim_start_matches('\u{feff}').trim_start();
        if start.starts_with('#') {
            continue; // looked at separately
        }
        if !in_array && start.starts_with('[') {
            header = start.split('#').next().unwrap_or_default().trim().to_owned();
        }
        let touched = in_array
            || (header == section && start.starts_with(key))
            || (of_turn && header.contains("turn.servers") && !start.trim().is_empty());
        if header == section && start.starts_with(key) && start.contains('[') {
            in_array = true;
        }
        if in_array && start.split('#').next().unwrap_or_default().trim_end().ends_with(']') {
            in_array = false;
        }
        if !touched && header != section && !start.trim().is_empty() {
            lines.push(line.trim_start_matches('\u{feff}').trim_end_matches(['\r', '\n']).to_owned());
        }
    }
    lines
}

fn own_lines(text: &str) -> Vec<String> {
    let lines = text.lines().map(|line| line.trim_start_matches('\u{feff}').trim());
    lines.filter(|line| line.starts_with("# comment")).map(str::to_owned).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_random_edit_changes_nothing_else(bytes in proptest::collection::vec(any::<u8>(), 0..160)) {
        let mut c = Choices(bytes.iter());
        let file = File::new(&mut c);
        let before = config::file::load::load(file.text.as_bytes()).map_err(|e| TestCaseError::fail(format!("{}\n{e:?}", file.text)))?;
        let (edit, expected) = random_edit(&mut c, &before.settings);
        let applied = match config::file::apply::apply(file.text.as_bytes(), &edit) {
            Ok(applied) => applied,
            // Adding a listed server with other credentials is an error, as it should be.
            Err(config::file::apply::ApplyError::Edit(config::edit::EditError::Contradiction { .. })) => return Ok(()),
            Err(error) => return Err(TestCaseError::fail(format!("{}\n{edit:?}\n{error}", file.text))),
        };
        let shown = || format!("--- before\n{}\n--- {edit:?}\n", file.text);
        prop_assert!(same_lists(&applied.after.settings, &expected), "{}{:?}\n{expected:?}", shown(), applied.after.settings);
        // What is done already is not done again.
        let again = matches!(edit, Edit::Stun(ListEdit::Add(..)) | Edit::Turn(ListEdit::Add(..)) | Edit::Reactions(ListEdit::Add(..)));
        if let (true, Some(bytes)) = (again, &applied.bytes) {
            prop_assert_eq!(config::file::apply::apply(bytes, &edit).unwrap().bytes, None, "{}", shown());
        }
        let Some(bytes) = applied.bytes else {
            prop_assert!(same_lists(&before.settings, &expected), "{}", shown());
            return Ok(());
        };
        let text = String::from_utf8(bytes).unwrap();
        let shown = || format!("{}--- after\n{text}\n", shown());
        let again = config::file::load::load(text.as_bytes()).unwrap();
        prop_assert!(same_lists(&again.settings, &expected), "{}", shown());
        prop_assert_eq!(text.starts_with('\u{feff}'), file.text.starts_with('\u{feff}'), "{}", shown());
        if file.text.contains("\r\n") {
            prop_assert_eq!(text.matches('\n').count(), text.matches("\r\n").count(), "{}", shown());
        } else if file.text.contains('\n') {
            prop_assert!(!text.contains('\r'), "{}", shown());
        }
        let mut kept = own_lines(&text).into_iter().filter(|line| file.own_lines.contains(line)).collect::<Vec<_>>();
        let mut own = file.own_lines.clone();
        if matches!(edit, Edit::Turn(_)) {
            // Comments inside a block move with it.
            kept.sort();
            own.sort();
        }
        prop_assert_eq!(&kept, &own, "{}", shown());
        prop_assert_eq!(lines_to_keep(&text, &edit), lines_to_keep(&file.text, &edit), "{}", shown());
    }

    #[test]
    fn adding_and_removing_restores_the_file(bytes in proptest::collection::vec(any::<u8>(), 0..160)) {
        let mut c = Choices(bytes.iter());
        let file = File::new(&mut c);
        let before = config::file::load::load(file.text.as_bytes()).unwrap().settings;
        let position = if c.yes() { None } else { Some(1) };
        let (add, remove) = match c.below(2) {
            0 if before.stun.origin == config::settings::Origin::Config => {
                let new = stun("new.example");
                (Edit::Stun(ListEdit::Add(vec![new.clone()], position)), Edit::Stun(ListEdit::Remove(vec![Target::Key(new)])))
            }
            _ if !before.turn.entries.is_empty() => {
                let new = turn("new.example", true);
                (Edit::Turn(ListEdit::Add(vec![new.clone()], position)), Edit::Turn(ListEdit::Remove(vec![Target::Key(new.uri)])))
            }
            _ => return Ok(()),
        };
        let added = config::file::apply::apply(file.text.as_bytes(), &add).unwrap().bytes.unwrap();
        let removed = String::from_utf8(config::file::apply::apply(&added, &remove).unwrap().bytes.unwrap()).unwrap();
        // Blocks have a blank line of their own, which may have to stay so that comments do not run together.
        let lines = |text: &str| text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect::<Vec<_>>();
        if matches!(add, Edit::Stun(_)) {
            prop_assert_eq!(&removed, &file.text, "{}", String::from_utf8(added).unwrap());
        }
        prop_assert_eq!(lines(&removed), lines(&file.text));
    }
}
