//! Many processes at once, and processes that are killed: every reported success is kept, no file is torn.

use std::fs;
use std::process::{Child, Stdio};
use std::thread;
use std::time::Duration;

use crate::program::Home;

fn spawn(home: &Home, line: &str) -> Child {
    home.command(line.split(' ')).stdout(Stdio::null()).spawn().unwrap()
}

fn servers(home: &Home) -> Vec<String> {
    let list = home.run("stun list --json --quiet").json();
    list["servers"].as_array().unwrap().iter().map(|s| s["uri"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_hundred_processes_adding_at_once_leave_a_hundred_entries() {
    let home = Home::with("[stun]\nservers = [\"first\"]\n");
    let mut children: Vec<Child> =
        (0..100).map(|n| spawn(&home, &format!("stun add s{n}.example --quiet"))).collect();
    while children.iter_mut().any(|child| child.try_wait().unwrap().is_none()) {
        assert!(!servers(&home).is_empty(), "a reader sees a whole file at any time");
    }
    for child in &mut children {
        assert!(child.wait().unwrap().success());
    }
    let mut found = servers(&home);
    found.sort();
    let mut expected: Vec<_> =
        (0..100).map(|n| format!("stun:s{n}.example:3478")).chain(["stun:first:3478".to_owned()]).collect();
    expected.sort();
    assert_eq!(found, expected);
}

/// Kills `line` at `runs` instants spread over its run, and checks after each that the file is `before` or `after`.
fn kill_at_any_instant(home: &Home, runs: u32, line: &str, before: &str, after: &str) {
    let mut killed = 0;
    for run in 0..runs {
        fs::write(home.file(), before).unwrap();
        let mut child = spawn(home, line);
        // Instants from the start of the process to past its end; the multiplier scatters them.
        thread::sleep(Duration::from_micros(u64::from(run * 7919 % 6000)));
        child.kill().unwrap();
        killed += u32::from(!child.wait().unwrap().success());
        let text = home.text();
        assert!(text == before || text == after, "run {run} left:\n{text}");
    }
    assert!(killed * 4 > runs, "only {killed} of {runs} runs were killed in time");
    assert!(killed < runs, "all runs were killed before they did anything");
}

#[test]
fn a_kill_at_any_instant_leaves_the_old_file_or_the_new_one() {
    let a = "# kept\n[stun]\nservers = [\"stun:a:3478\"] # list\n";
    let b = "# kept\n[stun]\nservers = [\"stun:a:3478\", \"stun:b:3478\"] # list\n";
    let home = Home::with(a);
    kill_at_any_instant(&home, 250, "stun add b", a, b);
    fs::write(home.file(), a).unwrap();
    home.run("stun add b").prints("added stun:b:3478\n");
    assert_eq!(home.text(), b);

    // An undo of a hand edit goes back to the newest version.
    let by_hand = "# by hand\n";
    kill_at_any_instant(&home, 100, "config undo", by_hand, b);
    home.run("stun add c");
    let beside = home.file().parent().unwrap().to_owned();
    let mut names: Vec<_> =
        fs::read_dir(beside).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(
        names,
        [".config.toml.history", ".config.toml.lock", "config.toml"],
        "no temporary file is left"
    );
}
