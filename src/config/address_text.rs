//! Reading the text of a server's address, piece by piece, so that each mistake is named.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use super::address::{Host, Kind, Problem, Scheme, ServerUri, Transport};

/// Parses an address of any scheme; a bare host means what `bare` says.
pub(super) fn parse(text: &str, bare: Kind) -> Result<ServerUri, Problem> {
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
