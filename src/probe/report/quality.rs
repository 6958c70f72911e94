//! How good a call over a row would be: what became of call-like media through its server, and the grade of that.

use serde::Serialize;

/// How good a call over a row would be.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Quality {
    /// The grade.
    pub grade: Grade,
    /// What the grade is due to, in one sentence.
    pub reason: String,
    /// How long media was sent, in seconds: less than was asked for after an interrupt.
    pub duration_s: f64,
    /// Media from the first client to the second, through the relays of both; `None` for a STUN server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub up: Option<Direction>,
    /// Media from the second client to the first, at the same time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub down: Option<Direction>,
    /// The part of the path between this machine and the server: Binding transactions on the sockets of the media.
    #[serde(skip_serializing_if = "ServerLeg::is_unknown")]
    pub server: ServerLeg,
    /// The largest packet that passes; `None` for a STUN server, or when nothing passes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub largest_packet: Option<LargestPacket>,
    /// How late this machine itself sent media, in milliseconds; `None` for a STUN server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pace_ms: Option<Percentiles>,
}

/// The grade of a call, by limits that are published for real-time media.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Grade {
    /// Within all limits.
    Good,
    /// Over a limit, but not over twice the limit.
    Fair,
    /// Over twice a limit.
    Poor,
}

/// What became of the media in one direction, audio and video together.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Direction {
    /// The share of packets that did not arrive.
    pub lost_percent: f64,
    /// The most packets that were lost in a row.
    pub longest_burst: u32,
    /// The share of the packets received that arrived after a later one.
    pub reordered_percent: f64,
    /// How many packets arrived once more.
    pub duplicates: u32,
    /// The interarrival jitter of audio or of video, whichever is larger, in milliseconds (RFC 3550, section 6.4.1): the mean
    /// of its running estimate.
    pub jitter_ms: f64,
    /// One trip through the relay, from one client to the other; `None` when nothing arrived.
    pub trip_ms: Option<Percentiles>,
    /// The rate of what arrived, in kbit/s of payload.
    pub kbit_s: f64,
}

/// Binding transactions with a server, beside the media or instead of it.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ServerLeg {
    /// How many requests were sent, each once.
    pub sent: u32,
    /// How many were answered.
    pub received: u32,
    /// The share of them without an answer.
    pub lost_percent: f64,
    /// Their round-trip times; `None` when none was answered.
    pub rtt_ms: Option<Percentiles>,
}

impl ServerLeg {
    /// Whether nothing was sent, so that nothing is known.
    pub const fn is_unknown(&self) -> bool {
        self.sent == 0
    }
}

/// The largest IP packet that passes between this machine and the server in both directions.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct LargestPacket {
    /// Its size, in bytes.
    pub bytes: u16,
    /// The size that calls need, in bytes.
    pub needed_bytes: u16,
}

/// Percentiles of a series, in milliseconds with three decimals.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Percentiles {
    /// The median.
    pub p50: f64,
    /// 95 % are not longer.
    pub p95: f64,
    /// 99 % are not longer.
    pub p99: f64,
}
