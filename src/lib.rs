//! Manage and test the STUN servers, TURN servers and reactions of CoWork Calls.
//!
//! There is a folder for each noun. `cli` defines what can be typed and `commands` what it does. `config` has the
//! rules of the settings and opens no file; `store` saves them safely, in a file or in the `engine` that several machines
//! share. `probe` tests servers: it combines
//! `protocol`, which opens no socket, with `net`, which knows no protocol. `web` serves the settings to clients.
//! `render` turns results into output, and `terminal` prompts for what is missing.

pub mod cli;
pub mod commands;
pub mod config;
pub mod engine;
pub mod error;
pub mod net;
pub mod probe;
pub mod protocol;
pub mod render;
pub mod signals;
pub mod store;
pub mod terminal;
pub mod text;
pub mod web;

use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

use clap::ValueEnum as _;
use clap::error::ErrorKind;

use commands::Context;
use error::{CommandError, Exit};
use terminal::{ColorChoice, Terminal};

/// Runs the command in `args` (the program's name first) and returns its exit code.
pub fn run(args: Vec<OsString>) -> ExitCode {
    // The completion script of a shell sets this variable.
    if let Some(shell) = cli::complete::shell() {
        let answered = cli::complete::answer(&shell, args);
        let failed = |error| report(&error, false, Terminal::detect(ColorChoice::Auto));
        return answered.map_or_else(failed, |()| Exit::Done).into();
    }
    // Everything below would take three times as long as this.
    if let [_, option] = &args[..]
        && (option == "--version" || option == "-V")
    {
        return print_version();
    }
    let (wants_json, color) = output_options(&args);
    let args = with_help_option(args);
    let exit = match cli::parse(&args, color) {
        Ok(mut cli) => {
            // An option may have consumed a --json after it, as in '--password --json'.
            cli.global.json |= wants_json;
            let one_format = cli.ensure_one_format();
            cli.global.json |= commands::prints_json(&cli.command);
            let terminal = Terminal::detect(cli.global.color);
            let json = cli.global.json;
            let option = cli.global.settings_option();
            let context = one_format.and_then(|()| Context::new(cli.global, terminal));
            let result = context.and_then(|context| commands::run(&context, cli.command));
            result.unwrap_or_else(|error| report(&error.with_option(&option), json, terminal))
        }
        Err(text) if is_text(&text, wants_json) => match text.print() {
            Err(error) if !text.use_stderr() => {
                report(&CommandError::output(error), wants_json, Terminal::detect(color))
            }
            _ if text.use_stderr() => Exit::Usage,
            _ => Exit::Done,
        },
        Err(error) => report(&cli::usage_error(error, &args), wants_json, Terminal::detect(color)),
    };
    exit.into()
}

/// Prints the version as clap does.
fn print_version() -> ExitCode {
    let printed = writeln!(std::io::stdout(), "{} {}", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION"));
    let failed = |error| report(&CommandError::output(error), false, Terminal::detect(ColorChoice::Auto));
    printed.map_or_else(failed, |()| Exit::Done).into()
}

/// Whether clap's text is a result rather than an error: the version or the help, also that of a noun without a command.
fn is_text(text: &clap::Error, wants_json: bool) -> bool {
    let is_help = text.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    !text.use_stderr() || (is_help && !wants_json)
}

/// Whether the command line wants JSON, and which colours: errors in it are reported that way.
fn output_options(args: &[OsString]) -> (bool, ColorChoice) {
    let options: Vec<_> = args.iter().take_while(|arg| *arg != "--").filter_map(|arg| arg.to_str()).collect();
    let joined = options.iter().find_map(|option| option.strip_prefix("--color="));
    let apart = options.iter().skip_while(|option| **option != "--color").nth(1).copied();
    let color = joined.or(apart).and_then(|choice| ColorChoice::from_str(choice, false).ok());
    (options.contains(&"--json"), color.unwrap_or_default())
}

/// Turns `help stun add` into `stun add --help`; options may precede `help`.
fn with_help_option(mut args: Vec<OsString>) -> Vec<OsString> {
    let is_option = |arg: &OsString| arg.as_encoded_bytes().starts_with(b"-");
    let command = args.iter().skip(1).position(|arg| !is_option(arg)).map(|at| at + 1);
    if let Some(at) = command.filter(|at| args.get(*at).is_some_and(|command| command == "help")) {
        args.remove(at);
        args.push("--help".into());
    }
    args
}

/// Prints an error, at best effort.
fn report(error: &CommandError, json: bool, terminal: Terminal) -> Exit {
    let text = if json {
        render::settings::json::error(error)
    } else {
        render::messages::error(error, terminal.err)
    };
    if !error.is_silent(json) {
        let _ = std::io::stderr().lock().write_all(text.as_bytes());
    }
    error.exit()
}
