//! The settings of one installation: load, change and undo.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use thiserror::Error;

use super::error::StoreError;
use super::history::{self, History};
use super::lock::{self, Patience};
use super::owners::Owners;
use super::place::Place;
use super::save::{TEMPORARY, replace};
use super::snapshot::Snapshot;
use super::swap::Swapped;
use super::version::{SavedVersion, Version};
use crate::config::warnings::Warning;

/// How often an edit is tried when the file is edited by hand each time in between.
const TRIES: usize = 5;

/// How long a change waits for the lock by default.
const LOCK_TIMEOUT: Duration = Duration::from_secs(30);

/// The settings of one installation, and their history.
#[derive(Clone, Debug)]
pub struct Store {
    pub(super) path: PathBuf,
    patience: Patience,
}

/// The decision of an edit: to keep the settings, or to save new ones.
pub enum Change<T> {
    /// Nothing is written; the value goes to the caller of [`Store::change`].
    Unchanged(T),
    /// These bytes become the settings; the value goes to the caller of [`Store::change`].
    Save(Vec<u8>, T),
}

/// Why a change failed.
#[derive(Debug, Error)]
pub enum ChangeError<E> {
    /// The settings could not be locked, read, saved or recorded.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What the edit itself returned.
    #[error("{0}")]
    Edit(E),
}

impl Store {
    /// Creates the store of the settings at `path`. It reads and creates nothing yet.
    pub fn open(path: impl Into<PathBuf>) -> Self {
        Store { path: path.into(), patience: Patience { timeout: LOCK_TIMEOUT, report: |_| {} } }
    }

    /// Sets how long changes wait for the lock; after a second, `report` is called once with its path.
    pub fn with_lock_timeout(mut self, timeout: Duration, report: fn(&Path)) -> Self {
        self.patience = Patience { timeout, report };
        self
    }

    /// Returns the name of these settings in messages: their path, as it was given.
    pub fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// Whether nothing has been saved yet: no file is at the path.
    pub fn is_missing(&self) -> bool {
        self.path.metadata().is_err_and(|error| error.kind() == ErrorKind::NotFound)
    }

    /// Reads the settings without a lock: saves are atomic, so these are the old settings or the new ones.
    ///
    /// # Errors
    /// When the path is not a readable regular file of at most [`MAX_BYTES`](super::MAX_BYTES).
    pub fn load(&self) -> Result<Snapshot, StoreError> {
        Snapshot::load(&self.path)
    }

    /// Loads the settings, runs `edit`, saves what it returns and records it in the history under the name `command`.
    ///
    /// Other changes wait for the lock that this holds. Edits by hand take no lock, but are noticed and never
    /// overwritten: `edit` then runs again on the new settings.
    ///
    /// # Errors
    /// [`ChangeError::Edit`] is the error of `edit`. After [`ChangeError::Store`] the old settings are in effect, except
    /// after [`StoreError::HistoryIncomplete`].
    pub fn change<T, E>(
        &self,
        command: &str,
        mut edit: impl FnMut(&Snapshot) -> Result<Change<T>, E>,
    ) -> Result<T, ChangeError<E>> {
        let locked =
            Place::create(&self.path).and_then(|place| Ok((lock::acquire(&place, self.patience)?, place)));
        let (_lock, place) = match locked {
            Ok(locked) => locked,
            // A user without write access may still make edits that change nothing.
            Err(error) => {
                return match edit(&self.load()?).map_err(ChangeError::Edit)? {
                    Change::Unchanged(value) if error.is_forbidden() => Ok(value),
                    _ => Err(error.into()),
                };
            }
        };
        for _ in 0..TRIES {
            let loaded = place.load()?;
            match edit(&loaded).map_err(ChangeError::Edit)? {
                Change::Unchanged(value) => return Ok(value),
                Change::Save(bytes, value) => {
                    if commit(&place, &loaded, &bytes, command)? {
                        return Ok(value);
                    }
                }
            }
        }
        Err(StoreError::KeepsChanging(place.file).into())
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
        let outcome = self.change("config undo", |now| {
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
        let Some(place) = Place::find(&self.path)? else {
            return Err(id.map_or(StoreError::NothingToUndo, StoreError::NoSuchVersion));
        };
        let history = History::open(&place, now.metadata())?;
        let version = match id {
            Some(id) => history.find(id)?,
            None => history.before(now)?,
        };
        history.saved(version)
    }

    /// Returns version `id` and the one before it, if the history has one.
    ///
    /// # Errors
    /// When there is no version `id`, or the history cannot be read.
    pub fn version(&self, id: u64) -> Result<(SavedVersion, Option<SavedVersion>), StoreError> {
        let place = Place::find(&self.path)?.ok_or(StoreError::NoSuchVersion(id))?;
        let history = History::open(&place, place.metadata().as_ref())?;
        let version = history.saved(history.find(id)?)?;
        let before = history.preceding(id)?.map(|before| history.saved(before)).transpose()?;
        Ok((version, before))
    }

    /// Returns the saved versions, newest last; none if there is no history yet, or one of another user.
    ///
    /// # Errors
    /// When the history cannot be read.
    pub fn history(&self) -> Result<Vec<Version>, StoreError> {
        let Some(place) = Place::find(&self.path)? else { return Ok(Vec::new()) };
        let history = trusted(History::open(&place, place.metadata().as_ref()))?;
        history.map_or_else(|| Ok(Vec::new()), |history| history.kept())
    }

    /// Returns a warning if the history of these settings belongs to another user; then changes are not recorded in it.
    pub fn history_warning(&self) -> Option<Warning> {
        let place = Place::find(&self.path).ok()??;
        let owners = Owners::of(&place, place.metadata().as_ref()).ok()?;
        let error = history::open_folder(&place, &owners).err()?;
        let path = match &error {
            StoreError::HistoryUntrusted { path, .. } => path.display().to_string(),
            _ => return None,
        };
        Some(Warning::HistoryUntrusted(path))
    }

    /// Returns the numbers of the versions that [`Store::purge`] removes: of all but the settings in effect.
    ///
    /// # Errors
    /// When the settings or the history cannot be read.
    pub fn purge_targets(&self) -> Result<Vec<u64>, StoreError> {
        let now = self.load()?;
        match Place::find(&self.path)? {
            Some(place) => History::open(&place, now.metadata())?.others(&now),
            None => Ok(Vec::new()),
        }
    }

    /// Removes the versions with these numbers from the history, with their secrets, unless they are the settings in
    /// effect. These are recorded first if the history lacks them. Returns the numbers of those removed.
    ///
    /// # Errors
    /// When the settings cannot be locked or read, or the history cannot be read or written.
    pub fn purge(&self, ids: &[u64]) -> Result<Vec<u64>, StoreError> {
        let place = Place::create(&self.path)?;
        let _lock = lock::acquire(&place, self.patience)?;
        let now = place.load()?;
        let mut history = History::open(&place, now.metadata())?;
        history.catch_up(&place.beside(TEMPORARY), &now)?;
        let mut targets = history.others(&now)?;
        targets.retain(|id| ids.contains(id));
        history.purge(&targets)?;
        Ok(targets)
    }
}

/// Returns no history where another user created it.
fn trusted(opened: Result<History, StoreError>) -> Result<Option<History>, StoreError> {
    match opened {
        Err(StoreError::HistoryUntrusted { .. }) => Ok(None),
        opened => opened.map(Some),
    }
}

/// Saves `bytes` and records them; returns false if the settings are no longer the ones that were loaded.
///
/// Everything that can fill a disk is written before the single step that activates the new settings. After a kill
/// right after that step, the next change finds settings that the history lacks and records them first. Two syncs are
/// enough: every version is on the disk either as the settings file itself or, once replaced, as that same file in the
/// history. The copy of the newest version only guards against edits in place.
fn commit(place: &Place, loaded: &Snapshot, bytes: &[u8], command: &str) -> Result<bool, StoreError> {
    if loaded.bytes() == Some(bytes) {
        return Ok(true);
    }
    // Without a history of this user, the settings are saved all the same.
    let Some(mut history) = trusted(History::open(place, loaded.metadata()))? else {
        let (swapped, _former) = replace(place, loaded, bytes)?;
        place
            .folder
            .sync()
            .map_err(|cause| StoreError::HistoryIncomplete { path: place.file.clone(), cause })?;
        return Ok(swapped != Swapped::Not);
    };
    history.catch_up(&place.beside(TEMPORARY), loaded)?;
    let version = history.prepare(bytes, loaded)?;
    let (swapped, former) = replace(place, loaded, bytes)?;
    if swapped == Swapped::Not {
        return Ok(false);
    }
    let former = (swapped == Swapped::Exchanged).then_some(former);
    let recorded = history
        .sync_newest(former)
        .and_then(|()| history.add(version, bytes.len(), command))
        .and_then(|()| place.folder.sync());
    recorded.map_err(|cause| StoreError::HistoryIncomplete { path: place.file.clone(), cause })?;
    Ok(true)
}
