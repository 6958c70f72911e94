//! What a row needs while it is measured, and how it gets to the report.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::plan::{Options, Target};
use super::report::stage::Stage;
use super::report::{Row, RowError};

/// Everything that is needed to measure a row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Job<'a> {
    pub(super) target: &'a Target,
    pub(super) options: &'a Options,
    pub(super) deadline: Instant,
    /// How long the lookup of the name took.
    pub(super) lookup: Duration,
    /// Whether other rows of this probe may have allocations on the same server.
    pub(super) shares_quota: bool,
    /// Becomes true when the probe is interrupted.
    pub(super) stop: &'a watch::Receiver<bool>,
}

impl Job<'_> {
    /// The error of a stage that began at `started` and did not end in time: the server is silent, or so far away that the
    /// time was too short. `quickest` is its shortest response so far.
    pub(super) fn timed_out(
        self,
        server: SocketAddr,
        stage: Stage,
        started: Instant,
        quickest: Option<Duration>,
    ) -> RowError {
        let timeout = self.options.timeout;
        let waited = self.deadline.saturating_duration_since(started);
        match quickest {
            Some(quickest) if self.was_too_short(2, started, quickest) => {
                RowError::out_of_time(server, stage, quickest, timeout)
            }
            Some(_) if stage == Stage::Handshake => RowError::silent_handshake(server, timeout),
            Some(_) => RowError::no_response(server, stage, waited),
            None if self.lookup > timeout / 2 => RowError::long_lookup(server, self.lookup, timeout),
            None => RowError::silent(server, stage, timeout),
        }
    }

    /// Whether a good server could take longer than the time since `started` for so many round trips.
    pub(super) fn was_too_short(self, trips: u32, started: Instant, quickest: Duration) -> bool {
        let waited = self.deadline.saturating_duration_since(started);
        waited < trips * quickest + self.options.timeout / 10
    }
}

/// A measured row on its way to the report.
#[derive(Debug)]
pub(super) struct Measured {
    /// The server's position in the plan.
    pub(super) position: usize,
    pub(super) row: Box<Row>,
    /// Whether it is the server's last one.
    pub(super) last: bool,
}

/// Waits until the probe is interrupted.
pub(super) async fn interrupted(stop: &watch::Receiver<bool>) {
    if stop.clone().wait_for(|stop| *stop).await.is_err() {
        // The probe has ended, so no interrupt can come.
        std::future::pending::<()>().await;
    }
}
