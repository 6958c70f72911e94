//! How many reactions a user may send: so many a second, after a pause more at once.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A user who has paused may send the reactions of this time at once.
const BURST: Duration = Duration::from_secs(3);

/// A limit that each user has for themselves.
pub(super) struct RateLimit {
    /// What one reaction takes of the time.
    interval: Duration,
    /// When each user will have paused long enough for a whole burst; nothing for those who have.
    users: Mutex<HashMap<Arc<str>, Instant>>,
}

impl RateLimit {
    /// Creates a limit of this many a second.
    pub(super) fn new(per_second: u32) -> Self {
        RateLimit { interval: Duration::from_secs(1) / per_second.max(1), users: Mutex::default() }
    }

    /// Counts a reaction that a user sends now, or returns how long to wait before the next one.
    pub(super) fn count(&self, user: &Arc<str>, now: Instant) -> Result<(), Duration> {
        let mut users = self.lock();
        let busy = users.get(user).map_or(Duration::ZERO, |free| free.saturating_duration_since(now));
        let busy = busy + self.interval;
        if busy > BURST {
            return Err(busy - BURST);
        }
        users.insert(Arc::clone(user), now + busy);
        Ok(())
    }

    /// Counts a reaction that another replica has accepted from a user.
    pub(super) fn note(&self, user: &str, now: Instant) {
        let mut users = self.lock();
        let busy = users.get(user).map_or(Duration::ZERO, |free| free.saturating_duration_since(now));
        let free = now + (busy + self.interval).min(BURST);
        match users.get_mut(user) {
            Some(known) => *known = free,
            None => drop(users.insert(user.into(), free)),
        }
    }

    /// Forgets the other users.
    pub(super) fn retain(&self, is_known: impl Fn(&str) -> bool) {
        self.lock().retain(|user, _| is_known(user));
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Arc<str>, Instant>> {
        self.users.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn allows_bursts_of_three_seconds_and_then_the_rate() {
        let (alice, bob): (Arc<str>, Arc<str>) = ("alice".into(), "bob".into());
        for per_second in [1, 10, 10_000] {
            let limit = RateLimit::new(per_second);
            let start = Instant::now();
            let sent = |after: Duration| {
                (0..100_000).take_while(|_| limit.count(&alice, start + after).is_ok()).count()
            };
            let burst = 3 * per_second as usize;
            assert_eq!(sent(Duration::ZERO), burst);
            assert_eq!(limit.count(&alice, start), Err(Duration::from_secs(1) / per_second));
            assert_eq!(limit.count(&bob, start), Ok(()), "each user has a limit of their own");
            let second = sent(Duration::from_secs(1));
            assert!((per_second as usize..=per_second as usize + 1).contains(&second), "{second}");
            assert_eq!(sent(Duration::from_secs(60)), burst);
            limit.retain(|user| user == "bob");
            assert_eq!(limit.lock().len(), 1);
        }
    }

    #[test]
    fn what_a_user_sends_to_other_replicas_counts_as_well() {
        let (alice, limit, now) = ("alice".into(), RateLimit::new(10), Instant::now());
        (0..20).for_each(|_| limit.note("alice", now));
        assert_eq!((0..99).take_while(|_| limit.count(&alice, now).is_ok()).count(), 10);
        (0..99).for_each(|_| limit.note("alice", now));
        assert_eq!(
            limit.count(&alice, now + Duration::from_millis(100)),
            Ok(()),
            "and no longer than a burst"
        );
    }
}
