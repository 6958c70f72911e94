//! The network: names to addresses, and sockets. What is said over them is none of its business.

pub mod resolve;
pub mod shared;
pub mod udp;
