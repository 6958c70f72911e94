//! Settings in a file, with their lock and history beside it.

mod attributes;
mod change;
mod folder;
mod history;
mod lock;
mod owners;
mod ownership;
mod place;
mod read;
mod resolve;
mod save;
mod swap;
mod watch;

pub(super) use change::FileStore;
pub(super) use read::open_to_read;
pub(super) use watch::FileWatcher;
