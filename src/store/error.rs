//! The errors of the store, each with a hint.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::Duration;

use humantime::format_duration;
use rustix::io::Errno;
use thiserror::Error;

use crate::engine::EngineError;

/// The largest settings that are read or saved, in bytes.
pub const MAX_BYTES: u64 = 16 * 1024 * 1024;

/// Why the settings could not be found, read, saved or restored.
#[derive(Debug, Error)]
pub enum StoreError {
    /// The folder of the settings is unknown.
    #[error("the folder of the settings is unknown: neither XDG_CONFIG_HOME nor HOME is an absolute path")]
    NoHome,
    /// The operating system cannot read this path.
    #[error("cannot read {}: {}", path.display(), describe(cause))]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// The error of the operating system.
        cause: io::Error,
    },
    /// The path is not a regular file.
    #[error("{} is {kind}, not a regular file", path.display())]
    NotAFile {
        /// The path.
        path: PathBuf,
        /// What it is instead: `a folder`, `a pipe`…
        kind: &'static str,
    },
    /// The file is larger than [`MAX_BYTES`].
    #[error("{} is larger than {} MiB", .0.display(), MAX_BYTES >> 20)]
    TooLarge(PathBuf),
    /// The symbolic links at this path form a cycle, or are too many.
    #[error("{} leads through too many symbolic links", .0.display())]
    LinkCycle(PathBuf),
    /// Another user could have put this link there to lead this user elsewhere.
    #[error("{} is a link of user {uid} to what belongs to user {owner}", link.display())]
    LinkUntrusted {
        /// The link.
        link: PathBuf,
        /// The numeric ID of its owner.
        uid: u32,
        /// The numeric ID of the owner of the file, or of the folder in which it would be created.
        owner: u32,
    },
    /// Saving would lose an extended attribute of the file. The settings are unchanged.
    #[error("cannot keep the {what} of {}: {}", path.display(), describe(cause))]
    Attributes {
        /// The settings file.
        path: PathBuf,
        /// What would be lost: `access control list`, `extended attribute user.origin`.
        what: String,
        /// The error of the operating system.
        cause: io::Error,
    },
    /// The operating system cannot write to this path. The settings are unchanged.
    #[error("cannot write to {}: {}", path.display(), describe(cause))]
    Write {
        /// The file or folder.
        path: PathBuf,
        /// The error of the operating system.
        cause: io::Error,
    },
    /// Saving would change the owner of the file. The settings are unchanged.
    #[error("{} belongs to user {uid} and group {gid}, and you cannot create files for them", path.display())]
    Owner {
        /// The settings file.
        path: PathBuf,
        /// The numeric ID of its user.
        uid: u32,
        /// The numeric ID of its group.
        gid: u32,
    },
    /// A file that cannot be removed has the name of a temporary file. The settings are unchanged.
    #[error("{} is in the way and cannot be removed: {}", path.display(), describe(cause))]
    InTheWay {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        cause: io::Error,
    },
    /// Another process kept the settings locked. They are unchanged.
    #[error("another process has kept {} locked for {}", path.display(), format_duration(*waited))]
    Locked {
        /// The lock.
        path: PathBuf,
        /// How long this process waited for it.
        waited: Duration,
    },
    /// Another user created the lock, and could hold it for ever. The settings are unchanged.
    #[error("the lock {} belongs to user {uid}, who could block every change", path.display())]
    LockUntrusted {
        /// The lock.
        path: PathBuf,
        /// The numeric ID of that user.
        uid: u32,
    },
    /// Another user created the history, and could replace what is in it.
    #[error("the history {} belongs to user {uid}, so it is not used", path.display())]
    HistoryUntrusted {
        /// The folder of the history.
        path: PathBuf,
        /// The numeric ID of that user.
        uid: u32,
    },
    /// Another process changed the file at every attempt. Its changes are in effect.
    #[error("{} was changed by another process before each attempt to save it", .0.display())]
    KeepsChanging(PathBuf),
    /// The new settings are in effect, but the history could not be updated.
    #[error("{} was saved, but its history could not be updated: {}", path.display(), describe(cause))]
    HistoryIncomplete {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        cause: io::Error,
    },
    /// The settings in an engine are larger than [`MAX_BYTES`].
    #[error("{} is larger than {} MiB", .0, MAX_BYTES >> 20)]
    TooLargeShared(String),
    /// The settings are shared, and their engine did not do what it was to do.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The history has no version of this number.
    #[error("the history has no version {0}")]
    NoSuchVersion(u64),
    /// The history has no version before the settings in effect.
    #[error("there is nothing to undo")]
    NothingToUndo,
}

impl StoreError {
    /// Returns what to do about it, in one sentence.
    pub fn hint(&self) -> String {
        let hint = match self {
            StoreError::NoHome => "set HOME, or give the file with --config FILE",
            StoreError::Read { cause, .. } | StoreError::Write { cause, .. } => remedy(cause),
            StoreError::NotAFile { .. } => "give a regular file with --config FILE",
            StoreError::TooLarge(_) => "check that this is a settings file, and shorten it by hand",
            StoreError::LinkCycle(_) => "make the link point to a regular file",
            StoreError::LinkUntrusted { .. } => "if you trust it, name the file that it leads to instead",
            StoreError::Attributes { cause, .. } if cause.kind() != ErrorKind::PermissionDenied => {
                remedy(cause)
            }
            StoreError::Attributes { .. } => {
                "run the command as a user who may set it, or remove it from the file first ('setfacl -b', 'setfattr -x')"
            }
            StoreError::Owner { uid, .. } => {
                return format!("run the command as that user (sudo -u '#{uid}') or as root");
            }
            StoreError::InTheWay { .. }
            | StoreError::LockUntrusted { .. }
            | StoreError::HistoryUntrusted { .. } => {
                "remove it as its owner or as root, then run the command again"
            }
            StoreError::Locked { .. } => {
                "wait until it has finished (lslocks lists it), or wait longer with --lock-timeout"
            }
            StoreError::KeepsChanging(_) => "stop the other process, then run the command again",
            StoreError::HistoryIncomplete { .. } => {
                "the new settings are in effect; the next change records them in the history"
            }
            StoreError::TooLargeShared(_) => {
                "restore an earlier version with 'cowork-calls config undo --yes'"
            }
            StoreError::Engine(error) => error.hint(),
            StoreError::NoSuchVersion(_) => "list the versions with 'cowork-calls config history'",
            StoreError::NothingToUndo => "the history starts with the first change",
        };
        hint.to_owned()
    }

    /// Whether permissions, the file system or another user's lock forbid writing.
    pub(super) fn is_forbidden(&self) -> bool {
        match self {
            StoreError::Write { cause, .. } => {
                matches!(cause.kind(), ErrorKind::PermissionDenied | ErrorKind::ReadOnlyFilesystem)
            }
            StoreError::LockUntrusted { .. } => true,
            _ => false,
        }
    }

    pub(super) fn read(path: &Path, cause: io::Error) -> Self {
        StoreError::Read { path: path.to_path_buf(), cause }
    }

    pub(super) fn write(path: &Path, cause: io::Error) -> Self {
        StoreError::Write { path: path.to_path_buf(), cause }
    }
}

/// Describes an error of the operating system in plain words, without its number.
pub fn describe(cause: &io::Error) -> String {
    let words = match cause.kind() {
        ErrorKind::StorageFull => "the disk is full",
        ErrorKind::QuotaExceeded => "the disk quota is exceeded",
        ErrorKind::FileTooLarge => "the file would exceed the limit on file sizes",
        ErrorKind::ReadOnlyFilesystem => "the file system is read-only",
        ErrorKind::PermissionDenied => "permission denied",
        ErrorKind::ResourceBusy => "the file is a mount point, so it cannot be replaced",
        ErrorKind::IsADirectory => "it is a folder",
        ErrorKind::NotADirectory => "part of the path is not a folder",
        ErrorKind::InvalidFilename => "the name is too long",
        _ if Errno::from_io_error(cause) == Some(Errno::LOOP) => "there is a symbolic link in the path",
        _ => return without_number(&cause.to_string()),
    };
    words.to_owned()
}

/// Turns `No such device (os error 19)` into `no such device`.
fn without_number(text: &str) -> String {
    let text = text.split_once(" (os error").map_or(text, |(words, _)| words);
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

fn remedy(cause: &io::Error) -> &'static str {
    match cause.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "free some space, then run the command again",
        ErrorKind::FileTooLarge => "raise the limit on file sizes ('ulimit -f unlimited')",
        ErrorKind::PermissionDenied => "run the command as a user with permission, for example with sudo",
        ErrorKind::ResourceBusy => "mount the folder that contains the file instead",
        _ => "fix this file, or give another one with --config FILE",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn describes_causes_in_plain_words() {
        let words = |number| describe(&io::Error::from_raw_os_error(number));
        assert_eq!(words(28), "the disk is full");
        assert_eq!(words(30), "the file system is read-only");
        assert_eq!(words(13), "permission denied");
        assert_eq!(words(19), "no such device");
        assert_eq!(describe(&io::Error::other("Écrit")), "écrit");
    }
}
