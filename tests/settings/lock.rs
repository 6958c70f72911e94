//! The lock of the settings while another process holds it: a notice, a timeout, and commands that need no lock.

use std::thread;
use std::time::{Duration, Instant};

use crate::support::program::{Home, Run};

fn notice(home: &Home) -> String {
    let lock = home.file().with_file_name(".config.toml.lock");
    format!("waiting for another process, which has locked {}\n", lock.display())
}

/// Runs a line while this test holds the lock, and releases it after `held`.
fn run_while_locked(line: &str, held: Duration) -> (Home, Run) {
    let (home, lock) = Home::locked();
    let child = home.command(line.split(' ')).spawn().unwrap();
    thread::sleep(held);
    drop(lock);
    let run = Run::of(line, child.wait_with_output().unwrap());
    (home, run)
}

#[test]
fn an_edit_gives_up_after_the_lock_timeout() {
    for line in ["stun add x", "turn clear", "policy relay", "config undo", "stun add x --no-input"] {
        let (home, _lock) = Home::locked();
        let text = home.text();
        let started = Instant::now();
        let run = home.run(&format!("{line} --lock-timeout 300ms"));
        assert!(started.elapsed() >= Duration::from_millis(300), "{line}");
        let lock = home.file().with_file_name(".config.toml.lock");
        let error = format!("error: another process has kept {} locked for 300ms\n", lock.display());
        let hint =
            "hint: wait until it has finished (lslocks lists it), or wait longer with --lock-timeout\n";
        run.ends(3, "", &(error + hint));
        assert_eq!(home.text(), text, "{line}");
    }
}

#[test]
fn a_script_gets_only_the_code_of_a_locked_file() {
    let (home, _lock) = Home::locked();
    let error = home.run("stun add x --lock-timeout 1200ms --json").json_error(3);
    assert_eq!(error["code"], "config-locked", "{error}");
}

#[test]
fn an_edit_that_waits_for_a_second_says_so() {
    let (home, run) = run_while_locked("stun add x", Duration::from_secs(2));
    run.ends(0, "added stun:x:3478\n", &notice(&home));
    for quiet in ["stun add x --quiet", "stun add x --json"] {
        let (_home, run) = run_while_locked(quiet, Duration::from_secs(2));
        assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""), "{quiet}");
    }
}

#[test]
fn a_short_wait_is_silent() {
    let (_home, run) = run_while_locked("stun add x", Duration::from_millis(300));
    run.prints("added stun:x:3478\n");
}

#[test]
fn reading_and_a_dry_run_never_wait() {
    let (home, _lock) = Home::locked();
    for line in ["stun list", "show", "config check", "config history", "stun add x --dry-run"] {
        let started = Instant::now();
        assert_eq!(home.run(line).status, Some(0), "{line}");
        assert!(started.elapsed() < Duration::from_secs(5), "{line}");
    }
}

#[test]
fn an_invalid_lock_timeout_is_a_usage_error() {
    let home = Home::new();
    home.run("stun add x --lock-timeout 30").fails(2, "expected a number and a unit");
}
