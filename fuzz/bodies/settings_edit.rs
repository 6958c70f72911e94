//! Any text as the settings file and some edit: either a clear error, or a file that reads as it should, in which
//! nothing but the edited list has changed.

use std::ops::Range;

use cowork_calls::config;
use cowork_calls::config::address::{Kind, ServerUri};
use cowork_calls::config::edit::{Edit, EditError, ListEdit, Target, TurnChange};
use cowork_calls::config::emoji::Emoji;
use cowork_calls::config::file::apply::ApplyError;
use cowork_calls::config::settings::TransportPolicy;
use cowork_calls::config::turn::TurnServer;
use cowork_calls::text::clean;
use toml_edit::{Document, Item, TableLike};

/// The first byte chooses the edit, the rest is the file.
pub(crate) fn check(data: &[u8]) {
    let Some((choice, file)) = data.split_first() else { return };
    let (edit, section, key) = edit(*choice);
    match config::file::load::load(file) {
        Err(problems) => {
            assert!(!problems.is_empty());
            for problem in problems {
                assert!(problem.line > 0 && problem.column > 0 && !problem.message.is_empty());
                for line in problem.excerpt().split(['\n', '\t']) {
                    assert_eq!(clean(line), line, "{line:?}");
                }
            }
            assert!(
                matches!(config::file::apply::apply(file, &edit), Err(ApplyError::File(_))),
                "what cannot be read is not edited"
            );
        }
        Ok(before) => match config::file::apply::apply(file, &edit) {
            Err(ApplyError::File(problems)) => panic!("it was read before: {problems:?}"),
            Err(ApplyError::Edit(error)) => check_refusal(&error),
            Ok(applied) => {
                assert_eq!(applied.before, before.settings);
                let Some(after) = applied.bytes else { return };
                assert_eq!(config::file::load::load(&after).as_ref(), Ok(&applied.after));
                let (before, after) = (text(file), text(&after));
                keeps_the_rest(before, after, section, key);
                let again = config::file::apply::apply(after.as_bytes(), &edit);
                let is_idempotent = !matches!(
                    edit,
                    Edit::Stun(ListEdit::Move(..) | ListEdit::Remove(_))
                        | Edit::Turn(ListEdit::Remove(_))
                        | Edit::Reactions(ListEdit::Remove(_))
                );
                assert!(
                    !is_idempotent || again.is_ok_and(|again| again.bytes.is_none()),
                    "once more changes nothing: {after}"
                );
            }
        },
    }
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

fn check_refusal(error: &EditError) {
    assert!(!error.to_string().is_empty() && !error.hint().is_empty());
}

/// An edit, and the setting that it is about.
fn edit(choice: u8) -> (Edit, &'static str, &'static str) {
    let stun = |text| ServerUri::parse(text, Kind::Stun).unwrap();
    let turn = |text| TurnServer {
        uri: ServerUri::parse(text, Kind::Turn).unwrap(),
        username: None,
        credential: None,
    };
    let position = if choice & 0x80 == 0 { None } else { Some(1) };
    let (servers, emojis) = (("stun", "servers"), ("reactions", "emojis"));
    let (edit, (section, key)) = match choice & 0x0f {
        0 => (Edit::Stun(ListEdit::Add(vec![stun("new.example")], position)), servers),
        1 => (Edit::Stun(ListEdit::Remove(vec![Target::Position(1)])), servers),
        2 => (Edit::Stun(ListEdit::Move(Target::Position(1), 2)), servers),
        3 => (Edit::Stun(ListEdit::Set(vec![stun("a.example"), stun("new.example")])), servers),
        4 => (Edit::Stun(ListEdit::Clear), servers),
        5 => (Edit::Reactions(ListEdit::Add(vec![Emoji::parse(":rocket:").unwrap()], position)), emojis),
        6 => (Edit::Reactions(ListEdit::Remove(vec![Target::Position(1)])), emojis),
        7 => (Edit::Reactions(ListEdit::Clear), emojis),
        8 => (Edit::Policy(TransportPolicy::Relay), ("ice", "transport-policy")),
        9 => (Edit::Policy(TransportPolicy::All), ("ice", "transport-policy")),
        10 => (Edit::Turn(ListEdit::Add(vec![turn("new.example")], position)), ("turn", "servers")),
        11 => (Edit::Turn(ListEdit::Remove(vec![Target::Position(1)])), ("turn", "servers")),
        12 => (Edit::Turn(ListEdit::Clear), ("turn", "servers")),
        13 => (Edit::Turn(ListEdit::Set(vec![turn("a.example"), turn("new.example")])), ("turn", "servers")),
        14 => {
            let change = TurnChange { username: Some(Some("carol".to_owned())), ..TurnChange::default() };
            (Edit::TurnServer(Target::Position(1), change), ("turn", "servers"))
        }
        _ => {
            let uri = Some(ServerUri::parse("other.example", Kind::Turn).unwrap());
            let change = TurnChange { uri, credential: Some(None), ..TurnChange::default() };
            (Edit::TurnServer(Target::Position(1), change), ("turn", "servers"))
        }
    };
    (edit, section, key)
}

/// What stands before and behind the value that an edit may touch is the same, byte for byte; a value that was not
/// there comes in one piece; and all other settings mean what they meant.
fn keeps_the_rest(before: &str, after: &str, section: &str, key: &str) {
    assert_eq!(others(before, section, key), others(after, section, key), "{before}\n---\n{after}");
    let shown = || format!("{before}\n--- became\n{after}");
    match value(before, section, key) {
        Some(Some(span)) => {
            assert!(after.starts_with(&before[..span.start]), "{}", shown());
            assert!(after.ends_with(&before[span.end..]), "{}", shown());
        }
        // Blocks, which have no one place.
        Some(None) => {}
        None => {
            let equal = |(one, other): &(u8, u8)| one == other;
            let front = before.bytes().zip(after.bytes()).take_while(equal).count();
            let back = before.bytes().rev().zip(after.bytes().rev()).take_while(equal).count();
            assert!(front + back >= before.len(), "more than one piece is new: {}", shown());
        }
    }
}

/// Where a setting's value stands; without a place when it has none in one piece.
fn value(text: &str, section: &str, key: &str) -> Option<Option<Range<usize>>> {
    let document = Document::parse(text.to_owned()).ok()?;
    let item = document.get(section)?.as_table_like()?.get(key)?;
    let bom = if text.starts_with('\u{feff}') { 3 } else { 0 };
    Some(item.as_value().and_then(|_| item.span()).map(|span| span.start.max(bom)..span.end))
}

/// All settings but one, as their meaning.
fn others(text: &str, section: &str, key: &str) -> Vec<String> {
    let document = Document::parse(text.to_owned()).unwrap();
    let mut found = Vec::new();
    collect(document.as_table(), "", &format!(".{section}.{key}"), &mut found);
    found.sort();
    found
}

fn collect(table: &dyn TableLike, path: &str, but: &str, found: &mut Vec<String>) {
    for (key, item) in table.iter() {
        let path = format!("{path}.{key}");
        if path == but {
            continue;
        }
        match item {
            Item::ArrayOfTables(tables) => {
                tables.iter().for_each(|table| collect(table, &path, but, found));
            }
            _ => match item.as_table_like() {
                Some(table) => collect(table, &path, but, found),
                None => found.push(format!("{path} = {}", item.to_string().trim())),
            },
        }
    }
}
