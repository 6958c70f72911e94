//! Connections: from a client that connects to requests for the routes, and which connections have to go.
//!
//! `accept` takes in clients as long as `places` and `addresses` have room for them. `http` serves the requests of a
//! connection; between them, `head` waits for the next with as little memory as possible. What is not HTTP becomes an
//! error of the API in `not_http`.

pub(super) mod accept;
pub(super) mod addresses;
pub(super) mod client;
mod head;
pub(super) mod http;
pub(super) mod not_http;
pub(super) mod places;
mod stream;
