//! Notices when the settings have changed, by whomever and in whatever way.

use std::fs::{self, Metadata};
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::time::{Duration, Instant};

use super::{Snapshot, Store, StoreError};

/// An edit that is no rename may be half done: it counts once the settings have been left alone this long.
/// It is longer than a tick of the clock by which file systems date changes, so that none goes unnoticed.
const SETTLED: Duration = Duration::from_millis(50);
/// A file that is empty or away is most likely about to be written: on a busy disk that may take a while.
const SETTLED_EMPTY: Duration = Duration::from_millis(500);

/// An eye on the settings. It looks when it is asked to, which costs one call to the operating system.
#[derive(Debug)]
pub struct Watcher {
    store: Store,
    seen: Trace,
    since: Instant,
    /// Whether the caller has what `seen` stands for.
    taken: bool,
}

/// What tells one state of the settings from another without reading them.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Trace {
    Missing,
    Unreadable(ErrorKind),
    File { identity: (u64, u64), size: u64, mode: u32, changed: [(i64, i64); 2] },
}

impl Trace {
    fn of(metadata: &Metadata) -> Self {
        Trace::File {
            identity: (metadata.dev(), metadata.ino()),
            size: metadata.size(),
            mode: metadata.mode(),
            changed: [(metadata.mtime(), metadata.mtime_nsec()), (metadata.ctime(), metadata.ctime_nsec())],
        }
    }

    /// Whether the step to `later` is a whole file put in place by one rename. Anything else may be half of an edit:
    /// a file that is written in place, one that is just being created, or the gap before it comes back.
    fn is_replaced_by(&self, later: &Trace) -> bool {
        match (self, later) {
            (Trace::File { identity, .. }, Trace::File { identity: other, .. }) => identity != other,
            (_, Trace::File { size, .. }) => *size > 0,
            _ => false,
        }
    }

    /// How long this has to last until it counts, unless it is whole.
    const fn patience(&self) -> Duration {
        match self {
            Trace::Missing | Trace::File { size: 0, .. } => SETTLED_EMPTY,
            Trace::Unreadable(_) | Trace::File { .. } => SETTLED,
        }
    }
}

impl Store {
    /// Notices changes from now on. Load the settings after this call, so that no change in between is missed.
    #[must_use]
    pub fn watch(&self) -> Watcher {
        Watcher { store: self.clone(), seen: self.trace(), since: Instant::now(), taken: true }
    }

    fn trace(&self) -> Trace {
        match fs::metadata(&self.path) {
            Ok(metadata) => Trace::of(&metadata),
            Err(error) if error.kind() == ErrorKind::NotFound => Trace::Missing,
            Err(error) => Trace::Unreadable(error.kind()),
        }
    }
}

impl Watcher {
    /// The settings, if they have changed since they were read the last time. A save, which replaces them as a
    /// whole, is seen at once; an edit in place as soon as it has settled. An error comes again as long as it lasts.
    pub fn look(&mut self) -> Option<Result<Snapshot, StoreError>> {
        let now = self.store.trace();
        if now != self.seen {
            let whole = self.seen.is_replaced_by(&now);
            (self.seen, self.since, self.taken) = (now, Instant::now(), false);
            if !whole {
                return None;
            }
        } else if self.taken || self.since.elapsed() < self.seen.patience() {
            return None;
        }
        let loaded = self.store.load();
        // What could not be read, for want of open files perhaps, is tried again.
        (self.since, self.taken) = (Instant::now(), loaded.is_ok());
        Some(loaded)
    }
}
