//! The settings of one installation, in a file or in the stream of an engine: load, change and undo.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::change::{Change, ChangeError};
use super::error::StoreError;
use super::file::FileStore;
use super::snapshot::Snapshot;
use super::stream::StreamStore;
use super::version::{SavedVersion, Version};
use crate::config::warnings::Warning;
use crate::engine::Engine;

/// The settings of one installation, and their history.
#[derive(Clone, Debug)]
pub struct Store(pub(super) Backend);

/// Where settings are kept.
#[derive(Clone, Debug)]
pub(super) enum Backend {
    File(FileStore),
    Stream(StreamStore),
}

impl Store {
    /// Creates the store of the settings in the file at `path`. It reads and creates nothing yet.
    pub fn open(path: impl Into<PathBuf>) -> Self {
        Store(Backend::File(FileStore::open(path.into())))
    }

    /// Creates the store of the settings in an engine, which several machines share. It connects on first use.
    pub fn share(engine: Engine, credentials: Option<PathBuf>) -> Self {
        Store(Backend::Stream(StreamStore::new(engine, credentials)))
    }

    /// Sets how long changes wait for those of others. After a second, `report` is called once with the path of the lock, or
    /// the address of the engine.
    pub fn with_lock_timeout(mut self, timeout: Duration, report: fn(&Path)) -> Self {
        match &mut self.0 {
            Backend::File(file) => file.set_lock_timeout(timeout, report),
            Backend::Stream(stream) => stream.set_timeout(timeout, report),
        }
        self
    }

    /// Sets how long settings in an engine are waited for.
    pub fn with_read_timeout(mut self, timeout: Duration) -> Self {
        if let Backend::Stream(stream) = &mut self.0 {
            stream.set_read_timeout(timeout);
        }
        self
    }

    /// Returns the engine, if the settings are in one.
    pub fn engine(&self) -> Option<&Engine> {
        match &self.0 {
            Backend::File(_) => None,
            Backend::Stream(stream) => Some(stream.engine()),
        }
    }

    /// Returns the path of the settings, if they are in a file.
    pub(super) fn path(&self) -> Option<&Path> {
        match &self.0 {
            Backend::File(file) => Some(file.path()),
            Backend::Stream(_) => None,
        }
    }

    /// Returns the name of these settings in messages: their path, as it was given, or the address of their engine.
    pub fn name(&self) -> String {
        match &self.0 {
            Backend::File(file) => file.path().display().to_string(),
            Backend::Stream(stream) => stream.engine().address.to_string(),
        }
    }

    /// Whether nothing has been saved yet, as far as that can be known without reading: no file is at the path.
    pub fn is_missing(&self) -> bool {
        match &self.0 {
            Backend::File(file) => file.is_missing(),
            Backend::Stream(_) => false,
        }
    }

    /// Waits until the settings can be read, if they are in an engine, which may just be starting.
    ///
    /// # Errors
    /// When they cannot be read for so long.
    pub fn wait(&self, patience: Duration) -> Result<(), StoreError> {
        match &self.0 {
            Backend::File(_) => Ok(()),
            Backend::Stream(stream) => stream.wait(patience),
        }
    }

    /// Reads the settings without a lock: saves are atomic, so these are the old settings or the new ones.
    ///
    /// # Errors
    /// When the path is not a readable regular file of at most [`MAX_BYTES`](super::MAX_BYTES), or the engine does not respond.
    pub fn load(&self) -> Result<Snapshot, StoreError> {
        match &self.0 {
            Backend::File(file) => file.load(),
            Backend::Stream(stream) => stream.load(),
        }
    }

    /// Loads the settings, runs `edit`, saves what it returns and records it in the history under the name `command`.
    ///
    /// Other changes of a file wait for the lock that this holds. Edits by hand and changes in an engine take no lock, but
    /// are noticed and never overwritten: `edit` then runs again on the new settings.
    ///
    /// # Errors
    /// [`ChangeError::Edit`] is the error of `edit`. After [`ChangeError::Store`] the old settings are in effect, except
    /// after [`StoreError::HistoryIncomplete`], and perhaps after [`EngineError::Unsettled`](crate::engine::EngineError).
    pub fn change<T, E>(
        &self,
        command: &str,
        edit: impl FnMut(&Snapshot) -> Result<Change<T>, E>,
    ) -> Result<T, ChangeError<E>> {
        match &self.0 {
            Backend::File(file) => file.change(command, edit),
            Backend::Stream(stream) => stream.change(command, edit),
        }
    }

    /// As [`Store::change`], but also from settings in an engine that are too large to be read otherwise: another program may
    /// have stored them.
    fn change_from_any<T, E>(
        &self,
        command: &str,
        edit: impl FnMut(&Snapshot) -> Result<Change<T>, E>,
    ) -> Result<T, ChangeError<E>> {
        match &self.0 {
            Backend::File(file) => file.change(command, edit),
            Backend::Stream(stream) => stream.change_from_any(command, edit),
        }
    }

    /// Restores the version `id`, or by default the settings before the latest change; so a second undo undoes the
    /// first.
    ///
    /// `confirm` gets the settings in effect and the ones that will replace them, and can refuse with an error. It runs
    /// under the lock, so prompt the user before, with [`Store::undo_target`].
    ///
    /// # Errors
    /// As [`Store::change`] and [`Store::undo_target`].
    pub fn undo<T, E>(
        &self,
        id: Option<u64>,
        mut confirm: impl FnMut(&Snapshot, &SavedVersion) -> Result<T, E>,
    ) -> Result<T, ChangeError<E>> {
        let outcome = self.change_from_any("config undo", |now| {
            let target = self.undo_target(now, id)?;
            let value = confirm(now, &target).map_err(ChangeError::Edit)?;
            if now.content() == target.bytes.as_slice() {
                return Ok(Change::Unchanged(value));
            }
            Ok(Change::Save(target.bytes.to_vec(), value))
        });
        outcome.map_err(|error| match error {
            ChangeError::Store(error) => ChangeError::Store(error),
            ChangeError::Edit(error) => error,
        })
    }

    /// Returns what [`Store::undo`] would restore if `now` were the settings in effect. Takes no lock.
    ///
    /// An edit by hand counts as a change: if `now` is not the newest version, that version is the target.
    ///
    /// # Errors
    /// When there is no version `id`, nothing to undo, or the history cannot be read.
    pub fn undo_target(&self, now: &Snapshot, id: Option<u64>) -> Result<SavedVersion, StoreError> {
        match &self.0 {
            Backend::File(file) => file.undo_target(now, id),
            Backend::Stream(stream) => stream.undo_target(now, id),
        }
    }

    /// Returns version `id` and the one before it, if the history has one.
    ///
    /// # Errors
    /// When there is no version `id`, or the history cannot be read.
    pub fn version(&self, id: u64) -> Result<(SavedVersion, Option<SavedVersion>), StoreError> {
        match &self.0 {
            Backend::File(file) => file.version(id),
            Backend::Stream(stream) => stream.version(id),
        }
    }

    /// Returns the saved versions, newest last; none if there is no history yet, or one of another user.
    ///
    /// # Errors
    /// When the history cannot be read.
    pub fn history(&self) -> Result<Vec<Version>, StoreError> {
        match &self.0 {
            Backend::File(file) => file.history(),
            Backend::Stream(stream) => stream.history(),
        }
    }

    /// Returns a warning if the history of these settings belongs to another user; then changes are not recorded in it.
    pub fn history_warning(&self) -> Option<Warning> {
        match &self.0 {
            Backend::File(file) => file.history_warning(),
            Backend::Stream(_) => None,
        }
    }

    /// Returns the numbers of the versions that [`Store::purge`] removes: of all but the settings in effect.
    ///
    /// # Errors
    /// When the settings or the history cannot be read.
    pub fn purge_targets(&self) -> Result<Vec<u64>, StoreError> {
        match &self.0 {
            Backend::File(file) => file.purge_targets(),
            Backend::Stream(stream) => stream.purge_targets(),
        }
    }

    /// Removes the versions with these numbers from the history, with their secrets, unless they are the settings in
    /// effect. These are recorded first if the history lacks them. Returns the numbers of those removed.
    ///
    /// # Errors
    /// When the settings cannot be locked or read, or the history cannot be read or written.
    pub fn purge(&self, ids: &[u64]) -> Result<Vec<u64>, StoreError> {
        match &self.0 {
            Backend::File(file) => file.purge(ids),
            Backend::Stream(stream) => stream.purge(ids),
        }
    }
}
