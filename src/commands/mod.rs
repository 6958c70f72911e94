//! What each command does: arguments in, one call to the layers below, a result out.

mod completions;
mod config;
mod context;
mod credentials;
mod input;
mod list;
mod logins;
mod man;
mod nat;
mod policy;
mod probe;
mod serve;
mod setup;
mod show;

use crate::cli::{Command, Noun, ProbeFormat};
use crate::error::{CommandError, Exit};
use crate::web::LogFormat;
use list::{reactions, stun, turn};

pub use context::Context;

/// Does what was asked.
///
/// # Errors
/// Why it could not be done; nothing was changed then.
pub fn run(context: &Context, command: Command) -> Result<Exit, CommandError> {
    match command {
        Command::Stun(Noun(command)) => stun::run(context, command),
        Command::Turn(Noun(command)) => turn::run(context, command),
        Command::Reactions(Noun(command)) => reactions::run(context, command),
        Command::Policy { policy } => policy::run(context, policy),
        Command::Show => show::run(context),
        Command::Config(Noun(command)) => config::run(context, &command),
        Command::Probe(args) => probe::run(context, &args),
        Command::Nat(args) => nat::run(context, &args),
        Command::Serve(args) => serve::run(context, args),
        Command::Setup => setup::run(context),
        Command::Man { folder } => man::run(context, folder.as_deref()),
        Command::Completions { shell } => completions::run(context, shell),
    }
}

/// Whether scripts read what a command prints, errors included, even without `--json`.
#[must_use]
pub fn prints_json(command: &Command) -> bool {
    match command {
        Command::Probe(args) => matches!(args.format, ProbeFormat::Json | ProbeFormat::Jsonl),
        Command::Serve(args) => args.log_format == LogFormat::Json,
        _ => false,
    }
}
