//! Keeps every saved version in a file of its own, whose name contains the time and the command.

use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::fs::{FileType, OFlags, Stat};
use rustix::process::geteuid;
use zeroize::Zeroizing;

use super::error::StoreError;
use super::folder::{Folder, Temporary};
use super::owners::Owners;
use super::ownership::{self, Owner, PRIVATE};
use super::place::Place;
use super::save::{Access, write_temporary};
use super::snapshot::Snapshot;
use super::version::{LATEST, NO_FILE, SavedVersion, Version};

/// The number of versions that are kept.
const KEPT: usize = 100;

/// How many more may exist before old ones are removed: removing one takes as long as writing one.
const SLACK: usize = 20;

/// The most by which a number exceeds the one before. Numbers beyond are not of this program, and going on from them could
/// use up all numbers.
const WIDEST_GAP: u64 = 1 << 32;

/// The version that is being written. After a kill right after the swap, it still contains the settings in effect.
const NEW: &str = "new.tmp";

/// A hand edit that is being saved from the temporary file of a killed run. It must not replace [`NEW`].
const FOUND: &str = "found.tmp";

/// The command of settings that were edited by hand.
const HAND_EDIT: &str = "hand edit";

/// The versions in `.NAME.history/` next to the settings file, oldest first.
pub(super) struct History {
    /// The settings file, for messages.
    settings: PathBuf,
    /// The folder of the settings, and the name of the history in it.
    above: Rc<Folder>,
    name: OsString,
    /// The folder of the history; none until it is created.
    folder: Option<Rc<Folder>>,
    owners: Owners,
    /// The owner of the folder of the history.
    owner: u32,
    versions: Vec<Version>,
    /// The highest number in the folder, also of files that do not count as versions.
    last: u64,
    /// The newest version, if it is incomplete.
    torn: Option<Version>,
}

impl History {
    /// Lists the versions of these `settings`; ignores other files, links and files of other users.
    ///
    /// # Errors
    /// [`StoreError::HistoryUntrusted`] when another user created the history; and when it cannot be read.
    pub(super) fn open(place: &Place, settings: Option<&Metadata>) -> Result<Self, StoreError> {
        let owners = Owners::of(place, settings)?;
        let opened = open_folder(place, &owners)?;
        let owner = opened.as_ref().map_or_else(|| geteuid().as_raw(), |(_, owner)| *owner);
        let folder = opened.map(|(folder, _)| Rc::new(folder));
        let (settings, above, name) = (place.file.clone(), Rc::clone(&place.folder), place.beside("history"));
        let entries = folder.as_ref().map(|folder| list(folder)).transpose();
        let (versions, last, torn) = (Vec::new(), 0, None);
        let mut history = History { settings, above, name, folder, owners, owner, versions, last, torn };
        history.take(entries.map_err(|cause| StoreError::read(&history.path(), cause))?.unwrap_or_default());
        Ok(history)
    }

    fn take(&mut self, mut entries: Vec<(Version, Stat)>) {
        entries.sort_by_key(|(version, _)| version.id);
        let mut found = Vec::with_capacity(KEPT + SLACK + 1);
        for (version, file) in entries {
            if version.id - self.last > WIDEST_GAP {
                break;
            }
            self.last = version.id;
            let is_file = FileType::from_raw_mode(file.st_mode).is_file();
            if is_file && self.accepts(file.st_uid, file.st_nlink) {
                found.push((version, file.st_size.unsigned_abs()));
            }
        }
        // Only the newest version can be incomplete, because it is a copy of the settings in effect and is not synced. Once
        // they are replaced, their own file takes its place, see [`History::sync_newest`].
        if let Some((torn, _)) = found.pop_if(|(newest, length)| newest.length != *length) {
            self.torn = Some(torn);
        }
        self.versions = found.into_iter().map(|(version, _)| version).collect();
    }

    /// Whether a file counts as a version: it must belong to the owner of the settings, or to the only user who can
    /// create files there. A file with other hard links, which others may have created, must belong to the owner of the
    /// folder.
    ///
    /// Root may work in the folder of an unprivileged user: whatever that user puts there, a file that only root can read
    /// must not be restored as settings that the user can read.
    fn accepts(&self, owner: u32, links: u64) -> bool {
        let is_in_own_folder = owner == self.owner;
        match owner == self.owners.settings {
            true => is_in_own_folder || links == 1,
            false => is_in_own_folder && owner == self.owners.folder,
        }
    }

    /// Returns the versions that are kept; older ones may be gone after the next change.
    pub(super) fn into_versions(mut self) -> Vec<Version> {
        let surplus = self.versions.len().saturating_sub(KEPT);
        self.versions.split_off(surplus)
    }

    pub(super) fn find(&self, id: u64) -> Result<&Version, StoreError> {
        self.versions.iter().find(|version| version.id == id).ok_or(StoreError::NoSuchVersion(id))
    }

    /// Returns the version before the settings `now`.
    pub(super) fn before(&self, now: &Snapshot) -> Result<&Version, StoreError> {
        let mut backwards = self.versions.iter().rev();
        if self.newest_is(now)? {
            backwards.next();
        }
        backwards.next().ok_or(StoreError::NothingToUndo)
    }

    /// Returns the version that was saved before version `id`.
    pub(super) fn preceding(&self, id: u64) -> Option<&Version> {
        self.versions.iter().rev().find(|version| version.id < id)
    }

    /// Returns a version with its settings.
    pub(super) fn saved(&self, version: &Version) -> Result<SavedVersion, StoreError> {
        Ok(SavedVersion { bytes: self.read(version)?, version: version.clone() })
    }

    fn read(&self, version: &Version) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        let gone = StoreError::NoSuchVersion(version.id);
        let Some(folder) = &self.folder else { return Err(gone) };
        let read = Snapshot::load_in(folder, version.file_name().as_ref())?;
        // The file may have been replaced since the folder was listed.
        let ours = read.file.filter(|(_, metadata)| self.accepts(metadata.uid(), metadata.nlink()));
        ours.map(|(bytes, _)| bytes).ok_or(gone)
    }

    /// Records the settings in effect if the history lacks them: because they are older than the history, were edited by
    /// hand, or a run was killed before it recorded them. Before them it records a hand edit that a killed run has `left`.
    pub(super) fn catch_up(&mut self, left: &OsStr, now: &Snapshot) -> Result<(), StoreError> {
        // With a newer version, nothing would show that this one is incomplete.
        if let Some((torn, folder)) = self.torn.take().zip(self.folder.as_ref()) {
            folder.remove(torn.file_name().as_ref()).map_err(|cause| self.refused(cause))?;
        }
        self.recover(left, now)?;
        if self.newest_is(now)? {
            return Ok(());
        }
        let command = match now.bytes() {
            None => NO_FILE,
            Some(_) if self.versions.is_empty() => "first seen",
            Some(_) => HAND_EDIT,
        };
        let version = self.prepare(now.content(), now)?;
        let length = now.content().len();
        self.add(version, length, command).map_err(|cause| self.refused(cause))
    }

    /// Records what only the temporary file has that a killed run has `left`: a hand edit of the instant before the swap, or
    /// after a power failure the former settings.
    fn recover(&mut self, left: &OsStr, now: &Snapshot) -> Result<(), StoreError> {
        // Anything else that has this name is reported when the next temporary file is created.
        let Ok(found) = Snapshot::load_in(&self.above, left) else { return Ok(()) };
        let is_own = |file: &Metadata| file.uid() == self.owners.settings && file.nlink() == 1;
        if !found.metadata().is_some_and(is_own) {
            return Ok(());
        }
        if self.must_be_kept(&found, now)? {
            let (copy, file) = self.write(FOUND, found.content(), now)?;
            file.sync_all().map_err(|cause| self.refused(cause))?;
            let added = self.add(copy, found.content().len(), HAND_EDIT);
            added.map_err(|cause| self.refused(cause))?;
        }
        // It must not outlive [`NEW`], which shows what it is.
        let in_the_way = |cause| StoreError::InTheWay { path: self.above.path_of(left), cause };
        self.above.remove(left).map_err(in_the_way)
    }

    /// Whether the contents of a temporary file must be kept. Else they are the former settings, which the newest version
    /// is a copy of, or new ones that were not swapped in, complete or not, which [`NEW`] is a copy of.
    fn must_be_kept(&self, found: &Snapshot, now: &Snapshot) -> Result<bool, StoreError> {
        let new = self.folder.as_ref().and_then(|folder| Snapshot::load_in(folder, NEW.as_ref()).ok());
        let is_own = |file: &Metadata| self.accepts(file.uid(), file.nlink());
        let new = new.filter(|new| new.metadata().is_some_and(is_own));
        let is_lost = match new {
            // A hand edit right before the swap, or right before the kill.
            Some(new) => new.content() == now.content() || !new.content().starts_with(found.content()),
            // After a power failure, the swap may be on the disk without anything of the history (btrfs).
            None => !found.content().is_empty() && is_older(found, now) && found.content() != now.content(),
        };
        Ok(is_lost && !self.newest_is(found)?)
    }

    /// Writes a version, for [`History::add`]; dropping it removes it.
    pub(super) fn prepare(&mut self, bytes: &[u8], settings: &Snapshot) -> Result<Temporary, StoreError> {
        Ok(self.write(NEW, bytes, settings)?.0)
    }

    /// Versions contain secrets, so they are for their owner only, even if the settings are not.
    fn write(
        &mut self,
        name: &str,
        bytes: &[u8],
        settings: &Snapshot,
    ) -> Result<(Temporary, File), StoreError> {
        let owner = ownership::of_private_files(&self.above, settings.metadata());
        let owner = owner.map_err(|cause| StoreError::write(self.above.path(), cause))?;
        let folder = match &self.folder {
            Some(folder) => Rc::clone(folder),
            None => Rc::new(self.create_folder(owner)?),
        };
        self.folder = Some(Rc::clone(&folder));
        let access = Access { settings: self.settings.clone(), owner, mode: PRIVATE, model: None };
        write_temporary(&folder, name.as_ref(), bytes, &access)
    }

    /// Creates the folder of the history. A planted link is an error, and so is a folder that another user created since the
    /// history was opened.
    fn create_folder(&self, owner: Option<Owner>) -> Result<Folder, StoreError> {
        let refused = |cause| StoreError::write(self.above.path(), cause);
        let folder = ownership::open_or_create(&self.above, &self.name, owner).map_err(refused)?;
        let uid = folder.metadata().map_err(refused)?.uid();
        match self.owners.trust(uid) {
            true => Ok(folder),
            false => Err(StoreError::HistoryUntrusted { path: self.path(), uid }),
        }
    }

    /// Ensures that the newest version is on the disk after the settings were replaced: their `former` file, which is on
    /// the disk already, replaces its copy. Without that file, or with a history on another file system, the copy is
    /// synced.
    pub(super) fn sync_newest(&self, former: Option<Temporary>) -> io::Result<()> {
        let Some((newest, folder)) = self.versions.last().zip(self.folder.as_ref()) else { return Ok(()) };
        let copy = newest.file_name();
        // Anything else that has this name now stays untouched.
        if let Some(former) = former
            && let Ok(file) = former.open()
        {
            let metadata = file.metadata()?;
            // A file with another hard link can still be edited through it.
            if metadata.is_file() && metadata.nlink() == 1 {
                // This also takes the rights of the entries of an access control list.
                file.set_permissions(Permissions::from_mode(PRIVATE))?;
                match former.persist(folder, copy.as_ref()) {
                    Err(error) if error.kind() == ErrorKind::CrossesDevices => {}
                    moved => return moved,
                }
            }
        }
        folder.open_file(copy.as_ref(), OFlags::RDONLY)?.sync_all()?;
        // On another file system, syncing the folder of the settings does not cover it.
        folder.sync()
    }

    /// Adds a version to the list, and from time to time removes the oldest beyond [`KEPT`].
    pub(super) fn add(&mut self, file: Temporary, length: usize, command: &str) -> io::Result<()> {
        self.last = self.last.saturating_add(1);
        let id = self.last;
        let time = SystemTime::now().min(UNIX_EPOCH + LATEST);
        let version = Version { id, time, command: command.to_owned(), length: length as u64 };
        let folder = self.folder.as_ref().ok_or(ErrorKind::NotFound)?;
        file.persist(folder, version.file_name().as_ref())?;
        self.versions.push(version);
        let surplus = if self.versions.len() > KEPT + SLACK { self.versions.len() - KEPT } else { 0 };
        for old in self.versions.drain(..surplus).collect::<Vec<_>>() {
            // Best effort: the next change tries again.
            let _ = folder.remove(old.file_name().as_ref());
        }
        Ok(())
    }

    /// Returns the numbers of the versions that are not the settings `now`.
    pub(super) fn others(&self, now: &Snapshot) -> Result<Vec<u64>, StoreError> {
        let kept = usize::from(self.newest_is(now)?);
        let others = self.versions.len().saturating_sub(kept);
        Ok(self.versions.iter().take(others).map(|version| version.id).collect())
    }

    /// Removes the versions with these numbers and what killed runs left; afterwards no power failure brings them back.
    pub(super) fn purge(&mut self, ids: &[u64]) -> Result<(), StoreError> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let purged = self.versions.iter().filter(|version| ids.contains(&version.id)).map(Version::file_name);
        for name in purged.chain([NEW.to_owned(), FOUND.to_owned()]) {
            match folder.remove(name.as_ref()) {
                Err(cause) if cause.kind() != ErrorKind::NotFound => return Err(self.refused(cause)),
                _ => {}
            }
        }
        folder.sync().map_err(|cause| self.refused(cause))
    }

    fn newest_is(&self, now: &Snapshot) -> Result<bool, StoreError> {
        let Some(newest) = self.versions.last() else { return Ok(false) };
        Ok(self.read(newest)?.as_slice() == now.content())
    }

    /// Returns the path of the folder, for messages.
    fn path(&self) -> PathBuf {
        self.above.path_of(&self.name)
    }

    fn refused(&self, cause: io::Error) -> StoreError {
        StoreError::write(&self.path(), cause)
    }
}

/// Returns the folder of the history of the settings at `place` with its owner; none if there is no history.
///
/// # Errors
/// When it is not a folder, or another user may have planted it.
pub(super) fn open_folder(place: &Place, owners: &Owners) -> Result<Option<(Folder, u32)>, StoreError> {
    let name = place.beside("history");
    let refused = |cause| StoreError::read(&place.folder.path_of(&name), cause);
    let folder = match place.folder.enter(&name) {
        Ok(folder) => folder,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(cause) => return Err(refused(cause)),
    };
    let uid = folder.metadata().map_err(refused)?.uid();
    match owners.trust(uid) {
        true => Ok(Some((folder, uid))),
        false => Err(StoreError::HistoryUntrusted { path: folder.path().to_path_buf(), uid }),
    }
}

/// Whether these settings were written before `now`, and not as what was to replace it.
fn is_older(found: &Snapshot, now: &Snapshot) -> bool {
    let written = |settings: &Snapshot| settings.metadata().map(|file| (file.mtime(), file.mtime_nsec()));
    written(found) <= written(now)
}

/// Returns the files with names of versions in `folder`; for a link, what describes the link itself.
fn list(folder: &Folder) -> io::Result<Vec<(Version, Stat)>> {
    let mut found = Vec::with_capacity(KEPT + SLACK + 1);
    for name in folder.names()? {
        let Some(version) = name.to_str().and_then(Version::parse) else { continue };
        match folder.stat(&name) {
            Ok(file) => found.push((version, file)),
            // An old version that another process removed meanwhile.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_link_in_place_of_the_former_file_is_neither_followed_nor_kept() {
        let folder = tempfile::tempdir().unwrap();
        let (file, victim) = (folder.path().join("config.toml"), folder.path().join("victim"));
        fs::write(&file, "a").unwrap();
        fs::write(&victim, "a").unwrap();
        fs::set_permissions(&victim, Permissions::from_mode(0o644)).unwrap();
        let place = Place::create(&file).unwrap();
        let now = place.load().unwrap();
        let mut history = History::open(&place, now.metadata()).unwrap();
        history.catch_up(&place.beside("tmp"), &now).unwrap();
        let former = folder.path().join(".config.toml.tmp");
        symlink(&victim, &former).unwrap();
        history.sync_newest(Some(Temporary::new(&place.folder, &place.beside("tmp")))).unwrap();
        assert_eq!(fs::metadata(&victim).unwrap().mode() & 0o777, 0o644);
        let version = history.path().join(history.versions.last().unwrap().file_name());
        assert!(fs::symlink_metadata(version).unwrap().is_file());
        assert!(!former.is_symlink());
    }

    #[test]
    fn a_link_in_place_of_the_folder_is_neither_followed_nor_given_away() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        fs::write(&file, "a").unwrap();
        let place = Place::create(&file).unwrap();
        let now = place.load().unwrap();
        let mut history = History::open(&place, now.metadata()).unwrap();
        symlink(folder.path(), folder.path().join(".config.toml.history")).unwrap();
        assert!(history.prepare(b"a", &now).is_err());
    }
}
