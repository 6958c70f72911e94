//! The history: every version, including hand edits, can be restored.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::time::Duration;

use cowork_calls::store::{ChangeError, Store};

use super::child::in_child;
use super::{code, folder, names, put, text, undo, versions};

#[test]
fn a_hand_edit_is_added_to_the_history() {
    let (_folder, file) = folder();
    let store = Store::open(&file);
    put(&store, "a").unwrap();
    fs::write(&file, "b").unwrap();
    put(&store, "c").unwrap();
    fs::remove_file(&file).unwrap();
    put(&store, "d").unwrap();
    let expected = ["no file: ", "stun set: a", "hand edit: b", "stun set: c", "no file: ", "stun set: d"];
    assert_eq!(versions(&store), expected);
}

#[test]
fn an_undo_can_be_undone() {
    let (_folder, file) = folder();
    let store = Store::open(&file);
    assert_eq!(code(undo(&store, None).unwrap_err()), "nothing-to-undo");
    put(&store, "a").unwrap();
    put(&store, "b").unwrap();
    for expected in ["a", "b", "a"] {
        undo(&store, None).unwrap();
        assert_eq!(text(&file), expected);
    }
    fs::write(&file, "by hand").unwrap();
    for expected in ["a", "by hand"] {
        undo(&store, None).unwrap();
        assert_eq!(text(&file), expected);
    }
    undo(&store, Some(3)).unwrap();
    assert_eq!(text(&file), "b");
    let error = undo(&store, Some(99)).unwrap_err();
    assert_eq!(error.to_string(), "the history has no version 99");
    assert_eq!(code(error), "history-not-found");
}

#[test]
fn a_version_comes_with_the_one_before_it() {
    let (folder, file) = folder();
    let store = Store::open(&file);
    assert_eq!(store.version(1).err().unwrap().to_string(), "the history has no version 1");
    for text in ["a", "b", "c"] {
        put(&store, text).unwrap();
    }
    let pair = |id| {
        let (version, before) = store.version(id).unwrap();
        let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
        (text(&version.bytes), before.map(|before| (before.version.id, text(&before.bytes))))
    };
    assert_eq!(pair(1), (String::new(), None));
    assert_eq!(pair(3), ("b".to_owned(), Some((2, "a".to_owned()))));
    // What is not a version is not the one before, either.
    let history = folder.path().join(".config.toml.history");
    let second = names(&history).into_iter().find(|name| name.starts_with("00000002")).unwrap();
    fs::remove_file(history.join(&second)).unwrap();
    symlink("../config.toml", history.join(&second)).unwrap();
    assert_eq!(pair(3), ("b".to_owned(), Some((1, String::new()))));
    assert!(store.version(2).is_err() && store.version(5).is_err());
}

#[test]
fn an_undo_can_be_declined() {
    let (_folder, file) = folder();
    let store = Store::open(&file);
    put(&store, "a").unwrap();
    put(&store, "b").unwrap();
    let preview = store.undo_target(&store.load().unwrap(), None).unwrap();
    assert_eq!((preview.version.id, preview.version.command.as_str()), (2, "stun set"));
    assert_eq!(preview.bytes.as_slice(), b"a");
    let refused = store.undo(None, |now, target| {
        assert_eq!((now.bytes(), target.bytes.as_slice()), (Some(&b"b"[..]), &b"a"[..]));
        Err::<(), _>("declined")
    });
    assert!(matches!(refused, Err(ChangeError::Edit("declined"))));
    assert_eq!(text(&file), "b");
}

#[test]
fn the_last_hundred_versions_are_kept_and_numbers_go_on() {
    let (folder, file) = folder();
    let store = Store::open(&file);
    let history = folder.path().join(".config.toml.history");
    for number in 1..=225 {
        put(&store, &number.to_string()).unwrap();
    }
    fs::write(history.join("notes.toml"), "x").unwrap();
    fs::write(history.join("200_1_short-id.toml"), "x").unwrap();
    put(&store, "226").unwrap();
    let ids: Vec<_> = store.history().unwrap().iter().map(|version| version.id).collect();
    assert_eq!(ids, (128..=227).collect::<Vec<_>>());
    let files = names(&history).len() - 2;
    assert_eq!(files, 100, "each change removes the oldest");
    assert_eq!(text(&history.join("notes.toml")), "x");
}

#[test]
fn planted_links_neither_hide_versions_nor_make_them_go() {
    let (folder, file) = folder();
    let store = Store::open(&file);
    let history = folder.path().join(".config.toml.history");
    put(&store, "1").unwrap();
    for number in (3..=60).chain(1000..=1060) {
        symlink("../config.toml", history.join(format!("{number:08}_1795612945000_1_stun-add.toml")))
            .unwrap();
    }
    for number in 2..=110 {
        put(&store, &number.to_string()).unwrap();
    }
    let ids: Vec<_> = store.history().unwrap().iter().map(|version| version.id).collect();
    assert_eq!(ids, (1070..=1169).collect::<Vec<_>>());
    undo(&store, None).unwrap();
    assert_eq!(text(&file), "109");
    assert_eq!(names(&history).len(), 100 + 58 + 61);
}

#[test]
fn a_history_that_is_a_planted_link_is_rejected() {
    let (folder, file) = folder();
    let elsewhere = folder.path().join("elsewhere");
    fs::create_dir(&elsewhere).unwrap();
    symlink(&elsewhere, folder.path().join(".config.toml.history")).unwrap();
    let store = Store::open(&file);
    assert_eq!(code(put(&store, "a").unwrap_err()), "config-unreadable");
    assert!(names(&elsewhere).is_empty() && !file.exists());
}

#[test]
fn versions_are_private_whatever_the_mode_of_the_file() {
    let (folder, file) = folder();
    fs::write(&file, "by hand").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).unwrap();
    let store = Store::open(&file);
    put(&store, "a").unwrap();
    put(&store, "b").unwrap();
    let history = folder.path().join(".config.toml.history");
    for name in names(&history) {
        assert_eq!(fs::metadata(history.join(&name)).unwrap().permissions().mode() & 0o777, 0o600, "{name}");
    }
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o644);
}

#[test]
fn a_version_torn_by_a_power_failure_is_never_restored() {
    let (folder, file) = folder();
    let store = Store::open(&file);
    put(&store, "a").unwrap();
    put(&store, "b").unwrap();
    let history = folder.path().join(".config.toml.history");
    let newest = names(&history).pop().unwrap();
    fs::write(history.join(newest), "").unwrap();
    assert_eq!(store.history().unwrap().len(), 2, "'no file' and 'a' are whole");
    undo(&store, None).unwrap();
    assert_eq!(text(&file), "a");
    undo(&store, None).unwrap();
    assert_eq!(text(&file), "b", "what was in effect is recorded again");
}

#[test]
fn a_torn_version_is_removed_even_if_the_previous_one_is_in_effect() {
    let (folder, file) = folder();
    let store = Store::open(&file);
    put(&store, "a").unwrap();
    put(&store, "b").unwrap();
    let history = folder.path().join(".config.toml.history");
    fs::write(history.join("00000004_1795612945000_999_stun-add.toml"), "").unwrap();
    put(&store, "c").unwrap();
    assert_eq!(versions(&store), ["no file: ", "stun set: a", "stun set: b", "stun set: c"]);
    assert_eq!(names(&history).len(), 4);
    undo(&store, None).unwrap();
    assert_eq!(text(&file), "b");
    let ids: Vec<_> = store.history().unwrap().iter().map(|version| version.id).collect();
    assert_eq!(ids, [1, 2, 3, 5, 6], "no number is given twice");
}

#[test]
fn a_planted_link_is_not_a_version() {
    let (folder, file) = folder();
    let store = Store::open(&file);
    put(&store, "a").unwrap();
    put(&store, "b").unwrap();
    fs::write(folder.path().join("elsewhere"), "secret").unwrap();
    let history = folder.path().join(".config.toml.history");
    symlink("../elsewhere", history.join("00000099_1795612945000_12_stun-add.toml")).unwrap();
    symlink("../elsewhere", history.join("00000098_1795612945000_6_stun-add.toml")).unwrap();
    assert_eq!(versions(&store), ["no file: ", "stun set: a", "stun set: b"]);
    undo(&store, None).unwrap();
    assert_eq!(text(&file), "a");
}

#[test]
fn a_hard_link_is_not_moved_into_the_history() {
    let (folder, file) = folder();
    fs::write(&file, "a").unwrap();
    let second = folder.path().join("second-name");
    fs::hard_link(&file, &second).unwrap();
    let store = Store::open(&file);
    put(&store, "b").unwrap();
    fs::write(&second, "edited elsewhere").unwrap();
    undo(&store, None).unwrap();
    assert_eq!(text(&file), "a");
}

/// Leaves what a run leaves that is killed right after it swapped `new` in: `old` is in its temporary file.
fn kill_after_the_swap(folder: &Path, old: &str, new: &str) {
    fs::write(folder.join(".config.toml.tmp"), old).unwrap();
    fs::write(folder.join(".config.toml.history/new.tmp"), new).unwrap();
    fs::write(folder.join("config.toml"), new).unwrap();
}

#[test]
fn a_hand_edit_in_the_temporary_file_of_a_killed_run_is_added_to_the_history() {
    // The second one is the beginning of what was saved, as is a temporary file that is half written.
    for by_hand in ["by hand", "ou"] {
        let (folder, file) = folder();
        let store = Store::open(&file);
        put(&store, "a").unwrap();
        kill_after_the_swap(folder.path(), by_hand, "ours");
        put(&store, "b").unwrap();
        let hand_edit = format!("hand edit: {by_hand}");
        let expected = ["no file: ", "stun set: a", &hand_edit, "hand edit: ours", "stun set: b"];
        assert_eq!(versions(&store), expected);
        assert_eq!(names(folder.path()), [".config.toml.history", ".config.toml.lock", "config.toml"]);
        assert_eq!(names(&folder.path().join(".config.toml.history")).len(), 5);
    }
}

#[test]
fn a_hand_edit_in_a_temporary_file_is_kept_when_the_settings_were_edited_since() {
    let (folder, file) = folder();
    let store = Store::open(&file);
    put(&store, "a").unwrap();
    kill_after_the_swap(folder.path(), "by hand", "ours");
    fs::write(&file, "edited again").unwrap();
    put(&store, "b").unwrap();
    let expected =
        ["no file: ", "stun set: a", "hand edit: by hand", "hand edit: edited again", "stun set: b"];
    assert_eq!(versions(&store), expected);
}

#[test]
fn the_former_settings_in_the_temporary_file_of_a_killed_run_are_one_version() {
    let (folder, file) = folder();
    let store = Store::open(&file);
    put(&store, "a").unwrap();
    kill_after_the_swap(folder.path(), "a", "ours");
    put(&store, "b").unwrap();
    assert_eq!(versions(&store), ["no file: ", "stun set: a", "hand edit: ours", "stun set: b"]);
}

#[test]
fn what_a_killed_run_never_swapped_in_is_not_a_version() {
    for written in ["", "ou", "ours"] {
        let (folder, file) = folder();
        let store = Store::open(&file);
        put(&store, "a").unwrap();
        kill_after_the_swap(folder.path(), written, "ours");
        fs::write(&file, "a").unwrap();
        put(&store, "b").unwrap();
        assert_eq!(versions(&store), ["no file: ", "stun set: a", "stun set: b"], "{written:?}");
    }
}

#[test]
fn former_settings_that_only_the_temporary_file_has_after_a_power_failure_are_kept() {
    // Some file systems (btrfs) have the swap on the disk before the files of the history, or even its folder.
    for has_history in [true, false] {
        let (folder, file) = folder();
        let store = Store::open(&file);
        let former = folder.path().join(".config.toml.tmp");
        let expected: &[&str] = match has_history {
            true => &["no file: ", "stun set: a", "hand edit: former", "hand edit: ours", "stun set: b"],
            false => &["hand edit: former", "hand edit: ours", "stun set: b"],
        };
        if has_history {
            put(&store, "a").unwrap();
        }
        fs::write(&former, "former").unwrap();
        fs::write(&file, "ours").unwrap();
        put(&store, "b").unwrap();
        assert_eq!(versions(&store), expected);
        assert!(!former.exists());
    }
}

#[test]
fn new_settings_that_were_not_swapped_in_before_a_power_failure_are_not_a_version() {
    for written in ["", "ou", "ours"] {
        let (folder, file) = folder();
        let store = Store::open(&file);
        put(&store, "a").unwrap();
        let new = folder.path().join(".config.toml.tmp");
        fs::write(&new, written).unwrap();
        let later = fs::metadata(&file).unwrap().modified().unwrap() + Duration::from_millis(4);
        fs::File::open(&new).unwrap().set_modified(later).unwrap();
        put(&store, "b").unwrap();
        assert_eq!(versions(&store), ["no file: ", "stun set: a", "stun set: b"], "{written:?}");
        assert!(!new.exists());
    }
}

#[test]
fn a_hard_link_in_place_of_the_temporary_file_is_not_a_version() {
    let (folder, file) = folder();
    let store = Store::open(&file);
    put(&store, "a").unwrap();
    kill_after_the_swap(folder.path(), "by hand", "ours");
    fs::hard_link(folder.path().join(".config.toml.tmp"), folder.path().join("second-name")).unwrap();
    put(&store, "b").unwrap();
    assert_eq!(versions(&store), ["no file: ", "stun set: a", "hand edit: ours", "stun set: b"]);
    assert_eq!(text(&folder.path().join("second-name")), "by hand");
}

#[test]
fn a_version_with_the_highest_number_does_not_stop_the_numbering() {
    let (folder, file) = folder();
    let store = Store::open(&file);
    put(&store, "a").unwrap();
    let history = folder.path().join(".config.toml.history");
    for highest in [u64::MAX, u64::MAX - 1, 1 << 53] {
        fs::write(history.join(format!("{highest}_1795612945000_1_stun-add.toml")), "x").unwrap();
    }
    put(&store, "b").unwrap();
    put(&store, "c").unwrap();
    assert_eq!(versions(&store), ["no file: ", "stun set: a", "stun set: b", "stun set: c"]);
    let ids: Vec<_> = store.history().unwrap().iter().map(|version| version.id).collect();
    assert_eq!(ids, [1, 2, 3, 4]);
}

#[test]
#[ignore = "needs root (tests/run.sh)"]
fn a_history_on_another_file_system_works() {
    let (folder, file) = folder();
    put(&Store::open(&file), "a").unwrap();
    let script = "mount -t tmpfs tmpfs \"$0\" && exec \"$@\"";
    let history = folder.path().join(".config.toml.history");
    let wrapper = ["unshare", "--mount", "sh", "-c", script, history.to_str().unwrap()];
    let run = in_child(&wrapper, "changes_and_undoes", &file);
    assert!(run.status.success(), "{run:?}");
    assert_eq!(text(&file), "b");
    assert_eq!(names(folder.path()).len(), 3);
}
