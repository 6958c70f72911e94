//! `cowork-calls setup`: all settings step by step at the terminal, and nothing written before the last yes.

use super::choice::{STEPS, step};
use super::{reactions, servers};
use crate::commands::config::apply;
use crate::commands::context::{Context, read};
use crate::config::settings::{Origin, Settings, TransportPolicy};
use crate::error::{Code, CommandError, Exit, UNCHANGED};
use crate::render;
use crate::store::Snapshot;

pub(crate) fn run(context: &Context) -> Result<Exit, CommandError> {
    if !context.can_ask() {
        let hint = "in scripts, use 'cowork-calls config apply'";
        return Err(CommandError::new(Code::MissingValue, "setup needs a terminal", hint));
    }
    let store = context.store()?;
    let began = store.load()?;
    let before = read(&store, &began)?.settings;
    context.dialog.tell(&format!("The settings in {}, step by step.", store.name()));
    context.dialog.tell("Nothing is saved before you have seen what changes; Ctrl-C leaves all as it is.");

    let wanted = Settings {
        stun: servers::stun(context, &before.stun)?,
        turn: servers::turn(context, &before.turn)?,
        reactions: reactions::ask(context, &before.reactions)?,
        policy: policy(context, &before)?,
        policy_origin: Origin::Config,
    };
    review(context, &began, &wanted)
}

/// Shows what changes, and saves it when the person agrees.
fn review(context: &Context, began: &Snapshot, wanted: &Settings) -> Result<Exit, CommandError> {
    let store = context.store()?;
    let now = store.load()?;
    let reached = apply::reach(&store, &now, wanted)?;
    context.dialog.head("What changes");
    if now.bytes() != began.bytes() {
        // Lists that were kept are kept as they were seen.
        context
            .dialog
            .tell("Another process changed the settings meanwhile: this is what your answers change now.");
    }
    if reached.diff.is_empty() {
        context.dialog.tell("Nothing: the settings stay as they are.");
        return Ok(Exit::Done);
    }
    context.dialog.say(render::settings::diff::text(&reached.diff, context.terminal.err).trim_end());
    for warning in &reached.after.warnings {
        context
            .dialog
            .say(render::messages::warning(warning, &store.name(), context.terminal.err).trim_end());
    }
    if context.global.dry_run {
        context.note_dry_run(true, &[]);
        return Ok(Exit::Done);
    }
    // Lists that are warned of make calls slow or fail: they are not saved by Enter alone.
    let harms = reached.after.warnings.iter().any(|warning| warning.list().is_some());
    let asks = !context.global.yes;
    if asks && !context.dialog.yes("Save?", !harms)? {
        context.note(UNCHANGED);
        return Err(CommandError::declined());
    }
    let (saved, _) = apply::save(&store, "setup", wanted, asks.then_some(&now))?;
    context.dialog.tell(&format!("Saved in {}.", store.name()));
    if saved.after.warnings != reached.after.warnings {
        context.warn(&saved.after.warnings);
    }
    context.dialog.tell("'cowork-calls show' shows it, 'cowork-calls config undo' takes it back.");
    Ok(Exit::Done)
}

fn policy(context: &Context, before: &Settings) -> Result<TransportPolicy, CommandError> {
    step(context, STEPS, "Transport policy: which connections clients may use");
    let policies = [TransportPolicy::All, TransportPolicy::Relay];
    let words = ["all: direct, or through TURN".to_owned(), "relay: through TURN only".to_owned()];
    context.dialog.tell("all: directly where that works, else through a TURN server.");
    context
        .dialog
        .tell("relay: only through a TURN server, so that participants do not see addresses of others.");
    let now = policies.iter().position(|policy| *policy == before.policy).unwrap_or_default();
    Ok(policies[context.dialog.choose("Policy", &words, now)?])
}
