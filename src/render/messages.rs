//! Messages for people: errors with their hints, warnings, and what an edit did.

use std::collections::HashSet;
use std::fmt::Write as _;

use crate::config::edit::{Edited, Moved, Outcome};
use crate::config::file::diagnostic::Diagnostic;
use crate::config::settings::{Entry, ListName};
use crate::config::warnings::{self, Warning};
use crate::error::{CommandError, FIRST_ERRORS};
use crate::render::settings::diff;
use crate::terminal::paragraph::paragraph;
use crate::terminal::{Stream, Style};
use crate::text::clean;
use crate::text::suggestion::{with_option, with_whole_commands};

const ERROR: Option<(Style, &str)> = Some((Style::Bad, "error: "));
const HINT: Option<(Style, &str)> = Some((Style::Dim, "hint: "));
const NOTE: Option<(Style, &str)> = Some((Style::Dim, "note: "));

/// How many entries a sentence names.
const MOST_NAMED: usize = 20;

/// Returns an error with its hint.
pub fn error(error: &CommandError, err: Stream) -> String {
    if let Some((path, diagnostics)) = error.in_file() {
        return in_file(error, path, diagnostics, err);
    }
    let text = paragraph(0, ERROR, &clean(&error.message()), err);
    if error.hint().is_empty() { text } else { text + &hint(error.hint(), err) }
}

/// Returns the errors in a file; if a hint says how to see all, only the first ones.
fn in_file(error: &CommandError, path: &str, found: &[Diagnostic], err: Stream) -> String {
    let shown = if error.hint().is_empty() { found.len() } else { FIRST_ERRORS };
    let mut text: String = found.iter().take(shown).map(|found| diagnostic(found, path, err)).collect();
    if !error.hint().is_empty() {
        text += &hint(error.hint(), err);
    } else if found.iter().any(|found| found.more_follow) {
        text += &paragraph(0, NOTE, "more errors follow once these are fixed", err);
    }
    text
}

/// Returns a hint. A command in it stays on one line, so that it can be copied.
fn hint(hint: &str, err: Stream) -> String {
    with_whole_commands(&clean(hint), |hint| paragraph(0, HINT, hint, err))
}

fn diagnostic(diagnostic: &Diagnostic, path: &str, err: Stream) -> String {
    let Diagnostic { line, column, message, expected, .. } = diagnostic;
    let sentence = format!("{}:{line}:{column}: {message}", clean(path));
    let excerpt = match diagnostic.excerpt() {
        excerpt if excerpt.is_empty() => excerpt,
        excerpt => err.paint(Style::Dim, excerpt) + "\n",
    };
    [paragraph(0, ERROR, &sentence, err), excerpt, paragraph(0, HINT, &clean(expected), err)].concat()
}

/// Returns a warning or a note. One about a line begins with `path`, the settings file, as errors do. Commands in it have
/// the `option` that chose this file.
pub fn warning(warning: &Warning, path: &str, option: &str, err: Stream) -> String {
    let message = match warning {
        Warning::UnknownKey { key, meant, at: (line, column) } => {
            format!("{path}:{line}:{column}: {}", warnings::unknown_key(key, *meant))
        }
        other => other.message(),
    };
    let mark = if warning.is_note() { NOTE } else { Some((Style::Warning, "warning: ")) };
    paragraph(0, mark, &clean(&with_option(&message, option)), err)
}

/// Returns a credential file that cannot be read as an error, as `config check` does.
pub fn unreadable(warning: &Warning, option: &str, err: Stream) -> String {
    paragraph(0, ERROR, &clean(&with_option(&warning.message(), option)), err)
}

/// Returns what an edit did, or in a dry run would do, an entry a line.
pub fn outcome(outcome: &Outcome, list: ListName, dry_run: bool, out: Stream) -> String {
    if !outcome.changed {
        return "unchanged\n".to_owned();
    }
    let mut text = String::new();
    let mut line = |style, done: [&str; 2], what: &str| {
        let mark = format!("{} ", done[usize::from(dry_run)]);
        text += &paragraph(0, Some((style, &mark)), &clean(what), out);
    };
    let renamed = outcome.edited.iter().filter(|edit| edit.from != edit.to);
    let renamed: HashSet<&String> = renamed.flat_map(|edit| [&edit.from, &edit.to]).collect();
    // Defaults are named as a whole.
    for entry in outcome.added.iter().filter(|entry| !outcome.restored_defaults && !renamed.contains(entry)) {
        line(Style::Good, ["added", "would add"], entry);
    }
    for entry in outcome.removed.iter().filter(|entry| !renamed.contains(entry)) {
        line(Style::Warning, ["removed", "would remove"], entry);
    }
    for Edited { position, from, to, details } in &outcome.edited {
        let renamed = (from != to).then(|| format!("{from} → {to}"));
        let what: Vec<_> = renamed.iter().chain(details).map(String::as_str).collect();
        line(Style::Good, ["changed", "would change"], &format!("{list} {position}: {}", what.join(", ")));
    }
    for Moved { entry, from, to } in &outcome.moved {
        line(Style::Good, ["moved", "would move"], &format!("{entry} from {from} to {to}"));
    }
    if outcome.restored_defaults {
        let defaults = defaults_of(list);
        let sentence = match dry_run {
            true => format!("the list would be empty, so {defaults} would be used"),
            false => format!("the list is empty now; using {defaults}"),
        };
        text += &paragraph(0, None, &sentence, out);
    } else if text.is_empty() {
        text += if dry_run { "the order would change\n" } else { "the order has changed\n" };
    }
    text
}

/// Returns what an edit is about to remove, and what comes back instead; `left` is the list after it.
pub fn removal<T: Entry>(outcome: &Outcome, left: &[T], err: Stream) -> String {
    let mut sentence = format!("This removes {}", T::LIST.count(outcome.removed.len()));
    let (defaults, added) = (defaults_of(T::LIST), named(&outcome.added));
    let _ = match (outcome.restored_defaults, outcome.added.len()) {
        (true, 0) => write!(sentence, "; {defaults} remain."),
        (true, 1) if left.len() > 1 => write!(sentence, "; of {defaults}, this one comes back: {added}."),
        (true, count) if left.len() > count => write!(sentence, "; of {defaults}, these come back: {added}."),
        (true, _) => write!(sentence, "; {defaults} come back: {added}."),
        (false, _) if left.is_empty() => write!(sentence, "; the list will be empty."),
        (false, 0) => write!(sentence, "."),
        (false, count) => write!(sentence, " and adds {count}: {added}."),
    };
    diff::removed(&outcome.removed, err) + &paragraph(0, None, &clean(&sentence), err)
}

/// Returns entries in a sentence, only the first if there are many.
fn named(entries: &[String]) -> String {
    let names = entries.iter().take(MOST_NAMED).map(String::as_str).collect::<Vec<_>>().join(", ");
    match entries.len().saturating_sub(MOST_NAMED) {
        0 => names,
        more => format!("{names} and {more} more"),
    }
}

const fn defaults_of(list: ListName) -> &'static str {
    match list {
        ListName::Stun => "the German defaults",
        ListName::Turn | ListName::Reactions => "the default reactions",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Code;

    #[test]
    fn a_command_in_a_hint_stays_on_one_line() {
        let narrow = Stream { is_terminal: true, color: false, width: Some(30) };
        let hint =
            "did you mean '--timeout 5s'? see 'cowork-calls probe --help', or 'cowork-calls man probe'";
        let expected = "error: no\nhint: did you mean '--timeout\n  5s'? see\n  'cowork-calls probe --help',\n  or 'cowork-calls man probe'\n";
        assert_eq!(error(&CommandError::new(Code::Usage, "no", hint), narrow), expected);
    }
}
