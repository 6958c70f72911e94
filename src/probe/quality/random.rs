//! What nobody can guess: the tags of packets, and their contents.

use crate::probe::random::transaction_id;
use crate::protocol::media::{TAG_BYTES, Tag};

/// A tag that nobody can guess.
pub(super) fn tag() -> Tag {
    Tag(part())
}

/// Random bytes, which no link on the way can compress.
pub(super) fn bytes(count: usize) -> Vec<u8> {
    let parts = count.div_ceil(TAG_BYTES);
    let mut bytes: Vec<u8> = (0..parts).flat_map(|_| part()).collect();
    bytes.truncate(count);
    bytes
}

/// The 96 random bits of a transaction id.
fn part() -> [u8; TAG_BYTES] {
    let [part @ .., _, _, _, _] = u128::from(transaction_id()).to_le_bytes();
    part
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_bytes_are_random() {
        assert_ne!(tag(), tag());
        let parts = [bytes(1200), bytes(1200)];
        assert_eq!(parts.each_ref().map(Vec::len), [1200, 1200]);
        // Of 1200 pairs of bytes some 5 are equal.
        let equal = std::iter::zip(&parts[0], &parts[1]).filter(|(one, other)| one == other).count();
        assert!(equal < 60, "{equal}");
    }
}
