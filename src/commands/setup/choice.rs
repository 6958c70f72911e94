//! The choice for each list in the guided setup: keep it, add to it, replace it, or go back to the defaults.

use crate::commands::context::Context;
use crate::config::settings::{Entry, List, Origin};
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

/// Carries out what the user `choose`s for a list. Entries are added or replaced by `change`, which returns false when the
/// user goes back to the choice.
pub(super) fn decide<T: Entry>(
    list: &mut List<T>,
    choose: impl Fn(&List<T>) -> Result<Choice, CommandError>,
    change: impl Fn(Choice, &mut Vec<T>) -> Result<bool, CommandError>,
) -> Result<(), CommandError> {
    loop {
        match choose(list)? {
            Choice::Keep => return Ok(()),
            Choice::Defaults => {
                *list = List::default();
                return Ok(());
            }
            choice => {
                let mut entries = list.entries.clone();
                let is_done = change(choice, &mut entries)?;
                *list = List::from_file(entries);
                if is_done {
                    return Ok(());
                }
            }
        }
    }
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
