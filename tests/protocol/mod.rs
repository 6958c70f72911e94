//! The protocol layer without sockets: time, transaction ids and datagrams are made up.

mod allocation;
mod binding;
mod nat_behaviour;
mod rfc5769;
