//! The figures of a call, computed from what the path did to each packet, without the program's code.
//!
//! Of the two clients of a measurement, only the first one sends Binding requests beside its media. On its second way, from
//! the server, a packet is recognized by its payload, which no other packet has.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use crate::support::path::packet::{BINDING, BOUND, REFRESH, Socket};
use crate::support::path::record::{Passage, What};

/// What became of the media of one direction. Times are in milliseconds.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Media {
    pub(super) sent: usize,
    /// How many of them arrived, each counted once.
    pub(super) received: usize,
    pub(super) longest_burst: usize,
    /// How many of those that arrived came after one that was sent later (RFC 4737, section 3).
    pub(super) reordered: usize,
    pub(super) duplicates: usize,
    /// The mean of the interarrival jitter (RFC 3550, section 6.4.1) of audio or of video, whichever is larger: in RFC 3550, it
    /// is that of one source.
    pub(super) jitter: f64,
    /// How long each packet took, from the shortest to the longest.
    pub(super) trips: Vec<f64>,
    /// How many bytes of media arrived.
    pub(super) bytes: usize,
    /// The largest shares of packets lost within spans of 200 ms and of 15 s, in percent.
    pub(super) worst: [f64; 2],
    /// How late packets of audio came to the path, after the one that was least late.
    pub(super) late: Vec<f64>,
}

/// Binding transactions.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Leg {
    pub(super) sent: usize,
    pub(super) received: usize,
    pub(super) round_trips: Vec<f64>,
}

/// The bytes of a packet of audio, and their interval in milliseconds.
const AUDIO_BYTES: usize = 160;
const AUDIO_INTERVAL: f64 = 20.0;
/// The spans in which losses are judged, in milliseconds.
const SPANS: [f64; 2] = [200.0, 15_000.0];

/// A packet of media that was sent.
struct Sent {
    at: Instant,
    bytes: usize,
}

/// Returns what became of the media in both directions: from the first client to the second, and back.
pub(super) fn media(record: &[Passage]) -> [Media; 2] {
    [true, false].map(|is_up| of_direction(&media_of(&on_the_way(record, is_up))))
}

/// What is on its way from the first client to the second, or back.
fn on_the_way(record: &[Passage], is_up: bool) -> Vec<&Passage> {
    let first = first(record);
    let belongs = |passage: &&Passage| (Some(passage.client) == first) == ((passage.from == 0) == is_up);
    record.iter().filter(belongs).collect()
}

/// The first client's socket, which sends more Binding requests than those of the usual probe.
fn first(record: &[Passage]) -> Option<Socket> {
    let mut counts: HashMap<Socket, usize> = HashMap::new();
    let binding = record.iter().filter(|passage| matches!(passage.what, What::Stun(BINDING, _)));
    binding.for_each(|passage| *counts.entry(passage.client).or_default() += 1);
    counts.into_iter().max_by_key(|(_, count)| *count).map(|(client, _)| client)
}

/// The running estimate of RFC 3550, section 6.4.1.
#[derive(Clone, Copy, Default)]
struct Jitter {
    last: Option<f64>,
    estimate: f64,
    sum: f64,
    count: usize,
}

impl Jitter {
    fn add(&mut self, trip: f64) {
        if let Some(last) = self.last.replace(trip) {
            self.estimate += ((trip - last).abs() - self.estimate) / 16.0;
            self.sum += self.estimate;
            self.count += 1;
        }
    }

    fn mean(self) -> f64 {
        self.sum / self.count.max(1) as f64
    }
}

/// All media of a direction begins with the same 12 bytes; what else is relayed before it is less.
fn media_of<'a>(passages: &[&'a Passage]) -> Vec<&'a Passage> {
    let tag = |passage: &Passage| match passage.what {
        What::Channel { head, .. } => head.first_chunk::<12>().copied(),
        _ => None,
    };
    let mut counts: HashMap<[u8; 12], usize> = HashMap::new();
    passages.iter().filter_map(|passage| tag(passage)).for_each(|tag| *counts.entry(tag).or_default() += 1);
    let media = counts.into_iter().max_by_key(|(_, count)| *count).map(|(tag, _)| tag);
    passages.iter().copied().filter(|passage| media.is_some() && tag(passage) == media).collect()
}

/// Computes the figures from both ways of the packets of one direction: to the server and from it.
fn of_direction(passages: &[&Passage]) -> Media {
    let mut sent: Vec<Sent> = Vec::new();
    let mut numbers: HashMap<u64, usize> = HashMap::new();
    let mut arrivals: Vec<(Instant, usize)> = Vec::new();
    for passage in passages {
        let What::Channel { hash, length, .. } = passage.what else { continue };
        if passage.from == 0 {
            assert_eq!(numbers.insert(hash, sent.len()), None, "two packets of media have the same payload");
            sent.push(Sent { at: passage.came, bytes: length });
        } else {
            let number = *numbers.get(&hash).expect("the server sends what it has received");
            arrivals.extend(passage.left.iter().map(|at| (*at, number)));
        }
    }
    // Packets that leave at the same time keep their order.
    arrivals.sort_by_key(|(at, _)| *at);
    let mut media = Media { sent: sent.len(), ..Media::default() };
    let mut has_arrived = vec![false; sent.len()];
    let (mut highest, mut jitters) = (None, [Jitter::default(); 2]);
    for (at, number) in arrivals {
        if std::mem::replace(&mut has_arrived[number], true) {
            media.duplicates += 1;
            continue;
        }
        let Sent { at: sent_at, bytes } = sent[number];
        media.received += 1;
        media.bytes += bytes;
        media.reordered += usize::from(highest > Some(number));
        highest = highest.max(Some(number));
        let trip = milliseconds(at - sent_at);
        media.trips.push(trip);
        jitters[usize::from(bytes == AUDIO_BYTES)].add(trip);
    }
    media.trips.sort_by(f64::total_cmp);
    media.jitter = jitters.map(Jitter::mean).into_iter().fold(0.0, f64::max);
    media.worst = SPANS.map(|span| worst(&sent, &has_arrived, span));
    media.late = late(&sent);
    media.longest_burst = has_arrived.split(|arrived| *arrived).map(<[bool]>::len).max().unwrap_or_default();
    media
}

/// Returns the largest share of packets that were lost within a span, or of all if they were sent in less.
fn worst(sent: &[Sent], has_arrived: &[bool], span: f64) -> f64 {
    let at = |number: usize| milliseconds(sent[number].at - sent[0].at);
    let is_shorter = sent.is_empty() || at(sent.len() - 1) < span;
    let mut shares = Vec::new();
    for first in 0..sent.len() {
        let end = if is_shorter {
            sent.len()
        } else {
            (first..sent.len()).find(|n| at(*n) >= at(first) + span).unwrap_or(sent.len())
        };
        let lost = has_arrived[first..end].iter().filter(|arrived| !**arrived).count();
        shares.push(100.0 * lost as f64 / (end - first) as f64);
        // What follows is less than a span.
        if end == sent.len() {
            break;
        }
    }
    shares.into_iter().fold(0.0, f64::max)
}

/// Returns how late the packets of audio were sent, from the least to the most.
fn late(sent: &[Sent]) -> Vec<f64> {
    let audio = sent.iter().filter(|sent| sent.bytes == AUDIO_BYTES);
    let mut late: Vec<f64> = audio
        .enumerate()
        .map(|(number, audio)| milliseconds(audio.at - sent[0].at) - AUDIO_INTERVAL * number as f64)
        .collect();
    late.sort_by(f64::total_cmp);
    let least = late.first().copied().unwrap_or_default();
    late.iter_mut().for_each(|late| *late -= least);
    late
}

/// Returns what became of the Binding requests of the first client.
pub(super) fn leg(record: &[Passage]) -> Leg {
    let first = first(record);
    let mut leg = Leg::default();
    let mut sent = HashMap::new();
    for passage in record.iter().filter(|passage| Some(passage.client) == first) {
        match passage.what {
            What::Stun(BINDING, id) => {
                leg.sent += 1;
                sent.insert(id, passage.came);
            }
            // A request that arrived twice has two responses, of which the first may be lost.
            What::Stun(BOUND, id) => {
                if let Some(back) = passage.left.first()
                    && let Some(sent) = sent.remove(&id)
                {
                    leg.received += 1;
                    leg.round_trips.push(milliseconds(*back - sent));
                }
            }
            _ => {}
        }
    }
    leg.round_trips.sort_by(f64::total_cmp);
    leg
}

/// Returns how many of the clients that were sent media ended with a release: Refresh requests, of which one reached the
/// server.
pub(super) fn released(record: &[Passage]) -> usize {
    let [up, down] = [true, false].map(|is_up| media_of(&on_the_way(record, is_up)));
    let clients: HashSet<Socket> = up.iter().chain(&down).map(|passage| passage.client).collect();
    let ends_released = |client: &&Socket| {
        let requests = record.iter().filter(|passage| passage.from == 0 && passage.client == **client);
        let requests = requests.filter(|passage| matches!(passage.what, What::Stun(..)));
        let mut last = requests.rev().take_while(|passage| matches!(passage.what, What::Stun(REFRESH, _)));
        last.any(|passage| !passage.left.is_empty())
    };
    clients.iter().filter(ends_released).count()
}

/// The value that this share of a sorted series does not exceed.
pub(super) fn percentile(sorted: &[f64], share: f64) -> f64 {
    let place = (sorted.len() as f64 * share).ceil() as usize;
    sorted[place.clamp(1, sorted.len()) - 1]
}

pub(super) fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

#[test]
fn figures_follow_from_a_record() {
    let start = Instant::now();
    let [first, second] = [5001, 5002].map(|port| (17, "198.51.100.2".parse().unwrap(), port));
    let passage = |from, client, what, came: u64, left: &[u64]| {
        let at = |ms: u64| start + Duration::from_millis(ms);
        let left = left.iter().map(|ms| at(*ms)).collect();
        Passage { from, client, what, length: 128, came: at(came), left }
    };
    let data = |hash| What::Channel { hash, length: 160, head: [0; 16] };
    let mut record = vec![
        passage(0, first, What::Stun(BINDING, [1; 12]), 0, &[1]),
        passage(0, first, What::Stun(BINDING, [2; 12]), 0, &[]),
        passage(1, first, What::Stun(BOUND, [1; 12]), 1, &[]),
        passage(1, first, What::Stun(BOUND, [1; 12]), 2, &[3]),
        passage(0, second, What::Stun(BINDING, [3; 12]), 0, &[1]),
    ];
    // Up, packet 1 is overtaken, 3 arrives twice, 4 and 5 are lost before the server, and 6 behind it.
    for (number, left) in
        [(0, vec![1]), (1, vec![45]), (2, vec![41]), (3, vec![61]), (4, vec![]), (5, vec![]), (6, vec![121])]
    {
        record.push(passage(0, first, data(number), number * 20, &left));
        record.push(passage(0, second, data(100 + number), number * 20, &left));
        if !left.is_empty() {
            let out: Vec<u64> = match number {
                3 => vec![62, 64],
                6 => vec![],
                _ => vec![left[0] + 1],
            };
            record.push(passage(1, second, data(number), left[0], &out));
        }
    }
    record.push(passage(0, first, What::Stun(REFRESH, [4; 12]), 200, &[201]));
    record.push(passage(0, second, What::Stun(REFRESH, [5; 12]), 200, &[]));
    assert_eq!(released(&record), 1);
    let [up, down] = media(&record);
    assert_eq!((&*up.late, up.worst), (&[0.0; 7][..], [300.0 / 7.0; 2]));
    assert_eq!((up.sent, up.received, up.longest_burst, up.reordered, up.duplicates), (7, 4, 3, 1, 1));
    assert_eq!((up.bytes, &*up.trips), (640, &[2.0, 2.0, 2.0, 26.0][..]));
    // In the order of arrival, trips take 2, 2, 26 and 2 ms.
    let jitters = [0.0, 1.5, 1.5 + 22.5 / 16.0];
    assert!((up.jitter - jitters.iter().sum::<f64>() / 3.0).abs() < 1e-9, "{up:?}");
    assert_eq!((down.sent, down.received, down.longest_burst), (7, 0, 7));
    assert_eq!(leg(&record), Leg { sent: 2, received: 1, round_trips: vec![3.0] });
    assert_eq!([0.25, 0.5, 0.51, 1.0].map(|share| percentile(&up.trips, share)), [2.0, 2.0, 2.0, 26.0]);
}
