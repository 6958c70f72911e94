//! Sentences for people: errors with their remedy, warnings, and what an edit did.

use std::fmt::Write as _;

use super::ErrorReport;
use crate::config::edit::Outcome;
use crate::config::problem::Problem;
use crate::config::rules::Warning;
use crate::terminal::{Stream, Style, clean};

/// An error with its remedy.
#[must_use]
pub fn error(error: &ErrorReport<'_>, err: Stream) -> String {
    match error {
        ErrorReport::Message { message, hint, .. } => {
            let mut text = format!("{} {}\n", err.paint(Style::Bad, "error:"), clean(message));
            if !hint.is_empty() {
                let _ = writeln!(text, "{} {}", err.paint(Style::Dim, "hint:"), clean(hint));
            }
            text
        }
        ErrorReport::File { path, problems } => problems.iter().map(|p| problem(p, path, err)).collect(),
    }
}

fn problem(problem: &Problem, path: &str, err: Stream) -> String {
    let Problem { line, column, message, expected, .. } = problem;
    let place = format!("{}:{line}:{column}:", clean(path));
    let excerpt = problem.excerpt();
    format!(
        "{} {place} {message}\n{}\n{} {}\n",
        err.paint(Style::Bad, "error:"),
        err.paint(Style::Dim, excerpt),
        err.paint(Style::Dim, "hint:"),
        clean(expected),
    )
}

/// A warning on one line.
#[must_use]
pub fn warning(warning: &Warning, err: Stream) -> String {
    format!("{} {}\n", err.paint(Style::Warning, "warning:"), clean(&warning.message()))
}

/// What an edit did, an entry a line; `moved` tells of a change that neither adds nor removes.
#[must_use]
pub fn outcome(outcome: &Outcome, moved: &str, out: Stream) -> String {
    if !outcome.changed {
        return "unchanged\n".to_owned();
    }
    let mut text = String::new();
    if outcome.restored_defaults {
        for entry in &outcome.removed {
            let _ = writeln!(text, "{} {}", out.paint(Style::Warning, "removed"), clean(entry));
        }
        let _ = writeln!(text, "the list was empty, so its defaults are back in effect");
        return text;
    }
    for entry in &outcome.added {
        let _ = writeln!(text, "{} {}", out.paint(Style::Good, "added"), clean(entry));
    }
    for entry in &outcome.removed {
        let _ = writeln!(text, "{} {}", out.paint(Style::Warning, "removed"), clean(entry));
    }
    if outcome.added.is_empty() && outcome.removed.is_empty() {
        let _ = writeln!(text, "{moved}");
    }
    text
}
