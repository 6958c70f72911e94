//! Sentences for people: errors with their remedy, warnings, and what an edit did.

use std::fmt::Write as _;

use crate::config::edit::Outcome;
use crate::config::file::diagnostic::Problem;
use crate::config::warnings;
use crate::config::warnings::Warning;
use crate::error::CommandError;
use crate::terminal::paragraph::paragraph;
use crate::terminal::{Stream, Style};
use crate::text::clean;

/// An error with its hint.
#[must_use]
pub fn error(error: &CommandError, err: Stream) -> String {
    if let Some((path, problems)) = error.in_file() {
        // They were found setting by setting; a person reads them from the top of the file down.
        let mut problems: Vec<_> = problems.iter().collect();
        problems.sort_by_key(|problem| (problem.line, problem.column));
        return problems.into_iter().map(|p| problem(p, path, err)).collect();
    }
    let mut text = String::new();
    paragraph(&mut text, 0, Some((Style::Bad, "error: ")), &clean(&error.message()), err);
    if !error.hint().is_empty() {
        paragraph(&mut text, 0, Some((Style::Dim, "hint: ")), &clean(error.hint()), err);
    }
    text
}

fn problem(problem: &Problem, path: &str, err: Stream) -> String {
    let Problem { line, column, message, expected, .. } = problem;
    let mut text = String::new();
    let sentence = format!("{}:{line}:{column}: {message}", clean(path));
    paragraph(&mut text, 0, Some((Style::Bad, "error: ")), &sentence, err);
    let _ = writeln!(text, "{}", err.paint(Style::Dim, problem.excerpt()));
    paragraph(&mut text, 0, Some((Style::Dim, "hint: ")), &clean(expected), err);
    text
}

/// A warning; one about a place names `path`, the settings file, as errors do.
#[must_use]
pub fn warning(warning: &Warning, path: &str, err: Stream) -> String {
    let message = match warning {
        Warning::UnknownKey { key, meant, at: (line, column) } => {
            format!("{path}:{line}:{column}: {}", warnings::unknown_key(key, *meant))
        }
        other => other.message(),
    };
    let mut text = String::new();
    paragraph(&mut text, 0, Some((Style::Warning, "warning: ")), &clean(&message), err);
    text
}

/// What an edit did, or in a dry run would do, an entry a line; `moved` tells of a change that neither adds nor
/// removes.
#[must_use]
pub fn outcome(outcome: &Outcome, moved: &str, dry_run: bool, out: Stream) -> String {
    let (added, removed, restored) = if dry_run {
        ("would add", "would remove", "the list would be empty, so its defaults would be in effect again")
    } else {
        ("added", "removed", "the list was empty, so its defaults are back in effect")
    };
    if !outcome.changed {
        return "unchanged\n".to_owned();
    }
    let mut text = String::new();
    if outcome.restored_defaults {
        for entry in &outcome.removed {
            let _ = writeln!(text, "{} {}", out.paint(Style::Warning, removed), clean(entry));
        }
        let _ = writeln!(text, "{restored}");
        return text;
    }
    for entry in &outcome.added {
        let _ = writeln!(text, "{} {}", out.paint(Style::Good, added), clean(entry));
    }
    for entry in &outcome.removed {
        let _ = writeln!(text, "{} {}", out.paint(Style::Warning, removed), clean(entry));
    }
    if outcome.added.is_empty() && outcome.removed.is_empty() {
        let _ = writeln!(text, "{moved}");
    }
    text
}
