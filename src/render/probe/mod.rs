//! The results of probes, for people, scripts and monitoring.

mod audit;
pub mod figures;
pub mod json;
#[cfg(test)]
mod made_up;
pub mod nat;
pub mod prometheus;
mod quality;
mod summary;
pub mod table;
pub mod waiting;
pub mod watch;
