//! `cowork-calls probe`: one probe of the selected servers.

use std::io;
use std::path::Path;

use super::print::Printer;
use super::{self_test, watch};
use crate::cli::{ProbeArgs, ProbeFormat};
use crate::commands::context::Context;
use crate::commands::{credentials, input};
use crate::config::address::{Kind, ServerUri};
use crate::config::settings::Settings;
use crate::config::turn::TurnServer;
use crate::error::{Code, CommandError, Exit};
use crate::probe;
use crate::probe::plan::{Countries, Options, Plan, Trust};
use crate::probe::report::{Family, Interrupt, Report, Row, Update};
use crate::terminal::Style;
use crate::terminal::progress::Progress;

pub(crate) fn run(context: &Context, args: &ProbeArgs) -> Result<Exit, CommandError> {
    if context.global.json && args.format == ProbeFormat::Prometheus {
        let message = "--json is short for --format json, and --format prometheus was given too";
        return Err(CommandError::new(Code::Usage, message, "leave out one of the two"));
    }
    if args.self_test {
        return self_test::run(context, args);
    }
    if args.insecure {
        let warning = context.terminal.err.paint(Style::Warning, "warning:");
        context.note(&format!(
            "{warning} certificates are NOT checked (--insecure), so another machine may answer in the server's place"
        ));
    }
    let servers = servers(context, args)?;
    if args.watch {
        return watch::run(context, args, &servers);
    }
    let plan = plan(context, args, &servers)?;
    let mut printer = Printer::new(context, format(context, args));
    let report = ask(context, &plan, printer.leaves_room(), &mut |row| printer.row(row))?;
    printer.end(&report)?;
    Ok(ending(&report))
}

/// The exit code after a probe.
pub(crate) fn ending(report: &Report) -> Exit {
    match report.interrupted {
        Some(Interrupt::CtrlC) => Exit::Interrupted,
        Some(Interrupt::Terminate) => Exit::Terminated,
        None if report.is_good() => Exit::Done,
        None => Exit::No,
    }
}

/// The output format; `--json` is short for `--format json`.
pub(crate) fn format(context: &Context, args: &ProbeArgs) -> ProbeFormat {
    if context.global.json && args.format == ProbeFormat::Table { ProbeFormat::Json } else { args.format }
}

/// The plan, with the credentials that clients would use now.
pub(crate) fn plan(
    context: &Context,
    args: &ProbeArgs,
    servers: &[TurnServer],
) -> Result<Plan, CommandError> {
    let servers = servers.iter().cloned().map(|server| credentials::with_login(context, server, args.ttl));
    Ok(Plan::new(servers, options(args)?))
}

/// The servers to probe: those in a file, those on the command line, or else the configured ones.
fn servers(context: &Context, args: &ProbeArgs) -> Result<Vec<TurnServer>, CommandError> {
    match &args.input {
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
    let from_stdin = args.credentials.password_stdin || args.credentials.secret_stdin;
    if from_stdin && args.input.as_deref() == Some(Path::new("-")) {
        let message = "the server list and the credentials cannot both come from standard input";
        return Err(CommandError::new(Code::Usage, message, "name a file for one of them"));
    }
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
fn bare(uri: ServerUri) -> TurnServer {
    TurnServer { uri, username: None, credential: None }
}

/// The configured servers of both lists, or of the selected one.
fn configured(args: &ProbeArgs, settings: &Settings) -> Vec<TurnServer> {
    let both = args.stun == args.turn;
    let stun = settings.stun.entries.iter().filter(|_| both || args.stun);
    let turn = settings.turn.entries.iter().filter(|_| both || args.turn).cloned();
    stun.cloned().map(bare).chain(turn).collect()
}

pub(crate) fn options(args: &ProbeArgs) -> Result<Options, CommandError> {
    let unusable = |file: Option<&Path>, error: io::Error, hint: &str| {
        let file = file.unwrap_or(Path::new("")).display();
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

/// Carries out the plan; `live` shows a progress line at a terminal.
pub(crate) fn ask(
    context: &Context,
    plan: &Plan,
    live: bool,
    on_row: &mut dyn FnMut(&Row),
) -> Result<Report, CommandError> {
    let progress = live.then(|| Progress::start(context.terminal.err));
    let show = |finished| {
        if let Some(progress) = &progress {
            progress.probing(finished, plan.servers());
        }
    };
    show(0);
    let mut on_update = |update: Update<'_>| {
        on_row(update.row);
        show(update.finished);
    };
    probe::run_until_signal(plan, context.signals.exit_at_once(), &mut on_update)
        .map_err(|error| no_event_loop(&error))
}

pub(crate) fn no_event_loop(error: &io::Error) -> CommandError {
    CommandError::new(
        Code::EventLoop,
        format!("the probe could not start: {error}"),
        "raise the limit of open files ('ulimit -n')".to_owned(),
    )
}
