//! `cowork-calls probe`: which servers to ask, one probe of them all, and the verdicts in the form asked for.

use std::io;

use super::printer::Printer;
use super::{Context, Failure, input, self_test};
use crate::cli::{ProbeArgs, ProbeFormat};
use crate::config::Settings;
use crate::config::address::{AddressError, Kind, ServerUri};
use crate::exit::Exit;
use crate::probe;
use crate::probe::plan::{Options, Plan};
use crate::probe::report::{Family, Report, Row, Update};
use crate::render::progress::Progress;

pub(super) fn run(context: &Context, args: &ProbeArgs) -> Result<Exit, Failure> {
    if args.self_test {
        return self_test::run(context, args);
    }
    let plan = Plan::new(servers(context, args)?, options(args));
    let mut printer = Printer::new(context, format(context, args));
    let report = ask(context, &plan, &mut |row| printer.row(row))?;
    printer.end(&report)?;
    Ok(if report.is_good() { Exit::Done } else { Exit::No })
}

/// The servers to ask: those in a file, those on the command line, or else the configured ones.
fn servers(context: &Context, args: &ProbeArgs) -> Result<Vec<ServerUri>, Failure> {
    match &args.input {
        Some(file) => input::servers(file),
        None if !args.servers.is_empty() => Ok(named(args)?),
        None => Ok(configured(args, &context.load()?.settings)),
    }
}

/// The form asked for; `--json` is short for one of them.
pub(super) fn format(context: &Context, args: &ProbeArgs) -> ProbeFormat {
    if context.global.json && args.format == ProbeFormat::Table { ProbeFormat::Json } else { args.format }
}

/// The servers named on the command line. A bare host is a STUN server.
fn named(args: &ProbeArgs) -> Result<Vec<ServerUri>, AddressError> {
    args.servers.iter().map(|text| ServerUri::parse_any(text, Kind::Stun)).collect()
}

/// The configured servers: of both lists, or of those that were chosen.
fn configured(args: &ProbeArgs, settings: &Settings) -> Vec<ServerUri> {
    let both = args.stun == args.turn;
    let stun = settings.stun.entries.iter().filter(|_| both || args.stun);
    let turn = settings.turn.entries.iter().filter(|_| both || args.turn);
    stun.chain(turn.map(|server| &server.uri)).cloned().collect()
}

pub(super) fn options(args: &ProbeArgs) -> Options {
    // The command line refuses both at once.
    let only = |wanted: bool, family| wanted.then_some(family);
    let family = only(args.ipv4, Family::Ipv4).or(only(args.ipv6, Family::Ipv6));
    Options { count: args.count, timeout: args.timeout, family }
}

/// Carries out the plan, with a live line for whoever watches.
pub(super) fn ask(context: &Context, plan: &Plan, on_row: &mut dyn FnMut(&Row)) -> Result<Report, Failure> {
    let progress = (!context.global.quiet).then(|| Progress::start(context.terminal.err));
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
    probe::run(plan, &mut on_update).map_err(|error| no_event_loop(&error))
}

fn no_event_loop(error: &io::Error) -> Failure {
    Failure::Message {
        exit: Exit::No,
        code: "event-loop",
        message: format!("the probe could not start: {error}"),
        hint: "raise the limit of open files ('ulimit -n')".to_owned(),
    }
}
