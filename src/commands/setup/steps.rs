//! `cowork-calls setup`: all settings step by step; nothing is saved before the final confirmation.

use super::choice::step;
use super::{reactions, servers};
use crate::commands::change::{self, differences};
use crate::commands::context::{Context, read};
use crate::config::file::replace::replace;
use crate::config::settings::{Settings, TransportPolicy};
use crate::config::warnings::touched::touched;
use crate::error::{Code, CommandError, Exit, UNCHANGED};
use crate::render;
use crate::store::Snapshot;

pub(crate) fn run(context: &Context) -> Result<Exit, CommandError> {
    if !context.can_prompt() {
        let hint = "in scripts, use 'cowork-calls config apply'";
        return Err(CommandError::new(Code::MissingValue, "setup needs a terminal", hint));
    }
    let store = context.store()?;
    let began = store.load()?;
    let before = read(&store, &began)?.settings;
    context.dialog.tell(&format!("Setting up {}.", store.name()));
    context.dialog.tell("Nothing is saved before you confirm the changes. Press Ctrl-C to cancel.");

    let wanted = Settings {
        stun: servers::stun(context, &before.stun)?,
        turn: servers::turn(context, &before.turn)?,
        reactions: reactions::reactions(context, &before.reactions)?,
        policy: policy(context, &before)?,
    };
    review(context, &began, &wanted)
}

/// Shows the changes, and saves them if the user agrees.
fn review(context: &Context, began: &Snapshot, wanted: &Settings) -> Result<Exit, CommandError> {
    let store = context.store()?;
    let now = store.load()?;
    let edit = |bytes: &[u8]| replace(bytes, wanted);
    let preview = change::preview(&store, &now, &edit)?;
    let diff = differences(&preview);
    context.dialog.head("Changes");
    if now.bytes() != began.bytes() {
        // A list that was kept is saved as the user saw it.
        context.dialog.tell("Another process changed the settings meanwhile. Your answers now change this:");
    }
    if diff.is_empty() {
        context.dialog.tell("No changes.");
        return Ok(Exit::Done);
    }
    context.say(&render::settings::diff::text(&diff, context.terminal.err));
    let warnings = touched(&preview.after.warnings, &diff);
    for warning in &warnings {
        context.say(&render::messages::warning(warning, &store.name(), context.terminal.err));
    }
    if context.global.dry_run {
        context.warn_after_edit(true, &[]);
        return Ok(Exit::Done);
    }
    // A list with a warning makes calls slow or fail: Enter alone does not save it.
    let harms = warnings.iter().any(|warning| warning.list().is_some());
    let asks = !context.global.yes;
    if asks && !context.dialog.yes("Save?", !harms)? {
        context.note(UNCHANGED);
        return Err(CommandError::declined());
    }
    let saved = change::save(&store, "setup", &edit, asks.then_some(&now))?;
    context.dialog.tell(&format!("Saved in {}.", store.name()));
    let saved = touched(&saved.after.warnings, &differences(&saved));
    if saved != warnings {
        context.warn(&saved);
    }
    context.dialog.tell("See it with 'cowork-calls show'; revert it with 'cowork-calls config undo'.");
    Ok(Exit::Done)
}

fn policy(context: &Context, before: &Settings) -> Result<TransportPolicy, CommandError> {
    step(context, 4, "Transport policy: which connections clients may use");
    let policies = [TransportPolicy::All, TransportPolicy::Relay];
    let words = ["all: direct, or through TURN".to_owned(), "relay: through TURN only".to_owned()];
    context.dialog.tell("all: direct connections, and TURN where they fail.");
    context.dialog.tell("relay: TURN only, so participants do not see each other's addresses.");
    let now = policies.iter().position(|policy| *policy == before.policy).unwrap_or_default();
    Ok(policies[context.dialog.choose("Policy", &words, now)?])
}
