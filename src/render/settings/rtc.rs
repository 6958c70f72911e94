//! The settings as the RTCConfiguration that `new RTCPeerConnection()` of a browser takes (W3C WebRTC).

use serde_json::{Value, json};

use crate::config::address::ServerUri;
use crate::config::settings::TransportPolicy;

/// A TURN server with what a client logs in with.
pub struct Relay<'a> {
    /// Its address.
    pub uri: &'a ServerUri,
    /// The user name; with a shared secret the time of expiry stands in it.
    pub username: &'a str,
    /// The password.
    pub credential: &'a str,
}

/// `{"iceServers":[…],"iceTransportPolicy":…}`: one entry a server, in the order of the lists.
#[must_use]
pub fn configuration(stun: &[ServerUri], relays: &[Relay<'_>], policy: TransportPolicy) -> Value {
    let stun = stun.iter().map(|uri| json!({"urls": [uri.to_string()]}));
    let relays = relays.iter().map(|relay| {
        json!({"urls": [relay.uri.to_string()], "username": relay.username, "credential": relay.credential})
    });
    let servers: Vec<_> = stun.chain(relays).collect();
    json!({"iceServers": servers, "iceTransportPolicy": policy.as_str()})
}
