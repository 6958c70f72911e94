//! The verdicts of a probe in the form asked for: rows as they come in where the form allows it, the rest at
//! the end.

use std::io::{self, BufWriter, Write as _};

use crate::cli::ProbeFormat;
use crate::commands::context::Context;
use crate::error::CommandError;
use crate::probe::report::{Report, Row};
use crate::render::probe::{json, prometheus, table};

/// How much is written at once of a document.
const CHUNK: usize = 64 * 1024;

/// Prints one probe.
pub(crate) struct Printer<'a> {
    context: &'a Context,
    format: ProbeFormat,
    /// Why a row could not be printed: told at the end, since a probe that has begun is carried through.
    failed: Option<io::Error>,
}

impl<'a> Printer<'a> {
    pub(crate) fn new(context: &'a Context, format: ProbeFormat) -> Self {
        Printer { context, format, failed: None }
    }

    /// Whether a live line may stand on the terminal: rows that are printed as they come would go through it.
    pub(crate) fn leaves_room(&self) -> bool {
        let rows_on_screen = self.format == ProbeFormat::Jsonl && self.context.terminal.out.is_terminal;
        !self.context.global.quiet && !rows_on_screen
    }

    /// Takes a row that has just been measured.
    pub(crate) fn row(&mut self, row: &Row) {
        if self.format == ProbeFormat::Jsonl && self.failed.is_none() {
            self.failed = json::row(row, &mut io::stdout().lock()).err();
        }
    }

    /// Prints what has not been printed yet.
    pub(crate) fn end(self, report: &Report) -> Result<(), CommandError> {
        if let Some(error) = self.failed {
            return Err(CommandError::output(error));
        }
        let text = match self.format {
            ProbeFormat::Table => table::text(report, self.context.terminal.out),
            ProbeFormat::Prometheus => prometheus::text(report),
            ProbeFormat::Json => return written(|out| json::document(report, out)),
            ProbeFormat::Jsonl => return written(|out| json::end(report, out)),
        };
        self.context.print(&text)
    }
}

fn written(write: impl FnOnce(&mut dyn io::Write) -> io::Result<()>) -> Result<(), CommandError> {
    let mut out = BufWriter::with_capacity(CHUNK, io::stdout().lock());
    write(&mut out).and_then(|()| out.flush()).map_err(CommandError::output)
}
