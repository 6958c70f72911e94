//! Every way a row can fail: a stable code, one sentence that names the server, and one remedy.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::protocol::transaction::{Failure, Refusal};

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
    /// Nobody trusted vouches for the server's certificate.
    TlsUntrusted,
    /// The server's certificate is not valid now.
    TlsExpired,
    /// The server's certificate is for another name.
    TlsName,
    /// The server speaks no TLS, or none that fits.
    TlsHandshake,
    /// The server asks for credentials, and none are configured.
    CredentialsMissing,
    /// The server does not accept the credentials (401).
    Unauthorized,
    /// The server does not relay to this peer (403).
    Forbidden,
    /// The server holds another allocation for this connection (437).
    AllocationMismatch,
    /// The server calls every nonce stale (438).
    StaleNonce,
    /// The server has no relay of this address family (440).
    FamilyUnsupported,
    /// The credentials are not those of the allocation (441).
    WrongCredentials,
    /// The server does not relay over UDP (442).
    TransportUnsupported,
    /// Relay and peer are of different address families (443).
    PeerFamilyMismatch,
    /// The user has too many allocations (486).
    Quota,
    /// The server has no capacity left (508).
    InsufficientCapacity,
    /// The relay was granted, but carries no data.
    RelayNoData,
    /// The probe was ended before this row was done.
    Interrupted,
}

impl Code {
    /// All codes.
    pub const ALL: [Code; 25] = [
        Code::Dns,
        Code::Timeout,
        Code::Refused,
        Code::Unreachable,
        Code::NotStun,
        Code::BadResponse,
        Code::ServerError,
        Code::Redirected,
        Code::TlsUntrusted,
        Code::TlsExpired,
        Code::TlsName,
        Code::TlsHandshake,
        Code::CredentialsMissing,
        Code::Unauthorized,
        Code::Forbidden,
        Code::AllocationMismatch,
        Code::StaleNonce,
        Code::FamilyUnsupported,
        Code::WrongCredentials,
        Code::TransportUnsupported,
        Code::PeerFamilyMismatch,
        Code::Quota,
        Code::InsufficientCapacity,
        Code::RelayNoData,
        Code::Interrupted,
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
            Code::TlsUntrusted => "tls-untrusted",
            Code::TlsExpired => "tls-expired",
            Code::TlsName => "tls-name",
            Code::TlsHandshake => "tls-handshake",
            Code::CredentialsMissing => "credentials-missing",
            Code::Unauthorized => "unauthorized",
            Code::Forbidden => "forbidden",
            Code::AllocationMismatch => "allocation-mismatch",
            Code::StaleNonce => "stale-nonce",
            Code::FamilyUnsupported => "family-unsupported",
            Code::WrongCredentials => "wrong-credentials",
            Code::TransportUnsupported => "transport-unsupported",
            Code::PeerFamilyMismatch => "peer-family-mismatch",
            Code::Quota => "quota",
            Code::InsufficientCapacity => "insufficient-capacity",
            Code::RelayNoData => "relay-no-data",
            Code::Interrupted => "interrupted",
        }
    }

    /// What it means, in general.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Code::Dns => "The name does not resolve, not in time, or not to the family that was asked for.",
            Code::Timeout => "Nothing came back in time.",
            Code::Refused => "The server's machine says that nothing listens on this port.",
            Code::Unreachable => "This machine cannot send to the server.",
            Code::NotStun => "Something came back that is no STUN.",
            Code::BadResponse => "A malformed answer came back, or one without an address.",
            Code::ServerError => "The server refused with an error code that has no name of its own here.",
            Code::Redirected => "The server sends clients to another server (300).",
            Code::TlsUntrusted => "Nobody trusted vouches for the server's certificate.",
            Code::TlsExpired => "The server's certificate is not valid now.",
            Code::TlsName => "The server's certificate is for another name.",
            Code::TlsHandshake => "The server speaks no TLS, or none that fits.",
            Code::CredentialsMissing => "The server asks for credentials, and none are configured.",
            Code::Unauthorized => "The server does not accept the credentials (401).",
            Code::Forbidden => "The server does not relay to this peer (403).",
            Code::AllocationMismatch => "The server holds another allocation for this connection (437).",
            Code::StaleNonce => "The server calls every nonce stale (438).",
            Code::FamilyUnsupported => "The server has no relay of this address family (440).",
            Code::WrongCredentials => "The credentials are not those of the allocation (441).",
            Code::TransportUnsupported => "The server does not relay over UDP (442).",
            Code::PeerFamilyMismatch => "Relay and peer are of different address families (443).",
            Code::Quota => "The user has too many allocations (486).",
            Code::InsufficientCapacity => "The server has no capacity left (508).",
            Code::RelayNoData => "The relay was granted, but carries no data.",
            Code::Interrupted => "The probe was ended before this row was done.",
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
            Code::TlsUntrusted => {
                "serve the whole chain of certificates, or name the authority with --ca-file"
            }
            Code::TlsExpired => "renew the certificate, and check the clocks of both machines",
            Code::TlsName => "get a certificate for this name, or correct the address",
            Code::TlsHandshake => "check that TLS is switched on and that this is its port",
            Code::CredentialsMissing => "add them with 'cowork-calls turn edit'",
            Code::Unauthorized => "check user name, password or shared secret, and the server's clock",
            Code::Forbidden => "allow the peer's addresses in the server's settings",
            Code::AllocationMismatch => "wait until the old allocation ends, then try again",
            Code::StaleNonce => "check the server's clock and its nonce lifetime",
            Code::FamilyUnsupported => "give the server a relay address of that family",
            Code::WrongCredentials => "use one user name and password for a server",
            Code::TransportUnsupported => "switch UDP relaying on in the server's settings",
            Code::PeerFamilyMismatch => "give the server relay addresses of both families",
            Code::Quota => "raise the quota in the server's settings, or end other sessions",
            Code::InsufficientCapacity => "give the server more relay ports, or more servers",
            Code::RelayNoData => "open the server's relay ports (UDP) in its firewall",
            Code::Interrupted => "run it again",
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
    pub(super) fn new(code: Code, message: String) -> Self {
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
        if matches!(
            error.kind(),
            io::ErrorKind::UnexpectedEof | io::ErrorKind::ConnectionReset | io::ErrorKind::BrokenPipe
        ) {
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

    /// The server called one nonce after the other stale.
    pub(super) fn stale_nonces(server: SocketAddr) -> Self {
        let message = format!("{server} calls every nonce stale, its own fresh ones too");
        Problem { stun_code: Some(438), ..Problem::new(Code::StaleNonce, message) }
    }

    /// Nothing came through the relay.
    pub(super) fn no_data(server: SocketAddr) -> Self {
        Problem::new(Code::RelayNoData, format!("{server} granted a relay, but no data came through it"))
    }

    /// The program was asked to end.
    pub(super) fn interrupted(server: SocketAddr) -> Self {
        Problem::new(Code::Interrupted, format!("{server} was still being probed when the program was ended"))
    }

    /// A transaction of TURN ended without success.
    pub(super) fn turn(server: SocketAddr, failure: Failure, timeout: Duration) -> Self {
        let (code, what) = match &failure {
            Failure::Refused(Refusal { code, .. }) => match code {
                401 => (Code::Unauthorized, "does not accept the user name and password"),
                403 => (Code::Forbidden, "does not relay to this peer"),
                437 => (Code::AllocationMismatch, "still holds another allocation for this connection"),
                438 => (Code::StaleNonce, "calls the nonce stale"),
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
        let refused = Failure::Refused(Refusal {
            code: 300,
            reason: String::new(),
            alternate: Some(server),
            challenge: None,
        });
        let redirected = Problem::transaction(server, refused, Duration::ZERO);
        assert_eq!((redirected.code, redirected.stun_code), (Code::Redirected, Some(300)));
        assert!(!redirected.hint.contains("39.9s"), "{}", redirected.hint);
    }
}
