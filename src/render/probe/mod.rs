//! The results of probes for people, for scripts and for monitoring.

pub mod json;
pub mod nat;
pub mod prometheus;
pub mod table;
pub mod watch;
