//! The results of probes, for people, scripts and monitoring.

pub mod json;
pub mod nat;
pub mod prometheus;
mod summary;
pub mod table;
pub mod waiting;
pub mod watch;
