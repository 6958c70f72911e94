//! The commands that edit lists: the STUN servers, the TURN servers, the reactions.

mod command;
pub(crate) mod entry;
pub(crate) mod reactions;
pub(crate) mod stun;
mod targets;
pub(crate) mod turn;
mod turn_edit;
pub(crate) mod typed;
