//! The choice for each list in the guided setup: keep it, add to it, replace it, or go back to the defaults.

use crate::commands::context::Context;
use crate::config::settings::Origin;
use crate::error::CommandError;

/// What becomes of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choice {
    Keep,
    Add,
    Replace,
    Defaults,
}

/// Begins one of the four steps: STUN, TURN, reactions, policy.
pub(super) fn step(context: &Context, number: usize, title: &str) {
    context.dialog.head(&format!("{number} of 4  {title}"));
}

/// The choices for a list that has entries; `defaults` is offered unless they are in effect.
pub(super) fn choices<'a>(origin: Origin, add: &'a str, defaults: &'a str) -> Vec<(Choice, &'a str)> {
    let mut choices =
        vec![(Choice::Keep, "Keep these"), (Choice::Add, add), (Choice::Replace, "Replace these")];
    if origin == Origin::Config {
        choices.push((Choice::Defaults, defaults));
    }
    choices
}

/// Asks what to do with a list.
pub(super) fn choose(
    context: &Context,
    question: &str,
    choices: &[(Choice, &str)],
) -> Result<Choice, CommandError> {
    let words: Vec<_> = choices.iter().map(|(_, words)| (*words).to_owned()).collect();
    Ok(choices[context.dialog.choose(question, &words, 0)?].0)
}
