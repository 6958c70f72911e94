//! The protocol layer without sockets: the tests provide time, transaction ids and datagrams.

mod allocation;
mod binding;
mod nat_behaviour;
mod rfc5769;
