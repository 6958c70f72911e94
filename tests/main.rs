//! All tests that need the program as a whole or a public interface of it, in one binary, which is built fastest.
//! README.md beside this file says which folder covers what. A test that needs root or a Debian package is marked
//! `#[ignore = "needs ..."]`: `cargo test` names it with its need, and `tests/run.sh` runs it.

// Helpers may panic as tests do; clippy's exception for tests covers only test functions.
#![allow(clippy::expect_used, clippy::panic, clippy::print_stdout, clippy::unwrap_used)]

mod architecture;
mod browser;
mod completions;
mod docs;
mod fleet;
mod fuzz;
mod hostile;
mod manual;
mod nat;
mod probe;
mod protocol;
mod settings;
mod store;
mod support;
mod turn;
mod web;
