//! The stable codes of row errors, each with a sentence and a remedy.

use serde::{Serialize, Serializer};

/// Declares [`Code`]: name, code, what happened, what to do.
macro_rules! codes {
    ($($name:ident $code:literal $sentence:literal $remedy:literal,)*) => {
        /// The stable code of a row error.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Code {
            $(#[doc = $sentence] $name,)*
        }

        impl Code {
            /// All codes.
            pub const ALL: &'static [Code] = &[$(Code::$name),*];

            const fn texts(self) -> (&'static str, &'static str, &'static str) {
                match self {
                    $(Code::$name => ($code, $sentence, $remedy),)*
                }
            }
        }
    };
}

codes! {
    Dns "dns" "The name does not resolve in time, or has no address of the wanted family." "check the spelling of the name and this machine's DNS",
    Timeout "timeout" "No response arrived in time." "check that the server runs, and that firewalls allow UDP to this port and the replies",
    Refused "refused" "The server's machine reports that nothing listens on this port." "start the service on that machine, or correct the port",
    Unreachable "unreachable" "This machine cannot send to the server." "check this machine's network, routes and firewall; -4 and -6 leave a family out",
    NotStun "not-stun" "The response is not STUN." "another service uses this port: correct the port",
    BadResponse "bad-response" "The response is malformed, or lacks its address or signature." "update the server's software, or use another server",
    ServerError "server-error" "The server responded with an error code that this table does not list." "see the server's log, or ask its operator",
    Redirected "redirected" "The server redirects clients to another server (300)." "configure that server instead, since browsers do not follow",
    TlsUntrusted "tls-untrusted" "No trusted authority signed the server's certificate." "serve the complete certificate chain, or name the authority with --ca-file",
    TlsExpired "tls-expired" "The server's certificate has expired, or is not valid yet." "renew the certificate, and check the clocks of both machines",
    TlsName "tls-name" "The server's certificate is for another name." "get a certificate for this name, or correct the address",
    TlsHandshake "tls-handshake" "The server does not support TLS, or supports no version that this program does." "check that TLS is enabled and that this is its port",
    AuthenticationMissing "authentication-missing" "The server grants relays without authentication, which browsers do not accept." "require a user name and password on the server (coturn: lt-cred-mech, or use-auth-secret)",
    CredentialsMissing "credentials-missing" "The server asks for credentials, and none are configured." "add them with 'cowork-calls turn edit'; for a server that is not configured, give --username with --password-stdin",
    Unauthorized "unauthorized" "The server does not accept the credentials (401)." "check user name, password or shared secret, and the server's clock",
    Forbidden "forbidden" "The server does not relay to this peer (403)." "allow the server's own relay address, and no other one, as a peer (coturn: allowed-peer-ip=ADDRESS)",
    AllocationMismatch "allocation-mismatch" "The server holds another allocation for this connection (437)." "wait until the old allocation ends, then try again",
    StaleNonce "stale-nonce" "The server rejects the nonce of an Allocate request as stale (438), where browsers give up." "check the server's clock and its nonce lifetime",
    FamilyUnsupported "family-unsupported" "The server has no relay of this address family (440)." "configure a relay address of that family on the server",
    WrongCredentials "wrong-credentials" "The credentials are not those of the allocation (441)." "use one user name and password for each server",
    TransportUnsupported "transport-unsupported" "The server does not relay over UDP (442)." "enable UDP relaying in the server's settings",
    PeerFamilyMismatch "peer-family-mismatch" "Relay and peer have different address families (443)." "configure relay addresses of both families on the server",
    Quota "quota" "The user has too many allocations (486)." "raise the quota in the server's settings, or end other sessions; each row of a probe needs two allocations",
    InsufficientCapacity "insufficient-capacity" "The server has no capacity left (508)." "configure more relay ports on the server, or add servers",
    RelayNoData "relay-no-data" "The relay was granted, but carries no data." "open the server's relay ports (UDP) in its firewall; behind a NAT it must reach its own public address",
    PacketSize "packet-size" "Small datagrams pass through the relay, media-sized ones do not." "let packets of 1,330 bytes pass between clients and the server: check tunnels, VPNs and MTUs on the way, and allow ICMP 'fragmentation needed'",
    Throttled "throttled" "The relay carries less than about 300 kbit/s, too little for a call." "raise the server's limits (coturn: max-bps, bps-capacity)",
    RefreshRefused "refresh-refused" "The server does not extend the allocation, so that calls end with its lifetime." "see the server's log, or update its software",
    PortBlockedInBrowsers "port-blocked-in-browsers" "Browsers block this port and never send to it, so it was not probed." "use another port, such as 3478 or 443",
    Interrupted "interrupted" "The probe was interrupted before this row was measured." "run it again",
}

impl Code {
    /// The code as scripts see it.
    pub const fn as_str(self) -> &'static str {
        self.texts().0
    }

    /// What it means, in one sentence.
    pub const fn sentence(self) -> &'static str {
        self.texts().1
    }

    /// What to do next.
    pub const fn remedy(self) -> &'static str {
        self.texts().2
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
