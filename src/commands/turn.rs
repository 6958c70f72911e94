//! `cowork-calls turn`: the TURN servers and their credentials.

use std::path::Path;

use super::credentials::{self, Given};
use super::edit::{self, Request};
use super::stun::moved;
use super::targets::{movement, place, require_terminal, target, targets, values};
use super::{Context, Failure, about, input, prompt};
use crate::cli::{self, TurnCommand};
use crate::config::address::{Kind, ServerUri};
use crate::config::edit::{Edit, ListEdit, Target, TurnChange};
use crate::config::turn::{Credential, TurnServer};
use crate::config::{ListName, turn_list};
use crate::exit::Exit;
use crate::render;

pub(super) fn run(context: &Context, command: TurnCommand) -> Result<Exit, Failure> {
    match command {
        TurnCommand::List { show_secrets } => list(context, show_secrets),
        TurnCommand::Add { servers, credentials, place: at } => {
            let new = new_servers(context, servers, &credentials)?;
            change(context, "turn add", ListEdit::Add(new, place(&at)), false)
        }
        TurnCommand::Edit { target, uri, credentials, no_credentials } => {
            edit_one(context, target.as_deref(), uri.as_deref(), &credentials, no_credentials)
        }
        TurnCommand::Remove(given) => {
            let targets = targets(context, &given.targets, || labels(context), parse)?;
            change(context, "turn remove", ListEdit::Remove(targets), false)
        }
        TurnCommand::Set { file } => change(context, "turn set", ListEdit::Set(read_list(&file)?), true),
        TurnCommand::Move(to) => {
            let (target, to) = movement(context, &to, || labels(context), parse)?;
            change(context, "turn move", ListEdit::Move(target, to), false)
        }
        TurnCommand::Clear => change(context, "turn clear", ListEdit::Clear, true),
    }
}

fn list(context: &Context, show_secrets: bool) -> Result<Exit, Failure> {
    let loaded = context.load()?;
    let warnings = about(&loaded.warnings, ListName::Turn);
    if context.global.json {
        context.print_json(&render::json::turn(&loaded.settings.turn, show_secrets, &warnings))?;
    } else {
        context.print(&render::lists::turn(
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
    given: Vec<String>,
    options: &cli::Credentials,
) -> Result<Vec<TurnServer>, Failure> {
    let asked = given.is_empty();
    let texts =
        values(context, given, "TURN server (host, or turn:host?transport=tcp)", "the server's address")?;
    let uris = texts.iter().map(|text| parse(text)).collect::<Result<Vec<_>, _>>()?;
    let mut options = options.clone();
    if asked && options.source.username.is_none() {
        options.source.username = prompt::optional_line(context, "User name (empty: none)")?;
    }
    let Given { username, credential } = credentials::for_new(context, &options.source, options.store)?;
    let server = |uri| TurnServer { uri, username: username.clone(), credential: credential.clone() };
    Ok(uris.into_iter().map(server).collect())
}

fn edit_one(
    context: &Context,
    given: Option<&str>,
    uri: Option<&str>,
    options: &cli::Credentials,
    no_credentials: bool,
) -> Result<Exit, Failure> {
    let Given { mut username, mut credential } = credentials::read(context, &options.source, options.store)?;
    let uri = uri.map(parse).transpose()?;
    let at = match given {
        Some(text) => target(text, parse)?,
        None => {
            require_terminal(context, "the server to edit", "name it, or its position as the list shows it")?;
            let labels = labels(context)?;
            if labels.is_empty() {
                return Err(Failure::usage(
                    "not-found",
                    "no TURN server is configured",
                    "add one with 'cowork-calls turn add'",
                ));
            }
            Target::Position(prompt::choose(context, "Edit which?", &labels)? + 1)
        }
    };
    if uri.is_none() && username.is_none() && credential.is_none() && !no_credentials {
        let hint = "give --uri URI, --username NAME, a password or secret, or --no-credentials";
        require_terminal(context, "what to change", hint)?;
        let servers = context.load()?.settings.turn.entries;
        let server = match &at {
            Target::Position(at) => at.checked_sub(1).and_then(|index| servers.get(index)),
            Target::Key(uri) => servers.iter().find(|server| server.uri == *uri),
        };
        // Of a server that is not there the edit says so, before anything is typed.
        if let Some(server) = server {
            if server.username.is_none() {
                username = Some(prompt::line(context, "User name")?);
            }
            credential = Some(Credential::Password(prompt::secret(context, "New password")?));
        }
    }
    let change = TurnChange {
        uri,
        username: if no_credentials { Some(None) } else { username.map(Some) },
        credential: if no_credentials { Some(None) } else { credential.map(Some) },
    };
    let edit = Edit::TurnServer(at, change);
    let request = Request { command: "turn edit", edit, list: ListName::Turn, ask: false, moved: "changed" };
    edit::run(context, &request)
}

fn change(
    context: &Context,
    command: &'static str,
    edit: ListEdit<TurnServer>,
    ask: bool,
) -> Result<Exit, Failure> {
    let moved = match &edit {
        ListEdit::Set(_) => "changed".to_owned(),
        edit => moved(edit),
    };
    edit::run(context, &Request { command, edit: Edit::Turn(edit), list: ListName::Turn, ask, moved: &moved })
}

fn labels(context: &Context) -> Result<Vec<String>, Failure> {
    Ok(context.load()?.settings.turn.entries.iter().map(|server| server.uri.to_string()).collect())
}

fn parse(text: &str) -> Result<ServerUri, Failure> {
    Ok(ServerUri::parse(text, Kind::Turn)?)
}

/// The servers that a file or standard input lists.
fn read_list(file: &Path) -> Result<Vec<TurnServer>, Failure> {
    let (name, bytes) = input::whole(file)?;
    turn_list::parse(&bytes).map_err(|error| {
        let place = error.line.map_or_else(String::new, |line| format!(":{line}"));
        Failure::usage("invalid-input", format!("{name}{place}: {}", error.message), error.hint)
    })
}
