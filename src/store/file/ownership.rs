//! Who owns the files and folders that are created, and who else may read them.

use std::ffi::OsStr;
use std::fs::{File, Metadata};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{MetadataExt, fchown};

use rustix::process::geteuid;

use super::attributes::has_acl;
use super::folder::Folder;

/// The mode of a file for its owner only.
pub(super) const PRIVATE: u32 = 0o600;

/// The mode of a file that a group may read as well.
const FOR_GROUP: u32 = 0o640;

/// The permissions of a folder whose group can read the files in it.
const GROUP_READS: u32 = 0o050;

/// A user and a group, by their IDs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    pub(super) uid: u32,
    pub(super) gid: u32,
}

impl Owner {
    pub(super) fn of(file: &Metadata) -> Self {
        Owner { uid: file.uid(), gid: file.gid() }
    }

    /// Gives `file` to this owner, if it has another one.
    pub(super) fn take(self, file: &File) -> io::Result<()> {
        match Owner::of(&file.metadata()?) == self {
            true => Ok(()),
            false => fchown(file, Some(self.uid), Some(self.gid)),
        }
    }
}

/// Returns the owner and the mode of new settings in `folder`; no owner means the process that saves them.
///
/// Root saves for others: in the folder of another user for that user, and in a folder of its own that another group may
/// read, such as `/etc/cowork-calls`, for that group.
pub(super) fn of_new_settings(folder: &Folder) -> io::Result<(Option<Owner>, u32)> {
    let metadata = folder.metadata()?;
    if !geteuid().is_root() || (metadata.uid(), metadata.gid()) == (0, 0) {
        return Ok((None, PRIVATE));
    }
    if metadata.uid() != 0 {
        return Ok((Some(Owner::of(&metadata)), PRIVATE));
    }
    // With an ACL, the mode does not say what the group may do.
    let is_shared = metadata.mode() & GROUP_READS == GROUP_READS && !has_acl(&folder.open_itself()?)?;
    Ok(if is_shared { (Some(Owner::of(&metadata)), FOR_GROUP) } else { (None, PRIVATE) })
}

/// Returns the owner of what is created in `folder` for the owner of the `settings` only: the lock, the history and new
/// folders. No owner means the process that creates it.
pub(super) fn of_private_files(folder: &Folder, settings: Option<&Metadata>) -> io::Result<Option<Owner>> {
    let ours = geteuid();
    if let Some(settings) = settings {
        return Ok((settings.uid() != ours.as_raw()).then(|| Owner::of(settings)));
    }
    let metadata = folder.metadata()?;
    Ok((ours.is_root() && metadata.uid() != 0).then(|| Owner::of(&metadata)))
}

/// Opens the folder `name` in `above`. If there is none, creates it, accessible only to `owner`.
///
/// # Errors
/// When it is not a folder; a link is not followed.
pub(super) fn open_or_create(above: &Folder, name: &OsStr, owner: Option<Owner>) -> io::Result<Folder> {
    match above.create_folder(name) {
        Ok(()) => {}
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return above.enter(name),
        Err(error) => return Err(error),
    }
    let folder = above.enter(name)?;
    // Only a folder that this process created is given away, not one that was put in its place: that one may have files.
    // Best effort: if it is not permitted, saving reports who owns the settings.
    if let Some(owner) = owner
        && folder.metadata()?.uid() == geteuid().as_raw()
        && folder.is_empty()?
    {
        let _ = owner.take(&folder.open_itself()?);
    }
    Ok(folder)
}
