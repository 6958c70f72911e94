//! What one server said over one transport and one address family, with the very JSON keys that scripts rely on.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use serde::Serialize;

use super::code::Code;
use super::turn::Turn;

/// What one server said over one transport and one address family.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// The server's canonical address.
    pub uri: String,
    /// What the server is asked for.
    pub kind: Kind,
    /// How it was asked.
    pub transport: Transport,
    /// The address family; `None` when the name did not resolve or the row was not probed.
    pub family: Option<Family>,
    /// The address that was asked; `None` as for the family.
    pub address: Option<SocketAddr>,
    /// The verdict.
    pub status: Status,
    /// How many transactions were begun; retransmissions do not count.
    pub sent: u32,
    /// How many of them were answered.
    pub received: u32,
    /// Round-trip times; `None` when nothing was received.
    pub rtt_ms: Option<Rtt>,
    /// This machine's address as the server saw it.
    pub mapped_address: Option<SocketAddr>,
    /// What the server calls itself: no control characters, at most 763 bytes.
    pub software: Option<String>,
    /// The server's certificate, over TLS. In a box as all that most rows lack: bulk runs have thousands of rows.
    pub tls: Option<Box<Tls>>,
    /// The server's country, as ISO 3166 abbreviates it.
    pub country: Option<String>,
    /// What is worth a look though the row is no failure.
    pub warnings: Vec<Warning>,
    /// Why the row is not `ok`.
    pub error: Option<RowError>,
    /// What a TURN server gave and carried; rows of STUN servers have none.
    #[serde(flatten)]
    pub turn: Option<Box<Turn>>,
    /// This machine's own address towards the server: two servers can be compared only when it is the same.
    #[serde(skip)]
    pub local: Option<IpAddr>,
    /// Whether the server sent us on to the one at `address`.
    #[serde(skip)]
    pub redirected: bool,
    /// Whether all rows together say something about this one that it did not say when it was measured.
    #[serde(skip)]
    pub revised: bool,
}

impl Row {
    /// A row that nothing is known of yet.
    pub(crate) fn new(uri: String, kind: Kind, transport: Transport) -> Self {
        Row {
            uri,
            kind,
            transport,
            family: None,
            address: None,
            status: Status::Skipped,
            sent: 0,
            received: 0,
            rtt_ms: None,
            mapped_address: None,
            software: None,
            tls: None,
            country: None,
            warnings: Vec::new(),
            error: None,
            turn: (kind == Kind::Turn).then(Box::default),
            local: None,
            redirected: false,
            revised: false,
        }
    }

    /// The row, failed.
    pub(crate) fn failed(mut self, error: RowError) -> Self {
        self.status = Status::Failed;
        self.error = Some(error);
        if self.delays_gathering()
            && let Some(error) = &mut self.error
        {
            error.hint.push_str("; until then browsers wait 39.9 seconds for it before each call");
        }
        self
    }

    /// The row of a STUN server at its end: good as soon as one transaction was answered, whatever ended it.
    pub(crate) fn ended(mut self, end: Result<(), RowError>) -> Self {
        match end {
            Err(problem) if self.received == 0 || problem.code == Code::Interrupted => self.failed(problem),
            _ => {
                self.status = Status::Ok;
                self
            }
        }
    }

    /// Whether a TURN server has granted a relay.
    #[must_use]
    pub fn has_relay(&self) -> bool {
        self.turn.as_ref().is_some_and(|turn| turn.relayed_address.is_some())
    }

    /// Whether both rows are about the same server over the same transport.
    #[must_use]
    pub fn is_of_same_server(&self, other: &Row) -> bool {
        self.uri == other.uri && self.transport == other.transport
    }

    /// Whether a browser that has this server in its list waits for it until it gives up. A relay that was granted
    /// is all that it waits for; and a connection that is refused or closed ends the wait.
    #[must_use]
    pub fn delays_gathering(&self) -> bool {
        let Some(error) = &self.error else { return false };
        let waits = match self.transport {
            Transport::Udp => error.code.delays_gathering(),
            Transport::Tcp | Transport::Tls => error.code == Code::Timeout,
        };
        self.status == Status::Failed && !self.has_relay() && waits
    }
}

/// A server's certificate.
#[derive(Clone, Debug, Serialize)]
pub struct Tls {
    /// The version that was agreed on, such as `TLSv1.3`; `None` when the handshake failed.
    pub version: Option<&'static str>,
    /// Whom it names; no control characters.
    pub subject: String,
    /// Who signed it; no control characters.
    pub issuer: String,
    /// When it ends, as RFC 3339 writes it.
    pub not_after: String,
    /// The same in seconds since 1970.
    #[serde(skip)]
    pub not_after_s: i64,
    /// Whether it is valid for the host that was asked.
    pub name_matches: bool,
    /// Whether somebody trusted vouches for it, for this host and now.
    pub trusted: bool,
    /// Why it is not trusted, which matters where certificates are not checked.
    pub problem: Option<Code>,
}

/// The verdict on a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// The server answered.
    Ok,
    /// It did not, or wrongly.
    Failed,
    /// Not probed; does not count for the exit code.
    Skipped,
}

/// What a server is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// The client's public address.
    Stun,
    /// A relay.
    Turn,
}

/// How a server is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// UDP.
    Udp,
    /// TCP.
    Tcp,
    /// TLS over TCP.
    Tls,
}

impl Transport {
    /// Returns the transport as people write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Transport::Udp => "UDP",
            Transport::Tcp => "TCP",
            Transport::Tls => "TLS",
        }
    }
}

/// An address family.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Family {
    /// IPv4.
    Ipv4,
    /// IPv6.
    Ipv6,
}

impl Family {
    /// The family of an address.
    #[must_use]
    pub const fn of(address: SocketAddr) -> Self {
        match address {
            SocketAddr::V4(_) => Family::Ipv4,
            SocketAddr::V6(_) => Family::Ipv6,
        }
    }

    /// The family as people write it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Family::Ipv4 => "IPv4",
            Family::Ipv6 => "IPv6",
        }
    }
}

/// Round-trip times in ms with three decimals, each from the first request of a transaction to its answer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Rtt {
    /// The shortest.
    pub min: f64,
    /// The one in the middle, or the mean of the two in the middle.
    pub median: f64,
    /// The longest.
    pub max: f64,
}

impl Rtt {
    /// The figures of a series; `None` for an empty one.
    pub(crate) fn of(mut series: Vec<Duration>) -> Option<Self> {
        series.sort_unstable();
        let (min, max) = (*series.first()?, *series.last()?);
        let upper = *series.get(series.len() / 2)?;
        let lower = *series.get((series.len() - 1) / 2)?;
        Some(Rtt {
            min: milliseconds(min),
            median: milliseconds((lower + upper) / 2),
            max: milliseconds(max),
        })
    }
}

/// Why a row is not `ok`: what happened, and what to do next.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RowError {
    /// The stable code.
    pub code: Code,
    /// What happened, in one sentence that names the server.
    pub message: String,
    /// What to do next.
    pub hint: String,
    /// The error code that the server sent (RFC 8489, section 14.8).
    pub stun_code: Option<u16>,
}

/// Something worth a look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// The stable code.
    pub code: WarningCode,
    /// What it is, in one sentence.
    pub message: String,
}

/// The codes of warnings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum WarningCode {
    /// Two servers saw this machine under different addresses.
    AddressDiffers,
    /// The certificate ends within 21 days.
    CertificateExpires,
    /// The server stands outside the European Economic Area.
    CountryOutsideEea,
    /// The name's other address family does not work.
    FamilyFailed,
    /// The relayed address is private though the server's is not.
    RelayPrivateAddress,
    /// No browser speaks DTLS to TURN servers.
    TransportNotInBrowsers,
}

/// A span in ms, rounded to three decimals.
pub(crate) fn milliseconds(span: Duration) -> f64 {
    (span.as_secs_f64() * 1_000_000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        let rtt = |ms: &[u64]| Rtt::of(ms.iter().map(|ms| Duration::from_millis(*ms)).collect());
        assert_eq!(rtt(&[]), None);
        assert_eq!(rtt(&[7]), Some(Rtt { min: 7.0, median: 7.0, max: 7.0 }));
        assert_eq!(rtt(&[9, 1, 4]), Some(Rtt { min: 1.0, median: 4.0, max: 9.0 }));
        assert_eq!(rtt(&[9, 1, 4, 5]), Some(Rtt { min: 1.0, median: 4.5, max: 9.0 }));
    }

    #[test]
    fn milliseconds_have_three_decimals() {
        assert_eq!(milliseconds(Duration::from_nanos(1_234_567)), 1.235);
        assert_eq!(milliseconds(Duration::from_secs(2)), 2000.0);
    }
}
