//! The Web API: hands clients the servers of the settings, and lets only configured reactions through.
//!
//! `accept` lets clients in, `request` checks what they send, `routes` answers them. `hub` has the running calls.
//! `reload` follows the settings and the tokens in their files.

mod accept;
mod app;
pub mod body;
mod current;
mod hub;
mod log;
mod metrics;
mod middleware;
mod page;
mod prober;
mod reload;
mod request;
mod response;
mod routes;
mod serve;
mod tls;
mod tokens;

pub use log::LogFormat;
pub use serve::{Options, ServeError, serve};
