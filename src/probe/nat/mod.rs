//! What the NAT of this network does (RFC 5780), and what that means for calls.

mod discovery;
mod report;

pub use discovery::{candidates, is_asked, run};
pub use report::{Behaviour, NatReport};
