//! Questions to the person at the terminal; Ctrl-C at any of them leaves the terminal as it was.

use std::fmt;
use std::io::{ErrorKind, Write as _};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use dialoguer::theme::{SimpleTheme, Theme};
use dialoguer::{Confirm, Input, MultiSelect, Password, Select};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr};
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::{Handle, Signals};
use unicode_width::UnicodeWidthStr as _;

use super::context::Context;
use crate::config::turn::Secret;
use crate::error::{Failure, UNCHANGED};
use crate::exit::Exit;
use crate::render;

/// Shows what is about to happen and asks whether to go on; Enter alone means no, which changes nothing.
pub(super) fn go_on(context: &Context, what: &str) -> Result<(), Failure> {
    // A question is asked in full even of those who want to hear little.
    context.say(what);
    if yes(context, "Go on?", false)? {
        return Ok(());
    }
    context.note(UNCHANGED);
    Err(Failure::Declined)
}

/// Asks a question whose answer to Enter alone is `default`.
pub(super) fn yes(context: &Context, question: &str, default: bool) -> Result<bool, Failure> {
    ask(context, || Confirm::with_theme(&SimpleTheme).with_prompt(question).default(default).interact())
}

/// Asks for a line that may be left empty.
pub(super) fn optional_line(context: &Context, question: &str) -> Result<Option<String>, Failure> {
    let theme = LineTheme { columns: columns() };
    let text: String =
        ask(context, || Input::with_theme(&theme).with_prompt(question).allow_empty(true).interact_text())?;
    Ok(Some(text.trim().to_owned()).filter(|text| !text.is_empty()))
}

/// Asks for a line that stands for something, anew until it does; an empty one is none.
pub(super) fn optional<T>(
    context: &Context,
    question: &str,
    parse: impl Fn(&str) -> Result<T, Failure>,
) -> Result<Option<T>, Failure> {
    loop {
        match optional_line(context, question)?.map(|line| parse(&line)) {
            None => return Ok(None),
            Some(Ok(value)) => return Ok(Some(value)),
            Some(Err(failure)) => {
                context.say(render::messages::error(&failure.error(), context.terminal.err).trim_end());
            }
        }
    }
}

/// Asks for `what`, anew until the line stands for it.
pub(super) fn parsed<T>(
    context: &Context,
    question: &str,
    what: &str,
    parse: impl Fn(&str) -> Result<T, Failure>,
) -> Result<T, Failure> {
    loop {
        match optional(context, question, &parse)? {
            Some(value) => return Ok(value),
            None => context.tell(&needed(what)),
        }
    }
}

/// Asks for a line of text, which is `what`.
pub(super) fn line(context: &Context, question: &str, what: &str) -> Result<String, Failure> {
    parsed(context, question, what, |line| Ok(line.to_owned()))
}

/// Asks for a secret, which does not appear on the screen; an empty one is none.
pub(super) fn optional_secret(context: &Context, question: &str) -> Result<Option<Secret>, Failure> {
    let typed = ask(context, || {
        let prompt = Password::with_theme(&SimpleTheme).with_prompt(question);
        prompt.allow_empty_password(true).report(false).interact()
    })?;
    context.say(&format!("{question}: {}", if typed.is_empty() { "" } else { "[hidden]" }));
    Ok(Some(typed).filter(|typed| !typed.is_empty()).map(Secret::new))
}

/// Asks for a secret, which is `what`, until one is typed.
pub(super) fn secret(context: &Context, question: &str, what: &str) -> Result<Secret, Failure> {
    loop {
        match optional_secret(context, question)? {
            Some(secret) => return Ok(secret),
            None => context.tell(&needed(what)),
        }
    }
}

fn needed(what: &str) -> String {
    format!("{what} is needed; Ctrl-C ends")
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
    let items = fitted(items, room());
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
    const KEYS: &str = "Space marks, Enter ends";
    let question = match format!("{question} ({KEYS})") {
        long if long.len() + PAGES <= columns() => long,
        _ => {
            context.say(&format!("{KEYS}."));
            question.to_owned()
        }
    };
    let items = fitted(items, room().saturating_sub(MARK));
    ask(context, || MultiSelect::with_theme(&SimpleTheme).with_prompt(question).items(items).interact())
}

/// How many columns the prompt takes before an entry of a menu, and leaves free behind it.
const MARGIN: usize = 4;

/// How many columns the prompt takes behind a question whose menu has several pages.
const PAGES: usize = ": [Page 10/10] ".len();

/// How many more a box to mark takes.
const MARK: usize = 4;

/// How many bytes an entry of a menu may have. The prompt counts bytes to know how many lines a menu takes, and
/// clears as many: where one takes more than a line, others above it go.
pub(super) fn room() -> usize {
    columns().saturating_sub(MARGIN)
}

/// How wide the terminal of the questions is now.
fn columns() -> usize {
    let size = tcgetwinsize(std::io::stderr()).ok();
    size.map(|size| usize::from(size.ws_col)).filter(|columns| *columns > 0).unwrap_or(80)
}

/// Entries of a menu that each fit a line: longer ones lose their middle, since addresses differ at both ends.
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

/// The usual prompt, for lines: it takes away all rows of what was typed before it shows that once more.
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
        // The prompt has cleared the last row, and the cursor stands in it.
        match line.width().saturating_sub(1) / self.columns {
            0 => f.write_str(&line),
            rows => write!(f, "\x1b[{rows}A\x1b[J{line}"),
        }
    }
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
        let tells = !context.global.quiet && !context.global.json;
        let folder = Arc::clone(&context.private_folder);
        thread::spawn(move || {
            let came: Vec<_> = signals.wait().collect();
            if came.is_empty() {
                return; // the question was answered
            }
            restore(before.as_ref());
            let folder = folder.lock().ok().and_then(|mut folder| folder.take());
            let _ = folder.map(std::fs::remove_dir_all);
            // The prompt raises SIGINT by itself whenever a signal wakes it, so SIGTERM counts more.
            if came.contains(&SIGTERM) {
                end(Exit::Terminated);
            }
            if tells {
                let _ = writeln!(std::io::stderr(), "{UNCHANGED}");
            }
            end(Exit::Interrupted);
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
fn end(exit: Exit) -> ! {
    std::process::exit(exit as i32);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_that_is_too_long_keeps_both_its_ends() {
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
