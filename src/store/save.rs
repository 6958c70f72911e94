//! Reading the settings file, and replacing it as a whole or not at all.

use std::fmt;
use std::fs::{self, File, FileType, Metadata, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use rustix::io::Errno;
use zeroize::Zeroizing;

use super::locate::{Place, folder_of};
use super::swap::{Swapped, swap_in};
use super::{MAX_BYTES, StoreError};

/// A settings file that did not exist before is for its owner only.
const NEW_MODE: u32 = 0o600;

/// What the group of a file may do.
const GROUP_RIGHTS: u32 = 0o070;

/// The settings as they stood at one moment.
pub struct Snapshot {
    path: PathBuf,
    file: Option<(Zeroizing<Vec<u8>>, Metadata)>,
}

impl Snapshot {
    /// Reads the regular file at `path`; a pipe or a device gives an error and never blocks.
    pub(super) fn load(path: &Path) -> Result<Self, StoreError> {
        Self::load_with(path, OFlags::empty())
    }

    /// As [`Snapshot::load`], where `path` has been resolved: a symbolic link that came there since is an error.
    pub(super) fn load_itself(path: &Path) -> Result<Self, StoreError> {
        Self::load_with(path, OFlags::NOFOLLOW)
    }

    fn load_with(path: &Path, flags: OFlags) -> Result<Self, StoreError> {
        let refused = |cause: io::Error| match Errno::from_io_error(&cause) {
            Some(Errno::LOOP) if flags.is_empty() => StoreError::LinkCycle { path: path.to_path_buf() },
            Some(Errno::NXIO) => StoreError::NotAFile { path: path.to_path_buf(), kind: "a socket" },
            _ => StoreError::read(path, cause),
        };
        let file = match open_to_read(path, flags) {
            Ok(file) => file,
            Err(error) if error.kind() == ErrorKind::NotFound => {
                return Ok(Snapshot { path: path.to_path_buf(), file: None });
            }
            Err(cause) => return Err(refused(cause)),
        };
        let metadata = file.metadata().map_err(refused)?;
        if let Some(kind) = kind_of(metadata.file_type()) {
            return Err(StoreError::NotAFile { path: path.to_path_buf(), kind });
        }
        // One byte of room to spare, so that the buffer, which may hold secrets, need not move to grow.
        let room = metadata.len().min(MAX_BYTES) as usize + 1;
        let mut bytes = Zeroizing::new(Vec::with_capacity(room));
        file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(refused)?;
        if bytes.len() as u64 > MAX_BYTES {
            return Err(StoreError::TooLarge { path: path.to_path_buf() });
        }
        Ok(Snapshot { path: path.to_path_buf(), file: Some((bytes, metadata)) })
    }

    /// The bytes of the settings; none when nothing has been saved yet.
    #[must_use]
    pub fn bytes(&self) -> Option<&[u8]> {
        self.file.as_ref().map(|(bytes, _)| bytes.as_slice())
    }

    pub(super) fn into_bytes(self) -> Option<Zeroizing<Vec<u8>>> {
        self.file.map(|(bytes, _)| bytes)
    }

    /// Whether every user of the machine can read the settings, secrets included.
    #[must_use]
    pub fn readable_by_others(&self) -> bool {
        self.metadata().is_some_and(is_readable_by_others)
    }

    /// What counts when settings are compared: nothing saved and nothing set are the same.
    pub(super) fn content(&self) -> &[u8] {
        self.bytes().unwrap_or_default()
    }

    /// Whose file it is, and with which rights; none when nothing has been saved yet.
    pub(super) fn metadata(&self) -> Option<&Metadata> {
        self.file.as_ref().map(|(_, metadata)| metadata)
    }
}

/// Whether every user of the machine can read a file that settings refer to.
#[must_use]
pub fn readable_by_others(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| is_readable_by_others(&metadata))
}

fn is_readable_by_others(metadata: &Metadata) -> bool {
    metadata.mode() & 0o004 != 0
}

impl fmt::Debug for Snapshot {
    /// Shows the length only, since the bytes may hold secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = self.bytes().map(<[u8]>::len);
        f.debug_struct("Snapshot").field("path", &self.path).field("length", &length).finish()
    }
}

/// What became of the settings file.
pub(super) enum Replaced {
    /// Nothing: it is no longer the one that was loaded.
    Not,
    /// The new settings are in force, and this is the file that held the old ones, where that is known.
    By(Option<Temporary>),
}

/// Puts `bytes` in the place of the settings that were `loaded`, unless the file is no longer those.
/// Whatever instant this ends at, the file is the old one or the new one, whole; that it is the new one
/// after a power failure too takes [`sync_folder`].
pub(super) fn replace(place: &Place, loaded: &Snapshot, bytes: &[u8]) -> Result<Replaced, StoreError> {
    let mode = loaded.metadata().map_or(NEW_MODE, |metadata| metadata.mode() & 0o7777);
    // The name is always the same, so that the next save clears away what a killed one left behind. Only
    // the holder of the lock comes here.
    let (new, file) = write_temporary(place.beside("tmp"), bytes, mode, loaded)?;
    file.sync_all().map_err(|cause| StoreError::write(&place.folder, cause))?;
    let swapped = swap_in(&new.path, &place.file, loaded, bytes);
    Ok(match swapped.map_err(|cause| StoreError::write(&place.folder, cause))? {
        Swapped::Not => Replaced::Not,
        Swapped::Exchanged => Replaced::By(Some(new)),
        Swapped::Moved => Replaced::By(None),
    })
}

/// A file that goes away again, unless it is renamed to its final name.
pub(super) struct Temporary {
    path: PathBuf,
}

impl Temporary {
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the file its final name, in place of what may have that name.
    pub(super) fn persist(self, path: &Path) -> io::Result<()> {
        fs::rename(&self.path, path)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        // After a rename there is nothing left to remove; what cannot be removed, the next save replaces.
        let _ = fs::remove_file(&self.path);
    }
}

/// Writes `bytes` to a new file at `path`, with `mode`, for the owner of the settings.
pub(super) fn write_temporary(
    path: PathBuf,
    bytes: &[u8],
    mode: u32,
    settings: &Snapshot,
) -> Result<(Temporary, File), StoreError> {
    let folder = folder_of(&path).to_path_buf();
    let refused = |cause| StoreError::write(&folder, cause);
    if bytes.len() as u64 > MAX_BYTES {
        let cause = format!("the settings would be larger than {} MiB", MAX_BYTES >> 20);
        return Err(refused(io::Error::other(cause)));
    }
    let mut file = create_anew(&path).map_err(refused)?;
    let temporary = Temporary { path };
    let mut mode = mode;
    if let Some(owner) = settings.metadata()
        && let Err(cause) = give_to(&file, owner)
    {
        let is_own = file.metadata().map_err(refused)?.uid() == owner.uid();
        match cause.kind() {
            // One's own file of a group that one is not in: it gets one's own group, which gains no rights by that.
            ErrorKind::PermissionDenied if is_own => mode &= !GROUP_RIGHTS,
            ErrorKind::PermissionDenied => {
                let (path, uid, gid) = (settings.path.clone(), owner.uid(), owner.gid());
                return Err(StoreError::Owner { path, uid, gid });
            }
            _ => return Err(refused(cause)),
        }
    }
    // Said outright, since the umask may have taken rights away, and a change of owner does too.
    file.set_permissions(Permissions::from_mode(mode)).map_err(refused)?;
    file.write_all(bytes).map_err(refused)?;
    Ok((temporary, file))
}

/// Creates a file that was not there, in place of what a killed run left; never follows a planted link.
fn create_anew(path: &Path) -> io::Result<File> {
    let create = || OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    create().or_else(|error| match error.kind() {
        ErrorKind::AlreadyExists => fs::remove_file(path).and_then(|()| create()),
        _ => Err(error),
    })
}

/// Opens what has this very name, to read it: a link there is an error, and a pipe is not waited for.
pub(super) fn open_itself(path: &Path, flags: OFlags) -> io::Result<File> {
    open_to_read(path, flags | OFlags::NOFOLLOW)
}

/// Opens a file to read it; a pipe is not waited for.
pub(super) fn open_to_read(path: &Path, flags: OFlags) -> io::Result<File> {
    OpenOptions::new().read(true).custom_flags((flags | OFlags::NONBLOCK).bits() as i32).open(path)
}

/// Gives `file` the owner and the group of `model`, where they differ.
pub(super) fn give_to(file: &File, model: &Metadata) -> io::Result<()> {
    let now = file.metadata()?;
    if (now.uid(), now.gid()) == (model.uid(), model.gid()) {
        return Ok(());
    }
    fchown(file, Some(model.uid()), Some(model.gid()))
}

/// Waits until the names in `folder` are on the disk.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// What stands in the way of reading it as a file; none for a regular file.
pub(super) fn kind_of(file_type: FileType) -> Option<&'static str> {
    match file_type {
        kind if kind.is_file() => None,
        kind if kind.is_dir() => Some("a folder"),
        kind if kind.is_fifo() => Some("a pipe"),
        kind if kind.is_socket() => Some("a socket"),
        _ => Some("a device"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_shows_no_settings() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "hunter2").unwrap();
        let shown = format!("{:?}", Snapshot::load(&file).unwrap());
        assert!(shown.contains("length: Some(7)") && !shown.contains("hunter2"), "{shown}");
    }
}
