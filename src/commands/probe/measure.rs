//! One probe: with a progress line, and with an orderly end when a signal interrupts it.

use std::future::pending;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::sleep;

use crate::cli::ProbeFormat;
use crate::commands::context::Context;
use crate::error::{Code, CommandError, Exit};
use crate::probe;
use crate::probe::plan::Plan;
use crate::probe::report::{Report, Row, Update};
use crate::render::probe::waiting;
use crate::signals::{Held, Interrupt};
use crate::terminal::progress::Progress;

use super::print::Printer;

/// Most probes of good STUN servers end sooner, and need no thread that waits for signals.
const NOTHING_KNOWN: Duration = Duration::from_millis(50);

/// The result of a probe, and the signal that interrupted it.
pub(crate) struct Measured {
    pub(crate) report: Report,
    pub(crate) interrupt: Option<Interrupt>,
}

impl Measured {
    /// The exit code after the probe.
    pub(super) fn exit(&self) -> Exit {
        match self.interrupt {
            Some(interrupt) => interrupt.exit(),
            None if self.report.is_good() => Exit::Done,
            None => Exit::No,
        }
    }
}

/// Carries out a plan and prints the results.
pub(super) fn print(context: &Context, plan: &Plan, format: ProbeFormat) -> Result<Measured, CommandError> {
    let signals = plan.allocates().then(|| context.hold_signals()).transpose()?;
    let mut printer = Printer::new(context, format);
    let measured = if printer.leaves_room() {
        with_progress(context, plan, signals.as_ref(), &mut |row| printer.row(row))?
    } else {
        measure(context, plan, signals.as_ref(), &mut |update| printer.row(update.row))?
    };
    // Nothing is left to release, so a signal ends the program even when nobody reads the output.
    drop(signals);
    printer.end(&measured.report)?;
    Ok(measured)
}

/// Carries out a plan with a progress line at a terminal.
pub(crate) fn with_progress(
    context: &Context,
    plan: &Plan,
    signals: Option<&Held>,
    on_row: &mut dyn FnMut(&Row),
) -> Result<Measured, CommandError> {
    let servers = plan.servers();
    // How many are finished and how many answered, and which is the first one that is missing.
    let state = Arc::new(Mutex::new((0, 0, Some(0))));
    let (drawn, names) = (Arc::clone(&state), plan.clone());
    let _progress = Progress::start(context.terminal.err, move |columns| {
        let (finished, answered, missing) = *drawn.lock().unwrap_or_else(PoisonError::into_inner);
        let first = missing.and_then(|index| names.uri(index)).map(ToString::to_string);
        waiting::line(answered, servers, first.as_deref(), (servers - finished).saturating_sub(1), columns)
    });
    measure(context, plan, signals, &mut |update| {
        on_row(update.row);
        let Update { finished, answered, missing, .. } = update;
        *state.lock().unwrap_or_else(PoisonError::into_inner) = (finished, answered, missing);
    })
}

/// Carries out a plan until one of the `signals` interrupts it. Without them, holds signals itself as soon as there may be
/// rows to show; before that, one ends the program at once, since there is nothing to release.
pub(super) fn measure(
    context: &Context,
    plan: &Plan,
    signals: Option<&Held>,
    on_update: &mut dyn FnMut(Update<'_>),
) -> Result<Measured, CommandError> {
    let mut interrupt = None;
    let interrupted = async {
        let held;
        let signals = match signals {
            Some(signals) => signals,
            None => {
                sleep(NOTHING_KNOWN).await;
                let Ok(signals) = context.hold_signals() else { return pending().await };
                held = signals;
                &held
            }
        };
        interrupt = Some(signals.next().await);
    };
    let report = probe::run(plan, interrupted, on_update).map_err(no_event_loop)?;
    Ok(Measured { report, interrupt })
}

/// The error of an event loop that cannot start.
pub(crate) fn no_event_loop(error: std::io::Error) -> CommandError {
    CommandError::system(Code::EventLoop, anyhow::Error::new(error).context("cannot start the probe"))
}
