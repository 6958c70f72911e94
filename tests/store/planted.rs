//! What another user planted beside the settings, in a folder where everybody may create files.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, chown, lchown, symlink};
use std::path::{Path, PathBuf};

use cowork_calls::store::Store;
use tempfile::TempDir;

use super::child::{as_nobody, in_child, output};
use super::{code, folder, names, put, text, undo, versions};

/// The user who changes the settings in a child, and another one.
const NOBODY: u32 = 65534;
const ANOTHER: u32 = 12345;

/// A folder like `/tmp`: everybody may create files, and only remove their own.
fn sticky_folder() -> (TempDir, PathBuf) {
    assert!(rustix::process::geteuid().is_root(), "this test needs root to give files to another user");
    let (folder, file) = folder();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o1777)).unwrap();
    (folder, file)
}

#[test]
#[ignore = "needs root (tests/run.sh)"]
fn a_lock_that_another_user_planted_is_not_trusted() {
    let (folder, file) = sticky_folder();
    fs::write(&file, "a").unwrap();
    let lock = folder.path().join(".config.toml.lock");
    fs::write(&lock, "").unwrap();
    chown(&lock, Some(ANOTHER), Some(ANOTHER)).unwrap();
    let error = put(&Store::open(&file), "b").unwrap_err();
    let expected =
        format!("the lock {} belongs to user {ANOTHER}, who could block every change", lock.display());
    assert_eq!(error.to_string(), expected);
    assert!(error.hint().starts_with("remove it"), "{}", error.hint());
    assert_eq!((code(error), text(&file).as_str()), ("config-unwritable", "a"));

    // Its owner is also the owner of the settings, or nobody else may create files there.
    chown(&file, Some(ANOTHER), Some(ANOTHER)).unwrap();
    put(&Store::open(&file), "b").unwrap();
    chown(&file, Some(0), Some(0)).unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    put(&Store::open(&file), "c").unwrap();
}

#[test]
#[ignore = "needs root (tests/run.sh)"]
fn a_planted_lock_that_cannot_be_opened_is_not_trusted_either() {
    let (folder, file) = sticky_folder();
    fs::write(&file, "a").unwrap();
    chown(&file, Some(NOBODY), Some(NOBODY)).unwrap();
    let lock = folder.path().join(".config.toml.lock");
    let plants: [fn(&Path); 3] = [
        |lock| {
            fs::write(lock, "")
                .and_then(|()| fs::set_permissions(lock, Permissions::from_mode(0o600)))
                .unwrap();
        },
        |lock| fs::create_dir(lock).unwrap(),
        |lock| symlink("elsewhere", lock).unwrap(),
    ];
    for plant in plants {
        plant(&lock);
        lchown(&lock, Some(ANOTHER), Some(ANOTHER)).unwrap();
        let run = in_child(&as_nobody(), "changes", &file);
        let expected = format!(
            "the lock {} belongs to user {ANOTHER}, who could block every change; remove it",
            lock.display()
        );
        assert!(output(&run).contains(&expected), "{run:?}");
        assert_eq!(text(&file), "a");
        // A change without effect needs no lock.
        let run = in_child(&as_nobody(), "changes_nothing", &file);
        assert!(output(&run).contains("as it was"), "{run:?}");
        fs::remove_file(&lock).or_else(|_| fs::remove_dir(&lock)).unwrap();
    }
}

#[test]
#[ignore = "needs root (tests/run.sh)"]
fn a_user_who_may_not_save_leaves_no_lock() {
    let (folder, file) = sticky_folder();
    fs::write(&file, "a").unwrap();
    fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
    let run = in_child(&as_nobody(), "changes", &file);
    assert!(output(&run).contains("belongs to user 0 and group 0"), "{run:?}");
    assert!(!folder.path().join(".config.toml.lock").exists());
    put(&Store::open(&file), "b").unwrap();
    assert_eq!(text(&file), "b");
}

#[test]
#[ignore = "needs root (tests/run.sh)"]
fn the_history_of_another_user_is_neither_read_nor_written() {
    let (folder, file) = sticky_folder();
    fs::write(&file, "a").unwrap();
    let history = folder.path().join(".config.toml.history");
    fs::create_dir(&history).unwrap();
    let planted = history.join("00000007_1795612945000_7_stun-add.toml");
    fs::write(&planted, "planted").unwrap();
    for path in [&history, &planted] {
        chown(path, Some(ANOTHER), Some(ANOTHER)).unwrap();
    }
    let store = Store::open(&file);
    put(&store, "b").unwrap();
    assert_eq!(text(&file), "b");
    assert_eq!(names(folder.path()), [".config.toml.history", ".config.toml.lock", "config.toml"]);
    assert_eq!(names(&history), ["00000007_1795612945000_7_stun-add.toml"]);
    assert!(store.history().unwrap().is_empty());
    for id in [None, Some(7)] {
        let error = undo(&store, id).unwrap_err();
        let expected =
            format!("the history {} belongs to user {ANOTHER}, so it is not used", history.display());
        assert_eq!(error.to_string(), expected);
        assert_eq!(code(error), "history-untrusted");
    }
    fs::remove_dir_all(&history).unwrap();
    put(&store, "c").unwrap();
    assert_eq!(versions(&store), ["first seen: b", "stun set: c"]);
}

#[test]
#[ignore = "needs root (tests/run.sh)"]
fn a_planted_temporary_file_is_named() {
    let (folder, file) = sticky_folder();
    fs::write(&file, "a").unwrap();
    chown(&file, Some(NOBODY), Some(NOBODY)).unwrap();
    let planted = folder.path().join(".config.toml.tmp");
    fs::write(&planted, "x").unwrap();
    chown(&planted, Some(ANOTHER), Some(ANOTHER)).unwrap();
    let run = in_child(&as_nobody(), "changes", &file);
    let expected = format!("{} is in the way and cannot be removed: ", planted.display());
    assert!(output(&run).contains(&expected), "{run:?}");
    assert!(output(&run).contains("; remove it as its owner or as root"), "{run:?}");
    assert_eq!(text(&file), "a");
}

#[test]
fn a_folder_in_place_of_a_temporary_file_is_named() {
    for planted in [".config.toml.tmp", ".config.toml.history/new.tmp"] {
        let (folder, file) = folder();
        let store = Store::open(&file);
        put(&store, "a").unwrap();
        let planted = folder.path().join(planted);
        fs::create_dir(&planted).unwrap();
        let error = put(&store, "b").unwrap_err();
        let expected = format!("{} is in the way and cannot be removed: it is a folder", planted.display());
        assert_eq!(error.to_string(), expected);
        assert_eq!((code(error), text(&file).as_str()), ("config-unwritable", "a"));
    }
}
