//! `cowork-calls turn edit`: one TURN server changed in its place, by options or by answers.

use super::change::{self, Request};
use super::targets::{at, no_turn_server, require_terminal, target, texts};
use super::turn::{changed, labels, parse};
use crate::commands::context::Context;
use crate::commands::credentials::{self, Given};
use crate::commands::setup::servers::asked_login;
use crate::config::address::ServerUri;
use crate::config::edit::{Edit, EditError, Target, TurnChange};
use crate::config::settings::ListName;
use crate::config::turn::{Credential, TurnServer};
use crate::error::{CommandError, Exit};
use crate::text::clean;
use crate::{cli, render};

pub(crate) fn run(
    context: &Context,
    given: Option<&str>,
    uri: Option<&str>,
    options: &cli::Credentials,
    no_credentials: bool,
) -> Result<Exit, CommandError> {
    let Given { username, credential } = credentials::read(context, &options.source, options.store)?;
    let uri = uri.map(parse).transpose()?;
    let at = match given {
        Some(text) => target(text, parse)?,
        None => chosen(context)?,
    };
    let change = if uri.is_none() && username.is_none() && credential.is_none() && !no_credentials {
        let hint = "give --uri URI, --username NAME, a password or secret, or --no-credentials";
        require_terminal(context, "say what to change", hint)?;
        asked(context, &at)?
    } else {
        TurnChange {
            uri,
            username: if no_credentials { Some(None) } else { username.map(Some) },
            credential: if no_credentials { Some(None) } else { credential.map(Some) },
        }
    };
    let edit = Edit::TurnServer(at, change);
    let moved = changed(context);
    let request = Request { command: "turn edit", edit, list: ListName::Turn, ask: false, moved };
    change::run(context, &request)
}

/// The server that a person chooses.
fn chosen(context: &Context) -> Result<Target<ServerUri>, CommandError> {
    require_terminal(
        context,
        "name the server to edit",
        "give its address, or its position as the list shows it",
    )?;
    let labels = labels(context)?;
    if labels.is_empty() {
        return Err(no_turn_server());
    }
    Ok(at(&labels, context.dialog.choose("Edit which server", &texts(&labels), 0)?))
}

/// What a person changes, who sees the present values; Enter keeps each of them.
fn asked(context: &Context, at: &Target<ServerUri>) -> Result<TurnChange, CommandError> {
    let servers = context.load()?.settings.turn.entries;
    let index = match at {
        Target::Position(at) => at.checked_sub(1),
        Target::Key(uri) => servers.iter().position(|server| server.uri == *uri),
    };
    let Some((index, server)) = index.and_then(|index| Some((index, servers.get(index)?))) else {
        // Of a server that is not there the edit says so, before anything is typed.
        return Ok(TurnChange { uri: None, username: None, credential: None });
    };
    context.dialog.say(&clean(&render::settings::diff::server(server)));
    context.dialog.tell("Enter keeps what is there.");
    let uri = context.dialog.optional("Address", |line| {
        let uri = parse(line).map_err(|error| context.rendered(&error))?;
        match servers.iter().position(|other| other.uri == uri) {
            Some(other) if other != index => {
                let taken = EditError::Taken { entry: uri.to_string(), position: other + 1 };
                Err(context.rendered(&taken.into()))
            }
            _ => Ok(uri),
        }
    })?;
    let (username, credential) = login(context, server)?;
    Ok(TurnChange { uri, username: username.map(Some), credential: credential.map(Some) })
}

/// Another user name and credential, each if it shall be another.
fn login(
    context: &Context,
    server: &TurnServer,
) -> Result<(Option<String>, Option<Credential>), CommandError> {
    if server.username.is_none() && server.credential.is_none() {
        return asked_login(context);
    }
    let username = context.dialog.optional_line("User name")?;
    let secret = if server.credential.as_ref().is_none_or(Credential::is_password) {
        context.dialog.optional_secret("Password")?.map(Credential::Password)
    } else {
        context.dialog.optional_secret("Shared secret")?.map(Credential::Secret)
    };
    Ok((username, secret))
}
