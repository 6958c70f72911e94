//! The other replicas, without sockets or a clock: which of them live, and which answers are worth waiting for.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::web::replay::position::ReplicaId;

/// How often each replica says that it lives.
pub(super) const BEAT: Duration = Duration::from_millis(500);
/// Without a sign of life for this long, a replica counts as gone.
const GONE: Duration = Duration::from_secs(3);
/// How long the last messages of a replica that leaves may take.
const LEAVING: Duration = Duration::from_secs(30);
/// How long the events of a replica that is gone are told apart: longer than listeners can ask for them.
const FORGOTTEN: Duration = Duration::from_secs(150);
/// At most so many replicas are known, and so many that are gone: the ids of events name them.
const MOST: usize = 32;

/// What a replica says about itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct About {
    /// The machine that it runs on.
    #[serde(default)]
    pub(super) host: String,
    /// The version of the program.
    #[serde(default)]
    pub(super) program: String,
    /// The version of the settings.
    #[serde(default)]
    pub(super) settings: String,
    /// How long it has received all events, in s.
    #[serde(default)]
    pub(super) whole_for: u64,
}

/// The other replicas.
#[derive(Default)]
pub(super) struct Roster {
    peers: BTreeMap<ReplicaId, Peer>,
    /// Those that are gone, and since when.
    gone: BTreeMap<ReplicaId, Instant>,
}

struct Peer {
    about: About,
    heard: Instant,
    standing: Standing,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Lives,
    /// It has not answered in time; nothing waits for it until its next sign of life.
    Silent,
    /// It has said goodbye. It still answers for a moment, but nothing waits for it.
    Leaves,
}

impl Roster {
    /// Notes that a replica lives and says this about itself. Returns whether it was unknown; nothing if there are too many
    /// or it has said goodbye.
    pub(super) fn lives(&mut self, replica: ReplicaId, about: About, now: Instant) -> Option<bool> {
        let is_new = !self.peers.contains_key(&replica);
        if is_new && self.peers.len() >= MOST {
            return None;
        }
        self.gone.remove(&replica);
        let new = || Peer { about: About::default(), heard: now, standing: Standing::Lives };
        let peer = self.peers.entry(replica).or_insert_with(new);
        if peer.standing == Standing::Leaves {
            return None;
        }
        peer.about = about;
        self.heard(replica, now);
        Some(is_new)
    }

    /// Whether a replica has said who it is.
    pub(super) fn knows(&self, replica: ReplicaId) -> bool {
        self.peers.contains_key(&replica)
    }

    /// Notes any sign of life of a replica.
    pub(super) fn heard(&mut self, replica: ReplicaId, now: Instant) {
        if let Some(peer) = self.peers.get_mut(&replica).filter(|peer| peer.standing != Standing::Leaves) {
            peer.heard = now;
            peer.standing = Standing::Lives;
        }
    }

    /// Notes that a replica has not answered in time.
    pub(super) fn silent(&mut self, replica: ReplicaId) {
        if let Some(peer) = self.peers.get_mut(&replica).filter(|peer| peer.standing == Standing::Lives) {
            peer.standing = Standing::Silent;
        }
    }

    /// Notes that a replica leaves. Returns whether that was unknown.
    pub(super) fn leaves(&mut self, replica: ReplicaId, now: Instant) -> bool {
        if self.peers.len() >= MOST && !self.knows(replica) {
            return false;
        }
        let new = || Peer { about: About::default(), heard: now, standing: Standing::Leaves };
        let peer = self.peers.entry(replica).or_insert_with(new);
        let is_new = peer.standing != Standing::Leaves;
        peer.standing = Standing::Leaves;
        peer.heard = now;
        is_new
    }

    /// Removes the replicas that have not been heard of for long, and returns those that have not said goodbye.
    pub(super) fn expire(&mut self, now: Instant) -> Vec<(ReplicaId, About)> {
        let mut lost = Vec::new();
        let gone = &mut self.gone;
        self.peers.retain(|replica, peer| {
            let left = peer.standing == Standing::Leaves;
            let is_there = now < peer.heard + if left { LEAVING } else { GONE };
            if !is_there {
                gone.insert(*replica, now);
                lost.extend((!left).then(|| (*replica, peer.about.clone())));
            }
            is_there
        });
        lost
    }

    /// Notes a replica that another one knows; if it lives, it will say so.
    pub(super) fn known_elsewhere(&mut self, replica: ReplicaId, now: Instant) {
        if !self.knows(replica) {
            self.gone.insert(replica, now);
        }
    }

    /// Returns a replica that has been gone for so long that nobody asks for its events any more, or too many have been gone
    /// since.
    pub(super) fn forgotten(&mut self, now: Instant) -> Option<ReplicaId> {
        let (replica, since) = self.gone.iter().min_by_key(|(_, since)| **since)?;
        let (replica, is_over) = (*replica, now > *since + FORGOTTEN || self.gone.len() > MOST);
        if is_over { self.gone.remove(&replica).map(|_| replica) } else { None }
    }

    /// Begins to wait for signs of life again, after nobody could give any.
    pub(super) fn resume(&mut self, now: Instant) {
        self.peers.values_mut().for_each(|peer| peer.heard = now);
    }

    /// Returns the replicas whose answers are worth waiting for.
    pub(super) fn awaited(&self) -> BTreeSet<ReplicaId> {
        let lives = self.peers.iter().filter(|(_, peer)| peer.standing == Standing::Lives);
        lives.map(|(replica, _)| *replica).collect()
    }

    /// Whether a replica is known that does not answer.
    pub(super) fn has_silent(&self) -> bool {
        self.peers.values().any(|peer| peer.standing == Standing::Silent)
    }

    /// Returns the living replica that has received all events for the longest time.
    pub(super) fn best(&self) -> Option<ReplicaId> {
        let lives = self.peers.iter().filter(|(_, peer)| peer.standing == Standing::Lives);
        lives.max_by_key(|(_, peer)| peer.about.whole_for).map(|(replica, _)| *replica)
    }

    /// Returns what the replicas that have not left say about themselves.
    pub(super) fn about(&self) -> impl Iterator<Item = &About> {
        self.peers.values().filter(|peer| peer.standing != Standing::Leaves).map(|peer| &peer.about)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: ReplicaId = ReplicaId::for_test(1);
    const B: ReplicaId = ReplicaId::for_test(2);

    fn about(host: &str) -> About {
        About { host: host.to_owned(), ..About::default() }
    }

    fn both(now: Instant) -> Roster {
        let mut roster = Roster::default();
        assert_eq!([A, B].map(|replica| roster.lives(replica, about("x"), now)), [Some(true); 2]);
        assert_eq!([roster.lives(A, about("a"), now), roster.lives(B, about("b"), now)], [Some(false); 2]);
        roster
    }

    #[test]
    fn a_silent_replica_is_not_waited_for_until_its_next_sign_of_life() {
        let now = Instant::now();
        let mut roster = both(now);
        assert!(!roster.has_silent());
        roster.silent(A);
        assert_eq!((roster.awaited(), roster.has_silent()), ([B].into(), true));
        roster.heard(A, now);
        assert_eq!((roster.awaited(), roster.has_silent()), ([A, B].into(), false));
        roster.lives(B, About { whole_for: 60, ..about("b") }, now);
        assert_eq!(roster.best(), Some(B));
        roster.silent(B);
        assert_eq!(roster.best(), Some(A));
        roster.heard(ReplicaId::for_test(9), now);
        assert_eq!(roster.about().count(), 2, "a message alone makes nobody a member");
    }

    #[test]
    fn a_replica_without_signs_of_life_is_lost_and_may_come_back() {
        let now = Instant::now();
        let mut roster = both(now);
        roster.heard(A, now + BEAT);
        assert_eq!(roster.expire(now + GONE - Duration::from_millis(1)), []);
        roster.silent(B);
        assert_eq!(roster.expire(now + GONE), [(B, about("b"))]);
        assert!(!roster.has_silent(), "it is no longer known");
        assert_eq!(roster.awaited(), [A].into());
        roster.resume(now + 2 * GONE);
        assert_eq!(roster.expire(now + 3 * GONE - BEAT), [], "nobody could give signs of life");
        assert_eq!(roster.lives(B, about("b"), now + 2 * GONE), Some(true));
        assert_eq!(roster.awaited(), [A, B].into());
    }

    #[test]
    fn one_that_has_said_goodbye_does_not_come_back_with_its_last_messages() {
        let now = Instant::now();
        let mut roster = both(now);
        assert!(
            roster.leaves(A, now) && !roster.leaves(A, now) && !roster.leaves(ReplicaId::for_test(9), now)
        );
        roster.heard(A, now);
        roster.lives(A, about("a"), now + BEAT);
        roster.silent(A);
        assert_eq!((roster.awaited(), roster.about().count()), ([B].into(), 1));
        roster.heard(B, now + LEAVING);
        assert_eq!(roster.expire(now + LEAVING), [], "it is not lost");
        assert_eq!(roster.peers.len(), 1);
    }

    #[test]
    fn one_that_has_been_gone_for_long_is_forgotten_unless_it_came_back() {
        let now = Instant::now();
        let mut roster = both(now);
        assert_eq!(roster.expire(now + GONE).len(), 2);
        assert_eq!(roster.forgotten(now + FORGOTTEN), None);
        let other = ReplicaId::for_test(3);
        roster.known_elsewhere(other, now + GONE + BEAT);
        let later = now + GONE + FORGOTTEN + BEAT;
        roster.lives(A, about("a"), later);
        let mut forgotten = |now| std::iter::from_fn(|| roster.forgotten(now)).collect::<Vec<_>>();
        assert_eq!(forgotten(later), [B]);
        assert_eq!(forgotten(later + BEAT), [other]);
        assert_eq!(roster.expire(later + GONE).len(), 1, "it is lost again");
        assert_eq!(roster.forgotten(later + FORGOTTEN), None, "and kept as long as the first time");
        assert_eq!(roster.forgotten(later + GONE + FORGOTTEN + BEAT), Some(A));
    }

    #[test]
    fn only_so_many_replicas_are_known_and_so_many_that_are_gone() {
        let (now, mut roster) = (Instant::now(), Roster::default());
        let known =
            (0..99).filter(|n| roster.lives(ReplicaId::for_test(*n), about("x"), now).is_some()).count();
        assert_eq!((known, roster.awaited().len()), (MOST, MOST));
        roster.expire(now + GONE);
        (50..60).for_each(|n| roster.known_elsewhere(ReplicaId::for_test(n), now + 2 * GONE));
        let forgotten = std::iter::from_fn(|| roster.forgotten(now + 2 * GONE)).count();
        assert_eq!(forgotten, 10);
    }
}
