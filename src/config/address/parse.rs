//! Reading the text of a server's address, piece by piece, so that each mistake is named.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use super::error::AddressError;

use super::{Host, Kind, Problem, Scheme, ServerUri, Transport};

impl ServerUri {
    /// Parses an address for one of the lists. A bare host means `stun:` or `turn:`.
    ///
    /// # Errors
    /// Says what is wrong and what was expected.
    pub fn parse(text: &str, kind: Kind) -> Result<Self, AddressError> {
        let wrong = |problem| AddressError::new(text, problem, Some(kind));
        let uri = parse(text, kind).map_err(wrong)?;
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
        parse(text, bare).map_err(|problem| AddressError::new(text, problem, None))
    }
}

/// Parses an address of any scheme; a bare host means what `bare` says.
pub(crate) fn parse(text: &str, bare: Kind) -> Result<ServerUri, Problem> {
    if text.is_empty() {
        return Err(Problem::Empty);
    }
    // Before anything else is told of a text that may hold a password.
    if text.contains('@') {
        return Err(Problem::UserInfo);
    }
    if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
        return Err(Problem::Blank);
    }
    if text.parse::<Ipv6Addr>().is_ok() {
        return Err(Problem::BareIpv6(format!("[{text}]")));
    }
    let (scheme, rest) = split_scheme(text, bare)?;
    if let Some(after) = rest.strip_prefix("//") {
        let right = format!("{}:{}", scheme.as_str(), after.trim_end_matches('/'));
        // What would be wrong without them as well is told instead of proposed.
        return Err(parse(&right, bare).err().unwrap_or(Problem::Slashes(right)));
    }
    let (authority, query) = match rest.split_once('?') {
        Some((authority, query)) => (authority, Some(query)),
        None => (rest, None),
    };
    if authority.contains(['/', '#', '\\']) {
        return Err(Problem::Path);
    }
    let (host, port) = split_port(scheme, authority)?;
    Ok(ServerUri {
        scheme,
        host: parse_host(host)?,
        port: port.map_or(Ok(scheme.default_port()), parse_port)?,
        transport: parse_transport(scheme, query)?,
    })
}

/// `scheme:rest`. What stands before the first colon is a scheme if it is one of the four; `host:port` has none.
fn split_scheme(text: &str, bare: Kind) -> Result<(Scheme, &str), Problem> {
    let bare = match bare {
        Kind::Stun => Scheme::Stun,
        Kind::Turn => Scheme::Turn,
    };
    let Some((before, after)) = text.split_once(':') else { return Ok((bare, text)) };
    if let Some(scheme) = Scheme::parse(before) {
        return Ok((scheme, after));
    }
    let looks_like_scheme = after.starts_with("//")
        || ["http", "https", "tel", "sip", "sips", "tcp", "udp", "tls"].contains(&&*before.to_lowercase());
    if looks_like_scheme && !before.is_empty() {
        return Err(Problem::Scheme(before.to_owned()));
    }
    Ok((bare, text))
}

fn split_port(scheme: Scheme, authority: &str) -> Result<(&str, Option<&str>), Problem> {
    if let Some(inside) = authority.strip_prefix('[') {
        let (ip, after) = inside.split_once(']').ok_or_else(|| Problem::Host(authority.to_owned()))?;
        if ip.parse::<Ipv6Addr>().is_err() {
            return Err(Problem::Host(format!("[{ip}]")));
        }
        return match after.strip_prefix(':') {
            Some(port) => Ok((&authority[..=ip.len() + 1], Some(port))),
            None if after.is_empty() => Ok((authority, None)),
            None => Err(Problem::Host(authority.to_owned())),
        };
    }
    if authority.parse::<Ipv6Addr>().is_ok() {
        return Err(Problem::BareIpv6(format!("{}:[{authority}]", scheme.as_str())));
    }
    match authority.split_once(':') {
        Some((_, port)) if port.contains(':') => Err(Problem::Host(authority.to_owned())),
        Some(("", _)) => Err(Problem::NoHost),
        Some((host, port)) => Ok((host, Some(port))),
        None if authority.is_empty() => Err(Problem::NoHost),
        None => Ok((authority, None)),
    }
}

fn parse_port(text: &str) -> Result<u16, Problem> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match text.parse::<u16>() {
        Ok(port) if digits && port != 0 => Ok(port),
        _ => Err(Problem::Port(text.to_owned())),
    }
}

fn parse_host(text: &str) -> Result<Host, Problem> {
    let bad = || Problem::Host(text.to_owned());
    if let Some(ip) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return Ipv6Addr::from_str(ip).map(|ip| Host::Ip(ip.into())).map_err(|_| bad());
    }
    if let Ok(ip) = text.parse::<Ipv4Addr>() {
        return Ok(Host::Ip(ip.into()));
    }
    let name = if text.is_ascii() {
        text.to_ascii_lowercase()
    } else {
        idna::domain_to_ascii_strict(text).map_err(|_| bad())?
    };
    let name = name.strip_suffix('.').unwrap_or(&name);
    if name.len() > 253 || !name.split('.').all(is_label) || ends_in_number(name) {
        return Err(bad());
    }
    // An ASCII label that claims to be punycode has to decode.
    if name.split('.').any(|label| label.starts_with("xn--")) && idna::domain_to_unicode(name).1.is_err() {
        return Err(bad());
    }
    Ok(Host::Name(name.to_owned()))
}

/// A label of a host name. Underscores are no part of RFC 1123, but inner networks use them.
fn is_label(label: &str) -> bool {
    !label.is_empty()
        && label.len() <= 63
        && !label.starts_with('-')
        && !label.ends_with('-')
        && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

/// A name whose last label is a number would be read as an IPv4 address by one resolver and not by another.
fn ends_in_number(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    let hex = last.strip_prefix("0x").is_some_and(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
    hex || last.bytes().all(|b| b.is_ascii_digit())
}

fn parse_transport(scheme: Scheme, query: Option<&str>) -> Result<Transport, Problem> {
    let default = if scheme.is_secure() { Transport::Tcp } else { Transport::Udp };
    let Some(query) = query else { return Ok(default) };
    if !scheme.is_turn() {
        return Err(Problem::StunTransport);
    }
    let value = match query.split_once('=') {
        Some((key, value)) if key.eq_ignore_ascii_case("transport") => value,
        _ => return Err(Problem::Transport(query.to_owned())),
    };
    [Transport::Udp, Transport::Tcp]
        .into_iter()
        .find(|transport| transport.as_str().eq_ignore_ascii_case(value))
        .ok_or_else(|| Problem::Transport(query.to_owned()))
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
