//! Errors in the command line: several lines from clap become one sentence and one hint.

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::credentials::{SOURCES, secret_on_command_line};
use crate::error::{Code, CommandError};
use crate::text::shortened;

impl From<clap::Error> for CommandError {
    fn from(mut error: clap::Error) -> Self {
        if let Some(option) = secret_option(&error) {
            return secret_on_command_line(option);
        }
        shorten_argument(&mut error);
        let text = error.to_string();
        let tip = line_behind(&text, "tip: ");
        if tip.is_some_and(|tip| tip.ends_with("'--password'") || tip.ends_with("'--secret'")) {
            // These options exist only to be rejected.
            return CommandError::new(Code::Usage, message(&text), SOURCES);
        }
        // If options exclude each other, clap's usage shows the very options that were given.
        let usage = line_behind(&text, "Usage: ").filter(|_| error.kind() != ErrorKind::ArgumentConflict);
        let usage = usage.map(|usage| format!("usage: {usage}"));
        let hint = tip.map(str::to_owned).or(usage);
        let hint = hint.unwrap_or_else(|| "see 'cowork-calls --help'".to_owned());
        let kind = error.kind();
        if matches!(kind, ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand)
        {
            return CommandError::new(Code::Usage, "a command is missing", hint);
        }
        CommandError::new(Code::Usage, message(&text), hint)
    }
}

/// Shortens the argument that the error repeats, which may hold a secret. A tip that repeats it as well is dropped.
fn shorten_argument(error: &mut clap::Error) {
    let kind = match error.kind() {
        ErrorKind::UnknownArgument => ContextKind::InvalidArg,
        ErrorKind::InvalidSubcommand => ContextKind::InvalidSubcommand,
        _ => ContextKind::InvalidValue,
    };
    let Some(ContextValue::String(argument)) = error.get(kind) else { return };
    let short = shortened(argument).into_owned();
    if short != *argument {
        error.insert(kind, ContextValue::String(short));
        error.remove(ContextKind::Suggested);
    }
}

/// The first paragraph; its further lines name what is missing or possible.
fn message(text: &str) -> String {
    let lines = text.lines().take_while(|line| !line.is_empty()).map(str::trim);
    lines.collect::<Vec<_>>().join(" ").trim_start_matches("error: ").to_owned()
}

/// The option that was given a secret as a value that clap rejects, as in `--password-stdin=hunter2`.
fn secret_option(error: &clap::Error) -> Option<&'static str> {
    let Some(ContextValue::String(option)) = error.get(ContextKind::InvalidArg) else { return None };
    let option = option.split([' ', '=']).next().unwrap_or_default();
    match error.kind() {
        ErrorKind::TooManyValues => ["--password-stdin", "--secret-stdin"].into_iter().find(|o| option == *o),
        // These options take a value only to be rejected, also if they are given twice.
        ErrorKind::ArgumentConflict => ["--password", "--secret"].into_iter().find(|o| option == *o),
        _ => None,
    }
}

/// The text after `label` on the first line that starts with it.
fn line_behind<'a>(text: &'a str, label: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.trim_start().strip_prefix(label))
}
