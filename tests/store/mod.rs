//! The store on real files: nothing lost, nothing partly written, nothing readable by others.

mod attributes;
mod changes;
mod child;
mod history;
mod links;
mod ownership;
mod paths;
mod permissions;
mod planted;
mod watch;

use std::convert::Infallible;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use cowork_calls::error::CommandError;
use cowork_calls::store::{Change, ChangeError, Store, StoreError};
use tempfile::TempDir;

/// A folder of its own, with the path of the settings in it.
fn folder() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    (folder, file)
}

fn append(store: &Store, line: &str) -> Result<(), StoreError> {
    let changed = store.change("stun add", |now| -> Result<_, Infallible> {
        let bytes = [now.bytes().unwrap_or_default(), line.as_bytes()].concat();
        Ok(Change::Save(bytes, ()))
    });
    changed.map_err(store_error)
}

fn put(store: &Store, text: &str) -> Result<(), StoreError> {
    store.change("stun set", |_| Ok::<_, Infallible>(Change::Save(text.into(), ()))).map_err(store_error)
}

fn undo(store: &Store, id: Option<u64>) -> Result<(), StoreError> {
    store.undo(id, |_, _| Ok::<_, Infallible>(())).map_err(store_error)
}

/// The stable code of an error, as commands print it.
fn code(error: StoreError) -> &'static str {
    CommandError::from(error).code().as_str()
}

fn store_error(error: ChangeError<Infallible>) -> StoreError {
    let ChangeError::Store(error) = error;
    error
}

fn text(file: &Path) -> String {
    fs::read_to_string(file).unwrap()
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().mode() & 0o7777
}

/// The commands of all versions with the text they saved, oldest first: `stun add: ab`.
fn versions(store: &Store) -> Vec<String> {
    let now = store.load().unwrap();
    let text = |id| String::from_utf8(store.undo_target(&now, Some(id)).unwrap().bytes.to_vec()).unwrap();
    let versions = store.history().unwrap();
    versions.iter().map(|version| format!("{}: {}", version.command, text(version.id))).collect()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
