//! One edit of the settings, from the command line to the file and back to the reader.

use crate::commands::context::{Context, about};
use crate::commands::credentials;
use crate::config::edit::Edit;
use crate::config::file::apply::Applied;
use crate::config::settings::ListName;
use crate::config::warnings::Warning;
use crate::error::{CommandError, Exit};
use crate::render::settings::json;
use crate::store::{Change, Snapshot, Store};
use crate::{config, render};

/// An edit with what has to be known to carry it out and to tell of it.
pub(crate) struct Request<'a> {
    /// The command, as the history names it.
    pub(crate) command: &'static str,
    /// The edit.
    pub(crate) edit: Edit,
    /// The list it is about.
    pub(crate) list: ListName,
    /// Whether to ask before entries are dropped.
    pub(crate) ask: bool,
    /// What is said of an edit that neither adds nor removes.
    pub(crate) moved: &'a str,
}

/// Carries out an edit of a list and tells what it did.
pub(crate) fn run(context: &Context, request: &Request<'_>) -> Result<Exit, CommandError> {
    let applied = carry_out(context, request)?;
    let mut warnings = about(&applied.after.warnings, request.list);
    if request.list == ListName::Turn {
        warnings.extend(credentials::check_files(context, &applied.after.settings)?);
    }
    if context.global.json {
        let (outcome, settings) = (&applied.outcome, &applied.after.settings);
        context.print_json(&match request.list {
            ListName::Stun => json::outcome(outcome, &settings.stun, &warnings),
            ListName::Turn => json::outcome(outcome, &settings.turn, &warnings),
            ListName::Reactions => json::outcome(outcome, &settings.reactions, &warnings),
        })?;
    } else if !context.global.quiet {
        let dry_run = context.global.dry_run;
        context.print(&render::messages::outcome(
            &applied.outcome,
            request.list,
            request.moved,
            dry_run,
            context.terminal.out,
        ))?;
    }
    if applied.outcome.emptied && !applied.outcome.changed && request.edit.removes() {
        context.note("an empty list means its defaults, and these are the defaults");
    }
    for (typed, near) in request.edit.near_misses(&applied.after.settings, &applied.outcome.removed) {
        context.note(&format!("{typed} is not in the list; did you mean '{near}'?"));
    }
    context.note_dry_run(applied.outcome.changed, &warnings);
    context.warn(&warnings);
    Ok(Exit::Done)
}

/// Carries out an edit: at most asks, at most writes, and gives what came of it.
pub(crate) fn carry_out(context: &Context, request: &Request<'_>) -> Result<Applied, CommandError> {
    let store = context.store()?;
    let dry_run = context.global.dry_run;
    let mut seen = None;
    if dry_run || (request.ask && context.can_ask() && !context.global.yes) {
        let now = store.load()?;
        let preview = apply(&store, &now, &request.edit)?;
        if dry_run {
            return Ok(preview);
        }
        if confirm(context, &preview)? {
            seen = Some(now);
        }
    }
    let changed = store.change(request.command, |snapshot| {
        still(&store, snapshot, seen.as_ref())?;
        settle(&store, snapshot, &request.edit)
    });
    changed.map_err(CommandError::from)
}

/// Refuses what a person said yes to when the settings are no longer those that were `seen` then: it could take away
/// what the person never saw. Where nobody was asked, nothing was seen, and all is well.
pub(crate) fn still(store: &Store, now: &Snapshot, seen: Option<&Snapshot>) -> Result<(), CommandError> {
    match seen {
        Some(seen) if seen.bytes() != now.bytes() => Err(CommandError::changed_meanwhile(&store.name())),
        _ => Ok(()),
    }
}

fn settle(store: &Store, snapshot: &Snapshot, edit: &Edit) -> Result<Change<Applied>, CommandError> {
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
    applied.after.warnings.extend(store.exposed(snapshot, &applied.after.settings));
    Ok(applied)
}

/// Asks before entries are dropped; false when there was nothing to ask.
fn confirm(context: &Context, preview: &Applied) -> Result<bool, CommandError> {
    let dropped = &preview.outcome.removed;
    if dropped.is_empty() {
        return Ok(false);
    }
    context.confirm(&this_removes(context, dropped)).map(|()| true)
}

/// What is said before entries are dropped.
pub(crate) fn this_removes(context: &Context, dropped: &[String]) -> String {
    format!("this removes:\n{}", render::settings::diff::removed(dropped, context.terminal.err).trim_end())
}

impl Context {
    /// Tells a person that a change stayed a thought, after a dry run, and that so do the warnings that follow.
    pub(crate) fn note_dry_run(&self, changed: bool, warnings: &[Warning]) {
        if changed && self.global.dry_run {
            self.note(match warnings.is_empty() {
                true => "dry run: nothing was written",
                false => "dry run: nothing was written; this would be warned of:",
            });
        }
    }
}
