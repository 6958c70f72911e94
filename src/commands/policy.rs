//! `cowork-calls policy`: which connections clients may use.

use super::context::{Context, about};
use super::list::change::{self, Request};
use crate::config::edit::Edit;
use crate::config::file::apply::Loaded;
use crate::config::settings::{ListName, TransportPolicy};
use crate::error::{CommandError, Exit};
use crate::render;

pub(super) fn run(context: &Context, policy: Option<TransportPolicy>) -> Result<Exit, CommandError> {
    let Some(policy) = policy else {
        let loaded = context.load()?;
        return tell(context, false, &loaded, loaded.settings.policy.as_str());
    };
    let edit = Edit::Policy(policy);
    let request = Request { command: "policy", edit, list: ListName::Turn, ask: false, moved: "" };
    let applied = change::carry_out(context, &request)?;
    let changed = applied.outcome.changed;
    let text = match changed {
        true if context.global.dry_run => format!("the transport policy would be {}", policy.as_str()),
        true => format!("transport policy: {}", policy.as_str()),
        false => "unchanged".to_owned(),
    };
    tell(context, changed, &applied.after, if context.global.quiet { "" } else { &text })
}

fn tell(context: &Context, changed: bool, loaded: &Loaded, text: &str) -> Result<Exit, CommandError> {
    let mut warnings = about(&loaded.warnings, ListName::Turn);
    warnings.retain(|warning| warning.list().is_none() || warning.code() == "relay-without-turn");
    if context.global.json {
        context.print_json(&render::settings::json::policy(changed, &loaded.settings, &warnings))?;
    } else if !text.is_empty() {
        context.print(&format!("{text}\n"))?;
    }
    context.note_dry_run(changed, &warnings);
    context.warn(&warnings);
    Ok(Exit::Done)
}
