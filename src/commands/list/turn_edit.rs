//! `cowork-calls turn edit`: changes one TURN server in place, by options or by answers.

use super::command::run_edit;
use super::entry::ListEntry as _;
use super::targets::{choices, choose, index_of, target, target_at};
use crate::cli;
use crate::commands::context::Context;
use crate::commands::credentials::{self, Given};
use crate::config::address::ServerUri;
use crate::config::edit::{Edit, EditError, Target, TurnChange};
use crate::config::turn::{Credential, TurnServer};
use crate::error::{CommandError, Exit};
use crate::render::settings::diff;
use crate::text::clean;

pub(super) fn run(
    context: &Context,
    server: Option<&str>,
    uri: Option<&str>,
    options: &cli::Credentials,
    no_credentials: bool,
    probes: bool,
) -> Result<Exit, CommandError> {
    let given = credentials::read(context, &options.source, options.store)?;
    let uri = uri.map(TurnServer::parse_key).transpose()?;
    let target = match server {
        Some(text) => target::<TurnServer>(text)?,
        None => chosen(context)?,
    };
    let change = if no_credentials {
        TurnChange { uri, username: Some(None), credential: Some(None) }
    } else if uri.is_none() && given.username.is_none() && given.credential.is_none() {
        let hint = "give --uri URI, --username NAME, a password or secret, or --no-credentials";
        context.require_terminal("say what to change", hint)?;
        prompted(context, &target)?
    } else {
        change(uri, given)
    };
    let edit = Edit::TurnServer(target, change);
    run_edit::<TurnServer>(context, "edit", &edit, false, probes)
}

/// The server that the user chooses.
fn chosen(context: &Context) -> Result<Target<ServerUri>, CommandError> {
    let hint = "give its address, or its position as the list shows it";
    context.require_terminal("name the server to edit", hint)?;
    let servers = choices::<TurnServer>(context)?;
    Ok(target_at(&servers, choose(context, "Edit", &servers)?))
}

/// Shows a server and prompts for each of its values; Enter keeps the present one.
fn prompted(context: &Context, target: &Target<ServerUri>) -> Result<TurnChange, CommandError> {
    let servers = context.load()?.settings.turn.entries;
    let Some(index) = index_of(&servers, target) else {
        // The edit reports that the server is not in the list, before anything is typed.
        return Ok(TurnChange::default());
    };
    let server = &servers[index];
    context.dialog.say(&clean(&diff::server(server)));
    context.dialog.tell("Press Enter to keep a value.");
    let uri = context.dialog.optional("Address", |line| {
        let uri = TurnServer::parse_key(line).map_err(|error| context.rendered(error))?;
        match servers.iter().position(|other| other.uri == uri) {
            Some(other) if other != index => {
                let taken = EditError::Taken { entry: uri.to_string(), position: other + 1 };
                Err(context.rendered(taken.into()))
            }
            _ => Ok(uri),
        }
    })?;
    Ok(change(uri, prompt_login(context, server)?))
}

/// A change of what is given; the rest stays.
fn change(uri: Option<ServerUri>, given: Given) -> TurnChange {
    TurnChange { uri, username: given.username.map(Some), credential: given.credential.map(Some) }
}

/// Prompts for a new user name and a new credential; each is none if it stays.
pub(super) fn prompt_login(context: &Context, server: &TurnServer) -> Result<Given, CommandError> {
    if server.username.is_none() && server.credential.is_none() {
        return credentials::prompt_login(context);
    }
    let username = context.dialog.optional_line("User name")?;
    let credential = if server.credential.as_ref().is_none_or(Credential::is_password) {
        context.dialog.optional_secret("Password")?.map(Credential::Password)
    } else {
        context.dialog.optional_secret("Shared secret")?.map(Credential::Secret)
    };
    Ok(Given { username, credential })
}
