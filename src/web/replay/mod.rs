//! The events of the last minute, for listeners that reconnect: here, or at another replica.
//!
//! The id of each `event` is a `position`: how far the listener that receives it has read. A listener that comes back with
//! one gets a `backlog` of the `recent` events beyond it.

pub(super) mod backlog;
pub(super) mod event;
pub(super) mod position;
pub(super) mod recent;
