//! Splits datagrams and streams into STUN messages and channel data.

use std::ops::RangeInclusive;

use turn_types::channel::ChannelData;

/// The channels that this client binds. RFC 8656 has many more, but "HTTP" looks like data for channel 0x4854.
const CHANNELS: RangeInclusive<u16> = 0x4000..=0x40ff;

/// A frame from a server.
#[derive(Debug, PartialEq, Eq)]
pub enum Frame<'a> {
    /// A possible STUN message.
    Message(&'a [u8]),
    /// Data from a channel (RFC 8656, section 12.4).
    Channel(u16, &'a [u8]),
}

impl<'a> Frame<'a> {
    /// Reads a complete frame.
    pub fn parse(bytes: &'a [u8]) -> Self {
        match channel_header(bytes).and_then(|(channel, length)| Some((channel, bytes.get(4..4 + length)?))) {
            Some((channel, data)) => Frame::Channel(channel, data),
            None => Frame::Message(bytes),
        }
    }
}

/// Encodes data for a channel; over a stream it is padded to a multiple of four bytes (RFC 8656, section 12.5).
pub fn channel_data(channel: u16, data: &[u8], over_stream: bool) -> Vec<u8> {
    let mut bytes = vec![0; 4 + data.len()];
    let length = ChannelData::new(channel, data).write_into_unchecked(&mut bytes);
    bytes.truncate(length);
    if over_stream {
        bytes.resize(length.next_multiple_of(4), 0);
    }
    bytes
}

/// Splits a stream into frames. It buffers at most one frame and what was read with it.
#[derive(Debug, Default)]
pub struct Framer {
    buffer: Vec<u8>,
    taken: usize,
    /// Whether the stream is not STUN; nothing more is buffered then.
    invalid: bool,
}

/// The stream has something that is neither STUN nor channel data, so that frame boundaries are unknown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotStun;

impl Framer {
    /// Adds bytes that were read.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.drain(..self.taken);
        self.taken = 0;
        if !self.invalid {
            self.buffer.extend_from_slice(bytes);
        }
    }

    /// Returns the next frame if it is complete.
    ///
    /// # Errors
    /// When the stream is not STUN; every later call then fails, too.
    pub fn next_frame(&mut self) -> Result<Option<&[u8]>, NotStun> {
        let start = self.taken;
        let rest = self.buffer.get(start..).unwrap_or_default();
        let length = if self.invalid { Err(NotStun) } else { frame_length(rest) };
        let Ok(length) = length else {
            *self = Framer { invalid: true, ..Framer::default() };
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

/// The length of the frame at the start of `bytes`, with padding; `None` when they are too few to tell.
fn frame_length(bytes: &[u8]) -> Result<Option<usize>, NotStun> {
    let [first, second, high, low, ..] = bytes else {
        // Do not wait for more of a stream that starts like text.
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

/// The channel and length of channel data, which starts with the channel number.
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
    fn splits_a_stream_that_arrives_in_pieces_of_any_size() {
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
            assert_eq!(Frame::parse(&frames[1]), Frame::Channel(0x4001, b"hello"));
            assert_eq!(Frame::parse(&frames[0]), Frame::Message(&message));
        }
    }

    #[test]
    fn detects_at_once_what_cannot_be_stun() {
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
            assert_eq!(framer.next_frame(), Err(NotStun), "frame boundaries are unknown");
            assert!(framer.buffer.capacity() == 0, "nothing is buffered of a stream that is not STUN");
        }
        let mut framer = Framer::default();
        framer.push(&[1, 1, 0]);
        assert_eq!(framer.next_frame(), Ok(None));
    }

    #[test]
    fn a_datagram_with_a_wrong_length_is_not_channel_data() {
        assert_eq!(Frame::parse(&[0x40, 0, 0, 5, 1]), Frame::Message(&[0x40, 0, 0, 5, 1]));
        assert_eq!(Frame::parse(&[]), Frame::Message(&[]));
        assert_eq!(channel_data(0x4000, b"abc", false).len(), 7);
    }
}
