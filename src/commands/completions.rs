//! `cowork-calls completions`: prints the completion script of a shell.

use clap_complete::Shell;

use super::context::Context;
use crate::cli;
use crate::error::{CommandError, Exit};

pub(super) fn run(context: &Context, shell: Shell) -> Result<Exit, CommandError> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut cli::program(), "cowork-calls", &mut script);
    context.print(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Done)
}
