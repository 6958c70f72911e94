//! Runs the program against a hostile server and asserts what always holds: it ends in time with a regular exit
//! code, uses little memory, and prints nothing that a terminal would act on.

use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::RwLock;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::program::Home;

/// The timeout of each run.
pub(crate) const TIMEOUT: Duration = Duration::from_millis(400);
/// How much longer the whole program may run.
const SLACK: Duration = Duration::from_millis(500);
/// The memory that it may write to; the system refuses more, and the program would abort. Together with its code, which
/// is mapped from the file, it stays below 64 MiB.
const MOST_KIB: u32 = 40 * 1024;

/// The output of a run.
#[derive(Debug)]
pub(crate) struct RunOutput {
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl RunOutput {
    /// The rows of a probe in JSON.
    #[track_caller]
    pub(crate) fn rows(&self) -> Vec<Value> {
        let report: Value = serde_json::from_str(&self.stdout).unwrap();
        report["results"].as_array().unwrap().clone()
    }
}

/// Probes with `line` as table, JSON and metrics, all at once, and returns the rows.
#[track_caller]
pub(crate) fn probe(line: &str) -> Vec<Value> {
    probe_with(line, "secret")
}

/// The same with this standard input.
#[track_caller]
pub(crate) fn probe_with(line: &str, input: &str) -> Vec<Value> {
    let outputs = thread::scope(|scope| {
        let runs = ["json", "table", "prometheus"].map(|format| {
            let line = format!("probe {line} --format {format} --timeout {TIMEOUT:?}");
            scope.spawn(move || run(&line, input))
        });
        runs.map(|run| run.join().unwrap())
    });
    outputs[0].rows()
}

/// Held by runs, and by a flood alone: 'cargo test' runs tests beside each other, and a flood would delay others.
static MACHINE: RwLock<()> = RwLock::new(());

/// Runs a line with this standard input, and asserts what must hold.
#[track_caller]
pub(crate) fn run(line: &str, input: &str) -> RunOutput {
    let _with_others = MACHINE.read();
    run_in_time(line, input)
}

/// The same while no other line runs.
#[track_caller]
pub(crate) fn run_alone(line: &str, input: &str) -> RunOutput {
    let _alone = MACHINE.write();
    run_in_time(line, input)
}

/// A busy machine may delay a run, but not three in a row; a hang happens each time.
#[track_caller]
fn run_in_time(line: &str, input: &str) -> RunOutput {
    for _ in 0..2 {
        let (output, elapsed) = run_once(line, input);
        if elapsed < time_limit(line) {
            return output;
        }
    }
    let (output, elapsed) = run_once(line, input);
    assert!(elapsed < time_limit(line), "'{line}' took {elapsed:?}");
    output
}

#[track_caller]
fn run_once(line: &str, input: &str) -> (RunOutput, Duration) {
    let home = Home::new();
    let started = Instant::now();
    let program = home.command(line.split_whitespace());
    let mut command = Command::new("sh");
    command.args(["-c", &format!("ulimit -d {MOST_KIB} && exec \"$@\""), "sh"]);
    command.arg(program.get_program()).args(program.get_args());
    command.current_dir(home.path()).env_clear().env("HOME", home.path()).env("PATH", "/usr/bin:/bin");
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A program that does not read its input closes the pipe.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let run = child.wait_with_output().unwrap();
    let elapsed = started.elapsed();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    let output = RunOutput { stdout: text(run.stdout), stderr: text(run.stderr) };
    assert!(matches!(run.status.code(), Some(0 | 1)), "'{line}': {} {output:?}", run.status);
    assert!(!output.stderr.contains("panicked"), "'{line}': {}", output.stderr);
    assert_harmless(&output.stdout);
    assert_harmless(&output.stderr);
    (output, elapsed)
}

/// `nat` may wait three timeouts: for the answer, for the filter, and for the mapping.
fn time_limit(line: &str) -> Duration {
    let steps = if line.starts_with("nat") { 3 } else { 1 };
    if line.contains("--timeout 5s") { Duration::from_secs(5) + SLACK } else { TIMEOUT * steps + SLACK }
}

/// Asserts that a text has nothing that a terminal acts on, and no direction marks.
#[track_caller]
pub(crate) fn assert_harmless(text: &str) {
    let harmful = |c: char| {
        (c < ' ' && c != '\n')
            || ('\u{7f}'..='\u{9f}').contains(&c)
            || "\u{61c}\u{200e}\u{200f}\u{2028}\u{2029}\u{202a}\u{202b}\u{202c}\u{202d}\u{202e}\u{2066}\u{2067}\u{2068}\u{2069}\u{feff}".contains(c)
    };
    assert!(!text.contains(harmful), "{:?} in {text:?}", text.chars().find(|c| harmful(*c)));
}
