//! What the answers to the tests of RFC 5780 prove about a NAT, and what they leave open.

use std::net::{IpAddr, SocketAddr};

/// How a NAT maps or filters (RFC 4787, sections 4.1 and 5).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Behaviour {
    /// It does not: there is no NAT, or no filter.
    None,
    /// The same for every peer.
    EndpointIndependent,
    /// Another one for each IP address of a peer.
    AddressDependent,
    /// Another one for each IP address and each port of a peer.
    AddressAndPortDependent,
    /// The tests do not tell.
    Unknown,
}

/// Why the tests do not tell, or not everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// The server names no second address: it does not support RFC 5780.
    NoSecondAddress,
    /// The second address shares its IP address or its port with the first one.
    NotSecond(SocketAddr),
    /// The second address is private though the first one is public.
    PrivateSecond(SocketAddr),
    /// Nobody can send to the second address, or it is of the other family.
    UnusableSecond(SocketAddr),
    /// Nothing, or nothing valid, comes from the second address even when it is asked itself.
    SecondSilent,
    /// Asked to answer from its second address, the server answers from another one, or with an error.
    ChangeIgnored,
    /// The server has stopped answering.
    Silent,
}

/// The server's second address, of which both IP address and port differ from the first one.
///
/// A public server that names a private address stands behind a NAT itself. What has that address here, in
/// this network, is somebody else and not asked.
///
/// # Errors
/// Why the server cannot test NATs.
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

/// Whether an address means something within one network or one machine only (RFC 1918, 4193, 6598), or nothing.
#[must_use]
pub fn is_private(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => {
            // 100.64.0.0/10 lies between a provider and its customers (RFC 6598).
            let is_shared = ip.to_bits() >> 22 == 0x6440_0000 >> 22;
            ip.is_private() || ip.is_loopback() || ip.is_link_local() || ip.is_unspecified() || is_shared
        }
        IpAddr::V6(ip) => {
            ip.is_unique_local() || ip.is_loopback() || ip.is_unicast_link_local() || ip.is_unspecified()
        }
    }
}

/// What has come back in one test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// No answer to this test.
    Silent,
    /// The answer that was asked for: our address as the server saw it.
    Answered(SocketAddr),
    /// An answer, but from another address than it was asked for.
    Elsewhere(SocketAddr),
    /// An error response with this code.
    Refused(u16),
}

impl Outcome {
    /// Our address in the answer that was asked for.
    const fn mapped(self) -> Option<SocketAddr> {
        match self {
            Outcome::Answered(mapped) => Some(mapped),
            _ => None,
        }
    }
}

/// The outcomes of the tests. Whether there is a NAT is known before, from the first answer: where it is this
/// machine's own address, there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Evidence {
    /// Whether the server saw another address than this machine's own.
    pub behind_nat: bool,
    /// Tests I, II and III of the mapping, from one port: to the server, to its second IP address, to its
    /// second IP address and port.
    pub mapping: [Outcome; 3],
    /// Tests II and III of the filter, from another port: answers from the second IP address and port, and
    /// from the second port.
    pub filtering: [Outcome; 2],
}

impl Evidence {
    /// How the NAT maps (RFC 5780, section 4.3).
    ///
    /// Beyond the RFC, test III may stand in for an unanswered test II, since it differs even more; and when it
    /// contradicts a good test II, the worse counts.
    #[must_use]
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
    /// Silence proves a filter only when the second address is known to work: when it answers once it is asked
    /// itself, as in test III of the mapping.
    #[must_use]
    pub fn filtering(&self) -> Behaviour {
        let [_, _, third] = self.mapping;
        let second_works = third.mapped().is_some();
        match self.filtering {
            [Outcome::Answered(_), _] if self.behind_nat => Behaviour::EndpointIndependent,
            [Outcome::Answered(_), _] => Behaviour::None,
            [Outcome::Silent, Outcome::Answered(_)] if second_works => Behaviour::AddressDependent,
            [Outcome::Silent, Outcome::Silent] if second_works => Behaviour::AddressAndPortDependent,
            _ => Behaviour::Unknown,
        }
    }

    /// Why one of the two is unknown, if one is.
    #[must_use]
    pub fn doubt(&self) -> Option<Doubt> {
        if self.mapping() != Behaviour::Unknown && self.filtering() != Behaviour::Unknown {
            return None;
        }
        let [server, second @ ..] = self.mapping.map(Outcome::mapped);
        Some(match (server, second) {
            (None, _) => Doubt::Silent,
            (_, [Some(_), Some(_)]) => Doubt::ChangeIgnored,
            _ => Doubt::SecondSilent,
        })
    }
}
