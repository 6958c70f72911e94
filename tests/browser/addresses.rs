//! Where a browser reports nothing: STUN servers that respond with an error or a useless address, and networks without NAT.
//! Each test runs in a network of its own, in which this machine has an IPv4 and an IPv6 address and no NAT.

use std::fs;
use std::net::{SocketAddr, UdpSocket};
use std::process::Command;

use nix::sched::{CloneFlags, unshare};

use super::servers::rows;
use super::{finish, start};
use crate::support::browser::Browser;
use crate::support::dns;
use crate::support::fake_server::{FakeServer, success};
use crate::support::scripted_server::{self, Script};
use crate::support::server::{ALICE, Server};

/// Uses the network's own DNS and makes it dual-stack. Addresses are usable at once without duplicate address detection.
const SET_UP: &str = "
    mount --make-rprivate /
    mount --bind resolv.conf /etc/resolv.conf
    ip link set lo up
    ip link add wan type veth peer name far
    ip link set far up
    ip addr add 203.0.113.2/24 dev wan
    ip addr add 2001:db8:2::2/64 dev wan nodad
    ip link set wan up
    ip route add default via 203.0.113.1
    ip route add default via 2001:db8:2::1";

/// Moves this thread, and what it starts, into a new network; returns its DNS server.
fn enter_network() -> FakeServer {
    let needs = "this test makes a network of its own: it needs root and the Debian package iproute2";
    unshare(CloneFlags::CLONE_NEWNET | CloneFlags::CLONE_NEWNS).expect(needs);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("resolv.conf"), "nameserver 127.0.0.1\n").unwrap();
    let mut command = Command::new("sh");
    command.args(["-ec", SET_UP]).current_dir(folder.path()).env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin");
    assert!(command.status().unwrap().success(), "{needs}");
    FakeServer::serve_on(UdpSocket::bind("127.0.0.1:53").unwrap(), |socket, query, client| {
        if let Some(answer) = dns::answer(query) {
            let _ = socket.send_to(&answer, client);
        }
    })
}

fn scripted(answer: &str) -> SocketAddr {
    scripted_server::over_udp("127.0.0.1", Script { answers: vec![answer.to_owned()], ..Script::default() })
}

/// A server that sees every client at 0.0.0.0.
fn unspecified() -> FakeServer {
    FakeServer::start("127.0.0.1", |request, client| {
        vec![success(request, SocketAddr::from(([0, 0, 0, 0], client.port())))]
    })
}

/// Returns the verdict and the sentence for each of these servers, and the status of the whole test.
fn test(servers: &[String], flags: &[&str]) -> (Vec<(String, String)>, String) {
    let server = Server::with(&format!("[stun]\nservers = {servers:?}\n"), "");
    let mut browser = Browser::start_with("en", flags);
    start(&mut browser, &server, ALICE);
    finish(&mut browser);
    let rows = rows(&mut browser);
    let tested: Vec<_> = rows.iter().map(|row| row[1].clone()).collect();
    assert_eq!(tested, servers);
    assert_eq!(browser.console(), [""; 0]);
    (rows.iter().map(|row| (row[0].clone(), row[3].clone())).collect(), browser.text("#status"))
}

fn uris(addresses: &[SocketAddr]) -> Vec<String> {
    addresses.iter().map(|address| format!("stun:{address}")).collect()
}

#[test]
#[ignore = "needs Chromium, root and iproute2 (tests/run.sh)"]
fn a_server_that_responds_without_an_address_does_not_read_works() {
    let _dns = enter_network();
    let unspecified = unspecified();
    let silent_errors = ["error 300", "error 400", "error 500"].map(scripted);
    let reported_errors = ["error 401", "error 420", "error 499"].map(scripted);
    let servers = [&[scripted("good"), unspecified.address], &silent_errors[..], &reported_errors].concat();
    let (rows, status) = test(&uris(&servers), &[]);
    let (works, rest) = rows.split_first().unwrap();
    assert_eq!(works.0, "works");
    assert!(works.1.starts_with("The server sees you as 127.0.0.1:"), "{}", works.1);
    let (silent, reported) = rest.split_at(4);
    let no_address = "The server responds, but not with your address: with an error, or with an address that browsers \
                      ignore, such as 0.0.0.0.";
    for row in silent {
        assert_eq!(*row, ("failed".to_owned(), no_address.to_owned()));
    }
    let sentences = [
        "The server asks for a user name and password (error 401), which browsers do not send to a STUN server.",
        "The server returned error 420.",
        "The server returned an error whose number ends in 99.",
    ];
    for (row, sentence) in reported.iter().zip(sentences) {
        assert_eq!(*row, ("failed".to_owned(), sentence.to_owned()));
    }
    assert!(status.contains("but 7 of 8 servers do not work"), "{status}");
}

#[test]
#[ignore = "needs Chromium, root and iproute2 (tests/run.sh)"]
fn a_name_with_only_ipv4_addresses_works_on_a_dual_stack_network_without_nat() {
    let _dns = enter_network();
    let port = |answer| scripted(answer).port();
    let servers = [port("good"), port("error 400")].map(|port| format!("stun:only4.test:{port}"));
    let (rows, _) = test(&[&servers[..], &["stun:dead.test:3478".to_owned()]].concat(), &[]);
    assert_eq!(rows[0].0, "works");
    assert!(rows[0].1.starts_with("The server sees you as 127.0.0.1:"), "{rows:?}");
    assert!(rows[1].1.starts_with("The server responds, but not with your address"), "{rows:?}");
    assert_eq!(rows[2], ("failed".to_owned(), "No answer: gave up after 10 s.".to_owned()));
}

#[test]
#[ignore = "needs Chromium, root and iproute2 (tests/run.sh)"]
fn a_browser_that_shows_its_own_addresses_leaves_a_silent_error_unclear() {
    let _dns = enter_network();
    let flags = ["--disable-features=WebRtcHideLocalIpsWithMdns"];
    let (rows, status) = test(&uris(&[scripted("error 500")]), &flags);
    assert_eq!(rows[0].0, "unclear");
    assert!(rows[0].1.contains("the server works and there is no NAT, or that it responds with an error"));
    assert!(status.contains("for 1 of 1 servers it is unclear whether they work"), "{status}");
}
