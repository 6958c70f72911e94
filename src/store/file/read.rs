//! Reads the settings file as it is at one moment.

use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;

use rustix::fs::{CWD, FileType, Mode, OFlags, ResolveFlags, openat2};
use rustix::io::Errno;

use super::folder::Folder;
use super::resolve::resolve;
use crate::store::error::{MAX_BYTES, StoreError};
use crate::store::snapshot::Snapshot;

impl Snapshot {
    /// Reads the regular file at `path`; a pipe or a device gives an error and never blocks.
    pub(super) fn load(path: &Path) -> Result<Self, StoreError> {
        match open_without_links(path) {
            Ok(file) => Self::read(path, file),
            Err(Errno::NOENT) => Ok(Snapshot::nothing(path)),
            // A link, or an old kernel, or another error that this finds as well.
            Err(_) => Self::load_through_links(path),
        }
    }

    fn load_through_links(path: &Path) -> Result<Self, StoreError> {
        let target = resolve(path)?;
        let opened = match (target.missing.is_empty(), target.is_descriptor) {
            (false, _) => Err(ErrorKind::NotFound.into()),
            (true, true) => target.folder.open_descriptor(&target.name),
            (true, false) => target.folder.open_file(&target.name, OFlags::RDONLY),
        };
        Self::opened(path, opened)
    }

    /// Reads the regular file of this name: a symbolic link there is an error.
    pub(super) fn load_in(folder: &Folder, name: &OsStr) -> Result<Self, StoreError> {
        Self::opened(&folder.path_of(name), folder.open_file(name, OFlags::RDONLY))
    }

    fn opened(path: &Path, opened: io::Result<File>) -> Result<Self, StoreError> {
        match opened {
            Ok(file) => Self::read(path, file),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Snapshot::nothing(path)),
            Err(error) if Errno::from_io_error(&error) == Some(Errno::NXIO) => {
                Err(StoreError::NotAFile { path: path.to_path_buf(), kind: "a socket" })
            }
            Err(cause) => Err(StoreError::read(path, cause)),
        }
    }

    fn read(path: &Path, file: File) -> Result<Self, StoreError> {
        let refused = |cause| StoreError::read(path, cause);
        let metadata = file.metadata().map_err(refused)?;
        if let Some(kind) = kind_of(metadata.mode()) {
            return Err(StoreError::NotAFile { path: path.to_path_buf(), kind });
        }
        // One spare byte, so that the buffer does not have to move to grow.
        let room = metadata.len().min(MAX_BYTES) as usize + 1;
        let mut bytes = Vec::with_capacity(room);
        file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(refused)?;
        if bytes.len() as u64 > MAX_BYTES {
            return Err(StoreError::TooLarge(path.to_path_buf()));
        }
        Ok(Snapshot::of_file(path, bytes, metadata))
    }
}

/// Opens a file for reading without waiting for a pipe.
pub(in crate::store) fn open_to_read(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).custom_flags(OFlags::NONBLOCK.bits() as i32).open(path)
}

/// The same for a file whose path has no link, in one system call.
fn open_without_links(path: &Path) -> rustix::io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    Ok(openat2(CWD, path, flags, Mode::empty(), ResolveFlags::NO_SYMLINKS)?.into())
}

/// Returns what a file of this mode is instead of a regular file, if it is not one.
pub(super) fn kind_of(mode: u32) -> Option<&'static str> {
    match FileType::from_raw_mode(mode) {
        FileType::RegularFile => None,
        FileType::Directory => Some("a folder"),
        FileType::Fifo => Some("a pipe"),
        FileType::Socket => Some("a socket"),
        FileType::Symlink => Some("a symbolic link"),
        _ => Some("a device"),
    }
}
