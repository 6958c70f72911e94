//! Delivers the reactions that other replicas have accepted, in the order in which each of them did: if one is missing, it is
//! fetched first.

use std::collections::btree_map::Entry;
use std::time::{Duration, Instant};

use super::gaps::Gap;
use super::link::{Link, Reaction, Waiting};
use super::message::{Message, received};
use crate::web::replay::position::ReplicaId;
use crate::web::replay::recent::Aged;

/// How long the events after a gap are held back.
const PATIENCE: Duration = Duration::from_millis(200);
/// What fills a gap is delivered if it is not older than this; what is older is only kept.
const FRESH: Duration = Duration::from_secs(1);

impl Link {
    /// Delivers a reaction of another replica, or holds it back if one before is missing.
    pub(super) fn react(&mut self, user: &str, reaction: Reaction, now: Instant) {
        let (from, number) = (reaction.event.origin, reaction.event.number);
        // Nobody wants a reaction to what was said long ago, nor one of those who have not said who they are.
        if self.uptime.is_late(now) || !self.roster.knows(from) {
            return;
        }
        if self.app.tokens.latest().named(user).is_some() {
            self.app.reactions.note(user, now);
        }
        let hub = &self.app.hub;
        match hub.last(from) {
            Some(last) if self.gaps.holds(from, number, last) => {
                if self.gaps.hold(from, number, reaction, || hub.position()) {
                    self.fill(from);
                }
            }
            _ => self.deliver(reaction),
        }
    }

    fn deliver(&self, Reaction { request, event, calls }: Reaction) {
        let from = event.origin;
        let calls = self.app.hub.receive(&calls, event);
        if let Some(request) = request {
            self.answer(from, received(request, calls));
        }
    }

    /// Requests what is missing of a replica, while what comes after it is held back.
    pub(super) fn fill(&mut self, from: ReplicaId) {
        let Some(position) = self.gaps.gap(from).map(|gap| gap.since.clone()) else { return };
        let until = Instant::now() + PATIENCE;
        let request = self.awaited.begin([from].into(), until, Waiting::Gap(from));
        self.publish(Some(from), Message::CatchUp { request, position });
    }

    /// Keeps the events that another replica has kept: those that fill a gap until it is closed. What was not published then
    /// is not delivered late.
    pub(super) fn keep(&mut self, request: u64, from: ReplicaId, mut events: Vec<Aged>, unpublished: u64) {
        let is_of_gap = matches!(self.awaited.so_far(request), Some(Waiting::Gap(_)));
        let gap = self.gaps.gap(from).filter(|_| is_of_gap);
        if let (Some(gap), Some(last)) = (gap, self.app.hub.last(from)) {
            let is_live = |aged: &mut Aged| {
                aged.event.origin == from && aged.event.number > last.max(unpublished) && aged.age < FRESH
            };
            gap.found.extend(events.extract_if(.., is_live).map(|Aged { call, event, .. }| Reaction {
                request: None,
                event,
                calls: vec![call],
            }));
            gap.rest.append(&mut events);
        }
        self.app.hub.absorb(events);
    }

    /// Delivers what fills a gap, as far as it has come, and what was held back.
    pub(super) fn close(&mut self, from: ReplicaId) {
        let Some(Gap { upto, mut held, found, rest, .. }) = self.gaps.close(from) else { return };
        for reaction in found {
            match held.entry(reaction.event.number) {
                Entry::Vacant(place) => drop(place.insert(reaction)),
                // One that was held back has all its calls; of a found one there may be one for each call.
                Entry::Occupied(mut place) if place.get().request.is_none() => {
                    place.get_mut().calls.extend(reaction.calls);
                }
                Entry::Occupied(_) => {}
            }
        }
        held.into_values().for_each(|reaction| self.deliver(reaction));
        self.app.hub.advance(from, upto);
        self.app.hub.absorb(rest);
    }
}
