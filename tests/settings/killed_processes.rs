//! Many concurrent processes, and killed processes: every reported success is kept, and no file is torn.

use std::os::unix::fs::MetadataExt;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use crate::support::program::Home;

fn spawn(home: &Home, line: &str) -> Child {
    home.command(line.split(' ')).stdout(Stdio::null()).spawn().unwrap()
}

fn servers(home: &Home) -> Vec<String> {
    let list = home.run("stun list --json --quiet").json();
    list["servers"].as_array().unwrap().iter().map(|s| s["uri"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn a_hundred_concurrent_additions_leave_a_hundred_entries() {
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

/// Instants at which to kill a process: spread from its start to past its end. How long a run takes depends on
/// the load of the machine, so the span is adapted after each run.
struct Instants {
    span: Duration,
    killed: u32,
    done: u32,
}

impl Instants {
    const fn new() -> Self {
        Instants { span: Duration::from_millis(6), killed: 0, done: 0 }
    }

    /// Kills a process at the instant number `run`.
    fn kill(&mut self, mut child: Child, run: u32) {
        // The multiplier spreads successive numbers.
        let share = f64::from(run * 7919 % 1000) / 1000.0;
        thread::sleep(self.span.mul_f64(share));
        child.kill().unwrap();
        if child.wait().unwrap().success() {
            self.done += 1;
            self.span = self.span.mul_f64(0.9);
        } else {
            self.killed += 1;
            self.span = self.span.mul_f64(1.08);
        }
    }

    #[track_caller]
    fn assert_spread_over_the_run(&self) {
        let Instants { killed, done, .. } = self;
        println!("{killed} runs were killed in time, {done} came to their end");
        assert!(*killed >= 20 && *done >= 10, "{killed} runs were killed in time, {done} came to their end");
    }
}

/// How many runs are killed: few enough for a test suite, or half of `COWORK_CALLS_KILL_RUNS` for each
/// test.
fn runs(usual: u32) -> u32 {
    match env::var("COWORK_CALLS_KILL_RUNS") {
        Ok(all) => all.parse::<u32>().expect("COWORK_CALLS_KILL_RUNS is a number").div_ceil(2),
        Err(_) => usual,
    }
}

/// Starts a line under a umask that removes no permissions.
fn spawn_without_umask(home: &Home, line: &str) -> Child {
    let program = home.command(line.split(' '));
    let mut shell = Command::new("sh");
    shell.args(["-c", "umask 000; exec \"$@\"", "sh"]).arg(program.get_program()).args(program.get_args());
    shell.env_clear().env("HOME", home.path()).current_dir(home.path());
    shell.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// Asserts that only the owner may read the files there, even unfinished ones.
fn assert_private(home: &Home) {
    let folder = home.file().parent().unwrap().to_owned();
    for folder in [&folder, &folder.join(".config.toml.history")] {
        for entry in fs::read_dir(folder).into_iter().flatten() {
            let path = entry.unwrap().path();
            // If it is gone, it was a temporary file.
            let Ok(metadata) = fs::symlink_metadata(&path) else { continue };
            assert_eq!(metadata.mode() & 0o077, 0, "{} has the mode {:o}", path.display(), metadata.mode());
        }
    }
}

/// Kills `line` at `runs` instants spread over its run. After each, the file is `before` or `after`, the history
/// is readable, and the next command works.
fn kill_at_any_instant(home: &Home, runs: u32, line: &str, before: &str, after: &str) {
    let mut instants = Instants::new();
    for run in 0..runs {
        fs::write(home.file(), before).unwrap();
        instants.kill(spawn_without_umask(home, line), run);
        assert_private(home);
        let text = home.text();
        assert!(text == before || text == after, "run {run} left:\n{text}");
        if run % 10 == 0 {
            let history = home.run("config history --json").json();
            assert!(history["versions"].as_array().is_some(), "{history}");
            home.run("stun add next --quiet").prints("");
            assert!(home.text().contains("\"stun:next:3478\""), "the next command works");
            assert_eq!(leftovers(home), Vec::<String>::new(), "run {run}");
        }
    }
    instants.assert_spread_over_the_run();
}

/// The files beside the settings file or in its history that are neither a version nor the lock.
fn leftovers(home: &Home) -> Vec<String> {
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
    kill_at_any_instant(&home, runs(250), "stun add b", a, b);
    fs::write(home.file(), a).unwrap();
    home.run("stun add b").prints("added stun:b:3478\n");
    assert_eq!(home.text(), b);
    assert_eq!(leftovers(&home), Vec::<String>::new());
}

#[test]
fn an_undo_that_is_killed_leaves_the_old_file_or_the_new_one() {
    let by_hand = "# by hand\n";
    let home = Home::with("[stun]\nservers = [\"stun:next:3478\"]\n");
    home.run("stun move 1 1");
    home.run("stun add b").prints("added stun:b:3478\n");
    home.run("stun remove b").prints("removed stun:b:3478\n");
    let newest = home.text();
    // An undo of a hand edit restores the newest version.
    let mut instants = Instants::new();
    for run in 0..runs(100) {
        fs::write(home.file(), &newest).unwrap();
        home.run("stun add mark --quiet").prints("");
        home.run("stun remove mark --quiet").prints("");
        fs::write(home.file(), by_hand).unwrap();
        instants.kill(spawn_without_umask(&home, "config undo"), run);
        assert_private(&home);
        let text = home.text();
        assert!(text == by_hand || text == newest, "run {run} left:\n{text}");
    }
    instants.assert_spread_over_the_run();
    home.run("stun add c");
    assert_eq!(leftovers(&home), Vec::<String>::new());
}

/// Spins, because sleeping takes longer than the instants that count here.
fn spin_until(limit: Duration, mut done: impl FnMut() -> bool) {
    let started = Instant::now();
    while !done() && started.elapsed() < limit {}
}

#[test]
fn a_hand_edit_right_before_the_swap_of_a_killed_run_is_kept() {
    let home = Home::new();
    home.run("stun set a --quiet").prints("");
    let history = home.file().with_file_name(".config.toml.history");
    let temporary = home.file().with_file_name(".config.toml.tmp");
    for run in 0..runs(200) {
        let mut child = spawn(&home, &format!("stun add s{run}"));
        // From here on, it is about to swap. The multipliers spread successive numbers over the instants after that.
        spin_until(Duration::from_secs(10), || temporary.exists() || child.try_wait().unwrap().is_some());
        spin_until(Duration::from_micros(u64::from(run * 7919 % 1000)), || false);
        let mark = format!("# by hand {run}\n");
        let new = home.file().with_extension("swp");
        fs::write(&new, format!("{mark}[stun]\nservers = [\"stun:a:3478\"]\n")).unwrap();
        fs::rename(&new, home.file()).unwrap();
        spin_until(Duration::from_micros(u64::from(run * 104_729 % 800)), || false);
        child.kill().unwrap();
        child.wait().unwrap();
        home.run(&format!("stun add next{run} --quiet")).prints("");
        let versions = fs::read_dir(&history).unwrap().map(|entry| entry.unwrap().path());
        let is_kept =
            versions.chain([home.file()]).any(|file| fs::read_to_string(file).unwrap().contains(&mark));
        assert!(is_kept, "the hand edit {run} is lost");
        assert_eq!(leftovers(&home), Vec::<String>::new(), "run {run}");
    }
}
