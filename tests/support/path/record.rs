//! What a path did to each packet, from which figures can be computed without the program's code.

use std::collections::hash_map::DefaultHasher;
use std::hash::{Hash as _, Hasher as _};
use std::time::Instant;

use super::packet::{Content, Packet, Socket};

/// A packet that came to the path.
#[derive(Clone, Debug)]
pub(crate) struct Passage {
    /// The side that it came from: the client's (0) or the server's (1).
    pub(crate) from: usize,
    /// The client's socket that sent it or was to receive it.
    pub(crate) client: Socket,
    pub(crate) what: What,
    /// How many bytes it has, with all headers.
    pub(crate) length: usize,
    pub(crate) came: Instant,
    /// When it left on the other side: once, never, or once for each copy.
    pub(crate) left: Vec<Instant>,
}

/// What a packet carries.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum What {
    /// A STUN message: its type, and its transaction.
    Stun(u16, [u8; 12]),
    /// Channel data.
    Channel {
        /// Tells it from other data: the relay does not change data, but may use other channels.
        hash: u64,
        /// How many bytes of data.
        length: usize,
        /// The first bytes of the data.
        head: [u8; 16],
    },
    Other,
}

impl Passage {
    pub(super) fn new(packet: &Packet<'_>, from: usize, came: Instant) -> Self {
        let what = match packet.content {
            Content::Stun(kind, id) => What::Stun(kind, id),
            Content::Channel(data) => channel(data),
            Content::Other => What::Other,
        };
        let (client, length) = (packet.client(from), packet.length);
        Passage { from, client, what, length, came, left: Vec::new() }
    }
}

fn channel(data: &[u8]) -> What {
    let mut hasher = DefaultHasher::new();
    data.hash(&mut hasher);
    let mut head = [0; 16];
    head.iter_mut().zip(data).for_each(|(to, from)| *to = *from);
    What::Channel { hash: hasher.finish(), length: data.len(), head }
}
