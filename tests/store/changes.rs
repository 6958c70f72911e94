//! Changes: each is kept, whatever happens concurrently, or rejected with the old settings in effect.

use std::convert::Infallible;
use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::thread;
use std::time::Duration;

use cowork_calls::store::{Change, ChangeError, MAX_BYTES, Snapshot, Store};

use super::child::in_child;
use super::{append, code, folder, mode, names, put, store_error, text, undo, versions};

#[test]
fn the_first_change_creates_folders_file_and_history() {
    let (folder, _) = folder();
    let file = folder.path().join("config/cowork-calls/config.toml");
    let store = Store::open(&file);
    assert_eq!(store.load().unwrap().bytes(), None);
    append(&store, "a").unwrap();
    assert_eq!(store.load().unwrap().bytes(), Some(&b"a"[..]));
    let beside = file.parent().unwrap();
    assert_eq!(names(beside), [".config.toml.history", ".config.toml.lock", "config.toml"]);
    assert_eq!((mode(beside), mode(&beside.join(".config.toml.history"))), (0o700, 0o700));
    assert_eq!(versions(&store), ["no file: ", "stun add: a"]);
    undo(&store, None).unwrap();
    assert_eq!(text(&file), "");
}

#[test]
fn an_edit_that_saves_nothing_writes_nothing() {
    let (folder, file) = folder();
    let store = Store::open(&file);
    store.change("stun add", |_| Ok::<_, Infallible>(Change::Unchanged(()))).unwrap();
    let refused = store.change("stun add", |_| Err::<Change<()>, _>("no"));
    assert!(matches!(refused, Err(ChangeError::Edit("no"))));
    assert_eq!(names(folder.path()), [".config.toml.lock"]);
    put(&store, "a").unwrap();
    let inode = fs::metadata(&file).unwrap().ino();
    put(&store, "a").unwrap();
    assert_eq!(fs::metadata(&file).unwrap().ino(), inode);
    assert_eq!(store.history().unwrap().len(), 2);
}

#[test]
fn concurrent_changes_are_all_kept() {
    let (folder, file) = folder();
    thread::scope(|scope| {
        for thread in 0..32 {
            let store = Store::open(&file);
            scope.spawn(move || append(&store, &format!("{thread}\n")).unwrap());
        }
    });
    let mut lines: Vec<usize> = text(&file).lines().map(|line| line.parse().unwrap()).collect();
    lines.sort_unstable();
    assert_eq!(lines, (0..32).collect::<Vec<_>>());
    assert_eq!(Store::open(&file).history().unwrap().len(), 33);
    assert_eq!(names(folder.path()).len(), 3);
}

#[test]
fn a_concurrent_hand_edit_is_noticed_and_kept() {
    let (_folder, file) = folder();
    fs::write(&file, "old\n").unwrap();
    let store = Store::open(&file);
    let mut runs = 0;
    let edit = |now: &Snapshot| {
        runs += 1;
        if runs == 1 {
            fs::write(&file, "by hand\n").unwrap();
        }
        Ok::<_, Infallible>(Change::Save([now.bytes().unwrap(), b"new\n"].concat(), ()))
    };
    store.change("stun add", edit).unwrap();
    assert_eq!(runs, 2);
    assert_eq!(text(&file), "by hand\nnew\n");
    let expected = ["first seen: old\n", "hand edit: by hand\n", "stun add: by hand\nnew\n"];
    assert_eq!(versions(&store), expected);
}

#[test]
fn endless_hand_edits_are_an_error() {
    let (folder, file) = folder();
    let store = Store::open(&file);
    let mut runs = 0;
    let edit = |_: &Snapshot| {
        runs += 1;
        fs::write(&file, format!("hand {runs}")).unwrap();
        Ok::<_, Infallible>(Change::Save(b"ours".to_vec(), ()))
    };
    let error = store_error(store.change("stun add", edit).unwrap_err());
    assert_eq!(code(error), "config-keeps-changing");
    assert_eq!(text(&file), format!("hand {runs}"));
    assert!(!folder.path().join(".config.toml.tmp").exists());
}

#[test]
fn oversized_settings_are_neither_read_nor_saved() {
    let (folder, file) = folder();
    let store = Store::open(&file);
    let largest = "x".repeat(usize::try_from(MAX_BYTES).unwrap());
    put(&store, &largest).unwrap();
    assert_eq!(code(append(&store, "x").unwrap_err()), "config-unwritable");
    assert_eq!(store.load().unwrap().bytes().unwrap().len() as u64, MAX_BYTES);
    fs::write(&file, largest + "x").unwrap();
    let error = store.load().unwrap_err();
    assert_eq!(error.to_string(), format!("{} is larger than 16 MiB", file.display()));
    assert_eq!(names(folder.path()), [".config.toml.history", ".config.toml.lock", "config.toml"]);
}

#[test]
fn leftovers_of_a_killed_run_are_removed_and_planted_links_not_followed() {
    let (folder, file) = folder();
    let store = Store::open(&file);
    put(&store, "a").unwrap();
    let victim = folder.path().join("victim");
    fs::write(&victim, "untouched").unwrap();
    let temporary = folder.path().join(".config.toml.tmp");
    // Of a file with the time of the settings, nothing tells that it is not the former ones; times have steps of up to 10 ms.
    thread::sleep(Duration::from_millis(20));
    fs::write(&temporary, "half").unwrap();
    symlink(&victim, folder.path().join(".config.toml.history/new.tmp")).unwrap();
    put(&store, "b").unwrap();
    assert!(!temporary.exists());
    symlink(&victim, &temporary).unwrap();
    put(&store, "c").unwrap();
    assert_eq!(text(&victim), "untouched");
    assert_eq!(versions(&store), ["no file: ", "stun set: a", "stun set: b", "stun set: c"]);

    let lock = folder.path().join(".config.toml.lock");
    fs::remove_file(&lock).unwrap();
    symlink(&victim, &lock).unwrap();
    let error = put(&store, "d").unwrap_err();
    let expected = format!("cannot write to {}: there is a symbolic link in the path", lock.display());
    assert_eq!(error.to_string(), expected);
}

#[test]
#[ignore = "needs root (tests/run.sh)"]
fn a_full_disk_leaves_the_old_file() {
    let (folder, file) = folder();
    // The mount ends with the child, even if this test is killed.
    let user = if rustix::process::geteuid().is_root() { "--mount" } else { "--map-root-user" };
    let script = "mount -t tmpfs -o size=64k tmpfs \"$0\" && exec \"$@\"";
    let mount_point = folder.path().to_str().unwrap();
    let wrapper = ["unshare", user, "--mount", "sh", "-c", script, mount_point];
    let run = in_child(&wrapper, "fills_the_disk", &file);
    assert!(run.status.success(), "{run:?}");
}
