//! How late this machine itself sends.

use std::time::Duration;

use super::figures::rounded;
use crate::probe::report::quality::Percentiles;

/// The width of a bin, a hundredth of a millisecond.
const STEP: Duration = Duration::from_micros(10);
/// The bins up to 100 ms; the last one has all later packets, which count as the latest of them.
const BINS: usize = 10_000;

/// Counts packets by how late they were sent.
#[derive(Debug)]
pub(super) struct Pace {
    bins: Vec<u32>,
    count: u64,
    longest: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Pace { bins: vec![0; BINS], count: 0, longest: Duration::ZERO }
    }
}

impl Pace {
    /// Counts a packet that was sent so late.
    pub(super) fn add(&mut self, late: Duration) {
        self.longest = self.longest.max(late);
        let bin = usize::try_from(late.as_micros() / STEP.as_micros()).unwrap_or(BINS);
        if let Some(count) = self.bins.get_mut(bin.min(BINS - 1)) {
            *count += 1;
            self.count += 1;
        }
    }

    /// How late the latest packet was.
    pub(super) fn longest(&self) -> Duration {
        self.longest
    }

    /// The percentiles, rounded up to the next bin; `None` without packets.
    pub(super) fn percentiles(&self) -> Option<Percentiles> {
        (self.count > 0).then(|| Percentiles { p50: self.of(50), p95: self.of(95), p99: self.of(99) })
    }

    fn of(&self, percent: u64) -> f64 {
        let rank = (self.count * percent).div_ceil(100);
        let mut seen = 0;
        let bin = self.bins.iter().position(|count| {
            seen += u64::from(*count);
            seen >= rank
        });
        let bin = bin.unwrap_or(BINS);
        if bin + 1 >= BINS {
            return rounded(self.longest.as_secs_f64() * 1000.0);
        }
        let bins = u32::try_from(bin + 1).unwrap_or(u32::MAX);
        f64::from(bins) / 100.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_the_packets_to_a_hundredth_of_a_millisecond() {
        let mut pace = Pace::default();
        assert_eq!(pace.percentiles(), None);
        (1..=100).for_each(|ms| pace.add(Duration::from_millis(ms)));
        let Percentiles { p50, p95, p99 } = pace.percentiles().unwrap();
        assert!(
            [(p50, 50.0), (p95, 95.0), (p99, 99.0)]
                .iter()
                .all(|(found, exact)| (found - exact - 0.01).abs() < 1e-9)
        );
        (0..10_000).for_each(|_| pace.add(Duration::from_secs(5)));
        assert_eq!((pace.percentiles().unwrap().p50, pace.longest()), (5000.0, Duration::from_secs(5)));
    }
}
