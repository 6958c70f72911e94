//! The settings as they were at one moment.

use std::fmt;
use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Read};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

/// The most bytes that are compared at once.
const MOST_COMPARED: usize = 64 * 1024;

/// The settings as they were at one moment.
pub struct Snapshot {
    /// Where they are kept, for messages.
    name: PathBuf,
    /// None if nothing has been saved yet.
    bytes: Option<Vec<u8>>,
    /// The owner and permissions of their file, if they are in one.
    metadata: Option<Metadata>,
    /// Which message they are in, if they are in a stream.
    mark: Option<Mark>,
}

/// What tells a message from all others: its number, and when it was stored, in nanoseconds since 1970. The stream may have
/// been deleted and created again.
pub(super) type Mark = (u64, u128);

impl Snapshot {
    /// Nothing has been saved yet.
    pub(super) fn nothing(name: impl Into<PathBuf>) -> Self {
        Snapshot { name: name.into(), bytes: None, metadata: None, mark: None }
    }

    /// Settings in a file.
    pub(super) fn of_file(name: &Path, bytes: Vec<u8>, metadata: Metadata) -> Self {
        Snapshot { bytes: Some(bytes), metadata: Some(metadata), ..Snapshot::nothing(name) }
    }

    /// Settings in a message of a stream; none are the defaults, before the first save.
    pub(super) fn of_message(name: &str, bytes: Option<Vec<u8>>, mark: Mark) -> Self {
        Snapshot { bytes, mark: Some(mark), ..Snapshot::nothing(name) }
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
        self.bytes.as_deref()
    }

    /// Returns the bytes of the settings; none if nothing has been saved yet.
    pub(super) fn into_bytes(self) -> Option<Vec<u8>> {
        self.bytes
    }

    /// Whether every user of the machine can read the settings, including secrets.
    pub fn readable_by_others(&self) -> bool {
        self.metadata().is_some_and(is_readable_by_others)
    }

    /// Returns which message the settings are in; none if they are in no stream.
    pub(super) const fn mark(&self) -> Option<Mark> {
        self.mark
    }

    /// Returns the number of the message that the settings are in; 0 without one.
    pub(super) fn sequence(&self) -> u64 {
        self.mark.map_or(0, |(sequence, _)| sequence)
    }

    /// Returns what comparisons use: nothing saved equals nothing set.
    pub(super) fn content(&self) -> &[u8] {
        self.bytes().unwrap_or_default()
    }

    /// Returns the owner and permissions of the file; none if nothing has been saved yet.
    pub(super) fn metadata(&self) -> Option<&Metadata> {
        self.metadata.as_ref()
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
        f.debug_struct("Snapshot").field("name", &self.name).field("length", &length).finish()
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
        let metadata = fs::metadata(&file).unwrap();
        let shown = format!("{:?}", Snapshot::of_file(&file, b"hunter2".to_vec(), metadata));
        assert!(shown.contains("length: Some(7)") && !shown.contains("hunter2"), "{shown}");
    }
}
