//! The text that an editor gets: a private copy, which is kept in a file that outlives the session if it is not saved.

use std::env;
use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use rustix::process::geteuid;
use tempfile::TempDir;

use crate::commands::context::Context;
use crate::error::{Code, CommandError};
use crate::store::{Store, describe};

/// A text while it is edited. It is in a folder that only its owner can enter, which is removed in the end.
pub(super) struct Draft {
    folder: TempDir,
    pub(super) path: PathBuf,
    /// The text before it was edited.
    pub(super) original: Vec<u8>,
    /// The file that keeps the text.
    kept: Option<PathBuf>,
}

impl Draft {
    pub(super) fn new(context: &Context, store: &Store, original: Vec<u8>) -> Result<Self, CommandError> {
        let runtime = env::var_os("XDG_RUNTIME_DIR").map(PathBuf::from).filter(|folder| folder.is_dir());
        let place = runtime.unwrap_or_else(env::temp_dir);
        let mut builder = tempfile::Builder::new();
        builder.prefix("cowork-calls-").permissions(Permissions::from_mode(0o700));
        let folder = builder.tempdir_in(&place).map_err(|error| failed(&place, &error))?;
        context.dialog.remove_at_end(folder.path().to_owned());
        // Editors tell the kind of a file by its name.
        let name = PathBuf::from(store.name());
        let name = name.file_name().filter(|_| store.engine().is_none());
        let path = folder.path().join(name.unwrap_or("config.toml".as_ref()));
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path);
        file.and_then(|mut file| file.write_all(&original)).map_err(|error| failed(&path, &error))?;
        Ok(Draft { folder, path, original, kept: None })
    }

    pub(super) fn read(&self) -> Result<Vec<u8>, CommandError> {
        fs::read(&self.path).map_err(|error| failed(&self.path, &error))
    }

    /// Writes the text to a file that outlives the session and any signal, and returns its path; none if the text is
    /// the original, or no folder is writable.
    pub(super) fn keep(&mut self) -> Option<&Path> {
        if let Ok(text) = self.read()
            && text != self.original
        {
            let written = self.kept.take().filter(|kept| fs::write(kept, &text).is_ok());
            let folders = || state_folder().into_iter().chain([env::temp_dir()]);
            self.kept = written.or_else(|| folders().find_map(|folder| write_in(&folder, &text).ok()));
        }
        self.kept.as_deref()
    }

    /// As [`Draft::keep`], but if no other folder is writable, the text stays where it is.
    pub(super) fn keep_at_any_rate(mut self) -> Option<PathBuf> {
        if let Some(kept) = self.keep() {
            return Some(kept.to_owned());
        }
        let is_changed = self.read().is_ok_and(|text| text != self.original);
        is_changed.then(|| {
            let _ = self.folder.keep();
            self.path
        })
    }

    /// Removes the text, which is saved.
    pub(super) fn remove(self) {
        let _ = self.kept.map(fs::remove_file);
    }
}

/// Returns the folder for what outlives a session, but belongs neither to the settings nor to other users
/// (`XDG_STATE_HOME`). Root may run with the home of a user who could not remove what root creates there.
fn state_folder() -> Option<PathBuf> {
    let named = env::var_os("XDG_STATE_HOME").map(PathBuf::from);
    let home = || env::home_dir().map(|home| home.join(".local/state"));
    let absolute = |path: &PathBuf| path.is_absolute();
    let folder = named.filter(absolute).or_else(|| home().filter(absolute))?.join("cowork-calls");
    let above = folder.ancestors().find_map(|folder| fs::metadata(folder).ok())?;
    let created = || DirBuilder::new().recursive(true).mode(0o700).create(&folder);
    (above.uid() == geteuid().as_raw() && created().is_ok()).then_some(folder)
}

/// Writes a text to a new file that only its owner can read.
fn write_in(folder: &Path, text: &[u8]) -> io::Result<PathBuf> {
    let mut file = tempfile::Builder::new().prefix("config-").suffix(".toml").tempfile_in(folder)?;
    file.write_all(text)?;
    file.as_file().sync_all()?;
    Ok(file.keep()?.1)
}

fn failed(path: &Path, error: &io::Error) -> CommandError {
    CommandError::new(
        Code::EditCopy,
        format!("the copy to edit, {}: {}; nothing was saved", path.display(), describe(error)),
        "name a writable folder with TMPDIR",
    )
}
