//! The choice for each list in the guided setup: keep it, go back to the defaults, or enter another.

use crate::commands::context::Context;
use crate::config::settings::{Entry, List, Origin};
use crate::error::CommandError;

/// Begins one of the four steps: STUN, TURN, reactions, policy.
pub(super) fn step(context: &Context, number: usize, title: &str) {
    context.dialog.head(&format!("{number} of 4  {title}"));
}

/// Asks what to do with a list, and returns the chosen one; none if the user wants to enter another. The defaults are
/// a choice only if they are not in effect already.
pub(super) fn choice<T: Entry>(
    context: &Context,
    question: &str,
    before: &List<T>,
    defaults: &str,
    own: &str,
) -> Result<Option<List<T>>, CommandError> {
    let mut choices = vec!["Keep these".to_owned(), own.to_owned()];
    if before.origin == Origin::Config {
        choices.push(defaults.to_owned());
    }
    Ok(match context.dialog.choose(question, &choices, 0)? {
        0 => Some(before.clone()),
        1 => None,
        _ => Some(List::default()),
    })
}
