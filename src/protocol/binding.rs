//! The Binding transaction: under which address the server sees this client (RFC 8489, section 3).

use std::net::SocketAddr;
use std::time::Instant;

use stun_types::message::{BINDING, Message, TransactionId};

use super::message;
use super::transaction::{Request, Transaction};

/// A Binding transaction; its answer is the client's address as the server saw it.
pub type Binding = Transaction<SocketAddr>;

impl Binding {
    /// A transaction over UDP that starts `now` and is given up at `deadline`.
    #[must_use]
    pub fn new(id: TransactionId, now: Instant, deadline: Instant) -> Self {
        Transaction::over_datagrams(request(id), message::mapped_address, now, deadline)
    }
}

/// What a server says for tests of NATs (RFC 5780).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The client's address as the server saw it.
    pub mapped_address: SocketAddr,
    /// The server's other IP address and port, when it has them (section 7.4).
    pub other_address: Option<SocketAddr>,
    /// The address that the server believes to answer from (section 7.3).
    pub response_origin: Option<SocketAddr>,
}

/// Reads all that a Binding response says for tests of NATs.
///
/// # Errors
/// Says what is wrong with the client's address, when it is missing or malformed.
pub fn seen(message: &Message<'_>) -> Result<Seen, &'static str> {
    Ok(Seen {
        mapped_address: message::mapped_address(message)?,
        other_address: message::other_address(message),
        response_origin: message::response_origin(message),
    })
}

/// A Binding request.
#[must_use]
pub fn request(id: TransactionId) -> Request {
    Request { id, method: BINDING, bytes: message::binding_request(id), key: None }
}
