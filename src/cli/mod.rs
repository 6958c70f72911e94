//! The command line: what can be typed, and nothing of what it does.

// The texts are help texts first, where brackets mark what can be left out.
#![allow(rustdoc::broken_intra_doc_links)]

mod args;
mod candidates;
pub mod complete;
mod config;
mod credentials;
mod duration;
mod examples;
mod help;
mod lists;
mod noun;
mod position;
mod probe;
mod serve;
mod usage;

pub use args::{Cli, Command, Global};
pub use config::{ConfigCommand, ExportArgs, ExportFormat, StateFile};
pub use credentials::{CredentialSource, Credentials, SOURCES, refused};
pub use help::program;
pub use lists::{Move, Place, ReactionsCommand, StunCommand, Targets, TurnCommand};
pub use noun::Noun;
pub use probe::{NatArgs, ProbeArgs, ProbeFormat, ProbeTransport};
pub use serve::ServeArgs;
