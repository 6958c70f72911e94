//! The codes of failures: stable, each with one sentence and one remedy.

use serde::{Serialize, Serializer};

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
    /// A malformed answer came back, or one without its address or signature.
    BadResponse,
    /// The server refused with an error code that has no name of its own here.
    ServerError,
    /// The server sends clients to another server (300).
    Redirected,
    /// No trusted authority has signed the server's certificate.
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
            Code::BadResponse => "A malformed answer came back, or one without its address or signature.",
            Code::ServerError => "The server refused with an error code that has no name of its own here.",
            Code::Redirected => "The server sends clients to another server (300).",
            Code::TlsUntrusted => "No trusted authority has signed the server's certificate.",
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
                "check that the server runs, and that firewalls let this transport to its port, and the answers, through"
            }
            Code::Refused => "start the service on that machine, or correct the port",
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
            Code::CredentialsMissing => {
                "add them with 'cowork-calls turn edit', or for a server that is not configured give --username with --password-stdin"
            }
            Code::Unauthorized => "check user name, password or shared secret, and the server's clock",
            Code::Forbidden => {
                "let clients reach the server's own relay addresses (coturn: allowed-peer-ip, allow-loopback-peers)"
            }
            Code::AllocationMismatch => "wait until the old allocation ends, then try again",
            Code::StaleNonce => "check the server's clock and its nonce lifetime",
            Code::FamilyUnsupported => "give the server a relay address of that family",
            Code::WrongCredentials => "use one user name and password for a server",
            Code::TransportUnsupported => "switch UDP relaying on in the server's settings",
            Code::PeerFamilyMismatch => "give the server relay addresses of both families",
            Code::Quota => {
                "raise the quota in the server's settings, or end other sessions; each row of a probe needs two allocations"
            }
            Code::InsufficientCapacity => "give the server more relay ports, or more servers",
            Code::RelayNoData => {
                "open the server's relay ports (UDP) in its firewall; behind a NAT it has to reach its own public address"
            }
            Code::Interrupted => "run it again",
        }
    }

    /// Whether browsers take a server over UDP for a silent one and wait until they give up on it. They neither see
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
}
