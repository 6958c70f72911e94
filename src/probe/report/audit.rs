//! What a TURN server would relay though it should not, and the lines for coturn's configuration that prevent it.

use std::fmt;
use std::net::IpAddr;

use serde::{Serialize, Serializer};

/// The result of an audit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Audit {
    /// What the server would do, the most severe first.
    pub findings: Vec<Finding>,
    /// What could not be found out, and why, in words; while there is any, the audit is not complete.
    pub unknown: Vec<String>,
}

/// Something that a server would do though it should not.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The stable code.
    pub code: FindingCode,
    /// How bad it is.
    pub severity: Severity,
    /// What the server would do, in one sentence.
    pub message: String,
    /// The lines of `turnserver.conf` that prevent it.
    pub lines: Vec<String>,
}

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// A way into a network or a machine.
    High,
    /// A way in under some conditions, or a function that calls do not need.
    Medium,
    /// A function that calls do not need, and that does little harm.
    Low,
}

impl Severity {
    /// All of them, the worst first.
    pub const ALL: [Severity; 3] = [Severity::High, Severity::Medium, Severity::Low];

    /// The severity as scripts see it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Severity::High => "high",
            Severity::Medium => "medium",
            Severity::Low => "low",
        }
    }
}

/// Declares [`FindingCode`]: name, code, severity, meaning, what the addresses are, the lines that prevent it.
macro_rules! codes {
    ($($name:ident $code:literal $severity:ident $meaning:literal $what:literal $lines:expr,)*) => {
        /// The stable code of a finding.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
        pub enum FindingCode {
            $(#[doc = $meaning] $name,)*
        }

        impl FindingCode {
            /// All codes, in the order in which their lines are printed.
            pub const ALL: &'static [FindingCode] = &[$(FindingCode::$name),*];

            const fn parts(self) -> (&'static str, Severity, &'static str, &'static str, &'static [&'static str]) {
                match self {
                    $(FindingCode::$name => ($code, Severity::$severity, $meaning, $what, &$lines),)*
                }
            }
        }
    };
}

codes! {
    OpenRelay "open-relay" High
        "It grants relays to everyone, without a user name and password." ""
        ["# instead of no-auth: lt-cred-mech and user=NAME:PASSWORD"],
    OwnRelayDenied "own-relay-denied" High
        "It does not relay to its own relay address, so that calls between two of its relays do not connect." ""
        [],
    UnspecifiedPeers "unspecified-peers" High
        "It would relay to 0.0.0.0/8, which systems take for the machine itself." "which systems take for the server itself"
        ["denied-peer-ip=0.0.0.0-0.255.255.255"],
    LoopbackPeers "loopback-peers" High
        "It would relay to loopback addresses: services that listen only for the server itself." "where services listen only for the server itself"
        ["denied-peer-ip=127.0.0.0-127.255.255.255", "denied-peer-ip=::1"],
    LinkLocalPeers "link-local-peers" High
        "It would relay to link-local addresses, among them 169.254.169.254, where clouds keep credentials." "link-local, where clouds keep credentials"
        ["denied-peer-ip=169.254.0.0-169.254.255.255", "denied-peer-ip=fe80::-febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
    CloudPeers "cloud-peers" Medium
        "It would relay to addresses at which some clouds serve their machines: 168.63.129.16 and 192.0.0.192." "where some clouds serve their machines"
        ["denied-peer-ip=168.63.129.16", "denied-peer-ip=192.0.0.0-192.0.0.255"],
    PrivatePeers "private-peers" High
        "It would relay to private IPv4 addresses: the network behind the server." "private networks"
        ["denied-peer-ip=10.0.0.0-10.255.255.255", "denied-peer-ip=172.16.0.0-172.31.255.255", "denied-peer-ip=192.168.0.0-192.168.255.255"],
    CarrierGradePeers "carrier-grade-peers" High
        "It would relay to 100.64.0.0/10: networks of providers, clouds and VPNs." "networks of providers, clouds and VPNs"
        ["denied-peer-ip=100.64.0.0-100.127.255.255"],
    UniqueLocalPeers "unique-local-peers" High
        "It would relay to unique local IPv6 addresses: the network behind the server." "private networks over IPv6"
        ["denied-peer-ip=fc00::-fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", "denied-peer-ip=fec0::-feff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
    MappedPeers "mapped-peers" High
        "It would relay to IPv4-mapped IPv6 addresses, which may lead around rules for IPv4." "IPv4-mapped, which may lead around rules for IPv4"
        ["denied-peer-ip=::ffff:0.0.0.0-::ffff:255.255.255.255", "denied-peer-ip=::ffff:0:0:0-::ffff:0:ffff:ffff"],
    Nat64Peers "nat64-peers" Medium
        "It would relay to 64:ff9b::/96 or 64:ff9b:1::/48: behind a NAT64 these are IPv4 addresses, private ones included." "behind a NAT64 these are IPv4 addresses, private ones included"
        ["denied-peer-ip=64:ff9b::-64:ff9b::ffff:ffff", "denied-peer-ip=64:ff9b:1::-64:ff9b:1:ffff:ffff:ffff:ffff:ffff"],
    SixToFourPeers "6to4-peers" Medium
        "It would relay to 2002::/16: over 6to4 these are IPv4 addresses, private ones included." "over 6to4 these are IPv4 addresses, private ones included"
        ["denied-peer-ip=2002::-2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
    OwnAddressPeers "own-address-peers" Medium
        "It would relay to another address of its own or of its name, where services may trust it or be hidden behind a firewall." "also an address of the server or of its name"
        [],
    TcpRelay "tcp-relay" Medium
        "It relays TCP (RFC 6062), which calls do not need: a way to web servers, databases and the like." ""
        ["no-tcp-relay"],
    MulticastPeers "multicast-peers" Low
        "It would relay to multicast addresses: one datagram for many machines." "multicast: one datagram for many machines"
        ["no-multicast-peers"],
}

impl FindingCode {
    /// The code as scripts see it.
    pub const fn as_str(self) -> &'static str {
        self.parts().0
    }

    /// The usual severity.
    pub const fn severity(self) -> Severity {
        self.parts().1
    }

    /// What it means, in one sentence.
    pub const fn meaning(self) -> &'static str {
        self.parts().2
    }

    /// What the addresses are, after them in a sentence.
    pub(crate) const fn what(self) -> &'static str {
        self.parts().3
    }

    /// The lines of `turnserver.conf` that prevent it, where they are the same for all servers.
    pub const fn lines(self) -> &'static [&'static str] {
        self.parts().4
    }

    /// Whether peers are in networks in which relays and clients may be as well.
    pub(crate) const fn is_private(self) -> bool {
        matches!(self, Self::PrivatePeers | Self::CarrierGradePeers | Self::UniqueLocalPeers)
    }

    /// Whether no relay belongs into these networks.
    pub(crate) const fn is_local(self) -> bool {
        matches!(self, Self::UnspecifiedPeers | Self::LoopbackPeers | Self::LinkLocalPeers)
    }

    /// The code whose lines deny an address.
    pub(crate) fn that_denies(ip: IpAddr) -> Option<Self> {
        let denies = |code: &&FindingCode| code.lines().iter().any(|line| is_denied(line, ip));
        Self::ALL.iter().find(denies).copied()
    }
}

/// Whether a line denies an address.
fn is_denied(line: &str, ip: IpAddr) -> bool {
    let Some(range) = line.strip_prefix("denied-peer-ip=") else { return false };
    let (first, last) = range.split_once('-').unwrap_or((range, range));
    match (first.parse::<IpAddr>(), last.parse::<IpAddr>()) {
        // Addresses of one family are in the order of their numbers.
        (Ok(first), Ok(last)) => first.is_ipv4() == ip.is_ipv4() && first <= ip && ip <= last,
        _ => false,
    }
}

impl Serialize for FindingCode {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl Audit {
    /// The audit of a server that could not be queried.
    pub(crate) fn failed(why: &str) -> Self {
        Audit { findings: Vec::new(), unknown: vec![format!("everything: {why}")] }
    }

    /// How many findings have this severity.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|finding| finding.severity == severity).count()
    }

    /// The findings in numbers.
    pub fn counts(&self) -> Counts {
        Counts { findings: Severity::ALL.map(|severity| self.count(severity)), unknown: self.unknown.len() }
    }
}

/// The findings of an audit in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// In the order of [`Severity::ALL`].
    pub findings: [usize; 3],
    /// How much is unknown.
    pub unknown: usize,
}

/// `2 high, 1 low, 1 unknown`, or `no findings`.
impl fmt::Display for Counts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let severities = Severity::ALL.map(Severity::as_str).into_iter().zip(self.findings);
        let mut parts: Vec<String> = severities
            .filter(|(_, count)| *count > 0)
            .map(|(severity, count)| format!("{count} {severity}"))
            .collect();
        if parts.is_empty() {
            parts.push("no findings".to_owned());
        }
        if self.unknown > 0 {
            parts.push(format!("{} unknown", self.unknown));
        }
        f.write_str(&parts.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn codes_are_distinct_and_kebab_case() {
        let codes: HashSet<_> = FindingCode::ALL.iter().map(|code| code.as_str()).collect();
        assert_eq!(codes.len(), FindingCode::ALL.len());
        assert!(
            codes
                .iter()
                .all(|code| code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'))
        );
    }

    #[test]
    fn lines_deny_what_their_codes_are_about() {
        let code = |ip: &str| FindingCode::that_denies(ip.parse().unwrap());
        for (ips, expected) in [
            (["0.0.0.0", "0.255.255.255"], FindingCode::UnspecifiedPeers),
            (["127.0.0.1", "::1"], FindingCode::LoopbackPeers),
            (["169.254.169.254", "febf::1"], FindingCode::LinkLocalPeers),
            (["172.31.255.255", "192.168.0.0"], FindingCode::PrivatePeers),
            (["100.64.0.0", "100.127.255.255"], FindingCode::CarrierGradePeers),
            (["fc00::", "fec0::1"], FindingCode::UniqueLocalPeers),
            (["::ffff:8.8.8.8", "::ffff:0:127.0.0.1"], FindingCode::MappedPeers),
            (["64:ff9b::7f00:1", "64:ff9b:1:9::1"], FindingCode::Nat64Peers),
            (["2002::", "2002:ffff::1"], FindingCode::SixToFourPeers),
        ] {
            assert_eq!(ips.map(code), [Some(expected); 2]);
        }
        for public in [
            "1.0.0.0",
            "126.0.0.1",
            "172.32.0.0",
            "100.128.0.0",
            "192.0.2.1",
            "::2",
            "2001:db8::1",
            "fe00::1",
        ] {
            assert_eq!(code(public), None, "{public}");
        }
    }

    /// coturn compares IPv6 addresses byte by byte, each on its own (`addr_less_eq`), and takes a range from `::` for one
    /// without a start.
    #[test]
    fn coturn_reads_the_ranges_as_they_are() {
        for line in FindingCode::ALL.iter().flat_map(|code| code.lines()) {
            let Some((first, last)) =
                line.strip_prefix("denied-peer-ip=").and_then(|range| range.split_once('-'))
            else {
                continue;
            };
            if let (IpAddr::V6(first), IpAddr::V6(last)) = (first.parse().unwrap(), last.parse().unwrap()) {
                let bytes = first.octets().into_iter().zip(last.octets());
                // Once they differ, all others are free.
                let mut rest = bytes.skip_while(|(first, last)| first == last).skip(1);
                assert!(rest.all(|pair| pair == (0, 255)) && !first.is_unspecified(), "{line}");
            }
        }
    }
}
