//! One probe: with a progress line, and with an orderly end when a signal interrupts it.

use std::convert::Infallible;
use std::future::pending;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::time::sleep;

use crate::cli::{ProbeArgs, ProbeFormat};
use crate::commands::context::Context;
use crate::error::{Code, CommandError, Exit};
use crate::probe;
use crate::probe::plan::Plan;
use crate::probe::report::{Measurement, Progress, Report, Row, Update};
use crate::render::probe::waiting;
use crate::signals::{Held, Interrupt};
use crate::terminal::{Style, progress};

use super::print::Printer;

/// Most probes of good STUN servers end sooner, and need no thread that waits for signals.
const NOTHING_KNOWN: Duration = Duration::from_millis(50);

/// Longer measurements of several rows are warned of.
const LONG_RUN: Duration = Duration::from_secs(600);

/// The result of a probe, and the signal that interrupted it.
pub(crate) struct Measured {
    pub(crate) report: Report,
    pub(crate) interrupt: Option<Interrupt>,
}

impl Measured {
    /// The exit code after the probe.
    pub(super) fn exit(&self, args: &ProbeArgs) -> Exit {
        match self.interrupt {
            Some(interrupt) => interrupt.exit(),
            None if args.strict && (self.report.has_poor_quality() || self.report.has_unknown()) => Exit::No,
            None if self.report.is_good() && !self.report.has_severe_finding() => Exit::Done,
            None => Exit::No,
        }
    }
}

/// Carries out a plan and prints the results.
pub(super) fn print(context: &Context, plan: &Plan, format: ProbeFormat) -> Result<Measured, CommandError> {
    let holds_signals = plan.allocates() || plan.measures_quality();
    let signals = holds_signals.then(|| context.hold_signals()).transpose()?;
    let mut printer = Printer::new(context, format);
    let measured = if printer.leaves_room() {
        with_progress(context, plan, signals.as_ref(), &mut |row| printer.row(row))?
    } else {
        let mut on_update = |update: Update<'_>| match update {
            Update::Row(row) => printer.row(row),
            Update::Probed(_) | Update::Progress(_) => {}
            Update::Quality(measurement) => warn_of_long_run(context, &measurement),
        };
        measure(context, plan, signals.as_ref(), &mut on_update)?
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
    let state = Arc::new(Mutex::new(State::Probing { finished: 0, answered: 0, missing: Some(0) }));
    let (drawn, names) = (Arc::clone(&state), plan.clone());
    let _progress = progress::Progress::start(context.terminal.err, move |columns| {
        drawn.lock().unwrap_or_else(PoisonError::into_inner).line(&names, columns)
    });
    measure(context, plan, signals, &mut |update| {
        let new = match update {
            Update::Row(row) => return on_row(row),
            Update::Probed(_) => return,
            Update::Progress(Progress { finished, answered, missing, .. }) => {
                State::Probing { finished, answered, missing }
            }
            Update::Quality(measurement) => {
                if !context.terminal.err.is_terminal {
                    warn_of_long_run(context, &measurement);
                }
                State::Measuring(Quality::of(&measurement))
            }
        };
        *state.lock().unwrap_or_else(PoisonError::into_inner) = new;
    })
}

/// Says how long it takes to measure the quality of many rows, where no progress line does.
pub(super) fn warn_of_long_run(context: &Context, measurement: &Measurement<'_>) {
    let takes = measurement.takes + measurement.rest;
    if measurement.number == 1 && measurement.rows > 1 && takes > LONG_RUN {
        let text = waiting::long_run(measurement.rows, takes);
        context.note_after(Some((Style::Warning, "warning: ")), &text);
    }
}

/// What the progress line says.
enum State {
    /// How many servers are finished and how many answered, and which is the first one that is missing.
    Probing { finished: usize, answered: usize, missing: Option<usize> },
    /// Which row is measured.
    Measuring(Quality),
}

impl State {
    fn line(&self, plan: &Plan, columns: usize) -> String {
        match self {
            State::Probing { finished, answered, missing } => {
                let servers = plan.servers();
                let first = missing.and_then(|index| plan.uri(index)).map(ToString::to_string);
                let others = (servers - finished).saturating_sub(1);
                waiting::line(*answered, servers, first.as_deref(), others, columns)
            }
            State::Measuring(quality) => {
                let Quality { uri, number, rows, .. } = quality;
                waiting::measuring(*number, *rows, quality.left(), uri, columns)
            }
        }
    }
}

/// The measurement of the quality of a row.
pub(super) struct Quality {
    uri: String,
    pub(super) number: usize,
    pub(super) rows: usize,
    /// When this row and those after it are measured, about.
    end: Instant,
}

impl Quality {
    pub(super) fn of(measurement: &Measurement<'_>) -> Self {
        let Measurement { row, number, rows, started, takes, rest } = *measurement;
        Quality { uri: row.uri.clone(), number, rows, end: started + takes + rest }
    }

    /// About how long it takes from now on.
    pub(super) fn left(&self) -> Duration {
        self.end.saturating_duration_since(Instant::now())
    }
}

/// Carries out a plan until one of the `signals` interrupts it. Without them, holds signals itself as soon as there may be
/// rows to show; before that, one ends the program at once, since there is nothing to release.
pub(super) fn measure(
    context: &Context,
    plan: &Plan,
    signals: Option<&Held>,
    on_update: &mut dyn FnMut(Update<'_>),
) -> Result<Measured, CommandError> {
    measure_beside(context, plan, signals, on_update, pending())
}

/// Does the same, and runs `beside` meanwhile.
pub(super) fn measure_beside(
    context: &Context,
    plan: &Plan,
    signals: Option<&Held>,
    on_update: &mut dyn FnMut(Update<'_>),
    beside: impl Future<Output = Infallible>,
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
        tokio::select! {
            arrived = signals.next() => interrupt = Some(arrived),
            never = beside => match never {},
        }
    };
    let report = probe::run(plan, interrupted, on_update).map_err(no_event_loop)?;
    Ok(Measured { report, interrupt })
}

/// The error of an event loop that cannot start.
pub(crate) fn no_event_loop(error: std::io::Error) -> CommandError {
    CommandError::system(Code::EventLoop, anyhow::Error::new(error).context("cannot start the probe"))
}
