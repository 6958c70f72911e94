//! Changes while connections break: each one is stored once, or its failure is reported as it is.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU8, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::nats::Nats;
use crate::support::program::Home;
use crate::support::server::wait_for;

/// What a message to be stored looks like on its way.
const PUBLISHED: &[u8] = b"HPUB cowork-calls.calls.settings";

/// What happens to a message.
#[derive(Clone, Copy, PartialEq)]
enum Loss {
    /// It arrives, but its confirmation does not.
    Confirmation,
    /// It does not arrive.
    Message,
    /// It arrives, but its confirmation does not, and nothing comes through afterwards.
    ConfirmationForGood,
    /// It arrives after a request of another client, with this subject and text, as many times as that.
    Rival(&'static str, &'static str, u8),
}

/// A path to a server that breaks once.
struct Path {
    address: SocketAddr,
}

impl Path {
    /// Breaks at the second message that is to be stored: the first is the one before the first save.
    fn to(server: &Nats, loss: Loss) -> Self {
        Self::breaking(server, PUBLISHED, 1, loss)
    }

    /// Breaks at the message with these bytes that follows this many others of them.
    fn breaking(server: &Nats, message: &'static [u8], others: u8, loss: Loss) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let path = Path { address: listener.local_addr().unwrap() };
        let (server, seen, is_closed) =
            (server.address(), Arc::new(AtomicU8::new(0)), Arc::new(AtomicBool::new(false)));
        thread::spawn(move || {
            for client in listener.incoming() {
                let client = client.unwrap();
                if is_closed.load(Ordering::SeqCst) {
                    continue;
                }
                let server = TcpStream::connect(server).unwrap();
                let (seen, is_closed) = (Arc::clone(&seen), Arc::clone(&is_closed));
                thread::spawn(move || carry(&client, &server, (message, others), loss, (&seen, &is_closed)));
            }
        });
        path
    }

    fn settings(&self) -> String {
        format!("nats://{}/calls", self.address)
    }
}

/// Carries bytes both ways until the message arrives that something happens to.
fn carry(
    client: &TcpStream,
    server: &TcpStream,
    (message, others): (&[u8], u8),
    loss: Loss,
    (seen, is_closed): (&AtomicU8, &AtomicBool),
) {
    let is_lost = AtomicBool::new(false);
    let close = || {
        let _ = client.shutdown(Shutdown::Both);
        let _ = server.shutdown(Shutdown::Both);
    };
    thread::scope(|scope| {
        scope.spawn(|| {
            copy(server, client, |_| !is_lost.load(Ordering::SeqCst));
            if !is_lost.load(Ordering::SeqCst) {
                close();
            }
        });
        copy(client, server, |bytes| {
            let is_published = bytes.windows(message.len()).any(|window| window == message);
            if let Loss::Rival(subject, text, times) = loss {
                if is_published && seen.fetch_add(1, Ordering::SeqCst) < times {
                    request(server.peer_addr().unwrap(), subject, text);
                }
                return true;
            }
            if !is_published || seen.fetch_add(1, Ordering::SeqCst) != others {
                return true;
            }
            is_lost.store(true, Ordering::SeqCst);
            is_closed.store(loss == Loss::ConfirmationForGood, Ordering::SeqCst);
            if loss != Loss::Message {
                { server }.write_all(bytes).unwrap();
                // The server stores it meanwhile.
                thread::sleep(Duration::from_millis(300));
            }
            false
        });
        close();
    });
}

/// Makes a request of a client of its own.
fn request(server: SocketAddr, subject: &str, text: &str) {
    let mut stream = TcpStream::connect(server).unwrap();
    let length = text.len();
    let request = format!("CONNECT {{}}\r\nSUB reply 1\r\nPUB {subject} reply {length}\r\n{text}\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut found = Vec::new();
    while !found.windows(9).any(|window| window == b"MSG reply") {
        let mut bytes = [0; 1024];
        let length = stream.read(&mut bytes).unwrap();
        assert_ne!(length, 0, "{subject} is not answered");
        found.extend_from_slice(&bytes[..length]);
    }
}

/// Copies bytes as long as `passes` says so.
fn copy(mut from: &TcpStream, mut to: &TcpStream, passes: impl Fn(&[u8]) -> bool) {
    let mut bytes = vec![0; 64 * 1024];
    while let Ok(length) = from.read(&mut bytes) {
        if length == 0 || !passes(&bytes[..length]) || to.write_all(&bytes[..length]).is_err() {
            return;
        }
    }
}

/// How many messages clients have sent to the server since it started.
fn messages_in(server: &Nats) -> u64 {
    server.monitored("/varz").and_then(|found| found["in_msgs"].as_u64()).unwrap_or_default()
}

/// Whether a client has a connection to the server, which need not know it yet.
fn is_connected(server: &Nats) -> bool {
    let remote = format!("0100007F:{:04X}", server.port);
    let connections = std::fs::read_to_string("/proc/net/tcp").unwrap();
    let mut connections = connections.lines().map(|line| line.split_whitespace().collect::<Vec<_>>());
    connections.any(|fields| fields.get(2) == Some(&&*remote) && fields.get(3) == Some(&"01"))
}

/// The commands in the history of a server.
fn history(home: &Home, server: &Nats) -> Vec<String> {
    let history = home.run(&format!("config history --json --config {}", server.settings("calls"))).json();
    let versions = history["versions"].as_array().unwrap();
    versions.iter().map(|version| version["command"].as_str().unwrap().to_owned()).collect()
}

#[test]
#[ignore = "needs nats-server (tests/run.sh)"]
fn a_change_whose_confirmation_or_message_is_lost_is_stored_once() {
    for loss in [Loss::Confirmation, Loss::Message] {
        let (server, home) = (Nats::start(), Home::new());
        let path = Path::to(&server, loss);
        let run = home.run(&format!("stun add a --config {}", path.settings()));
        assert_eq!((run.status, &*run.stdout), (Some(0), "added stun:a:3478\n"), "{run:?}");
        assert_eq!(history(&home, &server), ["no file", "stun add"]);
    }
}

#[test]
#[ignore = "needs nats-server (tests/run.sh)"]
fn a_change_that_nobody_can_confirm_is_reported_as_unsettled() {
    let (server, home) = (Nats::start(), Home::new());
    let path = Path::to(&server, Loss::ConfirmationForGood);
    let line = format!("stun add a --json --lock-timeout 1s --config {}", path.settings());
    let error = home.run(&line).json_error(3);
    assert_eq!(error["code"], "engine-unsettled", "{error}");
    assert!(error["message"].as_str().unwrap().contains("may have been stored or not"), "{error}");
    assert_eq!(history(&home, &server), ["no file", "stun add"]);
}

#[test]
#[ignore = "needs nats-server (tests/run.sh)"]
fn a_change_that_others_are_always_faster_than_gives_up_and_overwrites_nothing() {
    let (server, home) = (Nats::start(), Home::new());
    home.run(&format!("stun set a --yes --quiet --config {}", server.settings("calls"))).prints("");
    let rival = Loss::Rival("cowork-calls.calls.settings", "[stun]\nservers = ['rival']\n", u8::MAX);
    let path = Path::breaking(&server, PUBLISHED, 0, rival);
    let line = format!("stun add b --json --lock-timeout 1s --config {}", path.settings());
    let error = home.run(&line).json_error(3);
    assert_eq!(error["code"], "config-keeps-changing", "{error}");
    let listed = home.run(&format!("stun list --config {}", server.settings("calls"))).stdout;
    assert_eq!(listed, "#  SERVER\n1  stun:rival:3478\n");

    // One rival is waited for.
    let rival = Loss::Rival("cowork-calls.calls.settings", "[stun]\nservers = ['last']\n", 1);
    let path = Path::breaking(&server, PUBLISHED, 0, rival);
    assert_eq!(home.run(&format!("stun add b --config {}", path.settings())).stdout, "added stun:b:3478\n");
    let listed = home.run(&format!("stun list --config {}", server.settings("calls"))).stdout;
    assert_eq!(listed, "#  SERVER\n1  stun:last:3478\n2  stun:b:3478\n");
}

#[test]
#[ignore = "needs nats-server (tests/run.sh)"]
fn a_change_of_settings_that_are_deleted_meanwhile_begins_with_the_defaults() {
    let (server, home) = (Nats::start(), Home::new());
    home.run(&format!("stun set a --yes --quiet --config {}", server.settings("calls"))).prints("");
    let rival = Loss::Rival("$JS.API.STREAM.DELETE.COWORK_CALLS_calls", "", 1);
    let path = Path::breaking(&server, PUBLISHED, 0, rival);
    assert_eq!(home.run(&format!("stun add b --config {}", path.settings())).stdout, "added stun:b:3478\n");
    let list = home.run(&format!("stun list --config {}", server.settings("calls"))).stdout;
    assert!(list.contains("stun:b:3478") && !list.contains("stun:a:3478"), "{list}");
    assert_eq!(history(&home, &server), ["no file", "stun add"]);
}

#[test]
#[ignore = "needs nats-server (tests/run.sh)"]
fn a_purge_that_ends_half_way_is_not_reported_as_none() {
    let (server, home) = (Nats::start(), Home::new());
    let settings = server.settings("calls");
    for _ in 0..3 {
        home.run(&format!("policy relay --quiet --config {settings}"));
        home.run(&format!("policy all --quiet --config {settings}"));
    }
    let path = Path::breaking(&server, b"$JS.API.STREAM.MSG.DELETE.", 2, Loss::ConfirmationForGood);
    let line = format!("config history --purge --yes --json --lock-timeout 1s --config {}", path.settings());
    let error = home.run(&line).json_error(3);
    assert_eq!(error["code"], "engine-unsettled", "{error}");
    assert!(error["message"].as_str().unwrap().contains("at least 2 of 6 versions were removed"), "{error}");

    let path = Path::breaking(&server, b"$JS.API.STREAM.MSG.DELETE.", 1, Loss::Confirmation);
    let run = home.run(&format!("config history --purge --yes --config {}", path.settings()));
    assert_eq!(run.status, Some(0), "{run:?}");
    assert_eq!(history(&home, &server).len(), 1, "one lost reply does not end it");
}

#[test]
#[ignore = "needs nats-server (tests/run.sh)"]
fn a_change_while_the_server_starts_again_is_stored_once() {
    let (mut server, home) = (Nats::start(), Home::new());
    let settings = server.settings("calls");
    home.run(&format!("stun set a --yes --quiet --config {settings}")).prints("");
    let before = messages_in(&server);
    let changes: Vec<_> = (0..8)
        .map(|n| {
            home.command(["stun", "add", &format!("s{n}"), "--json", "--config", &settings]).spawn().unwrap()
        })
        .collect();
    // A command that has only begun to connect does not try again.
    wait_for(|| (messages_in(&server) > before).then_some(()), || "no request".to_owned());
    server.kill();
    server.start_again();
    let mut stored = 0;
    for (n, change) in changes.into_iter().enumerate() {
        let output = change.wait_with_output().unwrap();
        let list = home.run(&format!("stun list --config {settings}")).stdout;
        match output.status.code() {
            Some(0) => stored += 1,
            status => {
                let error = String::from_utf8(output.stderr).unwrap();
                assert_eq!(status, Some(3), "{error}");
                assert!(error.contains("engine-unreachable"), "{error}");
                assert!(!list.contains(&format!("stun:s{n}:3478")), "{error}{list}");
                continue;
            }
        }
        assert_eq!(list.matches(&format!("stun:s{n}:3478")).count(), 1, "{list}");
    }
    assert!(stored > 0, "those that were connected try again");
    assert_eq!(history(&home, &server).len(), 2 + stored);
}

#[test]
#[ignore = "needs nats-server (tests/run.sh)"]
fn a_signal_ends_a_command_that_waits_for_a_paused_server() {
    let (server, home) = (Nats::start(), Home::new());
    let settings = server.settings("calls");
    home.run(&format!("stun set a --yes --quiet --config {settings}")).prints("");
    for (signal, expected) in [("HUP", 129), ("INT", 130), ("QUIT", 131), ("TERM", 143)] {
        server.pause();
        let change = home.command(["stun", "add", "b", "--config", &settings]).spawn().unwrap();
        wait_for(|| is_connected(&server).then_some(()), || "no connection".to_owned());
        let id = change.id().to_string();
        let started = Instant::now();
        assert!(Command::new("kill").args(["-s", signal, &id]).status().unwrap().success());
        let output = change.wait_with_output().unwrap();
        let took = started.elapsed();
        server.resume();
        assert_eq!(output.status.code(), Some(expected), "{signal}: {output:?}");
        assert!(took < Duration::from_secs(1), "{signal}: {took:?}");
        home.run(&format!("stun list --config {settings}")).prints("#  SERVER\n1  stun:a:3478\n");
    }
    assert_eq!(history(&home, &server), ["no file", "stun set"]);
}

#[test]
#[ignore = "needs nats-server (tests/run.sh)"]
fn a_command_that_a_paused_server_holds_up_is_done_when_that_goes_on() {
    let (server, home) = (Nats::start(), Home::new());
    let settings = server.settings("calls");
    home.run(&format!("stun set a --yes --quiet --config {settings}")).prints("");
    server.pause();
    let change = home.command(["stun", "add", "b", "--config", &settings]).spawn().unwrap();
    wait_for(|| is_connected(&server).then_some(()), || "no connection".to_owned());
    thread::sleep(Duration::from_millis(1200));
    server.resume();
    let output = change.wait_with_output().unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), "added stun:b:3478\n");
    let waiting = String::from_utf8(output.stderr).unwrap();
    assert!(waiting.starts_with(&format!("waiting for {settings}, which is busy")), "{waiting}");
    assert_eq!(history(&home, &server), ["no file", "stun set", "stun add"]);
}
