//! The servers in the guided setup; each is probed as soon as it is entered.

use super::choice::{Choice, choices, choose, step};
use crate::commands::context::Context;
use crate::commands::list::typed::until_empty;
use crate::commands::probe::selection::bare;
use crate::config::address::Kind;
use crate::config::settings::{List, Settings};
use crate::config::turn::TurnServer;
use crate::error::CommandError;
use crate::render::settings::table;

/// The STUN servers.
pub(super) fn stun(context: &Context, settings: &mut Settings) -> Result<(), CommandError> {
    let list = &mut settings.stun;
    loop {
        step(context, 1, "STUN servers: they show clients their public address");
        context.say(&table::list(&list.entries, false, context.terminal.err));
        let choices = choices(list.origin, "Add to these", "Use the defaults, run in Germany");
        let choice = choose(context, "STUN servers to use", &choices)?;
        match choice {
            Choice::Keep => return Ok(()),
            Choice::Defaults => {
                *list = List::default();
                return Ok(());
            }
            Choice::Add | Choice::Replace => {}
        }
        let mut servers = list.entries.iter().cloned().map(bare).collect();
        let is_done = enter(context, Kind::Stun, choice, &mut servers)?;
        let uris: Vec<_> = servers.into_iter().map(|server| server.uri).collect();
        if uris != list.entries {
            *list = List::from_file(uris);
        }
        if is_done {
            return Ok(());
        }
    }
}

/// The TURN servers.
pub(super) fn turn(context: &Context, settings: &mut Settings) -> Result<(), CommandError> {
    let list = &mut settings.turn;
    loop {
        step(context, 2, "TURN servers: they relay where no direct connection works");
        context.say(&table::list(&list.entries, false, context.terminal.err));
        let choice = if !list.entries.is_empty() {
            choose(context, "TURN servers to use", &choices(list.origin, "Add to these", "Use none"))?
        } else if context.dialog.yes_or_back("Enter a TURN server?", false)? {
            Choice::Replace
        } else {
            Choice::Keep
        };
        match choice {
            Choice::Keep => return Ok(()),
            Choice::Defaults => {
                *list = List::default();
                return Ok(());
            }
            Choice::Add | Choice::Replace => {}
        }
        let mut servers = list.entries.clone();
        let is_done = enter(context, Kind::Turn, choice, &mut servers)?;
        *list = List::from_file(servers);
        if is_done {
            return Ok(());
        }
    }
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
