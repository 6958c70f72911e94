//! `cowork-calls probe`: one probe of the selected servers.

use super::measure::print;
use super::options::{format, plan, servers};
use super::{self_test, watch};
use crate::cli::ProbeArgs;
use crate::commands::context::Context;
use crate::error::{CommandError, Exit};
use crate::terminal::Style;

pub(crate) fn run(context: &Context, args: &ProbeArgs) -> Result<Exit, CommandError> {
    context.warn(context.missing_config().as_slice());
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
    Ok(print(context, &plan, format(context, args))?.exit())
}
