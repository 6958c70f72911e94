//! Runs the program against somebody hostile, and asserts what holds whatever he does: it ends in time and as it
//! should, takes little memory, and shows nothing that a terminal would act on.

// Each test program uses its part of this.
#![allow(dead_code)]

use std::io::Write as _;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::resource::{UsageWho, getrusage};
use serde_json::Value;

use crate::program::Home;

/// The time-out of each run.
pub(crate) const TIMEOUT: Duration = Duration::from_millis(400);
/// How much longer the whole program may run.
const SLACK: Duration = Duration::from_millis(500);
/// The most memory that it may have taken at any time.
const MOST_KIB: i64 = 64 * 1024;

/// What a run printed.
#[derive(Debug)]
pub(crate) struct Trial {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Trial {
    /// The rows of a probe in JSON.
    #[track_caller]
    pub(crate) fn rows(&self) -> Vec<Value> {
        let report: Value = serde_json::from_str(&self.stdout).unwrap();
        report["results"].as_array().unwrap().clone()
    }
}

/// Probes with `line` for people, scripts and monitoring, all at once, and gives the rows.
#[track_caller]
pub(crate) fn probe(line: &str) -> Vec<Value> {
    probe_with(line, "secret")
}

/// The same with this standard input.
#[track_caller]
pub(crate) fn probe_with(line: &str, input: &str) -> Vec<Value> {
    let trials = thread::scope(|scope| {
        let runs = ["json", "table", "prometheus"].map(|format| {
            let line = format!("probe {line} --format {format} --timeout {TIMEOUT:?}");
            scope.spawn(move || run(&line, input))
        });
        runs.map(|run| run.join().unwrap())
    });
    trials[0].rows()
}

/// Runs one line with this standard input, and asserts what has to hold.
///
/// A busy machine may delay a run, but not each of three; a hang comes again.
#[track_caller]
pub(crate) fn run(line: &str, input: &str) -> Trial {
    for _ in 0..2 {
        let (trial, elapsed) = run_once(line, input);
        if elapsed < time_limit(line) {
            return trial;
        }
    }
    let (trial, elapsed) = run_once(line, input);
    assert!(elapsed < time_limit(line), "'{line}' took {elapsed:?}");
    trial
}

#[track_caller]
fn run_once(line: &str, input: &str) -> (Trial, Duration) {
    let home = Home::new();
    let started = Instant::now();
    let mut command = home.command(line.split_whitespace());
    let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
    // A program that does not read its input closes the pipe.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let elapsed = started.elapsed();
    let shown = |bytes| String::from_utf8(bytes).unwrap();
    let trial = Trial { stdout: shown(output.stdout), stderr: shown(output.stderr) };
    assert!(matches!(output.status.code(), Some(0 | 1)), "'{line}': {} {trial:?}", output.status);
    assert!(!trial.stderr.contains("panicked"), "'{line}': {}", trial.stderr);
    is_harmless(&trial.stdout);
    is_harmless(&trial.stderr);
    // Of all children of this test, so of each.
    let kib = getrusage(UsageWho::RUSAGE_CHILDREN).unwrap().max_rss();
    assert!((1..MOST_KIB).contains(&kib), "'{line}' took {kib} KiB");
    println!("{elapsed:?}, {kib} KiB at most so far: {line:.60}");
    (trial, elapsed)
}

/// `nat` may take its time-out three times: for the answer, for the filter, and for the mapping.
fn time_limit(line: &str) -> Duration {
    let steps = if line.starts_with("nat") { 3 } else { 1 };
    if line.contains("--timeout 5s") { Duration::from_secs(5) + SLACK } else { TIMEOUT * steps + SLACK }
}

/// Nothing that a terminal acts on, and nothing that turns the direction of writing.
#[track_caller]
pub(crate) fn is_harmless(text: &str) {
    let harmful = |c: char| {
        (c < ' ' && c != '\n')
            || ('\u{7f}'..='\u{9f}').contains(&c)
            || "\u{61c}\u{200e}\u{200f}\u{2028}\u{2029}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}\u{feff}".contains(c)
    };
    assert!(!text.contains(harmful), "{:?} in {text:?}", text.chars().find(|c| harmful(*c)));
}
