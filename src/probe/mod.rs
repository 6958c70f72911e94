//! Probes servers live: one row for each server, transport and address family.
//!
//! How rows become a verdict:
//! - A row is `ok` as soon as one of its transactions has a valid response, whatever happens to the others; with
//!   `--count` it shows how many did.
//! - A server fails when none of its rows is `ok` and one is `failed`. When only one address family of a name works,
//!   the row of the other is `failed` and says why, the working one has the warning `family-failed`, and the server
//!   counts as working: clients can reach it.
//! - When this machine has no route for the failing family, that says nothing about the server: the row is `skipped`,
//!   and keeps its error. What a firewall rejects is `failed`: browsers wait for it.
//! - The timeout of each server limits its lookup and all its transactions together. It starts when one of the 256
//!   lookup slots is free, since the system's resolver takes long for dead names. At most 128 servers are probed at
//!   once, so that at most 256 sockets are open; more than 64 STUN servers over UDP share one socket for each family
//!   and are all probed at once.

mod audit;
mod bulk;
pub(crate) mod certificate;
mod connection;
mod event_loop;
pub mod history;
mod job;
mod lookup;
pub mod loopback_server;
pub mod nat;
pub mod plan;
mod quality;
mod random;
pub mod report;
pub mod rounds;
mod schedule;
pub mod source;
mod stun;
mod turn;

pub use schedule::run;
