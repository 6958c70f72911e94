//! A row that is measured among thousands of others: what has to be asked, what came back, what the row says.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::protocol::transaction::Answer;

use crate::probe::report::{Family, Row, RowError, Rtt};

/// A row to measure.
#[derive(Debug)]
pub(crate) struct Ticket {
    /// The number of the server among those that are asked in bulk.
    pub(crate) server: usize,
    /// Where to ask it.
    pub(crate) address: SocketAddr,
    /// When its time is over; `None`: the time-out runs from its first request.
    pub(crate) deadline: Option<Instant>,
    /// Held by all rows of a server that has several.
    pub(crate) siblings: Option<Arc<()>>,
}

/// What is known of a row.
#[derive(Debug)]
pub(crate) struct Series {
    pub(crate) ticket: Ticket,
    pub(crate) sent: u32,
    pub(crate) rtts: Vec<Duration>,
    /// The last answer.
    pub(crate) answer: Option<Answer<SocketAddr>>,
    /// This machine's address that answers were sent to.
    pub(crate) local: Option<IpAddr>,
}

impl Series {
    pub(crate) fn new(ticket: Ticket) -> Self {
        Series { ticket, sent: 0, rtts: Vec::new(), answer: None, local: None }
    }
}

/// A row that is through.
#[derive(Debug)]
pub(crate) struct Landed {
    pub(crate) series: Series,
    pub(crate) end: Result<(), RowError>,
}

impl Landed {
    /// The number of the server.
    pub(crate) fn server(&self) -> usize {
        self.series.ticket.server
    }

    /// Fills in a row, and says whether it is the last one of its server.
    pub(crate) fn fill(self, mut row: Row) -> (Row, bool) {
        let Landed { series: Series { ticket, sent, rtts, answer, local }, end } = self;
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
        // Who gives the last share back is the last one.
        (row.ended(end), ticket.siblings.is_none_or(|siblings| Arc::into_inner(siblings).is_some()))
    }
}
