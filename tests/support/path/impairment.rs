//! What a path does to the packets of one direction.

use std::collections::{HashMap, HashSet};
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::packet::{BINDING, Content, Packet, Socket};

/// How much of a limited rate may come at once, as time, where there is no queue.
const BURST: Duration = Duration::from_secs(1);

/// What a path does to the packets of a server in a direction. By default nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Impairment {
    /// Which packets the rest is about.
    pub(crate) packets: Packets,
    /// How long each packet takes.
    pub(crate) delay: Duration,
    /// How much longer a packet takes at most, by chance; it does not overtake others.
    pub(crate) jitter: Duration,
    /// Packets leave together each time when so much has passed since the first one, as from a radio that sleeps meanwhile.
    pub(crate) gate: Duration,
    /// The largest IP packet that passes; larger ones vanish.
    pub(crate) largest: Option<usize>,
    /// The percentage of packets that are lost, in an order that is the same for each client's socket; the first packet to
    /// the server is among them.
    pub(crate) loss: u8,
    /// The packets that are lost beside those.
    pub(crate) lost: Choice,
    /// The packets that take longer than others, and are overtaken by them, and how much longer.
    pub(crate) late: (Choice, Duration),
    /// The packets that arrive twice.
    pub(crate) twice: Choice,
    /// How many bytes a second pass.
    pub(crate) rate: Option<u32>,
    /// How long packets may wait for their turn at that rate before they are lost; without it, nothing waits, a second's
    /// worth may come at once, and what exceeds it is lost.
    pub(crate) queue: Option<Duration>,
}

/// Kinds of packets.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Packets {
    #[default]
    All,
    /// STUN messages.
    Stun,
    /// Channel data, which is what is relayed.
    Relayed,
    /// The same of a socket that has sent a Binding request before: of two clients that talk to each other, one does.
    RelayedOfOne,
}

/// Packets of a client's socket, by their numbers from 0.
#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq)]
#[serde(deny_unknown_fields)]
pub(crate) struct Choice {
    /// The first one.
    #[serde(default)]
    pub(crate) first: u64,
    /// How many in a row; none by default.
    pub(crate) run: u64,
    /// How many packets after the first one the next row begins; 0 if there is none.
    #[serde(default)]
    pub(crate) every: u64,
}

/// How many packets of a server passed, and how many were lost for each reason.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Counts {
    pub(crate) passed: usize,
    pub(crate) too_large: usize,
    pub(crate) lost: usize,
    pub(crate) over_rate: usize,
}

/// A direction of a server.
#[derive(Default)]
pub(super) struct Lane {
    impairment: Impairment,
    pub(super) counts: Counts,
    /// How many packets of each client's socket were up for being lost.
    numbers: HashMap<Socket, u64>,
    /// When all packets so far have passed at the limited rate.
    busy_until: Option<Instant>,
    /// When the first packet came.
    first: Option<Instant>,
    /// When the last of the packets that do not overtake each other arrives.
    last: Option<Instant>,
}

impl Lane {
    pub(super) fn new(impairment: Impairment) -> Self {
        Lane { impairment, ..Lane::default() }
    }

    /// Counts a packet, and says how long each of its copies takes; there are none if it is lost.
    ///
    /// `binding` has the sockets that have sent a Binding request.
    pub(super) fn admit(
        &mut self,
        packet: &Packet<'_>,
        from: usize,
        binding: &mut HashSet<Socket>,
        now: Instant,
    ) -> Vec<Duration> {
        let Impairment { delay, jitter, gate, largest, loss, lost, late, twice, .. } = self.impairment;
        let client = packet.client(from);
        if let Content::Stun(BINDING, _) = packet.content {
            binding.insert(client);
        }
        if !self.impairment.packets.include(packet.content, binding.contains(&client)) {
            self.counts.passed += 1;
            return vec![Duration::ZERO];
        }
        if largest.is_some_and(|largest| packet.length > largest) {
            self.counts.too_large += 1;
            return Vec::new();
        }
        let next = self.numbers.entry(client).or_default();
        let number = *next;
        *next += 1;
        // The other direction has another order.
        let chance = random((number + 1) * 2 + from as u64);
        if chance % 100 < u64::from(loss) || lost.includes(number) {
            self.counts.lost += 1;
            return Vec::new();
        }
        let Some(queued) = self.queued(packet.length, now) else {
            self.counts.over_rate += 1;
            return Vec::new();
        };
        self.counts.passed += 1;
        // Another chance than that of being lost.
        let part = random(chance ^ u64::from(client.2)) as f64 / u64::MAX as f64;
        let first = *self.first.get_or_insert(now);
        let opens = if gate.is_zero() {
            now
        } else {
            first + gate * (((now - first).as_nanos() / gate.as_nanos()) as u32 + 1)
        };
        let arrives = opens + queued + delay + jitter.mul_f64(part);
        let arrives = self.last.map_or(arrives, |last| last.max(arrives));
        let arrives = if late.0.includes(number) { arrives + late.1 } else { *self.last.insert(arrives) };
        vec![arrives - now; if twice.includes(number) { 2 } else { 1 }]
    }

    /// How long a packet waits for its turn at the limited rate; nothing if it is lost.
    fn queued(&mut self, length: usize, now: Instant) -> Option<Duration> {
        let Impairment { rate: Some(rate), queue, .. } = self.impairment else { return Some(Duration::ZERO) };
        let start = self.busy_until.map_or(now, |until| until.max(now));
        if start > now + queue.unwrap_or(BURST) {
            return None;
        }
        let passed = start + Duration::from_secs_f64(length as f64 / f64::from(rate));
        self.busy_until = Some(passed);
        Some(if queue.is_some() { passed - now } else { Duration::ZERO })
    }
}

impl Packets {
    fn include(self, content: Content<'_>, has_sent_binding: bool) -> bool {
        match self {
            Packets::All => true,
            Packets::Stun => matches!(content, Content::Stun(..)),
            Packets::Relayed => matches!(content, Content::Channel(_)),
            Packets::RelayedOfOne => matches!(content, Content::Channel(_)) && has_sent_binding,
        }
    }
}

impl Choice {
    fn includes(self, number: u64) -> bool {
        let Some(after) = number.checked_sub(self.first) else { return false };
        let place = if self.every == 0 { after } else { after % self.every };
        place < self.run
    }
}

/// A number that looks random (the mixer of SplitMix64).
fn random(seed: u64) -> u64 {
    let mut mixed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
