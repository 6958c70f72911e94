//! What the results of the tests of RFC 5780 prove about a NAT, and why something stays unknown.

use std::net::{IpAddr, SocketAddr};

/// How a NAT maps or filters (RFC 4787, sections 4.1 and 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Behaviour {
    /// There is no NAT, or no filter.
    None,
    /// The same for every peer.
    EndpointIndependent,
    /// Different for each IP address of a peer.
    AddressDependent,
    /// Different for each IP address and port of a peer.
    AddressAndPortDependent,
    /// The tests are inconclusive.
    Unknown,
}

/// Why a behaviour is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// The server has no second address: it does not support RFC 5780.
    NoSecondAddress,
    /// The second address shares its IP address or its port with the first one.
    NotSecond(SocketAddr),
    /// The second address is private though the first one is public.
    PrivateSecond(SocketAddr),
    /// The second address cannot be used, or is of the other family.
    UnusableSecond(SocketAddr),
    /// The second address does not send a valid response, not even to requests that it receives itself.
    SecondNotResponding,
    /// The server does not respond from its second address on request (CHANGE-REQUEST).
    ChangeIgnored,
    /// The server stopped responding.
    NotResponding,
}

/// The server's second address, of which both IP address and port differ from the first one.
///
/// A public server that names a private address is behind a NAT itself. In this network that address belongs to
/// another machine, so it is not used.
///
/// # Errors
/// The reason why the server does not support the tests.
pub fn second_address(server: SocketAddr, named: Option<SocketAddr>) -> Result<SocketAddr, Doubt> {
    let second = named.ok_or(Doubt::NoSecondAddress)?;
    let ip = second.ip();
    let is_broadcast = matches!(ip, IpAddr::V4(ip) if ip.is_broadcast());
    let is_of_other_family = ip.is_ipv4() != server.is_ipv4();
    if ip.is_unspecified() || ip.is_multicast() || is_broadcast || second.port() == 0 || is_of_other_family {
        return Err(Doubt::UnusableSecond(second));
    }
    if ip == server.ip() || second.port() == server.port() {
        return Err(Doubt::NotSecond(second));
    }
    if is_private(ip) && !is_private(server.ip()) {
        return Err(Doubt::PrivateSecond(second));
    }
    Ok(second)
}

/// Whether an address is valid only within one network or machine (RFC 1918, 4193, 6598), or unspecified.
pub fn is_private(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => {
            // 100.64.0.0/10 is for networks between a provider and its customers (RFC 6598).
            let is_shared = ip.to_bits() >> 22 == 0x6440_0000 >> 22;
            ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_unspecified() || is_shared
        }
        IpAddr::V6(ip) => {
            ip.is_unique_local() || ip.is_loopback() || ip.is_unicast_link_local() || ip.is_unspecified()
        }
    }
}

/// The result of one test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// No response.
    NoResponse,
    /// A response from the expected address, with the client's server-reflexive address.
    Response(SocketAddr),
    /// A response from another address.
    WrongSource(SocketAddr),
    /// An error response with this code.
    ErrorResponse(u16),
}

impl Outcome {
    /// The server-reflexive address of a response from the expected address.
    const fn mapped(self) -> Option<SocketAddr> {
        match self {
            Outcome::Response(mapped) => Some(mapped),
            _ => None,
        }
    }
}

/// The results of all tests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Whether the server-reflexive address differs from this machine's own address, as test I shows.
    pub behind_nat: bool,
    /// The mapping tests I, II and III, from one port: to the server, to its second IP address, to its second IP address
    /// and port.
    pub mapping: [Outcome; 3],
    /// The filtering tests II and III, from another port: responses from the second IP address and port, and from the
    /// second port.
    pub filtering: [Outcome; 2],
}

impl Evidence {
    /// How the NAT maps (RFC 5780, section 4.3).
    ///
    /// Beyond the RFC, test III replaces a test II without response, since its address differs even more; and when both
    /// contradict each other, the worse result counts.
    pub fn mapping(&self) -> Behaviour {
        if !self.behind_nat {
            return Behaviour::None;
        }
        match self.mapping.map(Outcome::mapped) {
            [Some(first), None, Some(third)] if first == third => Behaviour::EndpointIndependent,
            [Some(first), Some(second), None] if first == second => Behaviour::EndpointIndependent,
            [Some(first), Some(second), Some(third)] => match (first == second, second == third) {
                (true, true) => Behaviour::EndpointIndependent,
                (false, true) => Behaviour::AddressDependent,
                (_, false) => Behaviour::AddressAndPortDependent,
            },
            _ => Behaviour::Unknown,
        }
    }

    /// How the NAT, or a firewall, filters (RFC 5780, section 4.4).
    ///
    /// A missing response proves a filter only when the second address is known to work: when it responds to a request
    /// that it receives itself, as in mapping test III.
    pub fn filtering(&self) -> Behaviour {
        let [_, _, third] = self.mapping;
        let second_works = third.mapped().is_some();
        match self.filtering {
            [Outcome::Response(_), _] if self.behind_nat => Behaviour::EndpointIndependent,
            [Outcome::Response(_), _] => Behaviour::None,
            [Outcome::NoResponse, Outcome::Response(_)] if second_works => Behaviour::AddressDependent,
            [Outcome::NoResponse, Outcome::NoResponse] if second_works => Behaviour::AddressAndPortDependent,
            _ => Behaviour::Unknown,
        }
    }

    /// Why the mapping or the filtering is unknown, if one is.
    pub fn doubt(&self) -> Option<Doubt> {
        if self.mapping() != Behaviour::Unknown && self.filtering() != Behaviour::Unknown {
            return None;
        }
        let [server, second @ ..] = self.mapping.map(Outcome::mapped);
        Some(match (server, second) {
            (None, _) => Doubt::NotResponding,
            (_, [Some(_), Some(_)]) => Doubt::ChangeIgnored,
            _ => Doubt::SecondNotResponding,
        })
    }
}
