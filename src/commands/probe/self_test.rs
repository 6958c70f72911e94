//! `cowork-calls probe --self-test`: probes built-in servers on loopback, to tell a problem of this machine from one of
//! a server.

use std::io;

use super::measure::print;
use super::options::{format, options};
use crate::cli::{ProbeArgs, ProbeFormat};
use crate::commands::context::Context;
use crate::config::address::{Host, ServerUri};
use crate::error::{Code, CommandError, Exit};
use crate::probe::loopback_server::Servers;
use crate::probe::plan::Plan;
use crate::render::probe::table;

pub(super) fn run(context: &Context, args: &ProbeArgs) -> Result<Exit, CommandError> {
    let servers = Servers::start().map_err(no_server)?;
    let wanted = servers.stun().chain(servers.turn()).filter(|server| is_wanted(&server.uri, args));
    let format = format(context, args);
    let measured = print(context, &Plan::new(wanted, options(context, args)?), format)?;
    if format == ProbeFormat::Table {
        context.print(&table::self_test(&measured.report, context.terminal.out))?;
    }
    Ok(measured.exit(args))
}

/// Whether a server is of the selected address family; each has only one.
fn is_wanted(uri: &ServerUri, args: &ProbeArgs) -> bool {
    match uri.host {
        Host::Ip(ip) => !(args.ipv4 && ip.is_ipv6() || args.ipv6 && ip.is_ipv4()),
        Host::Name(_) => true,
    }
}

fn no_server(error: io::Error) -> CommandError {
    CommandError::system(
        Code::SelfTest,
        anyhow::Error::new(error).context("cannot start a server on loopback"),
    )
}
