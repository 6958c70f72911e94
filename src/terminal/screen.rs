//! The alternate screen of the terminal, on which a table is redrawn; leaving it restores the previous screen.

use std::io::{self, Write as _};

use super::mode::SingleKeys;
use crate::terminal;

/// Switches to the alternate screen and hides the cursor.
const ENTER: &str = "\x1b[?1049h\x1b[?25l";
/// Shows the cursor and switches back.
const LEAVE: &str = "\x1b[?25h\x1b[?1049l";
/// Moves to the upper left corner.
const HOME: &str = "\x1b[H";
/// Clears the rest of the line.
const CLEAR_LINE: &str = "\x1b[K";
/// Clears the rest of the screen.
const CLEAR_BELOW: &str = "\x1b[J";

/// The alternate screen, whose terminal does not echo; dropping it restores the previous one.
pub(crate) struct Screen {
    /// None in the background.
    _mode: Option<SingleKeys>,
}

impl Screen {
    /// Switches to the alternate screen. From now on the program must not exit without dropping this.
    pub(crate) fn enter() -> io::Result<Self> {
        let screen = Screen { _mode: SingleKeys::if_in_foreground(io::stdout()) };
        put(ENTER)?;
        Ok(screen)
    }

    /// Replaces what is shown. Text is overwritten rather than cleared first, so that nothing flickers.
    pub(crate) fn draw(&mut self, text: &str) -> io::Result<()> {
        let lines = usize::from(terminal::size().map_or(u16::MAX, |(_, lines)| lines));
        let mut frame = HOME.to_owned();
        for (number, line) in text.lines().take(lines).enumerate() {
            // A line end after the last line would scroll the screen.
            frame += if number > 0 { "\r\n" } else { "" };
            frame += line;
            frame += CLEAR_LINE;
        }
        put(&(frame + CLEAR_BELOW))
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // Best effort: the terminal may be gone.
        let _ = put(LEAVE);
    }
}

fn put(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}
