//! Every saved version as a file of its own, whose name says when and by which command.

use std::fs::{self, DirBuilder, File, Permissions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt, lchown};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use zeroize::Zeroizing;

use super::StoreError;
use super::locate::{Place, folder_of};
use super::save::{Snapshot, Temporary, write_temporary};

/// How many versions are kept.
const KEPT: usize = 100;

/// How many more may lie there: removing a file takes as long as writing one, so it is not done at each change.
const SLACK: usize = 20;

/// The last second of the year 9999: RFC 3339 can write no later time.
const LATEST: Duration = Duration::from_secs(253_402_300_799);

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
    /// Its length in bytes; a file of another length was torn by a power failure.
    length: u64,
}

impl Version {
    /// `00000012_1760000000000_312_stun-add.toml`: number, time, length and command. The order of names is
    /// that of versions.
    fn file_name(&self) -> String {
        let Version { id, time, command, length } = self;
        let time = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_millis();
        let command = command.replace(|letter: char| !letter.is_ascii_alphanumeric(), "-");
        format!("{id:08}_{time}_{length}_{command}.toml")
    }

    /// The version of that name; none when the file is not one of ours.
    fn parse(name: &str) -> Option<Self> {
        let mut parts = name.strip_suffix(".toml")?.splitn(4, '_');
        let id = parts.next()?.parse().ok()?;
        let time = UNIX_EPOCH + Duration::from_millis(parts.next()?.parse().ok()?).min(LATEST);
        let length = parts.next()?.parse().ok()?;
        let command = parts.next()?.replace('-', " ");
        Some(Version { id, time, command, length }).filter(|version| version.file_name() == name)
    }
}

/// A version that is written, but not yet in the list.
pub(super) struct Prepared {
    file: Temporary,
    length: u64,
}

/// The versions in `.NAME.history/` beside the settings file, oldest first.
pub(super) struct History {
    folder: PathBuf,
    versions: Vec<Version>,
    /// What looks like the newest version, but is not whole.
    torn: Option<Version>,
}

impl History {
    /// Lists the versions; other files are ignored.
    pub(super) fn open(place: &Place) -> Result<Self, StoreError> {
        let folder = place.beside("history");
        let mut versions = list(&folder).map_err(|cause| StoreError::read(&folder, cause))?;
        versions.sort_by_key(|version| version.id);
        let mut history = History { folder, versions, torn: None };
        history.leave_out_torn();
        Ok(history)
    }

    /// Only the newest version can be torn: it is a copy of the settings in force and was not waited for.
    /// Once they are replaced, their own file takes its place, see [`History::keep`].
    fn leave_out_torn(&mut self) {
        let length = |version| fs::metadata(self.path(version)).map(|metadata| metadata.len());
        if self.versions.last().is_some_and(|newest| length(newest).is_ok_and(|found| found != newest.length))
        {
            self.torn = self.versions.pop();
        }
    }

    /// The versions that are kept; what is older may be gone after the next change.
    pub(super) fn into_versions(mut self) -> Vec<Version> {
        let surplus = self.versions.len().saturating_sub(KEPT);
        self.versions.split_off(surplus)
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
        if let Some(torn) = self.torn.take() {
            fs::remove_file(self.path(&torn)).map_err(|cause| StoreError::write(&self.folder, cause))?;
        }
        let version = self.prepare(now.content(), now)?;
        self.put(version, command).map_err(|cause| StoreError::write(&self.folder, cause))
    }

    /// Writes a version that [`History::put`] will put into the list; dropped, it leaves no trace.
    pub(super) fn prepare(&self, bytes: &[u8], settings: &Snapshot) -> Result<Prepared, StoreError> {
        if self.versions.is_empty() {
            make_folder(&self.folder, settings)
                .map_err(|cause| StoreError::write(folder_of(&self.folder), cause))?;
        }
        let (file, _) = write_temporary(self.folder.join("new.tmp"), bytes, FILE_MODE, settings)?;
        Ok(Prepared { file, length: bytes.len() as u64 })
    }

    /// Makes the newest version last, now that the settings in force are others: their former file, which is
    /// on the disk already, takes the place of its copy. Without that file the copy is waited for.
    pub(super) fn keep(&self, former: Option<Temporary>) -> io::Result<()> {
        let Some(newest) = self.versions.last() else { return Ok(()) };
        let copy = self.path(newest);
        match former {
            Some(former) if fs::symlink_metadata(former.path())?.nlink() == 1 => {
                fs::set_permissions(former.path(), Permissions::from_mode(FILE_MODE))?;
                former.persist(&copy)
            }
            // A file with another name elsewhere can still be edited under that name.
            _ => File::open(&copy)?.sync_all(),
        }
    }

    /// Puts a prepared version into the list, and now and then drops those past [`KEPT`].
    pub(super) fn put(&mut self, prepared: Prepared, command: &str) -> io::Result<()> {
        let id = self.versions.last().map_or(1, |newest| newest.id.saturating_add(1));
        let Prepared { file, length } = prepared;
        let time = SystemTime::now().min(UNIX_EPOCH + LATEST);
        let version = Version { id, time, command: command.to_owned(), length };
        file.persist(&self.path(&version))?;
        self.versions.push(version);
        let surplus = if self.versions.len() > KEPT + SLACK { self.versions.len() - KEPT } else { 0 };
        for old in self.versions.drain(..surplus).collect::<Vec<_>>() {
            // One that cannot be removed is in nobody's way; the next change tries again.
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

fn list(folder: &Path) -> io::Result<Vec<Version>> {
    match fs::symlink_metadata(folder) {
        Ok(metadata) if !metadata.is_dir() => return Err(ErrorKind::NotADirectory.into()),
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error),
    }
    let mut versions = Vec::with_capacity(KEPT + SLACK + 1);
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
    Ok(())
}
