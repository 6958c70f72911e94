//! `cowork-calls stun`: the STUN servers.

use super::entry::ListEntry;
use super::targets::{entered, parse_all};
use super::{command, typed};
use crate::cli::StunCommand;
use crate::commands::context::Context;
use crate::commands::probe::selection::bare;
use crate::config::address::{Kind, ServerUri};
use crate::config::defaults;
use crate::config::edit::{Edit, ListEdit};
use crate::config::settings::{List, Settings};
use crate::error::{CommandError, Exit};
use crate::render::settings::{json, table};

impl ListEntry for ServerUri {
    const NOUN: &'static str = "server";
    const PROMPT: &'static str = "STUN server";
    const VALUE: &'static str = "an address";
    const FORMS: &'static str = "Addresses: host, host:port, stun:host:port or stuns:host:port.";

    fn list(settings: &Settings) -> &List<Self> {
        &settings.stun
    }

    fn edit(edit: ListEdit<Self>) -> Edit {
        Edit::Stun(edit)
    }

    fn parse_key(text: &str) -> Result<ServerUri, CommandError> {
        Ok(ServerUri::parse(text, Kind::Stun)?)
    }
}

pub(crate) fn run(context: &Context, command: StunCommand) -> Result<Exit, CommandError> {
    match command {
        StunCommand::List => command::list::<ServerUri>(context, false),
        StunCommand::Examples => examples(context),
        StunCommand::Add { servers, probe, position } => {
            // Those that are typed have been probed.
            let probes = probe.probe && !servers.is_empty();
            command::add(context, new_servers(context, &servers)?, &position, probes)
        }
        StunCommand::Remove(given) => command::remove::<ServerUri>(context, &given),
        StunCommand::Set { servers, probe } => {
            let probes = probe.probe && !servers.is_empty();
            command::set(context, new_list(context, &servers)?, probes)
        }
        StunCommand::Move(given) => command::move_entry::<ServerUri>(context, &given),
        StunCommand::Clear => command::clear::<ServerUri>(context),
    }
}

/// The servers to add. Those that are typed at the terminal are probed.
fn new_servers(context: &Context, given: &[String]) -> Result<Vec<ServerUri>, CommandError> {
    let uris = entered::<ServerUri>(context, given)?;
    if !given.is_empty() {
        return Ok(uris);
    }
    let servers = typed::usable(context, uris.into_iter().map(bare).collect())?;
    Ok(servers.into_iter().map(|server| server.uri).collect())
}

/// The servers of a new list. Those that are typed at the terminal are probed.
fn new_list(context: &Context, given: &[String]) -> Result<Vec<ServerUri>, CommandError> {
    if !given.is_empty() {
        return parse_all::<ServerUri>(given);
    }
    let servers = typed::list(context, Kind::Stun)?;
    Ok(servers.into_iter().map(|server| server.uri).collect())
}

fn examples(context: &Context) -> Result<Exit, CommandError> {
    let examples = defaults::stun_examples();
    if context.global.json {
        context.print_json(json::examples(&examples))?;
    } else {
        context.print(&table::examples(&examples, context.terminal.out))?;
        if context.terminal.out.is_terminal {
            context.note(
                "ANSWERED: share of 400 daily checks until August 2026. Servers with RFC 5780 work with 'cowork-calls nat'. Add one with 'cowork-calls stun add SERVER'.",
            );
        }
    }
    Ok(Exit::Done)
}
