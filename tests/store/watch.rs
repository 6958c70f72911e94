//! The watch on the settings: it notices every change, and only complete ones.

use std::fs;
use std::thread::sleep;
use std::time::{Duration, Instant};

use cowork_calls::store::{Store, Watcher};

use super::{code, folder, put};
use crate::support::stopwatch::in_time;

/// The result of the next change, and after how long.
fn next_change(watcher: &mut Watcher) -> (Result<Vec<u8>, &'static str>, Duration) {
    let started = Instant::now();
    loop {
        if let Some(found) = watcher.poll() {
            let bytes = found.map(|now| now.bytes().unwrap_or_default().to_vec());
            return (bytes.map_err(code), started.elapsed());
        }
        assert!(started.elapsed() < Duration::from_secs(5), "nothing has changed");
        sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_save_is_noticed_once() {
    let (_folder, file) = folder();
    let store = Store::open(&file);
    let mut watcher = store.watch();
    assert!(store.load().unwrap().bytes().is_none() && watcher.poll().is_none());
    for text in ["a", "b", "b2", "b3"] {
        put(&store, text).unwrap();
        assert_eq!(watcher.poll().unwrap().unwrap().bytes(), Some(text.as_bytes()));
        assert!(watcher.poll().is_none());
    }
}

#[test]
fn an_edit_in_place_is_noticed_once_it_has_settled() {
    let (_folder, file) = folder();
    let mut watcher = in_time(Duration::from_millis(40)..Duration::from_millis(90), || {
        fs::write(&file, "old").unwrap();
        let mut watcher = Store::open(&file).watch();
        fs::write(&file, "").unwrap();
        assert!(watcher.poll().is_none(), "an empty file is about to be written");
        fs::write(&file, "new").unwrap();
        let (bytes, after) = next_change(&mut watcher);
        assert_eq!(bytes.unwrap(), b"new");
        (watcher, after)
    });
    // The same length as before, and the same time as far as a coarse clock can tell.
    fs::write(&file, "neu").unwrap();
    assert_eq!(next_change(&mut watcher).0.unwrap(), b"neu");
}

#[test]
fn the_gap_while_an_editor_replaces_the_file_is_not_a_change() {
    let (folder, file) = folder();
    fs::write(&file, "old").unwrap();
    let mut watcher = Store::open(&file).watch();
    fs::rename(&file, folder.path().join("config.toml~")).unwrap();
    assert!(watcher.poll().is_none());
    fs::write(&file, "new").unwrap();
    assert_eq!(next_change(&mut watcher).0.unwrap(), b"new");
    fs::remove_file(&file).unwrap();
    let (bytes, after) = next_change(&mut watcher);
    assert!(bytes.unwrap().is_empty() && after >= Duration::from_millis(400), "{after:?}");
}

#[test]
fn an_unreadable_file_is_reported_and_its_recovery_noticed() {
    let (_folder, file) = folder();
    let mut watcher = Store::open(&file).watch();
    fs::create_dir(&file).unwrap();
    for _ in 0..2 {
        assert_eq!(next_change(&mut watcher).0, Err("config-unreadable"));
        assert!(watcher.poll().is_none());
    }
    fs::remove_dir(&file).unwrap();
    fs::write(&file, "a").unwrap();
    assert_eq!(next_change(&mut watcher).0.unwrap(), b"a");
}
