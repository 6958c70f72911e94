//! `cowork-calls nat`: selects the servers, runs one discovery, and prints what it means.

use super::context::Context;
use super::probe::measure::no_event_loop;
use super::probe::options::family;
use crate::cli::NatArgs;
use crate::config::address::{Kind, ServerUri};
use crate::error::{Code, CommandError, Exit};
use crate::probe::nat::{self, NatReport, NoReport};
use crate::probe::plan::Options;
use crate::probe::report::RowError;
use crate::render;
use crate::terminal::progress::Progress;
use crate::text::suggestion::with_option;

pub(super) fn run(context: &Context, args: &NatArgs) -> Result<Exit, CommandError> {
    let servers = match &args.server {
        Some(server) => vec![named(server)?],
        None => nat::candidates(&context.load()?.settings.stun.entries),
    };
    let family = family(args.ipv4, args.ipv6);
    let mut report =
        discover(context, &servers, Options { timeout: args.timeout, family, ..Options::default() })?;
    report.conclusion = with_option(&report.conclusion, &context.global.settings_option());
    if context.global.json {
        let json = serde_json::to_string(&report).map_err(|error| CommandError::output(error.into()))?;
        context.print(&(json + "\n"))?;
    } else {
        context.print(&render::probe::nat::text(&report, context.terminal.out))?;
    }
    Ok(Exit::Done)
}

/// The server named on the command line. A bare host is a STUN server.
fn named(text: &str) -> Result<ServerUri, CommandError> {
    let server = ServerUri::parse_any(text, Kind::Stun)?;
    if nat::is_testable(&server) {
        return Ok(server);
    }
    let message = format!("{server} does not use UDP; NAT discovery needs UDP");
    Err(CommandError::new(Code::InvalidAddress, message, "name the server as stun:HOST:PORT"))
}

/// Queries the servers, with a progress line at a terminal.
fn discover(context: &Context, servers: &[ServerUri], options: Options) -> Result<NatReport, CommandError> {
    let text = |_| "testing the NAT…".to_owned();
    let _progress = (!context.global.quiet).then(|| Progress::start(context.terminal.err, text));
    nat::run(servers, options).map_err(no_event_loop)?.map_err(|reason| no_report(reason, servers.len()))
}

/// There is no report: no server responded, or there was no server to query.
fn no_report(reason: NoReport, servers: usize) -> CommandError {
    match reason {
        NoReport::NoServer => {
            let message = "no STUN server over UDP is configured; NAT discovery needs UDP";
            CommandError::new(Code::MissingValue, message, "name one: 'cowork-calls nat SERVER'")
        }
        NoReport::NoResponse(RowError { code, mut message, mut hint, .. }) => {
            if servers > 1 {
                message = format!("none of {servers} STUN servers responds; the first one: {message}");
                hint += "; 'cowork-calls probe' probes each of them";
            }
            CommandError::new(Code::Row(code), message, hint)
        }
        NoReport::NoUdp { code, silent: 1, over_tcp } => CommandError::new(
            Code::Row(code),
            format!(
                "{over_tcp} responds over TCP, but not over UDP: this network lets no UDP out, or the server does not \
                 accept UDP"
            ),
            "try another server: 'cowork-calls nat SERVER'; if none responds, calls from here need TURN over TCP or TLS: \
             'cowork-calls turn add turns:HOST'",
        ),
        NoReport::NoUdp { code, silent, over_tcp } => CommandError::new(
            Code::Row(code),
            format!(
                "this network lets no UDP out: none of {silent} STUN servers responds over UDP, but {over_tcp} does over TCP"
            ),
            "calls from here need TURN over TCP or TLS: add such a server with 'cowork-calls turn add turns:HOST'",
        ),
    }
}
