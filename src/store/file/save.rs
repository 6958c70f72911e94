//! Replaces the settings file as a whole or not at all.

use std::ffi::OsStr;
use std::fs::{File, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::PathBuf;
use std::rc::Rc;

use rustix::fs::OFlags;

use super::attributes::{self, Lost};
use super::folder::{Folder, Temporary};
use super::ownership::{self, Owner};
use super::place::Place;
use super::swap::{Swapped, swap_in};
use crate::store::error::{MAX_BYTES, StoreError};
use crate::store::snapshot::Snapshot;

/// The suffix of the new settings before they replace the old ones, and of the old ones after that.
pub(super) const TEMPORARY: &str = "tmp";

/// The permissions of a file's group.
const GROUP_RIGHTS: u32 = 0o070;

/// Whose a new file is, and who else may use it.
pub(super) struct Access {
    /// The settings file, for messages.
    pub(super) settings: PathBuf,
    /// The owner; none is the process that writes it.
    pub(super) owner: Option<Owner>,
    pub(super) mode: u32,
    /// The file whose access control list and other extended attributes it gets.
    pub(super) model: Option<File>,
}

/// Replaces the settings that were `loaded` by `bytes`, unless the file has changed since. After an exchange, the file that
/// this returns is the former one.
///
/// If this is interrupted at any point, the file is the old one or the new one, complete. To keep the new one after a
/// power failure, call [`Folder::sync`].
pub(super) fn replace(
    place: &Place,
    loaded: &Snapshot,
    bytes: &[u8],
) -> Result<(Swapped, Temporary), StoreError> {
    let refused = |cause| StoreError::write(place.folder.path(), cause);
    let access = access(place, loaded).map_err(refused)?;
    // The name is always the same, so that the next save removes what a killed one left. The lock ensures that there is
    // only one save at a time.
    let (new, file) = write_temporary(&place.folder, &place.beside(TEMPORARY), bytes, &access)?;
    file.sync_all().map_err(refused)?;
    Ok((swap_in(new.name(), place, loaded, bytes).map_err(refused)?, new))
}

/// Returns what the settings file is to have: what it has now, or what is usual in its folder.
fn access(place: &Place, loaded: &Snapshot) -> io::Result<Access> {
    let model = match loaded.bytes().map(|_| place.folder.open_file(place.name(), OFlags::RDONLY)) {
        Some(Ok(file)) => Some(file),
        // If it was removed since it was read, the swap notices.
        Some(Err(error)) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => None,
    };
    let (owner, mode) = match model.as_ref().map(File::metadata).transpose()? {
        Some(metadata) => (Some(Owner::of(&metadata)), metadata.mode() & 0o7777),
        None => ownership::of_new_settings(&place.folder)?,
    };
    Ok(Access { settings: place.file.clone(), owner, mode, model })
}

/// Writes `bytes` to a new file.
pub(super) fn write_temporary(
    folder: &Rc<Folder>,
    name: &OsStr,
    bytes: &[u8],
    access: &Access,
) -> Result<(Temporary, File), StoreError> {
    let refused = |cause| StoreError::write(folder.path(), cause);
    if bytes.len() as u64 > MAX_BYTES {
        let cause = format!("the settings would be larger than {} MiB", MAX_BYTES >> 20);
        return Err(refused(io::Error::other(cause)));
    }
    let mut file = create_fresh(folder, name)?;
    let temporary = Temporary::new(folder, name);
    grant(&file, folder, access)?;
    file.write_all(bytes).map_err(refused)?;
    Ok((temporary, file))
}

/// Gives a new file its owner, attributes and mode, in this order, so that at no time more users can read it than in the end.
fn grant(file: &File, folder: &Folder, access: &Access) -> Result<(), StoreError> {
    let refused = |cause| StoreError::write(folder.path(), cause);
    let path = || access.settings.clone();
    let lost = |Lost { what, cause }| StoreError::Attributes { path: path(), what, cause };
    let mut mode = access.mode;
    if let Some(owner) = access.owner
        && let Err(cause) = owner.take(file)
    {
        let is_own = file.metadata().map_err(refused)?.uid() == owner.uid;
        match cause.kind() {
            // The user's own file, of a group that the user is not in: it gets the user's group, without permissions. An
            // access control list would have entries for the wrong group.
            ErrorKind::PermissionDenied if is_own => {
                access.model.as_ref().map_or(Ok(()), attributes::refuse_acl).map_err(lost)?;
                mode &= !GROUP_RIGHTS;
            }
            ErrorKind::PermissionDenied => {
                return Err(StoreError::Owner { path: path(), uid: owner.uid, gid: owner.gid });
            }
            _ => return Err(refused(cause)),
        }
    }
    if let Some(model) = &access.model {
        attributes::copy(model, file).map_err(lost)?;
    }
    // Set explicitly, because the umask and a change of owner may have removed permissions.
    file.set_permissions(Permissions::from_mode(mode)).map_err(refused)
}

/// Creates a file and replaces one that a killed run left; never follows a planted link.
fn create_fresh(folder: &Folder, name: &OsStr) -> Result<File, StoreError> {
    let created = match folder.create_file(name) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let in_the_way = |cause| StoreError::InTheWay { path: folder.path_of(name), cause };
            folder.remove(name).map_err(in_the_way)?;
            folder.create_file(name)
        }
        created => created,
    };
    created.map_err(|cause| StoreError::write(folder.path(), cause))
}
