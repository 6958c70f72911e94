//! The generic list command: `list`, `add`, `remove`, `set`, `move` and `clear` of any list.

use super::change::{self, Request};
use super::entry::ListEntry;
use super::targets::{movement, targets};
use crate::cli::{Move, Position, Targets};
use crate::commands::context::{Context, about};
use crate::config::edit::ListEdit;
use crate::config::settings::{ListName, Origin};
use crate::error::{CommandError, Exit};
use crate::render::settings::{json, table};

/// Prints the list in effect; secrets are masked unless `show_secrets`.
pub(super) fn list<T: ListEntry>(context: &Context, show_secrets: bool) -> Result<Exit, CommandError> {
    let loaded = context.load()?;
    let list = T::list(&loaded.settings);
    let warnings = about(&loaded.warnings, T::LIST);
    if context.global.json {
        context.print_json(&json::list(list, show_secrets, &warnings))?;
    } else {
        context.print(&table::list(&list.entries, show_secrets, context.terminal.out))?;
        let is_default = list.origin == Origin::Default && !list.entries.is_empty();
        if is_default && context.terminal.out.is_terminal {
            context.note("these are the defaults; the settings file has none of its own");
        }
    }
    context.warn(&warnings);
    Ok(Exit::Done)
}

/// Adds entries.
pub(super) fn add<T: ListEntry>(
    context: &Context,
    entries: Vec<T>,
    position: &Position,
) -> Result<Exit, CommandError> {
    edit(context, "add", ListEdit::Add(entries, position.wanted()))
}

/// Removes entries; without any on the command line, the user chooses them.
pub(super) fn remove<T: ListEntry>(context: &Context, given: &Targets) -> Result<Exit, CommandError> {
    edit(context, "remove", ListEdit::<T>::Remove(targets::<T>(context, &given.targets)?))
}

/// Replaces the list.
pub(super) fn set<T: ListEntry>(context: &Context, entries: Vec<T>) -> Result<Exit, CommandError> {
    edit(context, "set", ListEdit::Set(entries))
}

/// Moves an entry; the user chooses what is missing on the command line.
pub(super) fn move_entry<T: ListEntry>(context: &Context, given: &Move) -> Result<Exit, CommandError> {
    let (target, to) = movement::<T>(context, given)?;
    edit(context, "move", ListEdit::<T>::Move(target, to))
}

/// Empties the list, which brings back its defaults.
pub(super) fn clear<T: ListEntry>(context: &Context) -> Result<Exit, CommandError> {
    edit(context, "clear", ListEdit::<T>::Clear)
}

/// Carries out an edit; one that replaces the whole list asks before it removes entries.
fn edit<T: ListEntry>(context: &Context, verb: &str, edit: ListEdit<T>) -> Result<Exit, CommandError> {
    let moved = match (&edit, T::LIST, context.global.dry_run) {
        (ListEdit::Move(_, to), _, true) => format!("would move to position {to}"),
        (ListEdit::Move(_, to), _, false) => format!("moved to position {to}"),
        (_, ListName::Turn, dry_run) => change::changed(dry_run).to_owned(),
        (_, _, true) => "the order would change".to_owned(),
        (_, _, false) => "the order has changed".to_owned(),
    };
    let confirms = matches!(edit, ListEdit::Set(_) | ListEdit::Clear);
    let request = Request { command: &format!("{} {verb}", T::LIST), edit: T::edit(edit), confirms };
    change::run::<T>(context, &request, &moved)
}
