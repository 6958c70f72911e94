//! One change of the settings: shown and confirmed first where it must be, then saved.

use serde_json::Value;

use super::context::{Context, read};
use super::probe::before_save::Probed;
use crate::config::diff::{self, Diff};
use crate::config::edit::Outcome;
use crate::config::file::apply::{Applied, ApplyError};
use crate::config::warnings::Warning;
use crate::error::{CommandError, Exit};
use crate::render;
use crate::store::{Change, Snapshot, Store};

/// Works out what becomes of the bytes of the settings file.
pub(super) type Rewrite<'a> = &'a dyn Fn(&[u8]) -> Result<Applied, ApplyError>;

/// Says what a change would do if the user has to agree to it.
pub(super) type Confirm<'a> = &'a mut dyn FnMut(&Applied) -> Result<Option<String>, CommandError>;

/// What must still be true when a change is saved.
#[derive(Clone, Copy)]
pub(super) enum Basis<'a> {
    /// Nothing: the change is made to the settings as they are then.
    None,
    /// The settings are those that the user saw and agreed to change: else the change could remove what the user never saw.
    Seen(&'a Snapshot),
    /// No other servers are new than those that were probed.
    Probed(&'a Diff),
}

/// What a change did, or would do in a dry run.
pub(super) struct Made {
    /// What it did: nothing if it `is_refused`.
    pub(super) applied: Applied,
    probed: Option<Probed>,
    /// Whether it was not made because a new server failed.
    pub(super) is_refused: bool,
}

/// Makes a change and returns what it did, or would do in a dry run. With `confirm`, a user who can answer sees it
/// before anything is saved. If it `probes`, new servers must work, or the user must want them all the same.
pub(super) fn carry_out(
    context: &Context,
    command: &str,
    rewrite: Rewrite<'_>,
    probes: bool,
    confirm: Option<Confirm<'_>>,
) -> Result<Made, CommandError> {
    let store = context.store()?;
    let asks = context.can_prompt() && !context.global.yes && !context.global.dry_run;
    let confirm = confirm.filter(|_| asks);
    if !probes && confirm.is_none() {
        let applied = match context.global.dry_run {
            true => preview(&store, &store.load()?, rewrite)?,
            false => save(&store, command, rewrite, Basis::None)?,
        };
        return Ok(Made { applied, probed: None, is_refused: false });
    }
    let now = store.load()?;
    let applied = preview(&store, &now, rewrite)?;
    let new = differences(&applied);
    let probed = probes.then(|| Probed::new_in(context, &new)).transpose()?;
    let failed = probed.as_ref().filter(|probed| probed.failed());
    if let Some(failed) = failed.filter(|_| !asks && !context.global.yes) {
        // The refusal is reported even if nobody reads the verdicts.
        let _ = failed.print(context);
        return refused(&store, probed);
    }
    let is_asked = asks && ask(context, &applied, probed.as_ref(), confirm)?;
    let basis = match is_asked {
        true => Basis::Seen(&now),
        false if probes => Basis::Probed(&new),
        false => Basis::None,
    };
    let made = match context.global.dry_run {
        true => Ok(applied),
        false => save(&store, command, rewrite, basis),
    };
    if let Some(probed) = probed.as_ref().filter(|_| !is_asked) {
        let printed = probed.print(context);
        // Why nothing was saved is the error to report, even if nobody reads the verdicts.
        if made.is_ok() {
            printed?;
        }
    }
    Ok(Made { applied: made?, probed, is_refused: false })
}

/// A change that was not made: the settings are as they are now.
fn refused(store: &Store, probed: Option<Probed>) -> Result<Made, CommandError> {
    let mut after = read(store, &store.load()?)?;
    let before = after.settings.clone();
    after.warnings.extend_from_slice(probed.as_ref().map(Probed::shown_warnings).unwrap_or_default());
    let applied = Applied { bytes: None, outcome: Outcome::default(), before, after };
    Ok(Made { applied, probed, is_refused: true })
}

/// Asks whether to make a change that the user has to agree to, or whose new servers failed; returns whether it asked.
fn ask(
    context: &Context,
    applied: &Applied,
    probed: Option<&Probed>,
    confirm: Option<Confirm<'_>>,
) -> Result<bool, CommandError> {
    let what = confirm.map(|confirm| confirm(applied)).transpose()?.flatten();
    let has_failed = probed.is_some_and(Probed::failed);
    if what.is_none() && !has_failed {
        return Ok(false);
    }
    if let Some(probed) = probed {
        probed.show(context);
    }
    context.confirm(&what.unwrap_or_default(), if has_failed { "Save all the same?" } else { "Go on?" })?;
    Ok(true)
}

impl Made {
    /// Prints the document of the change, with the verdicts of its probe if there was one.
    pub(super) fn print_json(&self, context: &Context, mut document: Value) -> Result<(), CommandError> {
        if let Some(probed) = &self.probed {
            document["probe"] = probed.json();
        }
        let printed = context.print_json(document);
        // A refusal is the error to report, even if nobody reads the document.
        if self.is_refused { Ok(()) } else { printed }
    }

    /// Returns those of the `warnings` that were not shown with the verdicts of the probe.
    pub(super) fn unshown(&self, mut warnings: Vec<Warning>) -> Vec<Warning> {
        let shown = self.probed.as_ref().map(Probed::shown_warnings).unwrap_or_default();
        warnings.retain(|warning| !shown.contains(&warning.before_save()));
        warnings
    }

    /// How the command ends.
    pub(super) fn end(&self) -> Result<Exit, CommandError> {
        match &self.probed {
            Some(probed) if self.is_refused => Err(probed.error()),
            _ => Ok(Exit::Done),
        }
    }
}

/// Saves a change if its basis is still true.
pub(super) fn save(
    store: &Store,
    command: &str,
    rewrite: Rewrite<'_>,
    basis: Basis<'_>,
) -> Result<Applied, CommandError> {
    let saved = store.change(command, |now| {
        if let Basis::Seen(seen) = basis {
            ensure_unchanged(store, now, Some(seen))?;
        }
        let mut applied = preview(store, now, rewrite)?;
        if let Basis::Probed(probed) = basis
            && !differences(&applied).adds_only_servers_of(probed)
        {
            return Err(CommandError::changed_meanwhile(&store.name()));
        }
        Ok(match applied.bytes.take() {
            Some(bytes) => Change::Save(bytes, applied),
            None => Change::Unchanged(applied),
        })
    });
    saved.map_err(CommandError::from)
}

/// Works out what a change makes of the settings, without saving it.
pub(super) fn preview(store: &Store, now: &Snapshot, rewrite: Rewrite<'_>) -> Result<Applied, CommandError> {
    let mut applied = rewrite(now.bytes().unwrap_or_default()).map_err(|error| match error {
        ApplyError::File(problems) => CommandError::settings(&store.name(), problems),
        ApplyError::Edit(error) => error.into(),
    })?;
    applied.after.warnings.extend(store.permission_warning(now, &applied.after.settings));
    applied.after.warnings.extend(store.history_warning());
    Ok(applied)
}

/// Fails when the settings differ from those that the user has `seen` and agreed to change: the change could remove
/// what the user never saw. Without a question nothing was seen, and nothing is compared.
pub(super) fn ensure_unchanged(
    store: &Store,
    now: &Snapshot,
    seen: Option<&Snapshot>,
) -> Result<(), CommandError> {
    match seen {
        Some(seen) if seen.bytes() != now.bytes() => Err(CommandError::changed_meanwhile(&store.name())),
        _ => Ok(()),
    }
}

/// How a change alters the settings in effect.
pub(super) fn differences(applied: &Applied) -> Diff {
    diff::diff(&applied.before, &applied.after.settings)
}

/// The question before entries are removed.
pub(super) fn this_removes(context: &Context, removed: &[String]) -> String {
    format!("This removes:\n{}", render::settings::diff::removed(removed, context.terminal.err))
}
