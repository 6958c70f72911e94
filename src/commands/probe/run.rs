//! `cowork-calls probe`: one probe of the selected servers.

use super::measure::print;
use super::options::{format, plan, servers};
use super::{audit, self_test, watch};
use crate::cli::ProbeArgs;
use crate::commands::context::Context;
use crate::config::warnings::Warning;
use crate::error::{CommandError, Exit};
use crate::probe::report::{Code, Row};
use crate::terminal::Style;

pub(crate) fn run(context: &Context, args: &ProbeArgs) -> Result<Exit, CommandError> {
    context.warn(context.missing_config().as_slice());
    if args.self_test {
        return self_test::run(context, args);
    }
    if args.insecure {
        let text =
            "certificates are NOT checked (--insecure), so another machine may answer in the server's place";
        context.note_after(Some((Style::Warning, "warning: ")), text);
    }
    let mut servers = servers(context, args)?;
    if args.audit {
        servers = audit::servers(context, args, servers)?;
    }
    if args.watch {
        return watch::run(context, args, &servers);
    }
    let (plan, mut warnings) = plan(context, args, servers)?;
    let measured = print(context, &plan, format(context, args))?;
    // The remedy of a row without credentials says this already.
    let is_said = |row: &Row, uri: &str| {
        row.uri == uri && row.error.as_ref().is_some_and(|error| error.code == Code::CredentialsMissing)
    };
    warnings.retain(|warning| match warning {
        Warning::CredentialFile { uri, .. } => !measured.report.results.iter().any(|row| is_said(row, uri)),
        _ => true,
    });
    context.warn(&warnings);
    let exit = measured.exit(args);
    // Without secrets, thousands of rows need not be wiped: the system takes their memory back at once.
    std::mem::forget(measured);
    Ok(exit)
}
