//! A folder by its descriptor: what is done in it happens there, even if another user moves it or puts a link in its place.

use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, RawDir, RenameFlags, ResolveFlags, Stat};
use rustix::fs::{mkdirat, openat, openat2, renameat, renameat_with, statat, unlinkat};

/// What opens a folder, or looks at a file without opening it. It needs no permission to read.
const REFERENCE: OFlags = OFlags::PATH.union(OFlags::CLOEXEC);

/// The bytes of names that are read at once: more than the history has.
const NAMES: usize = 16 * 1024;

/// An open folder.
#[derive(Debug)]
pub(super) struct Folder {
    handle: File,
    path: PathBuf,
}

impl Folder {
    /// Opens a folder, following links.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        let handle = openat(CWD, path, REFERENCE | OFlags::DIRECTORY, Mode::empty())?.into();
        Ok(Folder { handle, path: path.to_path_buf() })
    }

    /// Opens a folder whose path has no link.
    pub(super) fn open_without_links(path: &Path) -> io::Result<Self> {
        let flags = REFERENCE | OFlags::DIRECTORY;
        let handle = openat2(CWD, path, flags, Mode::empty(), ResolveFlags::NO_SYMLINKS)?.into();
        Ok(Folder { handle, path: path.to_path_buf() })
    }

    /// Opens a folder in this one; a link is an error. The name may be `..` or `/`.
    pub(super) fn enter(&self, name: &OsStr) -> io::Result<Self> {
        let flags = REFERENCE | OFlags::DIRECTORY | OFlags::NOFOLLOW;
        let handle = openat(&self.handle, name, flags, Mode::empty())?.into();
        Ok(Folder { handle, path: self.path_of(name) })
    }

    /// Creates a folder in this one, accessible only to its owner.
    pub(super) fn create_folder(&self, name: &OsStr) -> io::Result<()> {
        Ok(mkdirat(&self.handle, name, Mode::RWXU)?)
    }

    /// Returns the path of this folder, for messages.
    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Returns the path of what has this name, for messages.
    pub(super) fn path_of(&self, name: &OsStr) -> PathBuf {
        if self.path == Path::new(".") { name.into() } else { self.path.join(name) }
    }

    /// Returns the owner and permissions of the folder.
    pub(super) fn metadata(&self) -> io::Result<Metadata> {
        self.handle.metadata()
    }

    /// Returns a reference to what has this name, also to a link itself.
    pub(super) fn refer(&self, name: &OsStr) -> io::Result<File> {
        Ok(openat(&self.handle, name, REFERENCE | OFlags::NOFOLLOW, Mode::empty())?.into())
    }

    /// Describes what has this name, also a link itself.
    pub(super) fn stat(&self, name: &OsStr) -> io::Result<Stat> {
        Ok(statat(&self.handle, name, AtFlags::SYMLINK_NOFOLLOW)?)
    }

    /// Describes the open file that a link of `/proc` refers to.
    pub(super) fn stat_descriptor(&self, name: &OsStr) -> io::Result<Stat> {
        Ok(statat(&self.handle, name, AtFlags::empty())?)
    }

    /// Opens a file with these flags; does not follow a link, and does not wait for a pipe.
    pub(super) fn open_file(&self, name: &OsStr, flags: OFlags) -> io::Result<File> {
        let flags = flags | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        Ok(openat(&self.handle, name, flags, Mode::empty())?.into())
    }

    /// Opens what a link of `/proc` to an open file refers to.
    pub(super) fn open_descriptor(&self, name: &OsStr) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
        Ok(openat(&self.handle, name, flags, Mode::empty())?.into())
    }

    /// Creates a file that only its owner can read; it must not exist yet.
    pub(super) fn create_file(&self, name: &OsStr) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
        Ok(openat(&self.handle, name, flags, Mode::RUSR | Mode::WUSR)?.into())
    }

    /// Opens the folder itself, to list or sync it.
    pub(super) fn open_itself(&self) -> io::Result<File> {
        self.open_file(OsStr::new("."), OFlags::RDONLY | OFlags::DIRECTORY)
    }

    /// Whether nothing is in it.
    pub(super) fn is_empty(&self) -> io::Result<bool> {
        let mut is_empty = true;
        self.each(|_, _| is_empty = false)?;
        Ok(is_empty)
    }

    /// Reports the name of everything in it, and what it is: [`FileType::Unknown`] on file systems that do not tell.
    pub(super) fn each(&self, mut report: impl FnMut(&OsStr, FileType)) -> io::Result<()> {
        let folder = self.open_itself()?;
        let mut names = Vec::with_capacity(NAMES);
        let mut names = RawDir::new(&folder, names.spare_capacity_mut());
        while let Some(entry) = names.next() {
            let entry = entry?;
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            if name != "." && name != ".." {
                report(name, entry.file_type());
            }
        }
        Ok(())
    }

    /// Waits until the names in this folder are on the disk.
    pub(super) fn sync(&self) -> io::Result<()> {
        self.open_itself()?.sync_all()
    }

    pub(super) fn remove(&self, name: &OsStr) -> io::Result<()> {
        Ok(unlinkat(&self.handle, name, AtFlags::empty())?)
    }

    /// Moves a file over another one in this folder.
    pub(super) fn rename(&self, from: &OsStr, to: &OsStr) -> io::Result<()> {
        Ok(renameat(&self.handle, from, &self.handle, to)?)
    }

    /// Exchanges two files of this folder, or moves one if the other does not exist.
    pub(super) fn rename_with(&self, from: &OsStr, to: &OsStr, flags: RenameFlags) -> rustix::io::Result<()> {
        renameat_with(&self.handle, from, &self.handle, to, flags)
    }
}

/// A file that is removed on drop, unless it got its final name before.
#[derive(Debug)]
pub(super) struct Temporary {
    folder: Rc<Folder>,
    name: OsString,
    is_final: bool,
}

impl Temporary {
    pub(super) fn new(folder: &Rc<Folder>, name: &OsStr) -> Self {
        Temporary { folder: Rc::clone(folder), name: name.to_owned(), is_final: false }
    }

    pub(super) fn name(&self) -> &OsStr {
        &self.name
    }

    /// Opens the file for reading.
    pub(super) fn open(&self) -> io::Result<File> {
        self.folder.open_file(&self.name, OFlags::RDONLY)
    }

    /// Moves the file to its final name, over what is there.
    pub(super) fn persist(mut self, folder: &Folder, name: &OsStr) -> io::Result<()> {
        renameat(&self.folder.handle, &self.name, &folder.handle, name)?;
        self.is_final = true;
        Ok(())
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        if !self.is_final {
            // Best effort: the next change removes it.
            let _ = self.folder.remove(&self.name);
        }
    }
}
