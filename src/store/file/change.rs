//! The settings in a file: load, change, history.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::history::{self, History};
use super::lock::{self, Patience};
use super::owners::Owners;
use super::place::Place;
use super::save::{TEMPORARY, replace};
use super::swap::Swapped;
use crate::config::warnings::Warning;
use crate::store::change::{Change, ChangeError};
use crate::store::error::StoreError;
use crate::store::snapshot::Snapshot;
use crate::store::version::{SavedVersion, Version};

/// How often an edit is tried when the file is edited by hand each time in between.
const TRIES: usize = 5;

/// How long a change waits for the lock by default.
const LOCK_TIMEOUT: Duration = Duration::from_secs(30);

/// The settings in one file, with their history beside it.
#[derive(Clone, Debug)]
pub(in crate::store) struct FileStore {
    path: PathBuf,
    patience: Patience,
}

impl FileStore {
    pub(in crate::store) fn open(path: PathBuf) -> Self {
        FileStore { path, patience: Patience { timeout: LOCK_TIMEOUT, report: |_| {} } }
    }

    /// Sets how long changes wait for the lock; after a second, `report` is called once with its path.
    pub(in crate::store) fn set_lock_timeout(&mut self, timeout: Duration, report: fn(&Path)) {
        self.patience = Patience { timeout, report };
    }

    pub(in crate::store) fn path(&self) -> &Path {
        &self.path
    }

    pub(in crate::store) fn is_missing(&self) -> bool {
        self.path.metadata().is_err_and(|error| error.kind() == ErrorKind::NotFound)
    }

    /// Reads the settings without a lock: saves are atomic, so these are the old settings or the new ones.
    pub(in crate::store) fn load(&self) -> Result<Snapshot, StoreError> {
        Snapshot::load(&self.path)
    }

    /// Other changes wait for the lock that this holds. Edits by hand take no lock, but are noticed and never
    /// overwritten: `edit` then runs again on the new settings.
    pub(in crate::store) fn change<T, E>(
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

    pub(in crate::store) fn undo_target(
        &self,
        now: &Snapshot,
        id: Option<u64>,
    ) -> Result<SavedVersion, StoreError> {
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

    pub(in crate::store) fn version(
        &self,
        id: u64,
    ) -> Result<(SavedVersion, Option<SavedVersion>), StoreError> {
        let place = Place::find(&self.path)?.ok_or(StoreError::NoSuchVersion(id))?;
        let history = History::open(&place, place.metadata().as_ref())?;
        let version = history.saved(history.find(id)?)?;
        let before = history.preceding(id)?.map(|before| history.saved(before)).transpose()?;
        Ok((version, before))
    }

    pub(in crate::store) fn history(&self) -> Result<Vec<Version>, StoreError> {
        let Some(place) = Place::find(&self.path)? else { return Ok(Vec::new()) };
        let history = trusted(History::open(&place, place.metadata().as_ref()))?;
        history.map_or_else(|| Ok(Vec::new()), |history| history.kept())
    }

    /// Warns if the history of these settings belongs to another user; then changes are not recorded in it.
    pub(in crate::store) fn history_warning(&self) -> Option<Warning> {
        let place = Place::find(&self.path).ok()??;
        let owners = Owners::of(&place, place.metadata().as_ref()).ok()?;
        let error = history::open_folder(&place, &owners).err()?;
        let path = match &error {
            StoreError::HistoryUntrusted { path, .. } => path.display().to_string(),
            _ => return None,
        };
        Some(Warning::HistoryUntrusted(path))
    }

    pub(in crate::store) fn purge_targets(&self) -> Result<Vec<u64>, StoreError> {
        let now = self.load()?;
        match Place::find(&self.path)? {
            Some(place) => History::open(&place, now.metadata())?.others(&now),
            None => Ok(Vec::new()),
        }
    }

    pub(in crate::store) fn purge(&self, ids: &[u64]) -> Result<Vec<u64>, StoreError> {
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
