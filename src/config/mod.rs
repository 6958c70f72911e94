//! The settings: their types and all their rules, without any file, clock or network.

pub mod address;
pub mod defaults;
pub mod diff;
pub mod edit;
pub mod emoji;
pub mod ephemeral_credentials;
pub mod file;
pub mod settings;
pub mod turn;
pub mod warnings;

pub use file::apply::{Applied, ApplyError, Loaded, apply, load};
pub use settings::{List, ListName, Origin, Settings, TransportPolicy};
