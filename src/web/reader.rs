//! A thread of its own that reads files: it may hang with its file system, and those who wait for it do so for a moment
//! only.

use std::pin::pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use tokio::time::timeout;

/// From when on a round counts as hanging.
const HANGING: Duration = Duration::from_secs(1);

/// A thread that reads files in rounds, which are numbered from 1: one round serves all that wait for it.
#[derive(Default)]
pub(super) struct Reader {
    started: AtomicU64,
    finished: AtomicU64,
    /// Wakes those who wait for the end of a round.
    ended: Notify,
    /// What the current round reads, and when it began with it; none between rounds.
    current: Mutex<Option<(&'static str, Instant)>>,
    thread: OnceLock<Thread>,
}

/// A round that hangs.
pub(super) struct Hanging {
    /// What it cannot read.
    pub(super) what: &'static str,
    pub(super) since: Duration,
}

impl Reader {
    /// Runs rounds in this thread: one at the start, one when it is requested and, if there is a `pause`, one after it.
    pub(super) fn run(&self, pause: Option<Duration>, mut round: impl FnMut()) {
        let _ = self.thread.set(thread::current());
        for number in 1.. {
            self.started.store(number, Ordering::SeqCst);
            round();
            *self.lock() = None;
            self.finished.store(number, Ordering::SeqCst);
            self.ended.notify_waiters();
            pause.map_or_else(thread::park, thread::park_timeout);
        }
    }

    /// Notes what the round reads now.
    pub(super) fn reads(&self, what: &'static str) {
        *self.lock() = Some((what, Instant::now()));
    }

    /// Returns the number of the last round that was started, 0 before the first one.
    pub(super) fn started(&self) -> u64 {
        self.started.load(Ordering::SeqCst)
    }

    /// Requests a round that begins after this call, and returns its number.
    pub(super) fn request(&self) -> u64 {
        let next = self.started() + 1;
        self.thread.get().map(Thread::unpark);
        next
    }

    /// Waits for the end of a round, but for a file system that does not respond only as long as `patience` in all.
    /// Returns whether the round has ended.
    pub(super) async fn finished(&self, round: u64, patience: Duration) -> bool {
        let is_finished = || self.finished.load(Ordering::SeqCst) >= round;
        if is_finished() {
            return true;
        }
        let waiting = (*self.lock()).map(|(_, since)| since.elapsed()).unwrap_or_default();
        let ended = async {
            loop {
                let mut ended = pin!(self.ended.notified());
                ended.as_mut().enable();
                if is_finished() {
                    return;
                }
                ended.await;
            }
        };
        timeout(patience.saturating_sub(waiting), ended).await.is_ok()
    }

    /// Returns whether the current round hangs.
    pub(super) fn hanging(&self) -> Option<Hanging> {
        let (what, since) = (*self.lock())?;
        let since = since.elapsed();
        (since >= HANGING).then_some(Hanging { what, since })
    }

    fn lock(&self) -> MutexGuard<'_, Option<(&'static str, Instant)>> {
        self.current.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
