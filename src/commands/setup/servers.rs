//! The servers in the guided set-up: each is asked at once whether it works.

use std::time::Duration;

use super::choice::{Choice, choice, defaults, step};
use crate::commands::context::Context;
use crate::commands::probe::run;
use crate::commands::{credentials, logins};
use crate::config::address::{Kind, ServerUri};
use crate::config::settings::{List, Origin};
use crate::config::turn::{Credential, TurnServer};
use crate::error::{CommandError, Exit, UNCHANGED};
use crate::probe::plan::{Countries, Options, Plan, Trust};
use crate::probe::report::Interrupt;
use crate::render;

/// The spellings of addresses, said before they are asked for.
pub(crate) const STUN_FORMS: &str = "Addresses: host, host:port, stun:host:port or stuns:host:port.";

/// The same of TURN servers.
pub(crate) const TURN_FORMS: &str =
    "Addresses: host, host:port, turn:host:port?transport=tcp or turns:host:port.";

/// How long a person waits for a verdict at most.
const TIMEOUT: Duration = Duration::from_secs(3);

/// How long credentials last that are made from a shared secret for the probe.
const TTL: Duration = Duration::from_secs(600);

/// The STUN servers.
pub(crate) fn stun(context: &Context, before: &List<ServerUri>) -> Result<List<ServerUri>, CommandError> {
    step(context, 1, "STUN servers: they tell clients their public address");
    context
        .dialog
        .say(render::settings::table::list(&before.entries, false, context.terminal.err).trim_end());
    let entries = match choice(
        context,
        "STUN servers to use",
        before.origin,
        "The defaults, run in Germany",
        "Enter other servers",
    )? {
        Choice::Keep => return Ok(before.clone()),
        Choice::Defaults => return Ok(defaults()),
        Choice::Own => {
            entered(context, Kind::Stun, |uri| Ok(TurnServer { uri, username: None, credential: None }))?
        }
    };
    if entries.is_empty() {
        context.dialog.tell("None was entered, so the defaults are used.");
        return Ok(defaults());
    }
    Ok(List { entries: entries.into_iter().map(|server| server.uri).collect(), origin: Origin::Config })
}

/// The TURN servers.
pub(crate) fn turn(context: &Context, before: &List<TurnServer>) -> Result<List<TurnServer>, CommandError> {
    step(context, 2, "TURN servers: they relay where no direct connection works");
    context
        .dialog
        .say(render::settings::table::list(&before.entries, false, context.terminal.err).trim_end());
    let mut entries = match before.entries.is_empty() {
        true => Vec::new(),
        false => {
            match choice(context, "TURN servers to use", before.origin, "Use none", "Enter other servers")? {
                Choice::Keep => before.entries.clone(),
                Choice::Defaults => return Ok(defaults()),
                Choice::Own => Vec::new(),
            }
        }
    };
    let question = if entries.is_empty() { "Enter a TURN server?" } else { "Enter one more TURN server?" };
    if context.dialog.yes(question, false)? {
        entries.extend(entered(context, Kind::Turn, |uri| {
            let (username, credential) = asked_login(context)?;
            Ok(TurnServer { uri, username, credential })
        })?);
    }
    let origin = if entries.is_empty() { Origin::Default } else { Origin::Config };
    Ok(List { entries, origin })
}

/// Servers that a person types, until the line is empty.
fn entered(
    context: &Context,
    kind: Kind,
    complete: impl Fn(ServerUri) -> Result<TurnServer, CommandError>,
) -> Result<Vec<TurnServer>, CommandError> {
    let mut servers: Vec<TurnServer> = Vec::new();
    let (forms, question) = match kind {
        Kind::Stun => (STUN_FORMS, "STUN server (empty: done)"),
        Kind::Turn => (TURN_FORMS, "TURN server (empty: done)"),
    };
    context.dialog.tell(forms);
    while let Some(uri) = context.dialog.optional(question, |line| {
        ServerUri::parse(line, kind).map_err(|error| context.rendered(&error.into()))
    })? {
        if servers.iter().any(|server| server.uri == uri) {
            context.dialog.say(&format!("{uri} is in the list already."));
            continue;
        }
        servers.extend(proved(context, complete(uri)?)?);
    }
    Ok(servers)
}

/// The server if it works, or if it shall be used all the same; what clients log in with can be typed again.
fn proved(context: &Context, mut server: TurnServer) -> Result<Option<TurnServer>, CommandError> {
    while !works(context, &server)? {
        let Some(credential) = &server.credential else {
            return Ok(context.dialog.yes("Use it all the same?", false)?.then_some(server));
        };
        let is_password = credential.is_password();
        let again = if is_password { "Enter the password again" } else { "Enter the secret again" };
        let ways = [again, "Use it all the same", "Leave it out"];
        match context.dialog.choose("It does not work", &ways.map(str::to_owned), 0)? {
            0 => server.credential = Some(credentials::typed(context, is_password)?),
            1 => break,
            _ => return Ok(None),
        }
    }
    Ok(Some(server))
}

/// What clients log in with: a user name, and a password or shared secret.
pub(crate) fn asked_login(context: &Context) -> Result<(Option<String>, Option<Credential>), CommandError> {
    let ways = ["A user name and a password", "A shared secret", "Nothing"];
    context.dialog.tell("From a shared secret, credentials are made that expire.");
    Ok(match context.dialog.choose("What do clients log in with", &ways.map(str::to_owned), 0)? {
        0 => {
            let name = context.dialog.line("User name", "a user name")?;
            (Some(name), Some(credentials::typed(context, true)?))
        }
        1 => {
            let secret = credentials::typed(context, false)?;
            (context.dialog.optional_line("User name (empty: none)")?, Some(secret))
        }
        _ => (None, None),
    })
}

/// Asks the server and shows what it answers.
fn works(context: &Context, server: &TurnServer) -> Result<bool, CommandError> {
    let options = Options {
        timeout: TIMEOUT,
        trust: Trust::new(None, false).map_err(CommandError::output)?,
        countries: Countries::new(None).unwrap_or_default(),
        ..Options::default()
    };
    let plan = Plan::new([logins::of(context, server.clone(), TTL)], options).in_order();
    let report = run::ask(context, &plan, true, &mut |_| {})?;
    match report.interrupted {
        Some(Interrupt::CtrlC) => {
            context.note(UNCHANGED);
            return Err(CommandError::interrupted(Exit::Interrupted));
        }
        Some(Interrupt::Terminate) => return Err(CommandError::interrupted(Exit::Terminated)),
        None => {}
    }
    context.dialog.say(render::probe::table::rows(&report, context.terminal.err).trim_end());
    Ok(report.is_good())
}
