//! The place of the settings: their file, its folder and the files beside it.

use std::ffi::{OsStr, OsString};
use std::fs::Metadata;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::folder::Folder;
use super::ownership;
use super::read::kind_of;
use super::resolve::{Target, resolve};
use crate::store::error::StoreError;
use crate::store::snapshot::Snapshot;

/// The settings file, with all symbolic links resolved, and its folder.
pub(super) struct Place {
    /// The path of the file, for messages.
    pub(super) file: PathBuf,
    pub(super) folder: Rc<Folder>,
    name: OsString,
}

impl Place {
    /// Resolves the symbolic links at `path`, so that a save replaces the file and not the link. Returns none if its folder
    /// does not exist yet.
    pub(super) fn find(path: &Path) -> Result<Option<Self>, StoreError> {
        let target = resolve(path)?;
        if !target.missing.is_empty() {
            return Ok(None);
        }
        Self::of(target.folder, target.name, target.is_descriptor).map(Some)
    }

    /// As [`Place::find`], but creates the folders that do not exist yet, accessible only to their owner.
    pub(super) fn create(path: &Path) -> Result<Self, StoreError> {
        let Target { mut folder, missing, dangling, name, is_descriptor } = resolve(path)?;
        if let Some(link) = dangling {
            return Err(StoreError::write(&link, ErrorKind::NotFound.into()));
        }
        for part in missing {
            folder =
                create_folder(&folder, &part).map_err(|cause| StoreError::write(folder.path(), cause))?;
        }
        Self::of(folder, name, is_descriptor)
    }

    fn of(folder: Folder, name: OsString, is_descriptor: bool) -> Result<Self, StoreError> {
        let file = folder.path_of(&name);
        let found = match is_descriptor {
            true => folder.stat_descriptor(&name),
            false => folder.stat(&name),
        };
        match found.ok().and_then(|found| kind_of(found.st_mode)) {
            Some(kind) => Err(StoreError::NotAFile { path: file, kind }),
            None if is_descriptor => Err(StoreError::NotAFile { path: file, kind: "a file without a name" }),
            None => Ok(Place { file, folder: Rc::new(folder), name }),
        }
    }

    /// Returns the name of the settings file in its folder.
    pub(super) fn name(&self) -> &OsStr {
        &self.name
    }

    /// Returns the name of the hidden file `.NAME.SUFFIX` next to the settings file.
    pub(super) fn beside(&self, suffix: &str) -> OsString {
        let mut name = OsString::from(".");
        name.push(&self.name);
        name.push(".");
        name.push(suffix);
        name
    }

    /// Returns the owner and permissions of the settings file; none if there is none.
    pub(super) fn metadata(&self) -> Option<Metadata> {
        self.folder.refer(&self.name).and_then(|file| file.metadata()).ok()
    }

    /// Reads the settings.
    pub(super) fn load(&self) -> Result<Snapshot, StoreError> {
        Snapshot::load_in(&self.folder, &self.name)
    }
}

/// Creates a folder, and waits until its name is on the disk. Another process may be faster.
fn create_folder(above: &Folder, name: &OsStr) -> io::Result<Folder> {
    let folder = ownership::open_or_create(above, name, ownership::of_private_files(above, None)?)?;
    above.sync()?;
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hidden_files_have_the_name_of_the_settings_file() {
        let place = Place::find(Path::new("settings.toml")).unwrap().unwrap();
        assert_eq!(place.beside("lock"), ".settings.toml.lock");
    }
}
