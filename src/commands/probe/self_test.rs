//! `cowork-calls probe --self-test`: probes built-in servers on loopback, to tell a problem of this machine from one of
//! a server.

use std::io;

use super::print::Printer;
use super::run as probe;
use crate::cli::{ProbeArgs, ProbeFormat};
use crate::commands::context::Context;
use crate::config::address::{Host, ServerUri};
use crate::error::{Code, CommandError, Exit};
use crate::probe::loopback_server::Servers;
use crate::probe::plan::Plan;
use crate::render::probe::table;

pub(crate) fn run(context: &Context, args: &ProbeArgs) -> Result<Exit, CommandError> {
    let servers = Servers::start().map_err(|error| no_server(&error))?;
    let wanted = servers.stun().chain(servers.turn()).filter(|server| is_wanted(&server.uri, args));
    let plan = Plan::new(wanted, probe::options(args)?);

    let format = probe::format(context, args);
    let mut printer = Printer::new(context, format);
    let report = probe::ask(context, &plan, printer.leaves_room(), &mut |row| printer.row(row))?;
    printer.end(&report)?;
    if format == ProbeFormat::Table {
        context.print(&table::self_test(&report, context.terminal.out))?;
    }
    Ok(probe::ending(&report))
}

/// Whether a server is of the selected address family; each has only one.
fn is_wanted(uri: &ServerUri, args: &ProbeArgs) -> bool {
    match uri.host {
        Host::Ip(ip) => !(args.ipv4 && ip.is_ipv6() || args.ipv6 && ip.is_ipv4()),
        Host::Name(_) => true,
    }
}

fn no_server(error: &io::Error) -> CommandError {
    CommandError::new(
        Code::SelfTest,
        format!("cannot start a server on loopback: {error}"),
        "check that the interface 'lo' is up ('ip link set lo up')".to_owned(),
    )
}
