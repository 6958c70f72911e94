//! The events of calls: who receives them, in which order, and that no listener delays others.

use std::io::{BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::thread;

use serde_json::Value;

use crate::support::http::{Events, answer, request};
use crate::support::server::{ALICE, BOB, EVENTS, OWN, REACTION, Server};

fn listen(server: &Server, channel: &str, token: &str) -> Events<TcpStream> {
    Events::open(server.connect(), &EVENTS.replace("c1", channel), token)
}

fn reaction(event: Option<String>) -> String {
    let event: Value = serde_json::from_str(&event.unwrap()).unwrap();
    event["emoji"].as_str().unwrap().to_owned()
}

#[test]
fn every_listener_receives_each_reaction_once_and_in_order() {
    let server = Server::with("", "--max-listeners-per-user 20 --reactions-per-second 100");
    let listeners: Vec<_> =
        (0..20).map(|n| listen(&server, "c1", if n % 2 == 0 { ALICE } else { BOB })).collect();
    let mut other = listen(&server, "c2", BOB);
    let sent: Vec<&str> = ["👍", "👎", "👏", "😂", "😮", "🎉", "✋"].into_iter().cycle().take(300).collect();
    let readers: Vec<_> = listeners
        .into_iter()
        .map(|mut events| {
            thread::spawn(move || {
                let received: Vec<_> = (0..300).map(|_| reaction(events.next())).collect();
                (received, events)
            })
        })
        .collect();
    let mut connection = BufReader::new(server.connect());
    for emoji in &sent {
        let body = format!("{{\"reaction\":\"{emoji}\"}}");
        connection.get_mut().write_all(request("POST", REACTION, ALICE, &body).as_bytes()).unwrap();
        let found = answer(&mut connection, false).unwrap();
        assert_eq!(found.status, 200);
        assert_eq!(found.json()["calls"][0]["participants"], serde_json::json!(["alice", "bob"]));
    }
    let read: Vec<_> = readers.into_iter().map(|reader| reader.join().unwrap()).collect();
    let other_reaction = server.post(&REACTION.replace("c1", "c2"), ALICE, r#"{"reaction":"❤"}"#);
    assert_eq!(other_reaction.status, 200);
    assert_eq!(reaction(other.next()), "❤️", "another call does not receive it");
    server.signal("-TERM");
    for (received, mut events) in read {
        assert_eq!(received, sent);
        assert_eq!(events.next(), None, "nothing arrives twice");
    }
}

#[test]
fn a_reaction_of_a_user_reaches_all_calls_that_the_user_is_in() {
    let server = Server::start();
    let mut first = listen(&server, "c1", ALICE);
    let mut second = listen(&server, "c2", ALICE);
    let mut both = listen(&server, "c2", BOB);
    let mut without = listen(&server, "c3", BOB);
    let found = server.post(OWN, ALICE, r#"{"reaction":":tada:"}"#).json();
    let calls: Vec<_> = found["calls"]
        .as_array()
        .unwrap()
        .iter()
        .map(|call| format!("{} {}", call["channel"], call["participants"]))
        .collect();
    assert_eq!(calls, ["\"c1\" [\"alice\"]", "\"c2\" [\"alice\",\"bob\"]"]);
    for listener in [&mut first, &mut second, &mut both] {
        assert_eq!(reaction(listener.next()), "🎉");
    }
    assert_eq!(server.post(OWN, BOB, r#"{"reaction":"👍"}"#).status, 200);
    assert_eq!(reaction(without.next()), "👍", "the first event of this call");
}

#[test]
fn a_listener_who_disconnects_leaves_the_call() {
    let server = Server::start();
    let first = server.listen(BOB);
    let second = server.listen(BOB);
    let _alice = server.listen(ALICE);
    assert_eq!(server.metric("listeners"), "3");
    drop(first);
    server.has_metric("listeners", "2");
    let participants = || server.react(ALICE, "👍").json()["calls"][0]["participants"].clone();
    assert_eq!(participants(), serde_json::json!(["alice", "bob"]), "bob still has one listener");
    drop(second);
    server.has_metric("listeners", "1");
    assert_eq!(participants(), serde_json::json!(["alice"]));
    assert_eq!(server.metric("calls"), "1");
}

#[test]
fn comments_keep_a_quiet_connection_open() {
    let server = Server::start();
    let mut events = server.listen(BOB);
    let started = std::time::Instant::now();
    assert!(events.block().unwrap().starts_with(": "));
    assert!(started.elapsed().as_secs() <= 15, "{:?}", started.elapsed());
}

#[test]
fn a_head_request_does_not_join_the_call() {
    let server = Server::start();
    let found = server.raw(&request("HEAD", EVENTS, ALICE, ""));
    assert_eq!((found.status, found.header("content-type")), (200, "text/event-stream"));
    server.has_metric("listeners", "0");
}

#[test]
fn a_slow_listener_is_disconnected_and_the_others_receive_everything() {
    let server = Server::with("", "--reactions-per-second 10000");
    // It sends a request and never reads.
    let mut slow = server.connect();
    slow.write_all(request("GET", EVENTS, BOB, "").as_bytes()).unwrap();
    server.has_metric("listeners", "1");
    let mut quick = server.listen(ALICE);
    let reader = thread::spawn(move || {
        let mut count = 0;
        while let Some(event) = quick.next() {
            assert_eq!(reaction(Some(event)), "👍");
            count += 1;
        }
        count
    });
    let mut connection = BufReader::new(server.connect());
    let mut sent = 0;
    while server.metric("listeners_dropped_total") == "0" {
        assert!(sent < 50_000, "it was never disconnected");
        for _ in 0..250 {
            let request = request("POST", REACTION, ALICE, r#"{"reaction":"👍"}"#);
            connection.get_mut().write_all(request.as_bytes()).unwrap();
            assert_eq!(answer(&mut connection, false).unwrap().status, 200);
            sent += 1;
        }
    }
    assert_eq!(server.metric("listeners"), "1");
    // Data in transit still arrives, then the connection ends without the final chunk.
    let mut rest = Vec::new();
    let _ = slow.read_to_end(&mut rest);
    assert!(!rest.ends_with(b"\r\n0\r\n\r\n"));
    assert!(server.stop().contains("(too slow) bob 127.0.0.1:"));
    assert_eq!(reader.join().unwrap(), sent);
}

/// Listens again after the event with this id.
fn listen_after(server: &Server, id: &str, channel: &str, token: &str) -> Events<TcpStream> {
    Events::open_after(id, server.connect(), &EVENTS.replace("c1", channel), token)
}

#[test]
fn a_listener_that_reconnects_receives_the_reactions_that_it_missed_once_and_in_order() {
    let server = Server::start();
    let mut alice = server.listen(ALICE);
    let mut bob = server.listen(BOB);
    let (early, react) = (bob.id.clone(), |emoji| assert_eq!(server.react(ALICE, emoji).status, 200));
    react("👍");
    assert_eq!(reaction(bob.next()), "👍");
    let id = bob.id.clone();
    drop(bob);
    ["👎", "👏"].into_iter().for_each(react);
    let elsewhere = server.post(&REACTION.replace("c1", "c2"), ALICE, r#"{"reaction":"✋"}"#);
    assert_eq!(elsewhere.status, 404);

    let mut bob = listen_after(&server, &id, "c1", BOB);
    react("🎉");
    for expected in ["👎", "👏", "🎉"] {
        assert_eq!(reaction(bob.next()), expected);
    }
    let mut again = listen_after(&server, &bob.id, "c1", BOB);
    let mut early = listen_after(&server, &early, "c1", BOB);
    let mut other = listen_after(&server, &id, "c2", BOB);
    react("😮");
    assert_eq!(reaction(again.next()), "😮", "nothing comes twice");
    for expected in ["👍", "👎", "👏", "🎉", "😮"] {
        assert_eq!(reaction(early.next()), expected, "the first id comes before the first event");
        assert_eq!(reaction(alice.next()), expected);
    }
    assert_eq!(server.post(&REACTION.replace("c1", "c2"), ALICE, r#"{"reaction":"❤"}"#).status, 200);
    assert_eq!(reaction(other.next()), "❤️", "what nobody received when it was sent is not kept");
}

#[test]
fn an_id_that_is_none_is_ignored() {
    let server = Server::start();
    let _alice = server.listen(ALICE);
    assert_eq!(server.react(ALICE, "👍").status, 200);
    for id in ["0", "x", "a:b", "1:2.3:4", &"x".repeat(9000)] {
        let mut bob = listen_after(&server, id, "c1", BOB);
        assert_eq!(server.react(ALICE, "👎").status, 200);
        assert_eq!(reaction(bob.next()), "👎", "{id}");
    }
}
