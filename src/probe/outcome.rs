//! Every way a row can fail: a stable code, one sentence that names the server, and one remedy.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::protocol::binding::Failure;

use super::report::{Family, Problem};

/// The stable codes of failures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Code {
    /// The name did not resolve, not in time, or not to the family that was asked for.
    Dns,
    /// Nothing came back in time.
    Timeout,
    /// The server's machine says that nobody listens on this port (ICMP).
    Refused,
    /// This machine cannot send to the server.
    Unreachable,
    /// Something came back that is no STUN.
    NotStun,
    /// A malformed answer came back, or one without an address.
    BadResponse,
    /// The server refused with an error code that has no name of its own here.
    ServerError,
    /// The server sends clients to another server (300).
    Redirected,
}

impl Code {
    /// All codes.
    pub const ALL: [Code; 8] = [
        Code::Dns,
        Code::Timeout,
        Code::Refused,
        Code::Unreachable,
        Code::NotStun,
        Code::BadResponse,
        Code::ServerError,
        Code::Redirected,
    ];

    /// The code as scripts see it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Code::Dns => "dns",
            Code::Timeout => "timeout",
            Code::Refused => "refused",
            Code::Unreachable => "unreachable",
            Code::NotStun => "not-stun",
            Code::BadResponse => "bad-response",
            Code::ServerError => "server-error",
            Code::Redirected => "redirected",
        }
    }

    /// What to do next.
    #[must_use]
    pub const fn remedy(self) -> &'static str {
        match self {
            Code::Dns => "check the spelling of the name and this machine's DNS",
            Code::Timeout => {
                "check that the server runs, and that firewalls let UDP to this port and its answers through"
            }
            Code::Refused => "start the STUN service on that machine, or correct the port",
            Code::Unreachable => {
                "check this machine's network, routes and firewall; -4 and -6 leave a family out"
            }
            Code::NotStun => "another service has this port: correct the port",
            Code::BadResponse => "update the server's software, or use another server",
            Code::ServerError => "look into the server's log, or ask its operator",
            Code::Redirected => "configure the server that it points to, since browsers do not follow",
        }
    }

    /// Whether browsers take the server for a silent one and wait until they give up on it. They neither see
    /// the ICMP refusal, nor take anything but valid STUN for an answer.
    #[must_use]
    pub const fn delays_gathering(self) -> bool {
        matches!(self, Code::Timeout | Code::Refused | Code::NotStun | Code::BadResponse)
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl Problem {
    fn new(code: Code, message: String) -> Self {
        let mut hint = code.remedy().to_owned();
        if code.delays_gathering() {
            hint.push_str("; until then browsers wait 39.9s for it before each call");
        }
        Problem { code, message, hint, stun_code: None }
    }

    /// The lookup of a name failed.
    pub(super) fn lookup(host: &str, error: &io::Error) -> Self {
        Problem::new(Code::Dns, format!("the name '{host}' could not be resolved: {}", reason(error)))
    }

    /// The lookup of a name took too long.
    pub(super) fn slow_lookup(host: &str, timeout: Duration) -> Self {
        Problem::new(Code::Dns, format!("the name '{host}' could not be resolved within {timeout:?}"))
    }

    /// The server has no address of the family that was asked for.
    pub(super) fn no_address(host: &str, family: Option<Family>) -> Self {
        match family {
            Some(family) => {
                let mut problem =
                    Problem::new(Code::Dns, format!("'{host}' has no {} address", family.name()));
                problem.hint = format!("leave out {}, or name another server", option(family));
                problem
            }
            None => Problem::new(Code::Dns, format!("the name '{host}' has no address")),
        }
    }

    /// The system could not send or receive.
    pub(super) fn network(server: SocketAddr, error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::ConnectionRefused {
            return Problem::new(Code::Refused, format!("{server} refused: nothing listens on this port"));
        }
        Problem::new(Code::Unreachable, format!("{server} cannot be reached from here: {}", reason(error)))
    }

    /// A transaction ended without an answer.
    pub(super) fn transaction(server: SocketAddr, failure: Failure, timeout: Duration) -> Self {
        let problem = |code, message| Problem::new(code, message);
        match failure {
            Failure::Silent => problem(Code::Timeout, format!("no answer from {server} within {timeout:?}")),
            Failure::NotStun => problem(Code::NotStun, format!("{server} answers, but not with STUN")),
            Failure::Malformed(why) => {
                problem(Code::BadResponse, format!("{server} sends a malformed answer: {why}"))
            }
            Failure::Refused { code: 300, alternate, .. } => {
                let other = alternate.map_or_else(String::new, |other| format!(", {other}"));
                let message = format!("{server} sends clients to another server{other}");
                Problem { stun_code: Some(300), ..problem(Code::Redirected, message) }
            }
            Failure::Refused { code, reason, .. } => {
                let reason = if reason.is_empty() { reason } else { format!(" ({reason})") };
                let message = format!("{server} answers with error {code}{reason}");
                Problem { stun_code: Some(code), ..problem(Code::ServerError, message) }
            }
        }
    }
}

/// The option that asks for a family.
const fn option(family: Family) -> &'static str {
    match family {
        Family::Ipv4 => "-4",
        Family::Ipv6 => "-6",
    }
}

/// What the system says, without the number and the words that frame it: `Network is unreachable`.
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    text.rsplit(": ").next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn codes_are_distinct_and_each_has_a_remedy() {
        let codes: HashSet<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
        let remedies: HashSet<_> = Code::ALL.iter().map(|code| code.remedy()).collect();
        assert_eq!((codes.len(), remedies.len()), (Code::ALL.len(), Code::ALL.len()));
    }

    #[test]
    fn a_sentence_says_what_the_system_said_without_its_frame() {
        let server = "192.0.2.1:3478".parse().unwrap();
        let problem = Problem::network(server, &io::Error::from_raw_os_error(101));
        assert_eq!(problem.message, "192.0.2.1:3478 cannot be reached from here: Network is unreachable");
        let error =
            io::Error::other("failed to lookup address information: Temporary failure in name resolution");
        assert_eq!(
            Problem::lookup("a.example", &error).message,
            "the name 'a.example' could not be resolved: Temporary failure in name resolution"
        );
    }

    #[test]
    fn only_codes_that_browsers_wait_for_say_so() {
        let server = "192.0.2.1:3478".parse().unwrap();
        let silent = Problem::transaction(server, Failure::Silent, Duration::from_millis(1500));
        assert_eq!(silent.message, "no answer from 192.0.2.1:3478 within 1.5s");
        assert!(silent.hint.contains("39.9s"), "{}", silent.hint);
        let refused = Failure::Refused { code: 300, reason: String::new(), alternate: Some(server) };
        let redirected = Problem::transaction(server, refused, Duration::ZERO);
        assert_eq!((redirected.code, redirected.stun_code), (Code::Redirected, Some(300)));
        assert!(!redirected.hint.contains("39.9s"), "{}", redirected.hint);
    }
}
