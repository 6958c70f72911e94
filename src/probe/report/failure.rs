//! Why a row failed, in a sentence that names the server and one that says what to do.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use rustix::io::Errno;

use crate::protocol::allocation::MOST_USERNAME;
use crate::protocol::transaction::{ErrorResponse, TransactionError};

use super::code::Code;
use super::{Family, RowError};
use crate::probe::turn::round_trip::is_closed;

impl RowError {
    pub(crate) fn new(code: Code, message: String) -> Self {
        RowError { code, message, hint: code.remedy().to_owned(), stun_code: None }
    }

    /// The lookup of a name failed.
    pub(crate) fn lookup(host: &str, error: &io::Error) -> Self {
        RowError::new(Code::Dns, format!("the name '{host}' could not be resolved: {}", reason(error)))
    }

    /// The lookup of a name took too long.
    pub(crate) fn slow_lookup(host: &str, timeout: Duration) -> Self {
        RowError::new(Code::Dns, format!("the name '{host}' could not be resolved within {timeout:?}"))
    }

    /// The server has no address of the family that was asked for.
    pub(crate) fn no_address(host: &str, family: Option<Family>) -> Self {
        match family {
            Some(family) => {
                let mut problem =
                    RowError::new(Code::Dns, format!("'{host}' has no {} address", family.name()));
                problem.hint = format!("leave out {}, or name another server", option(family));
                problem
            }
            None => RowError::new(Code::Dns, format!("the name '{host}' has no address")),
        }
    }

    /// The system could not send or receive.
    pub(crate) fn network(server: SocketAddr, error: &io::Error) -> Self {
        if error.kind() == io::ErrorKind::ConnectionRefused {
            return RowError::new(Code::Refused, format!("{server} refused: nothing listens on this port"));
        }
        if error.kind() == io::ErrorKind::TimedOut {
            return RowError::new(Code::Timeout, format!("{server} does not answer"));
        }
        if is_closed(error) {
            return RowError::new(Code::NotStun, format!("{server} closes the connection without an answer"));
        }
        let message = format!("{server} cannot be reached from here: {}", reason(error));
        let problem = RowError::new(Code::Unreachable, message);
        match Errno::from_io_error(error) {
            // Neither the network nor the server has to do with it.
            Some(Errno::MFILE | Errno::NFILE) => {
                RowError { hint: "raise the limit of open files ('ulimit -n')".to_owned(), ..problem }
            }
            _ => problem,
        }
    }

    /// A transaction with a STUN server ended without an answer.
    pub(crate) fn transaction(server: SocketAddr, failure: TransactionError, timeout: Duration) -> Self {
        let named = Named::of(&failure);
        let Some(Named { code, by_stun, .. }) = named else {
            return RowError::unnamed(server, failure, timeout);
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
        RowError { hint: hint.to_owned(), ..RowError::named(code, by_stun, server, failure) }
    }

    /// A transaction with a TURN server ended without success.
    pub(crate) fn turn(server: SocketAddr, failure: TransactionError, timeout: Duration) -> Self {
        match Named::of(&failure) {
            Some(Named { code, by_turn, .. }) => RowError::named(code, by_turn, server, failure),
            None => RowError::unnamed(server, failure, timeout),
        }
    }

    /// The server refused with an error code that has a name: it does `what`.
    fn named(code: Code, what: &str, server: SocketAddr, failure: TransactionError) -> Self {
        let TransactionError::ErrorResponse(ErrorResponse { code: number, reason, .. }) = failure else {
            return RowError::new(code, format!("{server} {what}"));
        };
        let reason = if reason.is_empty() { reason } else { format!(", {reason}") };
        let message = format!("{server} {what} (error {number}{reason})");
        RowError { stun_code: Some(number), ..RowError::new(code, message) }
    }

    /// All other ends of a transaction.
    fn unnamed(server: SocketAddr, failure: TransactionError, timeout: Duration) -> Self {
        let problem = RowError::new;
        match failure {
            TransactionError::Timeout => {
                problem(Code::Timeout, format!("no answer from {server} within {timeout:?}"))
            }
            TransactionError::NotStun => {
                problem(Code::NotStun, format!("{server} answers, but not with STUN"))
            }
            TransactionError::Malformed(why) => {
                problem(Code::BadResponse, format!("{server} sends a malformed answer: {why}"))
            }
            TransactionError::ErrorResponse(ErrorResponse { code: 300, alternate, .. }) => {
                let other = alternate.map_or_else(String::new, |other| format!(", {other}"));
                let message = format!("{server} sends clients to another server{other}");
                RowError { stun_code: Some(300), ..problem(Code::Redirected, message) }
            }
            TransactionError::ErrorResponse(ErrorResponse { code, reason, .. }) => {
                let reason = if reason.is_empty() { reason } else { format!(" ({reason})") };
                let message = format!("{server} answers with error {code}{reason}");
                RowError { stun_code: Some(code), ..problem(Code::ServerError, message) }
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
    fn of(failure: &TransactionError) -> Option<Self> {
        let TransactionError::ErrorResponse(ErrorResponse { code, .. }) = failure else { return None };
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
impl RowError {
    /// No connection came about in time.
    pub(crate) fn no_connection(server: SocketAddr, timeout: Duration) -> Self {
        RowError::new(Code::Timeout, format!("no connection to {server} within {timeout:?}"))
    }

    /// The server points to another one, which points further or back.
    pub(crate) fn redirected(server: SocketAddr, next: Option<SocketAddr>) -> Self {
        let alternate = next;
        RowError::transaction(
            server,
            TransactionError::ErrorResponse(ErrorResponse {
                code: 300,
                reason: String::new(),
                alternate,
                challenge: None,
            }),
            Duration::ZERO,
        )
    }

    /// The server wants credentials, and there are none.
    pub(crate) fn no_credentials(server: SocketAddr) -> Self {
        let message = format!("{server} asks for a user name and password, and none are known");
        RowError { stun_code: Some(401), ..RowError::new(Code::CredentialsMissing, message) }
    }

    /// Nothing came through the relay.
    pub(crate) fn no_data(server: SocketAddr) -> Self {
        RowError::new(Code::RelayNoData, format!("{server} granted a relay, but no data came through it"))
    }

    /// The program was asked to end.
    pub(crate) fn interrupted(server: impl fmt::Display) -> Self {
        RowError::new(
            Code::Interrupted,
            format!("{server} was still being probed when the program was ended"),
        )
    }

    /// The user name is longer than a request can hold.
    pub(crate) fn long_username(length: usize) -> Self {
        let message =
            format!("the user name has {length} bytes, and the server can be sent {MOST_USERNAME} at most");
        RowError {
            hint: "give the server's user a shorter name".to_owned(),
            ..RowError::new(Code::Unauthorized, message)
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
        let problem = RowError::network(server, &io::Error::from_raw_os_error(101));
        assert_eq!(problem.message, "192.0.2.1:3478 cannot be reached from here: Network is unreachable");
        for too_many in [23, 24] {
            let problem = RowError::network(server, &io::Error::from_raw_os_error(too_many));
            assert_eq!(problem.hint, "raise the limit of open files ('ulimit -n')");
        }
        let error =
            io::Error::other("failed to lookup address information: Temporary failure in name resolution");
        assert_eq!(
            RowError::lookup("a.example", &error).message,
            "the name 'a.example' could not be resolved: Temporary failure in name resolution"
        );
    }

    #[test]
    fn only_servers_that_browsers_wait_for_say_so() {
        let server = "192.0.2.1:3478".parse().unwrap();
        let refusal =
            ErrorResponse { code: 300, reason: String::new(), alternate: Some(server), challenge: None };
        let failures =
            [TransactionError::Timeout, TransactionError::NotStun, TransactionError::ErrorResponse(refusal)];
        for (transport, delays) in
            [(Transport::Udp, [true, true, false]), (Transport::Tcp, [true, false, false])]
        {
            for (failure, delays) in failures.iter().zip(delays) {
                let problem = RowError::transaction(server, failure.clone(), Duration::from_millis(1500));
                let row = Row::new("stun:a:1".into(), Kind::Stun, transport).failed(problem);
                assert_eq!(row.delays_gathering(), delays, "{row:?}");
                assert_eq!(row.error.unwrap().hint.contains("39.9 seconds"), delays);
            }
        }
        let silent = RowError::transaction(server, TransactionError::Timeout, Duration::from_millis(1500));
        assert_eq!(silent.message, "no answer from 192.0.2.1:3478 within 1.5s");
        let redirected = RowError::redirected(server, Some(server));
        assert_eq!((redirected.code, redirected.stun_code), (Code::Redirected, Some(300)));
    }
}
