//! The parts of a server address, and how it is written.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::net::IpAddr;
use std::sync::Arc;

use serde::Serialize;

use crate::text::address::Text;

/// The scheme of a server address: what the server offers, and whether TLS protects it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// STUN without encryption (RFC 7064).
    Stun,
    /// STUN over TLS (RFC 7064).
    Stuns,
    /// TURN without encryption (RFC 7065).
    Turn,
    /// TURN over TLS, or over DTLS with `?transport=udp` (RFC 7065).
    Turns,
}

impl Scheme {
    /// Returns the scheme as a URI spells it, without the colon.
    pub const fn as_str(self) -> &'static str {
        match self {
            Scheme::Stun => "stun",
            Scheme::Stuns => "stuns",
            Scheme::Turn => "turn",
            Scheme::Turns => "turns",
        }
    }

    /// Returns the port of a URI that names none: 3478, or 5349 with TLS.
    pub const fn default_port(self) -> u16 {
        if self.is_secure() { 5349 } else { 3478 }
    }

    /// Whether TLS or DTLS protects the connection.
    pub const fn is_secure(self) -> bool {
        matches!(self, Scheme::Stuns | Scheme::Turns)
    }

    /// Whether the server relays traffic (TURN) instead of only reporting addresses (STUN).
    pub const fn is_turn(self) -> bool {
        matches!(self, Scheme::Turn | Scheme::Turns)
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        [Scheme::Stun, Scheme::Stuns, Scheme::Turn, Scheme::Turns]
            .into_iter()
            .find(|scheme| scheme.as_str().eq_ignore_ascii_case(text))
    }
}

/// The transport between client and server, as `?transport=` names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// UDP; DTLS with a secure scheme.
    Udp,
    /// TCP; TLS with a secure scheme.
    Tcp,
}

impl Transport {
    /// Returns the transport as `?transport=` spells it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Transport::Udp => "udp",
            Transport::Tcp => "tcp",
        }
    }
}

/// A host: a name in its ASCII form, or an IP address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Host {
    /// A domain name: lower-case, international labels as punycode, no trailing dot. Shared, because
    /// an edit of a list holds the entries before and after it.
    Name(Arc<str>),
    /// An IP address.
    Ip(IpAddr),
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Host::Name(name) => f.write_str(name),
            Host::Ip(IpAddr::V4(ip)) => f.write_str(Text::of_ip(*ip).as_str()),
            Host::Ip(IpAddr::V6(ip)) => write!(f, "[{ip}]"),
        }
    }
}

/// The kind of a server, and so the list that it belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// `stun:` and `stuns:`: reports the client's public address.
    Stun,
    /// `turn:` and `turns:`: relays traffic.
    Turn,
}

/// The address of a server. Different spellings of one address are equal; `Display` writes the canonical one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServerUri {
    /// The scheme.
    pub scheme: Scheme,
    /// The host.
    pub host: Host,
    /// The port, never 0.
    pub port: u16,
    /// The transport: UDP for `stun:` and TCP for `stuns:`, whose URIs name none.
    pub transport: Transport,
}

impl ServerUri {
    /// Returns the list that this address belongs to.
    pub const fn kind(&self) -> Kind {
        if self.scheme.is_turn() { Kind::Turn } else { Kind::Stun }
    }
}

impl Hash for ServerUri {
    /// Hashes the host and the port, which nearly all addresses differ in: thousands are compared with each other.
    fn hash<H: Hasher>(&self, state: &mut H) {
        match &self.host {
            Host::Name(name) => name.hash(state),
            Host::Ip(ip) => ip.hash(state),
        }
        self.port.hash(state);
    }
}

impl fmt::Display for ServerUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Piece by piece: lists are long, and the formatter would take a third more instructions.
        f.write_str(self.scheme.as_str())?;
        f.write_str(":")?;
        self.host.fmt(f)?;
        f.write_str(":")?;
        f.write_str(Text::of_port(self.port).as_str())?;
        if self.scheme.is_turn() {
            f.write_str("?transport=")?;
            f.write_str(self.transport.as_str())?;
        }
        Ok(())
    }
}
