//! Parses a server address piece by piece, so that each mistake gets its own message.

use std::borrow::Cow;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use super::error::{AddressError, AddressErrorKind as ErrorKind};
use super::types::{Host, Kind, Scheme, ServerUri, Transport};
use crate::text::all_bytes;

impl ServerUri {
    /// Parses an address for one of the lists. A bare host means `stun:` or `turn:`.
    ///
    /// # Errors
    /// When `text` is not an address, or belongs into the other list.
    pub fn parse(text: &str, kind: Kind) -> Result<Self, AddressError> {
        let parsed = parse(text, kind).and_then(|uri| match (kind, uri.kind()) {
            (Kind::Stun, Kind::Turn) => Err(ErrorKind::TurnInStunList),
            (Kind::Turn, Kind::Stun) => Err(ErrorKind::StunInTurnList),
            _ => Ok(uri),
        });
        parsed.map_err(|error| AddressError::new(text, error, Some(kind)))
    }

    /// Parses an address of any scheme. A bare host is of the kind `bare`.
    ///
    /// # Errors
    /// When `text` is not an address.
    pub fn parse_any(text: &str, bare: Kind) -> Result<Self, AddressError> {
        parse(text, bare).map_err(|kind| AddressError::new(text, kind, None))
    }
}

impl Host {
    /// Parses a host name or an IP address, which has brackets if it is IPv6.
    pub fn parse(text: &str) -> Option<Self> {
        parse_host(text).ok()
    }
}

fn parse(text: &str, bare: Kind) -> Result<ServerUri, ErrorKind> {
    if text.is_empty() {
        return Err(ErrorKind::Empty);
    }
    // A list may have thousands of addresses, so bytes are searched here, not characters, and the usual ones in one pass.
    let is_usual = all_bytes(text, |b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b':'));
    if !is_usual {
        // Checked first, because no other message may show a text that may contain a password.
        if text.contains('@') {
            return Err(ErrorKind::UserInfo);
        }
        if text.chars().any(|c| c.is_whitespace() || c.is_control()) {
            return Err(ErrorKind::Space);
        }
    }
    if is_ipv6(text) {
        return Err(ErrorKind::BareIpv6(format!("[{text}]")));
    }
    let (scheme, rest) = split_scheme(text, bare)?;
    if let Some(after) = rest.strip_prefix("//") {
        let right = format!("{}:{}", scheme.as_str(), after.trim_end_matches('/'));
        // Proposes the address without the slashes only if nothing else is wrong with it.
        return Err(parse(&right, bare).err().unwrap_or(ErrorKind::Slashes(right)));
    }
    let special = |b| matches!(b, b'?' | b'/' | b'#' | b'\\');
    let end = if is_usual { None } else { rest.bytes().position(special) };
    let (authority, query) = match end.map(|end| rest.split_at(end)) {
        Some((authority, after)) => (authority, Some(after.strip_prefix('?').ok_or(ErrorKind::Path)?)),
        None => (rest, None),
    };
    let (host, port) = split_port(scheme, authority)?;
    Ok(ServerUri {
        scheme,
        host: parse_host(host)?,
        port: port.map_or(Ok(scheme.default_port()), parse_port)?,
        transport: parse_transport(scheme, query)?,
    })
}

/// Splits a text at its first colon.
fn split_colon(text: &str) -> Option<(&str, &str)> {
    let colon = text.bytes().position(|b| b == b':')?;
    Some((&text[..colon], &text[colon + 1..]))
}

/// Splits `scheme:rest`. The text before the first colon is a scheme if it is one of the four, unlike in `host:port`.
fn split_scheme(text: &str, bare: Kind) -> Result<(Scheme, &str), ErrorKind> {
    let bare = match bare {
        Kind::Stun => Scheme::Stun,
        Kind::Turn => Scheme::Turn,
    };
    let Some((before, after)) = split_colon(text) else { return Ok((bare, text)) };
    if let Some(scheme) = Scheme::parse(before) {
        return Ok((scheme, after));
    }
    let looks_like_scheme = after.starts_with("//")
        || ["http", "https", "tel", "sip", "sips", "tcp", "udp", "tls"]
            .iter()
            .any(|scheme| scheme.eq_ignore_ascii_case(before));
    if looks_like_scheme && !before.is_empty() {
        return Err(ErrorKind::Scheme(before.to_owned()));
    }
    Ok((bare, text))
}

fn split_port(scheme: Scheme, authority: &str) -> Result<(&str, Option<&str>), ErrorKind> {
    if let Some(inside) = authority.strip_prefix('[') {
        let (ip, after) = inside.split_once(']').ok_or_else(|| ErrorKind::Host(authority.to_owned()))?;
        if ip.parse::<Ipv6Addr>().is_err() {
            return Err(ErrorKind::Host(format!("[{ip}]")));
        }
        return match after.strip_prefix(':') {
            Some(port) => Ok((&authority[..=ip.len() + 1], Some(port))),
            None if after.is_empty() => Ok((authority, None)),
            None => Err(ErrorKind::Host(authority.to_owned())),
        };
    }
    if is_ipv6(authority) {
        return Err(ErrorKind::BareIpv6(format!("{}:[{authority}]", scheme.as_str())));
    }
    match split_colon(authority) {
        Some((_, port)) if port.bytes().any(|b| b == b':') => Err(ErrorKind::Host(authority.to_owned())),
        Some(("", _)) => Err(ErrorKind::NoHost),
        Some((host, port)) => Ok((host, Some(port))),
        None if authority.is_empty() => Err(ErrorKind::NoHost),
        None => Ok((authority, None)),
    }
}

/// Whether `text` is an IPv6 address, which begins with a hexadecimal digit or a colon and has at least two colons.
fn is_ipv6(text: &str) -> bool {
    text.bytes().next().is_some_and(|first| first.is_ascii_hexdigit() || first == b':')
        && text.bytes().filter(|b| *b == b':').nth(1).is_some()
        && text.parse::<Ipv6Addr>().is_ok()
}

fn parse_port(text: &str) -> Result<u16, ErrorKind> {
    let digits = !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    match text.parse::<u16>() {
        Ok(port) if digits && port != 0 => Ok(port),
        _ => Err(ErrorKind::Port(text.to_owned())),
    }
}

fn parse_host(text: &str) -> Result<Host, ErrorKind> {
    let bad = || ErrorKind::Host(text.to_owned());
    if let Some(ip) = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        return Ipv6Addr::from_str(ip).map(|ip| Host::Ip(ip.into())).map_err(|_| bad());
    }
    if text.bytes().next().is_some_and(|first| first.is_ascii_digit())
        && let Ok(ip) = text.parse::<Ipv4Addr>()
    {
        return Ok(Host::Ip(ip.into()));
    }
    let name = if !text.is_ascii() {
        Cow::Owned(idna::domain_to_ascii_strict(text).map_err(|_| bad())?)
    } else if all_bytes(text, |b| !b.is_ascii_uppercase()) {
        Cow::Borrowed(text)
    } else {
        Cow::Owned(text.to_ascii_lowercase())
    };
    let name = name.strip_suffix('.').unwrap_or(&name);
    // RFC 1123 has no underscores, but internal networks use them.
    let are_allowed = all_bytes(name, |b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'));
    let (mut last, mut is_punycode): (&[u8], _) = (b"", false);
    let are_labels = name.as_bytes().split(|b| *b == b'.').all(|label| {
        last = label;
        is_punycode |= label.starts_with(b"xn--");
        is_label(label)
    });
    if name.len() > 253 || !are_allowed || !are_labels || is_number(last) {
        return Err(bad());
    }
    // An ASCII label with the punycode prefix must decode.
    if is_punycode && idna::domain_to_unicode(name).1.is_err() {
        return Err(bad());
    }
    Ok(Host::Name(name.into()))
}

/// Whether `label` has the length of a label of a host name, and hyphens only inside.
fn is_label(label: &[u8]) -> bool {
    (1..=63).contains(&label.len()) && !label.starts_with(b"-") && !label.ends_with(b"-")
}

/// Whether the last label of a name is a number: some resolvers read such a name as an IPv4 address, others do not.
fn is_number(last: &[u8]) -> bool {
    let hex = last.strip_prefix(b"0x").is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit));
    hex || last.iter().all(u8::is_ascii_digit)
}

fn parse_transport(scheme: Scheme, query: Option<&str>) -> Result<Transport, ErrorKind> {
    let default = if scheme.is_secure() { Transport::Tcp } else { Transport::Udp };
    let Some(query) = query else { return Ok(default) };
    if !scheme.is_turn() {
        return Err(ErrorKind::StunTransport);
    }
    let value = match query.split_once('=') {
        Some((key, value)) if key.eq_ignore_ascii_case("transport") => value,
        _ => return Err(ErrorKind::Transport),
    };
    [Transport::Udp, Transport::Tcp]
        .into_iter()
        .find(|transport| transport.as_str().eq_ignore_ascii_case(value))
        .ok_or(ErrorKind::Transport)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn canonical(kind: Kind, text: &str) -> String {
        ServerUri::parse(text, kind).unwrap_or_else(|e| panic!("{text}: {e}")).to_string()
    }

    #[track_caller]
    fn error_kind(kind: Kind, text: &str) -> ErrorKind {
        ServerUri::parse(text, kind).expect_err(text).kind
    }

    #[test]
    fn all_spellings_parse_to_one_canonical_form() {
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
            assert_eq!(canonical(Kind::Stun, expected), expected, "a canonical address parses to itself");
        }
        for (text, expected) in [
            ("turn.example.de", "turn:turn.example.de:3478?transport=udp"),
            ("turn:turn.example.de?transport=TCP", "turn:turn.example.de:3478?transport=tcp"),
            ("turns:turn.example.de", "turns:turn.example.de:5349?transport=tcp"),
            ("turns:turn.example.de:443?transport=udp", "turns:turn.example.de:443?transport=udp"),
            ("turn:[::1]:1?transport=udp", "turn:[::1]:1?transport=udp"),
        ] {
            assert_eq!(canonical(Kind::Turn, text), expected);
            assert_eq!(canonical(Kind::Turn, expected), expected, "a canonical address parses to itself");
        }
    }

    #[test]
    fn each_mistake_has_its_own_error() {
        for (text, expected) in [
            ("", ErrorKind::Empty),
            (" stun.example.de", ErrorKind::Space),
            ("stun:a b", ErrorKind::Space),
            ("a\u{7}b", ErrorKind::Space),
            ("http://stun.example.de", ErrorKind::Scheme("http".into())),
            ("http:stun.example.de", ErrorKind::Scheme("http".into())),
            ("ftp://x", ErrorKind::Scheme("ftp".into())),
            ("stun://stun.example.de/", ErrorKind::Slashes("stun:stun.example.de".into())),
            ("::1", ErrorKind::BareIpv6("[::1]".into())),
            ("stun:::1", ErrorKind::BareIpv6("stun:[::1]".into())),
            ("stun:user@host", ErrorKind::UserInfo),
            ("stun://user@host", ErrorKind::UserInfo),
            ("stun://host/path", ErrorKind::Path),
            ("host/path", ErrorKind::Path),
            ("host#x", ErrorKind::Path),
            ("host:0", ErrorKind::Port("0".into())),
            ("host:65536", ErrorKind::Port("65536".into())),
            ("host:", ErrorKind::Port(String::new())),
            ("host:+1", ErrorKind::Port("+1".into())),
            ("host:x", ErrorKind::Port("x".into())),
            ("stun:", ErrorKind::NoHost),
            (":3478", ErrorKind::NoHost),
            ("[::1", ErrorKind::Host("[::1".into())),
            ("[::1]x", ErrorKind::Host("[::1]x".into())),
            ("[fe80::1%eth0]", ErrorKind::Host("[fe80::1%eth0]".into())),
            ("[host]", ErrorKind::Host("[host]".into())),
            ("a..b", ErrorKind::Host("a..b".into())),
            (".", ErrorKind::Host(".".into())),
            ("-a", ErrorKind::Host("-a".into())),
            ("a%41", ErrorKind::Host("a%41".into())),
            ("256.1.1.1", ErrorKind::Host("256.1.1.1".into())),
            ("127.1", ErrorKind::Host("127.1".into())),
            ("1.2.3.0x4", ErrorKind::Host("1.2.3.0x4".into())),
            ("xn--a", ErrorKind::Host("xn--a".into())),
            ("a:b:c", ErrorKind::Host("a:b:c".into())),
            ("stun:host?transport=udp", ErrorKind::StunTransport),
            ("turn:host", ErrorKind::TurnInStunList),
        ] {
            assert_eq!(error_kind(Kind::Stun, text), expected, "{text}");
        }
        for (text, expected) in [
            ("turn:host?transport=sctp", ErrorKind::Transport),
            ("turn:host?x=udp", ErrorKind::Transport),
            ("turn:host?", ErrorKind::Transport),
            ("stun:host", ErrorKind::StunInTurnList),
        ] {
            assert_eq!(error_kind(Kind::Turn, text), expected, "{text}");
        }
        assert_eq!(error_kind(Kind::Stun, &"a".repeat(64)), ErrorKind::Host("a".repeat(64)));
    }

    #[test]
    fn errors_hide_all_of_an_address_with_an_at_sign() {
        for (text, shown) in [
            ("turn:alice:hunter2@turn.example.de", "'turn:…'"),
            ("TURNS:alice:hunter2@turn.example.de:443?transport=tcp", "'turns:…'"),
            ("alice:hunter2@turn.example.de", "'…'"),
            ("turn:alice:hunter2@@turn.example.de", "'turn:…'"),
            ("turn:alice@hunter2", "'turn:…'"),
            // Other mistakes are not reported first.
            ("turn://alice:hunter2@turn.example.de/x", "'turn:…'"),
            ("https://alice:hunter2@turn.example.de", "'…'"),
            ("turn:alice:hunter2 hunter2@turn.example.de", "'turn:…'"),
            ("turn:alice:hunter2?hunter2@turn.example.de", "'turn:…'"),
        ] {
            for error in [
                ServerUri::parse(text, Kind::Stun).unwrap_err(),
                ServerUri::parse(text, Kind::Turn).unwrap_err(),
                ServerUri::parse_any(text, Kind::Stun).unwrap_err(),
            ] {
                assert_eq!(error.kind, ErrorKind::UserInfo, "{text}");
                assert_eq!(error.to_string(), format!("{shown}: a server address contains no user name"));
                assert!(!format!("{error:?} {}", error.hint()).contains("hunter2"), "{text}");
            }
        }
    }

    #[test]
    fn errors_shorten_and_escape_hostile_text() {
        let error = ServerUri::parse(&format!("\u{1b}[31m{}", "a".repeat(500)), Kind::Stun).unwrap_err();
        let shown = error.to_string();
        assert!(!shown.contains('\u{1b}') && shown.chars().count() < 200, "{shown}");
    }
}
