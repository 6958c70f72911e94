//! What a probe found out, with the very JSON keys that scripts rely on.

pub mod code;
pub(crate) mod country;
mod failure;
pub(crate) mod findings;
mod row;
mod turn;

use serde::Serialize;

pub use code::Code;
pub(crate) use row::milliseconds;
pub use row::{Family, Kind, Row, RowError, Rtt, Status, Tls, Transport, Warning, WarningCode};
pub use turn::{Bridge, Relay, Turn};

/// The result of a whole probe.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// One row for each server, transport and address family, in the order of the list.
    pub results: Vec<Row>,
    /// The rows in figures.
    pub summary: Summary,
    /// The signal that ended the probe early.
    #[serde(skip)]
    pub interrupted: Option<Interrupt>,
}

/// What ended a probe early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Interrupt {
    /// Ctrl-C (SIGINT).
    CtrlC,
    /// SIGTERM.
    Terminate,
}

/// The rows in figures.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// How many rows are `ok`.
    pub ok: usize,
    /// How many rows are `failed`.
    pub failed: usize,
    /// How many rows are `skipped`.
    pub skipped: usize,
    /// How long the probe took.
    pub duration_ms: f64,
    /// How long a browser would gather candidates with this list.
    pub gathering_ms: f64,
}

/// A row that has just been measured, and how far the probe is.
#[derive(Clone, Copy, Debug)]
pub struct Update<'a> {
    /// The row.
    pub row: &'a Row,
    /// How many servers are through.
    pub finished: usize,
    /// How many servers there are.
    pub servers: usize,
}

impl Report {
    /// Whether no server failed.
    #[must_use]
    pub fn is_good(&self) -> bool {
        self.servers().all(|status| status != Status::Failed)
    }

    /// The verdict on each server: it is good when one of its rows is, except that a TURN server for both families
    /// has to bring them together, too.
    pub fn servers(&self) -> impl Iterator<Item = Status> {
        // The rows of a server stand side by side.
        self.results.chunk_by(Row::is_of_same_server).map(|server| {
            let has = |status| server.iter().any(|row| row.status == status);
            let bridge = |row: &Row| {
                row.turn.as_ref().and_then(|turn| turn.bridge.as_ref().map(|bridge| bridge.status))
            };
            let apart = server.iter().any(|row| bridge(row) == Some(Status::Failed));
            match (has(Status::Ok), has(Status::Failed)) {
                (true, _) if apart => Status::Failed,
                (true, _) => Status::Ok,
                (false, true) => Status::Failed,
                (false, false) => Status::Skipped,
            }
        })
    }
}
