//! Entries of a list as they are named on the command line: by position, or by what they are.

use crate::cli;
use crate::commands::context::Context;
use crate::config::edit::{Place, Target};
use crate::error::{Code, CommandError};

/// Parses a position, or else an entry.
pub(crate) fn target<K>(
    text: &str,
    entry: impl Fn(&str) -> Result<K, CommandError>,
) -> Result<Target<K>, CommandError> {
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        // A number too large for any position is out of range like any other.
        return Ok(Target::Position(text.parse().unwrap_or(usize::MAX)));
    }
    entry(text).map(Target::Key)
}

/// Parses the targets; without any, a person chooses among `labels` of what there is, such as `servers`.
pub(crate) fn targets<K: Clone + Eq>(
    context: &Context,
    given: &[String],
    what: &str,
    labels: impl FnOnce() -> Result<Vec<(K, String)>, CommandError>,
    entry: impl Fn(&str) -> Result<K, CommandError>,
) -> Result<Vec<Target<K>>, CommandError> {
    if given.is_empty() {
        require_terminal(
            context,
            "name what to remove",
            "give entries or their positions, as the list shows them",
        )?;
        let labels = labels()?;
        if labels.is_empty() {
            context.note("there is nothing to remove");
            return Ok(Vec::new());
        }
        let chosen = context.dialog.choose_many(&format!("Remove which {what}"), &texts(&labels))?;
        return Ok(chosen.into_iter().map(|index| at(&labels, index)).collect());
    }
    given.iter().map(|text| target(text, &entry)).collect()
}

/// Which entry is moved, and where to; of what is missing a person chooses among `labels` of what there is.
pub(crate) fn movement<K: Clone + Eq>(
    context: &Context,
    given: &cli::Move,
    what: &str,
    labels: impl FnOnce() -> Result<Vec<(K, String)>, CommandError>,
    entry: impl Fn(&str) -> Result<K, CommandError>,
) -> Result<(Target<K>, usize), CommandError> {
    let named = given.target.as_ref().map(|text| target(text, entry)).transpose()?;
    let named = match (named, given.to) {
        (Some(named), Some(to)) => return Ok((named, to)),
        (named, _) => named,
    };
    require_terminal(
        context,
        if named.is_some() { "give the new position" } else { "name what to move" },
        "give the entry or its position, then its new position",
    )?;
    let labels = labels()?;
    if labels.is_empty() {
        return Err(no_turn_server());
    }
    // Where the entry is not there, the edit says so, whatever its new position would be.
    let from = match &named {
        Some(Target::Position(at)) => at.checked_sub(1).filter(|index| *index < labels.len()),
        Some(Target::Key(key)) => labels.iter().position(|(own, _)| own == key),
        None => None,
    };
    let texts = texts(&labels);
    let (moved, from) = match (named, from) {
        (Some(named), Some(from)) => (named, from),
        (Some(named), None) => return Ok((named, given.to.unwrap_or(1))),
        (None, _) => {
            let from = context.dialog.choose(&format!("Move which {what}"), &texts, 0)?;
            (at(&labels, from), from)
        }
    };
    let to = match given.to {
        Some(to) => to,
        None => new_position(context, &texts, from)?,
    };
    Ok((moved, to))
}

/// Asks for a position, beginning at another than that of the entry itself.
fn new_position(context: &Context, labels: &[String], from: usize) -> Result<usize, CommandError> {
    let numbered: Vec<_> =
        labels.iter().enumerate().map(|(index, label)| format!("{}  {label}", index + 1)).collect();
    let first = if from == 0 && labels.len() > 1 { 1 } else { 0 };
    Ok(context.dialog.choose("New position", &numbered, first)? + 1)
}

pub(crate) fn texts<K>(labels: &[(K, String)]) -> Vec<String> {
    labels.iter().map(|(_, label)| label.clone()).collect()
}

/// The entry that a person chose at `index`. Its position may be that of another by the time of the edit; of what is
/// there twice only the position tells which one was meant.
pub(crate) fn at<K: Clone + Eq>(labels: &[(K, String)], index: usize) -> Target<K> {
    let same = |key: &K| labels.iter().filter(|(other, _)| other == key).count();
    match labels.get(index) {
        Some((key, _)) if same(key) == 1 => Target::Key(key.clone()),
        _ => Target::Position(index + 1),
    }
}

/// Only the list of TURN servers can be empty.
pub(crate) fn no_turn_server() -> CommandError {
    CommandError::new(Code::NotFound, "no TURN server is configured", "add one with 'cowork-calls turn add'")
}

/// Where new entries go.
pub(crate) fn place(place: &cli::Place) -> Place {
    match (place.first, place.at) {
        (true, _) => Place::At(1),
        (false, Some(at)) => Place::At(at),
        (false, None) => Place::End,
    }
}

/// A question for a value that is missing on the command line.
pub(crate) struct Question {
    /// The spellings that are understood, said before.
    pub(crate) forms: &'static str,
    /// The question itself.
    pub(crate) text: &'static str,
    /// What is asked for, as in `an address is needed`.
    pub(crate) what: &'static str,
    /// What is missing where nobody can be asked.
    pub(crate) missing: &'static str,
}

/// The values given; without any, a person types one or several on a line.
pub(crate) fn values<T>(
    context: &Context,
    given: &[String],
    question: &Question,
    parse: impl Fn(&str) -> Result<T, CommandError>,
) -> Result<Vec<T>, CommandError> {
    if !given.is_empty() {
        return given.iter().map(|text| parse(text)).collect();
    }
    require_terminal(context, question.missing, "give it on the command line")?;
    context.dialog.tell(question.forms);
    let all = |line: &str| {
        line.split_whitespace()
            .map(&parse)
            .collect::<Result<_, _>>()
            .map_err(|error| context.rendered(&error))
    };
    context.dialog.parsed(question.text, question.what, all)
}

/// Without a terminal nothing waits for an answer: what is missing is an error.
pub(crate) fn require_terminal(context: &Context, what: &str, hint: &str) -> Result<(), CommandError> {
    if context.can_ask() {
        Ok(())
    } else {
        Err(CommandError::new(Code::MissingValue, format!("no terminal for prompting: {what}"), hint))
    }
}
