//! Call-like media between two clients, in both directions at once, and Binding requests beside it.

use std::io;
use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::pace::Pace;
use super::random::{bytes, tag};
use super::side::{Input, Side, Unsent};
use crate::net::timer::Timer;
use crate::probe::job::interrupted;
use crate::probe::plan::Media;
use crate::probe::random::transaction_id;
use crate::probe::report::RowError;
use crate::protocol::flow::Flow;
use crate::protocol::media::{Schedule, Tag, VIDEO_BYTES};
use crate::protocol::samples::Samples;

/// The time between the start of a call and its first packet.
const LEAD: Duration = Duration::from_millis(10);
/// The second client begins so much later, as its clock is another one: both would send their frames at the same instant.
const OFFSET: Duration = Duration::from_millis(8);
/// The interval of Binding requests.
const SAMPLE_INTERVAL: Duration = Duration::from_millis(50);
/// A packet that is later than this was held up by this machine. What is due after it is put off as well: sent at once, it
/// would be a burst that no call sends, and what that loses would be blamed on the network.
const STALL: Duration = Duration::from_millis(5);
/// The most packets of one direction that are sent before the next look at what has arrived.
const MOST_TOGETHER: usize = 16;
/// How often the sockets are emptied at the end, at most: a server could send for ever.
const MOST_DRAINS: usize = 1000;
/// How long packets have to arrive after the end, at least and at most, and in trips.
const GRACE: Duration = Duration::from_secs(1);
const LONGEST_GRACE: Duration = Duration::from_secs(5);
const GRACE_TRIPS: u32 = 4;
/// How long duplicates are waited for when everything has arrived.
const LINGER: Duration = Duration::from_millis(100);

/// A call: what was sent, and what arrived.
pub(super) struct Call<'a> {
    near: Side<'a>,
    far: Side<'a>,
    up: Way,
    down: Way,
    /// Binding requests on the socket of the first client.
    samples: Samples,
    next_sample: Instant,
    pace: Pace,
    filling: Vec<u8>,
    start: Instant,
    /// When the last packet is due; earlier than planned after an interrupt.
    end: Instant,
    is_interrupted: bool,
}

/// What is known after a call.
pub(super) struct Outcome {
    pub(super) up: Flow,
    pub(super) down: Flow,
    pub(super) samples: Samples,
    pub(super) pace: Pace,
    /// How long media was sent.
    pub(super) took: Duration,
    /// The least TTL in what the server sent.
    pub(super) least_hops: Option<u8>,
    /// How many packets this machine dropped at the first and at the second client, since it did not read them in time.
    pub(super) dropped: [u32; 2],
    /// How late this machine sent a packet at most.
    pub(super) longest_pause: Duration,
    /// How long media was not sent, since this machine did not keep the pace.
    pub(super) put_off: Duration,
    /// Why the server did not renew an allocation, and when.
    pub(super) refused: Option<(Duration, RowError)>,
    /// What this machine did not send.
    pub(super) unsent: Unsent,
    /// Why the call ended before its time, if the server ended it.
    pub(super) broken: Option<io::Error>,
}

/// The media of one direction.
struct Way {
    schedule: Schedule,
    /// From when the times in the flow count.
    origin: Instant,
    /// From when the schedule counts: later than its origin after each stall.
    start: Instant,
    end: Instant,
    tag: Tag,
    flow: Flow,
}

impl Way {
    fn new(media: Media, start: Instant) -> Self {
        let schedule = Schedule::new(media.bitrate, media.duration);
        let end = start + media.duration;
        Way { schedule, origin: start, start, end, tag: tag(), flow: Flow::default() }
    }

    /// When the next packet is due, and its size.
    fn next(&self) -> Option<(Instant, usize)> {
        let packet = self.schedule.peek()?;
        let due = self.start + packet.due;
        (due < self.end).then_some((due, packet.bytes))
    }

    /// Takes the next packet if it is due: how late it is, and its size. After a stall it puts off the rest.
    fn take(&mut self, now: Instant) -> Option<(Duration, usize)> {
        let (due, bytes) = self.next().filter(|(due, _)| *due <= now)?;
        let late = now - due;
        if late > STALL {
            self.start += late;
        }
        self.schedule.advance();
        Some((late, bytes))
    }

    /// How long the media was put off in all.
    fn put_off(&self) -> Duration {
        self.start - self.origin
    }

    fn receive(&mut self, data: &[u8], filling: &[u8], at: Instant) {
        if let Some(number) = self.tag.number_if_unchanged(data, filling) {
            self.flow.receive(number, at.saturating_duration_since(self.origin), data.len());
        }
    }
}

impl<'a> Call<'a> {
    /// A call between two sides that begins now.
    pub(super) fn new(near: Side<'a>, far: Side<'a>, media: Media) -> Self {
        let start = Instant::now() + LEAD;
        Call {
            near,
            far,
            up: Way::new(media, start),
            down: Way::new(media, start + OFFSET),
            samples: Samples::default(),
            next_sample: start,
            pace: Pace::default(),
            filling: bytes(VIDEO_BYTES),
            start,
            end: start + media.duration,
            is_interrupted: false,
        }
    }

    /// Sends media until its end or an interrupt, and then waits for what is still on its way.
    pub(super) async fn run(mut self, stop: &watch::Receiver<bool>) -> Outcome {
        let broken = self.exchange(stop).await.err();
        let end = if broken.is_some() { self.end.min(Instant::now()) } else { self.end };
        let refusals = [self.near.refused.take(), self.far.refused.take()];
        let refused = refusals.into_iter().flatten().min_by_key(|(at, _)| *at);
        let [near, far] = [&mut self.near, &mut self.far].map(|side| std::mem::take(&mut side.unsent));
        Outcome {
            refused: refused.map(|(at, error)| (at.saturating_duration_since(self.start), error)),
            unsent: near.with(far),
            put_off: self.up.put_off().max(self.down.put_off()),
            up: self.up.flow,
            down: self.down.flow,
            samples: self.samples,
            took: end.saturating_duration_since(self.start),
            dropped: [self.near.dropped(), self.far.dropped()],
            longest_pause: self.pace.longest(),
            least_hops: self.near.least_hops().into_iter().chain(self.far.least_hops()).min(),
            pace: self.pace,
            broken,
        }
    }

    async fn exchange(&mut self, stop: &watch::Receiver<bool>) -> io::Result<()> {
        let mut timer = Timer::new()?;
        let mut drains = 0;
        loop {
            let due = self.send_due()?.unwrap_or_else(|| self.deadline());
            let now = Instant::now();
            let wake = due.min(self.near.renew(now)?).min(self.far.renew(now)?);
            tokio::select! {
                () = interrupted(stop), if !self.is_interrupted => self.interrupt(),
                arrived = self.receive(&mut timer, wake) => {
                    let arrived = arrived?;
                    let is_over = self.next_due().is_none() && now >= self.deadline();
                    drains += usize::from(is_over);
                    if is_over && (!arrived || drains > MOST_DRAINS) {
                        return Ok(());
                    }
                }
            }
        }
    }

    fn interrupt(&mut self) {
        self.is_interrupted = true;
        self.end = self.end.min(Instant::now());
        self.up.schedule.stop();
        self.down.schedule.stop();
    }

    /// Handles what has arrived at one of the sides, whichever it is; `false` when nothing does until `wake`. What has arrived
    /// already is handled however late it is.
    async fn receive(&mut self, timer: &mut Timer, wake: Instant) -> io::Result<bool> {
        let Call { near, far, up, down, samples, filling, .. } = self;
        let at_near = near.exchange(|input, at| match input {
            Input::Data(data) => down.receive(data, filling, at),
            Input::Message(message) => samples.handle(message, at),
        });
        let at_far = far.exchange(|input, at| match input {
            Input::Data(data) => up.receive(data, filling, at),
            Input::Message(_) => {}
        });
        // Neither side comes first, so that a flood towards one of them does not keep the other one waiting.
        let at_either = async {
            tokio::select! {
                result = at_near => result,
                result = at_far => result,
            }
        };
        tokio::select! {
            biased;
            result = at_either => result.map(|()| true),
            result = timer.wait_until(wake) => result.map(|()| false),
        }
    }

    /// Sends what is due, and returns when the next packet is; `None` when all are sent.
    fn send_due(&mut self) -> io::Result<Option<Instant>> {
        let Call { near, far, up, down, pace, filling, .. } = self;
        for (side, way) in [(&mut *near, &mut *up), (far, &mut *down)] {
            for _ in 0..MOST_TOGETHER {
                let now = Instant::now();
                let Some((late, bytes)) = way.take(now) else { break };
                pace.add(late);
                let number = way.flow.send(now.saturating_duration_since(way.origin));
                side.post(&way.tag.packet(number, bytes, filling))?;
            }
        }
        let now = Instant::now();
        if self.next_sample <= now && self.next_sample < self.end {
            let request = self.samples.send(transaction_id(), now);
            self.near.post_message(&request)?;
            let is_late = now - self.next_sample > STALL;
            self.next_sample = if is_late { now } else { self.next_sample } + SAMPLE_INTERVAL;
        }
        Ok(self.next_due())
    }

    /// When the next packet or request is due.
    fn next_due(&self) -> Option<Instant> {
        let packets = [self.up.next(), self.down.next()].into_iter().flatten().map(|(due, _)| due);
        packets.chain(Some(self.next_sample).filter(|sample| *sample < self.end)).min()
    }

    /// When what has not arrived is lost.
    fn deadline(&self) -> Instant {
        let Call { up, down, samples, end, .. } = self;
        let longest = up.flow.longest_trip().max(down.flow.longest_trip()).max(samples.longest());
        let is_complete = up.flow.is_complete() && down.flow.is_complete() && samples.is_complete();
        let grace = if is_complete { longest + LINGER } else { longest * GRACE_TRIPS };
        *end + OFFSET + grace.clamp(if is_complete { LINGER } else { GRACE }, LONGEST_GRACE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stall_is_not_made_up_for_by_a_burst() {
        let start = Instant::now();
        let media = Media { duration: Duration::from_secs(1), bitrate: 3_000_000 };
        let mut way = Way::new(media, start);
        let (mut now, mut sent, mut latest) = (start, Vec::new(), Duration::ZERO);
        while now < start + 2 * media.duration {
            while let Some((late, bytes)) = way.take(now) {
                sent.push((now, bytes));
                latest = latest.max(late);
            }
            let is_stall = sent.len() == 100;
            now += if is_stall { Duration::from_millis(90) } else { Duration::from_micros(50) };
        }
        let video: Vec<Instant> = sent.iter().filter(|(_, bytes)| *bytes > 160).map(|(at, _)| *at).collect();
        let closest = video.windows(2).map(|pair| pair[1] - pair[0]).min().unwrap();
        assert!(closest >= Duration::from_micros(50), "{closest:?}");
        assert!(latest >= Duration::from_millis(60), "{latest:?}");
        let last = sent.last().unwrap().0 - start;
        assert!(last < media.duration, "what was put off beyond the end is not sent: {last:?}");
        // 90 of 1000 ms are missing.
        assert!((320..365).contains(&sent.len()), "{}", sent.len());
    }
}
