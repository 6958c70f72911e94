//! Transaction ids, which nobody but the server can guess.

use std::cell::RefCell;

use rustix::rand::{GetRandomFlags, getrandom};

use crate::protocol::TransactionId;

/// The bytes of an id before it is cut to 96 bits.
const LENGTH: usize = 16;
/// How many bytes are drawn at once; the system may return fewer.
const DRAWN: usize = 1024;

thread_local! {
    /// Numbers that were drawn together: a call for each id would take 4 of the 90 ms of a probe of 10,000 servers.
    static NUMBERS: RefCell<Vec<[u8; LENGTH]>> = const { RefCell::new(Vec::new()) };
}

/// A new transaction id.
///
/// `TransactionId::generate` would look `getrandom` up at run time. A static binary cannot, so it opens `/dev/urandom`: five
/// more calls, and a panic in a root folder without `/dev`.
pub(super) fn transaction_id() -> TransactionId {
    let number = NUMBERS.with_borrow_mut(|numbers| {
        if numbers.is_empty() {
            let mut bytes = [0; DRAWN];
            let count = getrandom(&mut bytes, GetRandomFlags::empty()).unwrap_or_default();
            numbers.extend(bytes.get(..count).unwrap_or_default().as_chunks().0);
        }
        numbers.pop()
    });
    // There are none before Linux 3.17.
    number.map_or_else(TransactionId::generate, |number| u128::from_ne_bytes(number).into())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_id_comes_twice() {
        let ids: HashSet<u128> = (0..1000).map(|_| transaction_id().into()).collect();
        assert_eq!(ids.len(), 1000);
    }
}
