//! `cowork-calls config undo`: back to the version before, or to a version of the history.

use serde_json::json;

use super::apply::{between, touched_by};
use crate::commands::change::ensure_unchanged;
use crate::commands::context::Context;
use crate::config::file::load::{Loaded, load};
use crate::config::warnings::Warning;
use crate::error::{CommandError, Exit};
use crate::render;
use crate::store::{SavedVersion, Version};
use crate::terminal::paragraph::paragraph;

pub(super) fn run(context: &Context, id: Option<u64>) -> Result<Exit, CommandError> {
    let store = context.store()?;
    let mut seen = None;
    let target = if context.global.dry_run || (context.can_prompt() && !context.global.yes) {
        let now = store.load()?;
        let target = store.undo_target(&now, id)?;
        let changed = now.bytes().unwrap_or_default() != target.bytes.as_slice();
        let after = parse_version(&target)?;
        let diff = between(now.bytes().unwrap_or_default(), &after.settings);
        if context.global.dry_run {
            if !context.global.json && !context.global.quiet {
                context.print(&render::settings::diff::text(&diff, context.terminal.out))?;
            }
            report(context, &target.version, changed, &after.warnings)?;
            let before = now.bytes().unwrap_or_default();
            context.warn_after_edit(changed, &touched_by(before, &after.settings, &after.warnings));
            return Ok(Exit::Done);
        }
        if changed {
            let mut what = render::settings::diff::text(&diff, context.terminal.err);
            let version = &target.version;
            let words = format!("This restores version {}, {}", version.id, version.description());
            what += &paragraph(0, None, &words, context.terminal.err);
            context.confirm(&what, "Go on?")?;
            seen = Some(now);
        }
        Some(target.version.id)
    } else {
        id
    };
    let restored = store.undo(target, |now, target| {
        ensure_unchanged(&store, now, seen.as_ref())?;
        let Loaded { settings, mut warnings } = parse_version(target)?;
        warnings.extend(store.permission_warning(now, &settings));
        let before = now.bytes().unwrap_or_default();
        let touched = touched_by(before, &settings, &warnings);
        Ok((target.version.clone(), before != target.bytes.as_slice(), warnings, touched))
    });
    let (version, changed, warnings, touched) = restored.map_err(CommandError::from)?;
    report(context, &version, changed, &warnings)?;
    context.warn_after_edit(changed, &touched);
    Ok(Exit::Done)
}

/// Parses the settings of a version. A version that was edited by hand may have errors; it is not restored.
pub(super) fn parse_version(target: &SavedVersion) -> Result<Loaded, CommandError> {
    let name = format!("version {}", target.version.id);
    load(&target.bytes).map_err(|problems| CommandError::file(&name, problems))
}

fn report(
    context: &Context,
    version: &Version,
    changed: bool,
    warnings: &[Warning],
) -> Result<(), CommandError> {
    if context.global.json {
        let warnings = render::settings::json::warnings(warnings);
        return context.print_json(json!({"changed": changed, "restored": version.id, "warnings": warnings}));
    }
    if context.global.quiet {
        return Ok(());
    }
    match changed {
        true if context.global.dry_run => context.print(&format!("would restore version {}\n", version.id)),
        true => context.print(&format!("restored version {}\n", version.id)),
        false => context.print("unchanged\n"),
    }
}
