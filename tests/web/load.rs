//! Many listeners at once: a small version of the benchmark `benches/serve.rs`.

use std::io::{BufReader, Write as _};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::http::{answer, request};
use crate::support::server::{ALICE, BOB, EVENTS, REACTION, Server};

const LISTENERS: usize = 200;
const REACTIONS: usize = 50;
const EVERY: Duration = Duration::from_millis(20);
/// 99 of 100 deliveries arrive within this time, which leaves room for other tests that run at the same time.
const MAX_DELAY: Duration = Duration::from_secs(1);

#[test]
fn two_hundred_listeners_receive_each_reaction_once_in_order_and_soon_although_one_never_reads() {
    let server = Server::with("", "--max-listeners-per-user 1000 --reactions-per-second 100");
    let mut slow = server.connect();
    slow.write_all(request("GET", EVENTS, BOB, "").as_bytes()).unwrap();
    let listeners: Vec<_> = (0..LISTENERS).map(|_| server.listen(BOB)).collect();
    server.has_metric("listeners", &(LISTENERS + 1).to_string());
    let started = Instant::now();
    let readers: Vec<_> = listeners
        .into_iter()
        .map(|mut events| {
            thread::spawn(move || {
                let mut received = Vec::new();
                while let Some(event) = events.next() {
                    received.push((event, started.elapsed()));
                }
                received
            })
        })
        .collect();

    let emojis = ["👍", "👎", "👏", "😂", "😮", "🎉", "✋"].into_iter().cycle().take(REACTIONS);
    let mut connection = BufReader::new(server.connect());
    let mut sent = Vec::new();
    for (n, emoji) in (0..).zip(emojis) {
        thread::sleep((EVERY * n).saturating_sub(started.elapsed()));
        sent.push((emoji, started.elapsed()));
        let body = format!("{{\"reaction\":\"{emoji}\"}}");
        connection.get_mut().write_all(request("POST", REACTION, ALICE, &body).as_bytes()).unwrap();
        assert_eq!(answer(&mut connection, false).unwrap().status, 200);
    }
    server.stop();

    let mut times = Vec::new();
    for reader in readers {
        let received = reader.join().unwrap();
        assert_eq!(received.len(), REACTIONS, "each once");
        for ((event, at), (emoji, sent)) in received.iter().zip(&sent) {
            assert!(event.contains(emoji), "{event} instead of {emoji}");
            times.push(at.saturating_sub(*sent));
        }
    }
    times.sort_unstable();
    let p99 = times[times.len() * 99 / 100];
    assert!(p99 <= MAX_DELAY, "99 of 100 only within {p99:?}");
}
