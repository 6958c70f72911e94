//! The other end of a connection: a client, or a proxy that names its client.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::http::HeaderMap;

use super::places::Place;

const FORWARDED_FOR: &str = "x-forwarded-for";

/// One client's connection.
#[derive(Clone, Debug)]
pub(in crate::web) struct Connection {
    pub(super) place: Arc<Place>,
    pub(in crate::web) peer: Peer,
    /// Whether it is over TLS.
    pub(in crate::web) is_secure: bool,
}

/// The address of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::web) enum Peer {
    /// The connection comes from there.
    Direct(SocketAddr),
    /// A trusted proxy says so.
    Forwarded(IpAddr),
}

impl Connection {
    /// Closes the connection at once, without writing what is pending.
    pub(in crate::web) fn abort(&self) {
        self.place.close();
    }

    #[cfg(test)]
    pub(in crate::web) fn for_test() -> Self {
        let place = Arc::new(Place::new(std::time::Instant::now()));
        Connection { place, peer: Peer::Direct(([127, 0, 0, 1], 9).into()), is_secure: false }
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Peer::Direct(address) => address.fmt(f),
            Peer::Forwarded(address) => address.fmt(f),
        }
    }
}

/// The proxies whose `X-Forwarded-For` names their client.
#[derive(Clone, Debug, Default)]
pub(in crate::web) struct Proxies(Vec<IpAddr>);

impl Proxies {
    pub(in crate::web) fn new(addresses: &[IpAddr]) -> Self {
        Proxies(addresses.iter().map(IpAddr::to_canonical).collect())
    }

    pub(super) fn contain(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }

    /// Returns the client that a trusted proxy names: the last address in its header that is not a trusted proxy
    /// itself. Clients can send the ones before.
    pub(super) fn client(&self, headers: &HeaderMap) -> Option<IpAddr> {
        let lines: Vec<_> = headers.get_all(FORWARDED_FOR).iter().collect();
        for line in lines.into_iter().rev() {
            for entry in line.to_str().ok()?.rsplit(',') {
                let address = parse(entry.trim())?;
                if !self.contain(address) {
                    return Some(address.to_canonical());
                }
            }
        }
        None
    }
}

/// Returns the address of an entry, which may have a port.
fn parse(entry: &str) -> Option<IpAddr> {
    let address = entry.parse().ok().or_else(|| entry.parse::<SocketAddr>().ok().map(|address| address.ip()));
    address.or_else(|| entry.strip_prefix('[')?.strip_suffix(']')?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_client_is_the_last_address_that_is_not_a_trusted_proxy() {
        let proxies = Proxies::new(&["192.0.2.1".parse().unwrap(), "2001:db8::1".parse().unwrap()]);
        let client = |lines: &[&str]| {
            let mut headers = HeaderMap::new();
            for line in lines {
                headers.append(FORWARDED_FOR, line.parse().unwrap());
            }
            proxies.client(&headers).map(|address| address.to_string())
        };
        for (lines, expected) in [
            (&["198.51.100.1"][..], Some("198.51.100.1")),
            (&["203.0.113.9, 198.51.100.1"], Some("198.51.100.1")),
            (&["203.0.113.9", "198.51.100.1:4711 ,192.0.2.1"], Some("198.51.100.1")),
            (&["198.51.100.1", "[2001:db8::1]:9"], Some("198.51.100.1")),
            (&["[2001:db8::2]"], Some("2001:db8::2")),
            (&["::ffff:198.51.100.1, ::ffff:192.0.2.1"], Some("198.51.100.1")),
            (&["198.51.100.1, unknown"], None),
            (&["192.0.2.1"], None),
            (&[], None),
        ] {
            assert_eq!(client(lines).as_deref(), expected, "{lines:?}");
        }
    }
}
