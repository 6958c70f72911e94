//! The result for one server over one transport and one address family, with the JSON keys that scripts rely on.

use std::borrow::Cow;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use serde::{Serialize, Serializer};

use super::audit::Audit;
use super::code::Code;
use super::quality::Quality;
use super::wait::Wait;
use crate::config::address::Kind;
use crate::protocol::transaction::Response;
use crate::text::address::Text;

/// The result for one server over one transport and one address family.
#[derive(Clone, Debug, Serialize)]
pub struct Row {
    /// The server's canonical address.
    pub uri: String,
    /// Whether it is a STUN or a TURN server.
    pub kind: Kind,
    /// The server's position in the configured list of its kind, counted from 1; `None` when it is not configured.
    pub position: Option<usize>,
    /// The transport to the server.
    pub transport: Transport,
    /// The address family; `None` when the name did not resolve or the row was not probed.
    pub family: Option<Family>,
    /// The address that was probed; `None` as for the family.
    #[serde(serialize_with = "socket_address")]
    pub address: Option<SocketAddr>,
    /// The verdict.
    pub status: Status,
    /// The number of transactions; retransmissions do not count.
    pub sent: u32,
    /// How many of them got a valid response.
    pub received: u32,
    /// Round-trip times; `None` when nothing was received.
    pub rtt_ms: Option<Rtt>,
    /// This machine's server-reflexive address.
    #[serde(serialize_with = "socket_address")]
    pub mapped_address: Option<SocketAddr>,
    /// The server's software: without control characters, at most 763 bytes.
    pub software: Option<String>,
    /// The server's certificate, over TLS. Boxed, since most rows have none and bulk runs have thousands of rows.
    pub tls: Option<Box<Tls>>,
    /// The server's country (ISO 3166 code).
    pub country: Option<String>,
    /// What needs attention though it does not fail the row.
    pub warnings: Vec<Warning>,
    /// Why the row is not `ok`; boxed like `tls`.
    pub error: Option<Box<RowError>>,
    /// The results of a TURN server; `None` for a STUN server.
    #[serde(flatten)]
    pub turn: Option<Box<Turn>>,
    /// How good a call over this row would be, where that was measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quality: Option<Box<Quality>>,
    /// The index of the server in the plan.
    #[serde(skip)]
    pub index: usize,
    /// This machine's own address on the connection: two servers can be compared only when it is the same.
    #[serde(skip)]
    pub local: Option<IpAddr>,
    /// How long the lookup of its name took.
    #[serde(skip)]
    pub lookup: Duration,
    /// How long the server takes to respond, where `rtt_ms` does not say it.
    #[serde(skip)]
    pub trip: Option<Duration>,
    /// Whether this machine has no route for the address family, which says nothing about the server.
    #[serde(skip)]
    pub lacks_family: bool,
    /// Whether the server redirected to the one at `address`.
    #[serde(skip)]
    pub redirected: bool,
    /// Whether the row changed after it was measured, because of other rows.
    #[serde(skip)]
    pub revised: bool,
}

impl Row {
    /// An empty row.
    pub(crate) fn new(uri: String, kind: Kind, transport: Transport) -> Self {
        Row {
            uri,
            kind,
            position: None,
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
            quality: None,
            index: 0,
            local: None,
            lookup: Duration::ZERO,
            trip: None,
            lacks_family: false,
            redirected: false,
            revised: false,
        }
    }

    /// Marks the row as failed.
    pub(crate) fn failed(mut self, error: RowError) -> Self {
        self.fail(error);
        self
    }

    fn fail(&mut self, error: RowError) {
        self.status = Status::Failed;
        self.error = Some(Box::new(error.over(self.transport)));
    }

    /// Records the response to a Binding transaction of a STUN server.
    pub(crate) fn record(&mut self, response: Response<SocketAddr>, rtts: &mut Vec<Duration>) {
        self.received += 1;
        self.warn_of_fingerprint(response.has_wrong_fingerprint);
        self.mapped_address = Some(response.value);
        self.software = response.software;
        rtts.push(response.rtt);
    }

    /// Adds a warning, unless the row has one with this code already.
    pub(crate) fn warn(&mut self, code: WarningCode, message: impl Into<String>) {
        if self.warnings.iter().all(|warning| warning.code != code) {
            self.warnings.push(Warning { code, message: message.into() });
        }
    }

    /// Warns of a wrong FINGERPRINT.
    pub(crate) fn warn_of_fingerprint(&mut self, is_wrong: bool) {
        if is_wrong {
            self.warn(
                WarningCode::BadFingerprint,
                "its responses have a wrong FINGERPRINT: Chromium accepts them, Firefox does not; update the server's software",
            );
        }
    }

    /// Warns when more than 5 % of `sent` datagrams got lost.
    pub(crate) fn warn_of_loss(&mut self, sent: usize, received: usize) {
        let lost = sent.saturating_sub(received);
        if received > 0 && lost * 20 > sent {
            let message = format!(
                "{lost} of {sent} datagrams were lost ({:.0} %): calls over this path suffer; check the network between this machine and the server",
                100.0 * lost as f64 / sent as f64
            );
            self.warn(WarningCode::Lossy, message);
        }
    }

    /// Ends the row of a STUN server: `ok` when one transaction got a valid response, however the last one ended.
    pub(crate) fn end(&mut self, rtts: Vec<Duration>, end: Result<(), RowError>) {
        self.rtt_ms = Rtt::of(rtts);
        match end {
            Err(error) if self.received == 0 || error.code == Code::Interrupted => self.fail(error),
            _ => self.status = Status::Ok,
        }
    }

    /// Whether a TURN server granted a relay.
    pub fn has_relay(&self) -> bool {
        self.turn.as_ref().is_some_and(|turn| turn.relayed_address.is_some())
    }

    /// The audit of a TURN server.
    pub fn audit(&self) -> Option<&Audit> {
        self.turn.as_ref()?.audit.as_ref()
    }

    /// Whether the server has responded, however useful that was.
    pub fn has_response(&self) -> bool {
        let by_error = self.error.as_ref().is_some_and(|error| {
            error.stun_code.is_some() || matches!(error.code, Code::NotStun | Code::BadResponse)
        });
        self.received > 0 || self.trip.is_some() || by_error
    }

    /// Whether both rows are about the same server over the same transport.
    pub fn is_of_same_server(&self, other: &Row) -> bool {
        self.uri == other.uri && self.transport == other.transport
    }
}

/// A server's certificate.
#[derive(Clone, Debug, Serialize)]
pub struct Tls {
    /// The version, such as `TLSv1.3`; `None` when the handshake failed.
    pub version: Option<&'static str>,
    /// Its subject, without control characters.
    pub subject: String,
    /// Its issuer, without control characters.
    pub issuer: String,
    /// When it expires (RFC 3339).
    pub not_after: String,
    /// The same in seconds since 1970.
    #[serde(skip)]
    pub not_after_s: i64,
    /// Whether it is valid for the server's host.
    pub name_matches: bool,
    /// Whether it is valid now, for this host, and signed by a trusted authority.
    pub trusted: bool,
    /// Why it is not trusted, which matters where certificates are not checked.
    pub problem: Option<Code>,
}

/// The verdict on a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// The server works.
    Ok,
    /// It does not.
    Failed,
    /// Not probed; does not count for the exit code.
    Skipped,
}

/// The results of a TURN server. Its keys are there however early the row failed.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Turn {
    /// The relayed transport address; `None` when the server granted no relay.
    pub relayed_address: Option<SocketAddr>,
    /// The lifetime of the allocation without a refresh, in seconds.
    pub lifetime_s: Option<u32>,
    /// The round trips from one relay to the other and back; `None` when the probe did not get that far.
    pub relay: Option<Relay>,
    /// From an IPv6 client to an IPv4 client, on one row of a server that has both.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bridge: Option<Box<Bridge>>,
    /// What the server would relay though it should not, where that was audited.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audit: Option<Audit>,
}

/// Datagrams through relays and back.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Relay {
    /// How many were sent.
    pub sent: u32,
    /// How many came back.
    pub received: u32,
    /// Their round-trip times.
    pub rtt_ms: Option<Rtt>,
}

/// Whether the server connects a client over IPv6 with one over IPv4.
#[derive(Clone, Debug, Serialize)]
pub struct Bridge {
    /// The verdict.
    pub status: Status,
    /// The datagrams over the bridge.
    #[serde(flatten)]
    pub relay: Relay,
    /// Why it failed.
    pub error: Option<RowError>,
}

/// The transport to a server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// UDP
    #[default]
    Udp,
    /// TCP
    Tcp,
    /// TLS over TCP
    Tls,
}

impl Transport {
    /// Returns the transport as people write it.
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
    pub const fn of(address: SocketAddr) -> Self {
        match address {
            SocketAddr::V4(_) => Family::Ipv4,
            SocketAddr::V6(_) => Family::Ipv6,
        }
    }

    /// The name of the family.
    pub const fn name(self) -> &'static str {
        match self {
            Family::Ipv4 => "IPv4",
            Family::Ipv6 => "IPv6",
        }
    }
}

/// Round-trip times in ms with three decimals, each from the first request of a transaction to its response.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Rtt {
    /// The shortest.
    pub min: f64,
    /// The median: the middle one, or the mean of the two in the middle.
    pub median: f64,
    /// The longest.
    pub max: f64,
}

impl Rtt {
    /// The statistics of a series; `None` for an empty one.
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
    pub hint: Cow<'static, str>,
    /// The error code that the server sent (RFC 8489, section 14.8).
    pub stun_code: Option<u16>,
    /// How long browsers wait for the server.
    #[serde(skip)]
    pub wait: Wait,
}

/// A warning.
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
    /// Two servers see this machine at different addresses.
    AddressDiffers,
    /// The certificate expires within 21 days.
    CertificateExpires,
    /// The server is outside the European Economic Area.
    CountryOutsideEea,
    /// The FINGERPRINT of a response is wrong.
    BadFingerprint,
    /// The name's other address family does not work.
    FamilyFailed,
    /// More than 5 % of what was sent got lost.
    Lossy,
    /// The relayed address is private though the server's is not.
    RelayPrivateAddress,
    /// This machine and the relay cannot reach each other directly.
    RelayUnreachable,
    /// The lifetime of the allocation is under a minute.
    ShortLifetime,
    /// Browsers support neither STUN over TLS nor TURN over DTLS.
    TransportNotInBrowsers,
    /// What the server sends arrives with a TTL, or hop limit, of 1.
    #[serde(rename = "ttl-1")]
    Ttl1,
}

/// Writes an address in a third of the time that serde takes.
fn socket_address<S: Serializer>(address: &Option<SocketAddr>, serializer: S) -> Result<S::Ok, S::Error> {
    match address {
        Some(SocketAddr::V4(address)) => serializer.serialize_str(Text::of_socket(*address).as_str()),
        other => other.serialize(serializer),
    }
}

/// A duration in ms, rounded to three decimals.
pub(super) fn milliseconds(span: Duration) -> f64 {
    (span.as_secs_f64() * 1_000_000.0).round() / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn computes_the_median() {
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
