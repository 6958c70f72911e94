//! Sentences for people: errors with their remedy, warnings, and what an edit did.

use std::fmt::Write as _;

use crate::config::edit::Outcome;
use crate::config::file::diagnostic::Problem;
use crate::config::warnings;
use crate::config::warnings::Warning;
use crate::terminal::paragraph::paragraph;
use crate::terminal::{Stream, Style};
use crate::text::clean;

/// What went wrong, for those who print it.
pub enum ErrorReport<'a> {
    /// One sentence and a remedy.
    Message {
        /// The stable name of the error.
        code: &'a str,
        /// What happened.
        message: String,
        /// What to do, or nothing.
        hint: &'a str,
    },
    /// Errors in a file.
    File {
        /// The file.
        path: &'a str,
        /// The errors.
        problems: &'a [Problem],
    },
}

impl ErrorReport<'_> {
    /// What happened, in one sentence.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            ErrorReport::Message { message, .. } => message.clone(),
            ErrorReport::File { path, problems } => {
                problems.first().map_or_else(|| (*path).to_owned(), |first| format!("{path}: {first}"))
            }
        }
    }
}

/// An error with its remedy.
#[must_use]
pub fn error(error: &ErrorReport<'_>, err: Stream) -> String {
    match error {
        ErrorReport::Message { message, hint, .. } => {
            let mut text = String::new();
            paragraph(&mut text, 0, Some((Style::Bad, "error: ")), &clean(message), err);
            if !hint.is_empty() {
                paragraph(&mut text, 0, Some((Style::Dim, "hint: ")), &clean(hint), err);
            }
            text
        }
        ErrorReport::File { path, problems } => {
            // They were found setting by setting; a person reads them from the top of the file down.
            let mut problems: Vec<_> = problems.iter().collect();
            problems.sort_by_key(|problem| (problem.line, problem.column));
            problems.into_iter().map(|p| problem(p, path, err)).collect()
        }
    }
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
