//! `cowork-calls probe --audit`: the servers that are audited, and whether the user may audit them.

use super::selection::Selected;
use crate::cli::ProbeArgs;
use crate::commands::context::Context;
use crate::config::address::Kind;
use crate::error::{Code, CommandError};

/// The TURN servers among those that are selected. An audit is for one's own servers: the user has to confirm those that
/// are not configured.
pub(super) fn servers(
    context: &Context,
    args: &ProbeArgs,
    mut servers: Vec<Selected>,
) -> Result<Vec<Selected>, CommandError> {
    let is_turn = |selected: &Selected| selected.server.uri.kind() == Kind::Turn;
    let other = servers.iter().find(|selected| !is_turn(selected)).map(|selected| &selected.server.uri);
    // In a file they may be between TURN servers.
    let is_named = !args.servers.is_empty() || (args.input.is_some() && !servers.iter().any(is_turn));
    if let Some(other) = other.filter(|_| is_named) {
        let message = format!("only TURN servers can be audited, and {other} is a STUN server");
        return Err(CommandError::new(
            Code::Usage,
            message,
            "leave it out, or write 'turn:' before its host",
        ));
    }
    servers.retain(is_turn);
    confirm(context, &servers)?;
    Ok(servers)
}

fn confirm(context: &Context, servers: &[Selected]) -> Result<(), CommandError> {
    let foreign: Vec<_> = servers.iter().filter(|selected| selected.source.position.is_none()).collect();
    let Some(first) = foreign.first().filter(|_| !context.global.yes) else { return Ok(()) };
    let what = match foreign.len() {
        1 => format!("{} is not configured", first.server.uri),
        count => format!("{count} of these servers are not configured, such as {}", first.server.uri),
    };
    if !context.can_prompt() {
        let message = format!("{what}, and an audit is only for servers of your own");
        let hint = "if it is yours, add '--yes', or configure it with 'cowork-calls turn add'";
        return Err(CommandError::new(Code::MissingValue, message, hint));
    }
    let why = "An audit is only for servers of your own: others may take it for an attack.";
    context.dialog.tell(&format!("{what}. {why}"));
    match context.dialog.yes("Audit all the same?", false)? {
        true => Ok(()),
        false => Err(CommandError::new(Code::Declined, "nothing was audited", "")),
    }
}
