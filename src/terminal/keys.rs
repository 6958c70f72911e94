//! A key that ends a screen: it is read without Enter and without echo; dropping the reader restores the terminal.

use std::io::{self, stdin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use rustix::process::getpgrp;
use rustix::termios::{
    LocalModes, OptionalActions, SpecialCodeIndex, Termios, isatty, tcgetattr, tcgetpgrp, tcsetattr,
};

/// Reads keys from standard input until it is dropped.
pub(crate) struct Keys {
    /// The modes of the terminal before.
    before: Termios,
    was_pressed: Arc<AtomicBool>,
}

impl Keys {
    /// Calls `on_key` when one of `keys` is pressed. `None` where standard input is not a terminal, or that of other
    /// programs at the moment: one in the background is stopped when it reads.
    pub(crate) fn listen(keys: &'static [u8], on_key: impl Fn() + Send + 'static) -> Option<Self> {
        if !isatty(stdin()) || !is_in_foreground() {
            return None;
        }
        let before = tcgetattr(stdin()).ok()?;
        let was_pressed = Arc::new(AtomicBool::new(false));
        let pressed = Arc::clone(&was_pressed);
        let read = move || {
            while let Ok(key) = read() {
                if keys.contains(&key) {
                    pressed.store(true, Ordering::SeqCst);
                    on_key();
                }
            }
        };
        let mut single = before.clone();
        single.local_modes -= LocalModes::ICANON | LocalModes::ECHO;
        single.special_codes[SpecialCodeIndex::VMIN] = 1;
        single.special_codes[SpecialCodeIndex::VTIME] = 0;
        tcsetattr(stdin(), OptionalActions::Now, &single).ok()?;
        let reader = Keys { before, was_pressed };
        // Nothing wakes the thread: it ends with the program.
        thread::Builder::new().name("keys".to_owned()).spawn(read).ok()?;
        Some(reader)
    }

    /// Whether a key was pressed.
    pub(crate) fn was_pressed(&self) -> bool {
        self.was_pressed.load(Ordering::SeqCst)
    }
}

impl Drop for Keys {
    fn drop(&mut self) {
        // The system stops a program in the background that changes the terminal.
        if is_in_foreground() {
            // Best effort: the terminal may be gone.
            let _ = tcsetattr(stdin(), OptionalActions::Now, &self.before);
        }
    }
}

/// Reads one key.
fn read() -> io::Result<u8> {
    let mut key = [0];
    match rustix::io::retry_on_intr(|| rustix::io::read(stdin(), &mut key))? {
        0 => Err(io::ErrorKind::UnexpectedEof.into()),
        _ => Ok(key[0]),
    }
}

fn is_in_foreground() -> bool {
    tcgetpgrp(stdin()).is_ok_and(|group| group == getpgrp())
}
