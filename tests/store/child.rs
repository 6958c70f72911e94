//! The parts of tests that need another umask, user or mount, and so a process of their own.

use std::env;
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use cowork_calls::store::{Change, Store};

use super::{append, code, names, put, text, undo, versions};

/// Runs one of the ignored tests below on `file` in a process of its own, which `wrapper` starts.
pub(crate) fn in_child(wrapper: &[&str], test: &str, file: &Path) -> Output {
    // Another user may not be able to reach this program, but can reach a copy. Only `cp` has the copy open for
    // writing: if this process had, children of other tests would inherit it, and the copy could not be started.
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
    let program = folder.path().join("test");
    let copied = Command::new("cp").arg(env::current_exe().unwrap()).arg(&program).status().unwrap();
    assert!(copied.success(), "cp: {copied}");
    let mut command = Command::new(wrapper[0]);
    command.args(&wrapper[1..]).arg(program).arg(format!("store::child::{test}"));
    command.args(["--exact", "--ignored", "--nocapture"]);
    let run = command.env("STORE_TEST_FILE", file).output().unwrap();
    assert!(output(&run).contains("running 1 test"), "{run:?}");
    run
}

pub(crate) fn as_nobody() -> [&'static str; 6] {
    ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
}

pub(crate) fn output(run: &Output) -> String {
    String::from_utf8_lossy(&run.stdout).into_owned()
}

/// The file from the parent; none if all ignored tests are run.
fn given_file() -> Option<PathBuf> {
    env::var_os("STORE_TEST_FILE").map(PathBuf::from)
}

#[test]
#[ignore = "other tests run it in a child"]
fn changes() {
    let Some(file) = given_file() else { return };
    if let Err(error) = append(&Store::open(file), "b") {
        let (message, hint) = (error.to_string(), error.hint());
        println!("{}: {message}; {hint}", code(error));
    }
}

#[test]
#[ignore = "other tests run it in a child"]
fn changes_nothing() {
    let Some(file) = given_file() else { return };
    match Store::open(file).change("stun add", |_| Ok::<_, ()>(Change::Unchanged("as it was"))) {
        Ok(what) => println!("{what}"),
        Err(error) => println!("{error:?}"),
    }
}

#[test]
#[ignore = "other tests run it in a child"]
fn loads() {
    let Some(file) = given_file() else { return };
    if let Err(error) = Store::open(file).load() {
        println!("{error}; {}", error.hint());
    }
}

#[test]
#[ignore = "other tests run it in a child"]
fn fills_the_disk() {
    let Some(file) = given_file() else { return };
    let store = Store::open(&file);
    let mut saved = "x".repeat(1000);
    put(&store, &saved).unwrap();
    let mut refused = 0;
    for pages in 1..10 {
        let larger = pages.to_string().repeat(pages * 4000);
        match put(&store, &larger) {
            Ok(()) => saved = larger,
            Err(error) => {
                refused += 1;
                let message = error.to_string();
                assert!(message.starts_with("cannot write to ") && message.ends_with(": the disk is full"));
            }
        }
        assert_eq!(text(&file), saved, "after {pages} pages");
        assert_eq!(names(file.parent().unwrap()).len(), 3);
        assert!(names(&file.with_file_name(".config.toml.history")).iter().all(|name| name != "new.tmp"));
    }
    assert!(refused > 3, "{refused} of 9 refused");
}

#[test]
#[ignore = "other tests run it in a child"]
fn changes_and_undoes() {
    let Some(file) = given_file() else { return };
    let store = Store::open(&file);
    for text in ["b", "c", "d"] {
        put(&store, text).unwrap();
    }
    undo(&store, Some(2)).unwrap();
    let expected = ["first seen: a", "stun set: b", "stun set: c", "stun set: d", "config undo: b"];
    assert_eq!(versions(&store), expected);
}
