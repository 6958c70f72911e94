//! One edit from the command line to the file, and the report of what it did.

use super::entry::ListEntry;
use crate::commands::context::{Context, about};
use crate::commands::credentials;
use crate::config;
use crate::config::edit::Edit;
use crate::config::file::apply::Applied;
use crate::config::settings::ListName;
use crate::error::{CommandError, Exit};
use crate::render::messages;
use crate::render::settings::{diff, json};
use crate::store::{Change, Snapshot, Store};

/// An edit, and how to carry it out.
pub(crate) struct Request<'a> {
    /// The command, as the history names it.
    pub(crate) command: &'a str,
    /// The edit.
    pub(crate) edit: Edit,
    /// Whether to ask before entries are removed.
    pub(crate) confirms: bool,
}

/// Carries out an edit of a list and reports what it did; `moved` reports a change that neither adds nor removes.
pub(super) fn run<T: ListEntry>(
    context: &Context,
    request: &Request<'_>,
    moved: &str,
) -> Result<Exit, CommandError> {
    let Applied { outcome, after, .. } = carry_out(context, request)?;
    let mut warnings = about(&after.warnings, T::LIST);
    if T::LIST == ListName::Turn {
        warnings.extend(credentials::check_files(context, &after.settings)?);
    }
    if context.global.json {
        context.print_json(&json::outcome(&outcome, T::list(&after.settings), &warnings))?;
    } else if !context.global.quiet {
        let (dry_run, out) = (context.global.dry_run, context.terminal.out);
        context.print(&messages::outcome(&outcome, T::LIST, moved, dry_run, out))?;
    }
    if outcome.emptied && !outcome.changed && request.edit.removes() {
        context.note("an empty list uses its defaults, which are already in effect");
    }
    for (typed, near) in request.edit.near_misses(&after.settings, &outcome.removed) {
        context.note(&format!("{typed} is not in the list; did you mean '{near}'?"));
    }
    context.note_dry_run(outcome.changed, &warnings);
    context.warn(&warnings);
    Ok(Exit::Done)
}

/// The report of an edit that changes entries in place.
pub(super) const fn changed(dry_run: bool) -> &'static str {
    if dry_run { "would change" } else { "changed" }
}

/// Carries out an edit: asks if it must, and writes unless this is a dry run.
pub(crate) fn carry_out(context: &Context, request: &Request<'_>) -> Result<Applied, CommandError> {
    let store = context.store()?;
    let dry_run = context.global.dry_run;
    let mut seen = None;
    if dry_run || (request.confirms && context.can_prompt() && !context.global.yes) {
        let now = store.load()?;
        let preview = apply(&store, &now, &request.edit)?;
        if dry_run {
            return Ok(preview);
        }
        let removed = &preview.outcome.removed;
        if !removed.is_empty() {
            context.confirm(&this_removes(context, removed))?;
            seen = Some(now);
        }
    }
    let changed = store.change(request.command, |snapshot| {
        ensure_unchanged(&store, snapshot, seen.as_ref())?;
        decide(&store, snapshot, &request.edit)
    });
    changed.map_err(CommandError::from)
}

/// Fails when the settings differ from those that the user has `seen` and agreed to change: the change could remove
/// what the user never saw. Without a question nothing was seen, and nothing is compared.
pub(crate) fn ensure_unchanged(
    store: &Store,
    now: &Snapshot,
    seen: Option<&Snapshot>,
) -> Result<(), CommandError> {
    match seen {
        Some(seen) if seen.bytes() != now.bytes() => Err(CommandError::changed_meanwhile(&store.name())),
        _ => Ok(()),
    }
}

/// The question before entries are removed.
pub(crate) fn this_removes(context: &Context, removed: &[String]) -> String {
    format!("this removes:\n{}", diff::removed(removed, context.terminal.err).trim_end())
}

/// Decides whether an edit has anything to save.
fn decide(store: &Store, snapshot: &Snapshot, edit: &Edit) -> Result<Change<Applied>, CommandError> {
    let mut applied = apply(store, snapshot, edit)?;
    Ok(match applied.bytes.take() {
        Some(bytes) => Change::Save(bytes, applied),
        None => Change::Unchanged(applied),
    })
}

fn apply(store: &Store, snapshot: &Snapshot, edit: &Edit) -> Result<Applied, CommandError> {
    let bytes = snapshot.bytes().unwrap_or_default();
    let mut applied =
        config::file::apply::apply(bytes, edit).map_err(|error| CommandError::apply(error, &store.name()))?;
    applied.after.warnings.extend(store.permission_warning(snapshot, &applied.after.settings));
    Ok(applied)
}
