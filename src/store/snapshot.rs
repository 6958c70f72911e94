//! Reads the settings file as it is at one moment.

use std::ffi::OsStr;
use std::fmt;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FileType, Mode, OFlags, ResolveFlags, openat2};
use rustix::io::Errno;

use super::error::{MAX_BYTES, StoreError};
use super::folder::Folder;
use super::resolve::resolve;

/// The most bytes that are compared at once.
const MOST_COMPARED: usize = 64 * 1024;

/// The settings as they were at one moment.
pub struct Snapshot {
    pub(super) path: PathBuf,
    /// The bytes with the owner and permissions of the file; none if nothing has been saved yet.
    pub(super) file: Option<(Vec<u8>, Metadata)>,
}

impl Snapshot {
    /// Reads the regular file at `path`; a pipe or a device gives an error and never blocks.
    pub(super) fn load(path: &Path) -> Result<Self, StoreError> {
        match open_without_links(path) {
            Ok(file) => Self::read(path, file),
            Err(Errno::NOENT) => Ok(Snapshot { path: path.to_path_buf(), file: None }),
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
            Err(error) if error.kind() == ErrorKind::NotFound => {
                Ok(Snapshot { path: path.to_path_buf(), file: None })
            }
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
        Ok(Snapshot { path: path.to_path_buf(), file: Some((bytes, metadata)) })
    }

    /// Whether these are the bytes of `file`, which is not held in memory for that.
    pub(super) fn is_in(&self, file: &File) -> io::Result<bool> {
        let mut rest = self.content();
        let mut part = vec![0; rest.len().saturating_add(1).min(MOST_COMPARED)];
        loop {
            let length = match (&*file).read(&mut part) {
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                read => read?,
            };
            match rest.strip_prefix(&part[..length]) {
                Some([]) if length == 0 => return Ok(true),
                Some(after) if length > 0 => rest = after,
                _ => return Ok(false),
            }
        }
    }

    /// Returns the bytes of the settings; none if nothing has been saved yet.
    pub fn bytes(&self) -> Option<&[u8]> {
        self.file.as_ref().map(|(bytes, _)| bytes.as_slice())
    }

    /// Whether every user of the machine can read the settings, including secrets.
    pub fn readable_by_others(&self) -> bool {
        self.metadata().is_some_and(is_readable_by_others)
    }

    /// Returns what comparisons use: nothing saved equals nothing set.
    pub(super) fn content(&self) -> &[u8] {
        self.bytes().unwrap_or_default()
    }

    /// Returns the owner and permissions of the file; none if nothing has been saved yet.
    pub(super) fn metadata(&self) -> Option<&Metadata> {
        self.file.as_ref().map(|(_, metadata)| metadata)
    }
}

/// Whether every user of the machine can read a file that the settings refer to.
pub fn readable_by_others(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| is_readable_by_others(&metadata))
}

fn is_readable_by_others(metadata: &Metadata) -> bool {
    metadata.mode() & 0o004 != 0
}

impl fmt::Debug for Snapshot {
    /// Shows only the length, because the bytes may contain secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = self.bytes().map(<[u8]>::len);
        f.debug_struct("Snapshot").field("path", &self.path).field("length", &length).finish()
    }
}

/// Opens a file for reading without waiting for a pipe.
pub(super) fn open_to_read(path: &Path) -> io::Result<File> {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_no_settings() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        fs::write(&file, "hunter2").unwrap();
        let shown = format!("{:?}", Snapshot::load(&file).unwrap());
        assert!(shown.contains("length: Some(7)") && !shown.contains("hunter2"), "{shown}");
    }
}
