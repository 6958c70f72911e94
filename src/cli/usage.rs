//! Errors in the command line: several lines from clap become one sentence, and one hint that names what was meant.

use std::ffi::OsString;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Arg, Command};

use super::credentials::{SOURCES, secret_on_command_line};
use super::help::program;
use super::value::{similar_duration, similar_rate};
use crate::error::{Code, CommandError};
use crate::text::shortened;

/// How similar the name of a command elsewhere has to be to be suggested, from 0 to 1.
const SIMILAR: f64 = 0.85;

/// Turns clap's error about these arguments, the program's name first, into the program's own.
pub fn usage_error(mut error: clap::Error, args: &[OsString]) -> CommandError {
    if let Some(option) = secret_option(&error) {
        return secret_on_command_line(option);
    }
    shorten_argument(&mut error);
    let text = error.to_string();
    let mut program = program();
    program.build();
    let command = typed(&program, args);
    let help = format!("see '{} --help'", name(command));
    let (message, hint) = match error.kind() {
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand => {
            ("a command is missing".to_owned(), help)
        }
        // clap's usage shows what is missing.
        ErrorKind::MissingRequiredArgument => {
            let usage = text.lines().find_map(|line| line.strip_prefix("Usage: "));
            (message(&text), usage.map_or(help, |usage| format!("usage: {usage}")))
        }
        // A duration may begin with '-', but what begins with '--' is the next option.
        ErrorKind::ValueValidation if follows_without_value(&error) => {
            let option = string(&error, ContextKind::InvalidArg).unwrap_or_default();
            (format!("a value is required for '{option}' but none was supplied"), help)
        }
        ErrorKind::ArgumentConflict => (message(&text), format!("leave out one of the two, or {help}")),
        ErrorKind::UnknownArgument if suggested(&error).is_some_and(is_of_a_secret) => {
            // These options exist only to be rejected.
            (message(&text), SOURCES.to_owned())
        }
        _ => {
            let meant = meant(&error, &program, command);
            (message(&text), meant.map_or(help.clone(), |meant| format!("did you mean {meant}? {help}")))
        }
    };
    CommandError::new(Code::Usage, message, hint)
}

/// The command as it is typed.
fn name(command: &Command) -> &str {
    command.get_bin_name().unwrap_or(command.get_name())
}

/// The command that the arguments name, as far as they name one.
fn typed<'c>(program: &'c Command, args: &[OsString]) -> &'c Command {
    let mut command = program;
    let mut after_unknown = false;
    let mut words = args.iter().skip(1).map(|word| word.to_string_lossy()).take_while(|word| word != "--");
    while let Some(word) = words.next() {
        if let Some(long) = word.strip_prefix("--") {
            let option = option(command, long);
            if option.is_some_and(|option| option.get_action().takes_values()) {
                words.next();
            }
            after_unknown = option.is_none();
        } else if let Some(named) = command.find_subcommand(&*word) {
            command = named;
            after_unknown = false;
        } else if !word.starts_with('-') && !std::mem::take(&mut after_unknown) {
            break;
        }
    }
    command
}

/// The option with this long name, unless it is hidden.
fn option<'c>(command: &'c Command, long: &str) -> Option<&'c Arg> {
    command.get_arguments().find(|arg| arg.get_long() == Some(long) && !arg.is_hide_set())
}

/// Whether the value that clap rejects is an option.
fn follows_without_value(error: &clap::Error) -> bool {
    string(error, ContextKind::InvalidValue).is_some_and(|value| value.starts_with("--"))
}

/// What was probably meant by what is wrong, quoted.
fn meant(error: &clap::Error, program: &Command, command: &Command) -> Option<String> {
    let meant = match error.kind() {
        ErrorKind::InvalidSubcommand => return meant_command(error, program, command),
        ErrorKind::UnknownArgument => meant_argument(error, command)?,
        ErrorKind::InvalidValue => of_option(error, suggested(error)?),
        ErrorKind::ValueValidation => {
            let (option, value) =
                (string(error, ContextKind::InvalidArg)?, string(error, ContextKind::InvalidValue)?);
            let similar = match option {
                _ if option.contains("<DURATION>") => similar_duration(value)?,
                _ if option.contains("<RATE>") => similar_rate(value)?,
                _ => return None,
            };
            // A value that is out of range has the right form already.
            of_option(error, Some(&similar).filter(|similar| *similar != value)?)
        }
        _ => return None,
    };
    Some(format!("'{meant}'"))
}

/// A value after its option, if it has one.
fn of_option(error: &clap::Error, value: &str) -> String {
    let argument = string(error, ContextKind::InvalidArg).unwrap_or_default();
    let option = argument.split(' ').next().filter(|name| name.starts_with('-'));
    option.map_or(value.to_owned(), |option| format!("{option} {value}"))
}

/// The argument that an unknown one stands for: an option that has only a short form, a value without its option, an
/// option with a similar name, or one of a command that follows.
fn meant_argument(error: &clap::Error, command: &Command) -> Option<String> {
    let unknown = string(error, ContextKind::InvalidArg)?;
    // As in 'stun -- add'.
    if let Some(below) = command.find_subcommand(unknown) {
        return Some(name(below).to_owned());
    }
    if let Some(name) = unknown.strip_prefix("--") {
        let arguments = || command.get_arguments().filter(|arg| !arg.is_hide_set());
        let short_only = arguments().find(|arg| arg.get_id() == name && arg.get_long().is_none());
        if let Some(short) = short_only.and_then(Arg::get_short) {
            return Some(format!("-{short}"));
        }
        let with_value =
            arguments().find(|arg| arg.get_possible_values().iter().any(|v| v.get_name() == name));
        if let Some(option) = with_value {
            let long = option.get_long().map(|long| format!("--{long} ")).unwrap_or_default();
            return Some(long + name);
        }
    }
    // It stands before the command that has it.
    if let Some(long) = unknown.strip_prefix("--").filter(|long| option(command, long).is_some()) {
        return Some(format!("{} --{long}", name(command)));
    }
    let option = suggested(error)?;
    Some(match string(error, ContextKind::SuggestedSubcommand) {
        Some(below) => format!("{} {below} {option}", name(command)),
        None => option.to_owned(),
    })
}

/// The command with the most similar name; else an option of this name, or the commands of this name elsewhere, such as
/// `stun list` for `list`.
fn meant_command(error: &clap::Error, program: &Command, command: &Command) -> Option<String> {
    let word = string(error, ContextKind::InvalidSubcommand)?;
    let similar = match error.get(ContextKind::SuggestedSubcommand) {
        Some(ContextValue::Strings(similar)) => {
            similar.last().and_then(|similar| command.find_subcommand(similar))
        }
        _ => None,
    };
    let nouns = || program.get_subcommands().filter(|noun| noun.has_subcommands());
    let likeness = |command: &Command| strsim::jaro(word, command.get_name());
    let least = similar.map_or(SIMILAR, likeness);
    let elsewhere = nouns().flat_map(Command::get_subcommands).filter(|command| likeness(command) > least);
    let nearest = elsewhere.max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    if let (Some(similar), None) = (similar, nearest) {
        return Some(format!("'{}'", name(similar)));
    }
    if option(command, word).is_some() {
        return Some(format!("'{} --{word}'", name(command)));
    }
    let word = nearest.map_or(word, Command::get_name);
    let found = std::iter::once(program).chain(nouns()).filter_map(|parent| parent.find_subcommand(word));
    let found: Vec<_> = found.map(|command| format!("'{}'", name(command))).collect();
    let (last, others) = found.split_last()?;
    Some(if others.is_empty() { last.clone() } else { format!("{} or {last}", others.join(", ")) })
}

/// The argument or value that clap suggests; of several the most similar one.
fn suggested(error: &clap::Error) -> Option<&str> {
    string(error, ContextKind::SuggestedArg).or_else(|| string(error, ContextKind::SuggestedValue))
}

fn is_of_a_secret(option: &str) -> bool {
    option == "--password" || option == "--secret"
}

/// The text of a piece of clap's error.
fn string(error: &clap::Error, kind: ContextKind) -> Option<&str> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text),
        _ => None,
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
    let option = string(error, ContextKind::InvalidArg)?.split([' ', '=']).next()?;
    match error.kind() {
        ErrorKind::TooManyValues => ["--password-stdin", "--secret-stdin"].into_iter().find(|o| option == *o),
        // These options take a value only to be rejected, also if they are given twice.
        ErrorKind::ArgumentConflict => ["--password", "--secret"].into_iter().find(|o| option == *o),
        _ => None,
    }
}
