//! The program at a pseudo-terminal of its own, and what a user sees there.

use std::fs::File;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use rexpect::process::{Signal, WaitStatus};
use rexpect::session::{PtySession, spawn_command};
use rustix::termios::{LocalModes, tcgetattr, tcgetpgrp};

use super::program::Home;

/// How long an answer may take, in ms.
const PATIENCE: u64 = 10_000;

/// The program at a terminal of its own.
pub(crate) struct Terminal {
    session: PtySession,
    handle: File,
    /// The screen after the output so far.
    screen: vt100::Parser,
}

/// How many lines the terminal has.
const LINES: u16 = 24;

impl Terminal {
    /// Starts the program with the words of a line, at an ordinary terminal, which echoes and edits lines.
    pub(crate) fn run(home: &Home, line: &str) -> Self {
        Terminal::of_width(home, line, 80)
    }

    /// Starts it with the script `ed` of the home as editor.
    pub(crate) fn editing(home: &Home, line: &str) -> Self {
        Terminal::with(home, "EDITOR=./ed XDG_RUNTIME_DIR=$PWD/run", line)
    }

    /// Starts it with these variables, as a shell assigns them.
    pub(crate) fn with(home: &Home, variables: &str, line: &str) -> Self {
        Terminal::start(home, &format!("cd {} && {variables}", home.path().display()), line, 80)
    }

    pub(crate) fn of_width(home: &Home, line: &str, columns: u16) -> Self {
        Terminal::start(home, &format!("cd {} &&", home.path().display()), line, columns)
    }

    /// Starts it with variables, as a shell assigns them before a command.
    pub(crate) fn with_variables(home: &Home, variables: &str, line: &str, columns: u16) -> Self {
        Terminal::start(home, &format!("cd {} && {variables}", home.path().display()), line, columns)
    }

    fn start(home: &Home, before: &str, line: &str, columns: u16) -> Self {
        let program = env!("CARGO_BIN_EXE_cowork-calls");
        let mut command = Command::new("sh");
        command.args([
            "-c",
            &format!("stty sane rows {LINES} cols {columns} && {before} exec {program} {line}"),
        ]);
        command.env_clear().env("HOME", home.path()).env("TERM", "xterm").env("PATH", "/usr/bin:/bin");
        let session = spawn_command(command, Some(PATIENCE)).unwrap();
        let handle = session.process().get_file_handle().unwrap();
        Terminal {
            session,
            handle,
            screen: vt100::Parser::new(LINES.try_into().unwrap(), columns.try_into().unwrap(), 0),
        }
    }

    fn modes(&self) -> LocalModes {
        tcgetattr(&self.handle).unwrap().local_modes
    }

    /// Waits until the program has switched these modes off.
    #[track_caller]
    pub(crate) fn await_modes(&self, off: LocalModes) {
        let started = Instant::now();
        while self.modes().intersects(off) {
            assert!(started.elapsed() < Duration::from_millis(PATIENCE), "still {:?}", self.modes());
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// Waits for a text, and until the program reads single keys without echo.
    #[track_caller]
    pub(crate) fn asks_for_a_key(&mut self, question: &str) -> String {
        let before = self.shows(question);
        self.await_modes(ECHOING);
        before
    }

    #[track_caller]
    pub(crate) fn shows(&mut self, text: &str) -> String {
        // The session treats each byte as a character.
        let bytes: String = text.bytes().map(char::from).collect();
        let before =
            decoded(&self.session.exp_string(&bytes).unwrap_or_else(|error| panic!("no '{text}': {error}")));
        self.screen.process(before.as_bytes());
        self.screen.process(text.as_bytes());
        before
    }

    /// What a user sees of the output up to the last text that was waited for.
    pub(crate) fn screen(&self) -> String {
        self.screen.screen().contents()
    }

    /// The id of the program's process.
    pub(crate) fn process(&self) -> u32 {
        let group = tcgetpgrp(&self.handle).unwrap();
        group.as_raw_pid().try_into().unwrap()
    }

    pub(crate) fn signal(&mut self, signal: Signal) {
        self.session.process_mut().signal(signal).unwrap();
    }

    pub(crate) fn types(&mut self, keys: &str) {
        self.session.send(keys).unwrap();
        self.session.flush().unwrap();
    }

    /// Returns the rest of the output; asserts the exit code and that the terminal is restored.
    #[track_caller]
    pub(crate) fn ends(mut self, status: i32) -> String {
        let rest = decoded(&self.session.exp_eof().unwrap());
        match self.session.process().wait().unwrap() {
            WaitStatus::Exited(_, found) => assert_eq!(found, status, "{rest}"),
            other => panic!("{other:?}: {rest}"),
        }
        let modes = self.modes();
        assert!(modes.contains(ECHOING | LocalModes::ISIG), "the terminal is left in {modes:?}");
        rest
    }
}

fn decoded(shown: &str) -> String {
    String::from_utf8(shown.chars().map(|byte| u8::try_from(byte).unwrap()).collect()).unwrap()
}

/// The modes of a terminal with a shell.
pub(crate) const ECHOING: LocalModes = LocalModes::ECHO.union(LocalModes::ICANON);

/// The text without colours.
pub(crate) fn without_colours(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |plain, part| plain + part.split_once('m').map_or(part, |(_, rest)| rest))
}
