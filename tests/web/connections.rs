//! The places for connections: a flood leaves service for others, each address has a limit, and memory is given back.

use std::fs;
use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::net::{SocketAddrV4, TcpStream};
use std::os::fd::AsRawFd as _;
use std::thread;
use std::time::Duration;

use nix::sys::socket::{AddressFamily, SockFlag, SockType, SockaddrIn, bind, socket};
use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit, setrlimit};

use tokio_rustls::rustls::StreamOwned;

use crate::support::certificates::Authority;
use crate::support::http::{answer, request};
use crate::support::namespaces::Namespaces;
use crate::support::server::{ALICE, BOB, EVENTS, ICE, REACTION, Server, home, wait_for};
use crate::support::stopwatch::{in_time, timed};

/// What the server may use after a flood: with the pages of the release's program, less than 64 MiB.
const MAX_KIB: u64 = 52 * 1024;
/// What counts as service while clients flood the server.
const SOON: Duration = Duration::from_secs(3);

/// How many connections a test can open, up to `most`; fewer than 900 would not be a flood.
#[track_caller]
fn possible(most: usize) -> usize {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).unwrap();
    let files = limit.maximum.map_or(most, |files| usize::try_from(files).unwrap().saturating_sub(100));
    assert!(files >= 900, "the hard limit of open files (ulimit -Hn) has to be 1000 at least: {limit:?}");
    files.min(most)
}

/// Starts a server with so many places, by its limit of open files.
fn with_places(places: usize) -> Server {
    let limited = format!("ulimit -n {}; exec \"$@\"", places + 128);
    Server::through(home(""), &["sh", "-c", &limited, "sh"], "", &[])
}

/// Connects, sends these bytes and keeps the connection.
fn hold(server: &Server, bytes: &str) -> TcpStream {
    let mut stream = server.connect();
    // The server may have closed it to make room.
    let _ = stream.write_all(bytes.as_bytes());
    stream
}

#[track_caller]
fn assert_service(server: &Server) {
    for (path, token) in [("/healthz", ""), (ICE, ALICE)] {
        let status = in_time(..SOON, || timed(|| server.get(path, token).status));
        assert_eq!(status, 200, "{path}");
    }
}

/// The memory of the server, in KiB, without the pages of its program, of which a debug build has 24 MiB.
fn memory(server: &Server) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
fn a_flood_of_half_open_heads_and_slow_connections_leaves_service_for_others_and_their_memory_is_given_back()
{
    let all = possible(14_000);
    let slow = all / 7;
    let heads = all - slow;
    let server = with_places(heads);
    let mut events = server.listen(BOB);
    let whole = request("GET", "/healthz", "", "");
    let mut held: Vec<_> = (0..slow).map(|_| hold(&server, &whole)).collect();
    let parts = ["", &whole[..5], &whole[..20], &whole[..whole.len() - 2]];
    for n in 0..heads {
        held.push(hold(&server, parts[n % parts.len()]));
        if n % 1000 == 0 {
            assert_service(&server);
        }
    }
    for stream in held.iter_mut().take(slow) {
        let _ = stream.write_all(b"G");
    }
    assert_service(&server);
    assert_eq!(server.react(ALICE, "👍").status, 200);
    assert!(events.next().unwrap().contains("👍"), "event streams are not closed");
    assert!(server.log().contains("all places for connections are taken"), "{}", server.log());
    assert_ne!(server.metric("connections_closed_total{reason=\"no-request\"}"), "0");
    drop(held);
    server.has_metric("connections", "2");
    wait_for(|| (memory(&server) < MAX_KIB).then_some(()), || format!("{} KiB to be less", memory(&server)));
}

#[test]
fn idle_connections_unknown_tokens_and_long_heads_take_little_memory() {
    let server = Server::with("", "--max-listeners 1500");
    let idle = request("POST", "/healthz", "", r#"{"reaction":"👍"}"#);
    let unknown = request("GET", ICE, "nobody's", "");
    let long = format!("GET / HTTP/1.1\r\nx: {}", "x".repeat(5000));
    let (mut held, each) = (Vec::new(), possible(9000) / 3);
    for text in [&idle, &unknown, &long] {
        held.extend((0..each).map(|_| hold(&server, text)));
        assert_service(&server);
        assert!(memory(&server) < MAX_KIB, "{} KiB", memory(&server));
    }
}

#[test]
fn responses_that_clients_do_not_read_take_little_memory() {
    let all = possible(4500);
    let server = Server::start();
    let requests = request("GET", "/", "", "").repeat(60);
    let held: Vec<_> = (0..all).map(|_| hold(&server, &requests)).collect();
    assert_service(&server);
    // The oldest ones are closed.
    let open = || server.metric("connections").parse::<usize>().unwrap();
    wait_for(|| (open() < 600).then_some(()), || format!("{} of {all} to be closed", open()));
    assert!(memory(&server) < MAX_KIB, "{} KiB", memory(&server));
    let mut slow = BufReader::new(hold(&server, &requests));
    thread::sleep(Duration::from_millis(500));
    for _ in 0..60 {
        assert_eq!(answer(&mut slow, false).unwrap().status, 200);
    }
    drop(held);
}

#[test]
fn a_flood_of_tls_handshakes_leaves_service_for_others_and_takes_little_memory() {
    let home = home("");
    let authority = Authority::new(home.path());
    let [_, certificate, _, key] = authority.options("localhost", 2100);
    let server = Server::at(home, &format!("--tls-cert {certificate} --tls-key {key}"));
    let mut hello = Vec::new();
    authority.client().write_tls(&mut hello).unwrap();
    let mut held = Vec::new();
    for n in 0..possible(6000) {
        let mut stream = server.connect();
        let _ = stream.write_all(&hello[..if n % 2 == 0 { hello.len() } else { n % hello.len() }]);
        held.push(stream);
    }
    let get = || {
        let mut stream = StreamOwned::new(authority.client(), server.connect());
        stream.write_all(request("GET", ICE, ALICE, "").as_bytes()).unwrap();
        answer(&mut BufReader::new(stream), false).unwrap().status
    };
    assert_eq!(in_time(..3 * SOON, || timed(get)), 200);
    assert!(memory(&server) < MAX_KIB, "{} KiB", memory(&server));
    drop(held);
}

#[test]
fn few_open_files_limit_the_places_and_running_requests_and_streams_keep_theirs() {
    let limited = ["sh", "-c", "ulimit -n 80; exec \"$@\"", "sh"];
    let server = Server::through(home(""), &limited, "", &[]);
    server.logs("warning: the limit of open files (80) leaves room for 30 listeners only");
    let mut listeners: Vec<_> = (0..8).map(|_| server.listen(ALICE)).collect();
    let reaction = request("POST", REACTION, BOB, r#"{"reaction":":tada:"}"#);
    let (head, body) = reaction.split_once("\r\n\r\n").unwrap();
    let mut running = BufReader::new(hold(&server, &format!("{head}\r\nExpect: 100-continue\r\n\r\n")));
    let mut line = String::new();
    running.read_line(&mut line).unwrap();
    assert!(line.starts_with("HTTP/1.1 100 "), "{line}");
    running.read_line(&mut line).unwrap();
    let idle: Vec<_> = (0..6).map(|_| hold(&server, &request("GET", "/healthz", "", ""))).collect();
    let heads: Vec<_> = (0..200).map(|_| hold(&server, "GET / HTTP/1.1\r\n")).collect();
    assert_service(&server);
    // Even if the limit becomes lower than the server knows.
    let limit = Rlimit { current: Some(30), maximum: Some(30) };
    prlimit(Some(Pid::from_raw(server.pid().cast_signed()).unwrap()), Resource::Nofile, limit).unwrap();
    let more: Vec<_> = (0..50).map(|_| hold(&server, "GET / HTTP/1.1\r\n")).collect();
    assert_service(&server);
    running.get_mut().write_all(body.as_bytes()).unwrap();
    assert_eq!(answer(&mut running, false).unwrap().status, 200);
    for listener in &mut listeners {
        assert!(listener.next().unwrap().contains("🎉"));
    }
    drop((idle, heads, more));
}

#[test]
fn an_idle_connection_outlives_those_that_send_no_request() {
    let server = Server::through(home(""), &["sh", "-c", "ulimit -n 200; exec \"$@\"", "sh"], "", &[]);
    let mut idle = BufReader::new(hold(&server, &request("GET", "/healthz", "", "")));
    assert_eq!(answer(&mut idle, false).unwrap().status, 200);
    let heads: Vec<_> = (0..300).map(|_| hold(&server, "GET /")).collect();
    assert_service(&server);
    // The rest of a request arrives in pieces, and after the connection gave up its buffers.
    for part in ["GET /hea", "lthz HTTP/1.1\r\nHost: loc", "alhost\r\n\r\n"] {
        thread::sleep(Duration::from_millis(1100));
        idle.get_mut().write_all(part.as_bytes()).unwrap();
    }
    assert_eq!(answer(&mut idle, false).unwrap().status, 200);
    let mut first = &heads[0];
    assert!(matches!(first.read(&mut [0]), Ok(0) | Err(_)), "the oldest was closed");
}

#[test]
fn many_connections_with_many_requests_each_get_every_response() {
    let server = Server::start();
    let mut streams: Vec<_> = (0..400).map(|_| BufReader::new(server.connect())).collect();
    // The body of one is read by its route, that of the other is not.
    let read = request("POST", REACTION, ALICE, "{");
    let large = request("POST", "/healthz", "", &"x".repeat(4000));
    let all = [
        (&read, 400),
        (&large, 405),
        (&request("GET", "/healthz", "", ""), 200),
        (&format!("{read}{large}{read}"), 400),
    ];
    for round in 0..8 {
        let (text, status) = all[round % all.len()];
        for stream in &mut streams {
            stream.get_mut().write_all(text.as_bytes()).unwrap();
        }
        for stream in &mut streams {
            assert_eq!(answer(stream, false).unwrap().status, status, "{round}");
            if round % all.len() == 3 {
                assert_eq!(answer(stream, false).unwrap().status, 405);
                assert_eq!(answer(stream, false).unwrap().status, 400);
            }
        }
    }
}

#[test]
fn behind_a_trusted_proxy_each_client_has_a_limit_of_its_own() {
    let line = "--trusted-proxy 127.0.0.1 --trusted-proxy 2001:db8::1 --max-connections-per-address 2";
    let server = Server::with("", line);
    let from = |client: &str, text: &str| {
        text.replace("Host: localhost", &format!("Host: localhost\r\nX-Forwarded-For: {client}"))
    };
    let listen = |client: &str| {
        let mut stream = server.connect();
        stream.write_all(from(client, &request("GET", EVENTS, BOB, "")).as_bytes()).unwrap();
        let mut start = [0; 12];
        stream.read_exact(&mut start).unwrap();
        assert_eq!(&start, b"HTTP/1.1 200");
        stream
    };
    let get = |client: &str| server.raw(&from(client, &request("GET", ICE, ALICE, "")));
    let first = listen("203.0.113.1, 198.51.100.1");
    let _second = listen("198.51.100.1, 2001:db8::1");
    let refused = get("198.51.100.1");
    assert_eq!((refused.error(429), refused.header("retry-after")), ("too-many-connections".to_owned(), "1"));
    assert_eq!(get("198.51.100.2").status, 200);
    assert_eq!(get("203.0.113.1").status, 200, "clients can write this themselves");
    drop(first);
    wait_for(|| (get("198.51.100.1").status == 200).then_some(()), || "a place".to_owned());
    let log = server.stop();
    assert!(log.contains("ms alice 198.51.100.2\n"), "{log}");
    assert!(log.contains("(left) bob 198.51.100.1\n"), "{log}");

    let server = Server::with("", "--max-connections-per-address 1");
    let _first = server.listen(BOB);
    let text = from("198.51.100.1", &request("GET", ICE, ALICE, ""));
    assert_eq!(server.raw(&text).status, 200, "loopback has no limit");
    assert!(!server.stop().contains("198.51.100.1"), "only trusted proxies name their clients");
}

#[test]
#[ignore = "needs root (tests/run.sh)"]
fn connections_from_one_address_beyond_its_limit_are_closed_at_once() {
    let namespaces = Namespaces::with_cable();
    namespaces.enter("server", || {
        let home = home("");
        let authority = Authority::new(home.path());
        let [_, certificate, _, key] = authority.options("localhost", 2100);
        let options = "--listen 0.0.0.0:0 --max-connections-per-address 3 --trusted-proxy 203.0.113.11";
        let server = Server::at(home, &format!("{options} --tls-cert {certificate} --tls-key {key}"));
        let connect = |address: &str| {
            let address = |port| SockaddrIn::from(SocketAddrV4::new(address.parse().unwrap(), port));
            let socket = socket(AddressFamily::Inet, SockType::Stream, SockFlag::empty(), None).unwrap();
            bind(socket.as_raw_fd(), &address(0)).unwrap();
            nix::sys::socket::connect(socket.as_raw_fd(), &address(server.address.port())).unwrap();
            let stream = TcpStream::from(socket);
            stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
            stream
        };
        let is_open = |mut stream: &TcpStream| match stream.read(&mut [0]) {
            Ok(size) => size > 0,
            Err(error) => error.kind() == ErrorKind::WouldBlock,
        };
        let mut held: Vec<_> = (0..3).map(|_| connect("203.0.113.10")).collect();
        assert!(!is_open(&connect("203.0.113.10")));
        server.logs("warning: 203.0.113.10 has too many connections; its new ones are closed");
        assert!(held.iter().all(is_open) && is_open(&connect("203.0.113.12")));
        let of_proxy: Vec<_> = (0..5).map(|_| connect("203.0.113.11")).collect();
        let of_loopback: Vec<_> = (0..5).map(|_| connect("127.0.0.1")).collect();
        assert!(of_proxy.iter().chain(&of_loopback).all(is_open));
        held.pop();
        wait_for(|| is_open(&connect("203.0.113.10")).then_some(()), || "a place".to_owned());
    });
}
