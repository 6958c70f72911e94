//! The progress line on standard error, which only a person at a terminal sees.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Stream;

/// How often the spinner moves.
const TICK: Duration = Duration::from_millis(100);

/// A progress line, which is removed when dropped.
pub struct Progress {
    bar: ProgressBar,
}

impl Progress {
    /// Shows a line if `err` is a terminal.
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

    /// Shows the progress of a probe.
    pub fn probing(&self, finished: usize, servers: usize) {
        let noun = if servers == 1 { "server" } else { "servers" };
        self.bar.set_message(format!("probed {finished} of {servers} {noun}…"));
    }

    /// Shows that the NAT is being tested.
    pub fn testing_nat(&self) {
        self.bar.set_message("testing the NAT…");
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}
