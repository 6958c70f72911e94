//! Keeps the settings safe: atomic saves under a lock, and a history in which nothing is ever lost.
//!
//! The surface deals in bytes and names no file, so that another backend can stand beside this one.

mod error;
mod history;
pub mod locate;
mod lock;
mod save;
mod secret;
mod swap;
mod watch;

use std::path::PathBuf;

use thiserror::Error;
use zeroize::Zeroizing;

pub use error::{StoreError, in_words};
pub use history::Version;
pub use save::{Snapshot, readable_by_others};
pub use secret::{SecretError, read_referred_file, read_secret, read_secret_file, why_unreadable};
pub use watch::Watcher;

use history::History;
use locate::Place;
use save::Replaced;

/// The largest settings that are read or saved, in bytes.
pub const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// How often an edit runs before it gives up, when each time a hand edit slipped in between.
const TRIES: usize = 5;

/// The settings of one installation, and their history.
#[derive(Clone, Debug)]
pub struct Store {
    path: PathBuf,
}

/// What an edit wants: to leave the settings as they are, or to save new ones.
pub enum Change<T> {
    /// Nothing is written; the value goes to the caller of [`Store::change`].
    Unchanged(T),
    /// These bytes become the settings; the value goes to the caller of [`Store::change`].
    Save(Vec<u8>, T),
}

/// Why a change did not happen: the store could not, or the edit would not.
#[derive(Debug, Error)]
pub enum ChangeError<E> {
    /// The settings could not be locked, read, saved or recorded.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// What the edit itself returned.
    #[error("{0}")]
    Edit(E),
}

/// What an undo goes back to.
pub struct Restoration {
    /// The version of the history.
    pub version: Version,
    bytes: Zeroizing<Vec<u8>>,
}

impl Restoration {
    /// The settings of that version; empty when nothing was set then.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }
}

impl Store {
    /// The store of the settings at `path`. Nothing is read or created yet.
    #[must_use]
    pub fn open(path: impl Into<PathBuf>) -> Self {
        Store { path: path.into() }
    }

    /// How messages call these settings: their path, as it was given.
    #[must_use]
    pub fn name(&self) -> String {
        self.path.display().to_string()
    }

    /// Reads the settings. No lock is taken: a save is atomic, so these are the old settings or the new.
    ///
    /// # Errors
    /// When there is something other than a readable regular file of at most [`MAX_BYTES`].
    pub fn load(&self) -> Result<Snapshot, StoreError> {
        Snapshot::load(&self.path)
    }

    /// Loads the settings, lets `edit` decide, saves what it returns and records it as done by `command`.
    ///
    /// All of it happens under a lock that other changes wait for. A hand edit, which knows no lock, is
    /// noticed and never overwritten: `edit` then runs again, on the settings as they are by now.
    ///
    /// # Errors
    /// [`ChangeError::Edit`] is what `edit` returned. [`ChangeError::Store`] leaves the old settings in
    /// force, with the one exception of [`StoreError::Unsettled`].
    pub fn change<T, E>(
        &self,
        command: &str,
        mut edit: impl FnMut(&Snapshot) -> Result<Change<T>, E>,
    ) -> Result<T, ChangeError<E>> {
        let place = Place::resolve(&self.path)?;
        let _lock = match lock::acquire(&place) {
            Ok(lock) => lock,
            // Whoever may not change anything may still ask for what is there already.
            Err(error) => {
                return match edit(&self.load()?).map_err(ChangeError::Edit)? {
                    Change::Unchanged(value) if error.is_forbidden() => Ok(value),
                    _ => Err(error.into()),
                };
            }
        };
        for _ in 0..TRIES {
            let loaded = Snapshot::load_itself(&place.file)?;
            match edit(&loaded).map_err(ChangeError::Edit)? {
                Change::Unchanged(value) => return Ok(value),
                Change::Save(bytes, value) => {
                    if commit(&place, &loaded, &Zeroizing::new(bytes), command)? {
                        return Ok(value);
                    }
                }
            }
        }
        Err(StoreError::KeepsChanging { path: place.file }.into())
    }

    /// Goes back to the version `id`, or without one to the settings before the latest change; so a second
    /// undo undoes the first.
    ///
    /// `confirm` sees the settings in force and what will replace them; its error keeps them as they are.
    /// The lock is held meanwhile: whoever asks a person asks before, with [`Store::undo_target`].
    ///
    /// # Errors
    /// As [`Store::change`] and [`Store::undo_target`].
    pub fn undo<T, E>(
        &self,
        id: Option<u64>,
        mut confirm: impl FnMut(&Snapshot, &Restoration) -> Result<T, E>,
    ) -> Result<T, ChangeError<E>> {
        let outcome = self.change("config undo", |now| {
            let target = self.undo_target(now, id)?;
            let value = confirm(now, &target).map_err(ChangeError::Edit)?;
            if now.content() == target.bytes() {
                return Ok(Change::Unchanged(value));
            }
            Ok(Change::Save(target.bytes.to_vec(), value))
        });
        outcome.map_err(|error| match error {
            ChangeError::Store(error) => ChangeError::Store(error),
            ChangeError::Edit(error) => error,
        })
    }

    /// What [`Store::undo`] would go back to, were `now` the settings in force. Takes no lock.
    ///
    /// A hand edit counts as a change: when `now` is not the newest version, that version is the target.
    ///
    /// # Errors
    /// When there is no version `id`, nothing to go back to, or the history cannot be read.
    pub fn undo_target(&self, now: &Snapshot, id: Option<u64>) -> Result<Restoration, StoreError> {
        let history = History::open(&Place::resolve(&self.path)?, now.metadata())?;
        let version = match id {
            Some(id) => history.find(id)?,
            None => history.before(now)?,
        };
        Ok(Restoration { bytes: history.read(version)?, version: version.clone() })
    }

    /// The saved versions, newest last.
    ///
    /// # Errors
    /// When the history cannot be read; one that does not exist yet is empty.
    pub fn history(&self) -> Result<Vec<Version>, StoreError> {
        Ok(self.open_history()?.into_versions())
    }

    /// The settings as they were saved in the version `id`.
    ///
    /// # Errors
    /// When there is no such version, or it cannot be read.
    pub fn version(&self, id: u64) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        let history = self.open_history()?;
        history.read(history.find(id)?)
    }

    fn open_history(&self) -> Result<History, StoreError> {
        let place = Place::resolve(&self.path)?;
        History::open(&place, place.file.symlink_metadata().ok().as_ref())
    }
}

/// Saves `bytes` and records them; false when the settings are no longer those that were loaded.
///
/// All that can fill a disk is written before the one step that puts the new settings in force. A kill right
/// after it heals itself: the next change finds settings that the history lacks, and records them first.
/// Two waits for the disk are enough: every version is on it either as the settings file itself or, once
/// replaced, as that same file in the history. The copy of the newest only guards against edits in place.
fn commit(place: &Place, loaded: &Snapshot, bytes: &[u8], command: &str) -> Result<bool, StoreError> {
    if loaded.bytes() == Some(bytes) {
        return Ok(true);
    }
    let mut history = History::open(place, loaded.metadata())?;
    history.catch_up(loaded)?;
    let version = history.prepare(bytes, loaded)?;
    let Replaced::By(former) = save::replace(place, loaded, bytes)? else { return Ok(false) };
    let settled =
        history.keep(former).and_then(|()| history.put(version, command)).and_then(|()| place.sync());
    settled.map_err(|cause| StoreError::Unsettled { path: place.file.clone(), cause })?;
    Ok(true)
}
