//! `cowork-calls reactions`: the reactions that participants may send.

use serde_json::json;

use super::command;
use super::entry::ListEntry;
use super::targets::{entered, parse_all, require_argument};
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
            command::add(context, new_reactions(context, &emojis)?, &position, false)
        }
        ReactionsCommand::Remove(given) => command::remove::<Emoji>(context, &given),
        ReactionsCommand::Set { emojis } => {
            if emojis.is_empty() {
                require_argument(context, "reactions set", "<EMOJI>...")?;
            }
            command::set(context, entered::<Emoji>(context, &emojis)?, false)
        }
        ReactionsCommand::Move(given) => command::move_entry::<Emoji>(context, &given),
        ReactionsCommand::Clear => command::clear::<Emoji>(context),
    }
}

/// The reactions to add. At a terminal, the user chooses from what a word finds that is not an emoji.
fn new_reactions(context: &Context, given: &[String]) -> Result<Vec<Emoji>, CommandError> {
    if given.is_empty() || !context.can_prompt() {
        return entered::<Emoji>(context, given);
    }
    given.iter().map(|text| Emoji::parse(text).or_else(|error| instead(context, &error))).collect()
}

/// Lets the user choose an emoji instead of a text that is a name, or part of one.
fn instead(context: &Context, error: &EmojiError) -> Result<Emoji, CommandError> {
    let finds = match &error.kind {
        EmojiErrorKind::BareName(_) | EmojiErrorKind::Word(_) | EmojiErrorKind::UnknownName(_) => {
            Emoji::search(&error.text)
        }
        _ => Vec::new(),
    };
    if finds.is_empty() {
        return Err(error.clone().into());
    }
    context.dialog.tell(&format!("{} is not an emoji.", quoted(&error.text)));
    let reactions = context.load()?.settings.reactions.entries;
    emoji_menu::choose(context, "Add which", &finds, &reactions)?.ok_or_else(|| {
        context.note(UNCHANGED);
        CommandError::declined()
    })
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
        context.print_json(&json!({"allowed": all, "reactions": reactions}))?;
    } else if !context.global.quiet {
        context.print(&table::checked(&checked, context.terminal.out))?;
    }
    Ok(if all { Exit::Done } else { Exit::No })
}
