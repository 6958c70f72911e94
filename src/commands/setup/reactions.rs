//! The reactions in the guided setup, found by searching all emojis.

use super::choice::{choice, step};
use crate::commands::context::Context;
use crate::config::emoji::Emoji;
use crate::config::settings::List;
use crate::error::CommandError;
use crate::render;

/// How many matches of a search are shown: they fit on a small terminal below the reactions.
const MOST_FINDS: usize = 10;

/// The reactions.
pub(crate) fn reactions(context: &Context, before: &List<Emoji>) -> Result<List<Emoji>, CommandError> {
    step(context, 3, "Reactions: the emojis that participants may send");
    show(context, &before.entries);
    match choice(context, "Reactions to use", before, "Use the defaults", "Change them")? {
        Some(list) => Ok(list),
        None => chosen(context, before.entries.clone()),
    }
}

/// Lets the user search for emojis; choosing one again removes it.
fn chosen(context: &Context, mut reactions: Vec<Emoji>) -> Result<List<Emoji>, CommandError> {
    context.dialog.tell("Type part of a name, or an emoji, to add or remove it.");
    while let Some(text) = context.dialog.optional_line("Search (empty to finish)")? {
        let Some(emoji) = find(context, &text, &reactions)? else { continue };
        match reactions.iter().position(|reaction| *reaction == emoji) {
            Some(index) => drop(reactions.remove(index)),
            None => reactions.push(emoji),
        }
        show(context, &reactions);
    }
    if reactions.is_empty() {
        context.dialog.tell("No reactions chosen; using the defaults.");
    }
    Ok(List::from_file(reactions))
}

/// Lets the user choose one of the emojis that match a text.
fn find(context: &Context, text: &str, reactions: &[Emoji]) -> Result<Option<Emoji>, CommandError> {
    let finds = Emoji::search(text);
    if finds.is_empty() {
        context.dialog.tell("No emoji matches.");
        return Ok(None);
    }
    let shown = &finds[..finds.len().min(MOST_FINDS)];
    let question = match finds.len() > shown.len() {
        true => format!("Add or remove (best {MOST_FINDS} of {})", finds.len()),
        false => "Add or remove".to_owned(),
    };
    let mut items: Vec<_> = shown
        .iter()
        .map(|emoji| label(emoji, reactions.contains(emoji), crate::terminal::prompt::room()))
        .collect();
    items.push("  none of these".to_owned());
    Ok(shown.get(context.dialog.choose(&question, &items, 0)?).copied())
}

/// A line of the menu, with the emojis aligned; the name is left out where it does not fit.
fn label(emoji: &Emoji, is_chosen: bool, most: usize) -> String {
    let mark = if is_chosen { "✓" } else { " " };
    let short = format!("{mark} {emoji} {}", emoji.short_name());
    let long = format!("{short} {}", emoji.name());
    if long.len() <= most { long } else { short }
}

fn show(context: &Context, reactions: &[Emoji]) {
    context.say(&render::settings::table::reactions_side_by_side(reactions, context.terminal.err));
}
