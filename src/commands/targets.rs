//! Entries of a list as they are named on the command line: by position, or by what they are.

use super::{Context, Failure, prompt};
use crate::cli;
use crate::config::edit::{Place, Target};

/// Parses a position, or else an entry.
pub(super) fn target<K>(
    text: &str,
    entry: impl Fn(&str) -> Result<K, Failure>,
) -> Result<Target<K>, Failure> {
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        // A number too large for any position is out of range like any other.
        return Ok(Target::Position(text.parse().unwrap_or(usize::MAX)));
    }
    entry(text).map(Target::Key)
}

/// Parses the targets; without any, a person chooses among `labels`.
pub(super) fn targets<K>(
    context: &Context,
    given: &[String],
    labels: impl FnOnce() -> Result<Vec<String>, Failure>,
    entry: impl Fn(&str) -> Result<K, Failure>,
) -> Result<Vec<Target<K>>, Failure> {
    if given.is_empty() {
        require_terminal(
            context,
            "what to remove",
            "name entries or their positions, as the list shows them",
        )?;
        let labels = labels()?;
        if labels.is_empty() {
            context.note("there is nothing to remove");
            return Ok(Vec::new());
        }
        let chosen = prompt::choose_many(context, "Remove which?", &labels)?;
        return Ok(chosen.into_iter().map(|index| Target::Position(index + 1)).collect());
    }
    given.iter().map(|text| target(text, &entry)).collect()
}

/// Which entry is moved, and where to; of what is missing a person chooses among `labels`.
pub(super) fn movement<K>(
    context: &Context,
    given: &cli::Move,
    labels: impl FnOnce() -> Result<Vec<String>, Failure>,
    entry: impl Fn(&str) -> Result<K, Failure>,
) -> Result<(Target<K>, usize), Failure> {
    let named = given.target.as_ref().map(|text| target(text, entry)).transpose()?;
    let named = match (named, given.to) {
        (Some(named), Some(to)) => return Ok((named, to)),
        (named, _) => named,
    };
    require_terminal(
        context,
        if named.is_some() { "the new position" } else { "what to move" },
        "name the entry or its position, and then its new position",
    )?;
    let labels = labels()?;
    if labels.is_empty() {
        return Err(nothing_to_move());
    }
    let moved = match named {
        Some(named) => named,
        None => Target::Position(prompt::choose(context, "Move which", &labels)? + 1),
    };
    let to = match given.to {
        Some(to) => to,
        None => prompt::choose(context, "To the place of", &labels)? + 1,
    };
    Ok((moved, to))
}

fn nothing_to_move() -> Failure {
    Failure::usage("not-found", "there is nothing to move", "add an entry first")
}

/// Where new entries go.
pub(super) fn place(place: &cli::Place) -> Place {
    match (place.first, place.at) {
        (true, _) => Place::At(1),
        (false, Some(at)) => Place::At(at),
        (false, None) => Place::End,
    }
}

/// The values given; without any, a person types one.
pub(super) fn values(
    context: &Context,
    given: Vec<String>,
    question: &str,
    what: &str,
) -> Result<Vec<String>, Failure> {
    if !given.is_empty() {
        return Ok(given);
    }
    require_terminal(context, what, "give it on the command line")?;
    let line = prompt::line(context, question)?;
    Ok(line.split_whitespace().map(str::to_owned).collect())
}

/// Without a terminal nothing waits for an answer: what is missing is an error.
pub(super) fn require_terminal(context: &Context, what: &str, hint: &str) -> Result<(), Failure> {
    if context.can_ask() {
        Ok(())
    } else {
        Err(Failure::usage(
            "missing-value",
            format!("{what} is missing, and there is no terminal to ask at"),
            hint,
        ))
    }
}
