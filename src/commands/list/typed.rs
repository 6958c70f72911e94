//! Servers that are typed at a terminal: each is probed at once.

use std::time::Duration;

use super::entry::ListEntry as _;
use super::targets::require_argument;
use super::turn_edit;
use crate::commands::context::Context;
use crate::commands::credentials::{self, Given};
use crate::commands::probe::before_save::probe;
use crate::config::address::{Kind, ServerUri};
use crate::config::turn::TurnServer;
use crate::error::{CommandError, UNCHANGED};
use crate::probe::report::{Code, Report, RowError};
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
    while let Some(uri) = lines
        .next(question, |line| ServerUri::parse(line, kind).map_err(|error| context.rendered(error.into())))?
    {
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
        // Credentials that were entered again are right for the next server, too.
        if let Some(last) = kept.last() {
            server.username.clone_from(&last.username);
            server.credential.clone_from(&last.credential);
        }
        kept.extend(probed(context, server)?);
    }
    at_least_one(context, kept)
}

/// The entries that were typed; without any, nothing is changed.
pub(super) fn at_least_one<T>(context: &Context, entries: Vec<T>) -> Result<Vec<T>, CommandError> {
    if entries.is_empty() {
        context.note(UNCHANGED);
        return Err(CommandError::declined());
    }
    Ok(entries)
}

/// Probes a server. Returns it if it works or the user wants it anyway; credentials can be entered again.
fn probed(context: &Context, mut server: TurnServer) -> Result<Option<TurnServer>, CommandError> {
    loop {
        let report = verdict(context, &server)?;
        let enter = match &server.credential {
            _ if report.is_good() => return Ok(Some(server)),
            Some(_) => "Enter the credentials again",
            None if lacks_credentials(&server, &report) => "Enter its credentials",
            None => return Ok(context.dialog.yes("Use it anyway?", false)?.then_some(server)),
        };
        let ways = [enter, "Use it anyway", "Leave it out"];
        match context.dialog.choose("The server does not work", &ways.map(str::to_owned), 0)? {
            0 => enter_login(context, &mut server)?,
            1 => return Ok(Some(server)),
            _ => return Ok(None),
        }
    }
}

fn enter_login(context: &Context, server: &mut TurnServer) -> Result<(), CommandError> {
    if server.credential.is_some() {
        context.dialog.tell("Press Enter to keep a value.");
    }
    let Given { username, credential } = turn_edit::prompt_login(context, server)?;
    server.username = username.or(server.username.take());
    server.credential = credential.or(server.credential.take());
    Ok(())
}

/// Whether it is a TURN server without credentials that asks for them.
fn lacks_credentials(server: &TurnServer, report: &Report) -> bool {
    let is_missing = |error: &RowError| error.code == Code::CredentialsMissing;
    let has_none = server.uri.kind() == Kind::Turn && server.credential.is_none();
    has_none && report.results.iter().filter_map(|row| row.error.as_deref()).any(is_missing)
}

/// Probes the server and shows the verdict.
fn verdict(context: &Context, server: &TurnServer) -> Result<Report, CommandError> {
    let mut probed = probe(context, vec![server.clone()], TIMEOUT)?;
    if lacks_credentials(server, &probed.report) {
        // The remedy of the code names options, but here a prompt follows.
        for error in probed.report.results.iter_mut().filter_map(|row| row.error.as_mut()) {
            if error.code == Code::CredentialsMissing {
                error.hint = "enter its credentials".into();
            }
        }
    }
    context.warn(&probed.warnings);
    context.say(&render::probe::table::rows(&probed.report, context.terminal.err));
    Ok(probed.report)
}
