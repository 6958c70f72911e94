//! How late this machine wakes a thread that does nothing else, for example because other virtual machines use its
//! processors: the program cannot send earlier.

use std::fs;
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::figures::{milliseconds, percentile};

/// How often the thread wakes.
const INTERVAL: Duration = Duration::from_millis(2);
/// When it ends in any case.
const LONGEST: Duration = Duration::from_secs(60);

/// Runs something, and returns its result and how late the thread woke meanwhile, at p99, in milliseconds.
pub(super) fn beside<T>(run: impl FnOnce() -> T) -> (T, f64) {
    let has_ended = AtomicBool::new(false);
    thread::scope(|scope| {
        let timer = scope.spawn(|| wake_until(&has_ended));
        let result = run();
        has_ended.store(true, Ordering::Relaxed);
        (result, percentile(&timer.join().unwrap(), 0.99))
    })
}

/// Returns how late each of its wakings was, from the least to the most.
fn wake_until(has_ended: &AtomicBool) -> Vec<f64> {
    hurry();
    let (started, mut late) = (Instant::now(), Vec::new());
    let mut due = started;
    while !has_ended.load(Ordering::Relaxed) && started.elapsed() < LONGEST {
        due += INTERVAL;
        thread::sleep(due.saturating_duration_since(Instant::now()));
        late.push(milliseconds(due.elapsed()));
    }
    late.sort_by(f64::total_cmp);
    late
}

/// Gives this thread the priority of the program that is measured. Best effort.
fn hurry() {
    let Ok(thread) = fs::read_link("/proc/thread-self") else { return };
    let id = thread.file_name().unwrap_or_default();
    let _ = Command::new("chrt").args(["-f", "-p", "10"]).arg(id).output();
}
