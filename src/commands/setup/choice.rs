//! The choice for each list in the guided setup: keep it, go back to the defaults, or enter another.

use crate::commands::context::Context;
use crate::config::settings::{List, Origin};
use crate::error::CommandError;

/// The number of steps: STUN, TURN, reactions, policy.
pub(super) const STEPS: usize = 4;

/// Begins a step.
pub(super) fn step(context: &Context, number: usize, title: &str) {
    context.dialog.head(&format!("{number} of {STEPS}  {title}"));
}

/// What to do with a list.
pub(crate) enum Choice {
    /// Keep it.
    Keep,
    /// Use the defaults.
    Defaults,
    /// Enter another list.
    Own,
}

/// Asks what to do with a list; the defaults are a choice only if they are not in effect already.
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

/// A list without entries in the file.
pub(crate) fn defaults<T>() -> List<T> {
    List { entries: Vec::new(), origin: Origin::Default }
}
