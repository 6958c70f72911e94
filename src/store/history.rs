//! Keeps every saved version in a file of its own, whose name contains the time and the command.

use std::fs::{self, DirBuilder, File, Metadata, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

use rustix::fs::OFlags;
use rustix::process::geteuid;
use tempfile::TempPath;
use zeroize::Zeroizing;

use super::error::StoreError;
use super::locate::{Place, folder_of, sync_folder};
use super::owners::Owners;
use super::save::{give_to, write_temporary};
use super::snapshot::{Snapshot, open_to_read};
use super::version::{LATEST, NO_FILE, Version};

/// The number of versions that are kept.
const KEPT: usize = 100;

/// How many more may exist before old ones are removed: removing one takes as long as writing one.
const SLACK: usize = 20;

/// The most by which a number exceeds the one before. Numbers beyond are not of this program, and going on from them could
/// use up all numbers.
const WIDEST_GAP: u64 = 1 << 32;

/// Versions contain secrets, so they are for their owner only, even if the settings are not.
const FILE_MODE: u32 = 0o600;
const FOLDER_MODE: u32 = 0o700;

/// The version that is being written. After a kill right after the swap, it still contains the settings in effect.
const NEW: &str = "new.tmp";

/// A hand edit that is being saved from the temporary file of a killed run. It must not replace [`NEW`].
const FOUND: &str = "found.tmp";

/// The command of settings that were edited by hand.
const HAND_EDIT: &str = "hand edit";

/// The versions in `.NAME.history/` next to the settings file, oldest first.
pub(super) struct History {
    folder: PathBuf,
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
        let (folder, owners) = (place.beside("history"), Owners::of(place, settings)?);
        let owner = ensure_trusted(&folder, &owners)?;
        let (exists, owner) = (owner.is_some(), owner.unwrap_or_else(|| geteuid().as_raw()));
        let mut history = History { folder, owners, owner, versions: Vec::new(), last: 0, torn: None };
        if exists {
            let entries = list(&history.folder).map_err(|cause| StoreError::read(&history.folder, cause))?;
            history.take(entries);
        }
        Ok(history)
    }

    fn take(&mut self, mut entries: Vec<(Version, Metadata)>) {
        entries.sort_by_key(|(version, _)| version.id);
        let mut found = Vec::with_capacity(KEPT + SLACK + 1);
        for (version, file) in entries {
            if version.id - self.last > WIDEST_GAP {
                break;
            }
            self.last = version.id;
            if self.accepts(&file) {
                found.push((version, file.len()));
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
    fn accepts(&self, file: &Metadata) -> bool {
        let owner = file.uid();
        let is_in_own_folder = owner == self.owner;
        file.is_file()
            && match owner == self.owners.settings {
                true => is_in_own_folder || file.nlink() == 1,
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

    pub(super) fn read(&self, version: &Version) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        let read = Snapshot::load_itself(&self.path(version))?;
        // The file may have been replaced since the folder was listed.
        let ours = read.file.filter(|(_, metadata)| self.accepts(metadata));
        ours.map(|(bytes, _)| bytes).ok_or(StoreError::NoSuchVersion(version.id))
    }

    /// Records the settings in effect if the history lacks them: because they are older than the history, were edited by
    /// hand, or a run was killed before it recorded them. Before them it records a hand edit that a killed run has `left`.
    pub(super) fn catch_up(&mut self, left: &Path, now: &Snapshot) -> Result<(), StoreError> {
        // With a newer version, nothing would show that this one is incomplete.
        if let Some(torn) = self.torn.take() {
            fs::remove_file(self.path(&torn)).map_err(|cause| StoreError::write(&self.folder, cause))?;
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
        self.add(version, length, command).map_err(|cause| StoreError::write(&self.folder, cause))
    }

    /// Records a hand edit in the temporary file that a killed run has `left`: it was made in the instant before the swap.
    fn recover(&mut self, left: &Path, now: &Snapshot) -> Result<(), StoreError> {
        // Anything else that has this name is reported when the next temporary file is created.
        let Ok(found) = Snapshot::load_itself(left) else { return Ok(()) };
        let is_own = |file: &Metadata| file.uid() == self.owners.settings && file.nlink() == 1;
        if !found.metadata().is_some_and(is_own) {
            return Ok(());
        }
        let refused = |cause| StoreError::write(&self.folder, cause);
        if self.is_hand_edit(&found, now)? {
            let (copy, file) = self.write(FOUND, found.content(), now)?;
            file.sync_all().map_err(refused)?;
            let added = self.add(copy, found.content().len(), HAND_EDIT);
            added.map_err(|cause| StoreError::write(&self.folder, cause))?;
        }
        // It must not outlive [`NEW`], which shows what it is.
        fs::remove_file(left).map_err(|cause| StoreError::InTheWay { path: left.to_path_buf(), cause })
    }

    /// Whether the contents of a temporary file are a hand edit. Else they are the former settings, which the newest version
    /// is a copy of, or new ones that were not swapped in, complete or not, which [`NEW`] is a copy of.
    fn is_hand_edit(&self, found: &Snapshot, now: &Snapshot) -> Result<bool, StoreError> {
        let Ok(new) = Snapshot::load_itself(&self.folder.join(NEW)) else { return Ok(false) };
        let is_own = new.metadata().is_some_and(|file| self.accepts(file));
        let was_swapped = new.content() == now.content();
        Ok(is_own
            && (was_swapped || !new.content().starts_with(found.content()))
            && !self.newest_is(found)?)
    }

    /// Writes a version, for [`History::add`]; dropping it removes it.
    pub(super) fn prepare(&self, bytes: &[u8], settings: &Snapshot) -> Result<TempPath, StoreError> {
        Ok(self.write(NEW, bytes, settings)?.0)
    }

    fn write(&self, name: &str, bytes: &[u8], settings: &Snapshot) -> Result<(TempPath, File), StoreError> {
        if self.versions.is_empty() {
            make_folder(&self.folder, &self.owners, settings)?;
        }
        write_temporary(self.folder.join(name), bytes, FILE_MODE, settings)
    }

    /// Ensures that the newest version is on the disk after the settings were replaced: their `former` file, which is on
    /// the disk already, replaces its copy. Without that file, or with a history on another file system, the copy is
    /// synced.
    pub(super) fn sync_newest(&self, former: Option<TempPath>) -> io::Result<()> {
        let Some(newest) = self.versions.last() else { return Ok(()) };
        let copy = self.path(newest);
        // Anything else that has this name now stays untouched.
        if let Some(former) = former
            && let Ok(file) = open_to_read(&former, OFlags::NOFOLLOW)
        {
            let metadata = file.metadata()?;
            // A file with another hard link can still be edited through it.
            if metadata.is_file() && metadata.nlink() == 1 {
                file.set_permissions(Permissions::from_mode(FILE_MODE))?;
                match former.persist(&copy) {
                    Err(failed) if failed.error.kind() == ErrorKind::CrossesDevices => {}
                    moved => return Ok(moved?),
                }
            }
        }
        open_to_read(&copy, OFlags::NOFOLLOW)?.sync_all()?;
        // On another file system, syncing the folder of the settings does not cover it.
        sync_folder(&self.folder)
    }

    /// Adds a version to the list, and from time to time removes the oldest beyond [`KEPT`].
    pub(super) fn add(&mut self, file: TempPath, length: usize, command: &str) -> io::Result<()> {
        self.last = self.last.saturating_add(1);
        let id = self.last;
        let time = SystemTime::now().min(UNIX_EPOCH + LATEST);
        let version = Version { id, time, command: command.to_owned(), length: length as u64 };
        file.persist(self.path(&version))?;
        self.versions.push(version);
        let surplus = if self.versions.len() > KEPT + SLACK { self.versions.len() - KEPT } else { 0 };
        for old in self.versions.drain(..surplus).collect::<Vec<_>>() {
            // Best effort: the next change tries again.
            let _ = fs::remove_file(self.path(&old));
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
        let refused = |cause| StoreError::write(&self.folder, cause);
        let purged = self.versions.iter().filter(|version| ids.contains(&version.id)).map(Version::file_name);
        for name in purged.chain([NEW.to_owned(), FOUND.to_owned()]) {
            match fs::remove_file(self.folder.join(name)) {
                Err(cause) if cause.kind() != ErrorKind::NotFound => return Err(refused(cause)),
                _ => {}
            }
        }
        sync_folder(&self.folder).map_err(refused)
    }

    fn newest_is(&self, now: &Snapshot) -> Result<bool, StoreError> {
        let Some(newest) = self.versions.last() else { return Ok(false) };
        Ok(self.read(newest)?.as_slice() == now.content())
    }

    fn path(&self, version: &Version) -> PathBuf {
        self.folder.join(version.file_name())
    }
}

/// Returns the owner of the folder of a history; none if there is no folder.
///
/// # Errors
/// When it is not a folder, or another user may have planted it.
pub(super) fn ensure_trusted(folder: &Path, owners: &Owners) -> Result<Option<u32>, StoreError> {
    let owner = match fs::symlink_metadata(folder) {
        Ok(metadata) if metadata.is_dir() => metadata.uid(),
        Ok(_) => return Err(StoreError::read(folder, ErrorKind::NotADirectory.into())),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(cause) => return Err(StoreError::read(folder, cause)),
    };
    match owners.trust(owner) {
        true => Ok(Some(owner)),
        false => Err(StoreError::HistoryUntrusted { path: folder.to_path_buf(), uid: owner }),
    }
}

/// Returns the files with names of versions in `folder`.
fn list(folder: &Path) -> io::Result<Vec<(Version, Metadata)>> {
    let mut found = Vec::with_capacity(KEPT + SLACK + 1);
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let Some(version) = entry.file_name().to_str().and_then(Version::parse) else { continue };
        // For a link, this is the metadata of the link itself.
        match entry.metadata() {
            Ok(file) => found.push((version, file)),
            // An old version that another process removed meanwhile.
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(found)
}

/// Creates the folder of the history for the owner of the settings, unless it exists.
fn make_folder(folder: &Path, owners: &Owners, settings: &Snapshot) -> Result<(), StoreError> {
    let refused = |cause| StoreError::write(folder_of(folder), cause);
    let made = DirBuilder::new().mode(FOLDER_MODE).create(folder);
    let existed = matches!(&made, Err(error) if error.kind() == ErrorKind::AlreadyExists);
    if !existed {
        made.map_err(refused)?;
    }
    // A planted link is an error, and so is a folder that another user created since the history was opened.
    let opened = open_to_read(folder, OFlags::DIRECTORY | OFlags::NOFOLLOW).map_err(refused)?;
    let uid = opened.metadata().map_err(refused)?.uid();
    if !owners.trust(uid) {
        return Err(StoreError::HistoryUntrusted { path: folder.to_path_buf(), uid });
    }
    // Changes the owner only of a folder that this process created. Best effort: if it is not permitted, saving the
    // version reports who owns the settings.
    if let Some(owner) = settings.metadata()
        && !existed
        && uid == geteuid().as_raw()
    {
        let _ = give_to(&opened, owner);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn a_link_in_place_of_the_former_file_is_neither_followed_nor_kept() {
        let folder = tempfile::tempdir().unwrap();
        let (file, victim) = (folder.path().join("config.toml"), folder.path().join("victim"));
        fs::write(&file, "a").unwrap();
        fs::write(&victim, "a").unwrap();
        fs::set_permissions(&victim, Permissions::from_mode(0o644)).unwrap();
        let place = Place::resolve(&file).unwrap();
        let now = Snapshot::load(&file).unwrap();
        let mut history = History::open(&place, now.metadata()).unwrap();
        history.catch_up(&place.beside("tmp"), &now).unwrap();
        let (former, _) = write_temporary(place.beside("tmp"), b"a", FILE_MODE, &now).unwrap();
        fs::remove_file(&former).unwrap();
        symlink(&victim, &former).unwrap();
        history.sync_newest(Some(former)).unwrap();
        assert_eq!(fs::metadata(&victim).unwrap().mode() & 0o777, 0o644);
        let version = history.path(history.versions.last().unwrap());
        assert!(fs::symlink_metadata(version).unwrap().is_file());
    }

    #[test]
    fn a_link_in_place_of_the_folder_is_neither_followed_nor_given_away() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("config.toml");
        fs::write(&file, "a").unwrap();
        let now = Snapshot::load(&file).unwrap();
        let planted = folder.path().join("planted");
        symlink(folder.path(), &planted).unwrap();
        let owners = Owners::of(&Place::resolve(&file).unwrap(), now.metadata()).unwrap();
        assert!(make_folder(&planted, &owners, &now).is_err());
    }
}
