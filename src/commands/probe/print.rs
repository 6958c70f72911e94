//! Prints the results of a probe in the chosen format: rows as they arrive where the format allows it.

use std::io::{self, BufWriter, StdoutLock, Write as _};

use serde_json::Value;

use crate::cli::ProbeFormat;
use crate::commands::context::Context;
use crate::error::CommandError;
use crate::probe::report::{Report, Row};
use crate::render::probe::{json, prometheus, table};
use crate::render::settings;

/// The size of the write buffer.
const CHUNK: usize = 64 * 1024;

/// Prints the results of one probe.
pub(crate) struct Printer<'a> {
    context: &'a Context,
    format: ProbeFormat,
    /// Why a row could not be printed; reported at the end, because a probe is never abandoned halfway.
    failed: Option<io::Error>,
}

impl<'a> Printer<'a> {
    pub(crate) fn new(context: &'a Context, format: ProbeFormat) -> Self {
        Printer { context, format, failed: None }
    }

    /// Whether there may be a progress line: rows that are printed as they arrive would garble it.
    pub(crate) fn leaves_room(&self) -> bool {
        let rows_on_screen = self.format == ProbeFormat::Jsonl && self.context.terminal.out.is_terminal;
        !self.context.global.quiet && !rows_on_screen
    }

    /// Prints a row as soon as it is measured, where the format allows it.
    pub(crate) fn row(&mut self, row: &Row) {
        if self.format == ProbeFormat::Jsonl && self.failed.is_none() {
            self.failed = json::row(row, &mut io::stdout().lock()).err();
        }
    }

    /// Prints the rest.
    pub(crate) fn end(self, report: &Report) -> Result<(), CommandError> {
        if let Some(error) = self.failed {
            return Err(CommandError::output(error));
        }
        let text = match self.format {
            ProbeFormat::Table => table::text(report, self.context.terminal.out),
            ProbeFormat::Prometheus => prometheus::text(report),
            ProbeFormat::Json => return written(|out| json::document(report, &warnings(self.context), out)),
            ProbeFormat::Jsonl => return written(|out| json::end(report, &warnings(self.context), out)),
        };
        self.context.print(&text)
    }
}

/// The warnings about the settings as a whole; standard error has them for people.
fn warnings(context: &Context) -> Vec<Value> {
    context.missing_config().iter().map(settings::json::warning).collect()
}

fn written(write: impl FnOnce(&mut BufWriter<StdoutLock<'_>>) -> io::Result<()>) -> Result<(), CommandError> {
    let mut out = BufWriter::with_capacity(CHUNK, io::stdout().lock());
    write(&mut out).and_then(|()| out.flush()).map_err(CommandError::output)
}
