//! The command line: what can be typed, but not what it does.

// The doc comments are help texts, in which brackets mark what is optional.
#![allow(rustdoc::broken_intra_doc_links)]

mod args;
mod candidates;
pub mod complete;
mod config;
mod credentials;
mod help;
mod list;
mod nat;
mod parse;
mod probe;
mod reactions;
mod serve;
mod stun;
mod turn;
mod usage;
mod value;

pub use args::{Cli, Command, Global, ManArgs};
pub use config::{Compared, ConfigCommand, ExportArgs, ExportFormat, StateFile};
pub use credentials::{CredentialSource, Credentials, SOURCES, secret_on_command_line};
pub use help::program;
pub use list::{Move, Position, ProbeFirst, Targets};
pub use nat::NatArgs;
pub use parse::parse;
pub use probe::{ProbeArgs, ProbeFormat};
pub use reactions::ReactionsCommand;
pub use serve::ServeArgs;
pub use stun::StunCommand;
pub use turn::TurnCommand;
pub use usage::usage_error;
pub use value::parse_position;
