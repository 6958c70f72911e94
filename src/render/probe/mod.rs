//! The results of probes, for people, scripts and monitoring.

pub mod json;
pub mod nat;
pub mod prometheus;
pub mod table;
pub mod watch;
