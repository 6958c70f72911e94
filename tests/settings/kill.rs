//! Many processes at once, and processes that are killed: every reported success is kept, no file is torn.

use std::fs;
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

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

/// Kills `line` at `runs` instants spread over its run. After each the file is `before` or `after`, the history
/// can be read, and the next command works.
fn kill_at_any_instant(home: &Home, runs: u32, line: &str, before: &str, after: &str) {
    let (mut killed, mut done) = (0, 0);
    let span = usual_span(home, line, before);
    for run in 0..runs {
        fs::write(home.file(), before).unwrap();
        let mut child = spawn(home, line);
        thread::sleep(instant(span, run));
        child.kill().unwrap();
        killed += u32::from(!child.wait().unwrap().success());
        let text = home.text();
        assert!(text == before || text == after, "run {run} left:\n{text}");
        done += u32::from(text == after);
        if run % 10 == 0 {
            let history = home.run("config history --json").json();
            assert!(history["versions"].as_array().is_some(), "{history}");
            home.run("stun add next --quiet").prints("");
            assert!(home.text().contains("\"stun:next:3478\""), "the next command works");
            assert_eq!(left_over(home), Vec::<String>::new(), "run {run}");
        }
    }
    assert!(killed * 4 > runs, "only {killed} of {runs} runs were killed in time");
    assert!(done * 20 > runs, "only {done} of {runs} runs came to their end");
}

/// How long an undisturbed run takes here and now.
fn usual_span(home: &Home, line: &str, before: &str) -> Duration {
    let spans = (0..5).map(|_| {
        fs::write(home.file(), before).unwrap();
        let started = Instant::now();
        assert!(spawn(home, line).wait().unwrap().success());
        started.elapsed()
    });
    spans.max().unwrap()
}

/// An instant from the start of a process to past its end; the multiplier scatters them.
fn instant(span: Duration, run: u32) -> Duration {
    span.mul_f64(f64::from(run * 7919 % 1000) / 1000.0 * 1.6)
}

/// What lies beside the settings file or in its history, and is neither a version nor the lock.
fn left_over(home: &Home) -> Vec<String> {
    let beside = home.file().parent().unwrap().to_owned();
    let names = |folder: &std::path::Path| {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect::<Vec<_>>()
    };
    let known = [".config.toml.history", ".config.toml.lock", "config.toml"];
    let mut found: Vec<_> =
        names(&beside).into_iter().filter(|name| !known.contains(&name.as_str())).collect();
    // A version's name begins with its number.
    let is_version =
        |name: &String| name.starts_with(|c: char| c.is_ascii_digit()) && name.ends_with(".toml");
    found.extend(names(&beside.join(".config.toml.history")).into_iter().filter(|name| !is_version(name)));
    found
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
    assert_eq!(left_over(&home), Vec::<String>::new());
}

#[test]
fn an_undo_that_is_killed_leaves_the_old_file_or_the_new_one() {
    let by_hand = "# by hand\n";
    let home = Home::with("[stun]\nservers = [\"stun:next:3478\"]\n");
    home.run("stun move 1 1");
    home.run("stun add b").prints("added stun:b:3478\n");
    home.run("stun remove b").prints("removed stun:b:3478\n");
    let newest = home.text();
    // An undo of a hand edit goes back to the newest version.
    let (mut killed, mut done) = (0, 0);
    let span = usual_span(&home, "config undo", by_hand);
    for run in 0..100 {
        fs::write(home.file(), &newest).unwrap();
        home.run("stun add mark --quiet").prints("");
        home.run("stun remove mark --quiet").prints("");
        fs::write(home.file(), by_hand).unwrap();
        let mut child = spawn(&home, "config undo");
        thread::sleep(instant(span, run));
        child.kill().unwrap();
        killed += u32::from(!child.wait().unwrap().success());
        let text = home.text();
        assert!(text == by_hand || text == newest, "run {run} left:\n{text}");
        done += u32::from(text == newest);
    }
    assert!(killed > 25 && done > 5, "{killed} of 100 were killed, {done} came to their end");
    home.run("stun add c");
    assert_eq!(left_over(&home), Vec::<String>::new());
}
