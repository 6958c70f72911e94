//! The commands that edit lists: the STUN servers, the TURN servers, the reactions.

pub(crate) mod change;
pub(crate) mod reactions;
pub(crate) mod stun;
pub(crate) mod targets;
pub(crate) mod turn;
mod turn_edit;
