//! Whether the engine passes messages on, without sockets: it does if it has lately returned one to its sender.

use std::time::{Duration, Instant};

/// The engine is up if it has returned a message of this age.
const UP_FOR: Duration = Duration::from_secs(3);
/// Reactions are not delivered if the engine may have held them up for longer.
const LATE: Duration = Duration::from_secs(5);

/// The state of the engine.
pub(super) struct Uptime {
    start: Instant,
    /// Since when it has been connected.
    connected: Option<Instant>,
    /// When the latest messages were sent that came back: one to all replicas, and one to this alone.
    proofs: [Option<Instant>; 2],
}

/// To whom a message was sent that came back.
#[derive(Clone, Copy)]
pub(super) enum Sent {
    ToAll,
    ToThis,
}

impl Uptime {
    pub(super) const fn new(start: Instant) -> Self {
        Uptime { start, connected: None, proofs: [None; 2] }
    }

    /// Notes whether the engine is connected. Returns whether it has just been connected.
    pub(super) fn is_connected(&mut self, is_open: bool, now: Instant) -> bool {
        match (is_open, self.connected) {
            (true, None) => {
                self.connected = Some(now);
                true
            }
            (true, Some(_)) => false,
            (false, _) => {
                (self.connected, self.proofs) = (None, [None; 2]);
                false
            }
        }
    }

    /// Returns the time for a message that will come back, in ms.
    pub(super) fn stamp(&self, now: Instant) -> u64 {
        u64::try_from(now.saturating_duration_since(self.start).as_millis()).unwrap_or(u64::MAX)
    }

    /// Notes that a message with this stamp has come back.
    pub(super) fn returned(&mut self, to: Sent, stamp: u64, now: Instant) {
        let sent = self.start.checked_add(Duration::from_millis(stamp));
        let proof = &mut self.proofs[to as usize];
        *proof = (*proof).max(sent.filter(|sent| *sent <= now && self.connected.is_some()));
    }

    /// Whether the engine passes messages on.
    pub(super) fn is_up(&self, now: Instant) -> bool {
        self.proof().is_some_and(|proof| now.saturating_duration_since(proof) < UP_FOR)
    }

    fn proof(&self) -> Option<Instant> {
        let [to_all, to_this] = self.proofs;
        to_all.min(to_this)
    }

    /// Whether what comes now may have been sent long ago.
    pub(super) fn is_late(&self, now: Instant) -> bool {
        self.proof().max(self.connected).is_none_or(|since| now.saturating_duration_since(since) > LATE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn returned(uptime: &mut Uptime, stamp: u64, now: Instant) {
        let was_up = uptime.is_up(now);
        uptime.returned(Sent::ToAll, stamp, now);
        assert_eq!(uptime.is_up(now), was_up, "both ways are needed");
        uptime.returned(Sent::ToThis, stamp, now);
    }

    #[test]
    fn the_engine_is_up_while_messages_come_back() {
        let start = Instant::now();
        let mut uptime = Uptime::new(start);
        assert!(!uptime.is_up(start) && uptime.is_late(start));
        returned(&mut uptime, 0, start);
        assert!(!uptime.is_up(start), "nothing is connected");
        assert!(uptime.is_connected(true, start) && !uptime.is_connected(true, start));
        assert!(!uptime.is_up(start) && !uptime.is_late(start));
        let stamp = uptime.stamp(start);
        returned(&mut uptime, stamp, start);
        assert!(uptime.is_up(start + 2 * SECOND) && !uptime.is_up(start + 3 * SECOND));
        assert!(!uptime.is_late(start + 5 * SECOND) && uptime.is_late(start + 6 * SECOND));
    }

    #[test]
    fn what_comes_back_late_proves_nothing() {
        let start = Instant::now();
        let mut uptime = Uptime::new(start);
        uptime.is_connected(true, start);
        let stamps = [1, 2, 20].map(|second| uptime.stamp(start + second * SECOND));
        let now = start + 20 * SECOND;
        for stamp in &stamps[..2] {
            returned(&mut uptime, *stamp, now);
            assert!(!uptime.is_up(now) && uptime.is_late(now));
        }
        returned(&mut uptime, u64::MAX, now);
        returned(&mut uptime, stamps[2] + 1, now);
        assert!(!uptime.is_up(now), "nobody has sent that yet");
        returned(&mut uptime, stamps[2], now);
        returned(&mut uptime, stamps[1], now);
        assert!(uptime.is_up(now) && !uptime.is_late(now));
    }

    #[test]
    fn a_connection_that_breaks_proves_nothing_either() {
        let start = Instant::now();
        let mut uptime = Uptime::new(start);
        uptime.is_connected(true, start);
        let stamp = uptime.stamp(start);
        returned(&mut uptime, stamp, start);
        assert!(!uptime.is_connected(false, start + SECOND));
        assert!(!uptime.is_up(start + SECOND));
        assert!(uptime.is_connected(true, start + 30 * SECOND));
        assert!(!uptime.is_up(start + 30 * SECOND) && !uptime.is_late(start + 30 * SECOND));
    }
}
