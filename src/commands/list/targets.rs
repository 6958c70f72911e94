//! The entries that a command line names, by position or by what they are; the user is prompted for those missing.

use super::entry::ListEntry;
use crate::cli::{Move, parse_position};
use crate::commands::context::Context;
use crate::config::edit::Target;
use crate::error::{Code, CommandError};

/// Parses the entries to add; without any, the user types one or several on a line.
pub(super) fn entered<T: ListEntry>(
    context: &Context,
    given: &[String],
) -> Result<Vec<T::Key>, CommandError> {
    if !given.is_empty() {
        return parse_all::<T>(given);
    }
    context.require_terminal(&format!("name the {} to add", T::NOUN), "give it on the command line")?;
    context.dialog.tell(T::FORMS);
    context.dialog.parsed(T::PROMPT, T::VALUE, |line| {
        let keys: Result<_, _> = line.split_whitespace().map(T::parse_key).collect();
        keys.map_err(|error| context.rendered(error))
    })
}

/// Fails without a terminal for prompting, as the command line does where `argument` is required.
pub(super) fn require_argument(context: &Context, command: &str, argument: &str) -> Result<(), CommandError> {
    if context.can_prompt() {
        return Ok(());
    }
    let message = format!("the following required arguments were not provided: {argument}");
    Err(CommandError::new(Code::Usage, message, format!("usage: cowork-calls {command} {argument}")))
}

pub(super) fn parse_all<T: ListEntry>(texts: &[String]) -> Result<Vec<T::Key>, CommandError> {
    texts.iter().map(|text| T::parse_key(text)).collect()
}

/// Parses a position, or else an entry.
pub(super) fn target<T: ListEntry>(text: &str) -> Result<Target<T::Key>, CommandError> {
    match parse_position(text) {
        Ok(position) => Ok(Target::Position(position)),
        Err(_) => T::parse_key(text).map(Target::Key),
    }
}

/// Parses the entries to remove; without any, the user chooses them.
pub(super) fn targets<T: ListEntry>(
    context: &Context,
    given: &[String],
) -> Result<Vec<Target<T::Key>>, CommandError> {
    if !given.is_empty() {
        return given.iter().map(|text| target::<T>(text)).collect();
    }
    let hint = "give entries or their positions, as the list shows them";
    context.require_terminal("name what to remove", hint)?;
    let entries = entries::<T>(context)?;
    if entries.is_empty() {
        context.note("there is nothing to remove");
        return Ok(Vec::new());
    }
    let chosen = context.dialog.choose_many(&format!("Remove which {}s", T::NOUN), &labels(&entries))?;
    Ok(chosen.into_iter().map(|index| target_at(&entries, index)).collect())
}

/// Parses which entry to move, and its new position; the user chooses what is missing.
pub(super) fn movement<T: ListEntry>(
    context: &Context,
    given: &Move,
) -> Result<(Target<T::Key>, usize), CommandError> {
    let named = given.target.as_deref().map(target::<T>).transpose()?;
    if let (Some(named), Some(to)) = (&named, given.to) {
        return Ok((named.clone(), to));
    }
    let what = if named.is_some() { "give the new position" } else { "name what to move" };
    context.require_terminal(what, "give the entry or its position, then its new position")?;
    let entries = choices::<T>(context)?;
    let target = match named {
        Some(target) => target,
        None => target_at(&entries, choose(context, "Move", &entries)?),
    };
    let to = match (given.to, index_of(&entries, &target)) {
        (Some(to), _) => to,
        (None, Some(from)) => new_position(context, &entries, from)?,
        // The edit reports an entry that is not in the list, whatever its new position would be.
        (None, None) => 1,
    };
    Ok((target, to))
}

/// Lets the user choose the entry to `Edit` or `Move`; returns its index.
pub(super) fn choose<T: ListEntry>(
    context: &Context,
    verb: &str,
    entries: &[T],
) -> Result<usize, CommandError> {
    context.dialog.choose(&format!("{verb} which {}", T::NOUN), &labels(entries), 0)
}

/// Prompts for a position; the menu begins at another position than that of the entry itself.
fn new_position<T: ListEntry>(context: &Context, entries: &[T], from: usize) -> Result<usize, CommandError> {
    let numbered: Vec<_> =
        (1..).zip(labels(entries)).map(|(position, label)| format!("{position}  {label}")).collect();
    let first = usize::from(from == 0 && entries.len() > 1);
    Ok(context.dialog.choose("New position", &numbered, first)? + 1)
}

/// The entries to choose one from, at least one.
pub(super) fn choices<T: ListEntry>(context: &Context) -> Result<Vec<T>, CommandError> {
    let entries = entries(context)?;
    if entries.is_empty() {
        // Only the list of TURN servers can be empty: the others have defaults.
        let hint = "add one with 'cowork-calls turn add'";
        return Err(CommandError::new(Code::NotFound, "no TURN server is configured", hint));
    }
    Ok(entries)
}

fn entries<T: ListEntry>(context: &Context) -> Result<Vec<T>, CommandError> {
    Ok(T::list(&context.load()?.settings).entries.clone())
}

fn labels<T: ListEntry>(entries: &[T]) -> Vec<String> {
    entries.iter().map(T::label).collect()
}

/// The index of an entry, if the list has it.
pub(super) fn index_of<T: ListEntry>(entries: &[T], target: &Target<T::Key>) -> Option<usize> {
    match target {
        Target::Position(at) => at.checked_sub(1).filter(|index| *index < entries.len()),
        Target::Key(key) => entries.iter().position(|entry| entry.key() == key),
    }
}

/// The entry that the user chose at `index`. Its position may have changed when the edit is carried out, so the target
/// is the entry itself, unless it is listed twice.
pub(super) fn target_at<T: ListEntry>(entries: &[T], index: usize) -> Target<T::Key> {
    let same = |key: &T::Key| entries.iter().filter(|other| other.key() == key).count();
    match entries.get(index).map(T::key) {
        Some(key) if same(key) == 1 => Target::Key(key.clone()),
        _ => Target::Position(index + 1),
    }
}
