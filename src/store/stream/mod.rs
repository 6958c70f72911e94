//! Settings in a stream of an engine, which several machines share: its messages are the versions.

mod change;
mod link;
mod message;
mod messages;
mod watch;

pub(super) use change::StreamStore;
pub(super) use watch::StreamWatcher;
