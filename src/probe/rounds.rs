//! The plan of a probe that is repeated, renewed before its ephemeral credentials expire.

use std::time::{Duration, SystemTime};

use super::plan::Plan;

/// Makes the plan of each round: the previous one again, or a new one when its credentials have lived half of their
/// time.
#[derive(Debug)]
pub struct Rounds<M> {
    make: M,
    ttl: Duration,
    /// The last plan, and when it was made: by the wall clock, as the credentials expire, which goes on while the
    /// machine is suspended and may be set.
    latest: Option<(SystemTime, Plan)>,
}

impl<E, M: FnMut() -> Result<Plan, E>> Rounds<M> {
    /// Rounds whose plans come from `make`, with credentials that are valid for `ttl`.
    pub fn new(ttl: Duration, make: M) -> Self {
        Rounds { make, ttl, latest: None }
    }

    /// Returns the plan of the next round.
    ///
    /// # Errors
    /// The error of `make`; the next call tries again.
    pub fn plan(&mut self) -> Result<&Plan, E> {
        let now = SystemTime::now();
        let current = self.latest.take().filter(|(made, _)| !is_stale(*made, now, self.ttl));
        let latest = match current {
            Some(latest) => latest,
            None => (now, (self.make)()?),
        };
        Ok(&self.latest.insert(latest).1)
    }
}

/// Whether credentials that are valid for `ttl` are due for renewal: half of it is over, or the clock was set back.
fn is_stale(made: SystemTime, now: SystemTime, ttl: Duration) -> bool {
    now.duration_since(made).map_or(true, |age| age > ttl / 2)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::address::ServerUri;
    use crate::probe::plan::Options;

    #[test]
    fn renews_credentials_at_half_of_their_time_and_when_the_clock_jumps() {
        let (made, ttl) =
            (SystemTime::UNIX_EPOCH + Duration::from_secs(4_000_000_000), Duration::from_secs(60));
        let second = Duration::from_secs(1);
        assert!(!is_stale(made, made, ttl) && !is_stale(made, made + 30 * second, ttl));
        assert!(is_stale(made, made + 31 * second, ttl));
        assert!(is_stale(made, made - second, ttl), "set back");
        assert!(is_stale(SystemTime::UNIX_EPOCH, made, ttl), "set right after a start without a clock");
    }

    #[test]
    fn makes_a_plan_only_when_it_is_needed() {
        let mut made = 0;
        let mut rounds = Rounds::new(Duration::from_secs(3600), || {
            made += 1;
            match made {
                1 => Err("unreadable"),
                _ => Ok(Plan::new(Vec::<ServerUri>::new(), Options::default())),
            }
        });
        assert_eq!(rounds.plan().err(), Some("unreadable"));
        assert!(rounds.plan().is_ok() && rounds.plan().is_ok());
        drop(rounds);
        assert_eq!(made, 2);
    }
}
