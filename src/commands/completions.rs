//! `cowork-calls completions`: prints the completion script of a shell.

use clap_complete::Shell;

use super::context::Context;
use crate::cli::complete;
use crate::error::{CommandError, Exit};

pub(super) fn run(context: &Context, shell: Shell) -> Result<Exit, CommandError> {
    let script = complete::script(&shell.to_string()).map_err(CommandError::output)?;
    context.print(&script)?;
    Ok(Exit::Done)
}
