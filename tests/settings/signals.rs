//! Signals while an edit waits for the lock: it ends at once, has written nothing and holds no lock.

use std::fs;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

use crate::support::program::Home;

/// Waits until a process waits for a lock.
#[track_caller]
fn wait_until_blocked(child: &Child) {
    let started = Instant::now();
    let waiter = format!(" {} ", child.id());
    let waits = |line: &str| line.contains("-> FLOCK") && line.contains(&waiter);
    while !fs::read_to_string("/proc/locks").unwrap().lines().any(waits) {
        assert!(started.elapsed() < Duration::from_secs(10), "it never waited for the lock");
        std::thread::yield_now();
    }
}

fn files(home: &Home) -> Vec<String> {
    let mut names = Vec::new();
    let mut folders = vec![home.file().parent().unwrap().to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            names.push(path.display().to_string());
            folders.extend(path.is_dir().then_some(path));
        }
    }
    names.sort();
    names
}

#[test]
fn a_signal_ends_an_edit_that_waits_for_the_lock() {
    for line in ["stun add x", "turn clear", "policy relay", "config undo", "stun add x --json"] {
        for (signal, status) in [("HUP", 129), ("INT", 130), ("QUIT", 131), ("TERM", 143)] {
            let (home, lock) = Home::locked();
            let (before, text) = (files(&home), home.text());
            let child = home.command(line.split(' ')).spawn().unwrap();
            wait_until_blocked(&child);
            let started = Instant::now();
            assert!(
                Command::new("kill")
                    .args(["-s", signal, &child.id().to_string()])
                    .status()
                    .unwrap()
                    .success()
            );
            let output = child.wait_with_output().unwrap();
            assert_eq!(output.status.code(), Some(status), "{line}");
            assert!(started.elapsed() < Duration::from_secs(2), "{line} ended after {:?}", started.elapsed());
            assert_eq!((output.stdout.len(), output.stderr.len()), (0, 0), "{line} has nothing to say");
            assert_eq!((files(&home), home.text()), (before, text), "{line} wrote nothing");
            drop(lock);
            home.run("stun add y --quiet").prints("");
        }
    }
}

#[test]
fn an_edit_that_waited_builds_on_the_other_edit() {
    let (home, lock) = Home::locked();
    let child = home.command(["stun", "add", "x"]).spawn().unwrap();
    wait_until_blocked(&child);
    fs::write(home.file(), "[stun]\nservers = [\"c\"]\n").unwrap();
    drop(lock);
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(0));
    assert_eq!(home.text(), "[stun]\nservers = [\"c\", \"stun:x:3478\"]\n");
}

#[test]
fn signals_that_are_ignored_at_the_start_stay_ignored() {
    let (home, lock) = Home::locked();
    let mut command = Command::new("sh");
    command.env_clear().envs(std::env::var_os("PATH").map(|path| ("PATH", path))).env("HOME", home.path());
    let script = format!("trap '' HUP INT; exec {} stun add x", env!("CARGO_BIN_EXE_cowork-calls"));
    let mut child = command.args(["-c", &script]).spawn().unwrap();
    wait_until_blocked(&child);
    for signal in ["HUP", "INT"] {
        let sent = Command::new("kill").args(["-s", signal, &child.id().to_string()]).status();
        assert!(sent.unwrap().success());
    }
    std::thread::sleep(Duration::from_millis(200));
    assert!(child.try_wait().unwrap().is_none(), "it still waits for the lock");
    drop(lock);
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(home.text().contains("stun:x:3478"));
}
