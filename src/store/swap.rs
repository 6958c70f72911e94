//! The one step that puts new settings in force, and takes it back where somebody edited by hand meanwhile.

use std::fs;
use std::io;
use std::path::Path;

use rustix::fs::{CWD, RenameFlags, renameat_with};
use rustix::io::Errno;

use super::save::Snapshot;

/// What became of two files that were to trade places.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Swapped {
    /// They are where they were.
    Not,
    /// They traded places.
    Exchanged,
    /// The new one took the place, and there is no old one any more.
    Moved,
}

/// Moves `new` to `file`, but only onto the settings that were `loaded`: checking before a plain rename would
/// leave a gap for a hand edit to get lost in. So the two trade places, and if something unexpected comes
/// out, they trade back.
pub(super) fn swap_in(new: &Path, file: &Path, loaded: &Snapshot, ours: &[u8]) -> io::Result<Swapped> {
    let flags = if loaded.bytes().is_some() { RenameFlags::EXCHANGE } else { RenameFlags::NOREPLACE };
    match renameat_with(CWD, new, CWD, file, flags) {
        Ok(()) if loaded.bytes().is_none() => return Ok(Swapped::Moved),
        Ok(()) => {}
        // Created or removed meanwhile.
        Err(Errno::EXIST | Errno::NOENT) => return Ok(Swapped::Not),
        // Some network file systems can only rename.
        Err(Errno::INVAL | Errno::NOSYS | Errno::NOTSUP) => return move_in(new, file, loaded),
        Err(error) => return Err(error.into()),
    }
    if Snapshot::load_itself(new).is_ok_and(|old| old.bytes() == loaded.bytes()) {
        return Ok(Swapped::Exchanged);
    }
    put_back(new, file, ours)?;
    Ok(Swapped::Not)
}

/// Puts what came out as `new` back in the place of `ours`. Whoever saved once more in between has the last word.
fn put_back(new: &Path, file: &Path, ours: &[u8]) -> io::Result<()> {
    let exchange = || renameat_with(CWD, new, CWD, file, RenameFlags::EXCHANGE);
    if exchange().is_err() {
        // The file is gone by now, so what came out is the newest there is.
        return fs::rename(new, file);
    }
    if Snapshot::load_itself(new).is_ok_and(|out| out.bytes() == Some(ours)) {
        return Ok(());
    }
    Ok(exchange()?)
}

/// Moves `new` to `file` if that still holds what was `loaded`, as far as a look before can tell.
fn move_in(new: &Path, file: &Path, loaded: &Snapshot) -> io::Result<Swapped> {
    if Snapshot::load_itself(file).is_ok_and(|now| now.bytes() == loaded.bytes()) {
        fs::rename(new, file).map(|()| Swapped::Moved)
    } else {
        Ok(Swapped::Not)
    }
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    /// A folder with `new` beside a `file` that holds `content`.
    fn folder(content: Option<&str>) -> (tempfile::TempDir, PathBuf, PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let (new, file) = (folder.path().join("new"), folder.path().join("file"));
        fs::write(&new, "new").unwrap();
        if let Some(content) = content {
            fs::write(&file, content).unwrap();
        }
        (folder, new, file)
    }

    #[test]
    fn a_hand_edit_in_the_last_instant_survives() {
        let (_folder, new, file) = folder(Some("old"));
        let loaded = Snapshot::load(&file).unwrap();
        fs::write(&file, "by hand").unwrap();
        assert_eq!(swap_in(&new, &file, &loaded, b"new").unwrap(), Swapped::Not);
        assert_eq!(fs::read_to_string(&file).unwrap(), "by hand");
        assert_eq!(fs::read_to_string(&new).unwrap(), "new");
    }

    #[test]
    fn of_two_hand_edits_in_the_last_instant_the_later_one_survives() {
        // The first one came out as `new`, the second one has replaced ours meanwhile.
        let (_folder, new, file) = folder(Some("second"));
        fs::write(&new, "first").unwrap();
        put_back(&new, &file, b"ours").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "second");
        fs::write(&file, "ours").unwrap();
        fs::write(&new, "first").unwrap();
        put_back(&new, &file, b"ours").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "first");
        fs::write(&new, "first").unwrap();
        fs::remove_file(&file).unwrap();
        put_back(&new, &file, b"ours").unwrap();
        assert_eq!(fs::read_to_string(&file).unwrap(), "first");
    }

    #[test]
    fn a_file_created_or_removed_in_the_last_instant_is_noticed() {
        let (_folder, new, file) = folder(None);
        let missing = Snapshot::load(&file).unwrap();
        fs::write(&file, "by hand").unwrap();
        assert_eq!(swap_in(&new, &file, &missing, b"new").unwrap(), Swapped::Not);
        let loaded = Snapshot::load(&file).unwrap();
        fs::remove_file(&file).unwrap();
        assert_eq!(swap_in(&new, &file, &loaded, b"new").unwrap(), Swapped::Not);
        assert!(!file.exists() && new.exists());
    }

    #[test]
    fn without_an_exchange_the_file_is_looked_at_before() {
        let (_folder, new, file) = folder(Some("old"));
        let loaded = Snapshot::load(&file).unwrap();
        assert_eq!(move_in(&new, &file, &loaded).unwrap(), Swapped::Moved);
        assert_eq!(fs::read_to_string(&file).unwrap(), "new");
        fs::write(&new, "newer").unwrap();
        assert_eq!(move_in(&new, &file, &loaded).unwrap(), Swapped::Not);
    }

    #[test]
    fn a_folder_put_in_the_place_of_the_file_stays() {
        let (_folder, new, file) = folder(Some("old"));
        let loaded = Snapshot::load(&file).unwrap();
        fs::remove_file(&file).unwrap();
        fs::create_dir(&file).unwrap();
        assert_eq!(swap_in(&new, &file, &loaded, b"new").unwrap(), Swapped::Not);
        assert!(file.is_dir());
    }
}
