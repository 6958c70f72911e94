//! `cowork-calls policy`: which connections clients may use.

use super::change::{self, differences};
use super::context::Context;
use crate::config::edit::Edit;
use crate::config::file::apply::apply;
use crate::config::file::load::Loaded;
use crate::config::settings::TransportPolicy;
use crate::config::warnings::Warning;
use crate::config::warnings::touched::touched;
use crate::error::{CommandError, Exit};
use crate::render;

pub(super) fn run(context: &Context, policy: Option<TransportPolicy>) -> Result<Exit, CommandError> {
    let Some(policy) = policy else {
        let loaded = context.load()?;
        let warnings = report(context, false, &loaded, loaded.settings.policy.as_str())?;
        context.warn(&warnings);
        return Ok(Exit::Done);
    };
    let edit = Edit::Policy(policy);
    let applied = change::carry_out(context, "policy", &|bytes| apply(bytes, &edit), false, None)?.applied;
    let changed = applied.outcome.changed;
    let text = match changed {
        true if context.global.dry_run => format!("the transport policy would be {}", policy.as_str()),
        true => format!("transport policy: {}", policy.as_str()),
        false => "unchanged".to_owned(),
    };
    let warnings = report(context, changed, &applied.after, if context.global.quiet { "" } else { &text })?;
    context.warn_after_edit(changed, &touched(&warnings, &differences(&applied)));
    Ok(Exit::Done)
}

/// Prints a result. Returns the warnings about the policy and about the file as a whole, which JSON contains.
fn report(
    context: &Context,
    changed: bool,
    loaded: &Loaded,
    text: &str,
) -> Result<Vec<Warning>, CommandError> {
    let is_ours = |warning: &&Warning| warning.list().is_none() || **warning == Warning::RelayWithoutTurn;
    let warnings: Vec<_> = loaded.warnings.iter().filter(is_ours).cloned().collect();
    if context.global.json {
        context.print_json(render::settings::json::policy(changed, &loaded.settings, &warnings))?;
    } else if !text.is_empty() {
        context.print(&format!("{text}\n"))?;
    }
    Ok(warnings)
}
