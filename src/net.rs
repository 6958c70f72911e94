//! The network: names to addresses, and connections. What is said over them is none of its business.

pub mod heard;
pub mod link;
pub mod resolve;
pub mod shared;
pub mod tls;
pub mod udp;
