//! Notices that files may have been replaced, without looking at them: no file system is waited for.

use std::fs;
use std::io::ErrorKind;
use std::os::fd::OwnedFd;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::inotify::{self, CreateFlags, WatchFlags};
use rustix::io::{Errno, read};

use super::settings::Store;

/// Notices that files may have been replaced. Only the kernel of this machine reports changes: a file on a network file
/// system that another machine replaces has to be found by looking at it.
#[derive(Debug)]
pub struct Notices {
    /// None where the system allows no more of them.
    inotify: Option<OwnedFd>,
    /// Whether the folders of all files are watched.
    is_complete: AtomicBool,
}

impl Notices {
    /// Watches the folders of these files from now on.
    pub fn of(files: &[&Store]) -> Self {
        let inotify = inotify::init(CreateFlags::CLOEXEC | CreateFlags::NONBLOCK).ok();
        let notices = Notices { inotify, is_complete: AtomicBool::new(false) };
        notices.watch(files);
        notices
    }

    /// Whether one of the files may have been replaced since [`Notices::clear`], for several notices. Costs one system
    /// call in all, which never waits.
    pub fn any_of<const N: usize>(all: [&Notices; N]) -> [bool; N] {
        let mut any = [true; N];
        let inotify = all.iter().filter_map(|notices| {
            notices.inotify.as_ref().filter(|_| notices.is_complete.load(Ordering::Relaxed))
        });
        let mut polled: Vec<_> = inotify.map(|inotify| PollFd::new(inotify, PollFlags::IN)).collect();
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        if polled.len() == N && poll(&mut polled, Some(&now)).is_ok() {
            for (any, polled) in any.iter_mut().zip(&polled) {
                *any = !polled.revents().is_empty();
            }
        }
        any
    }

    /// Starts again: the files may have been replaced until now, and their folders, too. Returns whether this is so.
    pub fn clear(&self) -> bool {
        let Some(inotify) = &self.inotify else { return true };
        let mut any = !self.is_complete.load(Ordering::Relaxed);
        let mut events = [0; 4096];
        // What is read is also returned: a change that comes between a look and the reading would be lost.
        while read(inotify, &mut events).is_ok_and(|length| length > 0) {
            any = true;
        }
        any
    }

    /// Watches the folders of these files, which may have changed. Waits for the file system. An engine reports changes by
    /// itself.
    pub fn watch(&self, files: &[&Store]) {
        let Some(inotify) = &self.inotify else { return };
        let is_complete = files.iter().filter_map(|file| file.path()).all(|path| watch_file(inotify, path));
        self.is_complete.store(is_complete, Ordering::Relaxed);
    }
}

/// Watches the folder of a file, and that of its target if it is a link.
fn watch_file(inotify: &OwnedFd, path: &Path) -> bool {
    let target = fs::canonicalize(path).ok();
    [Some(path), target.as_deref()].into_iter().flatten().all(|path| watch_folder(inotify, path))
}

/// Watches the folder of a path, or as long as there is none, the nearest one above it.
fn watch_folder(inotify: &OwnedFd, path: &Path) -> bool {
    let mut watched = None;
    loop {
        let mut folders = path.ancestors().skip(1).enumerate();
        let nearest = folders.find_map(|(depth, folder)| match add(inotify, folder) {
            Ok(()) => Some(Ok(depth)),
            Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => None,
            Err(error) => Some(Err(error)),
        });
        match nearest {
            Some(Ok(0)) => return true,
            // Again: a folder may have been created before the one above it was watched.
            Some(Ok(depth)) if watched != Some(depth) => watched = Some(depth),
            Some(Ok(_)) => return true,
            Some(Err(_)) | None => return false,
        }
    }
}

fn add(inotify: &OwnedFd, folder: &Path) -> Result<(), std::io::Error> {
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    let flags = WatchFlags::ONLYDIR
        | WatchFlags::CREATE
        | WatchFlags::MOVED_TO
        | WatchFlags::MOVED_FROM
        | WatchFlags::DELETE
        | WatchFlags::DELETE_SELF
        | WatchFlags::MOVE_SELF;
    match inotify::add_watch(inotify, folder, flags) {
        Ok(_) => Ok(()),
        Err(Errno::INTR) => add(inotify, folder),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    fn any(notices: &Notices) -> bool {
        let [any] = Notices::any_of([notices]);
        any
    }

    #[track_caller]
    fn notices(notices: &Notices, store: &Store, what: &str, change: impl FnOnce()) {
        notices.clear();
        notices.watch(&[store]);
        assert!(!any(notices), "before: {what}");
        change();
        assert!(any(notices), "{what}");
    }

    #[test]
    fn every_way_to_replace_a_file_is_noticed_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a/b/file");
        let other = folder.path().join("other");
        let store = Store::open(&path);
        let found = Notices::of(&[&store]);
        let above = path.parent().unwrap();
        notices(&found, &store, "a folder above", || fs::create_dir_all(above).unwrap());
        notices(&found, &store, "creation", || fs::write(&path, "1").unwrap());
        fs::write(&other, "2").unwrap();
        notices(&found, &store, "a rename", || fs::rename(&other, &path).unwrap());
        notices(&found, &store, "removal", || fs::remove_file(&path).unwrap());
        notices(&found, &store, "a link", || std::os::unix::fs::symlink(&other, &path).unwrap());
        notices(&found, &store, "the target of a dangling link", || {
            fs::remove_file(&path).unwrap();
            fs::write(&other, "3").unwrap();
            std::os::unix::fs::symlink(&other, &path).unwrap();
        });
        fs::write(folder.path().join("new"), "4").unwrap();
        notices(&found, &store, "a rename behind a link", || {
            fs::rename(folder.path().join("new"), &other).unwrap();
        });
        notices(&found, &store, "another folder", || fs::rename(above, folder.path().join("c")).unwrap());
    }

    #[test]
    fn a_change_while_the_notices_are_cleared_is_reported_then_or_after_it() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().join("file"));
        let found = Notices::of(&[&store]);
        for number in 0..1000 {
            let created = AtomicBool::new(false);
            let reported = thread::scope(|scope| {
                scope.spawn(|| {
                    fs::create_dir(folder.path().join(number.to_string())).unwrap();
                    created.store(true, Ordering::SeqCst);
                });
                let mut reported = false;
                while !created.load(Ordering::SeqCst) {
                    reported |= found.clear();
                }
                reported
            });
            assert!(reported || any(&found), "change {number}");
            found.clear();
        }
    }

    #[test]
    fn where_the_system_allows_none_each_file_may_have_been_replaced() {
        let store = Store::open("nowhere");
        let found = Notices { inotify: None, is_complete: AtomicBool::new(true) };
        found.watch(&[&store]);
        assert!(found.clear() && any(&found));
    }

    #[test]
    fn a_file_written_in_place_beside_it_or_elsewhere_is_no_notice() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(folder.path().join("file"));
        fs::write(folder.path().join("file"), "1").unwrap();
        fs::create_dir(folder.path().join("below")).unwrap();
        let found = Notices::of(&[&store]);
        fs::write(folder.path().join("file"), "2").unwrap();
        fs::write(folder.path().join("below/file"), "2").unwrap();
        assert!(!any(&found));
    }
}
