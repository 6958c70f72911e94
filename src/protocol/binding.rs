//! The Binding transaction: under which address the server sees this client (RFC 8489, section 3).

use std::net::SocketAddr;
use std::time::Instant;

use stun_types::message::{BINDING, TransactionId};

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

/// A Binding request.
#[must_use]
pub fn request(id: TransactionId) -> Request {
    Request { id, method: BINDING, bytes: message::binding_request(id), key: None }
}
