//! The commands that edit and show the settings, as whole processes.

// Helpers of tests may panic as tests do; clippy knows only the tests themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod command_line;
#[path = "../support/coturn.rs"]
mod coturn;
mod damage;
mod editor;
mod errors;
mod export;
mod file;
mod kill;
mod memory;
mod mixture;
#[path = "../support/program.rs"]
mod program;
mod reactions;
mod secrets;
mod secrets_everywhere;
mod setup;
mod shell;
mod signals;
mod stun;
mod terminal;
mod time;
mod transcripts;
mod turn;
mod whole;
