//! Replaces the settings file as a whole or not at all.

use std::fs::{self, File, Metadata, OpenOptions, Permissions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt, fchown};
use std::path::{Path, PathBuf};

use tempfile::TempPath;

use super::error::{MAX_BYTES, StoreError};
use super::locate::{Place, folder_of};
use super::snapshot::Snapshot;
use super::swap::{Swapped, swap_in};

/// The mode of a new settings file: for its owner only.
const NEW_MODE: u32 = 0o600;

/// The suffix of the new settings before they replace the old ones, and of the old ones after that.
pub(super) const TEMPORARY: &str = "tmp";

/// The permissions of a file's group.
const GROUP_RIGHTS: u32 = 0o070;

/// Replaces the settings that were `loaded` by `bytes`, unless the file has changed since. After an exchange, the path that
/// this returns is the former file.
///
/// If this is interrupted at any point, the file is the old one or the new one, complete. To keep the new one after a
/// power failure, call [`sync_folder`](super::locate::sync_folder).
pub(super) fn replace(
    place: &Place,
    loaded: &Snapshot,
    bytes: &[u8],
) -> Result<(Swapped, TempPath), StoreError> {
    let refused = |cause| StoreError::write(&place.folder, cause);
    let mode = loaded.metadata().map_or(NEW_MODE, |metadata| metadata.mode() & 0o7777);
    // The name is always the same, so that the next save removes what a killed one left. The lock ensures that there is
    // only one save at a time.
    let (new, file) = write_temporary(place.beside(TEMPORARY), bytes, mode, loaded)?;
    file.sync_all().map_err(refused)?;
    Ok((swap_in(&new, &place.file, loaded, bytes).map_err(refused)?, new))
}

/// Writes `bytes` to a new file at `path`, with `mode` and the owner of the settings.
pub(super) fn write_temporary(
    path: PathBuf,
    bytes: &[u8],
    mode: u32,
    settings: &Snapshot,
) -> Result<(TempPath, File), StoreError> {
    let folder = folder_of(&path).to_path_buf();
    let refused = |cause| StoreError::write(&folder, cause);
    if bytes.len() as u64 > MAX_BYTES {
        let cause = format!("the settings would be larger than {} MiB", MAX_BYTES >> 20);
        return Err(refused(io::Error::other(cause)));
    }
    let mut file = create_fresh(&path)?;
    let temporary = TempPath::try_from_path(path).map_err(refused)?;
    let mut mode = mode;
    if let Some(owner) = settings.metadata()
        && let Err(cause) = give_to(&file, owner)
    {
        let is_own = file.metadata().map_err(refused)?.uid() == owner.uid();
        match cause.kind() {
            // The user's own file, of a group that the user is not in: it gets the user's group, without permissions.
            ErrorKind::PermissionDenied if is_own => mode &= !GROUP_RIGHTS,
            ErrorKind::PermissionDenied => {
                let (path, uid, gid) = (settings.path.clone(), owner.uid(), owner.gid());
                return Err(StoreError::Owner { path, uid, gid });
            }
            _ => return Err(refused(cause)),
        }
    }
    // Set explicitly, because the umask and a change of owner may have removed permissions.
    file.set_permissions(Permissions::from_mode(mode)).map_err(refused)?;
    file.write_all(bytes).map_err(refused)?;
    Ok((temporary, file))
}

/// Creates a file and replaces one that a killed run left; never follows a planted link.
fn create_fresh(path: &Path) -> Result<File, StoreError> {
    let create = || OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let created = match create() {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let in_the_way = |cause| StoreError::InTheWay { path: path.to_path_buf(), cause };
            fs::remove_file(path).map_err(in_the_way)?;
            create()
        }
        created => created,
    };
    created.map_err(|cause| StoreError::write(folder_of(path), cause))
}

/// Gives `file` the owner and group of `model`, if they differ.
pub(super) fn give_to(file: &File, model: &Metadata) -> io::Result<()> {
    let now = file.metadata()?;
    if (now.uid(), now.gid()) == (model.uid(), model.gid()) {
        return Ok(());
    }
    fchown(file, Some(model.uid()), Some(model.gid()))
}
