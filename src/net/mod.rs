//! The network: names to addresses, and connections. What is said over them is none of its business.

pub mod mass_udp;
pub mod read_flag;
pub mod resolve;
pub mod stream;
pub mod tls;
pub mod udp;
