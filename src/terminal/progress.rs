//! The live line on standard error while something takes time; nobody but a person at a terminal sees it.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Stream;

/// How often the line shows that it is alive.
const TICK: Duration = Duration::from_millis(100);

/// A live line. It vanishes when dropped.
pub struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Starts a line where `err` is a terminal, and nothing elsewhere.
    #[must_use]
    pub fn start(err: Stream) -> Self {
        if !err.is_terminal {
            return Progress { bar: ProgressBar::hidden() };
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(TICK);
        Progress { bar }
    }

    /// Says how far a probe is.
    pub fn probing(&self, finished: usize, servers: usize) {
        if !self.bar.is_hidden() {
            let noun = if servers == 1 { "server" } else { "servers" };
            self.bar.set_message(format!("probed {finished} of {servers} {noun}…"));
        }
    }

    /// Says that the NAT is being tested.
    pub fn testing_nat(&self) {
        self.bar.set_message("testing the NAT…");
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
