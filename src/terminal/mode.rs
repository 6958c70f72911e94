//! The mode of the terminal: the one owner of what it does with keys, which restores it.

use std::io;
use std::os::fd::{AsFd, OwnedFd};

use rustix::process::getpgrp;
use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, isatty, tcgetattr, tcgetpgrp, tcsetattr,
};

/// What becomes of keys that were typed before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TypedAhead {
    Kept,
    Discarded,
}

/// While it lives, keys arrive one by one and without echo; Ctrl-C remains a signal.
pub(crate) struct SingleKeys {
    before: Modes,
}

impl SingleKeys {
    /// Begins at the terminal of standard input.
    pub(super) fn begin(ahead: TypedAhead) -> io::Result<Self> {
        SingleKeys::at(io::stdin(), ahead)
    }

    /// Begins at this terminal, and keeps what was typed. `None` where it is no terminal, or that of other programs at the
    /// moment: one in the background is stopped when it changes the modes.
    pub(crate) fn if_in_foreground(terminal: impl AsFd) -> Option<Self> {
        is_in_foreground(&terminal).then(|| SingleKeys::at(terminal, TypedAhead::Kept).ok()).flatten()
    }

    fn at(terminal: impl AsFd, ahead: TypedAhead) -> io::Result<Self> {
        let mut modes = tcgetattr(&terminal)?;
        let before = Modes { terminal: terminal.as_fd().try_clone_to_owned()?, modes: modes.clone() };
        modes.local_modes -= LocalModes::ICANON | LocalModes::ECHO | LocalModes::ECHONL | LocalModes::IEXTEN;
        modes.special_codes[SpecialCodeIndex::VMIN] = 1;
        modes.special_codes[SpecialCodeIndex::VTIME] = 0;
        // After Ctrl-Z and 'fg' the shell has the modes of its own: it would echo a password, and keys would need Enter.
        modes.special_codes[SpecialCodeIndex::VSUSP] = 0;
        let when = match ahead {
            TypedAhead::Kept => OptionalActions::Now,
            TypedAhead::Discarded => OptionalActions::Flush,
        };
        tcsetattr(&terminal, when, &modes)?;
        Ok(SingleKeys { before })
    }
}

impl Drop for SingleKeys {
    fn drop(&mut self) {
        self.before.restore();
    }
}

/// The modes of a terminal at one moment.
pub(super) struct Modes {
    terminal: OwnedFd,
    modes: Termios,
}

impl Modes {
    /// The present modes of standard input; `None` if it is no terminal.
    pub(super) fn of_stdin() -> Option<Self> {
        let modes = tcgetattr(io::stdin()).ok()?;
        Some(Modes { terminal: io::stdin().as_fd().try_clone_to_owned().ok()?, modes })
    }

    /// Restores these modes. Best effort: the terminal may be gone.
    pub(super) fn restore(&self) {
        // The system stops a program in the background that changes them.
        if is_in_foreground(&self.terminal) {
            let _ = tcsetattr(&self.terminal, OptionalActions::Now, &self.modes);
        }
    }
}

/// Whether it is the terminal of this program at the moment.
pub(super) fn is_in_foreground(terminal: impl AsFd) -> bool {
    isatty(&terminal) && tcgetpgrp(&terminal).is_ok_and(|group| group == getpgrp())
}
