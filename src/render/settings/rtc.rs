//! The settings as the RTCConfiguration that `new RTCPeerConnection()` of a browser takes (W3C WebRTC).

use serde_json::{Value, json};

use crate::config::address::ServerUri;
use crate::config::settings::TransportPolicy;
use crate::config::turn::Login;

/// Returns `{"iceServers":[…],"iceTransportPolicy":…}` with an entry for each server, in the order of the lists.
pub fn configuration(stun: &[ServerUri], turn: &[(&ServerUri, Login)], policy: TransportPolicy) -> Value {
    let stun = stun.iter().map(|uri| json!({"urls": [uri.to_string()]}));
    let turn = turn.iter().map(|(uri, login)| {
        json!({"urls": [uri.to_string()], "username": login.username, "credential": login.password.expose()})
    });
    let servers: Vec<_> = stun.chain(turn).collect();
    json!({"iceServers": servers, "iceTransportPolicy": policy.as_str()})
}
