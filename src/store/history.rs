//! Keeps every saved version in a file of its own, whose name contains the time and the command.

use std::fs::{self, DirBuilder, Metadata, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use humantime::format_rfc3339_seconds;
use rustix::fs::OFlags;
use rustix::process::geteuid;
use tempfile::TempPath;
use zeroize::Zeroizing;

use super::error::StoreError;
use super::locate::{Place, folder_of};
use super::save::{give_to, write_temporary};
use super::snapshot::{Snapshot, open_to_read};

/// The number of versions that are kept.
const KEPT: usize = 100;

/// How many more may exist before old ones are removed: removing one takes as long as writing one.
const SLACK: usize = 20;

/// The last second of the year 9999, the latest time in RFC 3339.
const LATEST: Duration = Duration::from_secs(253_402_300_799);

/// Versions contain secrets, so they are for their owner only, even if the settings are not.
const FILE_MODE: u32 = 0o600;
const FOLDER_MODE: u32 = 0o700;

/// One saved version of the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Its number. Numbers are not reused when old versions are removed.
    pub id: u64,
    /// When it was saved, to the millisecond.
    pub time: SystemTime,
    /// The command that saved it, such as `stun add`; `hand edit`, `first seen` or `no file` for settings found.
    pub command: String,
    /// Its length in bytes; a file of another length is incomplete after a power failure.
    length: u64,
}

/// The description of that version.
const BEFORE_THE_FIRST: &str = "before the first save";

/// The command of the version that represents a missing settings file.
const NO_FILE: &str = "no file";

impl Version {
    /// Whether it represents the time before the first save, when there was no file.
    pub fn is_beginning(&self) -> bool {
        self.id == 1 && self.command == NO_FILE
    }

    /// Describes when and by which command it was saved.
    pub fn description(&self) -> String {
        match self.is_beginning() {
            true => BEFORE_THE_FIRST.to_owned(),
            false => format!("saved {} UTC by '{}'", self.utc(), self.command),
        }
    }

    /// Describes which command saved it.
    pub fn origin(&self) -> &str {
        if self.is_beginning() { BEFORE_THE_FIRST } else { &self.command }
    }

    /// Returns when it was saved, in UTC: `2026-11-25 13:08:42`.
    pub fn utc(&self) -> String {
        format_rfc3339_seconds(self.time).to_string().replace('T', " ").trim_end_matches('Z').to_owned()
    }

    /// Returns `00000012_1760000000000_312_stun-add.toml`: number, time, length and command. Names sort like versions.
    fn file_name(&self) -> String {
        let Version { id, time, command, length } = self;
        let time = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let command = command.replace(|letter: char| !letter.is_ascii_alphanumeric(), "-");
        format!("{id:08}_{time}_{length}_{command}.toml")
    }

    /// Parses a file name; returns none for files that are not versions.
    fn parse(name: &str) -> Option<Self> {
        let mut parts = name.strip_suffix(".toml")?.splitn(4, '_');
        let id = parts.next()?.parse().ok()?;
        let time = UNIX_EPOCH + Duration::from_millis(parts.next()?.parse().ok()?).min(LATEST);
        let length = parts.next()?.parse().ok()?;
        let command = parts.next()?.replace('-', " ");
        Some(Version { id, time, command, length }).filter(|version| version.file_name() == name)
    }
}

/// The owners of files that count as versions. Root may work in the folder of an unprivileged user: whatever that user
/// puts there, a file that only root can read must not be restored as settings that the user can read.
struct Owners {
    /// The owner of the settings that a version may replace.
    settings: u32,
    /// The owner of the folder of the settings.
    place: u32,
    /// The owner of the folder of the history.
    history: u32,
}

impl Owners {
    /// Whether a file counts: it must belong to the owner of the settings, or to the only user who can create files
    /// there. A file with other hard links, which others may have created, must belong to the owner of the folder.
    fn accept(&self, file: &Metadata) -> bool {
        let owner = file.uid();
        let is_in_own_folder = owner == self.history;
        file.is_file()
            && match owner == self.settings {
                true => is_in_own_folder || file.nlink() == 1,
                false => is_in_own_folder && owner == self.place,
            }
    }
}

/// The versions in `.NAME.history/` next to the settings file, oldest first.
pub(super) struct History {
    folder: PathBuf,
    owners: Owners,
    versions: Vec<Version>,
    /// The highest number in the folder, also of files that do not count as versions.
    last: u64,
    /// The newest version, if it is incomplete.
    torn: Option<Version>,
}

impl History {
    /// Lists the versions of these `settings`; ignores other files, links and files of other users.
    pub(super) fn open(place: &Place, settings: Option<&Metadata>) -> Result<Self, StoreError> {
        let folder = place.beside("history");
        // New settings belong to the user who saves them.
        let ours = geteuid().as_raw();
        let owners = Owners { settings: settings.map_or(ours, MetadataExt::uid), place: ours, history: ours };
        let mut history = History { folder, owners, versions: Vec::new(), last: 0, torn: None };
        let entries = list(&history.folder).map_err(|cause| StoreError::read(&history.folder, cause))?;
        let Some((folder, entries)) = entries else { return Ok(history) };
        let above = fs::metadata(&place.folder).map_err(|cause| StoreError::read(&place.folder, cause))?;
        (history.owners.history, history.owners.place) = (folder.uid(), above.uid());
        let mut found = Vec::with_capacity(KEPT + SLACK + 1);
        for (version, file) in entries {
            history.last = history.last.max(version.id);
            if history.owners.accept(&file) {
                found.push((version, file.len()));
            }
        }
        found.sort_by_key(|(version, _)| version.id);
        // Only the newest version can be incomplete, because it is a copy of the settings in effect and is not synced. Once
        // they are replaced, their own file takes its place, see [`History::sync_newest`].
        if let Some((torn, _)) = found.pop_if(|(newest, length)| newest.length != *length) {
            history.torn = Some(torn);
        }
        history.versions = found.into_iter().map(|(version, _)| version).collect();
        Ok(history)
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
        let ours = read.file.filter(|(_, metadata)| self.owners.accept(metadata));
        ours.map(|(bytes, _)| bytes).ok_or(StoreError::NoSuchVersion(version.id))
    }

    /// Records the settings in effect if the history lacks them: because they are older than the history, were edited by
    /// hand, or a run was killed before it recorded them.
    pub(super) fn catch_up(&mut self, now: &Snapshot) -> Result<(), StoreError> {
        // With a newer version, nothing would show that this one is incomplete.
        if let Some(torn) = self.torn.take() {
            fs::remove_file(self.path(&torn)).map_err(|cause| StoreError::write(&self.folder, cause))?;
        }
        if self.newest_is(now)? {
            return Ok(());
        }
        let command = match now.bytes() {
            None => NO_FILE,
            Some(_) if self.versions.is_empty() => "first seen",
            Some(_) => "hand edit",
        };
        let version = self.prepare(now.content(), now)?;
        let length = now.content().len();
        self.add(version, length, command).map_err(|cause| StoreError::write(&self.folder, cause))
    }

    /// Writes a version, for [`History::add`]; dropping it removes it.
    pub(super) fn prepare(&self, bytes: &[u8], settings: &Snapshot) -> Result<TempPath, StoreError> {
        if self.versions.is_empty() {
            make_folder(&self.folder, settings)
                .map_err(|cause| StoreError::write(folder_of(&self.folder), cause))?;
        }
        Ok(write_temporary(self.folder.join("new.tmp"), bytes, FILE_MODE, settings)?.0)
    }

    /// Ensures that the newest version is on the disk after the settings were replaced: their `former` file, which is on
    /// the disk already, replaces its copy. Without that file, the copy is synced.
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
                return Ok(former.persist(&copy)?);
            }
        }
        open_to_read(&copy, OFlags::NOFOLLOW)?.sync_all()
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

    fn newest_is(&self, now: &Snapshot) -> Result<bool, StoreError> {
        let Some(newest) = self.versions.last() else { return Ok(false) };
        Ok(self.read(newest)?.as_slice() == now.content())
    }

    fn path(&self, version: &Version) -> PathBuf {
        self.folder.join(version.file_name())
    }
}

/// The folder and the files with names of versions in it; none if there is no folder.
type Listed = Option<(Metadata, Vec<(Version, Metadata)>)>;

fn list(folder: &Path) -> io::Result<Listed> {
    let metadata = match fs::symlink_metadata(folder) {
        Ok(metadata) if !metadata.is_dir() => return Err(ErrorKind::NotADirectory.into()),
        Ok(metadata) => metadata,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
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
    Ok(Some((metadata, found)))
}

/// Creates the folder of the history for the owner of the settings, unless it exists.
fn make_folder(folder: &Path, settings: &Snapshot) -> io::Result<()> {
    let made = DirBuilder::new().mode(FOLDER_MODE).create(folder);
    let existed = matches!(&made, Err(error) if error.kind() == ErrorKind::AlreadyExists);
    if !existed {
        made?;
    }
    // A planted link is an error.
    let opened = open_to_read(folder, OFlags::DIRECTORY | OFlags::NOFOLLOW)?;
    // Changes the owner only of a folder that this process created. Best effort: if it is not permitted, saving the
    // version reports who owns the settings.
    if let Some(owner) = settings.metadata()
        && !existed
        && opened.metadata()?.uid() == geteuid().as_raw()
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
        history.catch_up(&now).unwrap();
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
        assert!(make_folder(&planted, &now).is_err());
    }
}
