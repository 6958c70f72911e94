//! From what was counted to the figures of the report.

use std::time::Duration;

use crate::probe::report::quality::{Direction, Percentiles, ServerLeg};
use crate::protocol::flow::{Flow, Losses};
use crate::protocol::samples::Samples;

/// The figures of one direction.
pub(super) fn direction(flow: &Flow, took: Duration) -> Direction {
    let seconds = took.as_secs_f64();
    let bits = flow.received_bytes() as f64 * 8.0;
    Direction {
        lost_percent: rounded(flow.losses().percent()),
        longest_burst: flow.longest_burst(),
        reordered_percent: rounded(reordered_percent(flow)),
        duplicates: flow.duplicates(),
        jitter_ms: rounded(flow.jitter_ms()),
        trip_ms: percentiles(flow.trips_us()),
        kbit_s: if seconds > 0.0 { rounded(bits / seconds / 1000.0) } else { 0.0 },
    }
}

/// The percentiles of a series in microseconds, by the nearest rank; `None` for an empty one.
pub(super) fn percentiles(mut series: Vec<u32>) -> Option<Percentiles> {
    series.sort_unstable();
    let of = |percent: usize| {
        let rank = (series.len() * percent).div_ceil(100).max(1);
        series.get(rank - 1).map(|us| f64::from(*us) / 1000.0)
    };
    Some(Percentiles { p50: of(50)?, p95: of(95)?, p99: of(99)? })
}

pub(super) fn reordered_percent(flow: &Flow) -> f64 {
    Losses { sent: flow.received(), lost: flow.reordered() }.percent()
}

/// Three decimals.
pub(super) fn rounded(value: f64) -> f64 {
    (value * 1000.0).round() / 1000.0
}

/// The part of the path between this machine and the server.
pub(super) fn leg(samples: &Samples) -> ServerLeg {
    let (sent, received) = (samples.sent(), samples.received());
    let lost = Losses { sent, lost: sent - received };
    ServerLeg {
        sent,
        received,
        lost_percent: rounded(lost.percent()),
        rtt_ms: percentiles(samples.rtts_us().to_vec()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_nearest_rank() {
        assert_eq!(percentiles(vec![]), None);
        assert_eq!(percentiles(vec![7000]), Some(Percentiles { p50: 7.0, p95: 7.0, p99: 7.0 }));
        let hundred = (1..=100).map(|ms| ms * 1000).collect();
        assert_eq!(percentiles(hundred), Some(Percentiles { p50: 50.0, p95: 95.0, p99: 99.0 }));
    }
}
