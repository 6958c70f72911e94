//! The peers that an audit requests permissions for.

use std::net::IpAddr;

use crate::probe::report::audit::FindingCode;

/// A peer, and what it means if the server would relay to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Peer {
    pub(super) ip: IpAddr,
    pub(super) code: FindingCode,
}

/// From both ends of most ranges, so that a rule for a part of one does not pass for the whole, from networks that are
/// often used, and where clouds keep credentials. Exceptions inside a range may be missed.
const PEERS: [(FindingCode, &[&str]); 11] = [
    (FindingCode::UnspecifiedPeers, &["0.0.0.0", "0.255.255.254", "::"]),
    (FindingCode::LoopbackPeers, &["127.0.0.1", "127.255.255.254", "::1"]),
    (FindingCode::LinkLocalPeers, &["169.254.169.254", "169.254.0.1", "fe80::1", "febf::1"]),
    (FindingCode::CloudPeers, &["168.63.129.16", "192.0.0.192"]),
    (
        FindingCode::PrivatePeers,
        &[
            "10.0.0.1",
            "10.96.0.1",
            "10.255.255.254",
            "172.16.0.1",
            "172.17.0.1",
            "172.31.255.254",
            "192.168.0.1",
            "192.168.1.1",
            "192.168.255.254",
        ],
    ),
    (FindingCode::CarrierGradePeers, &["100.64.0.1", "100.100.100.200", "100.127.255.254"]),
    (FindingCode::UniqueLocalPeers, &["fc00::1", "fd00:ec2::254", "fdff:ffff:ffff::1", "fec0::1"]),
    (
        FindingCode::MappedPeers,
        &[
            "::ffff:127.0.0.1",
            "::ffff:169.254.169.254",
            "::ffff:10.0.0.1",
            "::ffff:172.16.0.1",
            "::ffff:192.168.1.1",
            "::ffff:0:127.0.0.1",
        ],
    ),
    (
        FindingCode::Nat64Peers,
        &[
            "64:ff9b::127.0.0.1",
            "64:ff9b::169.254.169.254",
            "64:ff9b::10.0.0.1",
            "64:ff9b::172.16.0.1",
            "64:ff9b::192.168.1.1",
            "64:ff9b:1::10.0.0.1",
        ],
    ),
    // 127.0.0.1, 169.254.169.254, 10.0.0.1, 172.16.0.1 and 192.168.1.1.
    (
        FindingCode::SixToFourPeers,
        &["2002:7f00:1::1", "2002:a9fe:a9fe::1", "2002:a00:1::1", "2002:ac10:1::1", "2002:c0a8:101::1"],
    ),
    (FindingCode::MulticastPeers, &["224.0.0.1", "239.255.255.250", "ff02::1", "ff0e::1"]),
];

/// The peers to request from a relay at `relayed`, all of its family. First the relay itself, which calls between two relays
/// need, unless no relay belongs there; then the usual ones, and all other addresses of the server's `own`.
pub(super) fn requested(relayed: IpAddr, own: &[IpAddr]) -> Vec<Peer> {
    let parsed = |(code, ips): &(FindingCode, &[&str])| {
        let code = *code;
        ips.iter().filter_map(move |ip| Some(Peer { ip: ip.parse().ok()?, code })).collect::<Vec<_>>()
    };
    let mut peers = Vec::new();
    if !FindingCode::that_denies(relayed).is_some_and(FindingCode::is_local) && !relayed.is_unspecified() {
        peers.push(Peer { ip: relayed, code: FindingCode::OwnRelayDenied });
    }
    let usual = PEERS.iter().flat_map(parsed);
    let own = own.iter().map(|ip| Peer { ip: *ip, code: FindingCode::OwnAddressPeers });
    for peer in usual.chain(own).filter(|peer| peer.ip.is_ipv4() == relayed.is_ipv4()) {
        if peers.iter().all(|known| known.ip != peer.ip) {
            peers.push(peer);
        }
    }
    peers
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_deny_all_peers_that_are_requested() {
        for (code, ips) in PEERS {
            for ip in ips {
                let ip: IpAddr = ip.parse().unwrap();
                match code {
                    FindingCode::MulticastPeers => assert!(ip.is_multicast(), "{ip}"),
                    // coturn always refuses it, and would take a line with it for one about all addresses.
                    _ if ip.is_ipv6() && ip.is_unspecified() => {}
                    _ => assert_eq!(FindingCode::that_denies(ip), Some(code), "{ip}"),
                }
            }
        }
    }

    #[test]
    fn the_relay_and_other_addresses_of_the_server_are_requested() {
        let ip = |ip: &str| ip.parse::<IpAddr>().unwrap();
        let own = ["10.0.0.1", "203.0.113.1", "203.0.113.2", "2001:db8::2", "10.9.9.9"].map(ip);
        let peers = requested(ip("203.0.113.1"), &own);
        let code = |wanted: &str| {
            let found: Vec<_> =
                peers.iter().filter(|peer| peer.ip == ip(wanted)).map(|peer| peer.code).collect();
            assert!(found.len() < 2);
            found.first().copied()
        };
        assert_eq!(code("203.0.113.1"), Some(FindingCode::OwnRelayDenied));
        assert_eq!(code("203.0.113.2"), Some(FindingCode::OwnAddressPeers));
        assert_eq!(code("2001:db8::2"), None, "a relay over IPv4 does not reach it");
        assert_eq!(code("10.0.0.1"), Some(FindingCode::PrivatePeers), "it is one of the usual ones");
        assert_eq!(code("10.9.9.9"), Some(FindingCode::OwnAddressPeers));
        for local in ["127.0.0.1", "127.0.0.9", "0.0.0.0"] {
            let peers = requested(ip(local), &[]);
            assert!(peers.iter().all(|peer| peer.code != FindingCode::OwnRelayDenied), "{local}");
        }
        assert!(requested(ip("::2"), &own).iter().all(|peer| peer.ip.is_ipv6()));
    }
}
