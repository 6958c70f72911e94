//! The files in docs/ and dist/ for administrators of many machines, run unchanged with the tools they are for.

mod ansible;
mod monitoring;
mod package;
pub(crate) mod picture;
mod shell;
mod systemd;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// A file or folder of the repository.
fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

fn read(path: &str) -> String {
    fs::read_to_string(repository(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// A PATH with the folder of the program before those of the system.
fn path_variable() -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_cowork-calls"));
    format!("{}:/usr/sbin:/usr/bin:/sbin:/bin", program.parent().unwrap().display())
}

/// The output of a command, which must succeed. A missing tool fails the test.
#[track_caller]
fn output(command: &mut Command) -> String {
    let run = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(run.status.success(), "{command:?}\n{}", all_output(&run));
    String::from_utf8(run.stdout).unwrap()
}

pub(crate) fn all_output(run: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr))
}

/// A YAML text as an independent parser reads it: a list of its documents.
#[track_caller]
pub(crate) fn yaml(text: &str) -> serde_json::Value {
    let script = "import sys, json, yaml; print(json.dumps(list(yaml.safe_load_all(sys.argv[1]))))";
    // Debian's Python has PyYAML because ansible-core depends on it.
    let json = output(Command::new("/usr/bin/python3").args(["-c", script, text]));
    serde_json::from_str(&json).unwrap()
}
