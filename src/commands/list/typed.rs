//! Servers that are typed at a terminal: each is probed at once.

use std::time::Duration;

use super::entry::ListEntry as _;
use super::targets::require_argument;
use crate::commands::context::Context;
use crate::commands::credentials::{self, Given};
use crate::commands::probe::before_save::probe;
use crate::config::address::{Kind, ServerUri};
use crate::config::turn::TurnServer;
use crate::error::{CommandError, UNCHANGED};
use crate::render;

/// The timeout of each probe.
const TIMEOUT: Duration = Duration::from_secs(3);

/// Prompts for the servers of a new list, at least one.
pub(super) fn list(context: &Context, kind: Kind) -> Result<Vec<TurnServer>, CommandError> {
    match kind {
        Kind::Stun => require_argument(context, "stun set", "<SERVER>...")?,
        Kind::Turn => require_argument(context, "turn set", "<FILE|->")?,
    }
    let mut servers = Vec::new();
    until_empty(context, kind, &mut servers)?;
    at_least_one(context, servers)
}

/// Prompts for servers until the line is empty, and adds them to `servers`.
pub(crate) fn until_empty(
    context: &Context,
    kind: Kind,
    servers: &mut Vec<TurnServer>,
) -> Result<(), CommandError> {
    let (forms, question) = match kind {
        Kind::Stun => (ServerUri::FORMS, "STUN server (empty to finish)"),
        Kind::Turn => (TurnServer::FORMS, "TURN server (empty to finish)"),
    };
    context.dialog.tell(forms);
    let mut lines = context.dialog.lines();
    while let Some(uri) = lines.next(question, |line| {
        ServerUri::parse(line, kind).map_err(|error| context.rendered(&error.into()))
    })? {
        if servers.iter().any(|server| server.uri == uri) {
            context.dialog.tell(&format!("{uri} is already in the list."));
            continue;
        }
        // Esc goes back to the address.
        let server = context.dialog.unless_back(completed(context, kind, uri))?;
        servers.extend(server.flatten());
    }
    Ok(())
}

/// Prompts for the credentials of a TURN server, and probes the server.
fn completed(context: &Context, kind: Kind, uri: ServerUri) -> Result<Option<TurnServer>, CommandError> {
    let Given { username, credential } = match kind {
        Kind::Stun => Given::default(),
        Kind::Turn => credentials::prompt_login(context)?,
    };
    probed(context, TurnServer { uri, username, credential })
}

/// Probes servers that have the same credentials, and returns those to use, at least one.
pub(super) fn usable(context: &Context, servers: Vec<TurnServer>) -> Result<Vec<TurnServer>, CommandError> {
    let mut kept: Vec<TurnServer> = Vec::new();
    for mut server in servers {
        // A password that was entered again is right for the next server, too.
        if let Some(last) = kept.last() {
            server.credential.clone_from(&last.credential);
        }
        kept.extend(probed(context, server)?);
    }
    at_least_one(context, kept)
}

fn at_least_one(context: &Context, servers: Vec<TurnServer>) -> Result<Vec<TurnServer>, CommandError> {
    if servers.is_empty() {
        context.note(UNCHANGED);
        return Err(CommandError::declined());
    }
    Ok(servers)
}

/// Probes a server. Returns it if it works or the user wants it anyway; credentials can be entered again.
fn probed(context: &Context, mut server: TurnServer) -> Result<Option<TurnServer>, CommandError> {
    while !works(context, &server)? {
        let Some(credential) = &server.credential else {
            return Ok(context.dialog.yes("Use it anyway?", false)?.then_some(server));
        };
        let is_password = credential.is_password();
        let again = if is_password { "Enter the password again" } else { "Enter the secret again" };
        let ways = [again, "Use it anyway", "Leave it out"];
        match context.dialog.choose("The server does not work", &ways.map(str::to_owned), 0)? {
            0 => server.credential = Some(credentials::typed(context, is_password)?),
            1 => break,
            _ => return Ok(None),
        }
    }
    Ok(Some(server))
}

/// Probes the server and shows the verdict.
fn works(context: &Context, server: &TurnServer) -> Result<bool, CommandError> {
    let probed = probe(context, vec![server.clone()], TIMEOUT)?;
    context.warn(&probed.warnings);
    context.say(&render::probe::table::rows(&probed.report, context.terminal.err));
    Ok(probed.report.is_good())
}
