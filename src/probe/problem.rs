//! Why a row failed, in a sentence that names the server and one that says what to do.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use crate::protocol::transaction::{Failure, Refusal};

use super::exchange::is_closed;
use super::outcome::Code;
use super::report::{Family, Problem};

impl Problem {
    pub(super) fn new(code: Code, message: String) -> Self {
        Problem { code, message, hint: code.remedy().to_owned(), stun_code: None }
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
        if error.kind() == io::ErrorKind::TimedOut {
            return Problem::new(Code::Timeout, format!("{server} does not answer"));
        }
        if is_closed(error) {
            return Problem::new(Code::NotStun, format!("{server} closes the connection without an answer"));
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
            Failure::Refused(Refusal { code: 300, alternate, .. }) => {
                let other = alternate.map_or_else(String::new, |other| format!(", {other}"));
                let message = format!("{server} sends clients to another server{other}");
                Problem { stun_code: Some(300), ..problem(Code::Redirected, message) }
            }
            Failure::Refused(Refusal { code, reason, .. }) => {
                let reason = if reason.is_empty() { reason } else { format!(" ({reason})") };
                let message = format!("{server} answers with error {code}{reason}");
                Problem { stun_code: Some(code), ..problem(Code::ServerError, message) }
            }
        }
    }
}

/// Problems of connections and of TURN.
impl Problem {
    /// No connection came about in time.
    pub(super) fn no_connection(server: SocketAddr, timeout: Duration) -> Self {
        Problem::new(Code::Timeout, format!("no connection to {server} within {timeout:?}"))
    }

    /// TLS was not agreed on in time.
    pub(super) fn slow_handshake(server: SocketAddr, timeout: Duration) -> Self {
        Problem::new(Code::TlsHandshake, format!("{server} did not agree on TLS within {timeout:?}"))
    }

    /// The server points to another one, which points further or back.
    pub(super) fn redirected(server: SocketAddr, next: Option<SocketAddr>) -> Self {
        let alternate = next;
        Problem::transaction(
            server,
            Failure::Refused(Refusal { code: 300, reason: String::new(), alternate, challenge: None }),
            Duration::ZERO,
        )
    }

    /// The server wants credentials, and there are none.
    pub(super) fn no_credentials(server: SocketAddr) -> Self {
        let message = format!("{server} asks for a user name and password, and none are known");
        Problem { stun_code: Some(401), ..Problem::new(Code::CredentialsMissing, message) }
    }

    /// Nothing came through the relay.
    pub(super) fn no_data(server: SocketAddr) -> Self {
        Problem::new(Code::RelayNoData, format!("{server} granted a relay, but no data came through it"))
    }

    /// The program was asked to end.
    pub(super) fn interrupted(server: impl fmt::Display) -> Self {
        Problem::new(Code::Interrupted, format!("{server} was still being probed when the program was ended"))
    }

    /// A transaction of TURN ended without success.
    pub(super) fn turn(server: SocketAddr, failure: Failure, timeout: Duration) -> Self {
        let (code, what) = match &failure {
            Failure::Refused(Refusal { code, .. }) => match code {
                401 => (Code::Unauthorized, "does not accept the user name and password"),
                403 => (Code::Forbidden, "does not relay to this peer"),
                437 => (Code::AllocationMismatch, "still holds another allocation for this connection"),
                438 => (Code::StaleNonce, "calls every nonce stale, its own fresh ones too"),
                440 => (Code::FamilyUnsupported, "has no relay of this address family"),
                441 => (Code::WrongCredentials, "does not accept these credentials for this allocation"),
                442 => (Code::TransportUnsupported, "does not relay over UDP"),
                443 => (Code::PeerFamilyMismatch, "cannot relay between IPv4 and IPv6"),
                486 => (Code::Quota, "has reached the quota of this user"),
                508 => (Code::InsufficientCapacity, "has no capacity left"),
                _ => return Problem::transaction(server, failure, timeout),
            },
            _ => return Problem::transaction(server, failure, timeout),
        };
        let Failure::Refused(Refusal { code: number, reason, .. }) = failure else {
            return Problem::new(code, format!("{server} {what}"));
        };
        let reason = if reason.is_empty() { String::new() } else { format!(", {reason}") };
        let message = format!("{server} {what} (error {number}{reason})");
        Problem { stun_code: Some(number), ..Problem::new(code, message) }
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
    use super::*;
    use crate::probe::report::{Kind, Row, Transport};

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
    fn only_servers_that_browsers_wait_for_say_so() {
        let server = "192.0.2.1:3478".parse().unwrap();
        let refusal = Refusal { code: 300, reason: String::new(), alternate: Some(server), challenge: None };
        let failures = [Failure::Silent, Failure::NotStun, Failure::Refused(refusal)];
        for (transport, delays) in
            [(Transport::Udp, [true, true, false]), (Transport::Tcp, [true, false, false])]
        {
            for (failure, delays) in failures.iter().zip(delays) {
                let problem = Problem::transaction(server, failure.clone(), Duration::from_millis(1500));
                let row = Row::new("stun:a:1".into(), Kind::Stun, transport).failed(problem);
                assert_eq!(row.delays_gathering(), delays, "{row:?}");
                assert_eq!(row.error.unwrap().hint.contains("39.9 seconds"), delays);
            }
        }
        let silent = Problem::transaction(server, Failure::Silent, Duration::from_millis(1500));
        assert_eq!(silent.message, "no answer from 192.0.2.1:3478 within 1.5s");
        let redirected = Problem::redirected(server, Some(server));
        assert_eq!((redirected.code, redirected.stun_code), (Code::Redirected, Some(300)));
    }
}
