//! `cowork-calls reactions`: the reactions that participants may send.

use serde_json::json;

use super::change::{self, Request};
use super::stun::moved;
use super::targets::{Question, movement, place, targets, values};
use crate::cli::ReactionsCommand;
use crate::commands::context::{Context, about};
use crate::config::edit::{Edit, ListEdit};
use crate::config::emoji::Emoji;
use crate::config::settings::ListName;
use crate::error::{CommandError, Exit};
use crate::render;

const QUESTION: Question = Question {
    forms: "A reaction is an emoji, or its short name such as :tada:.",
    text: "Reaction",
    what: "a reaction",
    missing: "name the reaction",
};

pub(crate) fn run(context: &Context, command: ReactionsCommand) -> Result<Exit, CommandError> {
    match command {
        ReactionsCommand::List => list(context),
        ReactionsCommand::Check { emojis } => check(context, &emojis),
        ReactionsCommand::Add { emojis, place: at } => {
            let emojis = values(context, &emojis, &QUESTION, parse)?;
            change(context, "reactions add", ListEdit::Add(emojis, place(&at)), false)
        }
        ReactionsCommand::Remove(given) => {
            let targets = targets(context, &given.targets, "reactions", || labels(context), parse)?;
            change(context, "reactions remove", ListEdit::Remove(targets), false)
        }
        ReactionsCommand::Set { emojis } => {
            change(context, "reactions set", ListEdit::Set(parse_all(&emojis)?), true)
        }
        ReactionsCommand::Move(to) => {
            let (target, to) = movement(context, &to, "reaction", || labels(context), parse)?;
            change(context, "reactions move", ListEdit::Move(target, to), false)
        }
        ReactionsCommand::Clear => change(context, "reactions clear", ListEdit::Clear, true),
    }
}

fn list(context: &Context) -> Result<Exit, CommandError> {
    let loaded = context.load()?;
    let warnings = about(&loaded.warnings, ListName::Reactions);
    if context.global.json {
        context.print_json(&render::settings::json::list(&loaded.settings.reactions, false, &warnings))?;
    } else {
        context.print(&render::settings::table::list(
            &loaded.settings.reactions.entries,
            false,
            context.terminal.out,
        ))?;
        context.note_defaults(loaded.settings.reactions.origin);
    }
    context.warn(&warnings);
    Ok(Exit::Done)
}

fn check(context: &Context, texts: &[String]) -> Result<Exit, CommandError> {
    let loaded = context.load()?;
    let allowed = loaded.settings.reactions.entries;
    let checked: Vec<_> =
        parse_all(texts)?.into_iter().map(|emoji| (emoji, allowed.contains(&emoji))).collect();
    let all = checked.iter().all(|(_, allowed)| *allowed);
    if context.global.json {
        let reactions: Vec<_> = checked
            .iter()
            .map(|(emoji, allowed)| json!({"emoji": emoji.as_str(), "short_name": emoji.short_name(), "allowed": allowed}))
            .collect();
        context.print_json(&json!({"allowed": all, "reactions": reactions}))?;
    } else if !context.global.quiet {
        context.print(&render::settings::table::checked(&checked, context.terminal.out))?;
    }
    Ok(if all { Exit::Done } else { Exit::No })
}

fn change(
    context: &Context,
    command: &'static str,
    edit: ListEdit<Emoji>,
    ask: bool,
) -> Result<Exit, CommandError> {
    let moved = moved(context, &edit);
    change::run(
        context,
        &Request { command, edit: Edit::Reactions(edit), list: ListName::Reactions, ask, moved: &moved },
    )
}

fn labels(context: &Context) -> Result<Vec<(Emoji, String)>, CommandError> {
    let label = |emoji: Emoji| (emoji, format!("{emoji}  {}", emoji.short_name()));
    Ok(context.load()?.settings.reactions.entries.into_iter().map(label).collect())
}

fn parse(text: &str) -> Result<Emoji, CommandError> {
    Ok(Emoji::parse(text)?)
}

fn parse_all(texts: &[String]) -> Result<Vec<Emoji>, CommandError> {
    texts.iter().map(|text| parse(text)).collect()
}
