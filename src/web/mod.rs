//! The Web API: gives clients the configured servers, and delivers only configured reactions.
//!
//! A request goes from `connection` through `middleware` and `request`, which check it, to `routes`, which responds with the
//! `current` settings. A reaction goes on to the listeners of a call in `hub`. `files` follows the files with
//! `reload`: settings, `tokens` and `tls`. `revocation` removes users from calls when their tokens change.

mod app;
mod call;
mod calls;
mod connection;
mod credentials;
mod current;
mod files;
mod health;
mod host;
mod hub;
mod log;
mod mesh;
mod metrics;
mod middleware;
mod page;
mod prober;
mod rate_limit;
mod reader;
mod reload;
mod replay;
pub mod request;
mod response;
mod revocation;
mod routes;
mod serve;
mod tls;
pub mod tokens;

pub use host::PublicNames;
pub use log::LogFormat;
pub use serve::{Options, ServeError, serve};
