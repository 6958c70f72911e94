//! A row in bulk: what to probe, what came back, what the row says.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::protocol::transaction::Answer;

use crate::probe::report::{Family, Row, RowError, Rtt};

/// A row to measure.
#[derive(Debug)]
pub(crate) struct Ticket {
    /// The index of the server among those that are probed in bulk.
    pub(crate) server: usize,
    /// The address to probe.
    pub(crate) address: SocketAddr,
    /// When it times out; `None` starts the timeout with its first request.
    pub(crate) deadline: Option<Instant>,
    /// Shared by all rows of a server that has several, to find the last one.
    pub(crate) siblings: Option<Arc<()>>,
}

/// A row while it is measured.
#[derive(Debug)]
pub(crate) struct Series {
    pub(crate) ticket: Ticket,
    pub(crate) sent: u32,
    pub(crate) rtts: Vec<Duration>,
    /// The last response.
    pub(crate) answer: Option<Answer<SocketAddr>>,
    /// This machine's address that responses were sent to.
    pub(crate) local: Option<IpAddr>,
}

impl Series {
    pub(crate) fn new(ticket: Ticket) -> Self {
        Series { ticket, sent: 0, rtts: Vec::new(), answer: None, local: None }
    }
}

/// A measured row.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) series: Series,
    pub(crate) end: Result<(), RowError>,
}

impl Finished {
    /// The index of the server.
    pub(crate) fn server(&self) -> usize {
        self.series.ticket.server
    }

    /// Fills in a row, and returns whether it is the last one of its server.
    pub(crate) fn fill(self, mut row: Row) -> (Row, bool) {
        let Finished { series: Series { ticket, sent, rtts, answer, local }, end } = self;
        row.family = Some(Family::of(ticket.address));
        row.address = Some(ticket.address);
        row.sent = sent;
        row.received = u32::try_from(rtts.len()).unwrap_or(u32::MAX);
        row.rtt_ms = Rtt::of(rtts);
        row.local = local;
        if let Some(answer) = answer {
            row.mapped_address = Some(answer.value);
            row.software = answer.software;
        }
        // The last row is the one that drops the last reference.
        (row.ended(end), ticket.siblings.is_none_or(|siblings| Arc::into_inner(siblings).is_some()))
    }
}
