//! Where one message ends and the next begins: in datagrams by themselves, in streams by their length.

use std::ops::RangeInclusive;

use turn_types::channel::ChannelData;

/// The channels that this client binds. RFC 8656 has many more, but "HTTP" begins like data of channel 0x4854.
const CHANNELS: RangeInclusive<u16> = 0x4000..=0x40ff;

/// What a server sent.
#[derive(Debug, PartialEq, Eq)]
pub enum Frame<'a> {
    /// What may be a STUN message.
    Message(&'a [u8]),
    /// Data that came over a channel (RFC 8656, section 12.4).
    Channel(u16, &'a [u8]),
}

impl<'a> Frame<'a> {
    /// Reads a whole frame.
    #[must_use]
    pub fn of(bytes: &'a [u8]) -> Self {
        match channel_header(bytes).and_then(|(channel, length)| Some((channel, bytes.get(4..4 + length)?))) {
            Some((channel, data)) => Frame::Channel(channel, data),
            None => Frame::Message(bytes),
        }
    }
}

/// Data for a channel; over a stream it is padded to a multiple of four bytes (RFC 8656, section 12.5).
#[must_use]
pub fn channel_data(channel: u16, data: &[u8], over_stream: bool) -> Vec<u8> {
    let mut bytes = vec![0; 4 + data.len()];
    let length = ChannelData::new(channel, data).write_into_unchecked(&mut bytes);
    bytes.truncate(length);
    if over_stream {
        bytes.resize(length.next_multiple_of(4), 0);
    }
    bytes
}

/// Cuts a stream into frames. It never holds more than one frame and what was read with it.
#[derive(Debug, Default)]
pub struct Framer {
    buffer: Vec<u8>,
    taken: usize,
    /// Whether the stream has turned out to be no STUN; what comes then is not kept.
    lost: bool,
}

/// The stream holds something that is neither STUN nor data of a channel; where a next frame begins is unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotStun;

impl Framer {
    /// Takes in what was read.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.taken);
        self.taken = 0;
        if !self.lost {
            self.buffer.extend_from_slice(bytes);
        }
    }

    /// The next frame, if it is whole.
    ///
    /// # Errors
    /// When the stream cannot be STUN, now and from then on.
    pub fn next_frame(&mut self) -> Result<Option<&[u8]>, NotStun> {
        let start = self.taken;
        let rest = self.buffer.get(start..).unwrap_or_default();
        let length = if self.lost { Err(NotStun) } else { frame_length(rest) };
        let Ok(length) = length else {
            *self = Framer { lost: true, ..Framer::default() };
            return Err(NotStun);
        };
        let Some(length) = length else { return Ok(None) };
        if rest.len() < length {
            return Ok(None);
        }
        self.taken += length;
        Ok(self.buffer.get(start..self.taken))
    }
}

/// The length of the frame that `bytes` begin with, padding included; none when they are too few to tell.
fn frame_length(bytes: &[u8]) -> Result<Option<usize>, NotStun> {
    let [first, second, high, low, ..] = bytes else {
        // A stream that begins as text does is not waited for.
        return if bytes.first().is_some_and(|first| *first > 0x40) { Err(NotStun) } else { Ok(None) };
    };
    if let Some((_, length)) = channel_header(bytes) {
        return Ok(Some(4 + length.next_multiple_of(4)));
    }
    let length = 20 + usize::from(u16::from_be_bytes([*high, *low]));
    let cookie = bytes.get(4..8).is_none_or(|cookie| cookie == [0x21, 0x12, 0xa4, 0x42]);
    if first & 0xc0 != 0 || !cookie || (*first == 0 && *second == 0) {
        return Err(NotStun);
    }
    Ok(Some(length))
}

/// Channel and length of data, which begins with the number of its channel.
fn channel_header(bytes: &[u8]) -> Option<(u16, usize)> {
    let [c1, c2, l1, l2, ..] = bytes else { return None };
    let channel = u16::from_be_bytes([*c1, *c2]);
    CHANNELS.contains(&channel).then(|| (channel, usize::from(u16::from_be_bytes([*l1, *l2]))))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: [u8; 20] = [1, 1, 0, 4, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

    #[test]
    fn a_stream_is_cut_wherever_it_was_broken() {
        let message = [&HEADER[..], &[9, 9, 9, 9]].concat();
        let data = channel_data(0x4001, b"hello", true);
        assert_eq!(data, [0x40, 1, 0, 5, b'h', b'e', b'l', b'l', b'o', 0, 0, 0]);
        let stream = [&message[..], &data, &message].concat();
        for size in 1..=stream.len() {
            let mut framer = Framer::default();
            let mut frames = Vec::new();
            for part in stream.chunks(size) {
                framer.push(part);
                while let Some(frame) = framer.next_frame().unwrap() {
                    frames.push(frame.to_vec());
                }
                assert!(framer.buffer.len() <= stream.len());
            }
            assert_eq!(frames, [message.clone(), data.clone(), message.clone()], "in parts of {size} bytes");
            assert_eq!(Frame::of(&frames[1]), Frame::Channel(0x4001, b"hello"));
            assert_eq!(Frame::of(&frames[0]), Frame::Message(&message));
        }
    }

    #[test]
    fn what_cannot_be_stun_is_noticed_at_once() {
        for bytes in [
            &b"HTTP/1.1 400 Bad Request"[..],
            b"S",
            b"\x16\x03\x01\0\x05\x01\x02\x03",
            b"\0\0\0\0",
            &[1, 1, 0, 0, 0, 0, 0, 0],
        ] {
            let mut framer = Framer::default();
            framer.push(bytes);
            assert_eq!(framer.next_frame(), Err(NotStun), "{bytes:?}");
            framer.push(&HEADER);
            assert_eq!(framer.next_frame(), Err(NotStun), "where a frame begins is unknown from then on");
            assert!(framer.buffer.capacity() == 0, "nothing is kept of a stream that is no STUN");
        }
        let mut framer = Framer::default();
        framer.push(&[1, 1, 0]);
        assert_eq!(framer.next_frame(), Ok(None));
    }

    #[test]
    fn a_datagram_that_lies_about_its_length_is_no_channel_data() {
        assert_eq!(Frame::of(&[0x40, 0, 0, 5, 1]), Frame::Message(&[0x40, 0, 0, 5, 1]));
        assert_eq!(Frame::of(&[]), Frame::Message(&[]));
        assert_eq!(channel_data(0x4000, b"abc", false).len(), 7);
    }
}
