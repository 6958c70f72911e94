//! What browsers make of a server address: ports that they block, and transports that they replace.

use super::types::{Scheme, ServerUri, Transport};

/// Whether Chromium refuses to send to this port, whatever the protocol: the restricted ports of its network stack
/// (`net/base/port_util.cc`), as measured with `stun:` servers and Chromium 156.
const fn is_restricted(port: u16) -> bool {
    matches!(
        port,
        1 | 7 | 9 | 11 | 13 | 15 | 17 | 19..=23 | 25 | 37 | 42 | 43 | 53 | 69 | 77 | 79 | 87 | 95
            | 101..=104 | 109..=111 | 113 | 115 | 117 | 119 | 123 | 135 | 137 | 139 | 143 | 161 | 179
            | 389 | 427 | 465 | 512..=515 | 526 | 530..=532 | 540 | 548 | 554 | 556 | 563 | 587
            | 601 | 636 | 989 | 990 | 993 | 995
            | 1719 | 1720 | 1723 | 2049 | 3659 | 4045 | 5060 | 5061 | 6000 | 6566 | 6665..=6669 | 6697
            | 10080
    )
}

/// Whether libwebrtc refuses this port for TURN: it allows 53, 80, 443 and all from 1024 (`AllowedTurnPort` in
/// `p2p/base/turn_port.cc`, Chromium 156). Chromium blocks 53 itself.
const fn is_refused_for_turn(port: u16) -> bool {
    port < 1024 && !matches!(port, 53 | 80 | 443)
}

/// A transport that browsers do not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MissingTransport {
    /// What it is, and what browsers use instead.
    pub what: &'static str,
    /// What to write instead.
    pub instead: &'static str,
}

impl ServerUri {
    /// Whether browsers block the port of this server, so that they never send to it.
    pub const fn is_port_blocked(&self) -> bool {
        is_restricted(self.port) || (self.scheme.is_turn() && is_refused_for_turn(self.port))
    }

    /// Whether browsers wait for a server on a blocked port as for a silent one: they notice only over TCP and TLS that they
    /// do not send, and do not try a port that is refused for TURN alone.
    pub const fn delays_though_blocked(&self) -> bool {
        let is_over_udp = matches!(
            (self.scheme, self.transport),
            (Scheme::Stun | Scheme::Stuns, _) | (Scheme::Turn, Transport::Udp)
        );
        is_over_udp && is_restricted(self.port)
    }

    /// Returns the transport of this address if browsers do not have it.
    pub const fn missing_transport(&self) -> Option<MissingTransport> {
        match (self.scheme, self.transport) {
            (Scheme::Stuns, _) => Some(MissingTransport {
                what: "STUN over TLS, which browsers do not support; Chromium sends plain UDP to this port instead, Firefox rejects the whole list",
                instead: "'stun:' with the server's UDP port",
            }),
            (Scheme::Turns, Transport::Udp) => Some(MissingTransport {
                what: "TURN over DTLS, which browsers do not support; they use TLS over TCP instead",
                instead: "'?transport=tcp'",
            }),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::address::Kind;

    fn blocked(scheme: &str, ports: impl IntoIterator<Item = u16>) -> Vec<u16> {
        let is_blocked = |port: &u16| {
            let text = format!("{scheme}:a.example:{port}");
            ServerUri::parse_any(&text, Kind::Stun).unwrap().is_port_blocked()
        };
        ports.into_iter().filter(is_blocked).collect()
    }

    #[test]
    fn browsers_block_the_ports_of_other_protocols() {
        let all = blocked("stun", 1..=u16::MAX);
        assert_eq!(all, blocked("stuns", 1..=u16::MAX));
        assert_eq!(all.len(), 80);
        assert_eq!(blocked("stun", 5000..7000), [5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6697]);
        let usual = [80, 443, 3478, 3479, 5349, 5350, 8443, 19302];
        assert!(blocked("stun", usual).is_empty());
        assert!(blocked("turn", usual).is_empty());
    }

    #[test]
    fn turn_is_also_blocked_below_1024_except_for_the_ports_of_web_servers() {
        for scheme in ["turn", "turns"] {
            let allowed: Vec<u16> = (1..1024).filter(|port| blocked(scheme, [*port]).is_empty()).collect();
            assert_eq!(allowed, [80, 443]);
            assert_eq!(blocked(scheme, 1024..=u16::MAX), blocked("stun", 1024..=u16::MAX));
        }
        assert!(blocked("stun", [8, 81, 1023]).is_empty());
    }

    #[test]
    fn browsers_have_neither_stun_over_tls_nor_turn_over_dtls() {
        let missing = |text| ServerUri::parse_any(text, Kind::Stun).unwrap().missing_transport().is_some();
        assert!(missing("stuns:a") && missing("turns:a?transport=udp"));
        for text in ["stun:a", "turn:a", "turn:a?transport=tcp", "turns:a"] {
            assert!(!missing(text), "{text}");
        }
    }
}
