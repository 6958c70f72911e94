//! Prompts on standard error; Ctrl-C at any of them restores the terminal.

use std::io::{ErrorKind, Write as _};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use std::{fmt, thread};

use dialoguer::theme::{SimpleTheme, Theme};
use dialoguer::{Confirm, Input, MultiSelect, Password, Select};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
use unicode_width::UnicodeWidthStr as _;

use super::paragraph::paragraph;
use super::{Stream, Style, stream};
use crate::config::turn::Secret;
use crate::error::{Code, CommandError, Exit, UNCHANGED};
use crate::signals::{Guard, Interrupt, Signals};

/// Prompts for the person at the terminal. Each fails when the input ends, the terminal fails or a signal arrives.
#[derive(Clone)]
pub struct Dialog {
    err: Stream,
    signals: Signals,
    /// Whether to exit without a message after Ctrl-C.
    is_quiet: bool,
    /// A folder to remove when a signal ends the program at a prompt.
    private_folder: Arc<Mutex<Option<PathBuf>>>,
}

impl Dialog {
    /// Creates prompts on `err` that `signals` may end.
    pub fn new(err: Stream, signals: Signals, is_quiet: bool) -> Self {
        Dialog { err, signals, is_quiet, private_folder: Arc::default() }
    }

    /// Removes this folder when a signal ends the program at a prompt.
    pub fn remove_at_end(&self, folder: PathBuf) {
        if let Ok(mut private) = self.private_folder.lock() {
            *private = Some(folder);
        }
    }

    /// Prints lines as they are.
    pub fn say(&self, text: &str) {
        let _ = writeln!(std::io::stderr(), "{text}");
    }

    /// Prints sentences, wrapped between words.
    pub fn tell(&self, text: &str) {
        self.say(paragraph(0, None, text, self.err).trim_end());
    }

    /// Prints the heading of a group of prompts.
    pub fn head(&self, title: &str) {
        self.say(&format!("\n{}", self.err.paint(Style::Bold, title)));
    }

    /// Asks a yes-or-no question; Enter alone answers `default`.
    pub fn yes(&self, question: &str, default: bool) -> Result<bool, CommandError> {
        self.ask(|| Confirm::with_theme(&SimpleTheme).with_prompt(question).default(default).interact())
    }

    /// Prompts for a line; an empty one is `None`.
    pub fn optional_line(&self, question: &str) -> Result<Option<String>, CommandError> {
        let theme = LineTheme { columns: columns() };
        let text: String =
            self.ask(|| Input::with_theme(&theme).with_prompt(question).allow_empty(true).interact_text())?;
        Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty()))
    }

    /// Prompts for a line until `parse` accepts it, and prints each error; an empty line is `None`.
    pub fn optional<T>(
        &self,
        question: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>, CommandError> {
        loop {
            match self.optional_line(question)?.map(|line| parse(&line)) {
                None => return Ok(None),
                Some(Ok(value)) => return Ok(Some(value)),
                Some(Err(text)) => self.say(text.trim_end()),
            }
        }
    }

    /// Prompts for `what` until `parse` accepts a line.
    pub fn parsed<T>(
        &self,
        question: &str,
        what: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<T, CommandError> {
        self.until_given(what, || self.optional(question, &parse))
    }

    /// Prompts for a line with `what` until one is typed.
    pub fn line(&self, question: &str, what: &str) -> Result<String, CommandError> {
        self.parsed(question, what, |line| Ok(line.to_owned()))
    }

    /// Prompts for a secret, which is not shown; an empty one is `None`.
    pub fn optional_secret(&self, question: &str) -> Result<Option<Secret>, CommandError> {
        let typed = self.ask(|| {
            let prompt = Password::with_theme(&SimpleTheme).with_prompt(question);
            prompt.allow_empty_password(true).report(false).interact()
        })?;
        self.say(&format!("{question}: {}", if typed.is_empty() { "" } else { "[hidden]" }));
        Ok(Some(typed).filter(|typed| !typed.is_empty()).map(Secret::new))
    }

    /// Prompts for a secret, which is `what`, until one is typed.
    pub fn secret(&self, question: &str, what: &str) -> Result<Secret, CommandError> {
        self.until_given(what, || self.optional_secret(question))
    }

    /// Offers a choice of one item, starting at `first`, and returns its index.
    pub fn choose(&self, question: &str, items: &[String], first: usize) -> Result<usize, CommandError> {
        let items = fitted(items, room());
        self.ask(|| {
            Select::with_theme(&SimpleTheme).with_prompt(question).items(items).default(first).interact()
        })
    }

    /// Offers a choice of any number of items, and returns their indexes.
    pub fn choose_many(&self, question: &str, items: &[String]) -> Result<Vec<usize>, CommandError> {
        const KEYS: &str = "Space selects, Enter confirms";
        let question = match format!("{question} ({KEYS})") {
            long if long.len() + PAGES <= columns() => long,
            _ => {
                self.say(&format!("{KEYS}."));
                question.to_owned()
            }
        };
        let items = fitted(items, room().saturating_sub(MARK));
        self.ask(|| MultiSelect::with_theme(&SimpleTheme).with_prompt(question).items(items).interact())
    }

    fn until_given<T>(
        &self,
        what: &str,
        prompt: impl Fn() -> Result<Option<T>, CommandError>,
    ) -> Result<T, CommandError> {
        loop {
            if let Some(value) = prompt()? {
                return Ok(value);
            }
            self.tell(&format!("{what} is required; press Ctrl-C to cancel"));
        }
    }

    fn ask<T>(&self, question: impl FnOnce() -> dialoguer::Result<T>) -> Result<T, CommandError> {
        let guard = self.restore_at_end()?;
        let answer = question();
        if matches!(&answer, Err(dialoguer::Error::IO(error)) if error.kind() == ErrorKind::Interrupted) {
            // A signal interrupted the prompt; the thread that handles it ends the program.
            thread::sleep(Duration::from_secs(1));
        }
        drop(guard);
        answer.map_err(|dialoguer::Error::IO(error)| match error.kind() {
            ErrorKind::Interrupted => CommandError::interrupted(Exit::Interrupted),
            ErrorKind::UnexpectedEof | ErrorKind::NotConnected => {
                CommandError::new(Code::MissingValue, "the input ended at a prompt", "")
            }
            _ => CommandError::output(error),
        })
    }

    /// Makes a signal restore echo and cursor of the terminal before it ends the program, until the guard is dropped.
    fn restore_at_end(&self) -> Result<Guard, CommandError> {
        let before = tcgetattr(std::io::stdin()).ok();
        let (is_quiet, folder) = (self.is_quiet, Arc::clone(&self.private_folder));
        let guard = self.signals.exit_after(move |interrupt| {
            restore(before.as_ref());
            let folder = folder.lock().ok().and_then(|mut folder| folder.take());
            let _ = folder.map(std::fs::remove_dir_all);
            if interrupt == Interrupt::CtrlC && !is_quiet {
                let _ = writeln!(std::io::stderr(), "{UNCHANGED}");
            }
        });
        guard.map_err(|error| CommandError::system(Code::Signals, error))
    }
}

fn restore(before: Option<&Termios>) {
    if let Some(before) = before {
        let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, before);
    }
    // Show the cursor again, at the start of a line.
    let _ = std::io::stderr().write_all(b"\x1b[?25h\n");
}

/// The columns of a menu before and after an item.
const MARGIN: usize = 4;

/// The columns after the question of a menu that has several pages.
const PAGES: usize = ": [Page 10/10] ".len();

/// The columns of a checkbox.
const MARK: usize = 4;

/// Returns how many bytes an item of a menu may have. dialoguer counts bytes to find out how many lines of a menu to
/// clear, so that an item of more than one line would clear lines above the menu.
pub fn room() -> usize {
    columns().saturating_sub(MARGIN)
}

/// Returns the present width of the terminal.
fn columns() -> usize {
    stream::columns(std::io::stderr()).map_or(80, usize::from)
}

/// Shortens items to one line each. They lose their middle, because addresses differ at both ends.
fn fitted(items: &[String], most: usize) -> Vec<String> {
    items.iter().map(|item| without_middle(item, most)).collect()
}

fn without_middle(item: &str, most: usize) -> String {
    const GAP: &str = "…";
    if item.len() <= most {
        return item.to_owned();
    }
    let left = most.saturating_sub(GAP.len());
    let start: String =
        item.char_indices().take_while(|(at, c)| at + c.len_utf8() <= left / 2).map(|(_, c)| c).collect();
    let end = item.char_indices().find(|(at, _)| item.len() - at <= left - left / 2);
    start + GAP + end.map_or("", |(at, _)| item.split_at(at).1)
}

/// The prompt for a line. It clears all rows that the typed text took before the line is printed again.
struct LineTheme {
    columns: usize,
}

impl Theme for LineTheme {
    fn format_input_prompt_selection(
        &self,
        f: &mut dyn fmt::Write,
        prompt: &str,
        typed: &str,
    ) -> fmt::Result {
        let line = format!("{prompt}: {typed}");
        // dialoguer has cleared the last row, which has the cursor.
        match line.width().saturating_sub(1) / self.columns {
            0 => f.write_str(&line),
            rows => write!(f, "\x1b[{rows}A\x1b[J{line}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_item_loses_its_middle() {
        let uri = "turn:relay.conference.example.de:3478?transport=tcp";
        assert_eq!(without_middle(uri, uri.len()), uri);
        let cut = without_middle(uri, 36);
        assert_eq!(cut, "turn:relay.confe…478?transport=tcp");
        for most in 0..uri.len() {
            assert!(without_middle(uri, most).len() <= most.max(3), "{most}");
            assert!(without_middle("🫱🏻‍🫲🏿🫱🏻‍🫲🏿🫱🏻‍🫲🏿", most).len() <= most.max(3), "{most}");
        }
    }
}
