//! How long a browser gathers candidates with a list of servers: what docs/browsers.md measures, as formulas.

use std::time::Duration;

use super::row::{Row, Status, Transport};
use super::wait::Wait;
use crate::config::address::Kind;

/// The least that gathering takes, in ms.
const LEAST_MS: f64 = 120.0;

/// How long a browser would gather candidates with these servers, in ms; `None` when it never ends, or takes over 5
/// minutes.
pub(super) fn gathering_ms(rows: &[Row]) -> Option<f64> {
    let slowest = rows.iter().map(of_row).try_fold(LEAST_MS, |slowest, ms| Some(slowest.max(ms?)))?;
    // Addition may produce more than three decimals.
    Some((slowest * 1000.0).round() / 1000.0)
}

fn of_row(row: &Row) -> Option<f64> {
    Some(ms(row.lookup) + row.wait().ms()?.max(answered_ms(row)))
}

fn ms(span: Duration) -> f64 {
    span.as_secs_f64() * 1000.0
}

/// How long a browser gathers with a server that responds.
fn answered_ms(row: &Row) -> f64 {
    let Some(rtt) = row.rtt_ms.map(|rtt| rtt.max).or(row.trip.map(ms)) else { return 0.0 };
    let is_tls_1_3 = row.tls.as_ref().is_some_and(|tls| tls.version == Some("TLSv1.3"));
    match (row.kind, row.transport) {
        (Kind::Stun, _) => rtt,
        (Kind::Turn, Transport::Udp) => 60.0 + 2.0 * rtt,
        (Kind::Turn, Transport::Tcp) => 64.0 + 3.0 * rtt,
        (Kind::Turn, Transport::Tls) if is_tls_1_3 => 68.0 + 4.0 * rtt,
        (Kind::Turn, Transport::Tls) => 68.0 + 5.0 * rtt,
    }
}

impl Row {
    /// How long a browser waits for this server beyond its response. Not at all once a relay is granted, or where this
    /// machine lacks the address family.
    pub fn wait(&self) -> Wait {
        match &self.error {
            Some(error) if self.status == Status::Failed && !self.has_relay() => error.wait,
            _ => Wait::None,
        }
    }

    /// Whether a browser waits for this server beyond its response.
    pub fn delays_gathering(&self) -> bool {
        self.wait() != Wait::None
    }
}
