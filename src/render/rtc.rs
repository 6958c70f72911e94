//! The settings as the RTCConfiguration that `new RTCPeerConnection()` of a browser takes (W3C WebRTC).

use serde_json::{Value, json};

use crate::config::TransportPolicy;
use crate::config::address::ServerUri;

/// A TURN server with what a client logs in with.
pub struct Relay<'a> {
    /// Its address.
    pub uri: &'a ServerUri,
    /// The user name; with a shared secret the time of expiry stands in it.
    pub username: &'a str,
    /// The password.
    pub credential: &'a str,
}

/// `{"iceServers":[…],"iceTransportPolicy":…}`: the STUN servers together, each TURN server by itself.
#[must_use]
pub fn configuration(stun: &[ServerUri], relays: &[Relay<'_>], policy: TransportPolicy) -> Value {
    let urls: Vec<_> = stun.iter().map(ToString::to_string).collect();
    let stun = (!urls.is_empty()).then(|| json!({ "urls": urls }));
    let relays = relays.iter().map(|relay| {
        json!({"urls": relay.uri.to_string(), "username": relay.username, "credential": relay.credential})
    });
    let servers: Vec<_> = stun.into_iter().chain(relays).collect();
    json!({"iceServers": servers, "iceTransportPolicy": policy.as_str()})
}
