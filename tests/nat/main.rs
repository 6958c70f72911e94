//! `cowork-calls nat` as a whole process: behind real NATs, on loopback, and with servers that misbehave.

// Helpers of tests may panic as tests do; clippy knows only the tests themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../support/fake_server.rs"]
mod fake_server;
#[path = "../support/network.rs"]
mod network;
#[path = "../support/program.rs"]
mod program;

mod networks;
mod servers;
