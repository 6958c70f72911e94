//! `cowork-calls probe --watch`: probes round after round until a signal ends it, as a live table at a terminal and as
//! lines or documents elsewhere.

use std::io;
use std::time::{Duration, Instant, SystemTime};

use super::measure::measure;
use super::options::{format, plan};
use super::print::Printer;
use crate::cli::{ProbeArgs, ProbeFormat};
use crate::commands::context::Context;
use crate::config::turn::TurnServer;
use crate::error::{CommandError, Exit};
use crate::probe::history::History;
use crate::probe::report::{Code, Report, Row, Update};
use crate::probe::rounds::Rounds;
use crate::render::probe::watch as view;
use crate::signals::{Held, Interrupt};
use crate::terminal::screen::Screen;
use crate::terminal::{self, Stream};

/// The shortest time between two frames while rows arrive.
const SHORTEST_FRAME: Duration = Duration::from_millis(100);
/// The longest time between two frames: the terminal may have been resized.
const LONGEST_FRAME: Duration = Duration::from_secs(1);
/// The height of the table when that of the terminal is unknown.
const USUAL_HEIGHT: usize = 24;

pub(super) fn run(context: &Context, args: &ProbeArgs, servers: &[TurnServer]) -> Result<Exit, CommandError> {
    // A signal ends the round and then the program in an orderly way: the terminal has to be restored.
    let signals = context.hold_signals()?;
    let mut rounds = Rounds::new(args.ttl, || plan(context, args, servers.to_vec()));
    rounds.plan()?;
    let mut show = Show::new(context, args).map_err(CommandError::output)?;
    loop {
        let started = Instant::now();
        let mut printer = Printer::new(context, show.format);
        let mut on_update = |update: Update<'_>| {
            printer.row(update.row);
            show.row(update.row);
        };
        let measured = measure(context, rounds.plan()?, Some(&signals), &mut on_update)?;
        let interrupt = match measured.interrupt {
            Some(interrupt) => Some(interrupt),
            None => {
                show.end(&measured.report, printer)?;
                show.rest(&signals, started + args.interval)?
            }
        };
        if let Some(interrupt) = interrupt {
            return show.leave().map(|()| interrupt.exit());
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
    /// When the last frame was drawn.
    drawn: Instant,
    /// Why a frame could not be drawn; reported at the end of the round.
    failed: io::Result<()>,
}

impl<'a> Show<'a> {
    fn new(context: &'a Context, args: &'a ProbeArgs) -> io::Result<Self> {
        let format = format(context, args);
        let is_live = format == ProbeFormat::Table && context.terminal.out.is_terminal;
        let screen = if is_live && terminal::can_redraw() { Some(Screen::enter()?) } else { None };
        let (history, drawn) = (History::default(), Instant::now());
        let mut show = Show { context, args, format, history, screen, drawn, failed: Ok(()) };
        show.draw("probing…")?;
        Ok(show)
    }

    /// Adds a row as soon as it is measured.
    fn row(&mut self, row: &Row) {
        // A row that a signal interrupted says nothing about its server.
        let cut_off = row.error.as_ref().is_some_and(|error| error.code == Code::Interrupted);
        if self.format == ProbeFormat::Table && !cut_off {
            self.history.record(row);
            if self.drawn.elapsed() >= SHORTEST_FRAME && self.failed.is_ok() {
                self.failed = self.draw("probing…");
            }
        }
    }

    /// Ends a round.
    fn end(&mut self, report: &Report, printer: Printer<'_>) -> Result<(), CommandError> {
        std::mem::replace(&mut self.failed, Ok(())).map_err(CommandError::output)?;
        if self.format != ProbeFormat::Table {
            return printer.end(report);
        }
        self.history.end_round(report);
        if self.screen.is_none() {
            let time = humantime::format_rfc3339_seconds(SystemTime::now()).to_string();
            let lines: String = self.history.rows().iter().map(|row| view::line(row, &time)).collect();
            return self.context.print(&lines);
        }
        Ok(())
    }

    /// Waits for the next round, or for a signal.
    fn rest(&mut self, signals: &Held, until: Instant) -> Result<Option<Interrupt>, CommandError> {
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let state = format!("next round in {}s", left.as_secs_f32().ceil());
            self.draw(&state).map_err(CommandError::output)?;
            match signals.wait(if self.screen.is_some() { left.min(LONGEST_FRAME) } else { left }) {
                Some(interrupt) => return Ok(Some(interrupt)),
                None if Instant::now() >= until => return Ok(None),
                None => {}
            }
        }
    }

    /// Draws the live table, if there is one.
    fn draw(&mut self, state: &str) -> io::Result<()> {
        let (out, lines) = self.size();
        let Some(screen) = &mut self.screen else { return Ok(()) };
        let unchecked = if self.args.insecure { " · certificates are NOT checked" } else { "" };
        let state = format!("every {:?} · {state} · Ctrl-C stops{unchecked}", self.args.interval);
        self.drawn = Instant::now();
        screen.draw(&view::frame(&self.history, &state, out, lines))
    }

    /// Leaves the live table, and prints its last state to the terminal.
    fn leave(&mut self) -> Result<(), CommandError> {
        let (out, lines) = self.size();
        let Some(screen) = self.screen.take() else { return Ok(()) };
        drop(screen);
        // Leave a line for the prompt of the shell.
        self.context.print(&view::frame(&self.history, "ended", out, lines.saturating_sub(1)))
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
