//! Servers on loopback that have no second address, lie about it, or stay silent.

use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use serde_json::Value;
use stun_types::attribute::{MappedSocketAddr, XorMappedAddress};
use stun_types::message::{Message, MessageWrite, MessageWriteExt, MessageWriteVec};

use crate::support::fake_server::{FakeServer, blocked_server};
use crate::support::program::{Home, Run};
use crate::support::scripted_server::{self, Script};
use crate::support::stopwatch::{in_time, timed};

/// OTHER-ADDRESS and RESPONSE-ORIGIN.
const OTHER_ADDRESS: u16 = 0x802c;
const RESPONSE_ORIGIN: u16 = 0x802b;
/// The address that the servers of these tests report: as if there were a NAT.
const MAPPED: &str = "192.0.2.1:4321";

/// A success response with these plain addresses.
fn success(request: &[u8], mapped: SocketAddr, addresses: &[(u16, SocketAddr)]) -> Vec<u8> {
    let request = Message::from_bytes(request).unwrap();
    let mut reply = Message::builder_success(&request, MessageWriteVec::new());
    reply.add_attribute(&XorMappedAddress::new(mapped, request.transaction_id())).unwrap();
    for (kind, address) in addresses {
        reply.add_attribute(&MappedSocketAddr::new(*address).to_raw((*kind).into())).unwrap();
    }
    reply.finish()
}

/// A server that sees the client behind a NAT and sends these addresses; it answers from the queried address.
fn server_with_addresses(addresses: &[(u16, &str)]) -> FakeServer {
    let addresses: Vec<_> =
        addresses.iter().map(|(kind, address)| (*kind, address.parse().unwrap())).collect();
    FakeServer::start("127.0.0.1", move |request, _| {
        vec![success(request, MAPPED.parse().unwrap(), &addresses)]
    })
}

fn silent() -> FakeServer {
    FakeServer::start("127.0.0.1", |_, _| vec![])
}

/// A server with two addresses that implements RFC 5780, or answers each request from the queried address.
struct TwoAddresses {
    first: FakeServer,
    _others: [FakeServer; 3],
}

impl TwoAddresses {
    fn start(changes: bool) -> Self {
        let [first, second_port, second_ip, second] = sockets();
        let named = second.local_addr().unwrap();
        let others = [&second_port, &second].map(|socket| socket.try_clone().unwrap());
        let answer = move |socket: &UdpSocket, request: &[u8], client: SocketAddr| {
            let message = Message::from_bytes(request).unwrap();
            let flags = message.raw_attribute(0x0003.into()).map_or(0, |change| change.value[3]);
            let from = match (changes, flags) {
                (true, 2) => &others[0],
                (true, 6) => &others[1],
                _ => socket,
            };
            from.send_to(&success(request, client, &[(OTHER_ADDRESS, named)]), client).unwrap();
        };
        let plain = |socket: UdpSocket| {
            FakeServer::serve_on(socket, |socket, request, client| {
                socket.send_to(&success(request, client, &[]), client).unwrap();
            })
        };
        TwoAddresses {
            first: FakeServer::serve_on(first, answer),
            _others: [plain(second_port), plain(second_ip), plain(second)],
        }
    }
}

/// Two ports on 127.0.0.1 and the same ones on 127.0.0.2.
fn sockets() -> [UdpSocket; 4] {
    for _ in 0..100 {
        let [first, second_port] = [0, 0].map(|port| UdpSocket::bind(("127.0.0.1", port)).unwrap());
        let twins = [&first, &second_port]
            .map(|socket| UdpSocket::bind(("127.0.0.2", socket.local_addr().unwrap().port())).ok());
        if let [Some(second_ip), Some(second)] = twins {
            return [first, second_port, second_ip, second];
        }
    }
    panic!("no free ports on loopback");
}

fn query(args: &str) -> (Run, Duration) {
    query_at(&Home::new(), args)
}

fn query_at(home: &Home, args: &str) -> (Run, Duration) {
    timed(|| home.run(&format!("nat {args}")))
}

/// What `nat` reports about a server, within a second.
#[track_caller]
fn report_on(server: &FakeServer) -> (String, String, String) {
    let measure = || query(&format!("{} --timeout 300ms --json", server.uri()));
    let run = in_time(..Duration::from_secs(1), measure);
    assert_eq!(run.status, Some(0));
    let report = run.json();
    assert_eq!(report["server"], server.uri());
    let text = |key: &str| report[key].as_str().unwrap().to_owned();
    (text("mapping"), text("filtering"), text("conclusion"))
}

/// A home whose settings name these servers.
fn home(servers: &[String]) -> Home {
    Home::with(format!("[stun]\nservers = {servers:?}\n"))
}

#[test]
fn a_server_without_a_second_address_leaves_the_result_unknown() {
    let server = server_with_addresses(&[]);
    let (mapping, filtering, conclusion) = report_on(&server);
    assert_eq!((&*mapping, &*filtering), ("unknown", "unknown"));
    let expected = format!(
        "the behaviour of the NAT is unknown: {} has no second address, which the tests need (RFC 5780); \
         try another server: 'cowork-calls nat stun:stun.nextcloud.com:443'",
        server.uri()
    );
    assert_eq!(conclusion, expected);
    assert_eq!(server.requests(), 1, "no further request is sent");
}

#[test]
fn people_get_aligned_lines() {
    let server = server_with_addresses(&[]);
    let uri = server.uri();
    query(&uri).0.prints(&format!(
        "server        {uri}, probed at {}\n\
         your address  {MAPPED}\n\
         mapping       unknown: the tests were inconclusive\n\
         filtering     unknown: the tests were inconclusive\n\
         \n\
         – the behaviour of the NAT is unknown: {uri} has no second address, which the tests need (RFC 5780); \
         try another server: 'cowork-calls nat stun:stun.nextcloud.com:443'\n",
        server.address
    ));
}

#[test]
fn no_nat_is_detected_without_a_second_address() {
    let server = FakeServer::start("127.0.0.1", |request, client| vec![success(request, client, &[])]);
    let (mapping, filtering, conclusion) = report_on(&server);
    assert_eq!((&*mapping, &*filtering), ("none", "unknown"));
    assert!(
        conclusion.starts_with("direct calls will work with most peers: there is no NAT;"),
        "{conclusion}"
    );
    assert!(conclusion.contains("(RFC 5780)"), "{conclusion}");
}

#[test]
fn an_invalid_second_address_is_not_queried() {
    let other = silent();
    for (named, why) in [
        (other.address.to_string(), "must differ from the first one in both IP address and port"),
        ("255.255.255.255:3479".into(), "cannot be used from here"),
        ("224.0.0.1:3479".into(), "cannot be used from here"),
        ("127.0.0.2:0".into(), "cannot be used from here"),
        ("[::1]:3479".into(), "cannot be used from here"),
    ] {
        let (mapping, filtering, conclusion) = report_on(&server_with_addresses(&[(OTHER_ADDRESS, &named)]));
        assert_eq!((&*mapping, &*filtering), ("unknown", "unknown"));
        assert!(conclusion.contains(&named) && conclusion.contains(why), "{conclusion}");
    }
    assert_eq!(other.requests(), 0);
}

#[test]
fn a_port_that_browsers_block_is_queried_all_the_same() {
    let server = blocked_server();
    report_on(&server);
    assert!(server.requests() > 0);
}

#[test]
fn a_silent_second_address_is_named_within_the_timeout() {
    let nobody = "127.0.0.2:9";
    let server = server_with_addresses(&[(OTHER_ADDRESS, nobody), (RESPONSE_ORIGIN, "10.0.0.5:3478")]);
    let (mapping, filtering, conclusion) = report_on(&server);
    assert_eq!((&*mapping, &*filtering), ("unknown", "unknown"));
    assert!(
        conclusion.contains(&format!("does not respond at its second address, {nobody}")),
        "{conclusion}"
    );
    assert!(
        conclusion.contains("is behind a NAT itself and believes its address is 10.0.0.5:3478"),
        "{conclusion}"
    );
}

#[test]
fn only_a_server_that_honours_change_request_gives_a_result() {
    let (mapping, filtering, _) = report_on(&TwoAddresses::start(true).first);
    assert_eq!((&*mapping, &*filtering), ("none", "none"));
    let (mapping, filtering, conclusion) = report_on(&TwoAddresses::start(false).first);
    assert_eq!((&*mapping, &*filtering), ("none", "unknown"));
    assert!(conclusion.contains("does not respond from its second address"), "{conclusion}");
}

#[test]
fn the_next_server_is_queried_when_the_first_lacks_rfc_5780() {
    let silent_second = server_with_addresses(&[(OTHER_ADDRESS, "127.0.0.2:9")]);
    let unfit = server_with_addresses(&[]);
    let ignorant = TwoAddresses::start(false);
    let good = TwoAddresses::start(true);
    let result = |servers: &[&FakeServer]| {
        let uris: Vec<_> = servers.iter().map(|server| server.uri()).collect();
        let report = query_at(&home(&uris), "--timeout 300ms --json").0.json();
        (report["server"].clone(), report["filtering"].clone())
    };
    let all = [&silent_second, &unfit, &ignorant.first, &good.first];
    assert_eq!(result(&all), (good.first.uri().into(), "none".into()));
    // A server that reveals the mapping is preferred to one that reveals nothing; among equals the first counts.
    assert_eq!(result(&all[..3]), (ignorant.first.uri().into(), "unknown".into()));
    assert_eq!(result(&all[..2]), (silent_second.uri().into(), "unknown".into()));
}

#[test]
fn endless_junk_does_not_delay_the_result() {
    let server = FakeServer::serve("127.0.0.1", |socket, _, client| {
        for _ in 0..1000 {
            let _ = socket.send_to(b"junk", client);
        }
    });
    let measure = || query(&format!("{} --timeout 300ms --json", server.uri()));
    let run = in_time(..Duration::from_secs(1), measure);
    assert_eq!(run.json_error(1)["code"], "not-stun");
}

#[test]
fn errors_are_the_same_as_in_the_probe() {
    let silent = silent();
    // Below the ephemeral ports: otherwise a client could get this very port.
    let mut ports = (20_000..30_000).filter(|port| UdpSocket::bind(("127.0.0.1", *port)).is_ok());
    let closed = format!("127.0.0.1:{}", ports.next().unwrap());
    for (args, code, sentence) in [
        (silent.uri(), "timeout", format!("no response from {} within 300ms", silent.address)),
        (closed.clone(), "refused", format!("{closed} refused: nothing listens on this port")),
        ("no-such-host.invalid".into(), "dns", "cannot resolve 'no-such-host.invalid': ".into()),
        (format!("{} -6", silent.uri()), "dns", "'127.0.0.1' has no IPv6 address".into()),
    ] {
        let (run, took) = query(&format!("{args} --timeout 300ms --json"));
        let error = run.json_error(1);
        assert_eq!(error["code"], code, "{error}");
        assert!(error["message"].as_str().unwrap().starts_with(&sentence), "{error}");
        assert!(!error["hint"].as_str().unwrap().is_empty(), "{error}");
        assert!(took < Duration::from_secs(2), "{took:?}");
    }
    query(&closed).0.ends(
        1,
        "",
        &format!(
            "error: {closed} refused: nothing listens on this port\n\
             hint: start the service on that machine, or correct the port\n"
        ),
    );
}

#[test]
fn a_server_that_cannot_be_queried_is_a_usage_error() {
    for args in ["stuns:127.0.0.1", "turn:127.0.0.1?transport=tcp", "turns:127.0.0.1?transport=udp"] {
        query(args).0.fails(2, "does not use UDP");
    }
    assert_eq!(query("http://127.0.0.1 --json").0.json_error(2)["code"], "invalid-address");
    let home = home(&["stuns:127.0.0.1".into()]);
    assert_eq!(query_at(&home, "--json").0.json_error(2)["code"], "missing-value");
    home.run("nat -4 -6").fails(2, "cannot be used with");
}

#[test]
fn the_first_capable_configured_server_is_queried() {
    let (silent, plain) = (silent(), server_with_addresses(&[]));
    let (able, also_able) = (TwoAddresses::start(true), TwoAddresses::start(true));
    let servers = [&silent, &plain, &able.first, &also_able.first].map(FakeServer::uri);
    let home = home(&[&["stuns:127.0.0.1:5349".to_owned()], &servers[..]].concat());
    let run = in_time(..Duration::from_millis(1500), || query_at(&home, "--timeout 500ms --json"));
    let report = run.json();
    assert_eq!(
        (&report["server"], &report["filtering"]),
        (&able.first.uri().into(), &"none".into()),
        "{report}"
    );
}

#[test]
fn without_a_capable_server_the_first_that_answers_explains_why() {
    let (silent, plain, other) = (silent(), server_with_addresses(&[]), server_with_addresses(&[]));
    let home = home(&[&silent, &plain, &other].map(FakeServer::uri));
    let settings = home.text();
    let report: Value = query_at(&home, "--timeout 300ms --json").0.json();
    assert_eq!(home.text(), settings, "nat does not change the settings");
    assert_eq!((&report["server"], &report["mapping"]), (&plain.uri().into(), &"unknown".into()), "{report}");
}

#[test]
fn without_any_answer_the_error_of_the_first_server_is_reported() {
    let (silent, other) = (silent(), silent());
    let home = home(&[&silent, &other].map(FakeServer::uri));
    let error = query_at(&home, "--timeout 300ms --json").0.json_error(1);
    let expected = format!(
        "none of 2 STUN servers responds; the first one: no response from {} within 300ms",
        silent.address
    );
    assert_eq!((&error["code"], &error["message"]), (&"timeout".into(), &expected.into()), "{error}");
}

/// A server that refuses UDP.
fn only_over_tcp() -> SocketAddr {
    scripted_server::over_tcp("127.0.0.1", Script { answers: vec!["good".to_owned()], ..Script::default() })
}

#[test]
fn a_response_over_tcp_explains_silence_over_udp_even_if_other_names_do_not_resolve() {
    let over_tcp = only_over_tcp();
    let home = home(&["stun:no-such-host.invalid".to_owned(), format!("stun:{over_tcp}")]);
    let error = query_at(&home, "--timeout 2s --json").0.json_error(1);
    let expected = format!(
        "stun:{over_tcp} responds over TCP, but not over UDP: this network lets no UDP out, or the server does not accept UDP"
    );
    assert_eq!((&error["code"], &error["message"]), (&"refused".into(), &expected.into()), "{error}");
}

#[test]
fn a_response_over_tcp_means_nothing_if_another_server_responds_over_udp() {
    let over_tcp = only_over_tcp();
    let broken = FakeServer::start("127.0.0.1", |_, _| vec![b"junk".to_vec()]);
    let home = home(&[format!("stun:{over_tcp}"), broken.uri()]);
    let error = query_at(&home, "--timeout 300ms --json").0.json_error(1);
    let expected = format!(
        "none of 2 STUN servers responds; the first one: {over_tcp} refused: nothing listens on this port"
    );
    assert_eq!((&error["code"], &error["message"]), (&"refused".into(), &expected.into()), "{error}");
}

#[test]
fn a_turn_server_also_serves_as_a_stun_server() {
    let able = TwoAddresses::start(true);
    let (run, _) = query(&format!("turn:{} --json", able.first.address));
    assert_eq!(run.json()["filtering"], "none");
}
