//! The address of an engine: `nats://h1:4222,h2:4222/NAME`.

use std::fmt;
use std::net::IpAddr;

use thiserror::Error;

use crate::config::address::Host;
use crate::text::{clean, quoted};

const SCHEME: &str = "nats://";

/// The port of a server that names none.
const PORT: u16 = 4222;

/// The longest name: it becomes part of a folder's name.
const LONGEST_NAME: usize = 64;

/// The servers of an engine, and which settings on them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    servers: Vec<(Host, u16)>,
    name: String,
}

/// Why a text is not the address of an engine.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum InvalidAddress {
    /// Other users could read the password in it.
    #[error("remove the user name and password from the address of the NATS servers; nothing was done")]
    UserInfo,
    /// It begins as an address does, but not as that of an engine.
    #[error("{0} is not the address of NATS servers")]
    Scheme(String),
    /// Nothing says which settings are meant.
    #[error("the address {0} does not name the settings")]
    NoName(String),
    /// The name has other characters, or too many.
    #[error("{0} cannot be the name of settings: use up to {LONGEST_NAME} letters, digits, '-' and '_'")]
    Name(String),
    /// This is not a server.
    #[error("{0} is not the host and port of a NATS server")]
    Server(String),
}

impl InvalidAddress {
    /// Returns what to do about it.
    pub const fn hint(&self) -> &'static str {
        match self {
            InvalidAddress::UserInfo => {
                "put USER:PASSWORD into a file, and name that with --engine-credentials FILE"
            }
            _ => "write it as nats://HOST:4222,HOST:4222/NAME",
        }
    }
}

impl Address {
    /// Parses an address; returns none for a text of another kind, such as the path of a file.
    ///
    /// # Errors
    /// When the text begins as an address and is not one.
    pub fn parse(text: &str) -> Option<Result<Self, InvalidAddress>> {
        let scheme = text.get(..SCHEME.len()).unwrap_or_default();
        if scheme.eq_ignore_ascii_case(SCHEME) {
            return Some(Self::parse_rest(&text[SCHEME.len()..]));
        }
        // Otherwise these would be the names of files, which an edit would create.
        let start = text.trim_start().to_ascii_lowercase();
        let is_similar =
            ["nats:", "tls://", "ws://", "wss://"].iter().any(|scheme| start.starts_with(scheme));
        is_similar.then(|| match text.contains('@') {
            true => Err(InvalidAddress::UserInfo),
            false => Err(InvalidAddress::Scheme(quoted(text.trim()))),
        })
    }

    fn parse_rest(rest: &str) -> Result<Self, InvalidAddress> {
        if rest.contains('@') {
            return Err(InvalidAddress::UserInfo);
        }
        let (servers, name) = rest.split_once('/').unwrap_or((rest, ""));
        if name.is_empty() {
            return Err(InvalidAddress::NoName(quoted(&format!("{SCHEME}{rest}"))));
        }
        let is_plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
        if name.len() > LONGEST_NAME || !name.bytes().all(is_plain) {
            return Err(InvalidAddress::Name(format!("'{}'", clean(name))));
        }
        let server = |text| server(text).ok_or_else(|| InvalidAddress::Server(quoted(text)));
        let servers = servers.split(',').map(server).collect::<Result<_, _>>()?;
        Ok(Address { servers, name: name.to_owned() })
    }

    /// Returns the name of the settings.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the addresses of the servers, each with its scheme and port.
    pub fn servers(&self) -> Vec<String> {
        self.servers.iter().map(|(host, port)| format!("{SCHEME}{host}:{port}")).collect()
    }

    /// Whether all servers are on this machine.
    pub fn is_local(&self) -> bool {
        self.servers.iter().all(|(host, _)| match host {
            Host::Ip(IpAddr::V4(ip)) => ip.is_loopback(),
            Host::Ip(IpAddr::V6(ip)) => ip.to_canonical().is_loopback(),
            Host::Name(name) => &**name == "localhost",
        })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(SCHEME)?;
        for (position, (host, port)) in self.servers.iter().enumerate() {
            let comma = if position == 0 { "" } else { "," };
            write!(f, "{comma}{host}:{port}")?;
        }
        write!(f, "/{}", self.name)
    }
}

fn server(text: &str) -> Option<(Host, u16)> {
    let has_port = !text.ends_with(']') && text.rsplit_once(':').is_some();
    let (host, port) = text.rsplit_once(':').filter(|_| has_port).unwrap_or((text, ""));
    let port = if has_port { port.parse().ok().filter(|port| *port != 0)? } else { PORT };
    let is_number = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    // A bare IPv6 address would be taken apart at its last colon.
    (!host.contains(':') || host.starts_with('[')).then_some(())?;
    Host::parse(host)
        .filter(|_| !has_port || is_number(text.rsplit(':').next().unwrap_or_default()))
        .map(|host| (host, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_servers_and_settings() {
        for (text, expected, is_local) in [
            ("nats://127.0.0.1/calls", "nats://127.0.0.1:4222/calls", true),
            ("NATS://[::1]:4223,localhost/a-B_9", "nats://[::1]:4223,localhost:4222/a-B_9", true),
            ("nats://N1.example.de,10.0.0.2:1/x", "nats://n1.example.de:4222,10.0.0.2:1/x", false),
            ("nats://127.0.0.1,n2/x", "nats://127.0.0.1:4222,n2:4222/x", false),
        ] {
            let address = Address::parse(text).unwrap().unwrap();
            assert_eq!((address.to_string().as_str(), address.is_local()), (expected, is_local));
            assert_eq!(Address::parse(expected).unwrap().unwrap(), address);
        }
        for path in ["calls.toml", "/etc/nats://a/b", "./nats:/a/b", "nats", "", "natsü"] {
            assert_eq!(Address::parse(path), None, "{path}");
        }
    }

    #[test]
    fn what_is_wrong_with_an_address_is_said_without_its_password() {
        let error = |text: &str| Address::parse(text).unwrap().unwrap_err();
        assert_eq!(error("nats://ada:hunter2@n1/x"), InvalidAddress::UserInfo);
        assert_eq!(error("nats://n1/x@y"), InvalidAddress::UserInfo);
        assert_eq!(error(" nats://ada:hunter2@n1/x"), InvalidAddress::UserInfo);
        for text in ["tls://n1/x", "nats:/n1/x", "WS://n1/x", " nats://n1/x"] {
            assert_eq!(error(text), InvalidAddress::Scheme(format!("'{}'", text.trim())));
        }
        for text in ["nats://n1:4222", "nats://n1/", "nats://"] {
            assert_eq!(error(text), InvalidAddress::NoName(format!("'{text}'")));
        }
        for name in ["a/b", "a.b", "a b", "a*", "ä", &"a".repeat(65)] {
            assert!(matches!(error(&format!("nats://n1/{name}")), InvalidAddress::Name(_)), "{name}");
        }
        for server in ["", ",n1", "n1,", "n1:0", "n1:65536", "n1:+1", "n1:", "::1", "[::1", "a b", "n1?x"] {
            let error = error(&format!("nats://{server}/x"));
            assert!(matches!(error, InvalidAddress::Server(_)), "{server}: {error}");
        }
    }
}
