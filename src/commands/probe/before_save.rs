//! The probe of new servers before they are saved.

use std::io::stdin;
use std::time::Duration;

use serde_json::Value;

use super::measure::{measure, with_progress};
use super::selection::bare;
use crate::commands::context::Context;
use crate::commands::credentials;
use crate::config::diff::Diff;
use crate::config::turn::TurnServer;
use crate::config::warnings::Warning;
use crate::error::{Code, CommandError, UNCHANGED};
use crate::probe::plan::{Countries, Options, Plan};
use crate::probe::report::{Report, Row, Status};
use crate::render::probe::{json, table};
use crate::signals::Interrupt;
use crate::terminal::mode::SingleKeys;

/// The timeout of each server, as of 'cowork-calls probe'.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The lifetime of temporary credentials for the probe.
const TTL: Duration = Duration::from_secs(600);

/// The probe of new servers.
pub(crate) struct Probed {
    pub(crate) report: Report,
    /// Credentials that could not be read; their servers were probed without them.
    pub(crate) warnings: Vec<Warning>,
}

impl Probed {
    /// Probes the servers that are new in a list, or have another login; none of them is no error.
    pub(crate) fn new_in(context: &Context, diff: &Diff) -> Result<Self, CommandError> {
        let stun = diff.stun.added.iter().cloned().map(bare);
        let servers: Vec<_> = stun.chain(diff.turn.added.iter().cloned()).collect();
        if servers.is_empty() {
            context.note("no new servers to probe");
            return Ok(Probed { report: Report::new(Vec::new(), Duration::ZERO), warnings: Vec::new() });
        }
        probe(context, servers, TIMEOUT)
    }

    /// Whether a server failed.
    pub(crate) fn failed(&self) -> bool {
        !self.report.is_good()
    }

    /// The warnings that are shown with the verdicts: credentials that could not be read, if a server failed.
    pub(crate) fn shown_warnings(&self) -> &[Warning] {
        if self.failed() { &self.warnings } else { &[] }
    }

    /// Shows the verdicts above a question.
    pub(crate) fn show(&self, context: &Context) {
        if self.is_worth_showing(context) {
            context.say(&table::rows(&self.report, context.terminal.err));
            context.warn(self.shown_warnings());
            context.say("");
        }
    }

    /// Prints the verdicts.
    pub(crate) fn print(&self, context: &Context) -> Result<(), CommandError> {
        if self.is_worth_showing(context) && !context.global.json {
            context.print(&(table::rows(&self.report, context.terminal.out) + "\n"))?;
            context.warn(self.shown_warnings());
        }
        Ok(())
    }

    /// Whether there are verdicts to show; with --quiet only if a server failed.
    fn is_worth_showing(&self, context: &Context) -> bool {
        !self.report.results.is_empty() && (!context.global.quiet || self.failed())
    }

    /// The verdicts as JSON.
    pub(crate) fn json(&self) -> Value {
        json::value(&self.report)
    }

    /// The error if a server failed and nothing is saved for that reason.
    pub(crate) fn error(&self) -> CommandError {
        let has_failed = |rows: &&[Row]| Report::verdict(rows) == Status::Failed;
        let failed: Vec<_> = self.report.by_server().filter(has_failed).collect();
        let what = match failed.as_slice() {
            [[row, ..]] => row.uri.clone(),
            failed => format!("{} of {} new servers", failed.len(), self.report.servers().count()),
        };
        let message = format!("{what} failed the probe; {UNCHANGED}");
        CommandError::new(Code::ProbeFailed, message, Code::ProbeFailed.remedy().replace('`', "'"))
    }
}

/// Probes servers with the credentials that a client would use now. A signal is an error, so that nothing is saved.
pub(crate) fn probe(
    context: &Context,
    servers: Vec<TurnServer>,
    timeout: Duration,
) -> Result<Probed, CommandError> {
    let with_login = |server| credentials::with_login_or_warning(context, server, TTL);
    let (servers, warnings): (Vec<_>, Vec<_>) = servers.into_iter().map(with_login).unzip();
    let options = Options {
        timeout,
        countries: Countries::new(None).unwrap_or_default(),
        settings_option: context.global.settings_option(),
        ..Options::default()
    };
    let plan = Plan::new(servers, options);
    let signals = context.hold_signals()?;
    // What is typed meanwhile does not disturb the screen; the next prompt may use it.
    let _keys = context.can_prompt().then(|| SingleKeys::if_in_foreground(stdin())).flatten();
    let measured = match context.global.quiet {
        true => measure(context, &plan, Some(&signals), &mut |_| {})?,
        false => with_progress(context, &plan, Some(&signals), &mut |_| {})?,
    };
    // One that arrived with the last response counts as well.
    if let Some(interrupt) = measured.interrupt.or_else(|| signals.wait(Duration::ZERO)) {
        if interrupt == Interrupt::CtrlC {
            context.note(UNCHANGED);
        }
        return Err(CommandError::interrupted(interrupt.exit()));
    }
    Ok(Probed { report: measured.report, warnings: warnings.into_iter().flatten().collect() })
}
