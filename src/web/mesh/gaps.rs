//! What is missing of the events of other replicas, without sockets or a clock: their numbers have gaps.

use std::collections::BTreeMap;

use crate::web::replay::position::{Position, ReplicaId};
use crate::web::replay::recent::Aged;

/// The gaps that are being filled. Later events of the same replica are held back until then, so that they keep their order.
pub(super) struct Gaps<T> {
    open: BTreeMap<ReplicaId, Gap<T>>,
}

/// A gap, and what came after it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Gap<T> {
    /// How far events had been received before it.
    pub(super) since: Position,
    /// The last number that is known.
    pub(super) upto: u64,
    /// The events that came after it, by their numbers.
    pub(super) held: BTreeMap<u64, T>,
    /// Those that fill it, as they come.
    pub(super) found: Vec<T>,
    /// Others that come with them, which are only kept.
    pub(super) rest: Vec<Aged>,
}

impl<T> Default for Gaps<T> {
    fn default() -> Self {
        Gaps { open: BTreeMap::new() }
    }
}

impl<T> Gaps<T> {
    /// Whether an event with this number is to be held back, after the last one with the number `last`.
    pub(super) fn holds(&self, from: ReplicaId, number: u64, last: u64) -> bool {
        self.open.contains_key(&from) || number > last.saturating_add(1)
    }

    /// Holds back an event after a gap. Returns whether the gap is new, so that it is to be filled.
    pub(super) fn hold(
        &mut self,
        from: ReplicaId,
        number: u64,
        event: T,
        since: impl FnOnce() -> Position,
    ) -> bool {
        let is_new = self.miss(from, number, since);
        self.gap(from).map(|gap| gap.held.insert(number, event));
        is_new
    }

    /// Notes that a replica has published events up to this number. Returns whether the gap is new.
    pub(super) fn miss(&mut self, from: ReplicaId, upto: u64, since: impl FnOnce() -> Position) -> bool {
        if let Some(gap) = self.open.get_mut(&from) {
            gap.upto = gap.upto.max(upto);
            return false;
        }
        let gap = Gap { since: since(), upto, held: BTreeMap::new(), found: Vec::new(), rest: Vec::new() };
        self.open.insert(from, gap);
        true
    }

    /// Returns the gap of a replica.
    pub(super) fn gap(&mut self, from: ReplicaId) -> Option<&mut Gap<T>> {
        self.open.get_mut(&from)
    }

    /// Closes the gap of a replica.
    pub(super) fn close(&mut self, from: ReplicaId) -> Option<Gap<T>> {
        self.open.remove(&from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: ReplicaId = ReplicaId::for_test(1);
    const B: ReplicaId = ReplicaId::for_test(2);

    fn since() -> Position {
        let mut position = Position::default();
        position.advance(A, 4);
        position
    }

    #[test]
    fn what_comes_after_a_gap_is_held_back_until_it_is_filled() {
        let mut gaps = Gaps::default();
        assert!(!gaps.holds(A, 5, 4) && !gaps.holds(A, 4, 4) && gaps.holds(A, 6, 4));
        assert!(gaps.hold(A, 6, "six", since));
        assert!(gaps.holds(A, 7, 4) && gaps.holds(A, 5, 4) && !gaps.holds(B, 5, 4));
        assert!(!gaps.hold(A, 7, "seven", || panic!()) && !gaps.miss(A, 9, || panic!()));
        gaps.gap(A).unwrap().found.push("five");
        let held = [(6, "six"), (7, "seven")].into();
        let gap = Gap { since: since(), upto: 9, held, found: vec!["five"], rest: Vec::new() };
        assert_eq!((gaps.close(A), gaps.close(A)), (Some(gap), None));
        assert!(!gaps.holds(A, 10, 9));
    }
}
