//! What is not HTTP gets an error in the form of all others, and is counted and logged.

use std::io::{BufReader, Write as _};
use std::net::Shutdown;

use crate::support::http::{Answer, answer, request};
use crate::support::server::{ALICE, ICE, Server};

const COUNTED: &str = "http_requests_total{route=\"none\",method=\"other\",status=\"STATUS\"}";

fn send(server: &Server, bytes: &[u8]) -> Option<Answer> {
    let mut stream = server.connect();
    stream.write_all(bytes).unwrap();
    answer(&mut BufReader::new(stream), false)
}

#[test]
fn what_is_not_http_gets_an_error_as_json_and_is_counted_and_logged() {
    let server = Server::start();
    let all: [&[u8]; 9] = [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"\xff",
        b"hello\r\n\r\n",
        b"GET /\r\n\r\n",
        b"GET / HTTP/3.0\r\n\r\n",
        b"GET  / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nno field\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n",
    ];
    for bytes in all {
        let found = send(&server, bytes).unwrap_or_else(|| panic!("{bytes:?}"));
        assert_eq!(found.error(400), "bad-request", "{bytes:?}");
        let headers = ["connection", "cache-control", "x-content-type-options", "referrer-policy"];
        assert_eq!(headers.map(|name| found.header(name)), ["close", "no-store", "nosniff", "no-referrer"]);
        assert!(!found.header("date").is_empty());
    }
    server.has_metric(&COUNTED.replace("STATUS", "400"), &all.len().to_string());
    let log = server.stop();
    assert_eq!(
        log.lines().filter(|line| line.contains("Z - * 400 ") && line.contains("ms - 127.0.0.1:")).count(),
        all.len(),
        "{log}"
    );
}

#[test]
fn a_head_that_is_too_large_gets_an_error_as_json() {
    let server = Server::start();
    let fields: String = (0..101).map(|n| format!("x-{n}: y\r\n")).collect();
    for bytes in [
        request("GET", &format!("/{}", "x".repeat(60_000)), "", ""),
        format!("GET / HTTP/1.1\r\nHost: a\r\nx: {}", "x".repeat(900_000)),
        format!("GET / HTTP/1.1\r\n{fields}\r\n"),
    ] {
        assert_eq!(send(&server, bytes.as_bytes()).unwrap().error(431), "head-too-large");
    }
    server.has_metric(&COUNTED.replace("STATUS", "431"), "3");
    // Somewhat smaller ones are good.
    let large = request("GET", "/healthz", "", "")
        .replace("\r\n\r\n", &format!("\r\n{}x: {}\r\n\r\n", &fields[..500], "x".repeat(15_000)));
    assert_eq!(send(&server, large.as_bytes()).unwrap().status, 200);
}

#[test]
fn what_follows_a_request_and_is_not_http_gets_an_error_after_its_response() {
    let server = Server::start();
    for (first, status) in [(request("GET", ICE, ALICE, ""), 200), (request("POST", ICE, "", "{}"), 401)] {
        let mut stream = server.connect();
        // In one piece, and later.
        stream.write_all(format!("{first}\0\r\n\r\n").as_bytes()).unwrap();
        let mut stream = BufReader::new(stream);
        assert_eq!(answer(&mut stream, false).unwrap().status, status);
        assert_eq!(answer(&mut stream, false).unwrap().error(400), "bad-request");
        assert!(answer(&mut stream, false).is_none());
        let mut stream = BufReader::new(server.connect());
        stream.get_mut().write_all(first.as_bytes()).unwrap();
        assert_eq!(answer(&mut stream, false).unwrap().status, status);
        stream.get_mut().write_all(b"\0").unwrap();
        assert_eq!(answer(&mut stream, false).unwrap().error(400), "bad-request");
    }
    server.has_metric(&COUNTED.replace("STATUS", "400"), "4");
}

#[test]
fn a_client_that_only_disconnects_is_not_counted() {
    let server = Server::start();
    for bytes in ["", "\r\n", "GET / HT", "GET / HTTP/1.1\r\nHost: a\r\n"] {
        let mut stream = server.connect();
        stream.write_all(bytes.as_bytes()).unwrap();
        stream.shutdown(Shutdown::Write).unwrap();
        assert!(answer(&mut BufReader::new(stream), false).is_none(), "{bytes:?}");
    }
    assert!(!server.get("/metrics", "").body.contains("method=\"other\""));
    // A client that sends garbage and closes that direction still gets the response.
    let mut stream = server.connect();
    stream.write_all(b"\0\0\0").unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!(answer(&mut BufReader::new(stream), false).unwrap().error(400), "bad-request");
}
