//! The answers of other replicas that are awaited, without sockets or a clock: which are missing, and until when.

use std::collections::{BTreeSet, HashMap};
use std::time::Instant;

use crate::web::replay::position::ReplicaId;

/// Requests to other replicas, and the answers to them so far.
pub(super) struct Awaited<T> {
    open: HashMap<u64, Open<T>>,
    deadlines: BTreeSet<(Instant, u64)>,
    last: u64,
}

struct Open<T> {
    missing: BTreeSet<ReplicaId>,
    until: Instant,
    so_far: T,
}

/// A request that is no longer open.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Done<T> {
    pub(super) so_far: T,
    /// The replicas that did not answer.
    pub(super) silent: BTreeSet<ReplicaId>,
}

impl<T> Default for Awaited<T> {
    fn default() -> Self {
        Awaited { open: HashMap::new(), deadlines: BTreeSet::new(), last: 0 }
    }
}

impl<T> Awaited<T> {
    /// Opens a request to these replicas and returns its number.
    pub(super) fn begin(&mut self, missing: BTreeSet<ReplicaId>, until: Instant, so_far: T) -> u64 {
        self.last += 1;
        self.deadlines.insert((until, self.last));
        self.open.insert(self.last, Open { missing, until, so_far });
        self.last
    }

    /// Returns what has been answered to a request so far, to add to it; none if the request is no longer open.
    pub(super) fn so_far(&mut self, request: u64) -> Option<&mut T> {
        self.open.get_mut(&request).map(|open| &mut open.so_far)
    }

    /// Notes that a replica has answered, and returns the request if that was the last answer.
    pub(super) fn answered(&mut self, request: u64, from: ReplicaId) -> Option<Done<T>> {
        let open = self.open.get_mut(&request)?;
        open.missing.remove(&from);
        if open.missing.is_empty() { self.close(request) } else { None }
    }

    /// Closes a request, even if some have not answered yet.
    pub(super) fn close(&mut self, request: u64) -> Option<Done<T>> {
        let Open { missing: silent, until, so_far } = self.open.remove(&request)?;
        self.deadlines.remove(&(until, request));
        Some(Done { so_far, silent })
    }

    /// Closes a request whose time is over, if there is one.
    pub(super) fn overdue(&mut self, now: Instant) -> Option<Done<T>> {
        let (until, request) = *self.deadlines.first()?;
        if until <= now { self.close(request) } else { None }
    }

    /// Returns when the time of the next request is over.
    pub(super) fn deadline(&self) -> Option<Instant> {
        self.deadlines.first().map(|(until, _)| *until)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const A: ReplicaId = ReplicaId::for_test(1);
    const B: ReplicaId = ReplicaId::for_test(2);
    const C: ReplicaId = ReplicaId::for_test(3);
    const MS: Duration = Duration::from_millis(1);

    #[test]
    fn a_request_is_done_when_all_have_answered() {
        let (mut awaited, now) = (Awaited::default(), Instant::now());
        let first = awaited.begin([A, B].into(), now + 250 * MS, vec![1]);
        let second = awaited.begin([A].into(), now + 250 * MS, vec![2]);
        assert_eq!(awaited.answered(first, A), None);
        assert_eq!(awaited.answered(first, A), None, "each counts once");
        assert_eq!(awaited.answered(first, C), None, "it was not awaited");
        awaited.so_far(first).unwrap().push(3);
        assert_eq!(awaited.answered(second, A), Some(Done { so_far: vec![2], silent: [].into() }));
        assert_eq!(awaited.answered(first, B), Some(Done { so_far: vec![1, 3], silent: [].into() }));
        assert_eq!((awaited.answered(first, B), awaited.so_far(first)), (None, None));
        assert_eq!((awaited.deadline(), awaited.overdue(now + 999 * MS)), (None, None));
    }

    #[test]
    fn what_is_not_answered_in_time_is_done_without() {
        let (mut awaited, now) = (Awaited::default(), Instant::now());
        let long = awaited.begin([A].into(), now + 2000 * MS, "long");
        let short = awaited.begin([A, B].into(), now + 250 * MS, "short");
        assert_eq!(awaited.deadline(), Some(now + 250 * MS));
        assert_eq!(awaited.answered(short, B), None);
        assert_eq!(awaited.overdue(now + 249 * MS), None);
        assert_eq!(awaited.overdue(now + 250 * MS), Some(Done { so_far: "short", silent: [A].into() }));
        assert_eq!(awaited.overdue(now + 250 * MS), None);
        assert_eq!(awaited.deadline(), Some(now + 2000 * MS));
        assert_eq!(awaited.answered(long, A).map(|done| done.so_far), Some("long"));
    }
}
