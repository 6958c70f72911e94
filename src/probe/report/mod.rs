//! The results of a probe, with the JSON keys that scripts rely on.

pub mod code;
pub(crate) mod country;
mod failure;
mod findings;
mod gathering;
pub(super) mod remedy;
mod row;
pub(crate) mod stage;
pub mod wait;

use std::time::Duration;

use serde::Serialize;

pub use code::Code;
pub use row::{
    Bridge, Family, Relay, Row, RowError, Rtt, Status, Tls, Transport, Turn, Warning, WarningCode,
};

/// The result of a whole probe.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// One row for each server, transport and address family, in the order of the list.
    pub results: Vec<Row>,
    /// The rows in numbers.
    pub summary: Summary,
    /// Whether the probe was ended early.
    #[serde(skip)]
    pub is_interrupted: bool,
}

/// The rows in numbers.
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
    /// How long a browser would gather candidates with this list; `None` when it never ends, or takes over 5 minutes.
    pub gathering_ms: Option<f64>,
}

/// A row that was just measured, and the progress of the probe.
#[derive(Clone, Copy, Debug)]
pub struct Update<'a> {
    /// The row.
    pub row: &'a Row,
    /// How many servers are finished.
    pub finished: usize,
    /// How many servers have responded, however useful that was.
    pub answered: usize,
    /// The index of the first server in the plan that is not finished.
    pub missing: Option<usize>,
    /// How many servers there are.
    pub servers: usize,
}

impl Report {
    /// Makes the report from all rows, in the order of the list.
    pub(crate) fn new(mut rows: Vec<Row>, duration: Duration) -> Self {
        findings::annotate(&mut rows);
        let count = |status| rows.iter().filter(|row| row.status == status).count();
        let summary = Summary {
            ok: count(Status::Ok),
            failed: count(Status::Failed),
            skipped: count(Status::Skipped),
            duration_ms: row::milliseconds(duration),
            gathering_ms: gathering::gathering_ms(&rows),
        };
        Report { results: rows, summary, is_interrupted: false }
    }

    /// Whether no server failed.
    pub fn is_good(&self) -> bool {
        self.servers().all(|status| status != Status::Failed)
    }

    /// The verdict on each server: `ok` when one of its rows is, but a TURN server with both families must also bridge
    /// them.
    pub fn servers(&self) -> impl Iterator<Item = Status> {
        self.by_server().map(Self::verdict)
    }

    /// The rows of each server.
    pub(crate) fn by_server(&self) -> impl Iterator<Item = &[Row]> {
        // They are adjacent.
        self.results.chunk_by(Row::is_of_same_server)
    }

    /// The verdict on the server with these rows.
    pub(crate) fn verdict(server: &[Row]) -> Status {
        let has = |status| server.iter().any(|row| row.status == status);
        let bridge = |row: &Row| Some(row.turn.as_ref()?.bridge.as_ref()?.status);
        let apart = server.iter().any(|row| bridge(row) == Some(Status::Failed));
        match (has(Status::Ok), has(Status::Failed)) {
            (true, _) if apart => Status::Failed,
            (true, _) => Status::Ok,
            (false, true) => Status::Failed,
            (false, false) => Status::Skipped,
        }
    }
}
