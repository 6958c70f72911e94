//! A terminal's second screen, on which a table is drawn again and again; the first one comes back as it was.

use std::io::{self, Write as _};

use crate::terminal;

/// To the second screen, without a cursor.
const ENTER: &str = "\x1b[?1049h\x1b[?25l";
/// Back to the first one, with the cursor.
const LEAVE: &str = "\x1b[?25h\x1b[?1049l";
/// To the upper left corner.
const HOME: &str = "\x1b[H";
/// Clears the rest of the line.
const CLEAR_LINE: &str = "\x1b[K";
/// Clears the rest of the screen.
const CLEAR_BELOW: &str = "\x1b[J";

/// The second screen. Dropping it brings the first one back.
pub(crate) struct Screen(());

impl Screen {
    /// Goes to the second screen. From now on nothing may end the program but who drops this.
    pub(crate) fn enter() -> io::Result<Self> {
        let screen = Screen(());
        put(ENTER)?;
        Ok(screen)
    }

    /// Shows a text instead of what was there. Nothing is cleared before it is drawn over, so nothing flickers.
    pub(crate) fn draw(&mut self, text: &str) -> io::Result<()> {
        let lines = usize::from(terminal::size().map_or(u16::MAX, |(_, lines)| lines));
        let mut frame = HOME.to_owned();
        for (number, line) in text.lines().take(lines).enumerate() {
            // No line end behind the last line: it would scroll the first one away.
            frame += if number > 0 { "\r\n" } else { "" };
            frame += line;
            frame += CLEAR_LINE;
        }
        put(&(frame + CLEAR_BELOW))
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // A terminal that has gone needs no order.
        let _ = put(LEAVE);
    }
}

fn put(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}
