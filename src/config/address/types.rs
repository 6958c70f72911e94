//! Addresses of STUN and TURN servers: URIs of RFC 7064 and RFC 7065, parsed to one canonical form.

use std::fmt;
use std::net::IpAddr;

/// The scheme of a server's URI: what it offers, and whether TLS protects it.
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
    /// The scheme as it stands in a URI, without the colon.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Scheme::Stun => "stun",
            Scheme::Stuns => "stuns",
            Scheme::Turn => "turn",
            Scheme::Turns => "turns",
        }
    }

    /// The port that a URI without one means: 3478, with TLS 5349.
    #[must_use]
    pub const fn default_port(self) -> u16 {
        if self.is_secure() { 5349 } else { 3478 }
    }

    /// Whether TLS (or DTLS) protects the connection.
    #[must_use]
    pub const fn is_secure(self) -> bool {
        matches!(self, Scheme::Stuns | Scheme::Turns)
    }

    /// Whether the server relays (TURN) rather than only telling addresses (STUN).
    #[must_use]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Transport {
    /// Datagrams; with a secure scheme DTLS.
    Udp,
    /// A stream; with a secure scheme TLS.
    Tcp,
}

impl Transport {
    /// The transport as it stands behind `?transport=`.
    #[must_use]
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
    /// A domain name: lower-case, international labels as punycode, no trailing dot.
    Name(String),
    /// An IP address.
    Ip(IpAddr),
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Host::Name(name) => f.write_str(name),
            Host::Ip(IpAddr::V4(ip)) => ip.fmt(f),
            Host::Ip(IpAddr::V6(ip)) => write!(f, "[{ip}]"),
        }
    }
}

/// Which of the two lists an address is meant for; it decides what is accepted, and what a bare host means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// `stun:` and `stuns:`.
    Stun,
    /// `turn:` and `turns:`.
    Turn,
}

/// The address of a server. Two spellings of one address are equal; `Display` gives the canonical one.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ServerUri {
    /// The scheme.
    pub scheme: Scheme,
    /// The host.
    pub host: Host,
    /// The port, never 0.
    pub port: u16,
    /// The transport. `stun:` stands for UDP here and `stuns:` for TCP, since their URIs name none.
    pub transport: Transport,
}

impl ServerUri {
    /// The list that this address belongs to.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        if self.scheme.is_turn() { Kind::Turn } else { Kind::Stun }
    }
}

impl fmt::Display for ServerUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.scheme.as_str(), self.host, self.port)?;
        if self.scheme.is_turn() {
            write!(f, "?transport={}", self.transport.as_str())?;
        }
        Ok(())
    }
}
