//! The results of a probe, with the JSON keys that scripts rely on.

pub mod audit;
pub mod code;
pub(crate) mod country;
mod failure;
mod findings;
mod gathering;
pub mod quality;
pub(super) mod remedy;
mod row;
pub(crate) mod stage;
pub mod wait;

use std::time::{Duration, Instant};

use serde::Serialize;

use audit::Severity;
pub use code::Code;
use quality::Grade;
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

/// What happens during a probe.
#[derive(Clone, Copy, Debug)]
pub enum Update<'a> {
    /// A row is measured, with the quality of calls over it where that is wanted.
    Row(&'a Row),
    /// A row is measured but for the quality of calls over it; it comes again as a `Row` with that, or after an interrupt.
    Probed(&'a Row),
    /// The probe of a server or one of its rows has ended.
    Progress(Progress),
    /// The quality of calls over a row is measured from now on.
    Quality(Measurement<'a>),
}

/// How far a probe is.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// How many servers are finished, but for the quality of calls.
    pub finished: usize,
    /// How many servers have responded, however useful that was.
    pub answered: usize,
    /// The index of the first server in the plan that is not finished.
    pub missing: Option<usize>,
    /// How many servers there are.
    pub servers: usize,
}

/// The measurement of the quality of calls over one row; rows are measured one after the other.
#[derive(Clone, Copy, Debug)]
pub struct Measurement<'a> {
    /// The row.
    pub row: &'a Row,
    /// Its number among the rows whose quality is measured, from 1.
    pub number: usize,
    /// How many rows these are.
    pub rows: usize,
    /// When it began.
    pub started: Instant,
    /// About how long it takes.
    pub takes: Duration,
    /// About how long the rows after this one take together.
    pub rest: Duration,
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

    /// Whether an audit has a finding of high severity.
    pub fn has_severe_finding(&self) -> bool {
        self.results.iter().filter_map(Row::audit).any(|audit| audit.count(Severity::High) > 0)
    }

    /// Whether calls over one of the rows would be poor.
    pub fn has_poor_quality(&self) -> bool {
        let grades = self.results.iter().filter_map(|row| Some(row.quality.as_ref()?.grade));
        grades.max() == Some(Grade::Poor)
    }

    /// Whether an audit could not find out everything.
    pub fn has_unknown(&self) -> bool {
        self.results.iter().filter_map(Row::audit).any(|audit| !audit.unknown.is_empty())
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
