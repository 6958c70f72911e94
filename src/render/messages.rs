//! Messages for people: errors with their hints, warnings, and what an edit did.

use std::fmt::Write as _;

use crate::config::edit::Outcome;
use crate::config::file::diagnostic::Diagnostic;
use crate::config::settings::ListName;
use crate::config::warnings::{self, Warning};
use crate::error::CommandError;
use crate::terminal::paragraph::paragraph;
use crate::terminal::{Stream, Style};
use crate::text::clean;

const ERROR: Option<(Style, &str)> = Some((Style::Bad, "error: "));
const HINT: Option<(Style, &str)> = Some((Style::Dim, "hint: "));

/// Returns an error with its hint.
pub fn error(error: &CommandError, err: Stream) -> String {
    if let Some((path, diagnostics)) = error.in_file() {
        // They are found setting by setting, but read from top to bottom.
        let mut sorted: Vec<_> = diagnostics.iter().collect();
        sorted.sort_by_key(|found| (found.line, found.column));
        return sorted.into_iter().map(|found| diagnostic(found, path, err)).collect();
    }
    let text = paragraph(0, ERROR, &clean(&error.message()), err);
    if error.hint().is_empty() { text } else { text + &paragraph(0, HINT, &clean(error.hint()), err) }
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

/// Returns a warning. One about a line begins with `path`, the settings file, as errors do.
pub fn warning(warning: &Warning, path: &str, err: Stream) -> String {
    let message = match warning {
        Warning::UnknownKey { key, meant, at: (line, column) } => {
            format!("{path}:{line}:{column}: {}", warnings::unknown_key(key, *meant))
        }
        other => other.message(),
    };
    paragraph(0, Some((Style::Warning, "warning: ")), &clean(&message), err)
}

/// Returns what an edit did, or in a dry run would do, an entry a line; `moved` if it neither adds nor removes any.
pub fn outcome(outcome: &Outcome, list: ListName, moved: &str, dry_run: bool, out: Stream) -> String {
    if !outcome.changed {
        return "unchanged\n".to_owned();
    }
    let (added, removed) = if dry_run { ("would add", "would remove") } else { ("added", "removed") };
    // Defaults are named as a whole.
    let new = if outcome.restored_defaults { &[][..] } else { &outcome.added };
    let mut text = String::new();
    for (done, style, entries) in [(added, Style::Good, new), (removed, Style::Warning, &outcome.removed)] {
        for entry in entries {
            let _ = writeln!(text, "{} {}", out.paint(style, done), clean(entry));
        }
    }
    if outcome.restored_defaults {
        let defaults = if list == ListName::Stun { "the German defaults" } else { "the default reactions" };
        let _ = match dry_run {
            true => writeln!(text, "the list would be empty, so {defaults} would be used"),
            false => writeln!(text, "the list is empty now; using {defaults}"),
        };
    } else if text.is_empty() {
        let _ = writeln!(text, "{moved}");
    }
    text
}
