//! A menu of emojis that a search has found.

use unicode_width::UnicodeWidthStr as _;

use crate::commands::context::Context;
use crate::config::emoji::Emoji;
use crate::error::CommandError;
use crate::terminal::room;

/// How many matches of a search are shown: they fit on a small terminal below the reactions.
const MOST_FINDS: usize = 10;

/// Lets the user choose one of the emojis that a search has found, or none; those among the `reactions` are marked.
pub(super) fn choose(
    context: &Context,
    question: &str,
    finds: &[Emoji],
    reactions: &[Emoji],
) -> Result<Option<Emoji>, CommandError> {
    let shown = &finds[..finds.len().min(MOST_FINDS)];
    let question = match finds.len() > shown.len() {
        true => format!("{question} (best {MOST_FINDS} of {})", finds.len()),
        false => question.to_owned(),
    };
    let mut items: Vec<_> =
        shown.iter().map(|emoji| label(emoji, reactions.contains(emoji), room())).collect();
    items.push("  none of these".to_owned());
    Ok(shown.get(context.dialog.choose(&question, &items, 0)?).copied())
}

/// A line of the menu, with the emojis aligned; the name is left out where it does not fit.
fn label(emoji: &Emoji, is_chosen: bool, most: usize) -> String {
    let mark = if is_chosen { "✓" } else { " " };
    let short = format!("{mark} {emoji} {}", emoji.short_name());
    let long = format!("{short} {}", emoji.name());
    if long.width() <= most { long } else { short }
}
