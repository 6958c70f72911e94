//! The exit codes, which scripts rely on.

use std::process::ExitCode;

/// How the program ended, for the shell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done; also: nothing had to change, or there are warnings.
    Done = 0,
    /// The answer is no: a server failed its probe, a reaction is not allowed, the user declined.
    No = 1,
    /// The command line was wrong: an unknown option, a bad address, a bad emoji, a missing value.
    Usage = 2,
    /// The configuration could not be read, parsed or written.
    Config = 3,
    /// Ended by Ctrl-C (SIGINT).
    Interrupted = 130,
    /// Ended by SIGTERM.
    Terminated = 143,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(exit as u8)
    }
}
