//! The errors of rows: a sentence that names the server, and a hint that says what to do.

use std::borrow::Cow;
use std::net::SocketAddr;
use std::time::Duration;
use std::{fmt, io};

use rustix::io::Errno;

use super::code::Code;
use super::row::{Family, RowError, Transport};
use super::stage::Stage;
use super::wait::Wait;
use crate::config::address::ServerUri;
use crate::net::stream::is_closed;
use crate::probe::source::LoginSource;
use crate::protocol::allocation::MOST_USERNAME;
use crate::protocol::message::{Effect, Invalid};
use crate::protocol::transaction::{ErrorResponse, TransactionError};

impl RowError {
    pub(crate) fn new(code: Code, message: String) -> Self {
        let wait = match code {
            // Browsers ignore ICMP errors over UDP, what is not STUN, and a grant without a signature.
            Code::Timeout
            | Code::Refused
            | Code::Unreachable
            | Code::NotStun
            | Code::AuthenticationMissing => Wait::Retransmission,
            _ => Wait::None,
        };
        RowError { code, message, hint: code.remedy().into(), stun_code: None, wait }
    }

    /// Replaces how long browsers wait.
    pub(crate) fn with_wait(self, wait: Wait) -> Self {
        RowError { wait, ..self }
    }

    /// Replaces the general hint of the code.
    pub(crate) fn with_hint(self, hint: impl Into<Cow<'static, str>>) -> Self {
        RowError { hint: hint.into(), ..self }
    }

    /// The same error over `transport`; the general hints and waits are those over UDP.
    pub(crate) fn over(self, transport: Transport) -> Self {
        if transport == Transport::Udp {
            return self;
        }
        let wait = match (self.wait, self.code) {
            (Wait::Retransmission, Code::Refused | Code::Unreachable) => Wait::None,
            // Browsers use UDP for each address with a wait here, whatever the row does.
            (wait, Code::PortBlockedInBrowsers) => wait,
            (Wait::Retransmission, _) => Wait::SilentConnection,
            (wait, _) => wait,
        };
        let hint = match self.hint.contains("allow UDP") {
            true => self.hint.replace("allow UDP", "allow TCP").into(),
            false => self.hint,
        };
        RowError { hint, wait, ..self }
    }

    /// Browsers block the server's port.
    pub(crate) fn blocked_port(server: &ServerUri) -> Self {
        let message = format!("browsers block port {} and never send to {server}", server.port);
        let wait = if server.delays_though_blocked() { Wait::Retransmission } else { Wait::None };
        RowError::new(Code::PortBlockedInBrowsers, message).with_wait(wait)
    }

    /// The lookup of a name failed after `took`.
    pub(crate) fn lookup(host: &str, error: &io::Error, took: Duration) -> Self {
        let message = format!("cannot resolve '{host}': {}", reason(error));
        RowError::new(Code::Dns, message).with_wait(Wait::Lookup(took))
    }

    /// The lookup of a name timed out.
    pub(crate) fn slow_lookup(host: &str, timeout: Duration) -> Self {
        let message = format!("cannot resolve '{host}' within {timeout:?}");
        RowError::new(Code::Dns, message).with_wait(Wait::SilentLookup)
    }

    /// The server has no address, or none of the wanted family.
    pub(crate) fn no_address(host: &str, family: Option<Family>) -> Self {
        let Some(family) = family else {
            return RowError::new(Code::Dns, format!("'{host}' has no address"));
        };
        let option = match family {
            Family::Ipv4 => "-4",
            Family::Ipv6 => "-6",
        };
        RowError::new(Code::Dns, format!("'{host}' has no {} address", family.name()))
            .with_hint(format!("leave out {option}, or name another server"))
    }

    /// The system could not send or receive.
    pub(crate) fn network(server: SocketAddr, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::ConnectionRefused => {
                RowError::new(Code::Refused, format!("{server} refused: nothing listens on this port"))
            }
            io::ErrorKind::TimedOut => RowError::new(Code::Timeout, format!("{server} does not respond")),
            _ if is_closed(error) => {
                let message = format!("{server} closed the connection without a response");
                RowError::new(Code::NotStun, message).with_wait(Wait::None)
            }
            _ => {
                let message = format!("cannot reach {server} from here: {}", reason(error));
                let error_of_row = RowError::new(Code::Unreachable, message);
                match Errno::from_io_error(error) {
                    // Neither the network nor the server is the cause.
                    Some(Errno::MFILE | Errno::NFILE) => {
                        error_of_row.with_hint("raise the limit of open files ('ulimit -n')")
                    }
                    _ => error_of_row,
                }
            }
        }
    }

    /// A transaction with a STUN server failed.
    pub(crate) fn transaction(server: SocketAddr, error: TransactionError, timeout: Duration) -> Self {
        let Some(Named { code, by_stun, .. }) = Named::of(&error) else {
            return RowError::unnamed(server, error, timeout);
        };
        match code {
            // A STUN probe sends no credentials that could be wrong.
            Code::Unauthorized => {
                RowError::named(Code::CredentialsMissing, by_stun, server, error).with_hint(
                    "use a public STUN server, or configure this one as a TURN server: 'cowork-calls turn add'",
                )
            }
            // The general hints are for relays.
            code => RowError::named(code, by_stun, server, error).with_hint(Code::ServerError.remedy()),
        }
    }

    /// A transaction with a TURN server failed.
    pub(crate) fn turn(server: SocketAddr, error: TransactionError, timeout: Duration) -> Self {
        match Named::of(&error) {
            Some(Named { code, by_turn, .. }) => RowError::named(code, by_turn, server, error),
            None => RowError::unnamed(server, error, timeout),
        }
    }

    /// The server responded with an error code that has a name: it does `what`.
    fn named(code: Code, what: &str, server: SocketAddr, error: TransactionError) -> Self {
        let TransactionError::ErrorResponse(ErrorResponse { code: number, reason, .. }) = error else {
            return RowError::new(code, format!("{server} {what}"));
        };
        let reason = if reason.is_empty() { reason } else { format!(", {reason}") };
        let message = format!("{server} {what} (error {number}{reason})");
        RowError { stun_code: Some(number), ..RowError::new(code, message) }
    }

    /// All other errors of a transaction.
    fn unnamed(server: SocketAddr, error: TransactionError, timeout: Duration) -> Self {
        match error {
            TransactionError::Timeout => {
                RowError::new(Code::Timeout, format!("no response from {server} within {timeout:?}"))
            }
            TransactionError::NotStun => {
                RowError::new(Code::NotStun, format!("{server} responds, but not with STUN"))
            }
            TransactionError::Malformed(Invalid { why, effect }) => {
                let wait = match effect {
                    Effect::Ignored => Wait::Retransmission,
                    Effect::Ends => Wait::None,
                    Effect::Hangs => Wait::Forever,
                };
                RowError::new(Code::BadResponse, format!("{server} sent an invalid response: {why}"))
                    .with_wait(wait)
            }
            TransactionError::WrongSignature => {
                let message = format!("{server} sent an invalid response: its signature is wrong");
                // Browsers ignore it.
                RowError::new(Code::BadResponse, message).with_wait(Wait::Retransmission)
            }
            TransactionError::Unsigned => {
                let message = format!("{server} sent an invalid response: its signature is missing");
                RowError::new(Code::BadResponse, message).with_wait(Wait::Retransmission)
            }
            TransactionError::ErrorResponse(ErrorResponse { code: 300, alternate, .. }) => {
                RowError::redirected(server, alternate)
            }
            TransactionError::ErrorResponse(ErrorResponse { code, reason, .. }) => {
                let reason = if reason.is_empty() { reason } else { format!(" ({reason})") };
                let message = format!("{server} responded with error {code}{reason}");
                RowError { stun_code: Some(code), ..RowError::new(Code::ServerError, message) }
            }
        }
    }

    /// The server redirects to another one, which is not followed.
    pub(crate) fn redirected(server: SocketAddr, alternate: Option<SocketAddr>) -> Self {
        let other = alternate.map_or_else(String::new, |other| format!(", {other}"));
        let message = format!("{server} redirects clients to another server{other}");
        RowError { stun_code: Some(300), ..RowError::new(Code::Redirected, message) }
    }

    /// Nothing arrived from the server.
    pub(crate) fn silent(server: SocketAddr, stage: Stage, timeout: Duration) -> Self {
        let (message, wait) = match stage {
            Stage::Connection => (format!("no connection to {server} within {timeout:?}"), Wait::Connection),
            _ => (format!("no response from {server} within {timeout:?}"), Wait::Retransmission),
        };
        RowError::new(Code::Timeout, message).with_wait(wait)
    }

    /// The TLS handshake timed out.
    pub(crate) fn silent_handshake(server: SocketAddr, timeout: Duration) -> Self {
        let message = format!("the TLS handshake with {server} did not finish within {timeout:?}");
        RowError::new(Code::Timeout, message)
            .with_hint("check that the server runs, and that TLS is enabled on this port")
            .with_wait(Wait::SilentHandshake)
    }

    /// The server stopped responding, though there was time.
    pub(crate) fn no_response(server: SocketAddr, stage: Stage, waited: Duration) -> Self {
        let waited = rounded(waited);
        let message = format!("{server} stopped responding: no response to {stage} within {waited:?}");
        RowError::new(Code::Timeout, message)
            .with_hint("try again, as the path may lose datagrams; if it stays so, see the server's log")
    }

    /// The time was too short for a server this far away.
    pub(crate) fn out_of_time(
        server: SocketAddr,
        stage: Stage,
        quickest: Duration,
        timeout: Duration,
    ) -> Self {
        let quickest = rounded(quickest);
        let message = format!(
            "out of time after {timeout:?}, during {stage}: the quickest response of {server} took {quickest:?}"
        );
        RowError::new(Code::Timeout, message)
            .with_hint(format!(
                "give it more time with '--timeout {:?}'; calls through a server this far away lag",
                2 * timeout
            ))
            .with_wait(Wait::None)
    }

    /// The lookup of the name left too little time.
    pub(crate) fn long_lookup(server: SocketAddr, lookup: Duration, timeout: Duration) -> Self {
        let lookup = rounded(lookup);
        let message =
            format!("out of time after {timeout:?}: looking up the name of {server} took {lookup:?}");
        RowError::new(Code::Timeout, message)
            .with_hint("check this machine's DNS, or give it more time with --timeout")
            .with_wait(Wait::None)
    }

    /// The server does not refresh the allocation.
    pub(crate) fn refresh_refused(server: SocketAddr, code: u16, reason: &str) -> Self {
        let reason = if reason.is_empty() { String::new() } else { format!(", {reason}") };
        let message = format!("{server} granted a relay, but does not refresh it (error {code}{reason})");
        RowError { stun_code: Some(code), ..RowError::new(Code::RefreshRefused, message) }
    }

    /// Media-sized datagrams do not pass.
    pub(crate) fn packet_size(server: SocketAddr, size: usize) -> Self {
        let message = format!(
            "small datagrams pass through the relay of {server}, but none with {size} bytes of media, so calls do not connect"
        );
        RowError::new(Code::PacketSize, message)
    }

    /// The relay carries too little.
    pub(crate) fn throttled(server: SocketAddr, sent: usize, received: usize) -> Self {
        let message = format!(
            "the relay of {server} carries too little for a call: of two bursts of media, {sent} datagrams, {received} came back in time"
        );
        RowError::new(Code::Throttled, message)
    }

    /// The server granted a relay without authentication.
    pub(crate) fn unauthenticated(server: SocketAddr) -> Self {
        let message =
            format!("{server} grants relays to everyone, without checking a user name and password");
        RowError::new(Code::AuthenticationMissing, message)
    }

    /// The server asks for credentials, and there are none.
    pub(crate) fn no_credentials(server: SocketAddr, login: &LoginSource) -> Self {
        let message = match login {
            LoginSource::NamelessPassword => {
                format!("{server} asks for a user name and password, and only a password is configured")
            }
            LoginSource::Password(Some(file)) | LoginSource::Secret(Some(file)) => {
                format!("{server} asks for credentials, and {} cannot be read", file.display())
            }
            _ => format!("{server} asks for a user name and password, and none are configured"),
        };
        RowError { stun_code: Some(401), ..RowError::new(Code::CredentialsMissing, message) }
    }

    /// The server granted a relay without an address, as coturn does without a relay of the wanted family.
    pub(crate) fn no_relayed_address(server: SocketAddr, relayed: SocketAddr) -> Self {
        let message = format!("{server} has no relay of this address family: it granted {relayed}");
        RowError::new(Code::FamilyUnsupported, message)
    }

    /// The relay carries no data.
    pub(crate) fn no_data(server: SocketAddr) -> Self {
        RowError::new(Code::RelayNoData, format!("{server} granted a relay, but no data came through it"))
    }

    /// The probe was interrupted.
    pub(crate) fn interrupted(server: impl fmt::Display) -> Self {
        RowError::new(Code::Interrupted, format!("the probe of {server} was interrupted"))
    }

    /// The user name does not fit into a request.
    pub(crate) fn long_username(length: usize) -> Self {
        let message =
            format!("the user name has {length} bytes; the most that can be sent is {MOST_USERNAME}");
        RowError::new(Code::Unauthorized, message).with_hint("give the server's user a shorter name")
    }
}

/// A STUN error code with a code of its own, and what it says about a TURN server and about a STUN server.
struct Named {
    code: Code,
    by_turn: &'static str,
    by_stun: &'static str,
}

impl Named {
    fn of(error: &TransactionError) -> Option<Self> {
        let TransactionError::ErrorResponse(ErrorResponse { code, .. }) = error else { return None };
        let (code, by_turn, by_stun) = match code {
            401 => (
                Code::Unauthorized,
                "does not accept the credentials",
                "asks for a user name and password, which STUN clients do not send",
            ),
            403 => (Code::Forbidden, "does not relay to this peer", "does not serve this machine"),
            437 => (
                Code::AllocationMismatch,
                "still holds another allocation for this connection",
                "takes this request for one of another session",
            ),
            438 => (
                Code::StaleNonce,
                "rejects the nonce of this request as stale",
                "rejects a nonce as stale, though none was sent",
            ),
            440 => (
                Code::FamilyUnsupported,
                "has no relay of this address family",
                "does not support this address family",
            ),
            441 => (
                Code::WrongCredentials,
                "does not accept these credentials for this allocation",
                "rejects credentials, though none were sent",
            ),
            442 => (Code::TransportUnsupported, "does not relay over UDP", "does not support this transport"),
            443 => (
                Code::PeerFamilyMismatch,
                "cannot relay between IPv4 and IPv6",
                "reports a mismatch of IPv4 and IPv6",
            ),
            486 => (Code::Quota, "has reached the quota of this user", "has reached a quota"),
            508 => (Code::InsufficientCapacity, "has no capacity left", "has no capacity left"),
            _ => return None,
        };
        Some(Named { code, by_turn, by_stun })
    }
}

/// A duration for sentences: `1.2s`, `350ms`.
fn rounded(span: Duration) -> Duration {
    let ms = u64::try_from(span.as_millis()).unwrap_or(u64::MAX);
    Duration::from_millis(if ms >= 1000 { ms / 100 * 100 } else { ms.max(1) })
}

/// The system's message without its number and prefix: `Network is unreachable`.
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    text.rsplit(": ").next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::address::Kind;
    use crate::probe::report::Row;

    #[test]
    fn quotes_the_message_of_the_system_without_its_number_and_prefix() {
        let server = "192.0.2.1:3478".parse().unwrap();
        let error = RowError::network(server, &io::Error::from_raw_os_error(101));
        assert_eq!(error.message, "cannot reach 192.0.2.1:3478 from here: Network is unreachable");
        for too_many in [23, 24] {
            let error = RowError::network(server, &io::Error::from_raw_os_error(too_many));
            assert_eq!(error.hint, "raise the limit of open files ('ulimit -n')");
        }
        let error =
            io::Error::other("failed to lookup address information: Temporary failure in name resolution");
        assert_eq!(
            RowError::lookup("a.example", &error, Duration::ZERO).message,
            "cannot resolve 'a.example': Temporary failure in name resolution"
        );
    }

    #[test]
    fn each_transport_has_its_own_hint_and_wait() {
        let server = "192.0.2.1:3478".parse().unwrap();
        let response =
            ErrorResponse { code: 300, reason: String::new(), alternate: Some(server), challenge: None };
        for (error, udp, tcp) in [
            (TransactionError::Timeout, Wait::Retransmission, Wait::SilentConnection),
            (TransactionError::NotStun, Wait::Retransmission, Wait::SilentConnection),
            (TransactionError::Unsigned, Wait::Retransmission, Wait::SilentConnection),
            (TransactionError::WrongSignature, Wait::Retransmission, Wait::SilentConnection),
            (TransactionError::Malformed(Invalid::hangs("it is empty")), Wait::Forever, Wait::Forever),
            (TransactionError::Malformed(Invalid::ends("it is empty")), Wait::None, Wait::None),
            (TransactionError::ErrorResponse(response.clone()), Wait::None, Wait::None),
        ] {
            for (transport, firewall, wait) in [
                (Transport::Udp, "allow UDP to this port", udp),
                (Transport::Tcp, "allow TCP to this port", tcp),
            ] {
                let error = RowError::transaction(server, error.clone(), Duration::from_millis(1500));
                let row = Row::new("stun:a:1".into(), Kind::Stun, transport).failed(error);
                assert_eq!(row.delays_gathering(), wait != Wait::None, "{row:?}");
                let error = row.error.unwrap();
                assert_eq!(error.wait, wait);
                assert!(!error.hint.contains("firewalls") || error.hint.contains(firewall), "{}", error.hint);
            }
        }
        let refused = RowError::network(server, &io::ErrorKind::ConnectionRefused.into());
        assert_eq!(refused.wait, Wait::Retransmission, "browsers ignore ICMP");
        assert_eq!(refused.over(Transport::Tcp).wait, Wait::None);
        let closed = RowError::network(server, &io::ErrorKind::UnexpectedEof.into());
        assert_eq!(closed.over(Transport::Tcp).wait, Wait::None);
        let silent = RowError::transaction(server, TransactionError::Timeout, Duration::from_millis(1500));
        assert_eq!(silent.message, "no response from 192.0.2.1:3478 within 1.5s");
        let redirected =
            RowError::transaction(server, TransactionError::ErrorResponse(response), Duration::ZERO);
        assert_eq!((redirected.code, redirected.stun_code), (Code::Redirected, Some(300)));
    }
}
