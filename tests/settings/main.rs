//! The commands that edit and show the settings, as whole processes.

// Helpers of tests may panic as tests do; clippy knows only the tests themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod command_line;
mod damage;
mod errors;
mod file;
mod kill;
mod memory;
mod mixture;
#[path = "../support/program.rs"]
mod program;
mod reactions;
mod secrets;
mod secrets_everywhere;
mod shell;
mod signals;
mod stun;
mod terminal;
mod time;
mod transcripts;
mod turn;
