//! Why a row failed, in a sentence that names the server and one that says what to do.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use rustix::io::Errno;

use crate::protocol::allocation::MOST_USERNAME;
use crate::protocol::transaction::{Failure, Refusal};

use super::code::Code;
use super::{Family, Problem};
use crate::probe::turn::round_trip::is_closed;

impl Problem {
    pub(crate) fn new(code: Code, message: String) -> Self {
        Problem { code, message, hint: code.remedy().to_owned(), stun_code: None }
    }

    /// The lookup of a name failed.
    pub(crate) fn lookup(host: &str, error: &io::Error) -> Self {
        Problem::new(Code::Dns, format!("the name '{host}' could not be resolved: {}", reason(error)))
    }

    /// The lookup of a name took too long.
    pub(crate) fn slow_lookup(host: &str, timeout: Duration) -> Self {
        Problem::new(Code::Dns, format!("the name '{host}' could not be resolved within {timeout:?}"))
    }

    /// The server has no address of the family that was asked for.
    pub(crate) fn no_address(host: &str, family: Option<Family>) -> Self {
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
    pub(crate) fn network(server: SocketAddr, error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::ConnectionRefused {
            return Problem::new(Code::Refused, format!("{server} refused: nothing listens on this port"));
        }
        if error.kind() == io::ErrorKind::TimedOut {
            return Problem::new(Code::Timeout, format!("{server} does not answer"));
        }
        if is_closed(error) {
            return Problem::new(Code::NotStun, format!("{server} closes the connection without an answer"));
        }
        let message = format!("{server} cannot be reached from here: {}", reason(error));
        let problem = Problem::new(Code::Unreachable, message);
        match Errno::from_io_error(error) {
            // Neither the network nor the server has to do with it.
            Some(Errno::MFILE | Errno::NFILE) => {
                Problem { hint: "raise the limit of open files ('ulimit -n')".to_owned(), ..problem }
            }
            _ => problem,
        }
    }

    /// A transaction with a STUN server ended without an answer.
    pub(crate) fn transaction(server: SocketAddr, failure: Failure, timeout: Duration) -> Self {
        let named = Named::of(&failure);
        let Some(Named { code, by_stun, .. }) = named else {
            return Problem::unnamed(server, failure, timeout);
        };
        let (code, hint) = match code {
            // Nobody has given it any that it could refuse.
            Code::Unauthorized => (
                Code::CredentialsMissing,
                "name a STUN server that is open to everybody, or configure this one as a TURN server: 'cowork-calls turn add'",
            ),
            // The remedies are those of relays.
            code => (code, Code::ServerError.remedy()),
        };
        Problem { hint: hint.to_owned(), ..Problem::named(code, by_stun, server, failure) }
    }

    /// A transaction with a TURN server ended without success.
    pub(crate) fn turn(server: SocketAddr, failure: Failure, timeout: Duration) -> Self {
        match Named::of(&failure) {
            Some(Named { code, by_turn, .. }) => Problem::named(code, by_turn, server, failure),
            None => Problem::unnamed(server, failure, timeout),
        }
    }

    /// The server refused with an error code that has a name: it does `what`.
    fn named(code: Code, what: &str, server: SocketAddr, failure: Failure) -> Self {
        let Failure::Refused(Refusal { code: number, reason, .. }) = failure else {
            return Problem::new(code, format!("{server} {what}"));
        };
        let reason = if reason.is_empty() { reason } else { format!(", {reason}") };
        let message = format!("{server} {what} (error {number}{reason})");
        Problem { stun_code: Some(number), ..Problem::new(code, message) }
    }

    /// All other ends of a transaction.
    fn unnamed(server: SocketAddr, failure: Failure, timeout: Duration) -> Self {
        let problem = Problem::new;
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

/// An error code that has a name of its own: the name, and what it says of a TURN server and of a STUN server.
struct Named {
    code: Code,
    by_turn: &'static str,
    by_stun: &'static str,
}

impl Named {
    fn of(failure: &Failure) -> Option<Self> {
        let Failure::Refused(Refusal { code, .. }) = failure else { return None };
        let (code, by_turn, by_stun) = match code {
            401 => (
                Code::Unauthorized,
                "does not accept the user name and password",
                "asks for a user name and password, which STUN servers are asked without",
            ),
            403 => (Code::Forbidden, "does not relay to this peer", "does not serve this machine"),
            437 => (
                Code::AllocationMismatch,
                "still holds another allocation for this connection",
                "takes this request for one of another session",
            ),
            438 => (
                Code::StaleNonce,
                "calls every nonce stale, its own fresh ones too",
                "calls a nonce stale that nobody has sent",
            ),
            440 => (
                Code::FamilyUnsupported,
                "has no relay of this address family",
                "does not support this address family",
            ),
            441 => (
                Code::WrongCredentials,
                "does not accept these credentials for this allocation",
                "refuses credentials that nobody has sent",
            ),
            442 => (Code::TransportUnsupported, "does not relay over UDP", "does not support this transport"),
            443 => (Code::PeerFamilyMismatch, "cannot relay between IPv4 and IPv6", "mixes up IPv4 and IPv6"),
            486 => (Code::Quota, "has reached the quota of this user", "has reached a quota"),
            508 => (Code::InsufficientCapacity, "has no capacity left", "has no capacity left"),
            _ => return None,
        };
        Some(Named { code, by_turn, by_stun })
    }
}

/// Problems of connections and of TURN.
impl Problem {
    /// No connection came about in time.
    pub(crate) fn no_connection(server: SocketAddr, timeout: Duration) -> Self {
        Problem::new(Code::Timeout, format!("no connection to {server} within {timeout:?}"))
    }

    /// The server points to another one, which points further or back.
    pub(crate) fn redirected(server: SocketAddr, next: Option<SocketAddr>) -> Self {
        let alternate = next;
        Problem::transaction(
            server,
            Failure::Refused(Refusal { code: 300, reason: String::new(), alternate, challenge: None }),
            Duration::ZERO,
        )
    }

    /// The server wants credentials, and there are none.
    pub(crate) fn no_credentials(server: SocketAddr) -> Self {
        let message = format!("{server} asks for a user name and password, and none are known");
        Problem { stun_code: Some(401), ..Problem::new(Code::CredentialsMissing, message) }
    }

    /// Nothing came through the relay.
    pub(crate) fn no_data(server: SocketAddr) -> Self {
        Problem::new(Code::RelayNoData, format!("{server} granted a relay, but no data came through it"))
    }

    /// The program was asked to end.
    pub(crate) fn interrupted(server: impl fmt::Display) -> Self {
        Problem::new(Code::Interrupted, format!("{server} was still being probed when the program was ended"))
    }

    /// The user name is longer than a request can hold.
    pub(crate) fn long_username(length: usize) -> Self {
        let message =
            format!("the user name has {length} bytes, and the server can be sent {MOST_USERNAME} at most");
        Problem {
            hint: "give the server's user a shorter name".to_owned(),
            ..Problem::new(Code::Unauthorized, message)
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
    use super::*;
    use crate::probe::report::{Kind, Row, Transport};

    #[test]
    fn a_sentence_says_what_the_system_said_without_its_frame() {
        let server = "192.0.2.1:3478".parse().unwrap();
        let problem = Problem::network(server, &io::Error::from_raw_os_error(101));
        assert_eq!(problem.message, "192.0.2.1:3478 cannot be reached from here: Network is unreachable");
        for too_many in [23, 24] {
            let problem = Problem::network(server, &io::Error::from_raw_os_error(too_many));
            assert_eq!(problem.hint, "raise the limit of open files ('ulimit -n')");
        }
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
