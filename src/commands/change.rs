//! One change of the settings: shown and confirmed first where it must be, then saved.

use super::context::Context;
use crate::config::diff::{self, Diff};
use crate::config::file::apply::{Applied, ApplyError};
use crate::error::CommandError;
use crate::render;
use crate::store::{Change, Snapshot, Store};

/// Works out what becomes of the bytes of the settings file.
pub(super) type Rewrite<'a> = &'a dyn Fn(&[u8]) -> Result<Applied, ApplyError>;

/// Shows the user what a change would do, and asks if it must; returns whether it asked.
pub(super) type Confirm<'a> = &'a mut dyn FnMut(&Applied) -> Result<bool, CommandError>;

/// Makes a change and returns what it did, or would do in a dry run. With `confirm`, a user who can answer sees it
/// before anything is saved.
pub(super) fn carry_out(
    context: &Context,
    command: &str,
    rewrite: Rewrite<'_>,
    confirm: Option<Confirm<'_>>,
) -> Result<Applied, CommandError> {
    let store = context.store()?;
    if context.global.dry_run {
        return preview(&store, &store.load()?, rewrite);
    }
    let mut seen = None;
    if let Some(confirm) = confirm.filter(|_| context.can_prompt() && !context.global.yes) {
        let now = store.load()?;
        if confirm(&preview(&store, &now, rewrite)?)? {
            seen = Some(now);
        }
    }
    save(&store, command, rewrite, seen.as_ref())
}

/// Saves a change; the settings must still be those that the user has `seen`.
pub(super) fn save(
    store: &Store,
    command: &str,
    rewrite: Rewrite<'_>,
    seen: Option<&Snapshot>,
) -> Result<Applied, CommandError> {
    let saved = store.change(command, |now| {
        ensure_unchanged(store, now, seen)?;
        let mut applied = preview(store, now, rewrite)?;
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
        ApplyError::File(problems) => CommandError::file(&store.name(), problems),
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
