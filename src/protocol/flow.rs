//! What became of numbered packets in one direction: loss, order, duplicates, jitter and trips.

use std::time::Duration;

use super::media::AUDIO_BYTES;

/// The trip of a packet that has not arrived.
const MISSING: u32 = u32::MAX;

/// The packets of one direction. It keeps 8 bytes for each.
#[derive(Debug, Default)]
pub struct Flow {
    /// When each was sent, in microseconds after the start.
    sent_us: Vec<u32>,
    /// How long each took, in microseconds, or [`MISSING`].
    trips_us: Vec<u32>,
    received: u32,
    received_bytes: u64,
    duplicates: u32,
    reordered: u32,
    /// The number after the highest one that has arrived.
    next: u32,
    longest_trip_us: u32,
    /// RFC 3550 has a jitter for each source. Over both together it would be small whatever the path does: what arrives in
    /// order differs by twice the mean distance of packets at most, which is 9 ms at the usual rate.
    audio: Jitter,
    video: Jitter,
}

/// Lost packets among those of a span of time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Losses {
    /// How many were sent.
    pub sent: u32,
    /// How many of them did not arrive.
    pub lost: u32,
}

impl Losses {
    /// The share of the packets that did not arrive.
    pub fn percent(self) -> f64 {
        if self.sent == 0 { 0.0 } else { 100.0 * f64::from(self.lost) / f64::from(self.sent) }
    }
}

impl Flow {
    /// Records a packet that is sent `at` this time after the start, and returns its number. The times must not decrease.
    pub fn send(&mut self, at: Duration) -> u32 {
        let number = self.sent();
        self.sent_us.push(microseconds(at));
        self.trips_us.push(MISSING);
        number
    }

    /// Records a packet that arrived `at` this time after the start. A number that was never sent is ignored.
    pub fn receive(&mut self, number: u32, at: Duration, bytes: usize) {
        let index = number as usize;
        let (Some(sent), Some(trip)) = (self.sent_us.get(index), self.trips_us.get_mut(index)) else {
            return;
        };
        if *trip != MISSING {
            self.duplicates += 1;
            return;
        }
        *trip = microseconds(at).saturating_sub(*sent).min(MISSING - 1);
        self.longest_trip_us = self.longest_trip_us.max(*trip);
        let source = if bytes == AUDIO_BYTES { &mut self.audio } else { &mut self.video };
        source.add(f64::from(*trip));
        self.received += 1;
        self.received_bytes += bytes as u64;
        // RFC 4737, section 3.3.
        if number < self.next {
            self.reordered += 1;
        } else {
            self.next = number + 1;
        }
    }

    /// How many were sent.
    pub fn sent(&self) -> u32 {
        u32::try_from(self.sent_us.len()).unwrap_or(u32::MAX)
    }

    /// How many arrived, each counted once.
    pub fn received(&self) -> u32 {
        self.received
    }

    /// The bytes of their payload.
    pub fn received_bytes(&self) -> u64 {
        self.received_bytes
    }

    /// Whether all have arrived.
    pub fn is_complete(&self) -> bool {
        self.received == self.sent()
    }

    /// How many arrived once more.
    pub fn duplicates(&self) -> u32 {
        self.duplicates
    }

    /// How many arrived after one that was sent later (RFC 4737).
    pub fn reordered(&self) -> u32 {
        self.reordered
    }

    /// The mean over the run of the interarrival jitter of audio or of video, whichever is larger, in milliseconds (RFC 3550,
    /// section 6.4.1).
    pub fn jitter_ms(&self) -> f64 {
        self.audio.mean().max(self.video.mean()) / 1000.0
    }

    /// The longest trip so far.
    pub fn longest_trip(&self) -> Duration {
        Duration::from_micros(self.longest_trip_us.into())
    }

    /// All trips, in microseconds.
    pub fn trips_us(&self) -> Vec<u32> {
        self.trips_us.iter().copied().filter(|trip| *trip != MISSING).collect()
    }

    /// The losses among all packets.
    pub fn losses(&self) -> Losses {
        Losses { sent: self.sent(), lost: self.sent() - self.received }
    }

    /// The most packets in a row that were lost.
    pub fn longest_burst(&self) -> u32 {
        let (mut longest, mut burst) = (0, 0);
        for trip in &self.trips_us {
            burst = if *trip == MISSING { burst + 1 } else { 0 };
            longest = longest.max(burst);
        }
        longest
    }

    /// When the first of the packets was sent since which none has arrived, counted from the start; `None` if the last one has.
    pub fn silent_since(&self) -> Option<Duration> {
        let trailing = self.trips_us.iter().rev().take_while(|trip| **trip == MISSING).count();
        let first = self.sent_us.len().checked_sub(trailing)?;
        self.sent_us.get(first).map(|us| Duration::from_micros((*us).into()))
    }

    /// The worst losses within any span of this `length`, or within the whole run if that is shorter: until `end`, or until
    /// the last packet if that was sent later. Of equal shares, those with more packets; spans with fewer than `least` lost
    /// packets do not count.
    pub fn worst_losses(&self, length: Duration, end: Duration, least: u32) -> Option<Losses> {
        let end = microseconds(end).max(self.sent_us.last().map_or(0, |last| last.saturating_add(1)));
        let length = microseconds(length).min(end);
        let is_lost = |index: usize| self.trips_us.get(index) == Some(&MISSING);
        let mut worst: Option<Losses> = None;
        let mut window = Losses::default();
        // The packets from `first` to `next` are in the window; it ends with the run at the latest.
        let mut next = 0;
        let mut previous = None;
        for (first, sent) in self.sent_us.iter().enumerate() {
            let start = (*sent).min(end - length);
            let is_new = previous.replace(start) != Some(start);
            while let Some(sent) = self.sent_us.get(next)
                && *sent < start.saturating_add(length)
            {
                window.sent += 1;
                window.lost += u32::from(is_lost(next));
                next += 1;
            }
            let is_worse =
                worst.is_none_or(|worst| (window.percent(), window.sent) > (worst.percent(), worst.sent));
            if is_new && window.lost >= least && is_worse {
                worst = Some(window);
            }
            if *sent > end - length {
                break;
            }
            window.sent -= 1;
            window.lost -= u32::from(is_lost(first));
        }
        worst
    }
}

/// The interarrival jitter of one source (RFC 3550, section 6.4.1) over its trips in order of arrival.
#[derive(Clone, Copy, Debug, Default)]
struct Jitter {
    last: Option<f64>,
    estimate: f64,
    sum: f64,
    count: u32,
}

impl Jitter {
    fn add(&mut self, trip: f64) {
        if let Some(last) = self.last.replace(trip) {
            self.estimate += ((trip - last).abs() - self.estimate) / 16.0;
            self.sum += self.estimate;
            self.count += 1;
        }
    }

    /// The mean of the running estimate, which by itself varies by a tenth and more even if the path does not change.
    fn mean(&self) -> f64 {
        if self.count == 0 { 0.0 } else { self.sum / f64::from(self.count) }
    }
}

fn microseconds(span: Duration) -> u32 {
    u32::try_from(span.as_micros()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn us(us: u32) -> Duration {
        Duration::from_micros(us.into())
    }

    /// The fate of a packet: how long after the one before it is sent, and the trips of its copies.
    type Fate = (u32, Vec<u32>);

    fn fates() -> impl Strategy<Value = Vec<Fate>> {
        let copies = prop_oneof![6 => 1..2_usize, 2 => 0..1_usize, 1 => 2..4_usize];
        let trips = copies.prop_flat_map(|copies| prop::collection::vec(1_u32..50_000, copies));
        prop::collection::vec((prop_oneof![Just(0), 0_u32..20_000], trips), 0..200)
    }

    /// The packets' times of sending, and what arrives in order: number, time.
    fn arrivals(fates: &[Fate]) -> (Vec<u32>, Vec<(u32, u32)>) {
        let mut now = 0;
        let sent: Vec<u32> = fates
            .iter()
            .map(|(gap, _)| {
                now += gap;
                now
            })
            .collect();
        let mut arrivals: Vec<(u32, u32)> = (0..)
            .zip(fates)
            .zip(&sent)
            .flat_map(|((number, (_, trips)), sent)| trips.iter().map(move |trip| (number, sent + trip)))
            .collect();
        arrivals.sort_by_key(|(_, at)| *at);
        (sent, arrivals)
    }

    fn flow(fates: &[Fate]) -> Flow {
        let (sent, arrivals) = arrivals(fates);
        let mut flow = Flow::default();
        for (number, at) in (0..).zip(&sent) {
            assert_eq!(flow.send(us(*at)), number);
        }
        arrivals.iter().for_each(|(number, at)| flow.receive(*number, us(*at), 100));
        flow
    }

    proptest! {
        #[test]
        fn counts_are_those_of_a_simple_count(fates in fates()) {
            let flow = flow(&fates);
            let (sent, arrivals) = arrivals(&fates);
            let mut firsts: Vec<(u32, u32)> = Vec::new();
            for arrival in &arrivals {
                if firsts.iter().all(|first| first.0 != arrival.0) {
                    firsts.push(*arrival);
                }
            }
            let lost = fates.iter().filter(|(_, trips)| trips.is_empty()).count() as u32;
            prop_assert_eq!(flow.losses(), Losses { sent: fates.len() as u32, lost });
            prop_assert_eq!(flow.received() as usize, firsts.len());
            prop_assert_eq!(flow.received_bytes() as usize, 100 * firsts.len());
            prop_assert_eq!(flow.duplicates() as usize, arrivals.len() - firsts.len());
            prop_assert_eq!(flow.is_complete(), lost == 0);
            let is_late = |index: usize| firsts[..index].iter().any(|before| before.0 > firsts[index].0);
            prop_assert_eq!(flow.reordered() as usize, (0..firsts.len()).filter(|index| is_late(*index)).count());
            let pattern: String = fates.iter().map(|(_, trips)| if trips.is_empty() { 'x' } else { ' ' }).collect();
            let longest = pattern.split(' ').map(str::len).max().unwrap_or(0);
            prop_assert_eq!(flow.longest_burst() as usize, longest);
            let trips: Vec<u32> = firsts.iter().map(|(number, at)| at - sent[*number as usize]).collect();
            let (mut found, mut expected) = (flow.trips_us(), trips.clone());
            found.sort_unstable();
            expected.sort_unstable();
            prop_assert_eq!(flow.longest_trip(), us(expected.last().copied().unwrap_or(0)));
            prop_assert_eq!(found, expected);
            let (mut estimate, mut sum) = (0.0, 0.0);
            for pair in trips.windows(2) {
                estimate += ((f64::from(pair[1]) - f64::from(pair[0])).abs() - estimate) / 16.0;
                sum += estimate;
            }
            let mean = if trips.len() > 1 { sum / (trips.len() - 1) as f64 / 1000.0 } else { 0.0 };
            prop_assert!((flow.jitter_ms() - mean).abs() < 1e-9);
        }

        #[test]
        fn the_worst_losses_are_those_of_the_worst_window(fates in fates(), length in 1_u32..500_000, end in 0_u32..1_000_000, least in 0_u32..4) {
            let (sent, _) = arrivals(&fates);
            let end = sent.last().map_or(0, |last| last + 1).max(end);
            let length = length.min(end);
            let starts = sent.iter().map(|start| (*start).min(end - length));
            let of = |start: u32| {
                let within = |at: u32| (start..start + length).contains(&at);
                let sent = sent.iter().zip(&fates).filter(|(at, _)| within(**at));
                let lost = sent.clone().filter(|(_, (_, trips))| trips.is_empty()).count() as u32;
                Losses { sent: sent.count() as u32, lost }
            };
            let counted = starts.map(of).filter(|losses| losses.lost >= least);
            let worst = counted.max_by(|a, b| (a.percent(), a.sent).partial_cmp(&(b.percent(), b.sent)).unwrap());
            prop_assert_eq!(flow(&fates).worst_losses(us(length), us(end), least), worst);
        }
    }

    #[test]
    fn the_jitter_is_that_of_audio_or_of_video_and_not_of_both_together() {
        let mut flow = Flow::default();
        // Each source by itself is steady, but they take different ways.
        for number in 0..100 {
            let at = Duration::from_millis(10) * number;
            flow.send(at);
            let (trip, bytes) = if number % 2 == 0 { (5, AUDIO_BYTES) } else { (9, 1200) };
            flow.receive(number, at + Duration::from_millis(trip), bytes);
        }
        assert_eq!(flow.jitter_ms(), 0.0);
    }

    #[test]
    fn a_window_is_no_longer_than_the_run() {
        let fates: Vec<Fate> =
            (0..10).map(|number| (1000, if number < 2 { vec![] } else { vec![5] })).collect();
        let flow = flow(&fates);
        let whole = Some(Losses { sent: 10, lost: 2 });
        assert_eq!(flow.worst_losses(Duration::from_secs(15), us(10_001), 2), whole);
        assert_eq!(flow.worst_losses(Duration::from_secs(15), us(10_001), 3), None);
        assert_eq!(flow.worst_losses(us(2000), us(10_001), 2), Some(Losses { sent: 2, lost: 2 }));
    }

    #[test]
    fn silence_begins_with_the_first_packet_after_the_last_arrival() {
        let since = |fates: &[u32]| {
            let fates: Vec<Fate> = fates.iter().map(|copies| (1000, vec![5; *copies as usize])).collect();
            flow(&fates).silent_since()
        };
        assert_eq!([since(&[]), since(&[0, 1])], [None; 2]);
        assert_eq!([since(&[1, 0, 1, 0, 0]), since(&[0, 0])], [Some(us(4000)), Some(us(1000))]);
    }

    #[test]
    fn what_was_never_sent_does_not_count() {
        let mut flow = Flow::default();
        flow.receive(0, us(5), 100);
        assert_eq!((flow.received(), flow.duplicates(), flow.is_complete()), (0, 0, true));
        assert_eq!((flow.losses().percent(), flow.jitter_ms()), (0.0, 0.0));
        assert_eq!(flow.worst_losses(us(5), us(5), 0), None);
    }
}
