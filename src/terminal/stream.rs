//! The standard streams: whether they are a terminal, how wide it is, and whether to use colour.

use std::env;
use std::fmt::Display;
use std::io::{IsTerminal, stderr, stdin, stdout};
use std::os::fd::AsFd;

use rustix::termios::tcgetwinsize;

/// When to colour the output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum ColorChoice {
    /// At a terminal, unless NO_COLOR is set
    #[default]
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Colours by meaning, as basic SGR codes, so that the theme of the terminal chooses the shade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Success.
    Good,
    /// Something that needs attention.
    Warning,
    /// Failure.
    Bad,
    /// Something less important.
    Dim,
    /// A heading.
    Bold,
}

/// An output stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stream {
    /// Whether it is a terminal.
    pub is_terminal: bool,
    /// Whether to use colour.
    pub color: bool,
    /// Its columns, if it is a terminal of known width.
    pub width: Option<u16>,
}

impl Stream {
    /// Returns `text` in a style if this stream has colour.
    pub fn paint(&self, style: Style, text: impl Display) -> String {
        let code = match style {
            Style::Good => "32",
            Style::Warning => "33",
            Style::Bad => "31",
            Style::Dim => "2",
            Style::Bold => "1",
        };
        if self.color { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_string() }
    }
}

/// The three standard streams.
#[derive(Clone, Copy, Debug)]
pub struct Terminal {
    /// Standard output, for results.
    pub out: Stream,
    /// Standard error, for everything else.
    pub err: Stream,
    /// Whether prompts are possible: standard input and standard error are a terminal.
    pub can_prompt: bool,
}

impl Terminal {
    /// Detects the terminal from the streams, NO_COLOR and TERM.
    pub fn detect(color: ColorChoice) -> Self {
        let plain = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
            || env::var_os("TERM").is_some_and(|term| term == "dumb");
        let stream = |is_terminal: bool, width: Option<u16>| Stream {
            is_terminal,
            color: match color {
                ColorChoice::Always => true,
                ColorChoice::Never => false,
                ColorChoice::Auto => is_terminal && !plain,
            },
            width: if is_terminal { width } else { None },
        };
        let out = stream(stdout().is_terminal(), columns(stdout()));
        let err = stream(stderr().is_terminal(), columns(stderr()));
        Terminal { out, err, can_prompt: stdin().is_terminal() && err.is_terminal }
    }
}

/// Returns the columns of a terminal.
pub(super) fn columns(terminal: impl AsFd) -> Option<u16> {
    tcgetwinsize(terminal).ok().map(|size| size.ws_col).filter(|columns| *columns > 0)
}

/// Returns the lines of a terminal.
pub(super) fn lines(terminal: impl AsFd) -> Option<u16> {
    tcgetwinsize(terminal).ok().map(|size| size.ws_row).filter(|lines| *lines > 0)
}

/// Returns the columns and lines of the terminal of standard output, which may be resized at any time.
pub fn size() -> Option<(u16, u16)> {
    let size = tcgetwinsize(stdout()).ok()?;
    (size.ws_col > 0 && size.ws_row > 0).then_some((size.ws_col, size.ws_row))
}

/// Returns whether standard output is a terminal that can move its cursor, so that a screen can be redrawn.
pub fn can_redraw() -> bool {
    stdout().is_terminal() && env::var_os("TERM").is_none_or(|term| term != "dumb")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colour_is_written_only_if_enabled() {
        let mut stream = Stream { is_terminal: true, color: true, width: None };
        assert_eq!(stream.paint(Style::Bad, "x"), "\u{1b}[31mx\u{1b}[0m");
        stream.color = false;
        assert_eq!(stream.paint(Style::Bad, "x"), "x");
    }
}
