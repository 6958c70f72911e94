//! Permissions: modes and owners are kept, and missing permissions are reported.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};
use std::path::Path;

use cowork_calls::store::Store;

use super::child::{as_nobody, in_child, output};
use super::{append, code, folder, mode, names, put, text, undo, versions};

/// A user without permissions, for the tests that run as root.
pub(super) const NOBODY: u32 = 65534;

#[test]
fn the_file_keeps_its_mode_and_versions_are_private() {
    let (folder, file) = folder();
    fs::write(&file, "a").unwrap();
    let store = Store::open(&file);
    let history = folder.path().join(".config.toml.history");
    for given in [0o644, 0o640, 0o600, 0o664] {
        fs::set_permissions(&file, Permissions::from_mode(given)).unwrap();
        append(&store, "b").unwrap();
        assert_eq!(mode(&file), given);
        assert_eq!(store.load().unwrap().readable_by_others(), given & 0o004 != 0);
        assert!(names(&history).iter().all(|version| mode(&history.join(version)) == 0o600));
    }
}

#[test]
fn new_files_are_private_under_any_umask() {
    for umask in ["000", "022", "077"] {
        let (folder, file) = folder();
        let script = format!("umask {umask} && exec \"$@\"");
        let run = in_child(&["sh", "-c", &script, "sh"], "changes", &file);
        assert!(run.status.success(), "{run:?}");
        let history = folder.path().join(".config.toml.history");
        let version = history.join(names(&history).pop().unwrap());
        for path in [&file, &folder.path().join(".config.toml.lock"), &version] {
            assert_eq!(mode(path), 0o600, "{} under umask {umask}", path.display());
        }
        assert_eq!(mode(&history), 0o700, "under umask {umask}");
    }
}

#[test]
#[ignore = "needs root (tests/run.sh)"]
fn owner_and_group_of_the_file_are_kept() {
    need_root("to give files to another user");
    let (folder, file) = folder();
    fs::write(&file, "a").unwrap();
    chown(&file, Some(NOBODY), Some(12345)).unwrap();
    put(&Store::open(&file), "b").unwrap();
    let history = folder.path().join(".config.toml.history");
    let version = history.join(names(&history).pop().unwrap());
    for path in [&file, &folder.path().join(".config.toml.lock"), &history, &version] {
        let metadata = fs::metadata(path).unwrap();
        assert_eq!((metadata.uid(), metadata.gid()), (NOBODY, 12345), "{}", path.display());
    }
}

#[test]
#[ignore = "needs root (tests/run.sh)"]
fn the_file_of_another_user_is_not_taken_over() {
    need_root("to give files to another user");
    let (folder, file) = folder();
    fs::write(&file, "a").unwrap();
    fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o777)).unwrap();
    let run = in_child(&as_nobody(), "changes", &file);
    let expected = "belongs to user 0 and group 0, and you cannot create files for them";
    assert!(output(&run).contains(expected), "{run:?}");
    assert!(output(&run).contains("sudo -u '#0'"), "{run:?}");
    assert_eq!((text(&file).as_str(), fs::metadata(&file).unwrap().uid()), ("a", 0));
    assert!(!folder.path().join(".config.toml.tmp").exists());
}

#[test]
#[ignore = "needs root (tests/run.sh)"]
fn a_file_of_a_foreign_group_gets_the_users_group_without_its_permissions() {
    need_root("to give files to another user");
    let (folder, file) = folder();
    fs::write(&file, "a").unwrap();
    fs::set_permissions(&file, Permissions::from_mode(0o660)).unwrap();
    chown(folder.path(), Some(NOBODY), Some(NOBODY)).unwrap();
    chown(&file, Some(NOBODY), Some(0)).unwrap();
    let run = in_child(&as_nobody(), "changes", &file);
    let found = fs::metadata(&file).unwrap();
    assert_eq!((text(&file).as_str(), found.uid(), found.gid()), ("ab", NOBODY, NOBODY), "{run:?}");
    assert_eq!(mode(&file), 0o600);
}

#[test]
#[ignore = "needs root (tests/run.sh)"]
fn a_folder_without_write_permission_is_an_error() {
    need_root("to become a user without permissions");
    let (folder, file) = folder();
    fs::write(&file, "a").unwrap();
    fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    let run = in_child(&as_nobody(), "changes", &file);
    let expected = format!("cannot write to {}: permission denied", folder.path().display());
    assert!(output(&run).contains(&expected), "{run:?}");
    assert_eq!((text(&file).as_str(), names(folder.path()).len()), ("a", 1));

    // A change without effect writes nothing.
    let run = in_child(&as_nobody(), "changes_nothing", &file);
    assert!(output(&run).contains("as it was"), "{run:?}");

    fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
    let run = in_child(&as_nobody(), "loads", &file);
    let expected = format!("cannot read {}: permission denied", file.display());
    assert!(output(&run).contains(&expected), "{run:?}");
}

#[test]
#[ignore = "needs root (tests/run.sh)"]
fn a_file_of_another_user_in_the_history_is_not_a_version() {
    need_root("to give files to another user");
    for plant in [
        |victim: &Path, version: &Path| symlink(victim, version).unwrap(),
        |victim: &Path, version: &Path| fs::hard_link(victim, version).unwrap(),
        |victim: &Path, version: &Path| fs::rename(victim, version).unwrap(),
        // The owner of the settings' folder can move another user's whole history.
        |victim: &Path, version: &Path| {
            fs::rename(victim, version).unwrap();
            chown(version.parent().unwrap(), Some(0), Some(0)).unwrap();
        },
    ] {
        let (folder, file) = folder();
        chown(folder.path(), Some(NOBODY), Some(NOBODY)).unwrap();
        fs::write(&file, "a").unwrap();
        chown(&file, Some(NOBODY), Some(NOBODY)).unwrap();
        let store = Store::open(&file);
        put(&store, "b").unwrap();
        let victim = folder.path().join("victim");
        fs::write(&victim, "secret").unwrap();
        fs::set_permissions(&victim, Permissions::from_mode(0o600)).unwrap();
        let history = folder.path().join(".config.toml.history");
        plant(&victim, &history.join("00000099_1795612945000_6_stun-add.toml"));
        assert_eq!(versions(&store), ["first seen: a", "stun set: b"]);
        let target = store.undo_target(&store.load().unwrap(), Some(99));
        assert_eq!(code(target.err().unwrap()), "history-not-found");
        assert_eq!(code(undo(&store, Some(99)).unwrap_err()), "history-not-found");
        undo(&store, None).unwrap();
        assert_eq!(text(&file), "a");
        assert_eq!(store.history().unwrap().last().unwrap().id, 100, "no number is given twice");
    }
}

#[test]
#[ignore = "needs root (tests/run.sh)"]
fn a_link_of_another_user_in_the_folder_of_root_is_not_a_version() {
    need_root("to give files to another user");
    let (folder, file) = folder();
    fs::write(&file, "a").unwrap();
    chown(&file, Some(NOBODY), Some(NOBODY)).unwrap();
    let store = Store::open(&file);
    put(&store, "b").unwrap();
    // The history belongs to the user nobody, its folder to root, and so does the linked file.
    let victim = folder.path().join("victim");
    fs::write(&victim, "secret").unwrap();
    let version = folder.path().join(".config.toml.history/00000099_1795612945000_6_stun-add.toml");
    fs::hard_link(&victim, version).unwrap();
    undo(&store, None).unwrap();
    assert_eq!(text(&file), "a");
}

#[test]
#[ignore = "needs root (tests/run.sh)"]
fn a_file_that_another_user_linked_into_the_history_of_root_is_not_a_version() {
    need_root("to give files to another user");
    let (folder, file) = folder();
    let store = Store::open(&file);
    put(&store, "a").unwrap();
    put(&store, "b").unwrap();
    let history = folder.path().join(".config.toml.history");
    for somebody_elses in [folder.path(), &history] {
        chown(somebody_elses, Some(NOBODY), Some(NOBODY)).unwrap();
    }
    let victim = folder.path().join("victim");
    fs::write(&victim, "secret").unwrap();
    fs::hard_link(&victim, history.join("00000099_1795612945000_6_stun-add.toml")).unwrap();
    assert_eq!(versions(&store), ["no file: ", "stun set: a", "stun set: b"]);
}

#[test]
#[ignore = "needs root (tests/run.sh)"]
fn versions_stay_valid_when_root_gives_the_settings_to_a_service() {
    need_root("to give files to another user");
    let (_folder, file) = folder();
    let store = Store::open(&file);
    put(&store, "a").unwrap();
    put(&store, "b").unwrap();
    chown(&file, Some(NOBODY), Some(NOBODY)).unwrap();
    put(&store, "c").unwrap();
    assert_eq!(versions(&store), ["no file: ", "stun set: a", "stun set: b", "stun set: c"]);
}

#[test]
fn a_version_with_a_second_hard_link_stays_valid_for_its_owner() {
    let (folder, file) = folder();
    let store = Store::open(&file);
    put(&store, "a").unwrap();
    put(&store, "b").unwrap();
    // Backups that use hard links look the same.
    let history = folder.path().join(".config.toml.history");
    fs::create_dir(folder.path().join("backup")).unwrap();
    for name in names(&history) {
        fs::hard_link(history.join(&name), folder.path().join("backup").join(&name)).unwrap();
    }
    undo(&store, None).unwrap();
    assert_eq!(text(&file), "a");
}

pub(super) fn need_root(why: &str) {
    assert!(rustix::process::geteuid().is_root(), "this test needs root {why}");
}
