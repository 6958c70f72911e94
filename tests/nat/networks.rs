//! The kernel's NATs and firewalls between the program and a real coturn.

use std::net::SocketAddr;
use std::time::Duration;

use serde_json::Value;

use crate::support::network::Network;

const SERVER: &str = "203.0.113.10";
const SERVER_6: &str = "[2001:db8:2::10]";
const NO_RULES: &str = "";
/// Lets answers in and nothing else.
const FIREWALL: &str = "
    table inet filter {
        chain forward {
            type filter hook forward priority filter
            iifname wan ct state established,related accept
            iifname wan drop
        }
    }";
/// What most home routers do: ports are kept, and only answers are let in.
const MASQUERADE: &str = "
    table ip nat {
        chain postrouting {
            type nat hook postrouting priority srcnat
            oifname wan masquerade
        }
    }";

/// Queries the server from the client, with a timeout that leaves a busy machine time to answer.
fn query(network: &Network, options: &str) -> (Value, Duration) {
    let (status, out, err, took) = network.nat(&format!("{options} --timeout 800ms --json"));
    assert_eq!((status, &*err), (Some(0), ""), "{out}");
    (serde_json::from_str(&out).unwrap(), took)
}

/// Asserts what the program detects with these rules on the router, and returns the mapped address.
#[track_caller]
fn assert_behaviour(
    rules: &str,
    server: &str,
    mapping: &str,
    filtering: &str,
    conclusion: &str,
) -> SocketAddr {
    let network = Network::start(rules);
    let (report, took) = query(&network, server);
    assert_eq!((&report["mapping"], &report["filtering"]), (&mapping.into(), &filtering.into()), "{report}");
    assert_eq!(report["server"], format!("stun:{server}:3478"));
    let found = report["conclusion"].as_str().unwrap();
    assert!(found.contains(conclusion), "{found}");
    assert_eq!(report.as_object().unwrap().len(), 5, "{report}");
    assert!(took < Duration::from_secs(3), "{took:?}");
    report["mapped_address"].as_str().unwrap().parse().unwrap()
}

#[test]
#[ignore = "needs root, nftables and coturn (tests/run.sh)"]
fn plain_routing_is_neither_a_nat_nor_a_filter() {
    let mapped = assert_behaviour(NO_RULES, SERVER, "none", "none", "there is neither a NAT nor a filter");
    assert_eq!(mapped.ip().to_string(), "198.51.100.2");
}

#[test]
#[ignore = "needs root, nftables and coturn (tests/run.sh)"]
fn a_stateful_firewall_is_the_strictest_filter_without_a_nat() {
    for (server, client) in [(SERVER, "198.51.100.2"), (SERVER_6, "2001:db8:1::2")] {
        let filter = "address-and-port-dependent";
        let mapped =
            assert_behaviour(FIREWALL, server, "none", filter, "only a firewall that lets in replies");
        assert_eq!(mapped.ip().to_string(), client);
    }
}

#[test]
#[ignore = "needs root, nftables and coturn (tests/run.sh)"]
fn masquerading_maps_endpoint_independently_and_filters_by_address_and_port() {
    let filter = "address-and-port-dependent";
    let works = "direct calls will work with most peers: the NAT";
    let mapped = assert_behaviour(MASQUERADE, SERVER, "endpoint-independent", filter, works);
    assert_eq!(mapped.ip().to_string(), "203.0.113.1");
}

#[test]
#[ignore = "needs root, nftables and coturn (tests/run.sh)"]
fn masquerading_with_a_forwarded_host_does_not_filter() {
    let rules = format!(
        "{MASQUERADE}
        table ip nat {{
            chain prerouting {{
                type nat hook prerouting priority dstnat
                iifname wan meta l4proto udp dnat to 198.51.100.2
            }}
        }}"
    );
    let works = "even with those behind a symmetric NAT: the NAT";
    assert_behaviour(&rules, SERVER, "endpoint-independent", "endpoint-independent", works);
}

/// A filter that lets in, to any port of the client, each address that the client has sent to. Only tests in the right
/// order detect it: the mapping test sends to the address that the filter must not know before.
#[test]
#[ignore = "needs root, nftables and coturn (tests/run.sh)"]
fn a_nat_that_admits_contacted_addresses_filters_by_address() {
    let rules = format!(
        "{MASQUERADE}
        table ip nat {{
            set peers {{ type ipv4_addr; flags dynamic,timeout; timeout 1m; }}
            chain forward {{
                type filter hook forward priority filter
                iifname lan meta l4proto udp add @peers {{ ip daddr }}
            }}
            chain prerouting {{
                type nat hook prerouting priority dstnat
                iifname wan ip saddr @peers meta l4proto udp dnat to 198.51.100.2
            }}
        }}"
    );
    let works = "lets in replies from any port of a peer";
    assert_behaviour(&rules, SERVER, "endpoint-independent", "address-dependent", works);
}

#[test]
#[ignore = "needs root, nftables and coturn (tests/run.sh)"]
fn masquerading_with_random_ports_is_symmetric() {
    for random in ["random", "fully-random"] {
        let rules = MASQUERADE.replace("masquerade", &format!("masquerade {random}"));
        let dependent = "address-and-port-dependent";
        let mapped = assert_behaviour(&rules, SERVER, dependent, dependent, "needs TURN");
        assert_eq!(mapped.ip().to_string(), "203.0.113.1");
    }
}

#[test]
#[ignore = "needs root, nftables and coturn (tests/run.sh)"]
fn address_dependent_mapping_is_distinguished_from_port_dependent_mapping() {
    let rules = "
        table ip nat {
            chain postrouting {
                type nat hook postrouting priority srcnat
                ip daddr 203.0.113.11 meta l4proto udp snat to 203.0.113.1:20000-29999
                ip daddr 203.0.113.10 meta l4proto udp snat to 203.0.113.1:10000-19999
            }
        }";
    assert_behaviour(rules, SERVER, "address-dependent", "address-and-port-dependent", "needs TURN");
}

#[test]
#[ignore = "needs root, nftables and coturn (tests/run.sh)"]
fn an_unreachable_second_address_is_not_taken_for_a_filter() {
    let rules = "
        table ip filter {
            chain forward {
                type filter hook forward priority filter
                ip daddr 203.0.113.11 drop
                ip saddr 203.0.113.11 drop
            }
        }";
    let silent = "stun:203.0.113.10:3478 does not respond at its second address, 203.0.113.11:3479";
    assert_behaviour(rules, SERVER, "none", "unknown", silent);
    assert_behaviour(&format!("{rules}\n{MASQUERADE}"), SERVER, "unknown", "unknown", silent);
}

#[test]
#[ignore = "needs root, nftables and coturn (tests/run.sh)"]
fn a_server_that_never_answers_is_a_timeout() {
    let network = Network::start(NO_RULES);
    // The server runs, but no host has this address next to it.
    let (status, out, err, took) = network.nat("203.0.113.251 --timeout 300ms --json");
    assert_eq!((status, &*out), (Some(1), ""), "{err}");
    let error: Value = serde_json::from_str(&err).unwrap();
    assert_eq!(error["error"]["code"], "timeout", "{err}");
    assert!(took < Duration::from_secs(1), "{took:?}");
}

/// A network whose router does this with UDP in both directions, and whose client has two servers configured.
fn network_without_udp(verdict: &str) -> Network {
    let network = Network::start(NO_RULES);
    let output = network.program("client", &["stun", "set", SERVER, "203.0.113.11"]);
    assert!(output.status.success(), "{output:?}");
    network.route_by(&format!(
        "table inet filter {{
            chain forward {{
                type filter hook forward priority filter
                meta l4proto udp {verdict}
            }}
        }}"
    ));
    network
}

/// Runs `nat`, which must fail within two timeouts; returns the code, the message and the hint.
#[track_caller]
fn failure(network: &Network, server: &str) -> (String, String, String) {
    let (status, out, err, took) = network.nat(&format!("{server} --timeout 800ms --json"));
    assert_eq!((status, &*out), (Some(1), ""), "{err}");
    assert!(took < Duration::from_secs(3), "{took:?}");
    let json: Value = serde_json::from_str(&err).unwrap();
    let error = json["error"].as_object().unwrap();
    assert_eq!(error.len(), 3, "{err}");
    let text = |key: &str| error[key].as_str().unwrap().to_owned();
    (text("code"), text("message"), text("hint"))
}

#[test]
#[ignore = "needs root, nftables and coturn (tests/run.sh)"]
fn a_network_that_lets_no_udp_out_is_told_from_servers_that_do_not_respond() {
    let verdicts = [
        ("drop", "timeout"),
        ("reject", "refused"),
        ("reject with icmpx type admin-prohibited", "unreachable"),
    ];
    for (verdict, expected) in verdicts {
        let network = network_without_udp(verdict);
        let (code, message, hint) = failure(&network, "");
        assert_eq!(code, expected, "{verdict}");
        let blocked =
            "this network lets no UDP out: none of 2 STUN servers responds over UDP, but stun:203.0.113.1";
        assert!(message.starts_with(blocked) && message.ends_with(":3478 does over TCP"), "{message}");
        assert!(hint.starts_with("calls from here need TURN over TCP or TLS"), "{hint}");

        // A single server may also be the cause.
        let (code, message, hint) = failure(&network, SERVER);
        assert_eq!(code, expected, "{verdict}");
        let either = "stun:203.0.113.10:3478 responds over TCP, but not over UDP: this network lets no UDP out, or the \
                      server does not accept UDP";
        assert_eq!(message, either);
        assert!(hint.contains("calls from here need TURN over TCP or TLS"), "{hint}");
    }
}

#[test]
#[ignore = "needs root, nftables and coturn (tests/run.sh)"]
fn without_udp_and_tcp_the_error_is_that_of_the_first_server() {
    let network = network_without_udp("drop");
    network.route_by("add rule inet filter forward meta l4proto tcp drop");
    let (code, message, hint) = failure(&network, "");
    assert_eq!(code, "timeout");
    assert_eq!(
        message,
        "none of 2 STUN servers responds; the first one: no response from 203.0.113.10:3478 within 800ms"
    );
    assert!(hint.starts_with("check that the server runs"), "{hint}");
}

#[test]
#[ignore = "needs root, nftables and coturn (tests/run.sh)"]
fn loopback_has_no_nat() {
    let network = Network::start(NO_RULES);
    let output = network.program("server", &["nat", "127.0.0.1"]);
    let out = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<_> = out.lines().collect();
    assert_eq!(lines[0], "server        stun:127.0.0.1:3478, probed at 127.0.0.1:3478");
    assert!(lines[1].starts_with("your address  127.0.0.1:"), "{out}");
    assert_eq!(
        lines[2..],
        [
            "mapping       none: there is no NAT",
            "filtering     none: nothing is blocked",
            "",
            "✓ direct calls will work with most peers, even with those behind a symmetric NAT: there is neither a NAT nor a filter",
        ]
    );
    assert_eq!(output.status.code(), Some(0));
}
