//! `cowork-calls config apply` and `diff`: all settings at once, from a file.

use std::path::Path;

use crate::commands::context::Context;
use crate::commands::list::change::{ensure_unchanged, this_removes};
use crate::commands::{credentials, input};
use crate::config::diff::{self, Diff};
use crate::config::file::load::load;
use crate::config::file::replace::{self, Replacement};
use crate::config::settings::Settings;
use crate::config::warnings::Warning;
use crate::error::{CommandError, Exit};
use crate::render;
use crate::store::{Change, Snapshot, Store};

pub(crate) fn apply(context: &Context, file: &Path) -> Result<Exit, CommandError> {
    let wanted = wanted(file)?;
    let store = context.store()?;
    let (mut shown, mut seen) = (None, None);
    if context.global.dry_run || (context.can_prompt() && !context.global.yes) {
        let now = store.load()?;
        let preview = reach(&store, &now, &wanted)?;
        if context.global.dry_run {
            return tell(context, &preview, preview.bytes.is_some(), None);
        }
        let dropped = preview.diff.dropped();
        if !dropped.is_empty() {
            // Shown before the question, and not again afterwards.
            if !context.global.json {
                context.print(&render::settings::diff::text(&preview.diff, context.terminal.out))?;
            }
            let is_seen = !context.global.json && context.terminal.out.is_terminal;
            let what = match dropped.len() {
                1 if is_seen => "this removes 1 entry".to_owned(),
                count if is_seen => format!("this removes {count} entries"),
                _ => this_removes(context, &dropped),
            };
            context.confirm(&what)?;
            (shown, seen) = (Some(preview.diff), Some(now));
        }
    }
    let (reached, changed) = save(&store, "config apply", &wanted, seen.as_ref())?;
    tell(context, &reached, changed, shown.as_ref())
}

/// Makes `wanted` the settings in one save, and returns whether that changed the file. If a person was asked, the
/// settings must still be those that the person has `seen`.
pub(crate) fn save(
    store: &Store,
    command: &'static str,
    wanted: &Settings,
    seen: Option<&Snapshot>,
) -> Result<(Replacement, bool), CommandError> {
    let reached = store.change(command, |snapshot| {
        ensure_unchanged(store, snapshot, seen)?;
        let mut reached = reach(store, snapshot, wanted)?;
        Ok(match reached.bytes.take() {
            Some(bytes) => Change::Save(bytes, (reached, true)),
            None => Change::Unchanged((reached, false)),
        })
    });
    reached.map_err(CommandError::from)
}

pub(crate) fn diff(context: &Context, file: &Path) -> Result<Exit, CommandError> {
    let wanted = wanted(file)?;
    let store = context.store()?;
    let reached = reach(&store, &store.load()?, &wanted)?;
    let differs = !reached.diff.is_empty();
    if context.global.json {
        context.print_json(&render::settings::diff::json(&reached.diff, differs, &reached.after.warnings))?;
    } else if !context.global.quiet {
        let text = render::settings::diff::text(&reached.diff, context.terminal.out);
        context.print(if differs { &text } else { "no differences\n" })?;
    }
    context.warn(&reached.after.warnings);
    Ok(if differs { Exit::No } else { Exit::Done })
}

/// Reads the settings in the file, or from standard input.
fn wanted(file: &Path) -> Result<Settings, CommandError> {
    let (name, bytes) = input::whole(file)?;
    replace::parse(&bytes).map_err(|problems| CommandError::file(&name, problems).exiting(Exit::Usage))
}

/// Works out what replacing the settings by `wanted` changes.
pub(crate) fn reach(
    store: &Store,
    snapshot: &Snapshot,
    wanted: &Settings,
) -> Result<Replacement, CommandError> {
    let reached = crate::config::file::replace::replace(snapshot.bytes().unwrap_or_default(), wanted);
    let mut reached = reached.map_err(|error| CommandError::apply(error, &store.name()))?;
    reached.after.warnings.extend(store.permission_warning(snapshot, &reached.after.settings));
    Ok(reached)
}

fn tell(
    context: &Context,
    reached: &Replacement,
    changed: bool,
    shown: Option<&Diff>,
) -> Result<Exit, CommandError> {
    let mut warnings = reached.after.warnings.clone();
    warnings.extend(credentials::check_files(context, &reached.after.settings)?);
    tell_diff(context, &reached.diff, changed, &warnings, shown)
}

/// Prints what changed, unless it was `shown` before.
pub(crate) fn tell_diff(
    context: &Context,
    diff: &Diff,
    changed: bool,
    warnings: &[Warning],
    shown: Option<&Diff>,
) -> Result<Exit, CommandError> {
    if context.global.json {
        context.print_json(&render::settings::diff::json(diff, changed, warnings))?;
    } else if !context.global.quiet {
        let text = render::settings::diff::text(diff, context.terminal.out);
        match (changed, diff.is_empty()) {
            (false, _) => context.print("unchanged\n")?,
            (true, true) if context.global.dry_run => {
                context.print("only the text of the file would change, not the settings in effect\n")?;
            }
            (true, true) => {
                context.print("only the text of the file changed, not the settings in effect\n")?
            }
            (true, false) if shown == Some(diff) => context.print("done\n")?,
            (true, false) => context.print(&text)?,
        }
    }
    context.note_dry_run(changed, warnings);
    context.warn(warnings);
    Ok(Exit::Done)
}

/// How the settings in effect change with a new text of the file; a text with errors has no settings.
pub(crate) fn between(before: &[u8], after: &Settings) -> Diff {
    load(before).map(|before| diff::diff(&before.settings, after)).unwrap_or_default()
}
