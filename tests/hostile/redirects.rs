//! TURN servers that redirect (300) in circles, endlessly, to nowhere, or late.

use std::net::SocketAddr;
use std::thread;
use std::time::Duration;

use super::run::{TIMEOUT, probe};
use super::servers::{Answer, start_servers};
use super::{ERROR, LOGIN, challenge, code, error_code, plain, response};
use crate::support::fake_server::FakeServer;

/// Redirects Allocate requests; releases are not answered.
fn redirect(request: &[u8], to: SocketAddr) -> Vec<Vec<u8>> {
    if request[..2] != [0, 3] {
        return vec![];
    }
    vec![response(request, ERROR, &[error_code(300, b"elsewhere"), plain(0x8023, to)].concat())]
}

#[test]
fn redirect_loops_and_endless_chains_are_redirect_errors() {
    // The first points to itself, the next two to each other, and the rest each to the next one.
    let sockets: Vec<_> = (0..20).map(|_| std::net::UdpSocket::bind("127.0.0.1:0").unwrap()).collect();
    let own: Vec<SocketAddr> = sockets.iter().map(|socket| socket.local_addr().unwrap()).collect();
    let servers: Vec<FakeServer> = sockets
        .into_iter()
        .enumerate()
        .map(|(number, socket)| {
            let to = match number {
                0 => own[0],
                1 => own[2],
                2 => own[1],
                _ => own[(number + 1).min(own.len() - 1)],
            };
            FakeServer::serve_on(socket, move |socket, request, client| {
                for datagram in redirect(request, to) {
                    socket.send_to(&datagram, client).unwrap();
                }
            })
        })
        .collect();
    let rows = probe(&format!("turn:{} turn:{} turn:{} {LOGIN}", own[0], own[1], own[3]));
    for row in &rows {
        assert_eq!((code(row), row["error"]["stun_code"].as_u64()), ("redirected", Some(300)), "{row}");
    }
    assert_eq!(servers[9].requests(), 0, "five redirects are followed, no more");
}

#[test]
fn redirects_to_nowhere_end() {
    let places =
        ["0.0.0.0:0", "127.0.0.1:0", "255.255.255.255:9", "224.0.0.1:9", "127.0.0.1:9", "240.0.0.1:9"];
    let answer = |place: &str| -> Answer {
        let to = place.parse().unwrap();
        Box::new(move |request, _| redirect(request, to))
    };
    let servers = start_servers(places.into_iter().map(answer).collect());
    let uris: String = servers.iter().map(|server| format!("turn:{server} ")).collect();
    let rows = probe(&format!("{uris}{LOGIN}"));
    assert!(rows.iter().all(|row| code(row) != "ok"), "{rows:?}");
}

#[test]
fn a_late_redirect_does_not_add_a_second_release() {
    // Neither answers a release.
    let late = TIMEOUT - Duration::from_millis(20);
    let second = FakeServer::start("127.0.0.1", |_, _| vec![]);
    let to = second.address;
    let first = FakeServer::start("127.0.0.1", move |request, _| {
        thread::sleep(late);
        redirect(request, to)
    });
    let output = super::run::run(
        &format!("probe turn:{} {LOGIN} --json --timeout {TIMEOUT:?}", first.address),
        "secret",
    );
    assert_ne!(code(&output.rows()[0]), "ok");
}

#[test]
fn endless_challenges_end() {
    let bodies = [
        challenge(b"realm", b"nonce"),
        [error_code(438, b"stale"), challenge(b"realm", b"nonce")[4..].to_vec()].concat(),
        error_code(486, b"quota"),
    ];
    let answer =
        |body: Vec<u8>| -> Answer { Box::new(move |request, _| vec![response(request, ERROR, &body)]) };
    let servers = start_servers(bodies.into_iter().map(answer).collect());
    let uris: String = servers.iter().map(|server| format!("turn:{server} ")).collect();
    let rows = probe(&format!("{uris}{LOGIN}"));
    assert!(rows.iter().all(|row| code(row) != "ok"), "{rows:?}");
}
