//! What a path reads of an IP packet: addresses, ports, and whether it is STUN or channel data.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// A client's socket: protocol, address and port.
pub(crate) type Socket = (u8, IpAddr, u16);

/// The types of Binding requests, of their responses, and of Refresh requests.
pub(crate) const BINDING: u16 = 0x0001;
pub(crate) const BOUND: u16 = 0x0101;
pub(crate) const REFRESH: u16 = 0x0004;
/// The protocol number of UDP.
pub(crate) const UDP: u8 = 17;
const MAGIC_COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];

/// An IP packet without extension headers.
pub(crate) struct Packet<'a> {
    /// The source and the destination.
    pub(crate) addresses: [IpAddr; 2],
    pub(crate) protocol: u8,
    /// The source and destination port; other protocols than TCP and UDP have the first bytes of their payload in place of them.
    ports: [u16; 2],
    /// How many bytes it has, with all headers.
    pub(crate) length: usize,
    pub(crate) content: Content<'a>,
}

/// What a packet carries.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Content<'a> {
    /// A STUN message in UDP: its type, and its transaction.
    Stun(u16, [u8; 12]),
    /// Channel data in UDP (RFC 8656, section 12.4): what is relayed.
    Channel(&'a [u8]),
    Other,
}

impl<'a> Packet<'a> {
    /// Reads a packet; nothing if it is too short for ports.
    pub(crate) fn parse(bytes: &'a [u8]) -> Option<Self> {
        let ipv4 = |at: usize| Some(Ipv4Addr::from(<[u8; 4]>::try_from(bytes.get(at..at + 4)?).ok()?));
        let ipv6 = |at: usize| Some(Ipv6Addr::from(<[u8; 16]>::try_from(bytes.get(at..at + 16)?).ok()?));
        let first = *bytes.first()?;
        let (addresses, protocol, header): ([IpAddr; 2], _, _) = match first >> 4 {
            4 => ([ipv4(12)?.into(), ipv4(16)?.into()], *bytes.get(9)?, usize::from(first & 15) * 4),
            6 => ([ipv6(8)?.into(), ipv6(24)?.into()], *bytes.get(6)?, 40),
            _ => return None,
        };
        let ports = [number(bytes, header)?, number(bytes, header + 2)?];
        let content = match bytes.get(header + 8..) {
            Some(payload) if protocol == UDP => Content::of(payload),
            _ => Content::Other,
        };
        Some(Packet { addresses, protocol, ports, length: bytes.len(), content })
    }

    /// The client's socket, in a packet that comes from the client's side (0) or from the server's (1).
    pub(crate) fn client(&self, from: usize) -> Socket {
        (self.protocol, self.addresses[from], self.ports[from])
    }
}

impl<'a> Content<'a> {
    fn of(payload: &'a [u8]) -> Self {
        let data = || payload.get(4..4 + usize::from(number(payload, 2)?));
        match payload.first().map(|first| first >> 6) {
            Some(0) if payload.get(4..8) == Some(&MAGIC_COOKIE) => {
                let transaction = payload.get(8..20).and_then(|id| id.try_into().ok());
                number(payload, 0)
                    .zip(transaction)
                    .map_or(Content::Other, |(kind, id)| Content::Stun(kind, id))
            }
            Some(1) => data().map_or(Content::Other, Content::Channel),
            _ => Content::Other,
        }
    }
}

/// The number of two bytes at this place.
fn number(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?]))
}
