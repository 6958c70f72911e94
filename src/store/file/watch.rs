//! Watches the settings file for changes by this program, an editor or anything else.

use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, Instant};

use super::change::FileStore;
use crate::store::error::StoreError;
use crate::store::snapshot::Snapshot;

/// How long the settings must stay unchanged after an edit in place, which may be half done. This is longer than the
/// resolution of file system timestamps, so that no change is missed.
const SETTLED: Duration = Duration::from_millis(50);
/// The same for an empty or missing file, which is probably about to be written; on a busy disk this can take a while.
const SETTLED_EMPTY: Duration = Duration::from_millis(500);

/// Watches the settings file. Each check costs one system call.
#[derive(Debug)]
pub(in crate::store) struct FileWatcher {
    store: FileStore,
    seen: FileState,
    since: Instant,
    /// Whether the caller has the settings of the state `seen`.
    delivered: bool,
}

/// A state of the file, to detect changes without reading it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum FileState {
    Missing,
    Unreadable(ErrorKind),
    File { identity: (u64, u64), size: u64, mode: u32, changed: [(i64, i64); 2] },
}

impl FileState {
    fn of(path: &Path) -> Self {
        match fs::metadata(path) {
            Ok(file) => FileState::File {
                identity: (file.dev(), file.ino()),
                size: file.size(),
                mode: file.mode(),
                changed: [(file.mtime(), file.mtime_nsec()), (file.ctime(), file.ctime_nsec())],
            },
            Err(error) if error.kind() == ErrorKind::NotFound => FileState::Missing,
            Err(error) => FileState::Unreadable(error.kind()),
        }
    }

    /// Whether `later` is a complete file that was put in place by a rename. Anything else may be half of an edit: a file
    /// written in place, a file being created, or the gap before it returns.
    fn is_replaced_by(&self, later: &FileState) -> bool {
        match (self, later) {
            (FileState::File { identity, .. }, FileState::File { identity: other, .. }) => identity != other,
            (_, FileState::File { size, .. }) => *size > 0,
            _ => false,
        }
    }

    /// Returns how long this state must last before it counts, unless it is a complete file.
    const fn settling_time(&self) -> Duration {
        match self {
            FileState::Missing | FileState::File { size: 0, .. } => SETTLED_EMPTY,
            FileState::Unreadable(_) | FileState::File { .. } => SETTLED,
        }
    }
}

impl FileStore {
    pub(in crate::store) fn watch(&self) -> FileWatcher {
        let seen = FileState::of(self.path());
        FileWatcher { store: self.clone(), seen, since: Instant::now(), delivered: true }
    }
}

impl FileWatcher {
    /// Makes [`FileWatcher::poll`] return the settings again although they seem unchanged, once they have settled.
    pub(in crate::store) fn again(&mut self) {
        self.delivered = false;
    }

    /// Returns the settings if they changed since they were last read. A save, which replaces the file, is reported at
    /// once; an edit in place as soon as it has settled. An error is returned again as long as it lasts.
    pub(in crate::store) fn poll(&mut self) -> Option<Result<Snapshot, StoreError>> {
        let now = FileState::of(self.store.path());
        if now != self.seen {
            let complete = self.seen.is_replaced_by(&now);
            (self.seen, self.since, self.delivered) = (now, Instant::now(), false);
            if !complete {
                return None;
            }
        } else if self.delivered || self.since.elapsed() < self.seen.settling_time() {
            return None;
        }
        let loaded = self.store.load();
        self.delivered = loaded.is_ok();
        if !self.delivered {
            // For example with too many open files: try again, but not at once.
            self.since = Instant::now();
        }
        Some(loaded)
    }
}
