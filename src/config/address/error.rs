//! Why a text is not a server address, and what to write instead.

use thiserror::Error;

use super::types::{Kind, Scheme};
use crate::text::{quoted, shortened};

/// Why a text is not a server address.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}: {kind}", quoted(.text))]
pub struct AddressError {
    /// The text as it was given, up to where a secret may begin; of one with an '@' only the scheme.
    pub text: String,
    /// What is wrong with it.
    pub kind: AddressErrorKind,
    /// The list that it was meant for, if any.
    pub list: Option<Kind>,
}

impl AddressError {
    pub(crate) fn new(text: &str, kind: AddressErrorKind, list: Option<Kind>) -> Self {
        let text = match text.split_once(':').and_then(|(scheme, _)| Scheme::parse(scheme)) {
            Some(scheme) if text.contains('@') => format!("{}:…", scheme.as_str()),
            _ => shortened(text).into_owned(),
        };
        AddressError { text, kind, list }
    }

    /// Returns what is wrong without repeating any of the text, for a line of a file that may be another file than meant.
    pub fn unquoted(&self) -> String {
        match &self.kind {
            AddressErrorKind::Scheme(_) => "this is not a STUN or TURN scheme".into(),
            AddressErrorKind::Port(_) => "this is not a port".into(),
            AddressErrorKind::Host(_) => "this is not a host name or IP address".into(),
            other => other.to_string(),
        }
    }

    /// Returns the hint to go with [`AddressError::unquoted`].
    pub fn unquoted_hint(&self) -> String {
        match &self.kind {
            AddressErrorKind::Slashes(_) => "write stun:HOST or turn:HOST".into(),
            AddressErrorKind::BareIpv6(_) => "write [ADDRESS] or [ADDRESS]:PORT".into(),
            _ => self.hint(),
        }
    }

    /// Returns what to write instead.
    pub fn hint(&self) -> String {
        match &self.kind {
            AddressErrorKind::Slashes(right) | AddressErrorKind::BareIpv6(right) => format!("write '{right}'"),
            AddressErrorKind::TurnInStunList => "add TURN servers with 'cowork-calls turn add'".into(),
            AddressErrorKind::StunInTurnList => "add STUN servers with 'cowork-calls stun add'".into(),
            AddressErrorKind::StunTransport => {
                "remove '?transport=…'; 'stuns:' is STUN over TLS, and 'cowork-calls probe --transport tcp' tests TCP".into()
            }
            AddressErrorKind::UserInfo => {
                "remove everything before the '@'; give a TURN server's user name with --username".into()
            }
            AddressErrorKind::Transport => "write '?transport=udp' or '?transport=tcp'".into(),
            AddressErrorKind::Port(_) => "use a port number from 1 to 65535".into(),
            _ => {
                let forms = match self.list {
                    Some(Kind::Stun) => "stun:host[:port] or stuns:host[:port]",
                    Some(Kind::Turn) => "turn:host[:port] or turns:host[:port], with ?transport=udp or ?transport=tcp",
                    None => "stun:host[:port], stuns:host[:port], or turn:/turns:host[:port][?transport=udp|tcp]",
                };
                format!("expected host, host:port, {forms}; put IPv6 addresses in brackets")
            }
        }
    }
}

/// What is wrong with an address.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum AddressErrorKind {
    /// Nothing was given.
    #[error("a server address is missing")]
    Empty,
    /// It contains a space or a control character.
    #[error("a server address contains no spaces or control characters")]
    Space,
    /// A scheme other than the four.
    #[error("{} is not a STUN or TURN scheme", quoted(&format!("{}:", .0)))]
    Scheme(String),
    /// `stun://host`; the right spelling is given.
    #[error("remove '//'")]
    Slashes(String),
    /// `::1` without brackets; the right spelling is given.
    #[error("put IPv6 addresses in brackets")]
    BareIpv6(String),
    /// `user@host`.
    #[error("a server address contains no user name")]
    UserInfo,
    /// `host/path` or `host#fragment`.
    #[error("a server address contains no path")]
    Path,
    /// Not a port.
    #[error("{} is not a port", quoted(.0))]
    Port(String),
    /// No host before the port.
    #[error("the host is missing")]
    NoHost,
    /// Neither a host name nor an IP address.
    #[error("{} is not a host name or IP address", quoted(.0))]
    Host(String),
    /// `?transport=` on a STUN address.
    #[error("a STUN address takes no '?transport='")]
    StunTransport,
    /// A transport other than `udp` and `tcp`, or another parameter.
    #[error("what follows '?' is not a known parameter")]
    Transport,
    /// A TURN address for the STUN list.
    #[error("this is the address of a TURN server")]
    TurnInStunList,
    /// A STUN address for the TURN list.
    #[error("this is the address of a STUN server")]
    StunInTurnList,
}
