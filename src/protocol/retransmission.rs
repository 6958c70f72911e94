//! When a request over UDP is sent again, and when there is no more hope (RFC 8489, section 6.2.1).

use std::time::{Duration, Instant};

/// The first wait for a response; it doubles after each transmission (RTO).
const INITIAL_WAIT: Duration = Duration::from_millis(500);
/// How often a request is sent at most (Rc).
const MOST_TRANSMISSIONS: u32 = 7;

/// The timetable of one request: sent at once, then after 500 ms, 1500 ms, 3500 ms, … until the deadline.
#[derive(Clone, Copy, Debug)]
pub struct Retransmission {
    next: Instant,
    wait: Duration,
    transmissions: u32,
    deadline: Instant,
}

impl Retransmission {
    /// A request that is first sent at `now`, and given up at `deadline`.
    #[must_use]
    pub fn new(now: Instant, deadline: Instant) -> Self {
        Retransmission { next: now, wait: INITIAL_WAIT, transmissions: 0, deadline }
    }

    /// A request that is sent once, at `now`, over a stream that repeats what gets lost by itself.
    #[must_use]
    pub fn once(now: Instant, deadline: Instant) -> Self {
        Retransmission { transmissions: MOST_TRANSMISSIONS - 1, ..Retransmission::new(now, deadline) }
    }

    /// Whether the request has to be sent now; the next time is then set. A late call sends once, not once for
    /// each time that was missed.
    pub fn is_due(&mut self, now: Instant) -> bool {
        let due = self.transmissions < MOST_TRANSMISSIONS && now >= self.next;
        if due {
            self.transmissions += 1;
            self.next = now + self.wait;
            self.wait *= 2;
        }
        due
    }

    /// When to look again: at the next transmission or at the deadline.
    #[must_use]
    pub fn wake(&self) -> Instant {
        if self.transmissions < MOST_TRANSMISSIONS { self.next.min(self.deadline) } else { self.deadline }
    }

    /// Whether the deadline has passed.
    #[must_use]
    pub fn is_over(&self, now: Instant) -> bool {
        now >= self.deadline
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The times in ms at which a request is sent that nobody answers.
    fn times(timeout: Duration) -> Vec<u128> {
        let start = Instant::now();
        let mut timetable = Retransmission::new(start, start + timeout);
        let mut now = start;
        let mut times = Vec::new();
        while !timetable.is_over(now) {
            if timetable.is_due(now) {
                times.push((now - start).as_millis());
            }
            assert!(!timetable.is_due(now), "one transmission at a time");
            assert!(timetable.wake() > now, "time goes on");
            now = timetable.wake();
        }
        assert_eq!(now, start + timeout, "not given up before the time-out, nor after it");
        times
    }

    #[test]
    fn the_wait_doubles_until_the_deadline() {
        assert_eq!(times(Duration::from_secs(5)), [0, 500, 1500, 3500]);
        assert_eq!(times(Duration::from_millis(500)), [0]);
        assert_eq!(times(Duration::from_millis(501)), [0, 500]);
    }

    #[test]
    fn a_request_is_sent_seven_times_at_most() {
        assert_eq!(times(Duration::from_secs(600)), [0, 500, 1500, 3500, 7500, 15500, 31500]);
    }

    #[test]
    fn a_late_call_sends_once() {
        let start = Instant::now();
        let mut timetable = Retransmission::new(start, start + Duration::from_secs(60));
        assert!(timetable.is_due(start));
        let late = start + Duration::from_secs(20);
        assert!(timetable.is_due(late));
        assert!(!timetable.is_due(late));
        assert_eq!(timetable.wake(), late + Duration::from_secs(1));
    }
}
