//! Addresses of STUN and TURN servers: URIs of RFC 7064 and RFC 7065, parsed to one canonical form.

use std::fmt;
use std::net::IpAddr;

pub use super::address_error::{AddressError, Problem};
use super::address_text;

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

    pub(super) fn parse(text: &str) -> Option<Self> {
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
    /// Parses an address for one of the lists. A bare host means `stun:` or `turn:`.
    ///
    /// # Errors
    /// Says what is wrong and what was expected.
    pub fn parse(text: &str, kind: Kind) -> Result<Self, AddressError> {
        let wrong = |problem| AddressError::new(text, problem, Some(kind));
        let uri = address_text::parse(text, kind).map_err(wrong)?;
        match (kind, uri.scheme.is_turn()) {
            (Kind::Stun, true) => Err(wrong(Problem::TurnInStunList)),
            (Kind::Turn, false) => Err(wrong(Problem::StunInTurnList)),
            _ => Ok(uri),
        }
    }

    /// Parses an address of any scheme. A bare host means what `bare` says.
    ///
    /// # Errors
    /// Says what is wrong and what was expected.
    pub fn parse_any(text: &str, bare: Kind) -> Result<Self, AddressError> {
        address_text::parse(text, bare).map_err(|problem| AddressError::new(text, problem, None))
    }

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

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn canonical(kind: Kind, text: &str) -> String {
        ServerUri::parse(text, kind).unwrap_or_else(|e| panic!("{text}: {e}")).to_string()
    }

    #[track_caller]
    fn problem(kind: Kind, text: &str) -> Problem {
        ServerUri::parse(text, kind).expect_err(text).problem
    }

    #[test]
    fn every_accepted_spelling_has_one_canonical_form() {
        for (text, expected) in [
            ("stun.example.de", "stun:stun.example.de:3478"),
            ("Stun.Example.DE:443", "stun:stun.example.de:443"),
            ("STUN:stun.example.de", "stun:stun.example.de:3478"),
            ("stuns:stun.example.de", "stuns:stun.example.de:5349"),
            ("stun.example.de.", "stun:stun.example.de:3478"),
            ("localhost", "stun:localhost:3478"),
            ("stun", "stun:stun:3478"),
            ("stun:stun:3478", "stun:stun:3478"),
            ("192.0.2.1:03478", "stun:192.0.2.1:3478"),
            ("[::1]", "stun:[::1]:3478"),
            ("[2001:DB8:0:0::1]:443", "stun:[2001:db8::1]:443"),
            ("stun:[::ffff:192.0.2.1]", "stun:[::ffff:192.0.2.1]:3478"),
            ("stun.münchen.de", "stun:stun.xn--mnchen-3ya.de:3478"),
            ("stun.MÜNCHEN.de", "stun:stun.xn--mnchen-3ya.de:3478"),
            ("my_stun:1", "stun:my_stun:1"),
        ] {
            assert_eq!(canonical(Kind::Stun, text), expected);
            assert_eq!(canonical(Kind::Stun, expected), expected, "canonical text parses to itself");
        }
        for (text, expected) in [
            ("turn.example.de", "turn:turn.example.de:3478?transport=udp"),
            ("turn:turn.example.de?transport=TCP", "turn:turn.example.de:3478?transport=tcp"),
            ("turns:turn.example.de", "turns:turn.example.de:5349?transport=tcp"),
            ("turns:turn.example.de:443?transport=udp", "turns:turn.example.de:443?transport=udp"),
            ("turn:[::1]:1?transport=udp", "turn:[::1]:1?transport=udp"),
        ] {
            assert_eq!(canonical(Kind::Turn, text), expected);
            assert_eq!(canonical(Kind::Turn, expected), expected, "canonical text parses to itself");
        }
    }

    #[test]
    fn what_is_no_address_says_why() {
        for (text, expected) in [
            ("", Problem::Empty),
            (" stun.example.de", Problem::Blank),
            ("stun:a b", Problem::Blank),
            ("a\u{7}b", Problem::Blank),
            ("http://stun.example.de", Problem::Scheme("http".into())),
            ("http:stun.example.de", Problem::Scheme("http".into())),
            ("ftp://x", Problem::Scheme("ftp".into())),
            ("stun://stun.example.de/", Problem::Slashes("stun:stun.example.de".into())),
            ("::1", Problem::BareIpv6("[::1]".into())),
            ("stun:::1", Problem::BareIpv6("stun:[::1]".into())),
            ("stun:user@host", Problem::UserInfo),
            ("stun://user@host", Problem::UserInfo),
            ("stun://host/path", Problem::Path),
            ("host/path", Problem::Path),
            ("host#x", Problem::Path),
            ("host:0", Problem::Port("0".into())),
            ("host:65536", Problem::Port("65536".into())),
            ("host:", Problem::Port(String::new())),
            ("host:+1", Problem::Port("+1".into())),
            ("host:x", Problem::Port("x".into())),
            ("stun:", Problem::NoHost),
            (":3478", Problem::NoHost),
            ("[::1", Problem::Host("[::1".into())),
            ("[::1]x", Problem::Host("[::1]x".into())),
            ("[fe80::1%eth0]", Problem::Host("[fe80::1%eth0]".into())),
            ("[host]", Problem::Host("[host]".into())),
            ("a..b", Problem::Host("a..b".into())),
            (".", Problem::Host(".".into())),
            ("-a", Problem::Host("-a".into())),
            ("a%41", Problem::Host("a%41".into())),
            ("256.1.1.1", Problem::Host("256.1.1.1".into())),
            ("127.1", Problem::Host("127.1".into())),
            ("1.2.3.0x4", Problem::Host("1.2.3.0x4".into())),
            ("xn--a", Problem::Host("xn--a".into())),
            ("a:b:c", Problem::Host("a:b:c".into())),
            ("stun:host?transport=udp", Problem::StunTransport),
            ("turn:host", Problem::TurnInStunList),
        ] {
            assert_eq!(problem(Kind::Stun, text), expected, "{text}");
        }
        for (text, expected) in [
            ("turn:host?transport=sctp", Problem::Transport("transport=sctp".into())),
            ("turn:host?x=udp", Problem::Transport("x=udp".into())),
            ("turn:host?", Problem::Transport(String::new())),
            ("stun:host", Problem::StunInTurnList),
        ] {
            assert_eq!(problem(Kind::Turn, text), expected, "{text}");
        }
        assert_eq!(problem(Kind::Stun, &"a".repeat(64)), Problem::Host("a".repeat(64)));
    }

    #[test]
    fn an_error_shows_nothing_of_what_stands_before_an_at_sign() {
        for (text, shown) in [
            ("turn:alice:hunter2@turn.example.de", "'turn:…@turn.example.de'"),
            (
                "TURNS:alice:hunter2@turn.example.de:443?transport=tcp",
                "'turns:…@turn.example.de:443?transport=tcp'",
            ),
            ("alice:hunter2@turn.example.de", "'…@turn.example.de'"),
            ("turn:alice:hunter2@@turn.example.de", "'turn:…@turn.example.de'"),
            // What else is wrong is not told before.
            ("turn://alice:hunter2@turn.example.de/x", "'turn:…@turn.example.de/x'"),
            ("https://alice:hunter2@turn.example.de", "'…@turn.example.de'"),
            ("turn:alice:hunter2 hunter2@turn.example.de", "'turn:…@turn.example.de'"),
            ("turn:alice:hunter2?hunter2@turn.example.de", "'turn:…@turn.example.de'"),
        ] {
            for error in [
                ServerUri::parse(text, Kind::Stun).unwrap_err(),
                ServerUri::parse(text, Kind::Turn).unwrap_err(),
                ServerUri::parse_any(text, Kind::Stun).unwrap_err(),
            ] {
                assert_eq!(error.problem, Problem::UserInfo, "{text}");
                assert_eq!(error.to_string(), format!("{shown}: a server address has no user name"));
                assert!(!format!("{error:?} {}", error.hint()).contains("hunter2"), "{text}");
            }
        }
    }

    #[test]
    fn an_error_shows_long_and_hostile_text_safely() {
        let error = ServerUri::parse(&format!("\u{1b}[31m{}", "a".repeat(500)), Kind::Stun).unwrap_err();
        let shown = error.to_string();
        assert!(!shown.contains('\u{1b}') && shown.chars().count() < 200, "{shown}");
    }
}
