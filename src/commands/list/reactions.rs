//! `cowork-calls reactions`: the reactions that participants may send.

use serde_json::json;

use super::command;
use super::entry::ListEntry;
use super::targets::{entered, parse_all, require_argument};
use super::typed::at_least_one;
use crate::cli::ReactionsCommand;
use crate::commands::context::Context;
use crate::commands::emoji_menu;
use crate::config::edit::{Edit, ListEdit};
use crate::config::emoji::{Emoji, EmojiError, EmojiErrorKind};
use crate::config::settings::{List, Settings};
use crate::error::{CommandError, Exit, UNCHANGED};
use crate::render::settings::table;
use crate::text::quoted;

impl ListEntry for Emoji {
    const NOUN: &'static str = "reaction";
    const PROMPT: &'static str = "Reaction";
    const VALUE: &'static str = "a reaction";
    const FORMS: &'static str = "A reaction is an emoji or its short name, such as :tada:.";

    fn list(settings: &Settings) -> &List<Self> {
        &settings.reactions
    }

    fn edit(edit: ListEdit<Self>) -> Edit {
        Edit::Reactions(edit)
    }

    fn parse_key(text: &str) -> Result<Emoji, CommandError> {
        Ok(Emoji::parse(text)?)
    }

    fn label(&self) -> String {
        format!("{self}  {}", self.short_name())
    }
}

pub(crate) fn run(context: &Context, command: ReactionsCommand) -> Result<Exit, CommandError> {
    match command {
        ReactionsCommand::List => command::list::<Emoji>(context, false),
        ReactionsCommand::Check { emojis } => check(context, &emojis),
        ReactionsCommand::Add { emojis, position } => {
            let reactions = match emojis.is_empty() {
                true => entered::<Emoji>(context, &emojis)?,
                false => given_reactions(context, &emojis)?,
            };
            command::add(context, reactions, &position, false)
        }
        ReactionsCommand::Remove(given) => command::remove::<Emoji>(context, &given),
        ReactionsCommand::Set { emojis } => {
            let reactions = match emojis.is_empty() {
                true => typed_reactions(context)?,
                false => given_reactions(context, &emojis)?,
            };
            command::set(context, reactions, false)
        }
        ReactionsCommand::Move(given) => command::move_entry::<Emoji>(context, &given),
        ReactionsCommand::Clear => command::clear::<Emoji>(context),
    }
}

/// The reactions on the command line. At a terminal, the user chooses from what a word finds that is not an emoji.
fn given_reactions(context: &Context, given: &[String]) -> Result<Vec<Emoji>, CommandError> {
    if !context.can_prompt() {
        return parse_all::<Emoji>(given);
    }
    let words: Vec<_> = given.iter().map(|text| word(text)).collect::<Result<_, _>>()?;
    let reactions = context.load()?.settings.reactions.entries;
    let chosen = |word| {
        chosen(context, word, &reactions)?.ok_or_else(|| {
            context.note(UNCHANGED);
            CommandError::declined()
        })
    };
    words.into_iter().map(chosen).collect()
}

/// Prompts for the reactions of a new list, at least one.
fn typed_reactions(context: &Context) -> Result<Vec<Emoji>, CommandError> {
    require_argument(context, "reactions set", "<EMOJI>...")?;
    context.dialog.tell(Emoji::FORMS);
    let mut reactions = Vec::new();
    let mut lines = context.dialog.lines();
    while let Some(words) = lines.next("Reaction (empty to finish)", |line| {
        let words: Result<Vec<_>, _> = line.split_whitespace().map(word).collect();
        words.map_err(|error| context.rendered(error.into()))
    })? {
        for word in words {
            match chosen(context, word, &reactions)? {
                Some(emoji) if reactions.contains(&emoji) => {
                    context.dialog.tell(&format!("{emoji} is already in the list."));
                }
                emoji => reactions.extend(emoji),
            }
        }
    }
    at_least_one(context, reactions)
}

/// A word that is an emoji, or finds some.
fn word(text: &str) -> Result<Result<Emoji, EmojiError>, EmojiError> {
    match Emoji::parse(text) {
        Err(error) if finds(&error).is_empty() => Err(error),
        parsed => Ok(parsed),
    }
}

/// The emojis that are found by a text that is a name, or part of one.
fn finds(error: &EmojiError) -> Vec<Emoji> {
    match &error.kind {
        EmojiErrorKind::BareName(_) | EmojiErrorKind::Word(_) | EmojiErrorKind::UnknownName(_) => {
            Emoji::search(&error.text)
        }
        _ => Vec::new(),
    }
}

/// The emoji itself, or the one that the user chooses from those found instead.
fn chosen(
    context: &Context,
    parsed: Result<Emoji, EmojiError>,
    reactions: &[Emoji],
) -> Result<Option<Emoji>, CommandError> {
    let error = match parsed {
        Ok(emoji) => return Ok(Some(emoji)),
        Err(error) => error,
    };
    context.dialog.tell(&format!("{} is not an emoji.", quoted(&error.text)));
    emoji_menu::choose(context, "Add which", &finds(&error), reactions)
}

/// Reports whether each emoji is allowed.
fn check(context: &Context, texts: &[String]) -> Result<Exit, CommandError> {
    let allowed = context.load()?.settings.reactions.entries;
    let checked: Vec<_> =
        parse_all::<Emoji>(texts)?.into_iter().map(|emoji| (emoji, allowed.contains(&emoji))).collect();
    let all = checked.iter().all(|(_, allowed)| *allowed);
    if context.global.json {
        let reactions: Vec<_> = checked
            .iter()
            .map(|(emoji, allowed)| json!({"emoji": emoji.as_str(), "short_name": emoji.short_name(), "allowed": allowed}))
            .collect();
        context.print_json(json!({"allowed": all, "reactions": reactions}))?;
    } else if !context.global.quiet {
        context.print(&table::checked(&checked, context.terminal.out))?;
    }
    Ok(if all { Exit::Done } else { Exit::No })
}
