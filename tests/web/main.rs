//! The Web API: the program as a server, asked over real connections.

// Helpers of tests may panic as tests do; clippy knows only the tests themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod access;
#[path = "../support/certificates.rs"]
mod certificates;
mod events;
#[path = "../support/fake_server.rs"]
mod fake_server;
#[path = "../support/http.rs"]
mod http;
mod ice;
mod limits;
mod load;
mod log;
mod openapi;
mod probing;
#[path = "../support/program.rs"]
mod program;
mod reactions;
mod reload;
mod server;
mod start;
mod tls;
