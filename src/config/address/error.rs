//! Why a text is no server address, and what to write instead.

use thiserror::Error;

use super::{Kind, Scheme};

/// Why a text is no server address.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}: {problem}", shorten(.text))]
pub struct AddressError {
    /// The text as it was given, but for what stands before an '@': that may be a password.
    pub text: String,
    /// What is wrong with it.
    pub problem: Problem,
    /// The list that it was meant for, where it was meant for one.
    pub list: Option<Kind>,
}

impl AddressError {
    pub(crate) fn new(text: &str, problem: Problem, list: Option<Kind>) -> Self {
        AddressError { text: without_user_info(text), problem, list }
    }

    /// What to write instead.
    #[must_use]
    pub fn hint(&self) -> String {
        match &self.problem {
            Problem::Slashes(right) | Problem::BareIpv6(right) => format!("write '{right}'"),
            Problem::TurnInStunList => "TURN servers are added with 'cowork-calls turn add'".into(),
            Problem::StunInTurnList => "STUN servers are added with 'cowork-calls stun add'".into(),
            Problem::StunTransport => {
                "leave '?transport=…' out; 'stuns:' is STUN over TLS, and 'cowork-calls probe --transport tcp' tries TCP".into()
            }
            Problem::UserInfo => {
                "leave out what stands before the '@'; a TURN server's user name is given with --username".into()
            }
            Problem::Transport(_) => "write '?transport=udp' or '?transport=tcp'".into(),
            Problem::Port(_) => "a port is a number from 1 to 65535".into(),
            _ => {
                let forms = match self.list {
                    Some(Kind::Stun) => "stun:host[:port] or stuns:host[:port]",
                    Some(Kind::Turn) => "turn:host[:port] or turns:host[:port], with ?transport=udp or ?transport=tcp",
                    None => "stun:host[:port], stuns:host[:port], or turn:/turns:host[:port][?transport=udp|tcp]",
                };
                format!("expected host, host:port, {forms}; an IPv6 address stands in brackets")
            }
        }
    }
}

/// What is wrong with an address.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Problem {
    /// Nothing was given.
    #[error("a server address is missing")]
    Empty,
    /// White space or a control character is in it.
    #[error("a server address has no blanks or control characters")]
    Blank,
    /// Another scheme than the four.
    #[error("'{0}:' is not a scheme of STUN or TURN servers")]
    Scheme(String),
    /// `stun://host`; the right spelling is given.
    #[error("a server address has no '//'")]
    Slashes(String),
    /// `::1` without brackets; the right spelling is given.
    #[error("an IPv6 address stands in brackets")]
    BareIpv6(String),
    /// `user@host`.
    #[error("a server address has no user name")]
    UserInfo,
    /// `host/path` or `host#fragment`.
    #[error("a server address has no path")]
    Path,
    /// A port that is none.
    #[error("'{0}' is not a port")]
    Port(String),
    /// No host before the port.
    #[error("the host is missing")]
    NoHost,
    /// A host that is neither a name nor an IP address.
    #[error("'{0}' is not a host name or IP address")]
    Host(String),
    /// `?transport=` on a STUN address.
    #[error("a STUN address names no transport")]
    StunTransport,
    /// Another transport than `udp` and `tcp`, or another parameter.
    #[error("'?{0}' is not understood")]
    Transport(String),
    /// A TURN address for the STUN list.
    #[error("this is the address of a TURN server")]
    TurnInStunList,
    /// A STUN address for the TURN list.
    #[error("this is the address of a STUN server")]
    StunInTurnList,
}

/// The text with a mark in place of a user name and password.
fn without_user_info(text: &str) -> String {
    let Some((before, host)) = text.rsplit_once('@') else { return text.to_owned() };
    match before.split_once(':').and_then(|(scheme, _)| Scheme::parse(scheme)) {
        Some(scheme) => format!("{}:…@{host}", scheme.as_str()),
        None => format!("…@{host}"),
    }
}

/// The text of an error in quotes, without what a terminal would act on, and not endless.
fn shorten(text: &str) -> String {
    const MOST: usize = 80;
    let clean: String = text.chars().take(MOST).flat_map(char::escape_debug).collect();
    if text.chars().nth(MOST).is_some() { format!("'{clean}…'") } else { format!("'{clean}'") }
}
