//! From server addresses and options to what has to be asked.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::config::address;
use crate::config::address::{Host, Scheme, ServerUri};
pub use crate::net::tls::Trust;
pub use crate::protocol::allocation::Login;

pub use super::report::country::Countries;
use super::report::{Family, Kind, Row, Transport};

/// How to ask.
#[derive(Clone, Debug)]
pub struct Options {
    /// How many Binding transactions each row makes, one after the other; at least 1.
    pub count: u32,
    /// How many datagrams go through a relay and back; at least 1.
    pub relay_count: u32,
    /// When to give up on a server, lookup included.
    pub timeout: Duration,
    /// The only family to use, or both.
    pub family: Option<Family>,
    /// How `stun:` servers are asked; UDP unless said otherwise.
    pub transport: Transport,
    /// Whose certificates count.
    pub trust: Trust,
    /// In which country servers stand.
    pub countries: Countries,
}

impl Default for Options {
    fn default() -> Self {
        Options {
            count: 1,
            relay_count: 10,
            timeout: Duration::from_secs(5),
            family: None,
            transport: Transport::Udp,
            trust: Trust::default(),
            countries: Countries::default(),
        }
    }
}

/// A server to ask.
#[derive(Clone, Debug)]
pub struct Server {
    /// Its address.
    pub uri: ServerUri,
    /// How to log in to it, if it is a TURN server.
    pub login: Option<Login>,
}

impl From<ServerUri> for Server {
    fn from(uri: ServerUri) -> Self {
        Server { uri, login: None }
    }
}

/// Which servers to ask, and how.
#[derive(Clone, Debug)]
pub struct Plan {
    pub(super) targets: Vec<Target>,
    pub(super) options: Arc<Options>,
    in_order: bool,
}

/// One server over one transport.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) uri: ServerUri,
    pub(super) transport: Transport,
    pub(super) login: Option<Login>,
}

impl Plan {
    /// Plans to ask these servers, each once, in their order.
    pub fn new(servers: impl IntoIterator<Item = impl Into<Server>>, options: Options) -> Self {
        let mut targets: Vec<Target> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for server in servers {
            let Server { uri, login } = server.into();
            if seen.insert(uri.clone()) {
                let transport = if uri.scheme == Scheme::Stun { options.transport } else { transport(&uri) };
                targets.push(Target { uri, transport, login });
            }
        }
        Plan { targets, options: Arc::new(options), in_order: false }
    }

    /// How many servers there are to ask.
    #[must_use]
    pub fn servers(&self) -> usize {
        self.targets.len()
    }

    /// Ends the probe in good order when a signal comes, and tells which one it was.
    #[must_use]
    pub fn in_order(mut self) -> Self {
        self.in_order = true;
        self
    }

    /// Whether a signal is to end the probe in good order, because it was asked for, or because the probe would
    /// leave allocations behind on a server. Any other probe may just be cut off.
    #[must_use]
    pub fn ends_in_order(&self) -> bool {
        self.in_order || self.targets.iter().any(|target| target.kind() == address::Kind::Turn)
    }
}

impl Target {
    /// What the server is asked for.
    pub(super) fn kind(&self) -> address::Kind {
        self.uri.kind()
    }

    /// A row of this server that nothing is known of yet.
    pub(super) fn row(&self) -> Row {
        let kind = match self.kind() {
            address::Kind::Stun => Kind::Stun,
            address::Kind::Turn => Kind::Turn,
        };
        Row::new(self.uri.to_string(), kind, self.transport)
    }

    /// The host as certificates name it.
    pub(super) fn host(&self) -> String {
        match &self.uri.host {
            Host::Name(name) => name.clone(),
            Host::Ip(ip) => ip.to_string(),
        }
    }

    /// Whether this server speaks DTLS, which is not probed.
    pub(super) fn is_dtls(&self) -> bool {
        self.uri.scheme.is_secure() && self.uri.transport == address::Transport::Udp
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
        let over_tcp =
            Plan::new(["a", "stuns:a"].map(uri), Options { transport: Transport::Tcp, ..Options::default() });
        let transports: Vec<_> = over_tcp.targets.iter().map(|target| target.transport).collect();
        assert_eq!(transports, [Transport::Tcp, Transport::Tls]);
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
