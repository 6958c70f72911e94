//! A system call that fails, each at a time: no panic, the old file or the new one, and no success that is none.

use std::fs::{self, Permissions};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::support::program::{Home, Run};
use crate::support::strace::{Call, calls, traced, wants_all};

const SECRET: &str = "hushhushhush";

/// The errors of commands that have saved the settings.
const ERRORS_AFTER_SAVING: [&str; 2] =
    ["was saved, but its history could not be updated", "cannot print the result"];

/// A command, and the commands before it.
struct Case {
    before: &'static [&'static str],
    line: &'static str,
    input: String,
}

fn case(before: &'static [&'static str], line: &'static str) -> Case {
    Case { before, line, input: String::new() }
}

/// A home in which a command is run again and again on the same settings.
struct Bench {
    home: Home,
    case: Case,
    files: Vec<(PathBuf, Vec<u8>)>,
    old: Option<String>,
    new: Option<String>,
    calls: Vec<Call>,
}

impl Bench {
    fn new(case: Case) -> Self {
        let home = Home::new();
        for line in case.before {
            let run = home.run_with(line, &servers_with_secret());
            assert_eq!(run.status, Some(0), "{line}: {}", run.stderr);
        }
        let (files, old) = (files(&home.path().join(".config")), text(&home));
        let mut bench = Bench { home, case, files, old, new: None, calls: Vec::new() };
        let run = bench.run(&[]);
        assert_eq!(run.status, Some(0), "{}: {}", bench.case.line, run.stderr);
        bench.new = text(&bench.home);
        bench.calls = calls(&bench.log());
        bench
    }

    fn log(&self) -> PathBuf {
        self.home.path().join("strace.log")
    }

    fn restore(&self) {
        let _ = fs::remove_dir_all(self.home.path().join(".config"));
        for (path, bytes) in &self.files {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, bytes).unwrap();
            fs::set_permissions(path, Permissions::from_mode(0o600)).unwrap();
        }
    }

    fn run(&self, options: &[String]) -> Run {
        let command = self.home.command(self.case.line.split(' '));
        let mut strace = traced(&command, &self.log(), options);
        strace.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = strace.spawn().expect("this test needs strace");
        // A command that fails early does not read its input.
        let _ = child.stdin.take().unwrap().write_all(self.case.input.as_bytes());
        Run::of(self.case.line, child.wait_with_output().unwrap())
    }

    /// Lets one call fail, and asserts what holds then.
    fn fail(&self, call: &Call, error: &str) {
        self.restore();
        let Call { name, nth, text: called } = call;
        let fault = format!("'{}' with {error} at {called}", self.case.line);
        let inject = format!("inject={name}:error={error}:when={nth}");
        let run = self.run(&["-e".to_owned(), format!("trace={name}"), "-e".to_owned(), inject]);
        let log = fs::read_to_string(self.log()).unwrap();
        assert!(log.contains("(INJECTED)"), "{fault}: did not happen:\n{log}");
        let Run { stdout, stderr, status, .. } = &run;
        assert!(matches!(status, Some(0..=3)), "{fault}: {status:?}: {stderr}");
        assert!(!stderr.contains("panicked"), "{fault}: {stderr}");
        // Only standard error itself cannot report that it failed.
        assert!(*status == Some(0) || !stderr.is_empty() || called.starts_with("write(2"), "{fault}");
        assert!(!stdout.contains(SECRET) && !stderr.contains(SECRET), "{fault}: {stdout}{stderr}");
        let now = text(&self.home);
        assert!(now == self.old || now == self.new, "{fault} left:\n{now:?}");
        assert!(*status != Some(0) || now == self.new, "{fault} is reported as done, but is not: {stderr}");
        let says_saved = ERRORS_AFTER_SAVING.iter().any(|error| stderr.contains(error));
        let is_saved = self.old != self.new && now == self.new;
        assert!(!is_saved || *status == Some(0) || says_saved, "{fault}: saved, but not reported: {stderr}");
        self.assert_next_command_works(now.as_deref(), &fault);
    }

    fn assert_next_command_works(&self, now: Option<&str>, fault: &str) {
        let folder = self.home.file().with_file_name("");
        for (path, _) in files(&self.home.path().join(".config")) {
            let mode = fs::metadata(&path).unwrap().mode();
            assert_eq!(mode & 0o077, 0, "{fault}: {} has the mode {mode:o}", path.display());
        }
        let next = self.home.run("stun add next --quiet");
        assert_eq!((next.status, next.stderr.as_str()), (Some(0), ""), "{fault}: the next command");
        assert!(text(&self.home).unwrap().contains("\"stun:next:3478\""), "{fault}");
        let left = files(&folder);
        let has = |bytes: &[u8]| left.iter().any(|(path, found)| is_version(path) && found == bytes);
        let versions = self.files.iter().filter(|(path, _)| is_version(path));
        assert!(versions.into_iter().all(|version| left.contains(version)), "{fault}: a version is lost");
        assert!(now.is_none_or(|now| has(now.as_bytes())), "{fault}: the settings are not in the history");
        let is_known = |path: &Path| {
            is_version(path) || path.ends_with("config.toml") || path.ends_with(".config.toml.lock")
        };
        let stray: Vec<_> = left.iter().filter(|(path, _)| !is_known(path)).collect();
        assert!(stray.is_empty(), "{fault} left {stray:?}");
        let history = self.home.run("config history --json").json();
        let listed = history["versions"].as_array().unwrap().len();
        assert_eq!(listed, left.iter().filter(|(path, _)| is_version(path)).count(), "{fault}: {history}");
    }
}

fn servers_with_secret() -> String {
    format!("[{{\"uri\": \"turn:t.example\", \"username\": \"u\", \"password\": \"{SECRET}\"}}]")
}

fn text(home: &Home) -> Option<String> {
    fs::read_to_string(home.file()).ok()
}

/// The files in a folder and the folders in it.
fn files(folder: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).into_iter().flatten() {
        let path = entry.unwrap().path();
        match path.is_dir() {
            true => found.extend(files(&path)),
            false => found.push((path.clone(), fs::read(&path).unwrap())),
        }
    }
    found
}

/// Whether a file is a version of the history: its name begins with its number.
fn is_version(path: &Path) -> bool {
    path.file_name().unwrap().to_str().unwrap().starts_with(|c: char| c.is_ascii_digit())
}

/// The errors that a call is tried with: those that it meets on real machines.
fn errors(call: &Call) -> &'static [&'static str] {
    match call.name.as_str() {
        "openat" | "openat2" => &["EMFILE", "EACCES", "EIO", "EINTR", "ENOSPC", "EDQUOT"],
        "write" | "fsync" | "renameat" | "renameat2" | "mkdirat" => {
            &["ENOSPC", "EIO", "EDQUOT", "EINTR", "EACCES", "EMFILE"]
        }
        _ => &["EIO", "EACCES", "EINTR", "ENOSPC", "EDQUOT", "EMFILE"],
    }
}

/// Tries each call with one of the errors in turn, or with all of them.
fn try_faults(case: Case) {
    let bench = Bench::new(case);
    for (number, call) in bench.calls.iter().enumerate() {
        let errors = errors(call);
        match wants_all() {
            true => errors.iter().for_each(|error| bench.fail(call, error)),
            false => bench.fail(call, errors[number % errors.len()]),
        }
    }
    println!("{} calls of '{}'", bench.calls.len(), bench.case.line);
}

#[test]
#[ignore = "needs strace (tests/run.sh)"]
fn a_fault_at_any_call_of_stun_add_leaves_the_old_file_or_the_new_one() {
    try_faults(case(&["turn set -", "stun set a"], "stun add b"));
}

#[test]
#[ignore = "needs strace (tests/run.sh)"]
fn a_fault_at_any_call_of_stun_move_leaves_the_old_file_or_the_new_one() {
    try_faults(case(&["stun set a b"], "stun move 2 1 --json"));
}

#[test]
#[ignore = "needs strace (tests/run.sh)"]
fn a_fault_at_any_call_of_an_undo_leaves_the_old_file_or_the_new_one() {
    try_faults(case(&["turn set -", "stun set a", "stun add b"], "config undo"));
}

#[test]
#[ignore = "needs strace (tests/run.sh)"]
fn a_fault_at_any_call_of_turn_set_leaves_the_old_file_or_the_new_one() {
    let input = servers_with_secret().replace("t.example", "other.example");
    try_faults(Case { input, ..case(&["turn set -", "stun set a"], "turn set -") });
}

#[test]
#[ignore = "needs strace (tests/run.sh)"]
fn a_fault_at_any_call_of_the_first_save_leaves_no_file_or_the_new_one() {
    try_faults(case(&[], "stun add a"));
}

#[test]
#[ignore = "needs strace (tests/run.sh)"]
fn a_fault_at_any_call_of_a_command_that_only_reads_changes_nothing() {
    for line in ["config history", "show --json", "turn list"] {
        try_faults(case(&["turn set -", "stun set a"], line));
    }
}
