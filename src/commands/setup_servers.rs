//! The servers in the guided set-up: each is asked at once whether it works.

use std::time::Duration;

use super::setup::{Choice, choice, defaults};
use super::{Context, Failure, logins, probe, prompt};
use crate::config::address::{Kind, ServerUri};
use crate::config::turn::{Credential, TurnServer};
use crate::config::{List, Origin};
use crate::probe::plan::{Countries, Options, Plan, Trust};
use crate::render;

/// How long a person waits for a verdict at most.
const TIMEOUT: Duration = Duration::from_secs(3);

/// How long credentials last that are made from a shared secret for the probe.
const TTL: Duration = Duration::from_secs(600);

/// The STUN servers.
pub(super) fn stun(context: &Context, before: &List<ServerUri>) -> Result<List<ServerUri>, Failure> {
    context.step(1, "STUN servers: they tell clients their public address");
    context.say(render::lists::stun(&before.entries, context.terminal.err).trim_end());
    let entries = match choice(
        context,
        before.origin,
        "Use the servers that come with the program, all run by companies in Germany",
        "Enter other servers",
    )? {
        Choice::Keep => return Ok(before.clone()),
        Choice::Defaults => return Ok(defaults()),
        Choice::Own => {
            entered(context, Kind::Stun, |uri| Ok(TurnServer { uri, username: None, credential: None }))?
        }
    };
    if entries.is_empty() {
        context.say("None was entered, so the defaults are used.");
        return Ok(defaults());
    }
    Ok(List { entries: entries.into_iter().map(|server| server.uri).collect(), origin: Origin::Config })
}

/// The TURN servers.
pub(super) fn turn(context: &Context, before: &List<TurnServer>) -> Result<List<TurnServer>, Failure> {
    context.step(2, "TURN servers: they relay where no direct connection works");
    context.say(render::lists::turn(&before.entries, false, context.terminal.err).trim_end());
    let mut entries = match before.entries.is_empty() {
        true => Vec::new(),
        false => match choice(context, before.origin, "Use none", "Enter other servers")? {
            Choice::Keep => before.entries.clone(),
            Choice::Defaults => return Ok(defaults()),
            Choice::Own => Vec::new(),
        },
    };
    let question = if entries.is_empty() { "Enter a TURN server?" } else { "Enter one more TURN server?" };
    if prompt::yes(context, question, false)? {
        entries.extend(entered(context, Kind::Turn, |uri| with_login(context, uri))?);
    }
    let origin = if entries.is_empty() { Origin::Default } else { Origin::Config };
    Ok(List { entries, origin })
}

/// Servers that a person types, until the line is empty.
fn entered(
    context: &Context,
    kind: Kind,
    complete: impl Fn(ServerUri) -> Result<TurnServer, Failure>,
) -> Result<Vec<TurnServer>, Failure> {
    let mut servers: Vec<TurnServer> = Vec::new();
    let question = match kind {
        Kind::Stun => "STUN server, host or host:port (empty: no more)",
        Kind::Turn => "TURN server, host or turn:host?transport=tcp (empty: no more)",
    };
    while let Some(line) = prompt::optional_line(context, question)? {
        let uri = match ServerUri::parse(line.trim(), kind) {
            Ok(uri) => uri,
            Err(error) => {
                context.complain_of(&Failure::from(error));
                continue;
            }
        };
        if servers.iter().any(|server| server.uri == uri) {
            context.say(&format!("{uri} is in the list already."));
            continue;
        }
        let server = complete(uri)?;
        if works(context, &server)? || prompt::yes(context, "Use it all the same?", false)? {
            servers.push(server);
        }
    }
    Ok(servers)
}

/// A TURN server with what clients log in with.
fn with_login(context: &Context, uri: ServerUri) -> Result<TurnServer, Failure> {
    let ways = ["A user name and a password", "A shared secret, for credentials that expire", "Nothing"];
    let (username, credential) =
        match prompt::choose(context, "What do clients log in with", &ways.map(str::to_owned))? {
            0 => {
                let name = prompt::line(context, "User name")?;
                (Some(name), Some(Credential::Password(prompt::secret(context, "Password")?)))
            }
            1 => {
                let secret = prompt::secret(context, "Shared secret")?;
                let name = prompt::optional_line(context, "User name behind the time (empty: none)")?;
                (name, Some(Credential::Secret(secret)))
            }
            _ => (None, None),
        };
    Ok(TurnServer { uri, username, credential })
}

/// Asks the server and shows what it answers.
fn works(context: &Context, server: &TurnServer) -> Result<bool, Failure> {
    let options = Options {
        timeout: TIMEOUT,
        trust: Trust::new(None, false).map_err(Failure::Output)?,
        countries: Countries::new(None).unwrap_or_default(),
        ..Options::default()
    };
    let plan = Plan::new([logins::of(context, server.clone(), TTL)], options);
    let report = probe::ask(context, &plan, true, &mut |_| {})?;
    if report.interrupted.is_some() {
        return Err(Failure::Interrupted);
    }
    context.say(render::verdicts::rows(&report, context.terminal.err).trim_end());
    Ok(report.is_good())
}

impl Context {
    /// Shows what is wrong with an answer, which can be given again.
    fn complain_of(&self, failure: &Failure) {
        self.say(render::text::error(&failure.error(), self.terminal.err).trim_end());
    }
}
