//! Resolves a path to a folder and a name in it, and follows only links of users who may say where it leads.

use std::ffi::{OsStr, OsString};
use std::fs::{File, Metadata};
use std::io::ErrorKind;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{FileType, PROC_SUPER_MAGIC, fstatfs, readlinkat};
use rustix::process::geteuid;

use super::folder::Folder;
use crate::store::error::StoreError;

/// The most symbolic links in a path, as in Linux.
const MAX_LINKS: usize = 40;

/// Where a path leads.
pub(super) struct Target {
    /// The folder, or the deepest one that exists.
    pub(super) folder: Folder,
    /// The folders below it that do not exist yet.
    pub(super) missing: Vec<OsString>,
    /// The link to a folder that does not exist, if there is one: nothing can be created through it.
    pub(super) dangling: Option<PathBuf>,
    /// The name in the folder.
    pub(super) name: OsString,
    /// Whether it is a link of `/proc` to an open file that has no path.
    pub(super) is_descriptor: bool,
}

impl Target {
    fn in_folder(folder: Folder, name: OsString) -> Self {
        Target { folder, missing: Vec::new(), dangling: None, name, is_descriptor: false }
    }
}

/// Resolves `path`. A symbolic link, also one to a folder, must belong to root, to this process's user, or to the owner of
/// what the path leads to; then nobody makes this user read or write what its owner did not expect.
///
/// # Errors
/// [`StoreError::LinkUntrusted`] for other links, and when the path is not that of a file.
pub(super) fn resolve(path: &Path) -> Result<Target, StoreError> {
    let name = path.file_name().filter(|_| !path.as_os_str().as_bytes().ends_with(b"/"));
    let Some(name) = name else {
        return Err(StoreError::NotAFile { path: path.to_path_buf(), kind: "a folder" });
    };
    // Most paths have no link. This takes two system calls; an error of one is found again below.
    if let Ok(folder) = Folder::open_without_links(folder_of(path)) {
        let is_link = match folder.stat(name) {
            Ok(file) => FileType::from_raw_mode(file.st_mode).is_symlink(),
            Err(error) => error.kind() != ErrorKind::NotFound,
        };
        if !is_link {
            return Ok(Target::in_folder(folder, name.to_owned()));
        }
    }
    let (target, file, links) = Walk::start(path)?.finish(path)?;
    let owner = match file {
        Some(file) => file.uid(),
        None => target.folder.metadata().map_err(|cause| StoreError::read(path, cause))?.uid(),
    };
    let trusted = [0, geteuid().as_raw(), owner];
    match links.into_iter().find(|(_, uid)| !trusted.contains(uid)) {
        Some((link, uid)) => Err(StoreError::LinkUntrusted { link, uid, owner }),
        None => Ok(target),
    }
}

/// The links of a path, each with the ID of its owner.
type Links = Vec<(PathBuf, u32)>;

/// A path on the way to its end.
struct Walk {
    /// Where it is: the deepest folder that exists.
    folder: Folder,
    missing: Vec<OsString>,
    dangling: Option<PathBuf>,
    /// The parts that are left, the next one last.
    rest: Vec<OsString>,
    links: Links,
    /// The last link to a folder, and how many parts were left behind it.
    through: Option<(PathBuf, usize)>,
}

impl Walk {
    fn start(path: &Path) -> Result<Self, StoreError> {
        let folder = Folder::open(Path::new(".")).map_err(|cause| StoreError::read(path, cause))?;
        let (missing, links) = (Vec::new(), Vec::new());
        let mut walk = Walk { folder, missing, dangling: None, rest: Vec::new(), links, through: None };
        walk.prepend(path);
        Ok(walk)
    }

    fn prepend(&mut self, path: &Path) {
        let parts = path.components().rev().filter(|part| *part != Component::CurDir);
        self.rest.extend(parts.map(|part| part.as_os_str().to_owned()));
    }

    /// Takes one part after the other. Returns the end, the file there if there is one, and all links on the way.
    fn finish(mut self, path: &Path) -> Result<(Target, Option<Metadata>, Links), StoreError> {
        while let Some(part) = self.rest.pop() {
            let Some(end) = self.take(path, &part)? else { continue };
            let target = Target { is_descriptor: end.is_symlink(), ..Target::in_folder(self.folder, part) };
            return Ok((target, Some(end), self.links));
        }
        let Some(name) = self.missing.pop() else {
            return Err(StoreError::NotAFile { path: path.to_path_buf(), kind: "a folder" });
        };
        let (folder, missing, dangling) = (self.folder, self.missing, self.dangling);
        Ok((Target { folder, missing, dangling, name, is_descriptor: false }, None, self.links))
    }

    /// Takes one part. Returns what is at the end of the path: a file, or a link to an open file without a path.
    fn take(&mut self, path: &Path, part: &OsStr) -> Result<Option<Metadata>, StoreError> {
        let refused = |cause| StoreError::read(path, cause);
        if !self.missing.is_empty() {
            self.miss(part);
            return Ok(None);
        }
        if part != ".." && part != "/" {
            let found = match self.folder.refer(part) {
                Ok(found) => found,
                Err(error) if error.kind() == ErrorKind::NotFound => {
                    self.miss(part);
                    return Ok(None);
                }
                Err(cause) => return Err(refused(cause)),
            };
            let metadata = found.metadata().map_err(refused)?;
            if metadata.is_symlink() {
                let has_path = self.follow(path, part, &found, &metadata)?;
                return Ok((!has_path).then_some(metadata));
            }
            if self.rest.is_empty() {
                return Ok(Some(metadata));
            }
        }
        self.folder = self.folder.enter(part).map_err(refused)?;
        Ok(None)
    }

    /// Notes a part that does not exist.
    fn miss(&mut self, part: &OsStr) {
        if let Some((link, _)) = self.through.take_if(|(_, left)| self.rest.len() >= *left) {
            self.dangling = Some(link);
        }
        self.missing.push(part.to_owned());
    }

    /// Follows the link `found`. Returns false for a link at the end that leads to an open file without a path.
    fn follow(
        &mut self,
        path: &Path,
        part: &OsStr,
        found: &File,
        metadata: &Metadata,
    ) -> Result<bool, StoreError> {
        let refused = |cause: rustix::io::Errno| StoreError::read(path, cause.into());
        let link = self.folder.path_of(part);
        if self.links.len() == MAX_LINKS {
            return Err(StoreError::LinkCycle(path.to_path_buf()));
        }
        self.links.push((link.clone(), metadata.uid()));
        let text = readlinkat(found, "", Vec::new()).map_err(refused)?.into_bytes();
        if self.rest.is_empty() {
            let is_path = text.starts_with(b"/") && !text.ends_with(b" (deleted)");
            if !is_path && fstatfs(found).map_err(refused)?.f_type == PROC_SUPER_MAGIC {
                return Ok(false);
            }
            if text.ends_with(b"/") {
                return Err(StoreError::NotAFile { path: path.to_path_buf(), kind: "a folder" });
            }
        } else if self.through.as_ref().is_none_or(|(_, left)| self.rest.len() < *left) {
            self.through = Some((link, self.rest.len()));
        }
        self.prepend(Path::new(&OsString::from_vec(text)));
        Ok(true)
    }
}

/// Returns the folder of `path`.
pub(super) fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
