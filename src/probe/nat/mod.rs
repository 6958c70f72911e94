//! The behaviour of this network's NAT (RFC 5780), and what it means for calls.

mod discovery;
mod over_tcp;
mod report;

pub use crate::protocol::evidence::Behaviour;
pub use discovery::{NoReport, candidates, is_testable, run};
pub use report::NatReport;
