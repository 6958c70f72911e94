//! The report on a NAT: its behaviour for scripts, and for people what it means for calls.

use std::net::SocketAddr;

use serde::{Serialize, Serializer};

use crate::protocol::evidence::{Behaviour, Doubt};

/// The behaviour of a NAT, with the JSON keys that scripts rely on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NatReport {
    /// The canonical address of the server.
    pub server: String,
    /// How the NAT maps this machine's address; [`Behaviour::None`] means that there is no NAT.
    pub mapping: Behaviour,
    /// What the NAT, or a firewall, lets in; [`Behaviour::None`] means everything.
    pub filtering: Behaviour,
    /// This machine's server-reflexive address.
    pub mapped_address: SocketAddr,
    /// What this means for calls, and what to do.
    pub conclusion: String,
    /// The IP address and port of the server.
    #[serde(skip)]
    pub address: SocketAddr,
}

impl NatReport {
    /// The number of behaviours in a report.
    pub(crate) const ALL: usize = 2;

    /// The number of known behaviours.
    pub(crate) fn known(&self) -> usize {
        [self.mapping, self.filtering].iter().filter(|&&behaviour| behaviour != Behaviour::Unknown).count()
    }
}

impl Behaviour {
    /// The behaviour as in JSON.
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

/// The server that the tests were made with, for sentences.
#[derive(Clone, Copy, Debug)]
pub(super) struct Tested<'a> {
    /// Its canonical address.
    pub(super) server: &'a str,
    /// Its IP address and port.
    pub(super) address: SocketAddr,
    /// Its second address, as it reports it.
    pub(super) second: Option<SocketAddr>,
    /// The address that it believes it responds from.
    pub(super) origin: Option<SocketAddr>,
    /// A public server that supports the tests.
    pub(super) instead: Option<&'a str>,
}

/// What the behaviours mean for calls, and what to do. `doubt` is the reason when one of them is unknown.
///
/// Both sides of a call send to the other's server-reflexive address (ICE, RFC 8445). That works when this address is the
/// same for every peer, however strict the filter, since both sides send first. It does not work with a symmetric NAT,
/// which sends from another port than the one that was announced: only a filter that ignores ports lets that in.
pub(super) fn conclusion(
    mapping: Behaviour,
    filtering: Behaviour,
    doubt: Option<Doubt>,
    tested: &Tested<'_>,
) -> String {
    use Behaviour as B;
    let (even, reason) = match (mapping, filtering) {
        (B::AddressDependent | B::AddressAndPortDependent, _) => {
            let filter = match filtering {
                B::Unknown => format!("; what the NAT lets in is unknown: {}", why(doubt, tested)),
                _ => String::new(),
            };
            return format!(
                "needs TURN: the NAT shows each peer a different address (a symmetric NAT), so that direct calls fail \
                 with most peers; add a TURN server with 'cowork-calls turn add'{filter}"
            );
        }
        (B::Unknown, _) => return format!("the behaviour of the NAT is unknown: {}", why(doubt, tested)),
        (B::None, B::None | B::EndpointIndependent) => (EVEN, "there is neither a NAT nor a filter"),
        (B::None, B::AddressDependent) => {
            (EVEN, "there is no NAT, only a firewall that lets in replies from any port of a peer")
        }
        (B::None, B::AddressAndPortDependent) => {
            ("", "there is no NAT, only a firewall that lets in replies")
        }
        (B::None, B::Unknown) => ("", "there is no NAT"),
        (B::EndpointIndependent, B::None | B::EndpointIndependent) => {
            (EVEN, "the NAT shows every peer the same address and lets in everyone")
        }
        (B::EndpointIndependent, B::AddressDependent) => {
            (EVEN, "the NAT shows every peer the same address and lets in replies from any port of a peer")
        }
        (B::EndpointIndependent, B::AddressAndPortDependent) => {
            ("", "the NAT shows every peer the same address and lets in replies")
        }
        (B::EndpointIndependent, B::Unknown) => ("", "the NAT shows every peer the same address"),
    };
    let rest = match filtering {
        B::AddressAndPortDependent => {
            "; keep a TURN server for peers behind a symmetric NAT ('cowork-calls turn list')".to_owned()
        }
        B::Unknown => format!("; what the NAT lets in is unknown: {}", why(doubt, tested)),
        _ => String::new(),
    };
    format!("direct calls will work with most peers{even}: {reason}{rest}")
}

/// The peers that direct calls reach only when the filter lets in more than replies.
const EVEN: &str = ", even with those behind a symmetric NAT";

/// Why something is unknown, and what to do.
fn why(doubt: Option<Doubt>, tested: &Tested<'_>) -> String {
    let Tested { server, .. } = tested;
    let second = tested.second.map_or_else(String::new, |second| format!(", {second}"));
    let reason = match doubt {
        Some(Doubt::NoSecondAddress) => {
            format!("{server} has no second address, which the tests need (RFC 5780)")
        }
        Some(Doubt::NotSecond(named)) => {
            format!(
                "the second address of {server}, {named}, must differ from the first one in both IP address and port"
            )
        }
        Some(Doubt::PrivateSecond(named)) => {
            format!("the second address of {server}, {named}, is private{}", behind_nat(tested))
        }
        Some(Doubt::UnusableSecond(named)) => {
            format!("the second address of {server}, {named}, cannot be used from here")
        }
        Some(Doubt::SecondNotResponding) => {
            format!("{server} does not respond at its second address{second}{}", behind_nat(tested))
        }
        Some(Doubt::ChangeIgnored) => {
            format!("{server} does not respond from its second address{second} on request")
        }
        Some(Doubt::NotResponding) | None => format!("{server} stopped responding"),
    };
    match tested.instead {
        Some(instead) => format!("{reason}; try another server: 'cowork-calls nat {instead}'"),
        None => format!("{reason}; try another server"),
    }
}

/// The note that a server is behind a NAT itself.
fn behind_nat(tested: &Tested<'_>) -> String {
    match tested.origin {
        Some(origin) if origin.ip() != tested.address.ip() => {
            format!(", because the server is behind a NAT itself and believes its address is {origin}")
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

    fn tested() -> Tested<'static> {
        Tested {
            server: "stun:a.example:3478",
            address: "203.0.113.10:3478".parse().unwrap(),
            second: Some("203.0.113.11:3479".parse().unwrap()),
            origin: Some("203.0.113.10:3478".parse().unwrap()),
            instead: Some("stun:b.example:3478"),
        }
    }

    #[test]
    fn the_mapping_decides_and_the_filtering_adds_detail() {
        for mapping in ALL {
            for filtering in ALL {
                let text = conclusion(mapping, filtering, Some(Doubt::SecondNotResponding), &tested());
                let good = matches!(mapping, Behaviour::None | Behaviour::EndpointIndependent);
                let unknown = mapping == Behaviour::Unknown;
                let strict = matches!(filtering, Behaviour::AddressAndPortDependent | Behaviour::Unknown);
                let says = |words: &str| text.contains(words);
                assert_eq!(says("direct calls will work with most peers"), good, "{text}");
                assert_eq!(says("needs TURN"), !good && !unknown, "{text}");
                assert_eq!(says("unknown"), unknown || filtering == Behaviour::Unknown, "{text}");
                assert_eq!(says("even with those behind a symmetric NAT"), good && !strict, "{text}");
            }
        }
    }

    #[test]
    fn says_why_something_is_unknown_and_what_to_do() {
        let text = |doubt, tested: &Tested<'_>| {
            conclusion(Behaviour::Unknown, Behaviour::Unknown, Some(doubt), tested)
        };
        assert_eq!(
            text(Doubt::SecondNotResponding, &tested()),
            "the behaviour of the NAT is unknown: stun:a.example:3478 does not respond at its second address, \
             203.0.113.11:3479; try another server: 'cowork-calls nat stun:b.example:3478'"
        );
        let inside = "10.0.0.6:3479".parse().unwrap();
        let behind_nat = Tested { origin: Some("10.0.0.5:3478".parse().unwrap()), instead: None, ..tested() };
        assert_eq!(
            text(Doubt::PrivateSecond(inside), &behind_nat),
            "the behaviour of the NAT is unknown: the second address of stun:a.example:3478, 10.0.0.6:3479, is private, \
             because the server is behind a NAT itself and believes its address is 10.0.0.5:3478; try another server"
        );
    }
}
