//! Runs the program in a home of its own and asserts exactly what it prints, how it ends and what it writes.

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tempfile::TempDir;

/// A home folder with nothing in it but what a test puts there.
pub(crate) struct Home {
    folder: TempDir,
}

impl Home {
    /// A home without settings.
    pub(crate) fn new() -> Self {
        Home { folder: tempfile::tempdir().unwrap() }
    }

    /// A home whose settings file holds `text`.
    pub(crate) fn with(text: impl AsRef<[u8]>) -> Self {
        let home = Home::new();
        fs::create_dir_all(home.file().parent().unwrap()).unwrap();
        fs::write(home.file(), text).unwrap();
        // As the program itself writes it; readable by all it would be warned of when it holds a secret.
        fs::set_permissions(home.file(), fs::Permissions::from_mode(0o600)).unwrap();
        home
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn file(&self) -> PathBuf {
        self.path().join(".config/cowork-calls/config.toml")
    }

    /// What the settings file holds.
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

/// What a run printed and how it ended.
#[derive(Debug)]
pub(crate) struct Run {
    line: String,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
    pub(crate) status: Option<i32>,
}

impl Run {
    /// What became of a command.
    pub(crate) fn of(line: &str, output: Output) -> Self {
        Run {
            line: line.to_owned(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
            status: output.status.code(),
        }
    }

    /// All is well, and this is what it printed; standard error is empty.
    #[track_caller]
    pub(crate) fn prints(&self, stdout: &str) {
        self.ends(0, stdout, "");
    }

    /// How it ended and all that it printed.
    #[track_caller]
    pub(crate) fn ends(&self, status: i32, stdout: &str, stderr: &str) {
        assert_eq!(self.stderr, stderr, "standard error of '{}'", self.line);
        assert_eq!(self.stdout, stdout, "standard output of '{}'", self.line);
        assert_eq!(self.status, Some(status), "status of '{}'", self.line);
    }

    /// It failed with this status, said nothing on standard output, and said why.
    #[track_caller]
    pub(crate) fn fails(&self, status: i32, why: &str) {
        assert_eq!(self.status, Some(status), "status of '{}': {}", self.line, self.stderr);
        assert_eq!(self.stdout, "", "standard output of '{}'", self.line);
        assert!(self.stderr.contains(why), "'{}' says\n{}\nnot\n{why}", self.line, self.stderr);
    }

    /// The JSON that it printed, with nothing on standard error.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.stderr, "", "standard error of '{}'", self.line);
        assert_eq!(self.stdout.lines().count(), 1, "'{}' prints one line", self.line);
        serde_json::from_str(&self.stdout).unwrap()
    }

    /// The error that it printed as JSON, with nothing on standard output.
    #[track_caller]
    pub(crate) fn json_error(&self, status: i32) -> Value {
        assert_eq!(self.status, Some(status), "status of '{}'", self.line);
        assert_eq!(self.stdout, "", "standard output of '{}'", self.line);
        let error: Value = serde_json::from_str(&self.stderr).unwrap();
        error["error"].clone()
    }
}

/// All that lies in a folder but the lock: names, modes, and what files hold.
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
