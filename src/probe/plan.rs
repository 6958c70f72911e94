//! From server addresses and options to what has to be asked.

use std::net::SocketAddr;
use std::time::Duration;

use crate::config::address::{self, ServerUri};

use super::report::{Family, Transport};

/// How to ask.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How many Binding transactions each row makes, one after the other; at least 1.
    pub count: u32,
    /// When to give up on a server, lookup included.
    pub timeout: Duration,
    /// The only family to use, or both.
    pub family: Option<Family>,
}

impl Default for Options {
    fn default() -> Self {
        Options { count: 1, timeout: Duration::from_secs(5), family: None }
    }
}

/// Which servers to ask, and how.
#[derive(Clone, Debug)]
pub struct Plan {
    pub(super) targets: Vec<Target>,
    pub(super) options: Options,
}

/// One server over one transport.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) uri: ServerUri,
    pub(super) transport: Transport,
}

impl Plan {
    /// Plans to ask these servers, each once, in their order.
    pub fn new(servers: impl IntoIterator<Item = ServerUri>, options: Options) -> Self {
        let mut targets: Vec<Target> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for uri in servers {
            if seen.insert(uri.clone()) {
                targets.push(Target { transport: transport(&uri), uri });
            }
        }
        Plan { targets, options }
    }

    /// How many servers there are to ask.
    #[must_use]
    pub fn servers(&self) -> usize {
        self.targets.len()
    }
}

impl Target {
    /// Whether this server can be probed yet; TURN and TLS cannot.
    pub(super) fn is_probed(&self) -> bool {
        self.uri.kind() == address::Kind::Stun && self.transport == Transport::Udp
    }
}

fn transport(uri: &ServerUri) -> Transport {
    match (uri.transport, uri.scheme.is_secure()) {
        (address::Transport::Udp, _) => Transport::Udp,
        (address::Transport::Tcp, false) => Transport::Tcp,
        (address::Transport::Tcp, true) => Transport::Tls,
    }
}

/// Of the addresses of a name those to ask: the first of each family that is wanted, IPv4 before IPv6.
///
/// A name without addresses of one family has no row for it; when nothing is left, the result is empty.
pub(super) fn choose(found: &[SocketAddr], wanted: Option<Family>) -> Vec<SocketAddr> {
    [Family::Ipv4, Family::Ipv6]
        .into_iter()
        .filter(|family| wanted.is_none_or(|wanted| wanted == *family))
        .filter_map(|family| found.iter().copied().find(|address| Family::of(*address) == family))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::address::Kind;

    fn uri(text: &str) -> ServerUri {
        ServerUri::parse_any(text, Kind::Stun).expect(text)
    }

    #[test]
    fn each_address_is_asked_once_in_the_order_given() {
        let servers = ["b.example", "a.example", "stun:B.example:3478", "turns:b.example"];
        let plan = Plan::new(servers.map(uri), Options::default());
        let asked: Vec<_> = plan.targets.iter().map(|t| (t.uri.to_string(), t.transport)).collect();
        assert_eq!(
            asked,
            [
                ("stun:b.example:3478".to_owned(), Transport::Udp),
                ("stun:a.example:3478".to_owned(), Transport::Udp),
                ("turns:b.example:5349?transport=tcp".to_owned(), Transport::Tls),
            ]
        );
        assert_eq!(plan.targets.iter().map(Target::is_probed).collect::<Vec<_>>(), [true, true, false]);
    }

    #[test]
    fn the_first_address_of_each_family_is_chosen() {
        let found = ["[::1]:1", "127.0.0.1:1", "127.0.0.2:1", "[::2]:1"].map(|a| a.parse().unwrap());
        let both = ["127.0.0.1:1", "[::1]:1"].map(|a| a.parse().unwrap());
        assert_eq!(choose(&found, None), both);
        assert_eq!(choose(&found, Some(Family::Ipv4)), both[..1]);
        assert_eq!(choose(&found, Some(Family::Ipv6)), both[1..]);
        assert_eq!(choose(&found[..1], Some(Family::Ipv4)), []);
        assert_eq!(choose(&[], None), []);
    }
}
