//! The servers in the guided setup; each is probed as soon as it is entered.

use std::time::Duration;

use super::choice::{choice, step};
use crate::commands::context::Context;
use crate::commands::credentials::{self, Given};
use crate::commands::list::entry::ListEntry as _;
use crate::commands::probe::before_save::probe;
use crate::config::address::{Kind, ServerUri};
use crate::config::settings::List;
use crate::config::turn::TurnServer;
use crate::error::CommandError;
use crate::render;

/// The timeout of a probe during setup.
const TIMEOUT: Duration = Duration::from_secs(3);

/// The STUN servers.
pub(crate) fn stun(context: &Context, before: &List<ServerUri>) -> Result<List<ServerUri>, CommandError> {
    step(context, 1, "STUN servers: they show clients their public address");
    context.say(&render::settings::table::list(&before.entries, false, context.terminal.err));
    let defaults = "The defaults, run in Germany";
    if let Some(list) = choice(context, "STUN servers to use", before, defaults, "Enter other servers")? {
        return Ok(list);
    }
    let entries = entered(context, Kind::Stun)?;
    if entries.is_empty() {
        context.dialog.tell("No servers entered; using the German defaults.");
    }
    Ok(List::from_file(entries.into_iter().map(|server| server.uri).collect()))
}

/// The TURN servers.
pub(crate) fn turn(context: &Context, before: &List<TurnServer>) -> Result<List<TurnServer>, CommandError> {
    step(context, 2, "TURN servers: they relay where no direct connection works");
    context.say(&render::settings::table::list(&before.entries, false, context.terminal.err));
    let kept = match before.entries.is_empty() {
        true => None,
        false => choice(context, "TURN servers to use", before, "Use none", "Enter other servers")?,
    };
    let mut entries = match kept {
        Some(none) if none.entries.is_empty() => return Ok(none),
        kept => kept.map(|list| list.entries).unwrap_or_default(),
    };
    let question = if entries.is_empty() { "Enter a TURN server?" } else { "Enter another TURN server?" };
    if context.dialog.yes(question, false)? {
        entries.extend(entered(context, Kind::Turn)?);
    }
    Ok(List::from_file(entries))
}

/// Reads servers until the line is empty.
fn entered(context: &Context, kind: Kind) -> Result<Vec<TurnServer>, CommandError> {
    let mut servers: Vec<TurnServer> = Vec::new();
    let (forms, question) = match kind {
        Kind::Stun => (ServerUri::FORMS, "STUN server (empty to finish)"),
        Kind::Turn => (TurnServer::FORMS, "TURN server (empty to finish)"),
    };
    context.dialog.tell(forms);
    while let Some(uri) = context.dialog.optional(question, |line| {
        ServerUri::parse(line, kind).map_err(|error| context.rendered(&error.into()))
    })? {
        if servers.iter().any(|server| server.uri == uri) {
            context.dialog.say(&format!("{uri} is already in the list."));
            continue;
        }
        let Given { username, credential } = match kind {
            Kind::Stun => Given::default(),
            Kind::Turn => credentials::prompt_login(context)?,
        };
        servers.extend(probed(context, TurnServer { uri, username, credential })?);
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
