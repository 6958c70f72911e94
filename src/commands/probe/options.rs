//! What `cowork-calls probe` probes, and how: from options to a plan.

use std::io;
use std::path::Path;

use crate::cli::{ProbeArgs, ProbeFormat};
use crate::commands::context::Context;
use crate::commands::{credentials, input};
use crate::config::address::{Kind, ServerUri};
use crate::config::settings::Settings;
use crate::config::turn::TurnServer;
use crate::error::{Code, CommandError};
use crate::probe::plan::{Countries, Options, Plan, Trust};
use crate::probe::report::Family;

/// The output format; `--json` is short for `--format json`.
pub(super) fn format(context: &Context, args: &ProbeArgs) -> ProbeFormat {
    if context.global.json && args.format == ProbeFormat::Table { ProbeFormat::Json } else { args.format }
}

/// The plan, with the credentials that clients would use now.
pub(super) fn plan(
    context: &Context,
    args: &ProbeArgs,
    servers: Vec<TurnServer>,
) -> Result<Plan, CommandError> {
    let servers = servers.into_iter().map(|server| credentials::with_login(context, server, args.ttl));
    Ok(Plan::new(servers, options(args)?))
}

/// The servers to probe: those in a file, those on the command line, or else the configured ones.
pub(super) fn servers(context: &Context, args: &ProbeArgs) -> Result<Vec<TurnServer>, CommandError> {
    let from_stdin = args.credentials.password_stdin || args.credentials.secret_stdin;
    match &args.input {
        Some(file) if from_stdin && file == Path::new("-") => {
            let message = "the server list and the credentials cannot both come from standard input";
            Err(CommandError::new(Code::Usage, message, "name a file for one of them"))
        }
        Some(file) => named(context, args, input::servers(file)?),
        None if !args.servers.is_empty() => {
            let uris = args.servers.iter().map(|text| ServerUri::parse_any(text, Kind::Stun));
            named(context, args, uris.collect::<Result<_, _>>()?)
        }
        None if args.credentials.is_given() => Err(CommandError::new(
            Code::Usage,
            "credentials need a server on the command line",
            "name a server; change the credentials of configured servers with 'cowork-calls turn edit'",
        )),
        None => Ok(configured(args, &context.load()?.settings)),
    }
}

/// The servers named on the command line. A bare host is a STUN server; a configured TURN server is probed with its
/// own credentials, any other with those of the command line.
fn named(context: &Context, args: &ProbeArgs, uris: Vec<ServerUri>) -> Result<Vec<TurnServer>, CommandError> {
    // Read files now: without the credentials the verdict would be about another user.
    let from_file = args.credentials.password_file.is_some() || args.credentials.secret_file.is_some();
    let given = credentials::read(context, &args.credentials, from_file)?;
    if uris.iter().all(|uri| uri.kind() == Kind::Stun) {
        return Ok(uris.into_iter().map(bare).collect());
    }
    let given = credentials::completed(context, given)?;
    let known = context.load()?.settings.turn.entries;
    let with_login = |uri: ServerUri| {
        let server = known.iter().find(|server| server.uri == uri && given.credential.is_none()).cloned();
        server.unwrap_or_else(|| TurnServer {
            username: given.username.clone(),
            credential: given.credential.clone(),
            ..bare(uri)
        })
    };
    Ok(uris.into_iter().map(with_login).collect())
}

/// A server without credentials.
pub(crate) fn bare(uri: ServerUri) -> TurnServer {
    TurnServer { uri, username: None, credential: None }
}

/// The configured servers of both lists, or of the selected one.
fn configured(args: &ProbeArgs, settings: &Settings) -> Vec<TurnServer> {
    let both = args.stun == args.turn;
    let stun = settings.stun.entries.iter().filter(|_| both || args.stun);
    let turn = settings.turn.entries.iter().filter(|_| both || args.turn).cloned();
    stun.cloned().map(bare).chain(turn).collect()
}

pub(super) fn options(args: &ProbeArgs) -> Result<Options, CommandError> {
    let unusable = |file: Option<&Path>, error: io::Error, hint: &str| {
        let file = file.map(input::name_of).unwrap_or_default();
        CommandError::new(Code::UnusableFile, format!("cannot use {file}: {error}"), hint)
    };
    let (ca, geoip) = (args.ca_file.as_deref(), args.geoip.as_deref());
    let trust = Trust::new(ca, args.insecure)
        .map_err(|error| unusable(ca, error, "name a file of certificates in PEM"))?;
    let countries = Countries::new(geoip).map_err(|error| {
        unusable(geoip, error, "name a database of countries in the format of MaxMind DB")
    })?;
    let defaults = Options::default();
    Ok(Options {
        count: args.count.unwrap_or(defaults.count),
        relay_count: args.count.unwrap_or(defaults.relay_count),
        timeout: args.timeout,
        family: family(args.ipv4, args.ipv6),
        transport: args.transport,
        trust,
        countries,
    })
}

/// The only family to use, or both; clap rejects -4 together with -6.
pub(crate) fn family(ipv4: bool, ipv6: bool) -> Option<Family> {
    let only = |wanted: bool, family| wanted.then_some(family);
    only(ipv4, Family::Ipv4).or(only(ipv6, Family::Ipv6))
}
