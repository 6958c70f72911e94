//! The reactions in the guided setup, found by searching all emojis.

use super::choice::{Choice, choices, choose, decide, step};
use crate::commands::context::Context;
use crate::commands::emoji_menu;
use crate::config::emoji::Emoji;
use crate::config::settings::{List, Settings};
use crate::error::CommandError;
use crate::render;

/// The reactions.
pub(super) fn reactions(context: &Context, settings: &mut Settings) -> Result<(), CommandError> {
    let ask = |list: &List<Emoji>| {
        step(context, 3, "Reactions: the emojis that participants may send");
        show(context, &list.entries);
        let choices = choices(list.origin, "Add to these, or remove some", "Use the defaults");
        choose(context, "Reactions to use", &choices)
    };
    decide(&mut settings.reactions, ask, |choice, reactions| {
        let mut chosen = if choice == Choice::Add { reactions.clone() } else { Vec::new() };
        let is_done = context.dialog.unless_back(change(context, &mut chosen))?.is_some();
        if is_done && chosen.is_empty() {
            context.dialog.tell("No reactions chosen; using the defaults.");
        }
        if is_done || !chosen.is_empty() {
            *reactions = chosen;
        }
        Ok(is_done)
    })
}

/// Lets the user search for emojis; choosing one again removes it.
fn change(context: &Context, reactions: &mut Vec<Emoji>) -> Result<(), CommandError> {
    context.dialog.tell("Type part of a name, or an emoji, to add or remove it.");
    while let Some(text) = context.dialog.optional_line("Search (empty to finish)")? {
        let finds = Emoji::search(&text);
        if finds.is_empty() {
            context.dialog.tell("No emoji matches.");
            continue;
        }
        // Esc goes back to the search.
        let choice = emoji_menu::choose(context, "Add or remove", &finds, reactions);
        let Some(emoji) = context.dialog.unless_back(choice)?.flatten() else { continue };
        match reactions.iter().position(|reaction| *reaction == emoji) {
            Some(index) => drop(reactions.remove(index)),
            None => reactions.push(emoji),
        }
        show(context, reactions);
    }
    Ok(())
}

fn show(context: &Context, reactions: &[Emoji]) {
    context.say(&render::settings::table::reactions_side_by_side(reactions, context.terminal.err));
}
