//! How fast requests are sent: as fast as servers respond, and at a steady rate when they are far away or silent.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// The most requests in flight. Few enough for the queues of home routers and for a receive buffer of the usual size,
/// should all responses arrive at once.
const WINDOW: usize = 512;
/// How long a request without a response counts as in flight. With the window that makes 20,480 requests a second to
/// servers that are farther away or silent: 10 Mbit/s.
const IN_FLIGHT: Duration = Duration::from_millis(25);

/// The requests in flight.
#[derive(Debug, Default)]
pub(crate) struct RateLimit {
    /// When requests were sent, and how many of each instant are still in flight.
    bursts: VecDeque<(Instant, usize)>,
    in_flight: usize,
}

impl RateLimit {
    /// How many requests may be sent at `now`.
    pub(crate) fn room(&mut self, now: Instant) -> usize {
        while let Some((sent, open)) = self.bursts.front() {
            if now.saturating_duration_since(*sent) < IN_FLIGHT {
                break;
            }
            self.in_flight -= open;
            self.bursts.pop_front();
        }
        WINDOW - self.in_flight
    }

    /// When there is room again, if there is none.
    pub(crate) fn wake(&self) -> Option<Instant> {
        let (sent, _) = self.bursts.front().filter(|_| self.in_flight >= WINDOW)?;
        Some(*sent + IN_FLIGHT)
    }

    /// Records that a request was sent at `now`, which never goes back; there must be room.
    pub(crate) fn record_sent(&mut self, now: Instant) {
        self.in_flight += 1;
        match self.bursts.back_mut() {
            Some((sent, open)) if *sent == now => *open += 1,
            _ => self.bursts.push_back((now, 1)),
        }
    }

    /// Records the response to a request that was sent at `sent`.
    pub(crate) fn record_response(&mut self, sent: Instant) {
        let Ok(index) = self.bursts.binary_search_by_key(&sent, |(sent, _)| *sent) else { return };
        if let Some((_, open)) = self.bursts.get_mut(index).filter(|(_, open)| *open > 0) {
            *open -= 1;
            self.in_flight -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sends_to_silent_servers_in_bursts_of_a_window() {
        let (mut limit, start) = (RateLimit::default(), Instant::now());
        let mut now = start;
        let mut sent = 0;
        while sent < 10_000 {
            for _ in 0..limit.room(now).min(10_000 - sent) {
                limit.record_sent(now);
                sent += 1;
            }
            now = limit.wake().unwrap_or(now);
        }
        assert_eq!(now - start, IN_FLIGHT * 19, "twenty bursts");
    }

    #[test]
    fn a_response_makes_room_at_once_and_only_once() {
        let (mut limit, now) = (RateLimit::default(), Instant::now());
        for _ in 0..WINDOW {
            limit.record_sent(now);
        }
        assert_eq!((limit.room(now), limit.wake()), (0, Some(now + IN_FLIGHT)));
        limit.record_response(now);
        assert_eq!((limit.room(now), limit.wake()), (1, None));
        let later = now + IN_FLIGHT;
        assert_eq!(limit.room(later), WINDOW);
        limit.record_response(now);
        assert_eq!(limit.room(later), WINDOW, "a response to a request that no longer counts");
    }
}
