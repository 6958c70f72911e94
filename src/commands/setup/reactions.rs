//! The reactions in the guided setup, found by searching all emojis.

use super::choice::{Choice, choices, choose, step};
use crate::commands::context::Context;
use crate::commands::emoji_menu;
use crate::config::emoji::Emoji;
use crate::config::settings::{List, Settings};
use crate::error::CommandError;
use crate::render;

/// The reactions.
pub(super) fn reactions(context: &Context, settings: &mut Settings) -> Result<(), CommandError> {
    let list = &mut settings.reactions;
    loop {
        step(context, 3, "Reactions: the emojis that participants may send");
        show(context, &list.entries);
        let choices = choices(list.origin, "Add to these, or remove some", "Use the defaults");
        let mut entries = match choose(context, "Reactions to use", &choices)? {
            Choice::Keep => return Ok(()),
            Choice::Defaults => {
                *list = List::default();
                return Ok(());
            }
            Choice::Add => list.entries.clone(),
            Choice::Replace => Vec::new(),
        };
        let is_done = context.dialog.unless_back(change(context, &mut entries))?.is_some();
        if is_done && entries.is_empty() {
            context.dialog.tell("No reactions chosen; using the defaults.");
        }
        if entries != list.entries && (is_done || !entries.is_empty()) {
            *list = List::from_file(entries);
        }
        if is_done {
            return Ok(());
        }
    }
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
