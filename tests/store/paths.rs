//! Paths: links are followed, and special files are neither read nor replaced.

use std::ffi::OsStr;
use std::fs;
use std::os::fd::AsRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixListener;
use std::process::Command;

use cowork_calls::store::{Store, StoreError};

use super::{code, folder, names, put, text, undo};

#[test]
fn symbolic_links_stay_and_their_target_changes() {
    let (folder, link) = folder();
    fs::create_dir(folder.path().join("real")).unwrap();
    let real = folder.path().join("real/settings");
    symlink("second", &link).unwrap();
    symlink("real/settings", folder.path().join("second")).unwrap();
    let store = Store::open(&link);
    assert_eq!(store.load().unwrap().bytes(), None);
    put(&store, "through a dangling link").unwrap();
    put(&store, "through a link").unwrap();
    assert_eq!(text(&real), "through a link");
    assert_eq!(names(real.parent().unwrap()), [".settings.history", ".settings.lock", "settings"]);
    assert!(link.symlink_metadata().unwrap().is_symlink());
    assert_eq!(Store::open(&real).history().unwrap(), store.history().unwrap());
}

#[test]
fn a_dangling_link_into_a_missing_folder_creates_both() {
    let (folder, link) = folder();
    symlink("not/yet/there", &link).unwrap();
    put(&Store::open(&link), "a").unwrap();
    assert_eq!(text(&folder.path().join("not/yet/there")), "a");
}

#[test]
fn a_dangling_link_in_place_of_the_folder_is_an_error() {
    let (folder, _) = folder();
    symlink("nowhere", folder.path().join("link")).unwrap();
    let error = put(&Store::open(folder.path().join("link/config.toml")), "a").unwrap_err();
    let shown = error.to_string();
    assert_eq!(code(error), "config-unwritable", "{shown}");
}

#[test]
fn a_link_cycle_is_an_error() {
    let (folder, file) = folder();
    symlink("other", &file).unwrap();
    symlink("config.toml", folder.path().join("other")).unwrap();
    let store = Store::open(&file);
    for error in [store.load().unwrap_err(), put(&store, "a").unwrap_err(), store.history().unwrap_err()] {
        assert!(matches!(error, StoreError::LinkCycle(_)), "{error}");
    }
}

#[test]
fn a_special_file_is_an_error_and_never_waited_for() {
    let (folder, _) = folder();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("folder")).unwrap();
    assert!(Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
    let _socket = UnixListener::bind(at("socket")).unwrap();
    let before = names(folder.path());
    let cases = [
        (at("folder"), "a folder"),
        (at("pipe"), "a pipe"),
        (at("socket"), "a socket"),
        ("/dev/zero".into(), "a device"),
        ("/".into(), "a folder"),
    ];
    for (path, kind) in cases {
        let store = Store::open(&path);
        for error in [store.load().unwrap_err(), put(&store, "a").unwrap_err()] {
            assert_eq!(error.to_string(), format!("{} is {kind}, not a regular file", path.display()));
            assert_eq!(code(error), "config-unreadable");
        }
    }
    assert_eq!(names(folder.path()), before);
    let below_a_file = at("socket").join("config.toml");
    assert_eq!(code(Store::open(below_a_file).load().unwrap_err()), "config-unreadable");
}

#[test]
fn a_name_that_is_not_utf8_works() {
    let (folder, _) = folder();
    let file = folder.path().join(OsStr::from_bytes(b"caf\xe9.toml"));
    let store = Store::open(&file);
    put(&store, "a").unwrap();
    put(&store, "b").unwrap();
    undo(&store, None).unwrap();
    assert_eq!(text(&file), "a");
    assert!(store.name().ends_with("caf\u{fffd}.toml"));
}

#[test]
fn an_open_file_is_read_by_its_descriptor_and_never_replaced() {
    let (folder, file) = folder();
    fs::write(&file, "a").unwrap();
    let open = fs::File::open(&file).unwrap();
    let descriptor = format!("/proc/self/fd/{}", open.as_raw_fd());
    let store = Store::open(&descriptor);
    assert_eq!(store.load().unwrap().bytes(), Some(&b"a"[..]));
    fs::remove_file(&file).unwrap();
    assert_eq!(store.load().unwrap().bytes(), Some(&b"a"[..]));
    let error = put(&store, "b").unwrap_err().to_string();
    assert!(error.ends_with("is a file without a name, not a regular file"), "{error}");
    assert_eq!(names(folder.path()), [""; 0]);

    let (reader, _writer) = std::io::pipe().unwrap();
    let store = Store::open(format!("/proc/self/fd/{}", reader.as_raw_fd()));
    for error in [store.load().unwrap_err(), put(&store, "a").unwrap_err()] {
        assert!(error.to_string().ends_with("is a pipe, not a regular file"), "{error}");
    }
}
