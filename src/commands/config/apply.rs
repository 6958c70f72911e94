//! `cowork-calls config apply`: all settings at once, from a file.

use std::path::Path;

use crate::commands::change::{self, differences, this_removes};
use crate::commands::context::Context;
use crate::commands::{credentials, input};
use crate::config::diff::{self, Diff};
use crate::config::file::apply::Applied;
use crate::config::file::load::load;
use crate::config::file::replace::{adopt, parse, replace};
use crate::config::settings::Settings;
use crate::config::warnings::Warning;
use crate::config::warnings::touched::{touched, touched_by_text};
use crate::error::{CommandError, Exit};
use crate::render;

pub(super) fn apply(context: &Context, file: &Path, probes: bool) -> Result<Exit, CommandError> {
    let (text, wanted) = wanted(context, file)?;
    // Settings that move into an engine keep their comments.
    let adopts = context.is_shared();
    let mut is_shown = false;
    let mut confirm = |preview: &Applied| {
        let diff = differences(preview);
        let dropped = diff.dropped();
        if dropped.is_empty() {
            return Ok(None);
        }
        // Shown before the question, and not again afterwards.
        if !context.global.json {
            let text = render::settings::diff::text(&diff, context.terminal.out);
            // The verdicts follow.
            context.print(&if probes { text + "\n" } else { text })?;
        }
        let is_seen = !context.global.json && context.terminal.out.is_terminal;
        let what = match dropped.len() {
            1 if is_seen => "This removes 1 entry".to_owned(),
            count if is_seen => format!("This removes {count} entries"),
            _ => this_removes(context, &dropped),
        };
        is_shown = true;
        Ok(Some(what))
    };
    let edit = |bytes: &[u8]| {
        let adopted = (adopts && bytes.is_empty()).then(|| adopt(&text)).flatten();
        adopted.unwrap_or_else(|| replace(bytes, &wanted))
    };
    let made = change::carry_out(context, "config apply", &edit, probes, Some(&mut confirm))?;
    let (diff, changed) = (differences(&made.applied), made.applied.outcome.changed);
    let mut warnings = made.applied.after.warnings.clone();
    warnings.extend(credentials::check_files(context, &made.applied.after.settings)?);
    if context.global.json {
        let document = render::settings::diff::json(&diff, changed, &warnings);
        made.print_json(context, document)?;
    } else if !made.is_refused {
        tell_diff(context, &diff, changed, &warnings, is_shown)?;
    }
    context.warn_after_edit(changed, &made.unshown(touched(&warnings, &diff)));
    made.end()
}

/// Reads the settings in the file, or from standard input; returns their text, too.
pub(super) fn wanted(context: &Context, file: &Path) -> Result<(Vec<u8>, Settings), CommandError> {
    let (name, bytes) = input::whole(context, file, "settings")?;
    let settings =
        parse(&bytes).map_err(|problems| CommandError::file(&name, problems).exiting(Exit::Usage))?;
    Ok((bytes, settings))
}

/// Prints what changed, unless it `is_shown` already.
pub(super) fn tell_diff(
    context: &Context,
    diff: &Diff,
    changed: bool,
    warnings: &[Warning],
    is_shown: bool,
) -> Result<(), CommandError> {
    if context.global.json {
        context.print_json(render::settings::diff::json(diff, changed, warnings))?;
    } else if !context.global.quiet {
        let text = render::settings::diff::text(diff, context.terminal.out);
        context.print(match (changed, diff.is_empty()) {
            (false, _) => "unchanged\n",
            (true, true) => context.only_the_text(!context.global.dry_run),
            (true, false) if is_shown => "done\n",
            (true, false) => &text,
        })?;
    }
    Ok(())
}

/// How the settings in effect change with a new text of the file; a text with errors has no settings.
pub(super) fn between(before: &[u8], after: &Settings) -> Diff {
    load(before).map(|before| diff::diff(&before.settings, after)).unwrap_or_default()
}

/// Those of the `warnings` about a new text of the file that concern what it changes: all, if the text before has errors.
pub(super) fn touched_by(before: &[u8], after: &Settings, warnings: &[Warning]) -> Vec<Warning> {
    match load(before) {
        Ok(before) => touched_by_text(warnings, &before.warnings, &diff::diff(&before.settings, after)),
        Err(_) => warnings.to_vec(),
    }
}
