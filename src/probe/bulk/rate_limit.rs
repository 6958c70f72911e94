//! How fast many servers are asked: as fast as they answer, and steadily where they are far away or silent.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// How many requests may be under way. Few enough for the queues of home routers and for a receive buffer of
/// the system's usual size, should all answers come at once.
const WINDOW: usize = 512;
/// How long a request without an answer counts as under way. With the window that makes 20,480 requests a second
/// to servers that are farther away or silent: 10 Mbit/s.
const UNDER_WAY: Duration = Duration::from_millis(25);

/// The requests that are under way.
#[derive(Debug, Default)]
pub(crate) struct RateLimit {
    /// When requests were sent, and how many of each instant are still under way.
    bursts: VecDeque<(Instant, usize)>,
    under_way: usize,
}

impl RateLimit {
    /// How many requests may be sent at `now`.
    pub(crate) fn room(&mut self, now: Instant) -> usize {
        while let Some((sent, open)) = self.bursts.front() {
            if now.saturating_duration_since(*sent) < UNDER_WAY {
                break;
            }
            self.under_way -= open;
            self.bursts.pop_front();
        }
        WINDOW - self.under_way
    }

    /// When there is room again, if there is none.
    pub(crate) fn wake(&self) -> Option<Instant> {
        let (sent, _) = self.bursts.front().filter(|_| self.under_way >= WINDOW)?;
        Some(*sent + UNDER_WAY)
    }

    /// A request was sent at `now`, which never goes back; there was room.
    pub(crate) fn sent(&mut self, now: Instant) {
        self.under_way += 1;
        match self.bursts.back_mut() {
            Some((sent, open)) if *sent == now => *open += 1,
            _ => self.bursts.push_back((now, 1)),
        }
    }

    /// The request that was sent at `sent` was answered.
    pub(crate) fn answered(&mut self, sent: Instant) {
        let Ok(index) = self.bursts.binary_search_by_key(&sent, |(sent, _)| *sent) else { return };
        if let Some((_, open)) = self.bursts.get_mut(index).filter(|(_, open)| *open > 0) {
            *open -= 1;
            self.under_way -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silent_servers_are_asked_in_bursts_of_a_window() {
        let (mut pace, start) = (RateLimit::default(), Instant::now());
        let mut now = start;
        let mut sent = 0;
        while sent < 10_000 {
            for _ in 0..pace.room(now).min(10_000 - sent) {
                pace.sent(now);
                sent += 1;
            }
            now = pace.wake().unwrap_or(now);
        }
        assert_eq!(now - start, UNDER_WAY * 19, "twenty bursts");
    }

    #[test]
    fn an_answer_makes_room_at_once_and_only_once() {
        let (mut pace, now) = (RateLimit::default(), Instant::now());
        for _ in 0..WINDOW {
            pace.sent(now);
        }
        assert_eq!((pace.room(now), pace.wake()), (0, Some(now + UNDER_WAY)));
        pace.answered(now);
        assert_eq!((pace.room(now), pace.wake()), (1, None));
        let later = now + UNDER_WAY;
        assert_eq!(pace.room(later), WINDOW);
        pace.answered(now);
        assert_eq!(pace.room(later), WINDOW, "an answer to a request that no longer counts");
    }
}
