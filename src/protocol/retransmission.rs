//! When a request over UDP is retransmitted, and when it times out (RFC 8489, section 6.2.1).

use std::time::{Duration, Instant};

/// The first wait for a response; it doubles after each transmission (RTO).
const INITIAL_WAIT: Duration = Duration::from_millis(500);
/// The most transmissions of a request (Rc).
const MOST_TRANSMISSIONS: u32 = 7;

/// The schedule of one request: sent at once, then after 500 ms, 1500 ms, 3500 ms, … until the deadline.
#[derive(Clone, Copy, Debug)]
pub struct Retransmission {
    next: Instant,
    wait: Duration,
    transmissions: u32,
    deadline: Instant,
}

impl Retransmission {
    /// A request that is first sent at `now`, and times out at `deadline`.
    pub fn new(now: Instant, deadline: Instant) -> Self {
        Retransmission { next: now, wait: INITIAL_WAIT, transmissions: 0, deadline }
    }

    /// A request that is sent once, at `now`, over a reliable transport.
    pub fn once(now: Instant, deadline: Instant) -> Self {
        Retransmission { transmissions: MOST_TRANSMISSIONS - 1, ..Retransmission::new(now, deadline) }
    }

    /// Whether the request is due; if so, schedules the next transmission. A late call sends once, not once for each
    /// missed transmission.
    pub fn is_due(&mut self, now: Instant) -> bool {
        let due = self.transmissions < MOST_TRANSMISSIONS && now >= self.next;
        if due {
            self.transmissions += 1;
            self.next = now + self.wait;
            self.wait *= 2;
        }
        due
    }

    /// When to check again: at the next transmission or at the deadline.
    pub fn wake(&self) -> Instant {
        if self.transmissions < MOST_TRANSMISSIONS { self.next.min(self.deadline) } else { self.deadline }
    }

    /// Whether the deadline has passed.
    pub fn is_over(&self, now: Instant) -> bool {
        now >= self.deadline
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The times in ms at which a request without a response is sent.
    fn times(timeout: Duration) -> Vec<u128> {
        let start = Instant::now();
        let mut retransmission = Retransmission::new(start, start + timeout);
        let mut now = start;
        let mut times = Vec::new();
        while !retransmission.is_over(now) {
            if retransmission.is_due(now) {
                times.push((now - start).as_millis());
            }
            assert!(!retransmission.is_due(now), "one transmission at a time");
            assert!(retransmission.wake() > now, "time advances");
            now = retransmission.wake();
        }
        assert_eq!(now, start + timeout, "it ends exactly at the timeout");
        times
    }

    #[test]
    fn the_wait_doubles_until_the_deadline() {
        assert_eq!(times(Duration::from_secs(5)), [0, 500, 1500, 3500]);
        assert_eq!(times(Duration::from_millis(500)), [0]);
        assert_eq!(times(Duration::from_millis(501)), [0, 500]);
    }

    #[test]
    fn sends_a_request_seven_times_at_most() {
        assert_eq!(times(Duration::from_secs(600)), [0, 500, 1500, 3500, 7500, 15500, 31500]);
    }

    #[test]
    fn a_late_call_sends_once() {
        let start = Instant::now();
        let mut retransmission = Retransmission::new(start, start + Duration::from_secs(60));
        assert!(retransmission.is_due(start));
        let late = start + Duration::from_secs(20);
        assert!(retransmission.is_due(late));
        assert!(!retransmission.is_due(late));
        assert_eq!(retransmission.wake(), late + Duration::from_secs(1));
    }
}
