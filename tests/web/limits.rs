//! Limits of what clients can do: large bodies, slow heads, too many connections.

use std::io::{BufReader, Read as _, Write as _};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::http::{answer, request};
use crate::support::server::{ALICE, BOB, EVENTS, REACTION, Server};

#[test]
fn bodies_over_16_kib_are_rejected() {
    let server = Server::start();
    let _listener = server.listen(BOB);
    let body = |size: usize| {
        let start = r#"{"reaction":"👍","x":""#;
        format!("{start}{}\"}}", "x".repeat(size - start.len() - 2))
    };
    assert_eq!(server.post(REACTION, ALICE, &body(16 * 1024)).status, 200);
    for size in [16 * 1024 + 1, 100_000, 900_000] {
        assert_eq!(server.post(REACTION, ALICE, &body(size)).error(413), "body-too-large", "{size}");
    }
    let chunk = format!("4000\r\n{}\r\n", "x".repeat(0x4000));
    let chunked = request("POST", REACTION, ALICE, "")
        .replace("\r\n\r\n", "\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n");
    let answer = server.raw(&format!("{chunked}{chunk}{chunk}0\r\n\r\n"));
    assert_eq!(answer.error(413), "body-too-large");
}

#[test]
fn clients_that_exceed_a_timeout_are_disconnected() {
    let server = Server::start();
    let started = Instant::now();
    // One sends its head byte by byte, one sends nothing, one nothing after a request, one an incomplete body.
    let mut slow = server.connect();
    let idle = server.connect();
    let mut done = server.connect();
    done.write_all(request("GET", "/healthz", "", "").as_bytes()).unwrap();
    let mut without = server.connect();
    let body = request("POST", REACTION, ALICE, r#"{"reaction":"👍"}"#);
    without.write_all(&body.as_bytes()[..body.len() - 5]).unwrap();
    let writer = thread::spawn({
        let mut slow = slow.try_clone().unwrap();
        move || {
            for byte in "GET /healthz HTTP/1.1\r\nX: ".bytes().chain(std::iter::repeat(b'x')) {
                if slow.write_all(&[byte]).is_err() {
                    return;
                }
                thread::sleep(Duration::from_millis(200));
            }
        }
    });
    for stream in [&mut slow, &mut { idle }, &mut done] {
        // A reset ends it as well.
        let _ = stream.read_to_end(&mut Vec::new());
        let elapsed = started.elapsed().as_secs();
        assert!((9..15).contains(&elapsed), "after {elapsed} s");
    }
    assert_eq!(answer(&mut BufReader::new(without), false).unwrap().error(408), "timeout");
    writer.join().unwrap();
    assert_eq!(server.get("/healthz", "").status, 200);
}

#[test]
fn max_listeners_limits_listeners_and_no_other_requests() {
    let server = Server::with("", "--max-listeners 2");
    let first = server.listen(ALICE);
    let _second = server.listen(BOB);
    assert_eq!(server.get(EVENTS, ALICE).error(503), "too-many-listeners");
    assert_eq!(server.react(ALICE, "👍").status, 200);
    drop(first);
    server.has_metric("listeners", "1");
    let _third = server.listen(ALICE);
}

#[test]
fn a_user_listens_with_eight_clients_at_most_and_others_still_can() {
    let server = Server::start();
    let mut listeners: Vec<_> = (0..8).map(|_| server.listen(ALICE)).collect();
    let elsewhere = EVENTS.replace("c1", "c2");
    let refused = server.get(&elsewhere, ALICE);
    assert_eq!(refused.error(429), "too-many-listeners");
    assert_eq!(refused.header("retry-after"), "10");
    let _other = server.listen(BOB);
    listeners.pop();
    server.has_metric("listeners", "8");
    let _again = server.listen(ALICE);
    drop(server);
    let server = Server::with("", "--max-listeners-per-user 1");
    let _first = server.listen(ALICE);
    assert_eq!(server.get(EVENTS, ALICE).error(429), "too-many-listeners");
    assert_eq!(server.react(ALICE, "👍").status, 200);
}
