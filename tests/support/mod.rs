//! Helpers for the tests: the program, servers, networks, terminals, certificates.

pub(crate) mod browser;
pub(crate) mod certificates;
pub(crate) mod coturn;
pub(crate) mod dns;
pub(crate) mod fake_server;
pub(crate) mod firefox;
pub(crate) mod http;
pub(crate) mod hung_folder;
pub(crate) mod memory;
pub(crate) mod namespaces;
pub(crate) mod nats;
pub(crate) mod nats_client;
pub(crate) mod network;
pub(crate) mod openapi;
pub(crate) mod path;
pub(crate) mod program;
pub(crate) mod relay_sockets;
pub(crate) mod responder;
pub(crate) mod scripted_server;
pub(crate) mod server;
pub(crate) mod stopwatch;
pub(crate) mod strace;
pub(crate) mod switch;
pub(crate) mod terminal;
