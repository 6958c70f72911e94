//! `cowork-calls setup`: all settings step by step; nothing is saved before the final confirmation.

use super::choice::step;
use super::{reactions, servers};
use crate::commands::change::{self, Basis, differences};
use crate::commands::context::{Context, read};
use crate::config::file::replace::replace;
use crate::config::settings::{Settings, TransportPolicy};
use crate::config::warnings::touched::touched;
use crate::error::{Code, CommandError, Exit, UNCHANGED};
use crate::render;
use crate::store::Snapshot;
use crate::text::suggestion::with_option;

/// What each step asks and changes.
type Step = fn(&Context, &mut Settings) -> Result<(), CommandError>;

/// The steps before the review.
const STEPS: [Step; 4] = [servers::stun, servers::turn, reactions::reactions, policy];

pub(crate) fn run(context: &Context) -> Result<Exit, CommandError> {
    if !context.can_prompt() {
        let hint = "in scripts, use 'cowork-calls config apply'";
        return Err(CommandError::new(Code::MissingValue, "setup needs a terminal", hint));
    }
    let store = context.store()?;
    let began = store.load()?;
    let before = read(&store, &began)?.settings;
    context.dialog.tell(&format!("Setting up {}.", store.name()));
    context.dialog.tell("Nothing is saved before you confirm the changes.");
    context.dialog.go_back_on_escape();

    let mut wanted = before;
    let mut done = 0;
    loop {
        let Some(step) = STEPS.get(done) else {
            match context.dialog.unless_back(confirmed(context, &began, &wanted))? {
                Some(true) => return Ok(Exit::Done),
                Some(false) => break,
                None => done -= 1,
            }
            continue;
        };
        match context.dialog.unless_back(step(context, &mut wanted))? {
            Some(()) => done += 1,
            None if done == 0 => break,
            None => done -= 1,
        }
    }
    context.note(UNCHANGED);
    Err(CommandError::declined())
}

/// Shows the changes, and saves them if the user agrees; returns false if not.
fn confirmed(context: &Context, began: &Snapshot, wanted: &Settings) -> Result<bool, CommandError> {
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
        return Ok(true);
    }
    context.say(&render::settings::diff::text(&diff, context.terminal.err));
    let warnings = touched(&preview.after.warnings, &diff);
    for warning in &warnings {
        context.say(&render::messages::warning(
            warning,
            &store.name(),
            &context.global.settings_option(),
            context.terminal.err,
        ));
    }
    if context.global.dry_run {
        context.warn_after_edit(true, &[]);
        return Ok(true);
    }
    // A list with a warning makes calls slow or fail: Enter alone does not save it.
    let harms = warnings.iter().any(|warning| warning.list().is_some());
    let asks = !context.global.yes;
    if asks && !context.dialog.yes_or_back("Save?", !harms)? {
        return Ok(false);
    }
    let basis = if asks { Basis::Seen(&now) } else { Basis::None };
    let saved = change::save(&store, "setup", &edit, basis)?;
    context.dialog.tell(&format!("Saved in {}.", store.name()));
    let saved = touched(&saved.after.warnings, &differences(&saved));
    if saved != warnings {
        context.warn(&saved);
    }
    let end = "See it with 'cowork-calls show'; revert it with 'cowork-calls config undo'.";
    context.dialog.tell(&with_option(end, &context.global.settings_option()));
    Ok(true)
}

fn policy(context: &Context, settings: &mut Settings) -> Result<(), CommandError> {
    step(context, 4, "Transport policy: which connections clients may use");
    let policies = [TransportPolicy::All, TransportPolicy::Relay];
    let words = ["all: direct, or through TURN".to_owned(), "relay: through TURN only".to_owned()];
    context.dialog.tell("all: direct connections, and TURN where they fail.");
    context.dialog.tell("relay: TURN only, so participants do not see each other's addresses.");
    let now = policies.iter().position(|policy| *policy == settings.policy).unwrap_or_default();
    settings.policy = policies[context.dialog.choose("Policy", &words, now)?];
    Ok(())
}
