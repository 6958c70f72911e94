//! Every saved version as a file of its own, whose name says when and by which command.

use std::fs::{self, DirBuilder};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, lchown};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use zeroize::Zeroizing;

use super::StoreError;
use super::locate::{Place, folder_of};
use super::save::{Snapshot, Temporary, sync_folder, write_temporary};

/// How many versions are kept.
const KEPT: usize = 100;

/// Versions hold secrets: they are for their owner only, even where the settings are not.
const FILE_MODE: u32 = 0o600;
const FOLDER_MODE: u32 = 0o700;

/// One saved version of the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    /// Its number. Numbers go on rising when old versions are dropped.
    pub id: u64,
    /// When it was saved, to the millisecond.
    pub time: SystemTime,
    /// What saved it: `stun add`; `hand edit`, `first seen` or `no file` for what was found.
    pub command: String,
}

impl Version {
    /// `00000012_1760000000000_stun-add.toml`: the order of names is that of versions.
    fn file_name(&self) -> String {
        let Version { id, time, command } = self;
        let time = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let command = command.replace(|letter: char| !letter.is_ascii_alphanumeric(), "-");
        format!("{id:08}_{time}_{command}.toml")
    }

    /// The version of that name; none when the file is not one of ours.
    fn parse(name: &str) -> Option<Self> {
        let mut parts = name.strip_suffix(".toml")?.splitn(3, '_');
        let id = parts.next()?.parse().ok()?;
        let time = UNIX_EPOCH.checked_add(Duration::from_millis(parts.next()?.parse().ok()?))?;
        let command = parts.next()?.replace('-', " ");
        Some(Version { id, time, command }).filter(|version| version.file_name() == name)
    }
}

/// The versions in `.NAME.history/` beside the settings file, oldest first.
pub(super) struct History {
    folder: PathBuf,
    versions: Vec<Version>,
}

impl History {
    /// Lists the versions; other files are ignored.
    pub(super) fn open(place: &Place) -> Result<Self, StoreError> {
        let folder = place.beside("history");
        let mut versions = list(&folder).map_err(|cause| StoreError::read(&folder, cause))?;
        versions.sort_by_key(|version| version.id);
        Ok(History { folder, versions })
    }

    pub(super) fn into_versions(self) -> Vec<Version> {
        self.versions
    }

    pub(super) fn find(&self, id: u64) -> Result<&Version, StoreError> {
        self.versions.iter().find(|version| version.id == id).ok_or(StoreError::NoSuchVersion { id })
    }

    /// The version that was in force before the settings that are `now`.
    pub(super) fn before(&self, now: &Snapshot) -> Result<&Version, StoreError> {
        let mut backwards = self.versions.iter().rev();
        if self.newest_is(now)? {
            backwards.next();
        }
        backwards.next().ok_or(StoreError::NothingToUndo)
    }

    pub(super) fn read(&self, version: &Version) -> Result<Zeroizing<Vec<u8>>, StoreError> {
        Snapshot::load(&self.path(version))?.into_bytes().ok_or(StoreError::NoSuchVersion { id: version.id })
    }

    /// Records settings that are in force without being in the history: those of the time before it, those
    /// edited by hand, and those of a run that was killed before it could record them.
    pub(super) fn catch_up(&mut self, now: &Snapshot) -> Result<(), StoreError> {
        if self.newest_is(now)? {
            return Ok(());
        }
        let command = match now.bytes() {
            None => "no file",
            Some(_) if self.versions.is_empty() => "first seen",
            Some(_) => "hand edit",
        };
        let version = self.prepare(now.content(), now)?;
        let recorded = self.put(version, command).and_then(|()| self.sync());
        recorded.map_err(|cause| StoreError::write(&self.folder, cause))
    }

    /// Writes a version that [`History::put`] will put into the list; dropped, it leaves no trace.
    pub(super) fn prepare(&self, bytes: &[u8], settings: &Snapshot) -> Result<Temporary, StoreError> {
        if self.versions.is_empty() {
            make_folder(&self.folder, settings)
                .map_err(|cause| StoreError::write(folder_of(&self.folder), cause))?;
        }
        write_temporary(self.folder.join("new.tmp"), bytes, FILE_MODE, settings)
    }

    /// Puts a prepared version into the list, and drops the oldest past [`KEPT`]. To last, it takes
    /// [`History::sync`].
    pub(super) fn put(&mut self, prepared: Temporary, command: &str) -> io::Result<()> {
        let id = self.versions.last().map_or(1, |newest| newest.id.saturating_add(1));
        let version = Version { id, time: SystemTime::now(), command: command.to_owned() };
        prepared.persist(&self.path(&version))?;
        self.versions.push(version);
        let surplus = self.versions.len().saturating_sub(KEPT);
        for old in self.versions.drain(..surplus).collect::<Vec<_>>() {
            // One that cannot be removed is in nobody's way; the next change tries again.
            let _ = fs::remove_file(self.path(&old));
        }
        Ok(())
    }

    /// Waits until the list is on the disk.
    pub(super) fn sync(&self) -> io::Result<()> {
        sync_folder(&self.folder)
    }

    fn newest_is(&self, now: &Snapshot) -> Result<bool, StoreError> {
        let Some(newest) = self.versions.last() else { return Ok(false) };
        Ok(self.read(newest)?.as_slice() == now.content())
    }

    fn path(&self, version: &Version) -> PathBuf {
        self.folder.join(version.file_name())
    }
}

fn list(folder: &Path) -> io::Result<Vec<Version>> {
    match fs::symlink_metadata(folder) {
        Ok(metadata) if !metadata.is_dir() => return Err(ErrorKind::NotADirectory.into()),
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    }
    let mut versions = Vec::with_capacity(KEPT + 1);
    for entry in fs::read_dir(folder)? {
        versions.extend(entry?.file_name().to_str().and_then(Version::parse));
    }
    Ok(versions)
}

/// Makes the folder of the history unless it is there, for the owner of the settings.
fn make_folder(folder: &Path, settings: &Snapshot) -> io::Result<()> {
    match DirBuilder::new().mode(FOLDER_MODE).create(folder) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(()),
        made => made?,
    }
    // Where that is not permitted, saving the version itself says whose settings they are.
    if let Some(owner) = settings.metadata() {
        let _ = lchown(folder, Some(owner.uid()), Some(owner.gid()));
    }
    sync_folder(folder_of(folder))
}
