//! The Web API: the program as a server, with requests over real connections.

mod access;
mod connections;
mod events;
mod hanging;
mod host;
mod ice;
mod limits;
mod load;
mod log;
mod not_http;
mod openapi;
mod probing;
mod reactions;
mod reload;
mod revocation;
mod start;
mod tls;
mod tokens;
