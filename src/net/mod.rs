//! The network: names to addresses, and connections. It knows nothing of the protocols spoken over them.

pub mod arrival;
pub mod mass_udp;
pub mod resolve;
pub mod stream;
pub mod timer;
pub mod tls;
pub mod udp;
