//! The exit codes, which scripts rely on, those after Ctrl-C and SIGTERM included.

use std::io;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use nix::sys::signal::{SigSet, SigmaskHow, Signal};
use signal_hook::consts::{SIGINT, SIGTERM, SIGXFSZ};
use signal_hook::flag::register_conditional_shutdown;

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

/// Makes Ctrl-C and SIGTERM end the program with its own exit codes 130 and 143, while `armed` is true.
/// At any instant that leaves whole files, since saving is atomic.
///
/// # Errors
/// When the system refuses the handlers.
pub fn on_signals(armed: &Arc<AtomicBool>) -> io::Result<()> {
    // A limit on the size of files is then an error of the save that hits it, and no sudden death.
    signal_hook::flag::register(SIGXFSZ, Arc::default())?;
    // While signal-hook takes a signal over from the system it would lose one: what comes meanwhile waits.
    let both: SigSet = [Signal::SIGINT, Signal::SIGTERM].into_iter().collect();
    let mask = both.thread_swap_mask(SigmaskHow::SIG_BLOCK)?;
    for (signal, exit) in [(SIGINT, Exit::Interrupted), (SIGTERM, Exit::Terminated)] {
        register_conditional_shutdown(signal, exit as i32, Arc::clone(armed))?;
    }
    mask.thread_set_mask()?;
    Ok(())
}
