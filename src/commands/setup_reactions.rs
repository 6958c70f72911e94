//! The reactions in the guided set-up: chosen from all emojis, which are searched by name.

use super::setup::{Choice, choice, defaults};
use super::{Context, Failure, prompt};
use crate::config::emoji::Emoji;
use crate::config::{List, Origin};

/// How many bytes a line of the search has at most.
const LONGEST_LABEL: usize = 76;

/// The reactions.
pub(super) fn ask(context: &Context, before: &List<Emoji>) -> Result<List<Emoji>, Failure> {
    context.step(3, "Reactions: the emojis that participants may send");
    context.say(&row(&before.entries));
    match choice(context, before.origin, "Use those that come with the program", "Change them")? {
        Choice::Keep => Ok(before.clone()),
        Choice::Defaults => Ok(defaults()),
        Choice::Own => chosen(context, before.entries.clone()),
    }
}

/// Lets emojis be searched; one that is chosen already goes again.
fn chosen(context: &Context, mut reactions: Vec<Emoji>) -> Result<List<Emoji>, Failure> {
    // Those that are chosen come first, so that they are seen without a search.
    let mut all: Vec<_> = Emoji::all().filter(|emoji| !emoji.name().contains("skin tone")).collect();
    context.say("Type a part of a name. Enter takes an emoji in or out again, Esc ends.");
    loop {
        all.sort_by_key(|emoji| !reactions.contains(emoji));
        let items: Vec<_> = all.iter().map(|emoji| label(emoji, reactions.contains(emoji))).collect();
        let Some(emoji) = prompt::search(context, "Search", &items)?.and_then(|index| all.get(index)) else {
            break;
        };
        match reactions.iter().position(|reaction| reaction == emoji) {
            Some(index) => drop(reactions.remove(index)),
            None => reactions.push(*emoji),
        }
        context.say(&row(&reactions));
    }
    if reactions.is_empty() {
        context.say("None was chosen, so the defaults are used.");
        return Ok(defaults());
    }
    Ok(List { entries: reactions, origin: Origin::Config })
}

/// A line of the search. It has fewer bytes than a small terminal has columns: the prompt takes a longer one, of any
/// emoji, for two lines and would clear as many above itself.
fn label(emoji: &Emoji, is_chosen: bool) -> String {
    let mark = if is_chosen { "✓ " } else { "" };
    let label = format!("{mark}{emoji} {} {}", emoji.short_name(), emoji.name());
    let fits = label.char_indices().take_while(|(at, c)| at + c.len_utf8() <= LONGEST_LABEL);
    fits.map(|(_, c)| c).collect()
}

fn row(reactions: &[Emoji]) -> String {
    reactions.iter().map(Emoji::as_str).collect::<Vec<_>>().join(" ")
}
