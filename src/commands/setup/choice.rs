//! What can be done with a list in the guided set-up: keep it, go back to its defaults, or enter another.

use crate::commands::context::Context;
use crate::config::settings::{List, Origin};
use crate::error::CommandError;

/// How many questions there are: STUN, TURN, reactions, policy.
pub(super) const STEPS: usize = 4;

/// Begins a step.
pub(super) fn step(context: &Context, number: usize, title: &str) {
    context.dialog.head(&format!("{number} of {STEPS}  {title}"));
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
) -> Result<Choice, CommandError> {
    let mut choices = vec![(Choice::Keep, "Keep these"), (Choice::Own, own)];
    if origin == Origin::Config {
        choices.push((Choice::Defaults, defaults));
    }
    let words: Vec<_> = choices.iter().map(|(_, word)| (*word).to_owned()).collect();
    let chosen = context.dialog.choose(question, &words, 0)?;
    Ok(choices.into_iter().nth(chosen).map_or(Choice::Keep, |(choice, _)| choice))
}

/// A list of which nothing is configured.
pub(crate) fn defaults<T>() -> List<T> {
    List { entries: Vec::new(), origin: Origin::Default }
}
