//! The largest packet that passes between this machine and the server in both directions, by bisection.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::random::{bytes, tag};
use super::side::{Input, Side};
use crate::net::timer::Timer;
use crate::probe::report::quality::LargestPacket;
use crate::probe::turn::tally::MEDIA_BYTES;
use crate::protocol::media::{LEAST_BYTES, Tag};

/// The largest packet that is tried: that of Ethernet.
const MOST: u16 = 1500;
/// Every path carries packets of this size (RFC 791, section 3.1), in bytes.
const LEAST: u16 = 576;
/// What is sent of each size, so that loss is not taken for size, and the time between two copies.
const COPIES: u32 = 8;
const INTERVAL: Duration = Duration::from_millis(8);
/// As many small packets have to arrive for a size to fail: an outage stops both. Otherwise it is tried again.
const LEAST_SMALL: u32 = 3;
const ATTEMPTS: u32 = 3;
/// How long the last copy has to arrive, beside some round trips.
const PATIENCE: Duration = Duration::from_millis(100);
const TRIPS: u32 = 3;
/// What has arrived is read for so much longer, since this machine may have stood still.
const LAST_LOOK: Duration = Duration::from_millis(5);
/// The headers of UDP and ChannelData.
const HEADERS: usize = 8 + 4;

/// Packets of one size after the other.
pub(super) struct Sizes<'a, 'b> {
    near: &'a mut Side<'b>,
    far: &'a mut Side<'b>,
    tags: [Tag; 2],
    filling: Vec<u8>,
    timer: Timer,
    /// All headers before the payload.
    headers: usize,
    patience: Duration,
    number: u32,
}

impl<'a, 'b> Sizes<'a, 'b> {
    /// Packets between two sides over UDP; `quickest` is the time that the server takes to respond.
    ///
    /// # Errors
    /// When no file descriptor is left.
    pub(super) fn new(
        near: &'a mut Side<'b>,
        far: &'a mut Side<'b>,
        server: SocketAddr,
        quickest: Duration,
    ) -> io::Result<Self> {
        Ok(Sizes {
            near,
            far,
            tags: [tag(), tag()],
            filling: bytes(usize::from(MOST)),
            timer: Timer::new()?,
            headers: HEADERS + ip_header(server),
            patience: PATIENCE + quickest * TRIPS,
            number: 0,
        })
    }

    /// Finds the largest packet; `None` when none passes.
    ///
    /// # Errors
    /// When the system cannot send whole packets.
    pub(super) async fn largest(&mut self) -> io::Result<Option<LargestPacket>> {
        self.near.split_packets(false)?;
        self.far.split_packets(false)?;
        let largest = self.bisect().await;
        self.near.split_packets(true)?;
        self.far.split_packets(true)?;
        let needed = MEDIA_BYTES + self.headers;
        let needed_bytes = u16::try_from(needed).unwrap_or(u16::MAX);
        Ok(largest?.map(|bytes| LargestPacket { bytes, needed_bytes }))
    }

    async fn bisect(&mut self) -> io::Result<Option<u16>> {
        if self.passes(MOST).await? == Some(true) {
            return Ok(Some(MOST));
        }
        if self.passes(LEAST).await? != Some(true) {
            return Ok(None);
        }
        let (mut passes, mut fails) = (LEAST, MOST);
        while fails - passes > 1 {
            let middle = passes.midpoint(fails);
            match self.passes(middle).await? {
                Some(true) => passes = middle,
                Some(false) => fails = middle,
                None => return Ok(None),
            }
        }
        Ok(Some(passes))
    }

    /// Whether packets of this size pass in both directions; `None` when nothing does.
    async fn passes(&mut self, size: u16) -> io::Result<Option<bool>> {
        for _ in 0..ATTEMPTS {
            let [up, down] = self.try_once(size).await?;
            if up.large && down.large {
                return Ok(Some(true));
            }
            if up.is_known() && down.is_known() {
                return Ok(Some(false));
            }
        }
        Ok(None)
    }

    /// Sends packets of this size, and small ones beside them: what arrives from the first client to the second, and back.
    async fn try_once(&mut self, size: u16) -> io::Result<[Arrived; 2]> {
        self.number += 2;
        let (large, small) = (self.number, self.number + 1);
        let bytes = usize::from(size) - self.headers;
        let [up_packets, down_packets] = self.tags.map(|tag| {
            [(large, bytes), (small, LEAST_BYTES)]
                .map(|(number, bytes)| tag.packet(number, bytes, &self.filling))
        });
        let Sizes { near, far, timer, patience, .. } = self;
        let (mut up, mut down) = (Arrived::default(), Arrived::default());
        let start = Instant::now();
        let end = start + INTERVAL * (COPIES - 1) + *patience;
        let (mut copies, mut last_look) = (0, None);
        while !(up.large && down.large) {
            let (now, next) = (Instant::now(), start + INTERVAL * copies);
            if copies < COPIES && now >= next {
                for (up, down) in up_packets.iter().zip(&down_packets) {
                    near.post(up)?;
                    far.post(down)?;
                }
                copies += 1;
                continue;
            }
            let wake = match copies {
                COPIES if now < end => end,
                COPIES => *last_look.get_or_insert(now + LAST_LOOK),
                _ => next,
            };
            if last_look.is_some_and(|until| now >= until) {
                break;
            }
            tokio::select! {
                biased;
                result = near.exchange(|input, _| down.count(&input, &down_packets)) => result?,
                result = far.exchange(|input, _| up.count(&input, &up_packets)) => result?,
                result = timer.wait_until(wake) => result?,
            }
        }
        Ok([up, down])
    }
}

/// What arrives in one direction.
#[derive(Clone, Copy, Debug, Default)]
struct Arrived {
    /// Whether a packet of the size does.
    large: bool,
    /// How many small ones do.
    small: u32,
}

impl Arrived {
    /// Counts what is the same as the large or the small packet: a relay may cut off the rest.
    fn count(&mut self, input: &Input<'_>, [large, small]: &[Vec<u8>; 2]) {
        let Input::Data(data) = input else { return };
        self.large |= data == large;
        self.small += u32::from(data == small);
    }

    /// Whether it says something about the size.
    fn is_known(self) -> bool {
        self.large || self.small >= LEAST_SMALL
    }
}

/// The bytes of an IP header without options.
fn ip_header(server: SocketAddr) -> usize {
    if server.is_ipv4() { 20 } else { 40 }
}
