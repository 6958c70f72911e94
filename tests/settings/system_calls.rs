//! What a command asks of the kernel: a slow machine does not hide that it became more.

use std::fs;

use crate::support::program::Home;
use crate::support::strace::{calls, traced};

/// Runs a command; returns its system calls but for those of memory, with their arguments, and asserts that it starts no thread and no process.
fn trace(home: &Home, line: &str) -> Vec<(String, String)> {
    let log = home.path().join("strace.log");
    let run = traced(&home.command(line.split(' ')), &log, &[]).output().expect("this test needs strace");
    assert!(run.status.success(), "{line}: {run:?}");
    let text = fs::read_to_string(&log).unwrap();
    assert!(!text.contains("clone") && !text.contains("fork("), "{line} starts something:\n{text}");
    let is_memory = |name: &str| ["brk", "mmap", "mremap", "munmap"].contains(&name);
    let calls = calls(&log).into_iter().filter(|call| !is_memory(&call.name));
    calls.map(|call| (call.name, call.text)).collect()
}

fn names(calls: &[(String, String)]) -> Vec<&str> {
    calls.iter().map(|(name, _)| name.as_str()).collect()
}

fn texts<'a>(calls: &'a [(String, String)], prefix: &str) -> Vec<&'a str> {
    let of_interest = calls.iter().filter(|(name, _)| name.starts_with(prefix));
    of_interest.map(|(_, text)| text.as_str()).collect()
}

#[test]
#[ignore = "needs strace (tests/run.sh)"]
fn a_list_opens_only_the_settings() {
    let home = Home::with("[stun]\nservers = [\"a\", \"b\", \"c\", \"d\", \"e\"]\n");
    let calls = trace(&home, "stun list");
    let opened = texts(&calls, "open");
    let files = ["/proc/self/stat\"", "/cowork-calls/config.toml\""]; // the first has the signals that are ignored
    let are_expected = opened.iter().zip(files).all(|(text, file)| text.contains(file));
    assert!(opened.len() == files.len() && are_expected, "{opened:#?}");
    assert_eq!(texts(&calls, "write").len(), 1, "{calls:#?}");
    assert!(texts(&calls, "socket").is_empty(), "{calls:#?}");
}

#[test]
#[ignore = "needs strace (tests/run.sh)"]
fn an_edit_makes_the_same_system_calls_whatever_the_history_holds() {
    let home = Home::with("[stun]\nservers = [\"a\", \"b\", \"c\", \"d\", \"e\"]\n");
    home.run("stun move 1 5 --quiet").prints("");
    let first = trace(&home, "stun move 1 5");
    for _ in 0..95 {
        home.run("stun move 1 5 --quiet").prints("");
    }
    let later = trace(&home, "stun move 1 5");
    assert_eq!(home.run("config history --json").json()["versions"].as_array().unwrap().len(), 99);
    assert_eq!(names(&first), names(&later), "with 2 versions and with 98");
    assert_eq!(texts(&later, "fsync").len(), 2, "of the new file and of its folder: {later:#?}");

    home.run("stun move 1 5 --quiet").prints("");
    let full = trace(&home, "stun move 1 5");
    let added = full.len() - later.len();
    assert_eq!((added, texts(&full, "unlinkat").len()), (2, 1), "it removes the oldest version: {full:#?}");
}
