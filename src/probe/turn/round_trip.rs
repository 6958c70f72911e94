//! Datagrams from one client through both relays to the other, and back.

use std::io;
use std::time::{Duration, Instant};

use super::client::Client;
use crate::probe::report::{Relay, Rtt};

/// How long to wait for one that comes back before the next one is sent: the pace of voice.
const PACE: Duration = Duration::from_millis(20);
/// How long to wait for those under way when all are sent.
const STRAGGLERS: Duration = Duration::from_secs(2);

/// What was sent and what came back.
struct Tally {
    /// For each datagram when it was sent, and how long it took there and back.
    sent: Vec<(Instant, Option<Duration>)>,
    /// Which ones the second client has sent back.
    returned: Vec<bool>,
    received: usize,
}

/// Sends `count` datagrams from the first client to the second, which sends each back, until `until`.
///
/// The next one goes as soon as the one before has come back, or at the pace of voice. A server that closes the
/// connection carries no more.
///
/// # Errors
/// When the system cannot send or receive.
pub(crate) async fn exchange(
    first: &mut Client,
    second: &mut Client,
    count: u32,
    until: Instant,
) -> io::Result<Relay> {
    let mut tally = Tally { sent: Vec::new(), returned: Vec::new(), received: 0 };
    match send_all(&mut tally, first, second, count, until).await {
        Err(error) if !is_closed(&error) => Err(error),
        _ => Ok(tally.relay()),
    }
}

/// Whether an error says that the other side closed the connection.
pub(crate) fn is_closed(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(error.kind(), UnexpectedEof | ConnectionReset | ConnectionAborted | BrokenPipe)
}

async fn send_all(
    tally: &mut Tally,
    first: &mut Client,
    second: &mut Client,
    count: u32,
    until: Instant,
) -> io::Result<()> {
    let mut next = Instant::now();
    let count = usize::try_from(count).unwrap_or(usize::MAX);
    loop {
        let now = Instant::now();
        let all_sent = tally.sent.len() >= count;
        if now >= until || (all_sent && (now >= next || tally.received == count)) {
            return Ok(());
        }
        let all_back = tally.received == tally.sent.len();
        if !all_sent && (now >= next || all_back) {
            tally.sent.push((now, None));
            tally.returned.push(false);
            first.send(&payload(tally.sent.len() - 1), until).await?;
            next = now + if tally.sent.len() < count { PACE } else { STRAGGLERS };
        }
        let wake = next.min(until);
        tokio::select! {
            came = second.receive(wake) => {
                for data in came? {
                    if tally.is_to_return(&data) {
                        second.send(&data, until).await?;
                    }
                }
            }
            came = first.receive(wake) => came?.iter().for_each(|data| tally.came_back(data)),
        }
    }
}

impl Tally {
    /// Whether the second client has to send this back: it is ours, and no duplicate.
    fn is_to_return(&mut self, data: &[u8]) -> bool {
        let returned = number(data).and_then(|number| self.returned.get_mut(number));
        returned.is_some_and(|returned| !std::mem::replace(returned, true))
    }

    /// Counts what the second client has sent back: a server that only throws data back to who sent it relays nothing.
    fn came_back(&mut self, data: &[u8]) {
        let Some(number) = number(data).filter(|number| self.returned.get(*number) == Some(&true)) else {
            return;
        };
        if let Some((sent, took @ None)) = self.sent.get_mut(number) {
            *took = Some(sent.elapsed());
            self.received += 1;
        }
    }

    fn relay(self) -> Relay {
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        Relay {
            sent: count(self.sent.len()),
            received: count(self.received),
            rtt_ms: Rtt::of(self.sent.into_iter().filter_map(|(_, took)| took).collect()),
        }
    }
}

const GREETING: &str = "cowork-calls probe ";

/// The datagram with this number.
fn payload(number: usize) -> Vec<u8> {
    format!("{GREETING}{number:08}").into_bytes()
}

/// The number of a datagram, if it is one of ours.
fn number(data: &[u8]) -> Option<usize> {
    std::str::from_utf8(data).ok()?.strip_prefix(GREETING)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_datagrams_count_and_each_once() {
        let mut tally = Tally { sent: vec![(Instant::now(), None)], returned: vec![false], received: 0 };
        for data in [&b"junk"[..], b"", b"cowork-calls probe 1", b"cowork-calls probe x", b"\xff"] {
            assert!(!tally.is_to_return(data));
            tally.came_back(data);
        }
        tally.came_back(&payload(0));
        assert_eq!(tally.received, 0, "the second client has not had it yet");
        assert_eq!((tally.is_to_return(&payload(0)), tally.is_to_return(&payload(0))), (true, false));
        tally.came_back(&payload(0));
        tally.came_back(&payload(0));
        let relay = tally.relay();
        assert_eq!((relay.sent, relay.received), (1, 1));
        assert!(relay.rtt_ms.is_some());
    }
}
