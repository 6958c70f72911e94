//! Stores the settings safely: atomic saves under a lock, and a history that never loses a version.
//!
//! The interface deals in bytes and names no file, so that another backend can be added next to this one.

mod attributes;
mod change;
mod error;
mod folder;
mod history;
pub mod locate;
mod lock;
mod notices;
mod owners;
mod ownership;
mod place;
mod resolve;
mod save;
mod secret;
mod snapshot;
mod swap;
mod version;
mod watch;

pub use change::{Change, ChangeError, Store};
pub use error::{MAX_BYTES, StoreError, describe};
pub use notices::Notices;
pub use secret::{
    SecretError, describe_unreadable, expiry, login_with, read_credential_file, read_secret, read_secret_file,
};
pub use snapshot::{Snapshot, readable_by_others};
pub use version::{SavedVersion, Version};
pub use watch::Watcher;
