//! Questions to the person at the terminal; Ctrl-C at any of them leaves the terminal as it was.

use std::io::{ErrorKind, Write as _};
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use dialoguer::theme::SimpleTheme;
use dialoguer::{Confirm, FuzzySelect, Input, MultiSelect, Password, Select};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::{Handle, Signals};

use super::{Context, Failure};
use crate::config::turn::Secret;
use crate::exit::Exit;
use crate::terminal::clean;

/// How many finds a search shows at once: they fit a small terminal together with what is above them.
const SEARCH_LINES: usize = 10;

/// Says what is about to happen and asks whether to go on; Enter alone means no, which changes nothing.
pub(super) fn go_on(context: &Context, what: &str) -> Result<(), Failure> {
    // A question is asked in full even of those who want to hear little.
    let _ = writeln!(std::io::stderr(), "{}", clean(what));
    if ask(context, || Confirm::with_theme(&SimpleTheme).with_prompt("Go on?").default(false).interact())? {
        return Ok(());
    }
    context.note("nothing was changed");
    Err(Failure::Declined)
}

/// Asks a question whose answer to Enter alone is `default`.
pub(super) fn yes(context: &Context, question: &str, default: bool) -> Result<bool, Failure> {
    ask(context, || Confirm::with_theme(&SimpleTheme).with_prompt(question).default(default).interact())
}

/// Lets one of many be searched for by typing a part of it; none when Esc ends the search.
pub(super) fn search(context: &Context, question: &str, items: &[String]) -> Result<Option<usize>, Failure> {
    ask(context, || {
        FuzzySelect::with_theme(&SimpleTheme)
            .with_prompt(question)
            .items(items)
            .default(0)
            .max_length(SEARCH_LINES)
            .interact_opt()
    })
}

/// Asks for a line of text.
pub(super) fn line(context: &Context, question: &str) -> Result<String, Failure> {
    ask(context, || Input::with_theme(&SimpleTheme).with_prompt(question).interact_text())
}

/// Asks for a line that may be left empty.
pub(super) fn optional_line(context: &Context, question: &str) -> Result<Option<String>, Failure> {
    let text: String = ask(context, || {
        Input::with_theme(&SimpleTheme).with_prompt(question).allow_empty(true).interact_text()
    })?;
    Ok(Some(text).filter(|text| !text.is_empty()))
}

/// Asks for a secret, which does not appear on the screen.
pub(super) fn secret(context: &Context, question: &str) -> Result<Secret, Failure> {
    ask(context, || Password::with_theme(&SimpleTheme).with_prompt(question).interact()).map(Secret::new)
}

/// Lets one of several be chosen.
pub(super) fn choose(context: &Context, question: &str, items: &[String]) -> Result<usize, Failure> {
    choose_from(context, question, items, 0)
}

/// Lets one of several be chosen, beginning at `first`.
pub(super) fn choose_from(
    context: &Context,
    question: &str,
    items: &[String],
    first: usize,
) -> Result<usize, Failure> {
    ask(context, || {
        Select::with_theme(&SimpleTheme).with_prompt(question).items(items).default(first).interact()
    })
}

/// Lets any of several be chosen.
pub(super) fn choose_many(
    context: &Context,
    question: &str,
    items: &[String],
) -> Result<Vec<usize>, Failure> {
    let question = format!("{question} (space marks, Enter ends)");
    ask(context, || MultiSelect::with_theme(&SimpleTheme).with_prompt(question).items(items).interact())
}

fn ask<T>(context: &Context, question: impl FnOnce() -> dialoguer::Result<T>) -> Result<T, Failure> {
    let guard = Guard::new(context)?;
    let answer = question();
    if matches!(&answer, Err(dialoguer::Error::IO(error)) if error.kind() == ErrorKind::Interrupted) {
        // A signal woke the question; the guard's thread, which knows which one, ends the program.
        thread::sleep(Duration::from_secs(1));
    }
    drop(guard);
    answer.map_err(|dialoguer::Error::IO(error)| match error.kind() {
        ErrorKind::Interrupted => Failure::Interrupted,
        ErrorKind::UnexpectedEof | ErrorKind::NotConnected => {
            Failure::usage("missing-value", "the input ended before the question was answered", "")
        }
        _ => Failure::Output(error),
    })
}

/// While it lives, a signal ends the program only after the terminal is as it was: echoing, with a cursor.
struct Guard<'a> {
    context: &'a Context,
    handle: Handle,
}

impl<'a> Guard<'a> {
    fn new(context: &'a Context) -> Result<Self, Failure> {
        let mut signals = Signals::new([SIGINT, SIGTERM]).map_err(Failure::Output)?;
        let handle = signals.handle();
        let before = tcgetattr(std::io::stdin()).ok();
        context.exit_at_once.store(false, Ordering::SeqCst);
        thread::spawn(move || {
            let came: Vec<_> = signals.wait().collect();
            if came.is_empty() {
                return; // the question was answered
            }
            restore(before.as_ref());
            // The prompt raises SIGINT by itself whenever a signal wakes it, so SIGTERM counts more.
            end(if came.contains(&SIGTERM) { Exit::Terminated } else { Exit::Interrupted });
        });
        Ok(Guard { context, handle })
    }
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.handle.close();
        self.context.exit_at_once.store(true, Ordering::SeqCst);
    }
}

fn restore(before: Option<&Termios>) {
    if let Some(before) = before {
        let _ = tcsetattr(std::io::stdin(), OptionalActions::Now, before);
    }
    // The cursor comes back, at the start of a line.
    let _ = std::io::stderr().write_all(b"\x1b[?25h\n");
}

/// The one place that ends the program below `main`: the thread that waits for an answer cannot be woken.
#[allow(clippy::exit)]
fn end(exit: Exit) {
    std::process::exit(exit as i32);
}
