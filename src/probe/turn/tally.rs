//! Counts the datagrams that went through both relays and back, and judges a relay by them.

use std::time::{Duration, Instant};

use crate::probe::report::{Relay, Rtt};

/// The payload that makes IPv4 packets of 1,288 bytes between client and server (4 bytes for ChannelData, 8 for UDP, 20 for
/// IPv4), and IPv6 packets of 1,308: the largest that a call in Chromium 156 needs to get through, see docs/browsers.md.
pub(in crate::probe) const MEDIA_BYTES: usize = 1256;
/// The datagrams of a burst of media: 30 datagrams are 300 kbit.
pub(super) const BURST: usize = 30;
/// A relay that carries too little loses at least this many datagrams of a burst in a row. Chance scatters its losses.
const LOST_IN_A_ROW: usize = 5;
/// The share of media that a limited relay lets through is less than this part of the share of small datagrams.
const BAD_RATIO: f64 = 0.6;
/// A relay that delays a burst for longer carries less than 300 kbit/s.
const SLOWEST_BURST: Duration = Duration::from_secs(1);

/// How much longer than the slowest datagram another one may take.
const MARGIN: Duration = Duration::from_millis(200);
/// The same while nothing has come back since a burst, as from a queue, and over a stream, which waits for lost segments.
const LONG_MARGIN: Duration = Duration::from_secs(1);
const STREAM_MARGIN: Duration = Duration::from_secs(2);

const PREFIX: &str = "cowork-calls probe ";

/// Which datagrams are sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A few bytes.
    Small,
    /// [`MEDIA_BYTES`], in the first or in the second burst.
    Media(usize),
    /// A few bytes after a burst: they tell a path that drops a size from one that queues, or forwards nothing more.
    After(usize),
}

/// A datagram that was sent.
struct Sent {
    kind: Kind,
    at: Instant,
    /// Whether the second client sent it back.
    is_returned: bool,
    /// When it came back.
    back: Option<Instant>,
}

/// What the datagrams say about a relay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It carries calls.
    Good,
    /// Nothing came back.
    NoData,
    /// The time was too short for media to come back.
    OutOfTime,
    /// No media-sized datagram came back.
    PacketSize,
    /// It stops forwarding, or delays, where a call sends more than about 300 kbit/s.
    Throttled,
}

/// The datagrams that were sent and that came back.
pub(super) struct Tally {
    sent: Vec<Sent>,
    /// How many came back, and how many of them are media or were sent after media.
    returned: usize,
    media_returned: usize,
    after_returned: usize,
    /// The longest time that one took.
    slowest: Option<Duration>,
    over_stream: bool,
}

impl Tally {
    pub(super) fn new(over_stream: bool) -> Self {
        Tally {
            sent: Vec::new(),
            returned: 0,
            media_returned: 0,
            after_returned: 0,
            slowest: None,
            over_stream,
        }
    }

    /// How long another datagram may take before it is taken for lost, at first; `None` while none has come back.
    pub(super) fn patience(&self) -> Option<Duration> {
        self.slowest.map(|slowest| slowest + MARGIN)
    }

    /// The same before a verdict.
    pub(super) fn last_patience(&self) -> Option<Duration> {
        let margin = match (self.over_stream, self.media_returned + self.after_returned) {
            (true, _) => STREAM_MARGIN,
            (false, 0) => LONG_MARGIN,
            (false, _) => MARGIN,
        };
        self.slowest.map(|slowest| slowest + margin)
    }

    /// Records a datagram that is sent `now`, and returns it.
    pub(super) fn send(&mut self, kind: Kind, now: Instant) -> Vec<u8> {
        let mut payload = format!("{PREFIX}{:08}", self.sent.len()).into_bytes();
        if let Kind::Media(_) = kind {
            payload.resize(MEDIA_BYTES, 0);
        }
        self.sent.push(Sent { kind, at: now, is_returned: false, back: None });
        payload
    }

    /// Whether the second client must send this back: it is ours, and not a duplicate.
    pub(super) fn must_return(&mut self, data: &[u8]) -> bool {
        let sent = number(data).and_then(|number| self.sent.get_mut(number));
        sent.is_some_and(|sent| !std::mem::replace(&mut sent.is_returned, true))
    }

    /// Counts a datagram that the second client sent back: a server that only returns data to its sender does not relay.
    pub(super) fn count(&mut self, data: &[u8], now: Instant) {
        if let Some(sent @ Sent { is_returned: true, back: None, .. }) =
            number(data).and_then(|number| self.sent.get_mut(number))
        {
            sent.back = Some(now);
            self.returned += 1;
            match sent.kind {
                Kind::Small => {}
                Kind::Media(_) => self.media_returned += 1,
                Kind::After(_) => self.after_returned += 1,
            }
            self.slowest = self.slowest.max(sent.took());
        }
    }

    /// How many were sent, and how many of them came back, without those that had too little time until `deadline`.
    pub(super) fn counts(&self, deadline: Instant) -> (usize, usize) {
        let is_settled = self.settled(deadline);
        let settled = || self.sent.iter().filter(|sent| is_settled(sent));
        (settled().count(), settled().filter(|sent| sent.back.is_some()).count())
    }

    /// Tells which datagrams came back or had enough time until `deadline`.
    fn settled(&self, deadline: Instant) -> impl Fn(&Sent) -> bool + use<> {
        let latest = self.last_patience().map(|patience| deadline.checked_sub(patience));
        move |sent| {
            let had_time = || latest.is_none_or(|latest| latest.is_some_and(|latest| sent.at <= latest));
            sent.back.is_some() || had_time()
        }
    }

    /// Whether nothing came back.
    pub(super) fn is_silent(&self) -> bool {
        self.returned == 0
    }

    /// Whether all came back.
    pub(super) fn is_complete(&self) -> bool {
        self.returned == self.sent.len()
    }

    /// Whether the first burst leaves no doubt.
    pub(super) fn is_conclusive(&self) -> bool {
        let last = self.last_sent().unwrap_or_else(Instant::now);
        (self.is_complete() && !self.is_delayed(0, last)) || self.is_silent()
    }

    /// When the last one was sent.
    pub(super) fn last_sent(&self) -> Option<Instant> {
        self.sent.last().map(|sent| sent.at)
    }

    /// The verdict. A burst counts when it had time until `deadline`. The second one, sent because the first one was not
    /// complete, tells a limit from a loss.
    pub(super) fn verdict(&self, deadline: Instant) -> Verdict {
        let [first, second] = [0, 1].map(|burst| self.of(Kind::Media(burst)).next().is_some());
        let settled = self.settled(deadline);
        let is_settled = |burst| self.of(Kind::Media(burst)).all(&settled);
        let is_delayed = self.is_delayed(0, deadline) && (!second || self.is_delayed(1, deadline));
        let loses = second && is_settled(1) && self.loses_more_than_chance();
        match (self.media_returned, self.after_returned) {
            _ if self.is_silent() => Verdict::NoData,
            // Over a stream, what was sent after a segment that vanishes waits for it.
            (0, 0) if first && is_settled(0) && !self.over_stream => Verdict::Throttled,
            (0, _) if first && is_settled(0) => Verdict::PacketSize,
            // Over a stream the size does not matter, and small datagrams passed.
            (0, _) if self.over_stream => Verdict::Good,
            (0, _) => Verdict::OutOfTime,
            _ if is_delayed || loses => Verdict::Throttled,
            _ => Verdict::Good,
        }
    }

    /// How many datagrams of media were sent, and how many came back.
    pub(super) fn media(&self) -> (usize, usize) {
        (self.sent.iter().filter(|sent| matches!(sent.kind, Kind::Media(_))).count(), self.media_returned)
    }

    fn of(&self, kind: Kind) -> impl Iterator<Item = &Sent> {
        self.sent.iter().filter(move |sent| sent.kind == kind)
    }

    /// Whether both bursts lose many datagrams in a row, and more than the small ones, which are sent at a low rate.
    fn loses_more_than_chance(&self) -> bool {
        let small = self.relay();
        let (small_sent, small_received) = (f64::from(small.sent), f64::from(small.received));
        let (sent, received) = self.media();
        let is_worse = (received as f64) * small_sent < BAD_RATIO * small_received * (sent as f64);
        is_worse && [0, 1].iter().all(|burst| self.loses_in_a_row(*burst))
    }

    fn loses_in_a_row(&self, burst: usize) -> bool {
        let mut run = 0;
        self.of(Kind::Media(burst)).any(|sent| {
            run = if sent.back.is_some() { 0 } else { run + 1 };
            run >= LOST_IN_A_ROW
        })
    }

    /// Whether a burst arrives much more slowly than small datagrams. What is still on its way at `deadline` counts as well.
    fn is_delayed(&self, burst: usize, deadline: Instant) -> bool {
        let back = self.of(Kind::Media(burst)).filter_map(Sent::took);
        let settled = self.settled(deadline);
        let late = self.of(Kind::Media(burst)).filter(|sent| !settled(sent));
        let late = late.map(|sent| deadline.saturating_duration_since(sent.at));
        let (least, most) = (self.of(Kind::Small).filter_map(Sent::took).min(), back.chain(late).max());
        matches!((least, most), (Some(least), Some(most)) if most.saturating_sub(least) > SLOWEST_BURST)
    }

    /// The small datagrams, for the report.
    pub(super) fn relay(&self) -> Relay {
        let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
        let took: Vec<Duration> = self.of(Kind::Small).filter_map(Sent::took).collect();
        Relay {
            sent: count(self.of(Kind::Small).count()),
            received: count(took.len()),
            rtt_ms: Rtt::of(took),
        }
    }
}

impl Sent {
    fn took(&self) -> Option<Duration> {
        self.back.map(|back| back - self.at)
    }
}

/// The number of a datagram, if it is one of ours.
fn number(data: &[u8]) -> Option<usize> {
    let digits = data.strip_prefix(PREFIX.as_bytes())?.get(..8)?;
    std::str::from_utf8(digits).ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(5);

    /// A tally in which 10 small datagrams come back, and these of each burst of media.
    fn tally(bursts: &[&dyn Fn(usize) -> bool]) -> Tally {
        let now = Instant::now();
        let mut tally = Tally::new(false);
        let mut send = |kind, arrives: bool| {
            let payload = tally.send(kind, now);
            if arrives {
                assert!(tally.must_return(&payload));
                tally.count(&payload, now + Duration::from_millis(20));
            }
        };
        (0..10).for_each(|_| send(Kind::Small, true));
        for (burst, arrives) in bursts.iter().enumerate() {
            (0..BURST).for_each(|number| send(Kind::Media(burst), arrives(number)));
            send(Kind::After(burst), true);
        }
        tally
    }

    #[test]
    fn counts_only_our_own_datagrams_and_each_once() {
        let now = Instant::now();
        let mut tally = Tally::new(false);
        let payload = tally.send(Kind::Small, now);
        for data in [&b"junk"[..], b"", b"cowork-calls probe 1", b"cowork-calls probe 0000000x", b"\xff"] {
            assert!(!tally.must_return(data));
            tally.count(data, now);
        }
        tally.count(&payload, now);
        assert_eq!(tally.counts(now + LONG), (1, 0), "the second client has not received it yet");
        assert_eq!((tally.must_return(&payload), tally.must_return(&payload)), (true, false));
        tally.count(&payload, now);
        tally.count(&payload, now);
        assert_eq!((tally.counts(now + LONG), tally.is_complete()), ((1, 1), true));
        let relay = tally.relay();
        assert_eq!((relay.sent, relay.received), (1, 1));
        assert!(relay.rtt_ms.is_some());
    }

    #[test]
    fn a_payload_of_media_makes_packets_of_the_size_that_calls_need() {
        let mut tally = Tally::new(false);
        assert_eq!(tally.send(Kind::Media(0), Instant::now()).len() + 4 + 8 + 20, 1288);
        assert_eq!(tally.media(), (1, 0));
    }

    #[test]
    fn a_limit_is_told_from_a_loss_and_from_a_size() {
        let all = |_| true;
        let none = |_| false;
        assert_eq!(tally(&[&all]).verdict(Instant::now() + LONG), Verdict::Good);
        assert_eq!(tally(&[&none, &none]).verdict(Instant::now() + LONG), Verdict::PacketSize);
        assert_eq!(Tally::new(false).verdict(Instant::now() + LONG), Verdict::NoData);
        // 10,000 bytes a second: eight datagrams, and then none until the next second.
        assert_eq!(tally(&[&|n| n < 8, &|n| n > 25]).verdict(Instant::now() + LONG), Verdict::Throttled);
        // 250 kbit/s.
        assert_eq!(tally(&[&|n| n < 25, &none]).verdict(Instant::now() + LONG), Verdict::Throttled);
        // The path loses as many of the small ones.
        let mut lossy = tally(&[&|n| n % 10 > 5, &|n| n % 10 > 5]);
        lossy.sent.iter_mut().take(6).for_each(|sent| sent.back = None);
        assert_eq!(lossy.verdict(Instant::now() + LONG), Verdict::Good);
        // Each third one is lost, and an outage hits one burst only.
        assert_eq!(tally(&[&|n| n % 3 > 0, &|n| n % 3 > 0]).verdict(Instant::now() + LONG), Verdict::Good);
        assert_eq!(tally(&[&|n| n < 10, &all]).verdict(Instant::now() + LONG), Verdict::Good);
    }

    #[test]
    fn a_relay_that_queues_both_bursts_for_more_than_a_second_is_throttled() {
        let now = Instant::now();
        for (steps_ms, verdict) in
            [([20, 20], Verdict::Good), ([40, 20], Verdict::Good), ([40, 40], Verdict::Throttled)]
        {
            let mut tally = tally(&[]);
            for (burst, step_ms) in steps_ms.into_iter().enumerate() {
                for number in 0..BURST {
                    let payload = tally.send(Kind::Media(burst), now);
                    tally.must_return(&payload);
                    tally.count(&payload, now + Duration::from_millis(step_ms * number as u64));
                }
            }
            assert_eq!(tally.verdict(now + LONG), verdict);
        }
    }

    #[test]
    fn a_relay_that_forwards_nothing_after_a_burst_is_throttled() {
        let now = Instant::now();
        let mut tally = tally(&[]);
        (0..BURST).for_each(|_| drop(tally.send(Kind::Media(0), now)));
        tally.send(Kind::After(0), now);
        assert_eq!(tally.verdict(now + LONG), Verdict::Throttled);
        assert_eq!(tally.verdict(now + Duration::from_millis(100)), Verdict::OutOfTime);
        tally.over_stream = true;
        assert_eq!(tally.verdict(now + LONG), Verdict::PacketSize, "they wait for the first one");
    }

    #[test]
    fn a_burst_that_is_still_on_its_way_is_delayed() {
        let now = Instant::now();
        let mut tally = tally(&[]);
        for number in 0..BURST {
            let payload = tally.send(Kind::Media(0), now);
            if number < 10 {
                tally.must_return(&payload);
                tally.count(&payload, now + Duration::from_millis(400 * number as u64));
            }
        }
        assert_eq!(tally.verdict(now + Duration::from_millis(3700)), Verdict::Throttled);
    }

    #[test]
    fn what_had_too_little_time_does_not_count() {
        let late = tally(&[&|_| false, &|_| false]);
        let deadline = Instant::now() + Duration::from_millis(100);
        assert_eq!((late.counts(deadline), late.verdict(deadline)), ((12, 12), Verdict::OutOfTime));
    }
}
