//! The types of the settings and all their rules, without files, clocks or network.

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
