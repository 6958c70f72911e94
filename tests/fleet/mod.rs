//! What docs/ and dist/ give to those who run many machines: run as it stands there, with the tools it is for.

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

/// The folder of the program, before those of the system.
fn path() -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_cowork-calls"));
    format!("{}:/usr/sbin:/usr/bin:/sbin:/bin", program.parent().unwrap().display())
}

/// What a command printed; it has to succeed. A tool that is missing fails the test.
#[track_caller]
fn output(command: &mut Command) -> String {
    let run = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(run.status.success(), "{command:?}\n{}", both(&run));
    String::from_utf8(run.stdout).unwrap()
}

fn both(run: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr))
}

/// A YAML text, of one or more documents, as an independent parser reads it: as JSON, a list of documents.
#[track_caller]
fn yaml(text: &str) -> serde_json::Value {
    let script = "import sys, json, yaml; print(json.dumps(list(yaml.safe_load_all(sys.argv[1]))))";
    // Debian's Python has PyYAML as ansible-core needs it.
    let json = output(Command::new("/usr/bin/python3").args(["-c", script, text]));
    serde_json::from_str(&json).unwrap()
}
