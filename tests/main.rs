//! All integration tests, in one binary, because that is built fastest. README.md in this folder says which file covers
//! what. A test that needs root or a Debian package is marked `#[ignore = "needs ..."]`: `cargo test` prints its need, and
//! `tests/run.sh` runs it.

// Helpers may panic as tests do; clippy's exception for tests covers only test functions.
#![allow(clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::unwrap_used)]

mod architecture;
mod browser;
mod completions;
mod docs;
mod fleet;
mod fuzz;
mod hostile;
mod machines;
mod nat;
mod portable;
mod probe;
mod protocol;
mod quality;
mod settings;
mod store;
mod support;
mod turn;
mod web;
