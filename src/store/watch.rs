//! Watches the settings for changes.

use super::error::StoreError;
use super::file::FileWatcher;
use super::settings::{Backend, Store};
use super::snapshot::Snapshot;
use super::stream::StreamWatcher;

/// Watches the settings. Each check costs one system call at most.
#[derive(Debug)]
pub struct Watcher(Kind);

#[derive(Debug)]
enum Kind {
    File(FileWatcher),
    Stream(StreamWatcher),
}

impl Store {
    /// Watches for changes from now on. Load the settings after this call, so that no change in between is missed.
    pub fn watch(&self) -> Watcher {
        Watcher(match &self.0 {
            Backend::File(file) => Kind::File(file.watch()),
            Backend::Stream(stream) => Kind::Stream(stream.watch()),
        })
    }
}

impl Watcher {
    /// Makes [`Watcher::poll`] return the settings again although they seem unchanged, once they have settled.
    pub fn again(&mut self) {
        match &mut self.0 {
            Kind::File(file) => file.again(),
            Kind::Stream(stream) => stream.again(),
        }
    }

    /// Returns the settings if they changed since they were last read. A save is reported at once; an edit of a file in
    /// place as soon as it has settled. An error is returned again as long as it lasts.
    pub fn poll(&mut self) -> Option<Result<Snapshot, StoreError>> {
        match &mut self.0 {
            Kind::File(file) => file.poll(),
            Kind::Stream(stream) => stream.poll(),
        }
    }
}
