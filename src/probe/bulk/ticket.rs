//! A row in bulk, from its server to the report.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::probe::job::Measured;
use crate::probe::report::{Family, Row, RowError};

/// A row to measure.
#[derive(Debug)]
pub(crate) struct Ticket {
    /// The server's position in the plan.
    position: usize,
    pub(crate) row: Box<Row>,
    /// The address to probe.
    pub(crate) address: SocketAddr,
    /// When it times out; `None` starts the timeout with its first request.
    pub(crate) deadline: Option<Instant>,
    pub(crate) rtts: Vec<Duration>,
    /// Shared by all rows of a server that has several, to find the last one.
    siblings: Option<Arc<()>>,
}

impl Ticket {
    pub(crate) fn new(
        position: usize,
        row: Row,
        address: SocketAddr,
        deadline: Option<Instant>,
        siblings: Option<Arc<()>>,
    ) -> Self {
        let row = Row { family: Some(Family::of(address)), address: Some(address), ..row };
        Ticket { position, row: Box::new(row), address, deadline, rtts: Vec::new(), siblings }
    }

    /// Ends the row.
    pub(crate) fn end(mut self, end: Result<(), RowError>) -> Measured {
        // The last row is the one that drops the last reference.
        let last = self.siblings.is_none_or(|siblings| Arc::into_inner(siblings).is_some());
        self.row.end(self.rtts, end);
        Measured { position: self.position, row: self.row, last }
    }
}
