//! `cowork-calls turn`: the TURN servers and their credentials.

use std::path::Path;

use super::change::{self, Request};
use super::stun::moved;
use super::targets::{Question, movement, place, targets, values};
use super::turn_edit;
use crate::cli::{self, TurnCommand};
use crate::commands::context::{Context, about};
use crate::commands::credentials::{self, Given};
use crate::commands::input;
use crate::commands::setup::servers::TURN_FORMS;
use crate::config::address::{Kind, ServerUri};
use crate::config::edit::{Edit, ListEdit};
use crate::config::file::turn_list;
use crate::config::settings::ListName;
use crate::config::turn::TurnServer;
use crate::error::{Code, CommandError, Exit};
use crate::render;

const QUESTION: Question = Question {
    forms: TURN_FORMS,
    text: "TURN server",
    what: "an address",
    missing: "name the server's address",
};

pub(crate) fn run(context: &Context, command: TurnCommand) -> Result<Exit, CommandError> {
    match command {
        TurnCommand::List { show_secrets } => list(context, show_secrets),
        TurnCommand::Add { servers, credentials, place: at } => {
            let new = new_servers(context, &servers, &credentials)?;
            change(context, "turn add", ListEdit::Add(new, place(&at)), false)
        }
        TurnCommand::Edit { target, uri, credentials, no_credentials } => {
            turn_edit::run(context, target.as_deref(), uri.as_deref(), &credentials, no_credentials)
        }
        TurnCommand::Remove(given) => {
            let targets = targets(context, &given.targets, "servers", || labels(context), parse)?;
            change(context, "turn remove", ListEdit::Remove(targets), false)
        }
        TurnCommand::Set { file } => change(context, "turn set", ListEdit::Set(read_list(&file)?), true),
        TurnCommand::Move(to) => {
            let (target, to) = movement(context, &to, "server", || labels(context), parse)?;
            change(context, "turn move", ListEdit::Move(target, to), false)
        }
        TurnCommand::Clear => change(context, "turn clear", ListEdit::Clear, true),
    }
}

fn list(context: &Context, show_secrets: bool) -> Result<Exit, CommandError> {
    let loaded = context.load()?;
    let warnings = about(&loaded.warnings, ListName::Turn);
    if context.global.json {
        context.print_json(&render::settings::json::list(&loaded.settings.turn, show_secrets, &warnings))?;
    } else {
        context.print(&render::settings::table::list(
            &loaded.settings.turn.entries,
            show_secrets,
            context.terminal.out,
        ))?;
    }
    context.warn(&warnings);
    Ok(Exit::Done)
}

/// The servers to add. Without any on the command line a person is asked for one, and how to log in to it.
fn new_servers(
    context: &Context,
    given: &[String],
    options: &cli::Credentials,
) -> Result<Vec<TurnServer>, CommandError> {
    let asked = given.is_empty();
    let uris = values(context, given, &QUESTION, parse)?;
    let mut options = options.clone();
    if asked && options.source.username.is_none() {
        options.source.username = context.dialog.optional_line("User name (empty for none)")?;
    }
    let Given { username, credential } =
        credentials::completed(context, credentials::read(context, &options.source, options.store)?)?;
    let server = |uri| TurnServer { uri, username: username.clone(), credential: credential.clone() };
    Ok(uris.into_iter().map(server).collect())
}

fn change(
    context: &Context,
    command: &'static str,
    edit: ListEdit<TurnServer>,
    ask: bool,
) -> Result<Exit, CommandError> {
    let moved = match &edit {
        ListEdit::Set(_) => changed(context).to_owned(),
        edit => moved(context, edit),
    };
    change::run(
        context,
        &Request { command, edit: Edit::Turn(edit), list: ListName::Turn, ask, moved: &moved },
    )
}

/// What is said where servers stay, but not all that belongs to them.
pub(crate) fn changed(context: &Context) -> &'static str {
    if context.global.dry_run { "would change" } else { "changed" }
}

pub(crate) fn labels(context: &Context) -> Result<Vec<(ServerUri, String)>, CommandError> {
    let entries = context.load()?.settings.turn.entries;
    Ok(entries.into_iter().map(|server| (server.uri.clone(), server.uri.to_string())).collect())
}

pub(crate) fn parse(text: &str) -> Result<ServerUri, CommandError> {
    Ok(ServerUri::parse(text, Kind::Turn)?)
}

/// The servers that a file or standard input lists.
fn read_list(file: &Path) -> Result<Vec<TurnServer>, CommandError> {
    let (name, bytes) = input::whole(file)?;
    turn_list::parse(&bytes).map_err(|error| {
        let place = error.line.map_or_else(String::new, |line| format!(":{line}"));
        CommandError::new(Code::InvalidInput, format!("{name}{place}: {}", error.message), error.hint)
    })
}
