//! `cowork-calls stun`: the STUN servers.

use super::change::{self, Request};
use super::targets::{Question, movement, place, targets, values};
use crate::cli::StunCommand;
use crate::commands::context::{Context, about};
use crate::commands::setup::servers::STUN_FORMS;
use crate::config::address::{Kind, ServerUri};
use crate::config::defaults;
use crate::config::edit::{Edit, ListEdit};
use crate::config::settings::{ListName, Origin};
use crate::error::{CommandError, Exit};
use crate::render;

const QUESTION: Question = Question {
    forms: STUN_FORMS,
    text: "STUN server",
    what: "an address",
    missing: "name the server's address",
};

pub(crate) fn run(context: &Context, command: StunCommand) -> Result<Exit, CommandError> {
    match command {
        StunCommand::List => list(context),
        StunCommand::Examples => examples(context),
        StunCommand::Add { servers, place: at } => {
            let servers = values(context, &servers, &QUESTION, parse)?;
            change(context, "stun add", ListEdit::Add(servers, place(&at)), false)
        }
        StunCommand::Remove(given) => {
            let targets = targets(context, &given.targets, "servers", || labels(context), parse)?;
            change(context, "stun remove", ListEdit::Remove(targets), false)
        }
        StunCommand::Set { servers } => {
            change(context, "stun set", ListEdit::Set(parse_all(&servers)?), true)
        }
        StunCommand::Move(to) => {
            let (target, to) = movement(context, &to, "server", || labels(context), parse)?;
            change(context, "stun move", ListEdit::Move(target, to), false)
        }
        StunCommand::Clear => change(context, "stun clear", ListEdit::Clear, true),
    }
}

fn list(context: &Context) -> Result<Exit, CommandError> {
    let loaded = context.load()?;
    let warnings = about(&loaded.warnings, ListName::Stun);
    if context.global.json {
        context.print_json(&render::settings::json::list(&loaded.settings.stun, false, &warnings))?;
    } else {
        context.print(&render::settings::table::list(
            &loaded.settings.stun.entries,
            false,
            context.terminal.out,
        ))?;
        context.note_defaults(loaded.settings.stun.origin);
    }
    context.warn(&warnings);
    Ok(Exit::Done)
}

fn examples(context: &Context) -> Result<Exit, CommandError> {
    let examples = defaults::stun_examples();
    if context.global.json {
        context.print_json(&render::settings::json::examples(&examples))?;
    } else {
        context.print(&render::settings::table::examples(&examples, context.terminal.out))?;
        if context.terminal.out.is_terminal {
            context.note(
                "answered: of 400 daily checks until August 2026; with RFC 5780 'cowork-calls nat' can use it; add one with 'cowork-calls stun add SERVER'",
            );
        }
    }
    Ok(Exit::Done)
}

fn change(
    context: &Context,
    command: &'static str,
    edit: ListEdit<ServerUri>,
    ask: bool,
) -> Result<Exit, CommandError> {
    let moved = moved(context, &edit);
    change::run(
        context,
        &Request { command, edit: Edit::Stun(edit), list: ListName::Stun, ask, moved: &moved },
    )
}

/// What is said of an edit that only changes the order.
pub(crate) fn moved<T: crate::config::edit::Entry>(context: &Context, edit: &ListEdit<T>) -> String {
    match (edit, context.global.dry_run) {
        (ListEdit::Move(_, to), true) => format!("would move to position {to}"),
        (ListEdit::Move(_, to), false) => format!("moved to position {to}"),
        (_, true) => "the order would change".to_owned(),
        (_, false) => "the order has changed".to_owned(),
    }
}

fn labels(context: &Context) -> Result<Vec<(ServerUri, String)>, CommandError> {
    let entries = context.load()?.settings.stun.entries;
    Ok(entries.into_iter().map(|uri| (uri.clone(), uri.to_string())).collect())
}

fn parse(text: &str) -> Result<ServerUri, CommandError> {
    Ok(ServerUri::parse(text, Kind::Stun)?)
}

fn parse_all(texts: &[String]) -> Result<Vec<ServerUri>, CommandError> {
    texts.iter().map(|text| parse(text)).collect()
}

impl Context {
    /// Tells a person that a list shows the defaults.
    pub(crate) fn note_defaults(&self, origin: Origin) {
        if origin == Origin::Default && self.terminal.out.is_terminal {
            self.note("these are the defaults; the settings file has none of its own");
        }
    }
}
