//! `cowork-calls turn`: the TURN servers and their credentials.

use std::path::Path;

use super::entry::ListEntry;
use super::targets::entered;
use super::{command, turn_edit, typed};
use crate::cli::{Credentials, TurnCommand};
use crate::commands::context::Context;
use crate::commands::credentials::{self, Given};
use crate::commands::input;
use crate::config::address::{Kind, ServerUri};
use crate::config::edit::{Edit, ListEdit};
use crate::config::file::turn_list;
use crate::config::settings::{List, Settings};
use crate::config::turn::TurnServer;
use crate::error::{Code, CommandError, Exit};

impl ListEntry for TurnServer {
    const NOUN: &'static str = "server";
    const PROMPT: &'static str = "TURN server";
    const VALUE: &'static str = "an address";
    const FORMS: &'static str =
        "Addresses: host, host:port, turn:host:port?transport=tcp or turns:host:port.";

    fn list(settings: &Settings) -> &List<Self> {
        &settings.turn
    }

    fn edit(edit: ListEdit<Self>) -> Edit {
        Edit::Turn(edit)
    }

    fn parse_key(text: &str) -> Result<ServerUri, CommandError> {
        Ok(ServerUri::parse(text, Kind::Turn)?)
    }
}

pub(crate) fn run(context: &Context, command: TurnCommand) -> Result<Exit, CommandError> {
    match command {
        TurnCommand::List { show_secrets } => command::list::<TurnServer>(context, show_secrets),
        TurnCommand::Add { servers, probe, credentials, position } => {
            // Those that are typed have been probed.
            let probes = probe.probe && !servers.is_empty();
            command::add(context, new_servers(context, &servers, &credentials)?, &position, probes)
        }
        TurnCommand::Edit { target, uri, probe, credentials, no_credentials } => turn_edit::run(
            context,
            target.as_deref(),
            uri.as_deref(),
            &credentials,
            no_credentials,
            probe.probe,
        ),
        TurnCommand::Remove(given) => command::remove::<TurnServer>(context, &given),
        TurnCommand::Set { file: Some(file), probe } => {
            command::set(context, read_list(context, &file)?, probe.probe)
        }
        TurnCommand::Set { file: None, .. } => {
            command::set(context, typed::list(context, Kind::Turn)?, false)
        }
        TurnCommand::Move(given) => command::move_entry::<TurnServer>(context, &given),
        TurnCommand::Clear => command::clear::<TurnServer>(context),
    }
}

/// The servers to add. Without any on the command line, the user is prompted for one and its credentials, and it is
/// probed.
fn new_servers(
    context: &Context,
    given: &[String],
    options: &Credentials,
) -> Result<Vec<TurnServer>, CommandError> {
    let uris = entered::<TurnServer>(context, given)?;
    let is_typed = given.is_empty();
    let Given { username, credential } = if is_typed && !options.source.is_given() {
        credentials::prompt_login(context)?
    } else {
        credentials::completed(context, credentials::read(context, &options.source, options.store)?)?
    };
    let server = |uri| TurnServer { uri, username: username.clone(), credential: credential.clone() };
    let servers = uris.into_iter().map(server).collect();
    if is_typed { typed::usable(context, servers) } else { Ok(servers) }
}

/// Reads the list of servers in a file or standard input.
fn read_list(context: &Context, file: &Path) -> Result<Vec<TurnServer>, CommandError> {
    let (name, bytes) = input::whole(context, file, "TURN servers")?;
    turn_list::parse(&bytes).map_err(|error| {
        let message = format!("{name}:{}: {}", error.line, error.message);
        CommandError::new(Code::InvalidInput, message, error.expected)
    })
}
