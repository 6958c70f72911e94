//! The progress line on standard error, which only a person at a terminal sees.

use std::fmt;
use std::io::stderr;
use std::sync::Arc;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressState, ProgressStyle};

use super::Stream;
use super::stream::columns;

/// How often the line is drawn.
const TICK: Duration = Duration::from_millis(100);
/// The width of a terminal that does not tell its own.
const USUAL_WIDTH: u16 = 80;
/// The columns of the spinner, and the last one, after which some terminals begin a new line.
const BESIDE: u16 = 3;

/// A progress line, which is removed when dropped.
pub struct Progress {
    /// `None` without a terminal.
    bar: Option<ProgressBar>,
}

impl Progress {
    /// Shows a line if `err` is a terminal: what `text` returns for the columns that there are, whenever it is drawn.
    pub fn start(err: Stream, text: impl Fn(usize) -> String + Send + Sync + 'static) -> Self {
        if !err.is_terminal {
            return Progress { bar: None };
        }
        let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
        let text = Arc::new(text);
        let line = move |_: &ProgressState, line: &mut dyn fmt::Write| {
            let width = columns(stderr()).unwrap_or(USUAL_WIDTH);
            // Writing to the buffer of the line does not fail.
            let _ = line.write_str(&text(width.saturating_sub(BESIDE).into()));
        };
        if let Ok(style) = ProgressStyle::with_template("{spinner} {line}") {
            bar.set_style(style.with_key("line", line));
        }
        bar.enable_steady_tick(TICK);
        Progress { bar: Some(bar) }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
