//! All settings as one state: how it is given from outside, how two of them differ, and how to get there.

use std::collections::{HashMap, VecDeque};

use toml_edit::Document;
use zeroize::Zeroizing;

use super::address::ServerUri;
use super::edit::{Edit, Entry, ListEdit};
use super::emoji::Emoji;
use super::problem::Problem;
use super::tree::{self, Node};
use super::turn::TurnServer;
use super::{ApplyError, List, Loaded, Origin, Settings, TransportPolicy, apply, document, load, read};

/// Parses a whole state in TOML or JSON, with the keys of the settings file; what it leaves out is a default.
///
/// # Errors
/// All errors with their places. Unknown keys are errors too, since they would be lost without a word.
pub fn parse(bytes: &[u8]) -> Result<Settings, Vec<Problem>> {
    let text = document::text(bytes)?;
    let content = text.strip_prefix('\u{feff}').unwrap_or(text);
    if content.trim().is_empty() {
        // Rather a generator that failed than the wish to drop all settings.
        let hint = "to go back to all defaults give {}";
        return Err(vec![Problem::new(text, 0..0, "this is empty", hint)]);
    }
    if tree::is_json(content) {
        let root = Node::of_json(content).map_err(|problem| vec![problem.without_foreign_text()])?;
        let is_foreign = root.table().is_none();
        return read::read_strictly(content, &root).map_err(|problems| match is_foreign {
            true => problems.into_iter().map(Problem::without_foreign_text).collect(),
            false => problems,
        });
    }
    let document: Document<String> = document::parse(bytes)
        .map_err(|problems| problems.into_iter().map(Problem::without_foreign_text).collect::<Vec<_>>())?;
    read::read_strictly(document.raw(), &Node::of_toml(&document))
}

/// What reaching a state makes of a settings file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    /// The new file; `None` when nothing changes.
    pub bytes: Option<Vec<u8>>,
    /// What differs in effect.
    pub diff: Diff,
    /// The file as it is then.
    pub after: Loaded,
}

/// Brings a settings file to the state `wanted`. What is in effect already stays as it is written, and so do
/// comments and unknown keys.
///
/// # Errors
/// Errors of the file, and a form of it that cannot be edited safely.
pub fn reach(bytes: &[u8], wanted: &Settings) -> Result<Reached, ApplyError> {
    let before = load(bytes).map_err(ApplyError::File)?;
    let mut new: Option<Zeroizing<Vec<u8>>> = None;
    for edit in edits(wanted) {
        let applied = apply(new.as_deref().map_or(bytes, Vec::as_slice), &edit)?;
        new = applied.bytes.map(Zeroizing::new).or(new);
    }
    let after = match &new {
        Some(bytes) => load(bytes).map_err(ApplyError::File)?,
        None => before.clone(),
    };
    let diff = diff(&before.settings, &after.settings);
    Ok(Reached { bytes: new.map(|bytes| bytes.to_vec()), diff, after })
}

/// The edits that lead to a state, new sections in the order of the documentation.
fn edits(wanted: &Settings) -> [Edit; 4] {
    [
        Edit::Stun(list_edit(&wanted.stun)),
        Edit::Turn(list_edit(&wanted.turn)),
        Edit::Policy(wanted.policy),
        Edit::Reactions(list_edit(&wanted.reactions)),
    ]
}

fn list_edit<T: Entry>(list: &List<T>) -> ListEdit<T> {
    match list.origin {
        Origin::Config => ListEdit::Set(list.entries.clone()),
        Origin::Default => ListEdit::Clear,
    }
}

/// How two states of the settings differ in effect.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diff {
    /// `stun.servers`
    pub stun: ListDiff<ServerUri>,
    /// `turn.servers`; a server with another login is both removed and added.
    pub turn: ListDiff<TurnServer>,
    /// `reactions.emojis`
    pub reactions: ListDiff<Emoji>,
    /// `ice.transport-policy`: before and after.
    pub policy: Option<(TransportPolicy, TransportPolicy)>,
}

impl Diff {
    /// Whether nothing differs.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.stun.is_empty() && self.turn.is_empty() && self.reactions.is_empty() && self.policy.is_none()
    }

    /// The entries that are no more there; a TURN server with another login still is.
    #[must_use]
    pub fn dropped(&self) -> Vec<String> {
        let turn = self.turn.removed.iter().filter(|old| self.turn.successor(old).is_none());
        let stun = self.stun.removed.iter().map(ToString::to_string);
        stun.chain(turn.map(|server| server.uri.to_string()))
            .chain(self.reactions.removed.iter().map(ToString::to_string))
            .collect()
    }
}

/// How two states of a list differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListDiff<T> {
    /// Entries that are new.
    pub added: Vec<T>,
    /// Entries that are no more there.
    pub removed: Vec<T>,
    /// The new order of all entries, when those that stay are in another order.
    pub moved: Option<Vec<T>>,
}

impl<T> Default for ListDiff<T> {
    fn default() -> Self {
        ListDiff { added: Vec::new(), removed: Vec::new(), moved: None }
    }
}

impl<T> ListDiff<T> {
    /// Whether nothing differs.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.moved.is_none()
    }
}

impl ListDiff<TurnServer> {
    /// What a removed server is now, if it only has another login.
    #[must_use]
    pub fn successor(&self, removed: &TurnServer) -> Option<&TurnServer> {
        self.added.iter().find(|added| added.uri == removed.uri)
    }

    /// Which keys differ from what the server of the same address was before; none when it is new.
    #[must_use]
    pub fn changed_keys(&self, added: &TurnServer) -> Vec<&'static str> {
        let Some(old) = self.removed.iter().find(|old| old.uri == added.uri) else { return Vec::new() };
        let mut keys = Vec::new();
        if old.username != added.username {
            keys.push("username");
        }
        if old.credential != added.credential {
            let credential = added.credential.as_ref().or(old.credential.as_ref());
            keys.extend(credential.map(super::turn::Credential::key));
        }
        keys
    }
}

/// How the settings in effect differ.
#[must_use]
pub fn diff(before: &Settings, after: &Settings) -> Diff {
    Diff {
        stun: list_diff(&before.stun.entries, &after.stun.entries),
        turn: list_diff(&before.turn.entries, &after.turn.entries),
        reactions: list_diff(&before.reactions.entries, &after.reactions.entries),
        policy: (before.policy != after.policy).then_some((before.policy, after.policy)),
    }
}

fn list_diff<T: Entry>(before: &[T], after: &[T]) -> ListDiff<T> {
    let mut rest: HashMap<T::Key, VecDeque<usize>> = HashMap::new();
    for (index, entry) in before.iter().enumerate() {
        rest.entry(entry.key()).or_default().push_back(index);
    }
    let mut diff = ListDiff::default();
    let mut kept = Vec::with_capacity(after.len());
    for entry in after {
        let same = rest.get_mut(&entry.key());
        match same.filter(|indexes| indexes.front().is_some_and(|index| before[*index] == *entry)) {
            Some(indexes) => kept.extend(indexes.pop_front()),
            None => diff.added.push(entry.clone()),
        }
    }
    let mut gone: Vec<usize> = rest.into_values().flatten().collect();
    gone.sort_unstable();
    diff.removed = gone.into_iter().map(|index| before[index].clone()).collect();
    diff.moved = (!kept.is_sorted()).then(|| after.to_vec());
    diff
}

#[cfg(test)]
mod tests {
    use super::super::address::Kind;
    use super::*;

    fn state(text: &str) -> Settings {
        parse(text.as_bytes()).unwrap()
    }

    fn places(text: &str) -> Vec<(usize, usize, String)> {
        let problems = parse(text.as_bytes()).unwrap_err();
        assert!(!format!("{problems:?}").contains("hunter2"), "{problems:?}");
        problems.into_iter().map(|p| (p.line, p.column, p.message)).collect()
    }

    #[test]
    fn toml_and_json_are_the_same_state() {
        let toml = state(
            "[stun]\nservers = ['a']\n[[turn.servers]]\nuri = 'b'\nusername = 'u\"'\npassword = 'p\\'\n[ice]\ntransport-policy = 'relay'\n[reactions]\nemojis = ['👍', ':tada:']",
        );
        let json = state(
            r#" {"stun":{"servers":["a"]},"turn":{"servers":[{"uri":"b","username":"u\"","password":"\u0070\\"}]},
               "ice":{"transport-policy":"relay"},"reactions":{"emojis":["\ud83d\udc4d",":tada:"]}}"#,
        );
        assert_eq!(toml, json);
        assert_eq!(state("{}"), Settings::default());
        assert_eq!(state("# nothing\n"), Settings::default());
        assert_eq!(state("[ \"stun\" ]\nservers = ['a']\n").stun, state("[stun]\nservers = ['a']").stun);
        assert_eq!(state("\"stun\".servers = ['a']").stun, state("[stun]\nservers = ['a']").stun);
        assert_eq!(state("\u{feff}{\"stun\":{\"servers\":[]}}"), Settings::default());
    }

    #[test]
    fn every_error_has_its_place() {
        for (text, line, column, message) in [
            ("", 1, 1, "this is empty"),
            ("{\n \"stun\": {\"servers\": [\"a\", 3]}}", 2, 28, "this is of the type number"),
            ("{\"stun\": {\n\"server\": []}}", 2, 1, "the key 'stun.server' is not known"),
            ("{\"ü\": 1}", 1, 2, "the key 'ü' is not known"),
            ("{\"stun\": [", 1, 10, "this is no JSON, since it ends too early"),
            ("{\"stun\": }", 1, 10, "this is no JSON"),
            ("{\"ice\":{},\n\"ice\":{}}", 2, 1, "the key 'ice' stands here twice"),
            (
                "{\"turn\":{\"servers\":[\n{\"uri\":\"a\",\"username\":null}]}}",
                2,
                23,
                "this is of the type null",
            ),
            (
                "{\"turn\":{\"servers\":[{\"uri\":\"a\",\n\"secret\":\"********\"}]}}",
                2,
                1,
                "this secret is masked",
            ),
            (
                "{\"turn\":{\"servers\":[{\"uri\":\"a\",\n\"passwort\":\"hunter2\"}]}}",
                2,
                1,
                "the key 'turn.servers.passwort' is not known",
            ),
            (
                "{\"turn\":{\"servers\":[{\"uri\":\"a\",\n\"xyz\":\"hunter2\"}]}}",
                2,
                1,
                "the key 'turn.servers.xyz' is not known",
            ),
            (
                "{\"turn\":{\"servers\":[{\"uri\":\"a\",\"password\":\n[\"hunter2\"]}]}}",
                2,
                1,
                "this is of the type array",
            ),
            (
                "{\"turn\":{\"servers\":[{\"uri\":\"a\",\"password\":\n\"hunter2",
                2,
                8,
                "this is no JSON, since it ends too early",
            ),
            ("[]", 1, 1, "this is of the type array"),
            ("\"hunter2\"", 1, 1, "this is of the type string"),
            ("[\"hunter2\"]", 1, 1, "this is of the type array"),
            ("{hunter2", 1, 2, "this is no JSON"),
            ("hunter2", 1, 8, "key with no value"),
            ("hunter2==", 1, 9, "extra `=`"),
            (
                "[stun]\nservers = ['a b']",
                2,
                12,
                "'a b': a server address has no blanks or control characters",
            ),
            ("[ice]\npolicy = 'all'", 2, 1, "the key 'ice.policy' is not known"),
            ("[[turn.servers]]\nuri = 'a'\npassword = '********'", 3, 1, "this password is masked"),
        ] {
            assert_eq!(places(text)[0], (line, column, message.to_owned()), "{text}");
        }
    }

    #[test]
    fn a_diff_tells_new_gone_changed_and_moved_entries_apart() {
        let uri = |text| ServerUri::parse(text, Kind::Stun).unwrap();
        let [a, b, c, d] = ["a", "b", "c", "d"].map(uri);
        let of = |before: &[&ServerUri], after: &[&ServerUri]| {
            let owned = |list: &[&ServerUri]| list.iter().map(|uri| (*uri).clone()).collect::<Vec<_>>();
            list_diff(&owned(before), &owned(after))
        };
        assert!(of(&[&a, &b, &a], &[&a, &b, &a]).is_empty());
        let diff = of(&[&a, &b, &c], &[&d, &a, &c]);
        assert_eq!((diff.added, diff.removed, diff.moved), (vec![d], vec![b.clone()], None));
        let diff = of(&[&a, &b], &[&b, &a]);
        assert_eq!((diff.added.len(), diff.removed.len()), (0, 0));
        assert_eq!(diff.moved, Some(vec![b, a.clone()]));
        assert_eq!(of(&[&a, &a], &[&a]).removed, [a]);

        let server = |rest: &str| state(&format!("[[turn.servers]]\nuri = 't'\n{rest}"));
        let diff =
            super::diff(&server("username = 'u'\npassword = 'x'"), &server("username = 'u'\npassword = 'y'"));
        assert_eq!((diff.turn.added.len(), diff.turn.removed.len()), (1, 1));
        assert_eq!(diff.turn.changed_keys(&diff.turn.added[0]), ["password"]);
        assert!(diff.dropped().is_empty());
    }

    #[test]
    fn reaching_a_state_twice_changes_nothing_more() {
        let file = "# mine\n[stun]\nservers = ['a', 'b'] # both\n\n[x]\ny = 1\n";
        let wanted = state(r#"{"stun":{"servers":["b"]},"turn":{"servers":[{"uri":"t","secret":"s"}]}}"#);
        let reached = reach(file.as_bytes(), &wanted).unwrap();
        let text = String::from_utf8(reached.bytes.unwrap()).unwrap();
        assert!(text.starts_with("# mine\n[stun]\nservers = ['b'] # both\n\n[x]\ny = 1\n"), "{text}");
        let again = reach(text.as_bytes(), &wanted).unwrap();
        assert_eq!((again.bytes, again.diff), (None, Diff::default()));
        // The defaults spelled out are what is in effect already.
        let spelled = Settings {
            stun: List { origin: Origin::Config, ..Settings::default().stun },
            ..Settings::default()
        };
        assert_eq!(reach(b"", &spelled).unwrap().bytes, None);
    }
}
