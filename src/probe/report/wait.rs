//! How long a browser waits for a server that does not work, as measured (docs/browsers.md).

use std::time::Duration;

/// How long a browser waits for a server with an error, beyond its response.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Wait {
    /// It does not: a response, or the end of the connection, ends it.
    #[default]
    None,
    /// Until STUN's last retransmission times out.
    Retransmission,
    /// Until the request on a silent connection times out.
    SilentConnection,
    /// Until the TLS handshake on a silent connection times out.
    SilentHandshake,
    /// Until the system gives up connecting, which takes over 5 minutes.
    Connection,
    /// Forever: it takes the response for the end of the transaction, and cannot use it.
    Forever,
    /// Until the name servers time out.
    SilentLookup,
    /// Until the name is known not to resolve.
    Lookup(Duration),
}

impl Wait {
    /// How long that is; `None` for over 5 minutes.
    pub fn ms(self) -> Option<f64> {
        match self {
            Wait::None => Some(0.0),
            Wait::Retransmission => Some(39_900.0),
            Wait::SilentConnection => Some(40_000.0),
            Wait::SilentHandshake => Some(30_100.0),
            Wait::Connection | Wait::Forever => None,
            // 13 to 16 s, by the order of the name servers.
            Wait::SilentLookup => Some(14_500.0),
            Wait::Lookup(took) => Some(took.as_secs_f64() * 1000.0),
        }
    }
}
