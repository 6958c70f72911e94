//! What a NAT does and what that means for calls, in the words that people and scripts get.

use std::net::SocketAddr;

use serde::{Serialize, Serializer};

pub use crate::protocol::evidence::Behaviour;

use crate::protocol::evidence::Doubt;

/// What a NAT does, with the very JSON keys that scripts rely on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NatReport {
    /// The canonical address of the server that was asked.
    pub server: String,
    /// How the NAT maps this machine's address; `None` means that there is no NAT.
    pub mapping: Behaviour,
    /// What the NAT, or a firewall, lets in; `None` means everything.
    pub filtering: Behaviour,
    /// This machine's address as the server saw it.
    pub mapped_address: SocketAddr,
    /// What it means for calls, and what to do.
    pub conclusion: String,
    /// The address at which the server was asked.
    #[serde(skip)]
    pub address: SocketAddr,
}

impl NatReport {
    /// How many behaviours a report can tell.
    pub(crate) const ALL: usize = 2;

    /// How many of them it tells.
    pub(crate) fn known(&self) -> usize {
        [self.mapping, self.filtering].iter().filter(|&&behaviour| behaviour != Behaviour::Unknown).count()
    }
}

impl Behaviour {
    /// The behaviour as scripts see it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Behaviour::None => "none",
            Behaviour::EndpointIndependent => "endpoint-independent",
            Behaviour::AddressDependent => "address-dependent",
            Behaviour::AddressAndPortDependent => "address-and-port-dependent",
            Behaviour::Unknown => "unknown",
        }
    }
}

impl Serialize for Behaviour {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// The server that was asked, as sentences name it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked<'a> {
    /// Its canonical address.
    pub(crate) server: &'a str,
    /// The IP address and port that were asked.
    pub(crate) address: SocketAddr,
    /// The second address that it names.
    pub(crate) second: Option<SocketAddr>,
    /// The address that it believes to answer from.
    pub(crate) origin: Option<SocketAddr>,
    /// A public server that supports the tests.
    pub(crate) instead: Option<&'a str>,
}

/// What the behaviours mean for calls, and what to do. `doubt` says why one of them is unknown.
///
/// Both sides of a call send to the address that a STUN server saw of the other one (ICE, RFC 8445). That
/// works when this address is good for every peer, however strict the filter, since both send first: except
/// towards a symmetric NAT, which sends from another port than the one that was announced. Only a filter that
/// does not look at ports lets that in.
pub(crate) fn conclusion(
    mapping: Behaviour,
    filtering: Behaviour,
    doubt: Option<Doubt>,
    asked: &Asked<'_>,
) -> String {
    use Behaviour as B;
    let (even, reason) = match (mapping, filtering) {
        (B::AddressDependent | B::AddressAndPortDependent, _) => {
            let filter = match filtering {
                B::Unknown => format!("; who gets in is unknown: {}", why(doubt, asked)),
                _ => String::new(),
            };
            return format!(
                "needs TURN: the NAT shows each peer another address (a symmetric NAT), so that direct calls fail \
                 with most peers; add a TURN server with 'cowork-calls turn add'{filter}"
            );
        }
        (B::Unknown, _) => return format!("what the NAT does is unknown: {}", why(doubt, asked)),
        (B::None, B::None | B::EndpointIndependent) => (EVEN, "there is neither a NAT nor a filter"),
        (B::None, B::AddressDependent) => {
            (EVEN, "there is no NAT, only a firewall that lets in whoever was sent to, from any port")
        }
        (B::None, B::AddressAndPortDependent) => {
            ("", "there is no NAT, only a firewall that lets answers in")
        }
        (B::None, B::Unknown) => ("", "there is no NAT"),
        (B::EndpointIndependent, B::None | B::EndpointIndependent) => {
            (EVEN, "the NAT shows every peer the same address and lets everybody in")
        }
        (B::EndpointIndependent, B::AddressDependent) => {
            (EVEN, "the NAT shows every peer the same address and lets in whoever was sent to, from any port")
        }
        (B::EndpointIndependent, B::AddressAndPortDependent) => {
            ("", "the NAT shows every peer the same address and lets answers in")
        }
        (B::EndpointIndependent, B::Unknown) => ("", "the NAT shows every peer the same address"),
    };
    let rest = match filtering {
        B::AddressAndPortDependent => {
            "; for peers behind a symmetric NAT keep a TURN server ('cowork-calls turn list')".to_owned()
        }
        B::Unknown => format!("; who gets in is unknown: {}", why(doubt, asked)),
        _ => String::new(),
    };
    format!("direct calls will work with most peers{even}: {reason}{rest}")
}

/// Peers that no direct call reaches unless the filter lets in more than answers.
const EVEN: &str = ", even with those behind a symmetric NAT";

/// Why something is unknown, and what to do.
fn why(doubt: Option<Doubt>, asked: &Asked<'_>) -> String {
    let Asked { server, .. } = asked;
    let second = asked.second.map_or_else(String::new, |second| format!(", {second}"));
    let reason = match doubt {
        Some(Doubt::NoSecondAddress) => {
            format!("{server} has no second address, which the tests need (RFC 5780)")
        }
        Some(Doubt::NotSecond(named)) => {
            format!(
                "the second address of {server}, {named}, differs from the first one not both in IP address and port"
            )
        }
        Some(Doubt::PrivateSecond(named)) => {
            format!("the second address of {server}, {named}, is private{}", behind_nat(asked))
        }
        Some(Doubt::UnusableSecond(named)) => {
            format!("the second address of {server}, {named}, is none that can be asked from here")
        }
        Some(Doubt::SecondSilent) => {
            format!("{server} does not answer at its second address{second}{}", behind_nat(asked))
        }
        Some(Doubt::ChangeIgnored) => {
            format!("{server} does not answer from its second address{second}, when it is asked to")
        }
        Some(Doubt::Silent) | None => format!("{server} has stopped answering"),
    };
    match asked.instead {
        Some(instead) => format!("{reason}; ask another one: 'cowork-calls nat {instead}'"),
        None => format!("{reason}; ask another server"),
    }
}

/// What a server tells of itself that stands behind a NAT.
fn behind_nat(asked: &Asked<'_>) -> String {
    match asked.origin {
        Some(origin) if origin.ip() != asked.address.ip() => {
            format!(", since it stands behind a NAT itself and believes to be {origin}")
        }
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Behaviour; 5] = [
        Behaviour::None,
        Behaviour::EndpointIndependent,
        Behaviour::AddressDependent,
        Behaviour::AddressAndPortDependent,
        Behaviour::Unknown,
    ];

    fn asked() -> Asked<'static> {
        Asked {
            server: "stun:a.example:3478",
            address: "203.0.113.10:3478".parse().unwrap(),
            second: Some("203.0.113.11:3479".parse().unwrap()),
            origin: Some("203.0.113.10:3478".parse().unwrap()),
            instead: Some("stun:b.example:3478"),
        }
    }

    #[test]
    fn the_mapping_decides_and_the_filter_says_more() {
        for mapping in ALL {
            for filtering in ALL {
                let told = conclusion(mapping, filtering, Some(Doubt::SecondSilent), &asked());
                let good = matches!(mapping, Behaviour::None | Behaviour::EndpointIndependent);
                let unknown = mapping == Behaviour::Unknown;
                let strict = matches!(filtering, Behaviour::AddressAndPortDependent | Behaviour::Unknown);
                let says = |words: &str| told.contains(words);
                assert_eq!(says("direct calls will work with most peers"), good, "{told}");
                assert_eq!(says("needs TURN"), !good && !unknown, "{told}");
                assert_eq!(says("unknown"), unknown || filtering == Behaviour::Unknown, "{told}");
                assert_eq!(says("even with those behind a symmetric NAT"), good && !strict, "{told}");
            }
        }
    }

    #[test]
    fn a_doubt_names_the_server_its_second_address_and_what_to_do() {
        let told =
            |doubt, asked: &Asked<'_>| conclusion(Behaviour::Unknown, Behaviour::Unknown, Some(doubt), asked);
        assert_eq!(
            told(Doubt::SecondSilent, &asked()),
            "what the NAT does is unknown: stun:a.example:3478 does not answer at its second address, \
             203.0.113.11:3479; ask another one: 'cowork-calls nat stun:b.example:3478'"
        );
        let inside = "10.0.0.6:3479".parse().unwrap();
        let behind_nat = Asked { origin: Some("10.0.0.5:3478".parse().unwrap()), instead: None, ..asked() };
        assert_eq!(
            told(Doubt::PrivateSecond(inside), &behind_nat),
            "what the NAT does is unknown: the second address of stun:a.example:3478, 10.0.0.6:3479, is private, \
             since it stands behind a NAT itself and believes to be 10.0.0.5:3478; ask another server"
        );
    }
}
