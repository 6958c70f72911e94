//! How long something takes, for tests that expect it within some time.

use std::fmt::Debug;
use std::ops::RangeBounds;
use std::time::{Duration, Instant};

/// How often something is measured that takes another time than expected.
const ATTEMPTS: usize = 4;

/// Measures something that has to take a time within these limits, and returns its result. A busy machine may delay it, but
/// hardly each time: what takes another time is measured again. What is slow by itself is slow each time.
#[track_caller]
pub(crate) fn in_time<T>(
    limits: impl RangeBounds<Duration> + Debug,
    mut measure: impl FnMut() -> (T, Duration),
) -> T {
    let mut took = Vec::new();
    for _ in 0..ATTEMPTS {
        let (result, time) = measure();
        took.push(time);
        if limits.contains(&time) {
            if took.len() > 1 {
                println!("measured again, until it took a time in {limits:?}: {took:?}");
            }
            return result;
        }
    }
    panic!("it takes {took:?}, in place of {limits:?}");
}

/// Runs something, and returns its result and how long it took.
pub(crate) fn timed<T>(run: impl FnOnce() -> T) -> (T, Duration) {
    let started = Instant::now();
    let result = run();
    (result, started.elapsed())
}
