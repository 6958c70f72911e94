//! Keeps every saved version in a file of its own, whose name contains the time and the command.

use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::PathBuf;
use std::rc::Rc;
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::fs::{FileType, OFlags};
use rustix::process::geteuid;

use super::folder::{Folder, Temporary};
use super::owners::Owners;
use super::ownership::{self, Owner, PRIVATE};
use super::place::Place;
use super::save::{Access, write_temporary};
use crate::store::error::StoreError;
use crate::store::snapshot::Snapshot;
use crate::store::version::{HAND_EDIT, LATEST, NO_FILE, SavedVersion, Version};

/// The number of versions that are kept.
const KEPT: usize = 100;

/// The most versions that one change removes: removing one takes as long as writing one.
const MOST_REMOVED: usize = 2;

/// The most by which a number exceeds the one before. Numbers beyond are not of this program, and going on from them could
/// use up all numbers.
const WIDEST_GAP: u64 = 1 << 32;

/// The version that is being written. After a kill right after the swap, it still contains the settings in effect.
const NEW: &str = "new.tmp";

/// A hand edit that is being saved from the temporary file of a killed run. It must not replace [`NEW`].
const FOUND: &str = "found.tmp";

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
    /// What has the name of a version, up to the newest version; see [`History::length`].
    named: Vec<Version>,
    /// The highest number in the folder, also of what is no version.
    last: u64,
    /// The newest version, if it is incomplete.
    torn: Option<Version>,
}

impl History {
    /// Lists the versions of these `settings` by their names alone: an edit needs only the newest one and the oldest.
    ///
    /// # Errors
    /// [`StoreError::HistoryUntrusted`] when another user created the history; and when it cannot be read.
    pub(super) fn open(place: &Place, settings: Option<&Metadata>) -> Result<Self, StoreError> {
        let owners = Owners::of(place, settings)?;
        let opened = open_folder(place, &owners)?;
        let owner = opened.as_ref().map_or_else(|| geteuid().as_raw(), |(_, owner)| *owner);
        let folder = opened.map(|(folder, _)| Rc::new(folder));
        let (settings, above, name) = (place.file.clone(), Rc::clone(&place.folder), place.beside("history"));
        let found = folder.as_ref().map(|folder| list(folder)).transpose();
        let (named, last, torn) = (Vec::new(), 0, None);
        let mut history = History { settings, above, name, folder, owners, owner, named, last, torn };
        history.take(found.map_err(|cause| StoreError::read(&history.path(), cause))?.unwrap_or_default())?;
        Ok(history)
    }

    fn take(&mut self, mut found: Vec<(Version, FileType)>) -> Result<(), StoreError> {
        found.sort_unstable_by_key(|(version, _)| version.id);
        for (version, kind) in found {
            if version.id - self.last > WIDEST_GAP {
                break;
            }
            self.last = version.id;
            // Not all file systems tell what a name is.
            if matches!(kind, FileType::RegularFile | FileType::Unknown) {
                self.named.push(version);
            }
        }
        while let Some(newest) = self.named.last() {
            match self.length(newest)? {
                // Only the newest version can be incomplete, because it is a copy of the settings in effect and is not
                // synced. Once they are replaced, their own file takes its place, see [`History::sync_newest`].
                Some(length) if length != newest.length && self.torn.is_none() => {
                    self.torn = self.named.pop();
                }
                Some(_) => break,
                None => drop(self.named.pop()),
            }
        }
        Ok(())
    }

    /// Returns the length of the file of a version; none if it is no version, but a link, or a file of another user, or if
    /// another process removed it meanwhile.
    fn length(&self, version: &Version) -> Result<Option<u64>, StoreError> {
        let Some(folder) = &self.folder else { return Ok(None) };
        match folder.stat(version.file_name().as_ref()) {
            Ok(file) => {
                let counts = FileType::from_raw_mode(file.st_mode).is_file()
                    && self.accepts(file.st_uid, file.st_nlink);
                Ok(counts.then_some(file.st_size.unsigned_abs()))
            }
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(cause) => Err(StoreError::read(&self.path(), cause)),
        }
    }

    /// Returns the versions, newest first.
    fn backwards(&self) -> impl Iterator<Item = Result<&Version, StoreError>> {
        let counts = |version| self.length(version).transpose().map(|length| length.map(|_| version));
        self.named.iter().rev().filter_map(counts)
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

    /// Returns the versions that are kept, oldest first; older ones may be gone after the next change.
    pub(super) fn kept(&self) -> Result<Vec<Version>, StoreError> {
        let mut kept: Vec<_> =
            self.backwards().take(KEPT).map(|version| version.cloned()).collect::<Result<_, _>>()?;
        kept.reverse();
        Ok(kept)
    }

    pub(super) fn find(&self, id: u64) -> Result<&Version, StoreError> {
        // A link that another user made may have the same number.
        for version in self.named.iter().filter(|version| version.id == id) {
            if self.length(version)?.is_some() {
                return Ok(version);
            }
        }
        Err(StoreError::NoSuchVersion(id))
    }

    /// Returns the version before the settings `now`.
    pub(super) fn before(&self, now: &Snapshot) -> Result<&Version, StoreError> {
        let newest = usize::from(self.newest_is(now)?);
        self.backwards().nth(newest).unwrap_or(Err(StoreError::NothingToUndo))
    }

    /// Returns the version that was saved before version `id`.
    pub(super) fn preceding(&self, id: u64) -> Result<Option<&Version>, StoreError> {
        self.backwards().find(|version| version.as_ref().map_or(true, |version| version.id < id)).transpose()
    }

    /// Returns a version with its settings.
    pub(super) fn saved(&self, version: &Version) -> Result<SavedVersion, StoreError> {
        Ok(SavedVersion { bytes: self.read(version)?, version: version.clone() })
    }

    fn read(&self, version: &Version) -> Result<Vec<u8>, StoreError> {
        let gone = StoreError::NoSuchVersion(version.id);
        let Some(folder) = &self.folder else { return Err(gone) };
        let read = Snapshot::load_in(folder, version.file_name().as_ref())?;
        // The file may have been replaced since the folder was listed.
        let is_ours = read.metadata().is_some_and(|file| self.accepts(file.uid(), file.nlink()));
        read.into_bytes().filter(|_| is_ours).ok_or(gone)
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
            Some(_) if self.named.is_empty() => "first seen",
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
        let Some((newest, folder)) = self.named.last().zip(self.folder.as_ref()) else { return Ok(()) };
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

    /// Adds a version to the list, and removes the oldest beyond [`KEPT`].
    pub(super) fn add(&mut self, file: Temporary, length: usize, command: &str) -> io::Result<()> {
        self.last = self.last.saturating_add(1);
        let id = self.last;
        let time = SystemTime::now().min(UNIX_EPOCH + LATEST);
        let version = Version { id, time, command: command.to_owned(), author: None, length: length as u64 };
        let folder = self.folder.as_ref().ok_or(ErrorKind::NotFound)?;
        file.persist(folder, version.file_name().as_ref())?;
        self.named.push(version);
        // What is no version counts here as well, but only who may remove versions can put it there.
        let surplus = self.named.len().saturating_sub(KEPT);
        let old = self.named[..surplus].iter().filter(|old| matches!(self.length(old), Ok(Some(_))));
        for old in old.take(MOST_REMOVED) {
            // Best effort: the next change tries again.
            let _ = folder.remove(old.file_name().as_ref());
        }
        Ok(())
    }

    /// Returns the numbers of the versions that are not the settings `now`.
    pub(super) fn others(&self, now: &Snapshot) -> Result<Vec<u64>, StoreError> {
        let newest = usize::from(self.newest_is(now)?);
        let others = self.backwards().skip(newest).map(|version| version.map(|version| version.id));
        let mut others: Vec<_> = others.collect::<Result<_, _>>()?;
        others.reverse();
        Ok(others)
    }

    /// Removes the versions with these numbers and what killed runs left; afterwards no power failure brings them back.
    pub(super) fn purge(&mut self, ids: &[u64]) -> Result<(), StoreError> {
        let Some(folder) = &self.folder else { return Ok(()) };
        let purged = self.named.iter().filter(|version| ids.contains(&version.id)).map(Version::file_name);
        for name in purged.chain([NEW.to_owned(), FOUND.to_owned()]) {
            match folder.remove(name.as_ref()) {
                Err(cause) if cause.kind() != ErrorKind::NotFound => return Err(self.refused(cause)),
                _ => {}
            }
        }
        folder.sync().map_err(|cause| self.refused(cause))
    }

    fn newest_is(&self, now: &Snapshot) -> Result<bool, StoreError> {
        let Some((newest, folder)) = self.named.last().zip(self.folder.as_ref()) else { return Ok(false) };
        let name = newest.file_name();
        let refused = |cause: io::Error| match cause.kind() {
            // It was purged since the folder was listed.
            ErrorKind::NotFound => StoreError::NoSuchVersion(newest.id),
            _ => StoreError::read(&folder.path_of(name.as_ref()), cause),
        };
        let file = folder.open_file(name.as_ref(), OFlags::RDONLY).map_err(refused)?;
        let metadata = file.metadata().map_err(refused)?;
        // The file may have been replaced since the folder was listed.
        if !metadata.is_file() || !self.accepts(metadata.uid(), metadata.nlink()) {
            return Err(StoreError::NoSuchVersion(newest.id));
        }
        now.is_in(&file).map_err(refused)
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

/// Returns what has the name of a version in `folder`, and what it is, as far as the folder tells.
fn list(folder: &Folder) -> io::Result<Vec<(Version, FileType)>> {
    let mut found = Vec::with_capacity(KEPT + MOST_REMOVED);
    folder.each(|name, kind| {
        found.extend(name.to_str().and_then(Version::parse).map(|version| (version, kind)));
    })?;
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
        let version = history.path().join(history.named.last().unwrap().file_name());
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
