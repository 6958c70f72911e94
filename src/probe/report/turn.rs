//! What a TURN server gave and carried, with the very JSON keys that scripts rely on.

use std::net::SocketAddr;

use serde::Serialize;

use super::{RowError, Rtt, Status};

/// What a TURN server gave and carried. Its keys are there however early the row failed.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Turn {
    /// Where peers reach the client through the server; none when it granted no relay.
    pub relayed_address: Option<SocketAddr>,
    /// How long the allocation lasts without a refresh, in seconds.
    pub lifetime_s: Option<u32>,
    /// The round trips from one relay to the other and back; none when it did not come so far.
    pub relay: Option<Relay>,
    /// From an IPv6 client to an IPv4 client, on one row of a server that has both.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bridge: Option<Bridge>,
}

/// Datagrams through relays and back.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Relay {
    /// How many were sent.
    pub sent: u32,
    /// How many came back.
    pub received: u32,
    /// How long they took, both ways together.
    pub rtt_ms: Option<Rtt>,
}

/// Whether the server brings a client over IPv6 and one over IPv4 together.
#[derive(Clone, Debug, Serialize)]
pub struct Bridge {
    /// The verdict.
    pub status: Status,
    /// The datagrams that went through.
    #[serde(flatten)]
    pub relay: Relay,
    /// Why it does not.
    pub error: Option<RowError>,
}
