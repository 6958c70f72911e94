//! What a row needs while it is measured, and how it gets to the report.

use std::time::Instant;

use tokio::sync::watch;

use super::plan::{Options, Target};
use super::report::Row;

/// Everything that is needed to measure a row.
#[derive(Clone, Copy, Debug)]
pub(super) struct Job<'a> {
    pub(super) target: &'a Target,
    pub(super) options: &'a Options,
    pub(super) deadline: Instant,
    /// Whether other rows of this probe may have allocations on the same server.
    pub(super) shares_quota: bool,
    /// Becomes true when the probe is interrupted.
    pub(super) stop: &'a watch::Receiver<bool>,
}

/// A measured row on its way to the report.
#[derive(Debug)]
pub(super) struct Measured {
    /// The server's position in the plan.
    pub(super) position: usize,
    pub(super) row: Row,
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
