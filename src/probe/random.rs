//! Transaction ids, which nobody but the server can guess.

use rustix::rand::{GetRandomFlags, getrandom};

use crate::protocol::TransactionId;

/// A new transaction id, with one system call.
///
/// `TransactionId::generate` would look `getrandom` up at run time. A static binary cannot, so it opens `/dev/urandom`: five
/// more calls, and a panic in a root folder without `/dev`.
pub(super) fn transaction_id() -> TransactionId {
    let mut bytes = [0; 16];
    match getrandom(&mut bytes, GetRandomFlags::empty()) {
        Ok(length) if length == bytes.len() => TransactionId::from(u128::from_ne_bytes(bytes)),
        // Before Linux 3.17.
        _ => TransactionId::generate(),
    }
}
