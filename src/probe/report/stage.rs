//! The stages of a row, which say what took the time when it runs out.

use std::fmt;

/// What a row waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    Connection,
    Handshake,
    Binding,
    Allocation,
    Permission,
    Refresh,
    RoundTrip,
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Stage::Connection => "the connection",
            Stage::Handshake => "the TLS handshake",
            Stage::Binding => "the Binding request",
            Stage::Allocation => "the allocation",
            Stage::Permission => "the permission",
            Stage::Refresh => "the refresh",
            Stage::RoundTrip => "the relayed round trip",
        })
    }
}
