//! All settings given as a whole: how they are read from outside, and how the file gets there.

use toml_edit::Document;
use zeroize::Zeroizing;

use super::apply::{ApplyError, Loaded, apply, load};
use super::diagnostic::Problem;
use super::node::{self, Node};
use super::reader;
use crate::config::diff::{Diff, diff};
use crate::config::edit::{Edit, Entry, ListEdit};
use crate::config::settings::{List, Origin, Settings};

/// Parses a whole state in TOML or JSON, with the keys of the settings file; what it leaves out is a default.
///
/// # Errors
/// All errors with their places. Unknown keys are errors too, since they would be lost without a word.
pub fn parse(bytes: &[u8]) -> Result<Settings, Vec<Problem>> {
    let text = super::apply::text(bytes)?;
    let content = text.strip_prefix('\u{feff}').unwrap_or(text);
    if content.trim().is_empty() {
        // Rather a generator that failed than the wish to drop all settings.
        let hint = "to go back to all defaults give {}";
        return Err(vec![Problem::new(text, 0..0, "this is empty", hint)]);
    }
    if node::is_json(content) {
        let root = Node::of_json(content).map_err(|problem| vec![problem.without_foreign_text()])?;
        let is_foreign = root.table().is_none();
        return reader::read_strictly(content, &root).map_err(|problems| match is_foreign {
            true => problems.into_iter().map(Problem::without_foreign_text).collect(),
            false => problems,
        });
    }
    let document: Document<String> = super::apply::parse(bytes)
        .map_err(|problems| problems.into_iter().map(Problem::without_foreign_text).collect::<Vec<_>>())?;
    reader::read_strictly(document.raw(), &Node::of_toml(&document))
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

#[cfg(test)]
mod tests {
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
