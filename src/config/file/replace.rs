//! Replaces all settings of a file by settings that are given as a whole, in TOML or JSON.

use super::apply::{Applied, ApplyError, apply};
use super::diagnostic::Diagnostic;
use super::load::{self, Loaded, load};
use super::node::{self, Node};
use super::reader;
use crate::config::edit::{Edit, ListEdit, Outcome};
use crate::config::settings::{Entry, List, Origin, Settings};

/// Parses settings in TOML or JSON, with the keys of the settings file; missing ones are the defaults.
///
/// # Errors
/// All errors with their positions. Unknown keys are errors, because they would be lost without notice.
pub fn parse(bytes: &[u8]) -> Result<Settings, Vec<Diagnostic>> {
    let content = load::imported(bytes, "to restore all defaults, give {}")?;
    let hide = |errors: Vec<Diagnostic>| errors.into_iter().map(Diagnostic::hide_unknown_text).collect();
    if !node::is_json(content) {
        let (source, root) = load::parse(bytes).map_err(hide)?;
        return reader::read_strictly(source, &root);
    }
    let root = Node::of_json(content).map_err(|error| hide(vec![error]))?;
    let settings = reader::read_strictly(content, &root);
    if root.table().is_some() { settings } else { settings.map_err(hide) }
}

/// Replaces the settings of a file by `wanted`. Settings that are in effect already keep their text, as do comments and
/// unknown keys. The outcome names no entries: compare the settings before and after.
///
/// # Errors
/// When the file has errors, or a layout that cannot be edited safely.
pub fn replace(bytes: &[u8], wanted: &Settings) -> Result<Applied, ApplyError> {
    let before = load(bytes).map_err(ApplyError::File)?;
    let mut new: Option<Vec<u8>> = None;
    for edit in edits(wanted) {
        let applied = apply(new.as_deref().unwrap_or(bytes), &edit)?;
        new = applied.bytes.or(new);
    }
    let after = match &new {
        Some(bytes) => load(bytes).map_err(ApplyError::File)?,
        None => before.clone(),
    };
    let outcome = Outcome { changed: new.is_some(), ..Outcome::default() };
    Ok(Applied { bytes: new, outcome, before: before.settings, after })
}

/// Takes the text of `wanted` settings as it is, where nothing was set before; none if it is not TOML, as settings are saved.
///
/// # Errors
/// When the text has errors.
pub fn adopt(wanted: &[u8]) -> Option<Result<Applied, ApplyError>> {
    let adopted = |after: Loaded| {
        let outcome = Outcome { changed: true, ..Outcome::default() };
        Applied { bytes: Some(wanted.to_vec()), outcome, before: Settings::default(), after }
    };
    let content = load::imported(wanted, "").ok()?;
    (!node::is_json(content)).then(|| load(wanted).map(adopted).map_err(ApplyError::File))
}

/// Returns the edits that lead to `wanted`; new sections get the order of the documentation.
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

    fn settings(text: &str) -> Settings {
        parse(text.as_bytes()).unwrap()
    }

    fn positions(text: &str) -> Vec<(usize, usize, String)> {
        let errors = parse(text.as_bytes()).unwrap_err();
        assert!(!format!("{errors:?}").contains("hunter2"), "{errors:?}");
        errors.into_iter().map(|p| (p.line, p.column, p.message)).collect()
    }

    #[test]
    fn toml_and_json_give_the_same_settings() {
        let toml = settings(
            "[stun]\nservers = ['a']\n[[turn.servers]]\nuri = 'b'\nusername = 'u\"'\npassword = 'p\\'\n[ice]\ntransport-policy = 'relay'\n[reactions]\nemojis = ['👍', ':tada:']",
        );
        let json = settings(
            r#" {"stun":{"servers":["a"]},"turn":{"servers":[{"uri":"b","username":"u\"","password":"\u0070\\"}]},
               "ice":{"transport-policy":"relay"},"reactions":{"emojis":["\ud83d\udc4d",":tada:"]}}"#,
        );
        assert_eq!(toml, json);
        assert_eq!(settings("{}"), Settings::default());
        assert_eq!(settings("# nothing\n"), Settings::default());
        assert_eq!(
            settings("[ \"stun\" ]\nservers = ['a']\n").stun,
            settings("[stun]\nservers = ['a']").stun
        );
        assert_eq!(settings("\"stun\".servers = ['a']").stun, settings("[stun]\nservers = ['a']").stun);
        assert_eq!(settings("\u{feff}{\"stun\":{\"servers\":[]}}"), Settings::default());
    }

    #[test]
    fn every_error_has_its_position() {
        for (text, line, column, message) in [
            ("", 1, 1, "this is empty"),
            ("{\n \"stun\": {\"servers\": [\"a\", 3]}}", 2, 28, "unexpected number"),
            ("{\"stun\": {\n\"server\": []}}", 2, 1, "unknown key 'stun.server'"),
            ("{\"ü\": 1}", 1, 2, "unknown key 'ü'"),
            ("{\"stun\": [", 1, 10, "this is not JSON: it ends too early"),
            ("{\"stun\": }", 1, 10, "this is not JSON"),
            ("{\"ice\":{},\n\"ice\":{}}", 2, 1, "duplicate key 'ice'"),
            ("{\"turn\":{\"servers\":[\n{\"uri\":\"a\",\"username\":null}]}}", 2, 23, "unexpected null"),
            ("[]", 1, 1, "unexpected array"),
            ("\"hunter2\"", 1, 1, "unexpected string"),
            ("[\"hunter2\"]", 1, 1, "unexpected array"),
            ("{hunter2", 1, 2, "this is not JSON"),
            ("hunter2", 1, 8, "key with no value"),
            ("hunter2==", 1, 9, "extra `=`"),
            (
                "[stun]\nservers = ['a b']",
                2,
                12,
                "'a…': a server address contains no spaces or control characters",
            ),
            ("[ice]\npolicy = 'all'", 2, 1, "unknown key 'ice.policy'"),
            ("[[turn.servers]]\nuri = 'a'\npassword = '********'", 3, 1, "this password is masked"),
        ] {
            assert_eq!(positions(text)[0], (line, column, message.to_owned()), "{text}");
        }
        for (rest, column, message) in [
            ("\n\"secret\":\"********\"}]}}", 1, "this secret is masked"),
            ("\n\"passwort\":\"hunter2\"}]}}", 1, "unknown key 'turn.servers.passwort'"),
            ("\n\"xyz\":\"hunter2\"}]}}", 1, "unknown key 'turn.servers.xyz'"),
            ("\"password\":\n[\"hunter2\"]}]}}", 1, "unexpected array"),
            ("\"password\":\n\"hunter2", 8, "this is not JSON: it ends too early"),
        ] {
            let text = format!("{{\"turn\":{{\"servers\":[{{\"uri\":\"a\",{rest}");
            assert_eq!(positions(&text)[0], (2, column, message.to_owned()), "{text}");
        }
    }

    #[test]
    fn replacing_twice_changes_nothing_more() {
        let file = "# mine\n[stun]\nservers = ['a', 'b'] # both\n\n[x]\ny = 1\n";
        let wanted = settings(r#"{"stun":{"servers":["b"]},"turn":{"servers":[{"uri":"t","secret":"s"}]}}"#);
        let replaced = replace(file.as_bytes(), &wanted).unwrap();
        let text = String::from_utf8(replaced.bytes.unwrap()).unwrap();
        assert!(text.starts_with("# mine\n[stun]\nservers = ['b'] # both\n\n[x]\ny = 1\n"), "{text}");
        let again = replace(text.as_bytes(), &wanted).unwrap();
        assert_eq!((again.bytes, again.before), (None, again.after.settings));
        // Spelling out the defaults changes nothing.
        let spelled = Settings {
            stun: List { origin: Origin::Config, ..Settings::default().stun },
            ..Settings::default()
        };
        assert_eq!(replace(b"", &spelled).unwrap().bytes, None);
    }
}
