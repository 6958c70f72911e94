//! The commands: each turns arguments into one call to the layers below, and renders the result.

mod change;
mod completions;
mod config;
mod context;
mod credentials;
mod emoji_menu;
mod input;
mod list;
mod man;
mod nat;
mod policy;
mod probe;
mod serve;
mod setup;
mod show;

use crate::cli::{Command, ProbeFormat};
use crate::error::{CommandError, Exit};
use crate::web::LogFormat;
use list::{reactions, stun, turn};

pub use context::Context;

/// Runs a command.
///
/// # Errors
/// The reason for the failure; nothing was changed.
pub fn run(context: &Context, command: Command) -> Result<Exit, CommandError> {
    match command {
        Command::Stun(command) => stun::run(context, command),
        Command::Turn(command) => turn::run(context, command),
        Command::Reactions(command) => reactions::run(context, command),
        Command::Policy(args) => policy::run(context, args.policy),
        Command::Show => show::run(context),
        Command::Config(command) => config::run(context, &command),
        Command::Probe(args) => probe::run(context, &args),
        Command::Nat(args) => nat::run(context, &args),
        Command::Serve(args) => serve::run(context, args),
        Command::Setup => setup::run(context),
        Command::Man(args) => man::run(context, &args),
        Command::Completions(args) => completions::run(context, args.shell),
    }
}

/// Whether a command prints JSON, errors included, even without `--json`.
pub fn prints_json(command: &Command) -> bool {
    match command {
        Command::Probe(args) => matches!(args.format, Some(ProbeFormat::Json | ProbeFormat::Jsonl)),
        Command::Serve(args) => args.log_format == LogFormat::Json,
        _ => false,
    }
}
