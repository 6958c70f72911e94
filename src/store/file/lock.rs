//! The lock that allows one change at a time, also across processes and threads.

use std::ffi::OsStr;
use std::fs::{File, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use rustix::fs::OFlags;

use super::owners::{Owners, is_own};
use super::ownership;
use super::place::Place;
use crate::store::error::StoreError;

/// How long a change waits for the lock before it reports that it waits.
const SILENT: Duration = Duration::from_secs(1);

/// How a change waits for the lock.
#[derive(Clone, Copy, Debug)]
pub(super) struct Patience {
    /// How long it waits.
    pub(super) timeout: Duration,
    /// Reports after [`SILENT`] that it waits for the lock at this path.
    pub(super) report: fn(&Path),
}

/// Waits for the lock of the settings at `place`. Dropping the file or ending the process releases it. The lock file
/// stays, because removing it would let two processes hold two locks.
pub(super) fn acquire(place: &Place, patience: Patience) -> Result<File, StoreError> {
    let name = place.beside("lock");
    let path = place.folder.path_of(&name);
    let failed = |cause| StoreError::write(&path, cause);
    let file = open_or_create(place, &name).map_err(|cause| match place.folder.stat(&name) {
        Ok(planted) => ensure_trusted(&path, planted.st_uid, place).err().unwrap_or_else(|| failed(cause)),
        Err(_) => StoreError::write(place.folder.path(), cause),
    })?;
    ensure_trusted(&path, file.metadata().map_err(failed)?.uid(), place)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => wait(file, &path, patience),
        Err(TryLockError::Error(cause)) => Err(failed(cause)),
    }
}

/// Fails if another user may have planted the lock at `path`, which belongs to the user `uid`.
fn ensure_trusted(path: &Path, uid: u32, place: &Place) -> Result<(), StoreError> {
    if is_own(uid) {
        return Ok(());
    }
    let owners = Owners::of(place, place.metadata().as_ref())?;
    // Where only its owner may create files, nobody else planted it.
    if !owners.is_shared || owners.trust(uid) {
        return Ok(());
    }
    Err(StoreError::LockUntrusted { path: path.to_path_buf(), uid })
}

/// Waits until another process releases the lock.
fn wait(file: File, path: &Path, patience: Patience) -> Result<File, StoreError> {
    let arrival = lock_in_thread(file).map_err(|cause| StoreError::write(path, cause))?;
    let silent = SILENT.min(patience.timeout);
    let mut arrived = arrival.recv_timeout(silent);
    if matches!(arrived, Err(RecvTimeoutError::Timeout)) && patience.timeout > silent {
        (patience.report)(path);
        arrived = arrival.recv_timeout(patience.timeout.saturating_sub(silent));
    }
    match arrived {
        Ok(locked) => locked.map_err(|cause| StoreError::write(path, cause)),
        Err(_) => Err(StoreError::Locked { path: path.to_path_buf(), waited: patience.timeout }),
    }
}

/// Waits for the lock in a thread of its own, since the system call has no timeout. After the timeout of the receiver,
/// the thread releases the lock as soon as it has it.
fn lock_in_thread(file: File) -> io::Result<Receiver<io::Result<File>>> {
    let (sender, receiver) = channel();
    thread::Builder::new().name("lock".to_owned()).spawn(move || {
        let locked = loop {
            match file.lock() {
                Err(cause) if cause.kind() == ErrorKind::Interrupted => {}
                locked => break locked,
            }
        };
        let _ = sender.send(locked.map(|()| file));
    })?;
    Ok(receiver)
}

fn open_or_create(place: &Place, name: &OsStr) -> io::Result<File> {
    let folder = &place.folder;
    // Network file systems lock only files open for writing.
    let open = || folder.open_file(name, OFlags::RDWR);
    match open() {
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        opened => return opened,
    }
    match folder.create_file(name) {
        // Another process was faster.
        Err(error) if error.kind() == ErrorKind::AlreadyExists => open(),
        Err(error) => Err(error),
        Ok(file) => {
            // Root may be the first to edit a user's settings, and the user must be able to lock them afterwards. For
            // other users, saving reports who owns the file; their lock would not be trusted, so it must not stay.
            if let Some(owner) = ownership::of_private_files(folder, place.metadata().as_ref())?
                && owner.take(&file).is_err()
                && owner.uid != file.metadata()?.uid()
            {
                folder.remove(name)?;
            }
            Ok(file)
        }
    }
}
