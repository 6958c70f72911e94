//! Call-like media: which packets a call sends when, and how one packet is told from others.

use std::time::Duration;

/// The payload of an audio packet in bytes: 64 kbit/s in packets of 20 ms.
pub const AUDIO_BYTES: usize = 160;
/// The payload of a packet of video in bytes; the last packet of a frame may be smaller.
pub const VIDEO_BYTES: usize = 1200;
/// The interval of audio packets.
const AUDIO_INTERVAL: Duration = Duration::from_millis(20);
/// The time between two packets of a frame: 96 Mbit/s. Senders of real calls are no faster, and a burst that is sent at once
/// may be too much for the receive buffer of a server.
const SPACING: Duration = Duration::from_micros(100);
/// Video frames in a second.
const FRAMES_A_SECOND: u64 = 30;
/// The bytes of a tag.
pub const TAG_BYTES: usize = 12;
/// The payload of the smallest packet in bytes: a tag, a number and a length.
pub const LEAST_BYTES: usize = TAG_BYTES + 4 + 2;

/// The packets of one direction, in the order in which they are sent.
#[derive(Debug)]
pub struct Schedule {
    /// The rate of the video in bit/s.
    bitrate: u32,
    /// When the media ends.
    end: Duration,
    /// The number of the next audio packet, of the next frame, and of its next packet.
    audio: u32,
    frame: u32,
    packet: u32,
    /// The bytes of the present frame that are still to be sent.
    left: usize,
    /// The bytes of video until now, with those of the present frame.
    planned: u64,
}

/// A packet to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Planned {
    /// When it is due, counted from the start.
    pub due: Duration,
    /// Its payload in bytes.
    pub bytes: usize,
}

impl Schedule {
    /// Media with video of `bitrate` bit/s until `end`.
    pub fn new(bitrate: u32, end: Duration) -> Self {
        let mut schedule = Schedule { bitrate, end, audio: 0, frame: 0, packet: 0, left: 0, planned: 0 };
        schedule.begin_frame();
        schedule
    }

    /// The next packet; `None` after the last one.
    pub fn peek(&self) -> Option<Planned> {
        let (audio, video) = (self.audio_due(), self.video_due());
        let next = if self.left >= LEAST_BYTES && video <= audio {
            // By its size video is told from audio.
            let bytes = if self.left == AUDIO_BYTES { AUDIO_BYTES - 1 } else { self.left.min(VIDEO_BYTES) };
            Planned { due: video, bytes }
        } else {
            Planned { due: audio, bytes: AUDIO_BYTES }
        };
        (next.due < self.end).then_some(next)
    }

    /// Goes on to the packet after the next one.
    pub fn advance(&mut self) {
        match self.peek() {
            Some(Planned { bytes, .. }) if bytes != AUDIO_BYTES => {
                self.left -= bytes;
                self.packet += 1;
                while self.left < LEAST_BYTES && self.video_due() < self.end {
                    self.frame += 1;
                    self.packet = 0;
                    self.begin_frame();
                }
            }
            Some(_) => self.audio += 1,
            None => {}
        }
    }

    /// Ends the media now.
    pub fn stop(&mut self) {
        self.end = Duration::ZERO;
    }

    /// The rate is kept over all frames, whatever one of them has room for.
    fn begin_frame(&mut self) {
        let frames = u64::from(self.frame) + 1;
        let total = frames * u64::from(self.bitrate) / 8 / FRAMES_A_SECOND;
        self.left += usize::try_from(total - self.planned).unwrap_or(usize::MAX);
        self.planned = total;
    }

    fn audio_due(&self) -> Duration {
        AUDIO_INTERVAL * self.audio
    }

    fn video_due(&self) -> Duration {
        let frame = u64::from(self.frame) * 1_000_000_000 / FRAMES_A_SECOND;
        Duration::from_nanos(frame) + SPACING * self.packet
    }
}

/// What all packets of one direction begin with, and nobody else can guess.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tag(pub [u8; TAG_BYTES]);

impl Tag {
    /// A packet with this number: the tag, the number, the length, and `filling`, so that it has so many bytes.
    pub fn packet(self, number: u32, bytes: usize, filling: &[u8]) -> Vec<u8> {
        let bytes = bytes.max(LEAST_BYTES);
        let mut packet = Vec::with_capacity(bytes);
        packet.extend(self.0);
        packet.extend(number.to_be_bytes());
        packet.extend(u16::try_from(bytes).unwrap_or(u16::MAX).to_be_bytes());
        packet.extend(filling.iter().cycle().take(bytes - LEAST_BYTES));
        packet
    }

    /// The number of a packet with this tag that has all its bytes.
    pub fn number(self, packet: &[u8]) -> Option<u32> {
        let (number, rest) = packet.strip_prefix(&self.0)?.split_first_chunk()?;
        let length: &[u8; 2] = rest.first_chunk()?;
        (usize::from(u16::from_be_bytes(*length)) == packet.len()).then(|| u32::from_be_bytes(*number))
    }

    /// The same if all its bytes are those that were sent.
    pub fn number_if_unchanged(self, packet: &[u8], filling: &[u8]) -> Option<u32> {
        let number = self.number(packet)?;
        let rest = packet.get(LEAST_BYTES..)?;
        rest.iter().eq(filling.iter().cycle().take(rest.len())).then_some(number)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn packets(bitrate: u32, end: Duration) -> Vec<Planned> {
        let mut schedule = Schedule::new(bitrate, end);
        let mut packets = Vec::new();
        while let Some(packet) = schedule.peek() {
            packets.push(packet);
            schedule.advance();
        }
        packets
    }

    #[test]
    fn a_second_has_50_packets_of_audio_and_30_frames_of_video() {
        let packets = packets(1_500_000, Duration::from_secs(1));
        let first: Vec<_> =
            packets.iter().take(7).map(|packet| (packet.due.as_micros(), packet.bytes)).collect();
        assert_eq!(
            first,
            [(0, 1200), (0, 160), (100, 1200), (200, 1200), (300, 1200), (400, 1200), (500, 250)]
        );
        assert_eq!(packets.iter().filter(|packet| packet.bytes == AUDIO_BYTES).count(), 50);
        assert_eq!(packets.iter().filter(|packet| packet.bytes == 250).count(), 30);
        assert_eq!(packets.last().unwrap().due, Duration::from_nanos(980_000_000));
    }

    #[test]
    fn no_packet_of_video_has_the_size_of_audio() {
        // 160 bytes a frame.
        let packets = packets(38_400, Duration::from_secs(1));
        assert_eq!(packets.iter().filter(|packet| packet.bytes == AUDIO_BYTES).count(), 50);
        assert_eq!(packets.len(), 80);
    }

    proptest! {
        #[test]
        fn packets_come_in_order_at_the_wanted_rate(bitrate in 1_u32..20_000_000, ms in 1_u64..5000) {
            let end = Duration::from_millis(ms);
            let packets = packets(bitrate, end);
            prop_assert!(packets.is_sorted_by_key(|packet| packet.due));
            let fits = |packet: &Planned| packet.due < end && (LEAST_BYTES..=VIDEO_BYTES).contains(&packet.bytes);
            prop_assert!(packets.iter().all(fits));
            let audio = ms.div_ceil(20) * AUDIO_BYTES as u64;
            let total: u64 = packets.iter().map(|packet| packet.bytes as u64).sum();
            let frames = (ms * FRAMES_A_SECOND).div_ceil(1000);
            let video = frames * u64::from(bitrate) / 8 / FRAMES_A_SECOND;
            // The last frame may be cut off by the end.
            let frame = u64::from(bitrate) / 8 / FRAMES_A_SECOND + LEAST_BYTES as u64 + 1;
            prop_assert!((video.saturating_sub(frame)..=video).contains(&(total - audio)), "{total} {audio} {video}");
        }

        #[test]
        fn a_number_comes_back_only_with_its_tag(tag: [u8; 12], other: [u8; 12], number: u32, bytes in 0_usize..1300) {
            let packet = Tag(tag).packet(number, bytes, b"filling");
            prop_assert_eq!(packet.len(), bytes.max(LEAST_BYTES));
            prop_assert_eq!(Tag(tag).number(&packet), Some(number));
            prop_assert_eq!(Tag(other).number(&packet).is_some(), tag == other);
            prop_assert_eq!(Tag(tag).number_if_unchanged(&packet, b"filling"), Some(number));
        }

        #[test]
        fn a_packet_that_is_cut_off_or_changed_is_none(number: u32, bytes in 0_usize..1300, at: usize, length: usize) {
            let tag = Tag([7; 12]);
            let packet = tag.packet(number, bytes, b"filling");
            prop_assert_eq!(tag.number(&packet[..length % packet.len()]), None);
            prop_assert_eq!(tag.number(&[&packet[..], b"x"].concat()), None);
            let mut changed = packet.clone();
            changed[at % packet.len()] ^= 1;
            // Another number is another packet, which was not sent or arrives twice.
            let found = tag.number_if_unchanged(&changed, b"filling");
            prop_assert!(found != Some(number), "{at}");
        }
    }
}
