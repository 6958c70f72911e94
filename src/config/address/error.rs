//! Why a text is not a server address, and what to write instead.

use thiserror::Error;

use super::types::{Kind, Scheme};
use crate::text::quoted;

/// Why a text is not a server address.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}: {kind}", quoted(.text))]
pub struct AddressError {
    /// The text as it was given, without what precedes an '@': that may be a password.
    pub text: String,
    /// What is wrong with it.
    pub kind: AddressErrorKind,
    /// The list that it was meant for, if any.
    pub list: Option<Kind>,
}

impl AddressError {
    pub(crate) fn new(text: &str, kind: AddressErrorKind, list: Option<Kind>) -> Self {
        AddressError { text: without_user_info(text), kind, list }
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
            AddressErrorKind::Transport(_) => "write '?transport=udp' or '?transport=tcp'".into(),
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
    #[error("'{0}:' is not a STUN or TURN scheme")]
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
    #[error("'{0}' is not a port")]
    Port(String),
    /// No host before the port.
    #[error("the host is missing")]
    NoHost,
    /// Neither a host name nor an IP address.
    #[error("'{0}' is not a host name or IP address")]
    Host(String),
    /// `?transport=` on a STUN address.
    #[error("a STUN address takes no '?transport='")]
    StunTransport,
    /// A transport other than `udp` and `tcp`, or another parameter.
    #[error("'?{0}' is not a known parameter")]
    Transport(String),
    /// A TURN address for the STUN list.
    #[error("this is the address of a TURN server")]
    TurnInStunList,
    /// A STUN address for the TURN list.
    #[error("this is the address of a STUN server")]
    StunInTurnList,
}

/// Replaces a user name and password in `text` by `…`.
fn without_user_info(text: &str) -> String {
    let Some((before, host)) = text.rsplit_once('@') else { return text.to_owned() };
    match before.split_once(':').and_then(|(scheme, _)| Scheme::parse(scheme)) {
        Some(scheme) => format!("{}:…@{host}", scheme.as_str()),
        None => format!("…@{host}"),
    }
}
