//! Stores the settings safely: atomic saves under a lock, and a history that never loses a version.
//!
//! The interface deals in bytes and names no file: beside settings in a `file` there are those in a `stream`, which several
//! machines share.

mod access;
mod change;
mod error;
mod file;
pub mod locate;
mod notices;
mod secret;
mod settings;
mod snapshot;
mod stream;
mod version;
mod watch;

pub use access::{AccessError, EngineOptions};
pub use change::{Change, ChangeError};
pub use error::{MAX_BYTES, StoreError, describe};
pub use notices::Notices;
pub use secret::{
    SecretError, describe_unreadable, expiry, login_with, read_credential_file, read_secret, read_secret_file,
};
pub use settings::Store;
pub use snapshot::{Snapshot, readable_by_others};
pub use version::{SavedVersion, Version};
pub use watch::Watcher;
