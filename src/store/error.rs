//! What can go wrong with the stored settings, in words that say what to do about it.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use rustix::io::Errno;
use thiserror::Error;

use super::MAX_BYTES;

/// Why settings could not be found, read, saved or brought back.
#[derive(Debug, Error)]
pub enum StoreError {
    /// No folder for the settings is known.
    #[error("no folder for the settings is known: neither XDG_CONFIG_HOME nor HOME is an absolute path")]
    NoHome,
    /// The operating system refused to read this path.
    #[error("cannot read {}: {}", path.display(), in_words(cause))]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        cause: io::Error,
    },
    /// Something else stands where the settings file should.
    #[error("{} is {kind}, not a regular file", path.display())]
    NotAFile {
        /// What should be a file.
        path: PathBuf,
        /// What it is: `a folder`, `a pipe`…
        kind: &'static str,
    },
    /// The file is larger than [`MAX_BYTES`].
    #[error("{} is larger than {} MiB", path.display(), MAX_BYTES >> 20)]
    TooLarge {
        /// The file.
        path: PathBuf,
    },
    /// Symbolic links lead round in a circle.
    #[error("{} leads from one symbolic link to the next without end", path.display())]
    LinkCycle {
        /// The path that was followed.
        path: PathBuf,
    },
    /// The operating system refused to write to this path. The settings are as before.
    #[error("cannot write to {}: {}", path.display(), in_words(cause))]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system said.
        cause: io::Error,
    },
    /// Saving would take the file away from its owner. The settings are as before.
    #[error("{} belongs to user {uid} and group {gid}, and you may not save files for them", path.display())]
    Owner {
        /// The settings file.
        path: PathBuf,
        /// The number of the user it belongs to.
        uid: u32,
        /// The number of the group it belongs to.
        gid: u32,
    },
    /// Somebody else changed the file at each try. Those changes are in force.
    #[error("{} was changed by somebody else each time it was about to be saved", path.display())]
    KeepsChanging {
        /// The file.
        path: PathBuf,
    },
    /// The new settings are in force, but the work after that failed.
    #[error("{} was saved, but not all of its history: {}", path.display(), in_words(cause))]
    Unsettled {
        /// The file.
        path: PathBuf,
        /// What the operating system said.
        cause: io::Error,
    },
    /// The history has no version of this number.
    #[error("the history has no version {id}")]
    NoSuchVersion {
        /// The number that was asked for.
        id: u64,
    },
    /// The history has no version before the settings in force.
    #[error("there is nothing to undo")]
    NothingToUndo,
}

impl StoreError {
    /// The code that scripts can rely on.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            StoreError::NoHome => "no-home",
            StoreError::Read { .. }
            | StoreError::NotAFile { .. }
            | StoreError::TooLarge { .. }
            | StoreError::LinkCycle { .. } => "config-unreadable",
            StoreError::Write { .. } | StoreError::Owner { .. } => "config-unwritable",
            StoreError::KeepsChanging { .. } => "config-keeps-changing",
            StoreError::Unsettled { .. } => "config-unsettled",
            StoreError::NoSuchVersion { .. } => "history-not-found",
            StoreError::NothingToUndo => "nothing-to-undo",
        }
    }

    /// What to do about it, in one sentence.
    #[must_use]
    pub fn hint(&self) -> String {
        let hint = match self {
            StoreError::NoHome => "set HOME, or name the file with --config FILE",
            StoreError::Read { cause, .. } | StoreError::Write { cause, .. } => return remedy(cause),
            StoreError::NotAFile { .. } => "name a regular file with --config FILE",
            StoreError::TooLarge { .. } => "check that this is a settings file, and shorten it by hand",
            StoreError::LinkCycle { .. } => "let the link point at a regular file",
            StoreError::Owner { uid, .. } => {
                return format!("run the command as that user (sudo -u '#{uid}') or as root");
            }
            StoreError::KeepsChanging { .. } => "stop what else writes the file, then run the command again",
            StoreError::Unsettled { .. } => {
                "the new settings are in force; the next change records them in the history"
            }
            StoreError::NoSuchVersion { .. } => "see the versions with 'cowork-calls config history'",
            StoreError::NothingToUndo => "the history begins with the first change",
        };
        hint.to_owned()
    }

    /// Whether somebody else, or the file system, forbids to write.
    pub(super) fn is_forbidden(&self) -> bool {
        let kind = match self {
            StoreError::Write { cause, .. } => cause.kind(),
            _ => return false,
        };
        matches!(kind, ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem)
    }

    pub(super) fn read(path: &Path, cause: io::Error) -> Self {
        StoreError::Read { path: path.to_path_buf(), cause }
    }

    pub(super) fn write(path: &Path, cause: io::Error) -> Self {
        StoreError::Write { path: path.to_path_buf(), cause }
    }
}

/// The cause as an administrator would say it, without error numbers.
#[must_use]
pub fn in_words(cause: &io::Error) -> String {
    let words = match cause.kind() {
        ErrorKind::StorageFull => "the disk is full",
        ErrorKind::QuotaExceeded => "the disk quota is used up",
        ErrorKind::FileTooLarge => "the file would be larger than the limit on the size of files",
        ErrorKind::ReadOnlyFilesystem => "the file system is read-only",
        ErrorKind::PermissionDenied => "permission denied",
        ErrorKind::ResourceBusy => "the file is mounted by itself, so it cannot be replaced",
        ErrorKind::NotADirectory => "something there is not a folder",
        ErrorKind::InvalidFilename => "the name is too long",
        _ if Errno::from_io_error(cause) == Some(Errno::LOOP) => "a symbolic link stands in the way",
        _ => return without_number(&cause.to_string()),
    };
    words.to_owned()
}

/// `No such device (os error 19)` as `no such device`.
fn without_number(text: &str) -> String {
    let text = text.split_once(" (os error").map_or(text, |(words, _)| words);
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

fn remedy(cause: &io::Error) -> String {
    let remedy = match cause.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "free some space, then run the command again",
        ErrorKind::FileTooLarge => "raise the limit on the size of files ('ulimit -f unlimited')",
        ErrorKind::PermissionDenied => "run the command as a user who has the right, for instance with sudo",
        ErrorKind::ResourceBusy => "mount the folder that holds the file instead",
        _ => "name another file with --config FILE, or mend this one",
    };
    remedy.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn causes_are_plain_words() {
        let words = |number| in_words(&io::Error::from_raw_os_error(number));
        assert_eq!(words(28), "the disk is full");
        assert_eq!(words(30), "the file system is read-only");
        assert_eq!(words(13), "permission denied");
        assert_eq!(words(19), "no such device");
        assert_eq!(in_words(&io::Error::other("Écrit")), "écrit");
    }
}
