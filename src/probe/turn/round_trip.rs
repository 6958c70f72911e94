//! Datagrams from one client through both relays to the other, and back.

use std::io;
use std::time::{Duration, Instant};

use super::client::Client;
use crate::net::stream::is_closed;
use crate::probe::report::{Relay, Rtt};

/// The wait for a datagram to come back before the next one is sent: the interval of voice packets.
const INTERVAL: Duration = Duration::from_millis(20);
/// The wait for outstanding datagrams after the last one is sent.
const STRAGGLERS: Duration = Duration::from_secs(2);

/// The datagrams that were sent and that came back.
struct Tally {
    /// When each datagram was sent, and its round-trip time.
    sent: Vec<(Instant, Option<Duration>)>,
    /// Whether the second client sent each datagram back.
    returned: Vec<bool>,
    received: usize,
}

/// Sends `count` datagrams from the first client to the second, which sends each back, until `until`.
///
/// Sends the next one as soon as the last one is back, or at the interval of voice packets. When the server closes the
/// connection, counts what came back before.
///
/// # Errors
/// When the system cannot send or receive.
pub(super) async fn exchange(
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
            next = now + if tally.sent.len() < count { INTERVAL } else { STRAGGLERS };
        }
        let wake = next.min(until);
        tokio::select! {
            received = second.receive(wake) => {
                for data in received? {
                    if tally.must_return(&data) {
                        second.send(&data, until).await?;
                    }
                }
            }
            received = first.receive(wake) => received?.iter().for_each(|data| tally.count(data)),
        }
    }
}

impl Tally {
    /// Whether the second client must send this back: it is ours, and not a duplicate.
    fn must_return(&mut self, data: &[u8]) -> bool {
        let returned = number(data).and_then(|number| self.returned.get_mut(number));
        returned.is_some_and(|returned| !std::mem::replace(returned, true))
    }

    /// Counts a datagram that the second client sent back: a server that only returns data to its sender does not relay.
    fn count(&mut self, data: &[u8]) {
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

const PREFIX: &str = "cowork-calls probe ";

/// The datagram with this number.
fn payload(number: usize) -> Vec<u8> {
    format!("{PREFIX}{number:08}").into_bytes()
}

/// The number of a datagram, if it is one of ours.
fn number(data: &[u8]) -> Option<usize> {
    std::str::from_utf8(data).ok()?.strip_prefix(PREFIX)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_only_our_own_datagrams_and_each_once() {
        let mut tally = Tally { sent: vec![(Instant::now(), None)], returned: vec![false], received: 0 };
        for data in [&b"junk"[..], b"", b"cowork-calls probe 1", b"cowork-calls probe x", b"\xff"] {
            assert!(!tally.must_return(data));
            tally.count(data);
        }
        tally.count(&payload(0));
        assert_eq!(tally.received, 0, "the second client has not received it yet");
        assert_eq!((tally.must_return(&payload(0)), tally.must_return(&payload(0))), (true, false));
        tally.count(&payload(0));
        tally.count(&payload(0));
        let relay = tally.relay();
        assert_eq!((relay.sent, relay.received), (1, 1));
        assert!(relay.rtt_ms.is_some());
    }
}
