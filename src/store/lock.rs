//! One change at a time: a lock that other processes and threads wait for.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use rustix::fs::OFlags;

use super::StoreError;
use super::locate::{Place, folder_of};
use super::save::{give_to, sync_folder};

/// Waits for the lock of the settings at `place`; dropping the file releases it, and so does the end of the
/// process. The lock file stays, since removing it would let two processes hold two locks.
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
    match open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => match create(path, place) {
            // Another process was faster.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => open(path),
            created => created,
        },
        opened => opened,
    }
}

fn open(path: &Path) -> io::Result<File> {
    options().open(path)
}

fn create(path: &Path, place: &Place) -> io::Result<File> {
    let file = options().create_new(true).mode(0o600).open(path)?;
    // Root may be the first to edit a user's settings: the user must be able to lock them afterwards. That
    // it fails for others is no harm here, since saving then says whose file it is.
    if let Ok(owner) = place.file.symlink_metadata() {
        let _ = give_to(&file, &owner);
    }
    Ok(file)
}

/// Network file systems lock only what is open for writing. A planted link is not followed, a planted pipe
/// is not waited for.
fn options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true).custom_flags((OFlags::NOFOLLOW | OFlags::NONBLOCK).bits() as i32);
    options
}

/// Makes `folder` and the folders above it, for nobody else to enter, and sees to it that they last.
fn make_folders(folder: &Path) -> Result<(), StoreError> {
    if folder.is_dir() {
        return Ok(());
    }
    let above = folder_of(folder);
    make_folders(above)?;
    let made = match DirBuilder::new().mode(0o700).create(folder) {
        // Another process was faster. If it is not a folder, opening the lock says so.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => Ok(()),
        made => made,
    };
    made.and_then(|()| sync_folder(above)).map_err(|cause| StoreError::write(above, cause))
}
