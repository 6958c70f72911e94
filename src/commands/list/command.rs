//! The generic list command: `list`, `add`, `remove`, `set`, `move` and `clear` of any list.

use super::entry::ListEntry;
use super::targets::{movement, targets};
use crate::cli::{Move, Position, Targets};
use crate::commands::change::{self, differences};
use crate::commands::context::{Context, about};
use crate::commands::credentials;
use crate::config::edit::{Edit, ListEdit};
use crate::config::file::apply::{Applied, apply};
use crate::config::settings::{ListName, Origin};
use crate::config::warnings::touched::touched;
use crate::error::{CommandError, Exit};
use crate::render::messages;
use crate::render::settings::{json, table};

/// Prints the list in effect; secrets are masked unless `show_secrets`.
pub(super) fn list<T: ListEntry>(context: &Context, show_secrets: bool) -> Result<Exit, CommandError> {
    let loaded = context.load()?;
    let list = T::list(&loaded.settings);
    let mut warnings = about(&loaded.warnings, T::LIST);
    if T::LIST == ListName::Turn {
        warnings.extend(credentials::check_files(context, &loaded.settings)?);
    }
    if context.global.json {
        context.print_json(json::list(list, show_secrets, &warnings))?;
    } else {
        context.print(&table::list(&list.entries, show_secrets, context.terminal.out))?;
        let is_default = list.origin == Origin::Default && !list.entries.is_empty();
        if is_default && context.terminal.out.is_terminal {
            context.note("these are the defaults");
        }
    }
    context.warn(&warnings);
    Ok(Exit::Done)
}

/// Adds entries; if it `probes`, new servers must work.
pub(super) fn add<T: ListEntry>(
    context: &Context,
    entries: Vec<T>,
    position: &Position,
    probes: bool,
) -> Result<Exit, CommandError> {
    edit(context, "add", ListEdit::Add(entries, position.wanted()), probes)
}

/// Removes entries; without any on the command line, the user chooses them.
pub(super) fn remove<T: ListEntry>(context: &Context, given: &Targets) -> Result<Exit, CommandError> {
    edit(context, "remove", ListEdit::<T>::Remove(targets::<T>(context, &given.targets)?), false)
}

/// Replaces the list; if it `probes`, new servers must work.
pub(super) fn set<T: ListEntry>(
    context: &Context,
    entries: Vec<T>,
    probes: bool,
) -> Result<Exit, CommandError> {
    edit(context, "set", ListEdit::Set(entries), probes)
}

/// Moves an entry; the user chooses what is missing on the command line.
pub(super) fn move_entry<T: ListEntry>(context: &Context, given: &Move) -> Result<Exit, CommandError> {
    let (target, to) = movement::<T>(context, given)?;
    edit(context, "move", ListEdit::<T>::Move(target, to), false)
}

/// Empties the list, which brings back its defaults.
pub(super) fn clear<T: ListEntry>(context: &Context) -> Result<Exit, CommandError> {
    edit(context, "clear", ListEdit::<T>::Clear, false)
}

/// Carries out an edit; one that replaces the whole list asks before it removes entries.
fn edit<T: ListEntry>(
    context: &Context,
    verb: &str,
    edit: ListEdit<T>,
    probes: bool,
) -> Result<Exit, CommandError> {
    let confirms = matches!(edit, ListEdit::Set(_) | ListEdit::Clear);
    run_edit::<T>(context, verb, &T::edit(edit), confirms, probes)
}

/// Carries out an edit of a list and reports what it did. If it `confirms`, it asks before it removes entries; if it
/// removes some by name, only before the defaults come back. If it `probes`, new servers must work.
pub(super) fn run_edit<T: ListEntry>(
    context: &Context,
    verb: &str,
    edit: &Edit,
    confirms: bool,
    probes: bool,
) -> Result<Exit, CommandError> {
    let mut confirm = |preview: &Applied| {
        let outcome = &preview.outcome;
        let asks = !outcome.removed.is_empty() && (confirms || outcome.restored_defaults);
        let left = &T::list(&preview.after.settings).entries;
        Ok(asks.then(|| messages::removal(outcome, left, context.terminal.err)))
    };
    let command = format!("{} {verb}", T::LIST);
    let confirm = (confirms || edit.removes()).then_some(&mut confirm as change::Confirm<'_>);
    let made = change::carry_out(context, &command, &|bytes| apply(bytes, edit), probes, confirm)?;
    let Applied { outcome, after, .. } = &made.applied;
    let mut warnings = about(&after.warnings, T::LIST);
    if T::LIST == ListName::Turn {
        warnings.extend(credentials::check_files(context, &after.settings)?);
    }
    if context.global.json {
        let document = json::outcome(outcome, T::list(&after.settings), &warnings);
        made.print_json(context, document)?;
    } else if !context.global.quiet && !made.is_refused {
        let (dry_run, out) = (context.global.dry_run, context.terminal.out);
        context.print(&messages::outcome(outcome, T::LIST, dry_run, out))?;
    }
    if outcome.emptied && !outcome.changed && edit.removes() {
        context.note("an empty list uses its defaults, which are already in effect");
    }
    for (typed, near) in edit.near_misses(&after.settings, &outcome.removed) {
        context.note(&format!("{typed} is not in the list; did you mean '{near}'?"));
    }
    let touched = touched(&warnings, &differences(&made.applied));
    context.warn_after_edit(outcome.changed, &made.unshown(touched));
    made.end()
}
