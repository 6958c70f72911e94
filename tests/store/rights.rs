//! Rights: modes and owners are kept, and a lack of rights is said in plain words.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};

use cowork_calls::store::Store;

use crate::child::{as_nobody, in_child, output};
use crate::{append, folder, mode, names, put, text};

/// Somebody without rights, for the tests that run as root.
const NOBODY: u32 = 65534;

#[test]
fn the_mode_of_the_file_is_kept_and_versions_are_private() {
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
fn new_files_are_for_their_owner_only_under_any_umask() {
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
fn owner_and_group_of_the_file_are_kept() {
    need_root("to give files to somebody else");
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
fn the_file_of_somebody_else_is_not_taken_over() {
    need_root("to give files to somebody else");
    let (folder, file) = folder();
    fs::write(&file, "a").unwrap();
    fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o777)).unwrap();
    let run = in_child(&as_nobody(), "changes", &file);
    let expected = "belongs to user 0 and group 0, and you may not save files for them";
    assert!(output(&run).contains(expected), "{run:?}");
    assert!(output(&run).contains("sudo -u '#0'"), "{run:?}");
    assert_eq!((text(&file).as_str(), fs::metadata(&file).unwrap().uid()), ("a", 0));
    assert!(!folder.path().join(".config.toml.tmp").exists());
}

#[test]
fn a_folder_without_the_right_to_write_is_an_error() {
    need_root("to become somebody without rights");
    let (folder, file) = folder();
    fs::write(&file, "a").unwrap();
    fs::set_permissions(&file, Permissions::from_mode(0o644)).unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    let run = in_child(&as_nobody(), "changes", &file);
    let expected = format!("cannot write to {}: permission denied", folder.path().display());
    assert!(output(&run).contains(&expected), "{run:?}");
    assert_eq!((text(&file).as_str(), names(folder.path()).len()), ("a", 1));

    fs::set_permissions(&file, Permissions::from_mode(0o600)).unwrap();
    let run = in_child(&as_nobody(), "loads", &file);
    let expected = format!("cannot read {}: permission denied", file.display());
    assert!(output(&run).contains(&expected), "{run:?}");
}

fn need_root(why: &str) {
    assert!(rustix::process::geteuid().is_root(), "this test needs root {why}");
}
