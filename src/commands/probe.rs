//! `cowork-calls probe`: which servers to ask, one probe of them all, and the verdicts in the form asked for.

use std::io;

use super::{Context, Failure};
use crate::cli::{ProbeArgs, ProbeFormat};
use crate::config::Settings;
use crate::config::address::{AddressError, Kind, ServerUri};
use crate::exit::Exit;
use crate::probe;
use crate::probe::plan::{Options, Plan};
use crate::probe::report::{Family, Report};
use crate::render::progress::Progress;
use crate::render::verdicts;

pub(super) fn run(context: &Context, args: &ProbeArgs) -> Result<Exit, Failure> {
    let servers =
        if args.servers.is_empty() { configured(args, &context.load()?.settings) } else { named(args)? };
    let plan = Plan::new(servers, options(args));
    let report = ask(context, &plan)?;
    if context.global.json || args.format == ProbeFormat::Json {
        let json = serde_json::to_string(&report).map_err(|error| Failure::Output(error.into()))?;
        context.print(&(json + "\n"))?;
    } else {
        context.print(&verdicts::text(&report, context.terminal.out))?;
    }
    Ok(if report.is_good() { Exit::Done } else { Exit::No })
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

fn options(args: &ProbeArgs) -> Options {
    Options { count: args.count, timeout: args.timeout, family: family(args.ipv4, args.ipv6) }
}

/// The only family to use, or both; the command line refuses -4 and -6 at once.
pub(super) fn family(ipv4: bool, ipv6: bool) -> Option<Family> {
    let only = |wanted: bool, family| wanted.then_some(family);
    only(ipv4, Family::Ipv4).or(only(ipv6, Family::Ipv6))
}

/// Carries out the plan, with a live line for whoever watches.
fn ask(context: &Context, plan: &Plan) -> Result<Report, Failure> {
    let progress = (!context.global.quiet).then(|| Progress::start(context.terminal.err));
    let show = |finished| {
        if let Some(progress) = &progress {
            progress.probing(finished, plan.servers());
        }
    };
    show(0);
    probe::run(plan, &mut |update| show(update.finished)).map_err(|error| no_event_loop(&error))
}

pub(super) fn no_event_loop(error: &io::Error) -> Failure {
    Failure::Message {
        exit: Exit::No,
        code: "event-loop",
        message: format!("the probe could not start: {error}"),
        hint: "raise the limit of open files ('ulimit -n')".to_owned(),
    }
}
