//! Whom new files belong to when root saves for others.

use std::fs::{self, Permissions};
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::Path;

use cowork_calls::store::Store;

use super::child::{as_nobody, in_child, output};
use super::permissions::{NOBODY, need_root};
use super::{folder, mode, names, put, text, undo, versions};

/// The group of a service.
const GROUP: u32 = 12345;

fn owner(path: &Path) -> (u32, u32) {
    let metadata = fs::symlink_metadata(path).unwrap();
    (metadata.uid(), metadata.gid())
}

#[test]
#[ignore = "needs root (tests/run.sh)"]
fn new_settings_of_root_are_for_the_group_that_may_read_its_folder() {
    need_root("to give files to another group");
    for folder_mode in [0o750, 0o2750, 0o755] {
        let (folder, file) = folder();
        chown(folder.path(), Some(0), Some(GROUP)).unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(folder_mode)).unwrap();
        let store = Store::open(&file);
        for saved in ["a", "b"] {
            put(&store, saved).unwrap();
            assert_eq!((owner(&file), mode(&file)), ((0, GROUP), 0o640));
            assert!(!store.load().unwrap().readable_by_others());
        }
        let (lock, history) =
            (folder.path().join(".config.toml.lock"), folder.path().join(".config.toml.history"));
        let versions = names(&history).into_iter().map(|name| history.join(name));
        for (path, expected) in
            [(lock, 0o600), (history.clone(), 0o700)].into_iter().chain(versions.map(|path| (path, 0o600)))
        {
            assert_eq!((owner(&path).0, mode(&path) & 0o777), (0, expected), "{}", path.display());
        }
        let service = ["setpriv", "--reuid", "65534", "--regid", "12345", "--clear-groups"];
        let run = in_child(&service, "loads", &file);
        assert!(!output(&run).contains("cannot read"), "{run:?}");
        let run = in_child(&service, "changes", &file);
        assert!(output(&run).contains("permission denied"), "{run:?}");
        assert_eq!(text(&file), "b");
        undo(&store, None).unwrap();
        assert_eq!((text(&file).as_str(), mode(&file)), ("a", 0o640));
    }
}

#[test]
#[ignore = "needs root (tests/run.sh)"]
fn new_settings_of_root_are_private_where_no_other_group_may_read() {
    need_root("to give files to another group");
    for (group, folder_mode) in [(0, 0o755), (GROUP, 0o700), (GROUP, 0o740)] {
        let (folder, file) = folder();
        chown(folder.path(), Some(0), Some(group)).unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(folder_mode)).unwrap();
        put(&Store::open(&file), "a").unwrap();
        assert_eq!((owner(&file), mode(&file)), ((0, 0), 0o600), "{folder_mode:o}");
    }
}

#[test]
#[ignore = "needs root (tests/run.sh)"]
fn new_files_of_root_belong_to_the_owner_of_the_folder() {
    need_root("to give files to another user");
    let (folder, _) = folder();
    chown(folder.path(), Some(NOBODY), Some(GROUP)).unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    // Two folders are created on the way.
    let file = folder.path().join("sub/conf/config.toml");
    let store = Store::open(&file);
    put(&store, "a").unwrap();
    let conf = folder.path().join("sub/conf");
    let history = conf.join(".config.toml.history");
    let mut all = vec![folder.path().join("sub"), conf.clone(), history.clone()];
    all.extend(names(&conf).into_iter().map(|name| conf.join(name)));
    all.extend(names(&history).into_iter().map(|name| history.join(name)));
    assert_eq!(all.len(), 8, "{all:?}");
    for path in all {
        let expected = if path.is_dir() { 0o700 } else { 0o600 };
        assert_eq!((owner(&path), mode(&path)), ((NOBODY, GROUP), expected), "{}", path.display());
    }
    // Its owner can go on.
    let run = in_child(&as_nobody(), "changes", &file);
    assert_eq!(text(&file), "ab", "{run:?}");
    assert_eq!(versions(&store), ["no file: ", "stun set: a", "stun add: ab"]);
}
