//! The servers in the guided setup; each is probed as soon as it is entered.

use super::choice::{Choice, choices, choose, decide, step};
use crate::commands::context::Context;
use crate::commands::list::typed::until_empty;
use crate::commands::probe::selection::bare;
use crate::config::address::{Kind, ServerUri};
use crate::config::settings::{List, Settings};
use crate::config::turn::TurnServer;
use crate::error::CommandError;
use crate::render::settings::table;

/// The STUN servers.
pub(super) fn stun(context: &Context, settings: &mut Settings) -> Result<(), CommandError> {
    let ask = |list: &List<ServerUri>| {
        step(context, 1, "STUN servers: they show clients their public address");
        context.say(&table::list(&list.entries, false, context.terminal.err));
        let choices = choices(list.origin, "Add to these", "Use the defaults, run in Germany");
        choose(context, "STUN servers to use", &choices)
    };
    decide(&mut settings.stun, ask, |choice, uris| {
        let mut servers = uris.iter().cloned().map(bare).collect();
        let is_done = enter(context, Kind::Stun, choice, &mut servers)?;
        *uris = servers.into_iter().map(|server| server.uri).collect();
        Ok(is_done)
    })
}

/// The TURN servers.
pub(super) fn turn(context: &Context, settings: &mut Settings) -> Result<(), CommandError> {
    let ask = |list: &List<TurnServer>| {
        step(context, 2, "TURN servers: they relay where no direct connection works");
        context.say(&table::list(&list.entries, false, context.terminal.err));
        if !list.entries.is_empty() {
            let choices = choices(list.origin, "Add to these", "Use none");
            return choose(context, "TURN servers to use", &choices);
        }
        let is_wanted = context.dialog.yes_or_back("Enter a TURN server?", false)?;
        Ok(if is_wanted { Choice::Replace } else { Choice::Keep })
    };
    decide(&mut settings.turn, ask, |choice, servers| enter(context, Kind::Turn, choice, servers))
}

/// Lets the user add servers, or enter others instead. Esc keeps what was entered, and returns false.
fn enter(
    context: &Context,
    kind: Kind,
    choice: Choice,
    servers: &mut Vec<TurnServer>,
) -> Result<bool, CommandError> {
    let mut entered = if choice == Choice::Add { servers.clone() } else { Vec::new() };
    let is_done = context.dialog.unless_back(until_empty(context, kind, &mut entered))?.is_some();
    if !entered.is_empty() {
        *servers = entered;
    } else if is_done {
        context.dialog.tell("No servers entered; the list stays as it is.");
    }
    Ok(is_done)
}
