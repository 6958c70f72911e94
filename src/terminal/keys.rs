//! A key that ends a screen, whose terminal delivers single keys.

use std::io::{self, stdin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use super::mode::is_in_foreground;

/// Reads keys from standard input until the program ends.
pub(crate) struct Keys {
    was_pressed: Arc<AtomicBool>,
}

impl Keys {
    /// Calls `on_key` when one of `keys` is pressed. `None` where standard input is not a terminal, or that of other
    /// programs at the moment: one in the background is stopped when it reads.
    pub(crate) fn listen(keys: &'static [u8], on_key: impl Fn() + Send + 'static) -> Option<Self> {
        if !is_in_foreground(stdin()) {
            return None;
        }
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
        // Nothing wakes the thread: it ends with the program.
        thread::Builder::new().name("keys".to_owned()).spawn(read).ok()?;
        Some(Keys { was_pressed })
    }

    /// Whether a key was pressed.
    pub(crate) fn was_pressed(&self) -> bool {
        self.was_pressed.load(Ordering::SeqCst)
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
