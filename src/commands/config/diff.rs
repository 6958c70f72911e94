//! `cowork-calls config diff`: how the settings in effect differ from those in a file, or from a version of the history.

use std::path::Path;

use super::apply::{touched_by, wanted};
use super::undo::parse_version;
use crate::commands::change::{self, differences};
use crate::commands::context::{self, Context};
use crate::config::diff::{Diff, diff};
use crate::config::file::replace::replace;
use crate::config::warnings::Warning;
use crate::config::warnings::touched::touched;
use crate::error::{CommandError, Exit};
use crate::render;

/// Shows what `config apply` would change.
pub(super) fn with_file(context: &Context, file: &Path) -> Result<Exit, CommandError> {
    let (_, wanted) = wanted(context, file)?;
    let store = context.store()?;
    let applied = change::preview(&store, &store.load()?, &|bytes| replace(bytes, &wanted))?;
    let diff = differences(&applied);
    let differs = !diff.is_empty();
    let warnings = &applied.after.warnings;
    report(context, &diff, differs, warnings, &touched(warnings, &diff))
}

/// Shows what `config undo` would change, which restores the text of the file as well.
pub(super) fn with_version(context: &Context, id: u64) -> Result<Exit, CommandError> {
    let store = context.store()?;
    let now = store.load()?;
    let target = store.undo_target(&now, Some(id))?;
    let mut after = parse_version(&target)?;
    let before = context::read(&store, &now)?;
    after.warnings.extend(store.permission_warning(&now, &after.settings));
    let text = now.bytes().unwrap_or_default();
    let differs = text != target.bytes.as_slice();
    let touched = touched_by(text, &after.settings, &after.warnings);
    report(context, &diff(&before.settings, &after.settings), differs, &after.warnings, &touched)
}

fn report(
    context: &Context,
    diff: &Diff,
    differs: bool,
    warnings: &[Warning],
    touched: &[Warning],
) -> Result<Exit, CommandError> {
    if context.global.json {
        context.print_json(render::settings::diff::json(diff, differs, warnings))?;
    } else if !context.global.quiet {
        let text = render::settings::diff::text(diff, context.terminal.out);
        context.print(match (differs, diff.is_empty()) {
            (false, _) => "no differences\n",
            (true, true) => context.only_the_text(false),
            (true, false) => &text,
        })?;
    }
    context.warn(touched);
    Ok(if differs { Exit::No } else { Exit::Done })
}
