//! The Binding transaction, which returns the client's server-reflexive address (RFC 8489, section 3).

use std::net::SocketAddr;
use std::time::Instant;

use stun_types::message::{BINDING, Message, TransactionId};

use super::message::{self, Invalid};
use super::transaction::{Request, Transaction};

/// A Binding transaction; its result is the client's server-reflexive address.
pub type Binding = Transaction<SocketAddr>;

impl Binding {
    /// A transaction over UDP that starts `now` and times out at `deadline`.
    pub fn new(id: TransactionId, now: Instant, deadline: Instant) -> Self {
        Transaction::over_datagrams(request(id), message::mapped_address, now, deadline)
    }
}

/// What a Binding response says for NAT tests (RFC 5780).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Addresses {
    /// The client's server-reflexive address.
    pub mapped_address: SocketAddr,
    /// The server's other IP address and port, if it has them (section 7.4).
    pub other_address: Option<SocketAddr>,
    /// The address that the server believes it responds from (section 7.3).
    pub response_origin: Option<SocketAddr>,
}

/// Reads a Binding response for NAT tests.
///
/// # Errors
/// When the client's address is missing or malformed.
pub fn addresses(message: &Message<'_>) -> Result<Addresses, Invalid> {
    Ok(Addresses {
        mapped_address: message::mapped_address(message)?,
        other_address: message::plain_address(message, message::OTHER_ADDRESS),
        response_origin: message::plain_address(message, message::RESPONSE_ORIGIN),
    })
}

/// A Binding request.
pub fn request(id: TransactionId) -> Request {
    Request {
        id,
        method: BINDING,
        bytes: message::binding_request(id, None),
        key: None,
        expects_challenge: false,
    }
}
