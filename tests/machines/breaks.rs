//! Breaks between servers and their engine that are too short to be noticed, and servers that come and go at the same time.

use std::io::{BufReader, Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::http::{Events, answer, request};
use crate::support::nats::Nats;
use crate::support::nats_client::Client;
use crate::support::server::{ALICE, BOB, EVENTS, OWN, REACTION, Server, home, wait_for};

const EMOJIS: [&str; 4] = ["👍", "👎", "👏", "🎉"];

/// A way to the engine that can be cut.
struct Way {
    address: SocketAddr,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl Way {
    fn to(engine: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let open = Arc::<Mutex<Vec<TcpStream>>>::default();
        let own = Arc::clone(&open);
        // It ends with the process.
        thread::spawn(move || {
            for near in listener.incoming() {
                let near = near.unwrap();
                let Ok(far) = TcpStream::connect(engine) else { continue };
                let ends = || (near.try_clone().unwrap(), far.try_clone().unwrap());
                own.lock().unwrap().extend(<[TcpStream; 2]>::from(ends()));
                let ((near, far), (other_near, other_far)) = (ends(), ends());
                thread::spawn(move || carry(near, far));
                thread::spawn(move || carry(other_far, other_near));
            }
        });
        Way { address, open }
    }

    /// Closes all connections; new ones are possible at once.
    fn cut(&self) {
        for stream in self.open.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

fn carry(mut from: TcpStream, mut to: TcpStream) {
    let mut bytes = [0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        if to.write_all(&bytes[..count]).is_err() {
            break;
        }
    }
    let _ = to.shutdown(Shutdown::Both);
}

fn replica(address: SocketAddr) -> Server {
    Server::at(home(""), &format!("--config nats://{address}/calls --reactions-per-second 10000"))
}

/// Starts two servers that know each other.
fn two(first: SocketAddr, second: SocketAddr) -> (Server, Server) {
    let servers = (replica(first), replica(second));
    servers.0.has_metric("replicas", "2");
    servers.1.has_metric("replicas", "2");
    servers
}

fn emoji(text: &str) -> String {
    let event: Value = serde_json::from_str(text).unwrap();
    event["emoji"].as_str().unwrap().to_owned()
}

/// Everything that a listener with this id receives now.
fn replayed(server: &Server, id: &str) -> Vec<String> {
    let mut events = Events::open_after(id, server.connect(), EVENTS, BOB);
    std::iter::from_fn(|| events.next_within(Duration::from_millis(200))).map(|text| emoji(&text)).collect()
}

/// Sends reactions for a while; returns those that were accepted.
fn send(server: &Server, time: Duration) -> Vec<String> {
    let (started, mut sent) = (Instant::now(), Vec::new());
    let mut connection = BufReader::new(server.connect());
    for emoji in EMOJIS.into_iter().cycle() {
        if started.elapsed() > time {
            break;
        }
        let body = json!({"reaction": emoji}).to_string();
        connection.get_mut().write_all(request("POST", REACTION, ALICE, &body).as_bytes()).unwrap();
        assert_eq!(answer(&mut connection, false).unwrap().status, 200);
        sent.push(emoji.to_owned());
    }
    sent
}

#[test]
#[ignore = "needs nats-server (tests/run.sh)"]
fn a_break_too_short_to_be_noticed_loses_no_reaction() {
    let engine = Nats::start();
    let way = Way::to(engine.address());
    let (first, second) = two(engine.address(), way.address);
    let (_alice, mut bob) = (first.listen(ALICE), second.listen(BOB));
    let start = bob.id.clone();
    let sent = thread::scope(|scope| {
        let sending = scope.spawn(|| send(&first, Duration::from_millis(1500)));
        for _ in 0..5 {
            thread::sleep(Duration::from_millis(250));
            way.cut();
        }
        sending.join().unwrap()
    });
    let next = || bob.next_within(Duration::from_secs(2));
    let received: Vec<_> = std::iter::from_fn(next).take(sent.len()).map(|text| emoji(&text)).collect();
    assert!(received == sent, "{} of {}, or not in order", received.len(), sent.len());
    for server in [&first, &second] {
        let replayed = replayed(server, &start);
        assert!(replayed == sent, "{} of {}, or not in order", replayed.len(), sent.len());
    }
}

#[test]
#[ignore = "needs nats-server (tests/run.sh)"]
fn what_was_accepted_while_the_engine_was_paused_is_replayed_everywhere() {
    let engine = Nats::start();
    let (first, second) = two(engine.address(), engine.address());
    let (alice, _bob) = (first.listen(ALICE), second.listen(BOB));
    engine.pause();
    let sent = send(&first, Duration::from_millis(4200));
    engine.resume();
    first.has_metric("engine_connected", "1");
    second.has_metric("engine_connected", "1");
    assert!(replayed(&first, &alice.id) == sent);
    wait_for(
        || (replayed(&second, &alice.id) == sent).then_some(()),
        || format!("{} and not {}", sent.len(), replayed(&second, &alice.id).len()),
    );
}

#[test]
#[ignore = "needs nats-server (tests/run.sh)"]
fn a_replica_that_starts_beside_one_that_leaves_does_not_wait_for_it() {
    let engine = Nats::start();
    let (first, leaving) = two(engine.address(), engine.address());
    // A request whose body does not come keeps it from ending.
    let mut slow = leaving.connect();
    let text = request("POST", OWN, ALICE, r#"{"reaction":"👍"}"#);
    slow.write_all(&text.as_bytes()[..text.len() - 3]).unwrap();
    thread::sleep(Duration::from_millis(100));
    leaving.signal("-TERM");
    first.has_metric("replicas", "1");
    let young = replica(engine.address());
    thread::sleep(Duration::from_millis(700));
    assert_eq!((young.metric("replicas"), first.metric("replicas")), ("2".to_owned(), "2".to_owned()));
    drop(leaving);
    assert_eq!(young.react(ALICE, "👍").error(404), "no-running-call");
    assert!(!young.log().contains("lost replica"), "{}", young.log());
}

#[test]
#[ignore = "needs nats-server (tests/run.sh)"]
fn neither_a_flood_of_messages_nor_an_engine_that_stops_holds_up_a_request_for_long() {
    let engine = Nats::start();
    let server = replica(engine.address());
    let _bob = server.listen(BOB);
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut client = Client::connect(&engine);
            while !is_over.load(Ordering::Relaxed) {
                client.publish("cowork-calls.calls.calls", "", "{}");
            }
        });
        for _ in 0..5 {
            let started = Instant::now();
            assert_eq!(server.react(ALICE, "👍").status, 200);
            assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
        }
        is_over.store(true, Ordering::Relaxed);
    });
    server.has_metric("engine_connected", "1");
    engine.pause();
    let started = Instant::now();
    assert_eq!(server.post(OWN, BOB, r#"{"reaction":"👍"}"#).status, 200);
    assert!(started.elapsed() < Duration::from_millis(450), "both steps together: {:?}", started.elapsed());
}

#[test]
#[ignore = "needs nats-server (tests/run.sh)"]
fn a_sender_that_does_not_wait_for_the_response_leaves_nothing_behind_that_nobody_received() {
    let engine = Nats::start();
    let (first, second) = two(engine.address(), engine.address());
    let id = second.listen(BOB).id;
    second.has_metric("listeners", "0");
    // The response takes 250 ms.
    second.signal("-STOP");
    let state = || std::fs::read_to_string(format!("/proc/{}/stat", second.pid())).unwrap();
    wait_for(|| state().contains(") T ").then_some(()), || "the process to stop".to_owned());
    let mut sender = first.connect();
    sender.write_all(request("POST", REACTION, ALICE, r#"{"reaction":"👍"}"#).as_bytes()).unwrap();
    thread::sleep(Duration::from_millis(50));
    drop(sender);
    first.has_metric("reactions_incomplete_total", "1");
    second.signal("-CONT");
    thread::sleep(Duration::from_millis(300));
    for server in [&first, &second] {
        assert_eq!(replayed(server, &id), Vec::<String>::new());
    }
}
