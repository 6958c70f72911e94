//! Runs the program as a user would, away from the settings of whoever runs the test.

// Each test program uses its part of this.
#![allow(dead_code)]

use std::io::Write as _;
use std::process::{Command, Stdio};

/// What a run printed, and how it ended.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) status: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// A command that runs the program with an empty home.
pub(crate) fn command(home: &std::path::Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cowork-calls"));
    command.env_remove("COWORK_CALLS_CONFIG").env_remove("XDG_CONFIG_HOME").env("HOME", home);
    command
}

/// Runs the program with arguments, and `input` as its standard input.
pub(crate) fn run(args: &[&str], input: &str) -> Run {
    let home = tempfile::tempdir().unwrap();
    let mut child = command(home.path())
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A program that reads no input may be gone by now.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Run { status: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}
