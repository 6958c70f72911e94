//! The reactions in the guided setup, found by searching all emojis.

use super::choice::{choice, step};
use crate::commands::context::Context;
use crate::commands::emoji_menu;
use crate::config::emoji::Emoji;
use crate::config::settings::List;
use crate::error::CommandError;
use crate::render;

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
        let finds = Emoji::search(&text);
        if finds.is_empty() {
            context.dialog.tell("No emoji matches.");
            continue;
        }
        let Some(emoji) = emoji_menu::choose(context, "Add or remove", &finds, &reactions)? else { continue };
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

fn show(context: &Context, reactions: &[Emoji]) {
    context.say(&render::settings::table::reactions_side_by_side(reactions, context.terminal.err));
}
