//! Prompts on standard error; Ctrl-C at any of them restores the terminal.

use std::io::{self, ErrorKind, Write as _};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use super::menu::Menu;
use super::mode::{Modes, TypedAhead};
use super::paragraph::paragraph;
use super::{Stream, Style, line};
use crate::config::turn::Secret;
use crate::error::{Code, CommandError, Exit, UNCHANGED};
use crate::signals::{Guard, Interrupt, Signals};

/// Prompts for the person at the terminal. Each fails when the input ends, the terminal fails or a signal arrives, and
/// with [`Code::Declined`] when Esc is pressed. What was typed before a prompt is shown does not answer it, except for
/// [`Lines`].
#[derive(Clone)]
pub struct Dialog {
    err: Stream,
    signals: Signals,
    /// Whether to exit without a message after Ctrl-C.
    is_quiet: bool,
    /// A folder to remove when a signal ends the program at a prompt.
    private_folder: Arc<Mutex<Option<PathBuf>>>,
    /// Whether the command goes on after Esc, with an earlier prompt.
    goes_back: Arc<AtomicBool>,
    /// Whether the keys of menus were explained.
    is_explained: Arc<AtomicBool>,
    /// How many prompts were shown.
    prompts: Arc<AtomicUsize>,
}

impl Dialog {
    /// Creates prompts on `err` that `signals` may end.
    pub fn new(err: Stream, signals: Signals, is_quiet: bool) -> Self {
        Dialog {
            err,
            signals,
            is_quiet,
            private_folder: Arc::default(),
            goes_back: Arc::default(),
            is_explained: Arc::default(),
            prompts: Arc::default(),
        }
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
        let title = paragraph(0, None, title, self.err);
        self.say(&format!("\n{}", self.err.paint(Style::Bold, title.trim_end())));
    }

    /// Lets Esc lead back to an earlier prompt, and says so with the keys of menus.
    pub fn go_back_on_escape(&self) {
        self.goes_back.store(true, Ordering::Relaxed);
        self.explain("Arrow keys move, Enter confirms, Esc goes back one step, Ctrl-C cancels.");
    }

    /// Turns the error of Esc into `None` where Esc goes back.
    pub fn unless_back<T>(&self, answer: Result<T, CommandError>) -> Result<Option<T>, CommandError> {
        match answer {
            Err(error) if error.code() == Code::Declined && self.goes_back.load(Ordering::Relaxed) => {
                Ok(None)
            }
            answer => answer.map(Some),
        }
    }

    /// Explains the keys of menus, unless they were explained already.
    fn explain(&self, keys: &str) {
        if !self.is_explained.swap(true, Ordering::Relaxed) {
            self.tell(keys);
        }
    }

    /// Asks a yes-or-no question; Enter alone answers `default`, and Esc no.
    pub fn yes(&self, question: &str, default: bool) -> Result<bool, CommandError> {
        Ok(self.yes_or_escape(question, default)?.unwrap_or(false))
    }

    /// Asks a yes-or-no question; Enter alone answers `default`.
    pub fn yes_or_back(&self, question: &str, default: bool) -> Result<bool, CommandError> {
        self.yes_or_escape(question, default)?.ok_or_else(|| self.escaped())
    }

    /// Asks until the line is y, yes, n, no or empty; none is Esc.
    fn yes_or_escape(&self, question: &str, default: bool) -> Result<Option<bool>, CommandError> {
        let (choices, enter) = if default { ("[Y/n]", "yes") } else { ("[y/N]", "no") };
        loop {
            let Some(line) =
                self.ask(|| line::read(&format!("{question} {choices} "), false, TypedAhead::Discarded))?
            else {
                return Ok(None);
            };
            match line.trim().to_lowercase().as_str() {
                "" => return Ok(Some(default)),
                "y" | "yes" => return Ok(Some(true)),
                "n" | "no" => return Ok(Some(false)),
                _ => self.tell(&format!("Type y or n; Enter alone means {enter}.")),
            }
        }
    }

    /// Prompts for a line; an empty one is `None`.
    pub fn optional_line(&self, question: &str) -> Result<Option<String>, CommandError> {
        self.line_after(question, TypedAhead::Discarded)
    }

    fn line_after(&self, question: &str, ahead: TypedAhead) -> Result<Option<String>, CommandError> {
        let line = self.answer(|| line::read(&format!("{question}: "), false, ahead))?;
        Ok(Some(line.trim().to_owned()).filter(|line| !line.is_empty()))
    }

    /// Prompts for a line until `parse` accepts it, and prints each error; an empty line is `None`.
    pub fn optional<T>(
        &self,
        question: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>, CommandError> {
        self.until_valid(|| self.optional_line(question), parse)
    }

    fn until_valid<T>(
        &self,
        mut line: impl FnMut() -> Result<Option<String>, CommandError>,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>, CommandError> {
        loop {
            match line()?.map(|line| parse(&line)) {
                None => return Ok(None),
                Some(Ok(value)) => return Ok(Some(value)),
                Some(Err(text)) => self.say(text.trim_end()),
            }
        }
    }

    /// Begins the prompts for the lines of a list.
    pub const fn lines(&self) -> Lines<'_> {
        Lines { dialog: self, last: None }
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
        let mut typed = self.answer(|| line::read(&format!("{question}: "), true, TypedAhead::Discarded))?;
        Ok(Some(std::mem::take(&mut *typed)).filter(|typed| !typed.is_empty()).map(Secret::new))
    }

    /// Prompts for a secret, which is `what`, until one is typed.
    pub fn secret(&self, question: &str, what: &str) -> Result<Secret, CommandError> {
        self.until_given(what, || self.optional_secret(question))
    }

    /// Offers a choice of one item, starting at `first`, and returns its index.
    pub fn choose(&self, question: &str, items: &[String], first: usize) -> Result<usize, CommandError> {
        self.explain("Arrow keys move, Enter confirms, Esc leaves.");
        let chosen = self.choice(question, items, Menu::of_one(question, items, first))?;
        Ok(chosen.first().copied().unwrap_or(first))
    }

    /// Offers a choice of any number of items, and returns their indexes.
    pub fn choose_many(&self, question: &str, items: &[String]) -> Result<Vec<usize>, CommandError> {
        self.explain("Arrow keys move, Space selects, Enter confirms, Esc leaves.");
        self.choice(question, items, Menu::of_many(question, items))
    }

    /// Shows a menu, and afterwards what was chosen in its place.
    fn choice(&self, question: &str, items: &[String], menu: Menu<'_>) -> Result<Vec<usize>, CommandError> {
        let chosen = self.ask(|| menu.choose())?;
        let labels = chosen.iter().flatten().map(|index| items[*index].trim());
        self.tell(&format!("{question}: {}", labels.collect::<Vec<_>>().join(", ")));
        chosen.ok_or_else(|| self.escaped())
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

    /// Shows a prompt that is answered, unless with Esc.
    fn answer<T>(&self, prompt: impl FnOnce() -> io::Result<Option<T>>) -> Result<T, CommandError> {
        self.ask(prompt)?.ok_or_else(|| self.escaped())
    }

    /// The end of a command at Esc, unless it goes back.
    fn escaped(&self) -> CommandError {
        if !self.is_quiet && !self.goes_back.load(Ordering::Relaxed) {
            self.say(UNCHANGED);
        }
        CommandError::declined()
    }

    fn ask<T>(&self, prompt: impl FnOnce() -> io::Result<T>) -> Result<T, CommandError> {
        self.prompts.fetch_add(1, Ordering::Relaxed);
        let guard = self.restore_at_end()?;
        let answer = prompt();
        if matches!(&answer, Err(error) if error.kind() == ErrorKind::Interrupted) {
            // A signal interrupted the prompt; the thread that handles it ends the program.
            thread::sleep(Duration::from_secs(1));
        }
        drop(guard);
        answer.map_err(|error| match error.kind() {
            ErrorKind::Interrupted => CommandError::interrupted(Exit::Interrupted),
            ErrorKind::UnexpectedEof => {
                CommandError::new(Code::MissingValue, format!("the input ended at a prompt; {UNCHANGED}"), "")
            }
            _ => CommandError::output(error),
        })
    }

    /// Makes a signal restore echo and cursor of the terminal before it ends the program, until the guard is dropped.
    fn restore_at_end(&self) -> Result<Guard, CommandError> {
        let before = Modes::of_stdin();
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

/// The prompts for the lines of a list. Several lines may be pasted: what was typed since the last line answers the next
/// one, unless there was another prompt between.
pub struct Lines<'a> {
    dialog: &'a Dialog,
    /// How many prompts there were with the last line.
    last: Option<usize>,
}

impl Lines<'_> {
    /// Prompts for the next line until `parse` accepts it, and prints each error; an empty line is `None`.
    pub fn next<T>(
        &mut self,
        question: &str,
        parse: impl Fn(&str) -> Result<T, String>,
    ) -> Result<Option<T>, CommandError> {
        let line = || {
            let prompts = self.dialog.prompts.load(Ordering::Relaxed);
            let is_same_list = self.last.replace(prompts + 1) == Some(prompts);
            let ahead = if is_same_list { TypedAhead::Kept } else { TypedAhead::Discarded };
            self.dialog.line_after(question, ahead)
        };
        self.dialog.until_valid(line, parse)
    }
}

fn restore(before: Option<&Modes>) {
    if let Some(before) = before {
        before.restore();
    }
    // Show the cursor again, at the start of a line.
    let _ = std::io::stderr().write_all(b"\x1b[?25h\n");
}
