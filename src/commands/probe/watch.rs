//! `cowork-calls probe --watch`: probes round after round until a key or a signal ends it, as a live table at a
//! terminal and as lines or documents elsewhere.

use std::cell::RefCell;
use std::io;
use std::time::{Duration, Instant, SystemTime};

use tokio::time::sleep;

use super::measure::{Quality, measure_beside, warn_of_long_run};
use super::options::{format, plan};
use super::print::Printer;
use super::selection::Selected;
use crate::cli::{ProbeArgs, ProbeFormat};
use crate::commands::context::Context;
use crate::error::{CommandError, Exit};
use crate::probe::history::History;
use crate::probe::report::{Code, Report, Row, Status, Update};
use crate::probe::rounds::Rounds;
use crate::render::probe::figures::line;
use crate::render::probe::waiting::about;
use crate::render::probe::watch as view;
use crate::signals::{Held, Interrupt};
use crate::terminal::keys::Keys;
use crate::terminal::screen::Screen;
use crate::terminal::{self, Stream};

/// The shortest time between two frames while rows arrive.
const SHORTEST_FRAME: Duration = Duration::from_millis(100);
/// The time between two frames while the quality of calls is measured.
const TICK: Duration = Duration::from_secs(1);
/// The height of the table when that of the terminal is unknown.
const USUAL_HEIGHT: usize = 24;
/// The keys that end the live table.
const QUIT: &[u8] = b"qQ";

pub(super) fn run(context: &Context, args: &ProbeArgs, servers: &[Selected]) -> Result<Exit, CommandError> {
    // A signal ends the round and then the program in an orderly way: the terminal has to be restored.
    let signals = context.hold_signals()?;
    let mut rounds = Rounds::new(args.ttl, || {
        let (plan, warnings) = plan(context, args, servers.iter().cloned())?;
        // They would garble a live table, which has the remedies.
        if !context.terminal.out.is_terminal {
            context.warn(&warnings);
        }
        Ok::<_, CommandError>(plan)
    });
    rounds.plan()?;
    let mut show = Show::new(context, args, &signals).map_err(CommandError::output)?;
    loop {
        let started = Instant::now();
        let mut printer = Printer::new(context, show.format);
        let shared = RefCell::new(&mut show);
        let mut on_update = |update: Update<'_>| {
            if let Update::Row(row) = update {
                printer.row(row);
            }
            shared.borrow_mut().update(update);
        };
        let ticking = async {
            loop {
                sleep(TICK).await;
                shared.borrow_mut().tick();
            }
        };
        let measured = measure_beside(context, rounds.plan()?, Some(&signals), &mut on_update, ticking)?;
        let interrupt = match measured.interrupt {
            Some(interrupt) => Some(interrupt),
            None => {
                show.end(&measured.report, printer)?;
                show.rest(&signals, started + args.interval)?
            }
        };
        if let Some(interrupt) = interrupt {
            return show.leave(interrupt);
        }
    }
}

/// The display of the rounds.
struct Show<'a> {
    context: &'a Context,
    args: &'a ProbeArgs,
    format: ProbeFormat,
    history: History,
    /// The live table; without it, rounds are printed.
    screen: Option<Screen>,
    /// Ends the live table; without it, only a signal does.
    keys: Option<Keys>,
    /// The row whose quality is measured now.
    measured: Option<Quality>,
    /// When the last frame was drawn.
    drawn: Instant,
    /// Why a frame could not be drawn; reported at the end of the round.
    failed: io::Result<()>,
}

impl<'a> Show<'a> {
    fn new(context: &'a Context, args: &'a ProbeArgs, signals: &Held) -> io::Result<Self> {
        let format = format(context, args);
        let is_live = format == ProbeFormat::Table && context.terminal.out.is_terminal;
        let screen = if is_live && terminal::can_redraw() { Some(Screen::enter()?) } else { None };
        let sender = signals.sender();
        let stop = move || sender.send(Interrupt::CtrlC);
        let keys = screen.as_ref().and_then(|_| Keys::listen(QUIT, stop));
        let (history, drawn) = (History::default(), Instant::now());
        let (measured, failed) = (None, Ok(()));
        let mut show = Show { context, args, format, history, screen, keys, measured, drawn, failed };
        show.draw("probing…")?;
        Ok(show)
    }

    /// Shows what happens in a round.
    fn update(&mut self, update: Update<'_>) {
        match update {
            Update::Row(row) => self.row(row, false),
            Update::Probed(row) => self.row(row, true),
            Update::Progress(_) => {}
            Update::Quality(measurement) => {
                if self.screen.is_none() && self.history.rounds() == 0 {
                    warn_of_long_run(self.context, &measurement);
                }
                self.measured = Some(Quality::of(&measurement));
                self.tick();
            }
        }
    }

    /// Shows how long the quality is still measured.
    fn tick(&mut self) {
        if self.measured.is_some() && self.failed.is_ok() {
            self.failed = self.draw(&self.state());
        }
    }

    /// What happens in the round at the moment.
    fn state(&self) -> String {
        let Some(quality) = &self.measured else { return "probing…".to_owned() };
        let Quality { number, rows, .. } = quality;
        format!("measuring quality {number} of {rows}, {} left", about(quality.left()))
    }

    /// Adds a row as soon as it is measured, at first without the quality of calls.
    fn row(&mut self, row: &Row, is_probed: bool) {
        // A row that a signal interrupted says nothing about its server.
        let cut_off = row.error.as_ref().is_some_and(|error| error.code == Code::Interrupted);
        if self.format != ProbeFormat::Table || cut_off {
            return;
        }
        match (is_probed, self.args.quality && row.status == Status::Ok) {
            (true, _) => self.history.record_before_quality(row),
            (false, true) => self.history.record_quality(row),
            (false, false) => self.history.record(row),
        }
        if self.drawn.elapsed() >= SHORTEST_FRAME && self.failed.is_ok() {
            self.failed = self.draw(&self.state());
        }
    }

    /// Ends a round.
    fn end(&mut self, report: &Report, printer: Printer<'_>) -> Result<(), CommandError> {
        self.measured = None;
        std::mem::replace(&mut self.failed, Ok(())).map_err(CommandError::output)?;
        if self.format != ProbeFormat::Table {
            return printer.end(report);
        }
        self.history.end_round(report);
        if self.screen.is_none() {
            let time = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
            let lines: String = self.history.rows().iter().map(|row| line(row, &time)).collect();
            return self.context.print(&lines);
        }
        Ok(())
    }

    /// Waits for the next round, or for a signal.
    fn rest(&mut self, signals: &Held, until: Instant) -> Result<Option<Interrupt>, CommandError> {
        loop {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Ok(signals.wait(left));
            }
            let (text, until_change) = countdown(left);
            self.draw(&format!("next round in {text}")).map_err(CommandError::output)?;
            let wait = if self.screen.is_some() { until_change } else { left };
            if let Some(interrupt) = signals.wait(wait) {
                return Ok(Some(interrupt));
            }
        }
    }

    /// Draws the live table, if there is one.
    fn draw(&mut self, state: &str) -> io::Result<()> {
        let (out, lines) = self.size();
        let Some(screen) = &mut self.screen else { return Ok(()) };
        let unchecked = if self.args.insecure { " · certificates are NOT checked" } else { "" };
        let stop = if self.keys.is_some() { "q or Ctrl-C stops" } else { "Ctrl-C stops" };
        let state = format!("every {:?} · {state} · {stop}{unchecked}", self.args.interval);
        self.drawn = Instant::now();
        screen.draw(&view::frame(&self.history, &state, out, lines))
    }

    /// Leaves the live table, and prints its last state to the terminal. A key is a normal end, a signal is not.
    fn leave(mut self, interrupt: Interrupt) -> Result<Exit, CommandError> {
        let (out, lines) = self.size();
        let is_key = interrupt == Interrupt::CtrlC && self.keys.take().is_some_and(|keys| keys.was_pressed());
        if let Some(screen) = self.screen.take() {
            drop(screen);
            // Leave a line for the prompt of the shell.
            self.context.print(&view::frame(&self.history, "ended", out, lines.saturating_sub(1)))?;
        }
        Ok(if is_key { Exit::Done } else { interrupt.exit() })
    }

    /// The present size of the terminal.
    fn size(&self) -> (Stream, usize) {
        let out = self.context.terminal.out;
        match terminal::size() {
            Some((columns, lines)) => (Stream { width: Some(columns), ..out }, lines.into()),
            None => (out, USUAL_HEIGHT),
        }
    }
}

/// Returns the time until the next round, in tenths below a second, and how long that is true.
fn countdown(left: Duration) -> (String, Duration) {
    let step = Duration::from_millis(if left > Duration::from_secs(1) { 1000 } else { 100 });
    let steps = left.as_nanos().div_ceil(step.as_nanos());
    let shown = step * u32::try_from(steps).unwrap_or(u32::MAX);
    let text = match step.as_secs() {
        0 => format!("{:.1}s", shown.as_secs_f32()),
        _ => format!("{}s", shown.as_secs()),
    };
    (text, left.saturating_sub(shown.saturating_sub(step)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_down_in_seconds_and_then_in_tenths() {
        let mut left = Duration::from_millis(3450);
        let mut shown = Vec::new();
        while !left.is_zero() {
            let (text, until_change) = countdown(left);
            assert!(!until_change.is_zero() && until_change <= Duration::from_secs(1), "{until_change:?}");
            shown.push(text);
            left -= until_change;
        }
        let tenths = ["1.0s", "0.9s", "0.8s", "0.7s", "0.6s", "0.5s", "0.4s", "0.3s", "0.2s", "0.1s"];
        assert_eq!(shown, [&["4s", "3s", "2s"][..], &tenths].concat());
        assert_eq!(countdown(Duration::from_millis(430)), ("0.5s".to_owned(), Duration::from_millis(30)));
    }
}
