//! `cowork-calls setup`: all settings step by step at the terminal, and nothing written before the last yes.

use std::io::Write as _;

use super::{reactions, servers};
use crate::commands::config::apply;
use crate::commands::context::{Context, read};
use crate::commands::list::targets::require_terminal;
use crate::commands::prompt;
use crate::config::settings::{List, Origin, Settings, TransportPolicy};
use crate::error::{Failure, UNCHANGED};
use crate::exit::Exit;
use crate::render;
use crate::store::Snapshot;
use crate::terminal::Style;
use crate::terminal::paragraph::paragraph;

/// How many questions there are: STUN, TURN, reactions, policy.
const STEPS: usize = 4;

pub(crate) fn run(context: &Context) -> Result<Exit, Failure> {
    require_terminal(
        context,
        "every answer",
        "in scripts, give all settings to 'cowork-calls config apply'",
    )?;
    let store = context.store()?;
    let began = store.load()?;
    let before = read(&store, &began)?.settings;
    context.tell(&format!("The settings in {}, step by step.", store.name()));
    context.tell("Nothing is saved before you have seen what changes; Ctrl-C leaves all as it is.");

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
fn review(context: &Context, began: &Snapshot, wanted: &Settings) -> Result<Exit, Failure> {
    let store = context.store()?;
    let now = store.load()?;
    let reached = apply::reach(&store, &now, wanted)?;
    context.head("What changes");
    if now.bytes() != began.bytes() {
        // Lists that were kept are kept as they were seen.
        context.tell(
            "The settings were changed by somebody else meanwhile: this is what your answers change now.",
        );
    }
    if reached.diff.is_empty() {
        context.tell("Nothing: the settings stay as they are.");
        return Ok(Exit::Done);
    }
    context.say(render::settings::diff::text(&reached.diff, context.terminal.err).trim_end());
    for warning in &reached.after.warnings {
        context.say(render::messages::warning(warning, &store.name(), context.terminal.err).trim_end());
    }
    if context.global.dry_run {
        context.note_dry_run(true, &[]);
        return Ok(Exit::Done);
    }
    // Lists that are warned of make calls slow or fail: they are not saved by Enter alone.
    let harms = reached.after.warnings.iter().any(|warning| warning.list().is_some());
    let asks = !context.global.yes;
    if asks && !prompt::yes(context, "Save?", !harms)? {
        context.note(UNCHANGED);
        return Err(Failure::Declined);
    }
    let (saved, _) = apply::save(&store, "setup", wanted, asks.then_some(&now))?;
    context.tell(&format!("Saved in {}.", store.name()));
    if saved.after.warnings != reached.after.warnings {
        context.warn(&saved.after.warnings);
    }
    context.tell("'cowork-calls show' shows it, 'cowork-calls config undo' takes it back.");
    Ok(Exit::Done)
}

fn policy(context: &Context, before: &Settings) -> Result<TransportPolicy, Failure> {
    context.step(STEPS, "Transport policy: which connections clients may use");
    let policies = [TransportPolicy::All, TransportPolicy::Relay];
    let words = ["all: direct, or through TURN".to_owned(), "relay: through TURN only".to_owned()];
    context.tell("all: directly where that works, else through a TURN server.");
    context.tell("relay: only through a TURN server, so that participants do not see addresses of others.");
    let now = policies.iter().position(|policy| *policy == before.policy).unwrap_or_default();
    Ok(policies[prompt::choose_from(context, "Policy", &words, now)?])
}

/// What can be done with a list, in the words of its menu.
pub(crate) enum Choice {
    /// As it is.
    Keep,
    /// The defaults instead.
    Defaults,
    /// Entries of one's own.
    Own,
}

/// Asks what to do with a list: its defaults are no choice of their own where they are in effect already.
pub(crate) fn choice(
    context: &Context,
    question: &str,
    origin: Origin,
    defaults: &str,
    own: &str,
) -> Result<Choice, Failure> {
    let mut choices = vec![(Choice::Keep, "Keep these"), (Choice::Own, own)];
    if origin == Origin::Config {
        choices.push((Choice::Defaults, defaults));
    }
    let words: Vec<_> = choices.iter().map(|(_, word)| (*word).to_owned()).collect();
    let chosen = prompt::choose(context, question, &words)?;
    Ok(choices.into_iter().nth(chosen).map_or(Choice::Keep, |(choice, _)| choice))
}

/// A list of which nothing is configured.
pub(crate) fn defaults<T>() -> List<T> {
    List { entries: Vec::new(), origin: Origin::Default }
}

impl Context {
    /// Says something in the course of a conversation, which goes to standard error as questions do.
    pub(crate) fn say(&self, text: &str) {
        let _ = writeln!(std::io::stderr(), "{text}");
    }

    /// Says sentences, which go to the next line between words.
    pub(crate) fn tell(&self, text: &str) {
        let mut lines = String::new();
        paragraph(&mut lines, 0, None, text, self.terminal.err);
        self.say(lines.trim_end());
    }

    /// Begins a part of the conversation.
    pub(crate) fn head(&self, title: &str) {
        self.say(&format!("\n{}", self.terminal.err.paint(Style::Bold, title)));
    }

    /// Begins a step.
    pub(crate) fn step(&self, number: usize, title: &str) {
        self.head(&format!("{number} of {STEPS}  {title}"));
    }
}
