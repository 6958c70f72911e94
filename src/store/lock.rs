//! The lock that allows one change at a time, also across processes and threads.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::OFlags;

use super::error::StoreError;
use super::locate::{Place, folder_of, sync_folder};
use super::save::give_to;

/// Waits for the lock of the settings at `place`. Dropping the file or ending the process releases it. The lock file
/// stays, because removing it would let two processes hold two locks.
pub(super) fn acquire(place: &Place) -> Result<File, StoreError> {
    let path = place.beside("lock");
    let mut opened = open_or_create(&path, place);
    if matches!(&opened, Err(error) if error.kind() == ErrorKind::NotFound) {
        make_folders(&place.folder)?;
        opened = open_or_create(&path, place);
    }
    let file = opened.map_err(|cause| {
        let exists = path.symlink_metadata().is_ok();
        StoreError::write(if exists { &path } else { &place.folder }, cause)
    })?;
    while let Err(cause) = file.lock() {
        if cause.kind() != ErrorKind::Interrupted {
            return Err(StoreError::write(&path, cause));
        }
    }
    Ok(file)
}

fn open_or_create(path: &Path, place: &Place) -> io::Result<File> {
    // Network file systems lock only files open for writing. Planted links are not followed, planted pipes do not block.
    let mut options = OpenOptions::new();
    options.read(true).write(true).custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits() as i32);
    match options.open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        opened => return opened,
    }
    match options.clone().create_new(true).mode(0o600).open(path) {
        // Another process was faster.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => options.open(path),
        Err(error) => Err(error),
        Ok(file) => {
            // Root may be the first to edit a user's settings, and the user must be able to lock them afterwards. Best
            // effort: for other users, saving reports who owns the file.
            if let Ok(owner) = place.file.symlink_metadata() {
                let _ = give_to(&file, &owner);
            }
            Ok(file)
        }
    }
}

/// Creates `folder` and its parents, accessible only to their owner, and syncs them.
fn make_folders(folder: &Path) -> Result<(), StoreError> {
    if folder.is_dir() {
        return Ok(());
    }
    let above = folder_of(folder);
    make_folders(above)?;
    let made = match DirBuilder::new().mode(0o700).create(folder) {
        // Another process was faster. If it is not a folder, opening the lock reports it.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        made => made,
    };
    made.and_then(|()| sync_folder(above)).map_err(|cause| StoreError::write(above, cause))
}
