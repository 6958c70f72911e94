//! The program in a home of its own, with assertions about its output, exit code and files.

use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::Once;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use serde_json::Value;
use tempfile::TempDir;

/// `cargo test` runs all tests in one process, whose fake servers need more than the usual 1024 open files.
static RAISED_LIMIT: Once = Once::new();

fn raise_limit_of_open_files() {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum }).unwrap();
}

/// An empty home folder.
pub(crate) struct Home {
    folder: TempDir,
}

impl Home {
    /// A home without settings.
    pub(crate) fn new() -> Self {
        RAISED_LIMIT.call_once(raise_limit_of_open_files);
        Home { folder: tempfile::tempdir().unwrap() }
    }

    /// A home whose settings file holds `text`.
    pub(crate) fn with(text: impl AsRef<[u8]>) -> Self {
        let home = Home::new();
        fs::create_dir_all(home.file().parent().unwrap()).unwrap();
        fs::write(home.file(), text).unwrap();
        // As the program itself writes it: a warning follows if others can read secrets in it.
        fs::set_permissions(home.file(), fs::Permissions::from_mode(0o600)).unwrap();
        home
    }

    /// A home with two STUN servers and one version in its history, and its lock, which the test holds.
    pub(crate) fn locked() -> (Self, File) {
        let home = Home::with("[stun]\nservers = [\"a\", \"b\"]\n");
        home.run("stun move 1 2 --quiet").prints("");
        let lock = home.file().with_file_name(".config.toml.lock");
        let lock = File::options().write(true).open(lock).unwrap();
        lock.lock().unwrap();
        (home, lock)
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.path().join(".config/cowork-calls/config.toml")
    }

    /// The text of the settings file.
    pub(crate) fn text(&self) -> String {
        fs::read_to_string(self.file()).unwrap()
    }

    /// The program with arguments, ready to run without a terminal.
    pub(crate) fn command<S: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = S>) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_cowork-calls"));
        command
            .args(args)
            .current_dir(self.path())
            .env_clear()
            .env("HOME", self.path())
            .env("PATH", "/usr/bin:/bin");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Runs the program with the words of a line.
    #[track_caller]
    pub(crate) fn run(&self, line: &str) -> Run {
        self.run_with(line, "")
    }

    /// Runs the program with the words of a line and this standard input.
    #[track_caller]
    pub(crate) fn run_with(&self, line: &str, input: &str) -> Run {
        let mut command = self.command(line.split_whitespace());
        let mut child = command.stdin(Stdio::piped()).spawn().unwrap();
        // A program that does not read its input closes the pipe.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        Run::of(line, child.wait_with_output().unwrap())
    }
}

/// The output and exit code of a run.
#[derive(Debug)]
pub(crate) struct Run {
    line: String,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) status: Option<i32>,
}

impl Run {
    /// The result of a command.
    pub(crate) fn of(line: &str, output: Output) -> Self {
        Run {
            line: line.to_owned(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
            status: output.status.code(),
        }
    }

    /// Asserts that it succeeded with this standard output and nothing on standard error.
    #[track_caller]
    pub(crate) fn prints(&self, stdout: &str) {
        self.ends(0, stdout, "");
    }

    /// Asserts its exit code and its whole output.
    #[track_caller]
    pub(crate) fn ends(&self, status: i32, stdout: &str, stderr: &str) {
        assert_eq!(self.stderr, stderr, "standard error of '{}'", self.line);
        assert_eq!(self.stdout, stdout, "standard output of '{}'", self.line);
        assert_eq!(self.status, Some(status), "status of '{}'", self.line);
    }

    /// Asserts that it failed with this status, this reason on standard error, and nothing on standard output.
    #[track_caller]
    pub(crate) fn fails(&self, status: i32, why: &str) {
        assert_eq!(self.status, Some(status), "status of '{}': {}", self.line, self.stderr);
        assert_eq!(self.stdout, "", "standard output of '{}'", self.line);
        assert!(self.stderr.contains(why), "'{}' says\n{}\nnot\n{why}", self.line, self.stderr);
    }

    /// Returns the JSON that it printed; asserts that standard error is empty.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.stderr, "", "standard error of '{}'", self.line);
        assert_eq!(self.stdout.lines().count(), 1, "'{}' prints one line", self.line);
        serde_json::from_str(&self.stdout).unwrap()
    }

    /// Returns the error that it printed as JSON; asserts that standard output is empty.
    #[track_caller]
    pub(crate) fn json_error(&self, status: i32) -> Value {
        assert_eq!(self.status, Some(status), "status of '{}'", self.line);
        assert_eq!(self.stdout, "", "standard output of '{}'", self.line);
        let error: Value = serde_json::from_str(&self.stderr).unwrap();
        error["error"].clone()
    }
}

/// The contents of a folder without the lock: names, modes, and bytes of files.
pub(crate) fn contents(folder: &Path) -> Vec<(String, u32, Vec<u8>)> {
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let (path, name) = entry.map(|e| (e.path(), e.file_name().into_string().unwrap())).unwrap();
        let metadata = fs::symlink_metadata(&path).unwrap();
        if metadata.is_dir() {
            all.extend(contents(&path));
        }
        if name != ".config.toml.lock" {
            let bytes = if metadata.is_file() { fs::read(&path).unwrap() } else { Vec::new() };
            all.push((name, metadata.mode(), bytes));
        }
    }
    all.sort();
    all
}
