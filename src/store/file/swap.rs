//! Swaps the new settings in, and back out if the file was edited by hand meanwhile.

use std::ffi::OsStr;
use std::io;

use rustix::fs::{OFlags, RenameFlags};
use rustix::io::Errno;

use super::place::Place;
use crate::store::snapshot::Snapshot;

/// The result of swapping two files.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Swapped {
    /// Nothing was swapped.
    Not,
    /// The files were exchanged.
    Exchanged,
    /// The new file was moved in, and the old one no longer exists.
    Moved,
}

/// Moves the file `new` to the place of the settings if these are still the ones that were `loaded`.
///
/// An edit by hand between a check and a plain rename would be lost. So this exchanges the two files, and exchanges
/// them back if the old one is not the expected one.
pub(super) fn swap_in(new: &OsStr, place: &Place, loaded: &Snapshot, ours: &[u8]) -> io::Result<Swapped> {
    let flags = if loaded.bytes().is_some() { RenameFlags::EXCHANGE } else { RenameFlags::NOREPLACE };
    match place.folder.rename_with(new, place.name(), flags) {
        Ok(()) if loaded.bytes().is_none() => return Ok(Swapped::Moved),
        Ok(()) => {}
        // The file was created or removed meanwhile.
        Err(Errno::EXIST | Errno::NOENT) => return Ok(Swapped::Not),
        // Some network file systems cannot exchange files.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => return move_in(new, place, loaded),
        Err(error) => return Err(error.into()),
    }
    let old = place.folder.open_file(new, OFlags::RDONLY);
    if old.and_then(|old| Ok(old.metadata()?.is_file() && loaded.is_in(&old)?)).unwrap_or(false) {
        return Ok(Swapped::Exchanged);
    }
    put_back(new, place, ours)?;
    Ok(Swapped::Not)
}

/// Puts the file now called `new` back in place of `ours`. If the file was saved again in between, that save wins.
fn put_back(new: &OsStr, place: &Place, ours: &[u8]) -> io::Result<()> {
    let exchange = || place.folder.rename_with(new, place.name(), RenameFlags::EXCHANGE);
    if exchange().is_err() {
        // The file is gone, so the old one is the newest there is.
        return place.folder.rename(new, place.name());
    }
    if Snapshot::load_in(&place.folder, new).is_ok_and(|out| out.bytes() == Some(ours)) {
        return Ok(());
    }
    Ok(exchange()?)
}

/// Moves `new` to the place of the settings if these are still what was `loaded`, as far as a check before the move can tell.
fn move_in(new: &OsStr, place: &Place, loaded: &Snapshot) -> io::Result<Swapped> {
    if place.load().is_ok_and(|now| now.bytes() == loaded.bytes()) {
        place.folder.rename(new, place.name()).map(|()| Swapped::Moved)
    } else {
        Ok(Swapped::Not)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};

    use super::*;

    const NEW: &str = "new";

    /// Creates a folder with `new` next to a `file` with `content`, which is then loaded.
    fn folder(content: Option<&str>) -> (tempfile::TempDir, PathBuf, PathBuf, Snapshot) {
        let folder = tempfile::tempdir().unwrap();
        let (new, file) = (folder.path().join("new"), folder.path().join("file"));
        fs::write(&new, "new").unwrap();
        if let Some(content) = content {
            fs::write(&file, content).unwrap();
        }
        let loaded = Snapshot::load(&file).unwrap();
        (folder, new, file, loaded)
    }

    fn at(file: &Path) -> Place {
        Place::create(file).unwrap()
    }

    #[test]
    fn an_edit_right_before_the_swap_survives() {
        let (_folder, new, file, loaded) = folder(Some("old"));
        fs::write(&file, "by hand").unwrap();
        assert_eq!(swap_in(NEW.as_ref(), &at(&file), &loaded, b"new").unwrap(), Swapped::Not);
        assert_eq!(fs::read_to_string(&file).unwrap(), "by hand");
        assert_eq!(fs::read_to_string(&new).unwrap(), "new");
    }

    #[test]
    fn the_later_of_two_edits_around_the_swap_survives() {
        // The swap returned the first edit as `new`, and the second one has replaced ours.
        let (_folder, new, file, _) = folder(Some("second"));
        fs::write(&new, "first").unwrap();
        put_back(NEW.as_ref(), &at(&file), b"ours").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "second");
        fs::write(&file, "ours").unwrap();
        fs::write(&new, "first").unwrap();
        put_back(NEW.as_ref(), &at(&file), b"ours").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "first");
        fs::write(&new, "first").unwrap();
        fs::remove_file(&file).unwrap();
        put_back(NEW.as_ref(), &at(&file), b"ours").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "first");
    }

    #[test]
    fn a_file_created_or_removed_right_before_the_swap_is_noticed() {
        let (_folder, new, file, missing) = folder(None);
        fs::write(&file, "by hand").unwrap();
        assert_eq!(swap_in(NEW.as_ref(), &at(&file), &missing, b"new").unwrap(), Swapped::Not);
        let loaded = Snapshot::load(&file).unwrap();
        fs::remove_file(&file).unwrap();
        assert_eq!(swap_in(NEW.as_ref(), &at(&file), &loaded, b"new").unwrap(), Swapped::Not);
        assert!(!file.exists() && new.exists());
    }

    #[test]
    fn without_exchange_the_file_is_checked_before_the_move() {
        let (_folder, new, file, loaded) = folder(Some("old"));
        assert_eq!(move_in(NEW.as_ref(), &at(&file), &loaded).unwrap(), Swapped::Moved);
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        fs::write(&new, "newer").unwrap();
        assert_eq!(move_in(NEW.as_ref(), &at(&file), &loaded).unwrap(), Swapped::Not);
    }

    #[test]
    fn a_folder_in_place_of_the_file_stays() {
        let (_folder, _, file, loaded) = folder(Some("old"));
        let place = at(&file);
        fs::remove_file(&file).unwrap();
        fs::create_dir(&file).unwrap();
        assert_eq!(swap_in(NEW.as_ref(), &place, &loaded, b"new").unwrap(), Swapped::Not);
        assert!(file.is_dir());
    }
}
