//! The reactions in the guided set-up: chosen from all emojis, which are searched by name.

use super::choice::{Choice, choice, defaults, step};
use crate::commands::context::Context;
use crate::config::emoji::Emoji;
use crate::config::settings::{List, Origin};
use crate::error::CommandError;
use crate::render;

/// How many finds of a search are shown: they fit a small terminal together with what is above them.
const MOST_FINDS: usize = 10;

/// The reactions.
pub(crate) fn ask(context: &Context, before: &List<Emoji>) -> Result<List<Emoji>, CommandError> {
    step(context, 3, "Reactions: the emojis that participants may send");
    show(context, &before.entries);
    let defaults_word = "Use those that come with the program";
    match choice(context, "Reactions to use", before.origin, defaults_word, "Change them")? {
        Choice::Keep => Ok(before.clone()),
        Choice::Defaults => Ok(defaults()),
        Choice::Own => chosen(context, before.entries.clone()),
    }
}

/// Lets emojis be searched; one that is chosen already goes again.
fn chosen(context: &Context, mut reactions: Vec<Emoji>) -> Result<List<Emoji>, CommandError> {
    context.dialog.tell("Type a part of a name, or an emoji, to take it in or out again.");
    while let Some(text) = context.dialog.optional_line("Search (empty: done)")? {
        let Some(emoji) = find(context, &text, &reactions)? else { continue };
        match reactions.iter().position(|reaction| *reaction == emoji) {
            Some(index) => drop(reactions.remove(index)),
            None => reactions.push(emoji),
        }
        show(context, &reactions);
    }
    if reactions.is_empty() {
        context.dialog.tell("None was chosen, so the defaults are used.");
        return Ok(defaults());
    }
    Ok(List { entries: reactions, origin: Origin::Config })
}

/// Lets one of the emojis be chosen that a text finds.
fn find(context: &Context, text: &str, reactions: &[Emoji]) -> Result<Option<Emoji>, CommandError> {
    let finds = Emoji::search(text);
    if finds.is_empty() {
        context.dialog.tell("No emoji has this in its name.");
        return Ok(None);
    }
    let shown = &finds[..finds.len().min(MOST_FINDS)];
    let question = match finds.len() > shown.len() {
        true => format!("Take in or out (best {MOST_FINDS} of {})", finds.len()),
        false => "Take in or out".to_owned(),
    };
    let mut items: Vec<_> = shown
        .iter()
        .map(|emoji| label(emoji, reactions.contains(emoji), crate::terminal::prompt::room()))
        .collect();
    items.push("  none of these".to_owned());
    Ok(shown.get(context.dialog.choose(&question, &items, 0)?).copied())
}

/// A line of the finds, in which pictures stand below each other. The name goes where it does not fit.
fn label(emoji: &Emoji, is_chosen: bool, most: usize) -> String {
    let mark = if is_chosen { "✓" } else { " " };
    let short = format!("{mark} {emoji} {}", emoji.short_name());
    let long = format!("{short} {}", emoji.name());
    if long.len() <= most { long } else { short }
}

fn show(context: &Context, reactions: &[Emoji]) {
    context
        .dialog
        .say(render::settings::table::reactions_side_by_side(reactions, context.terminal.err).trim_end());
}
