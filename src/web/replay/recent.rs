//! The events of the last minute, in memory that has a limit.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::event::Event;
use super::position::{Position, ReplicaId};
use crate::web::call::CallId;

/// How long events are kept for listeners that reconnect.
pub(in crate::web) const KEPT_FOR: Duration = Duration::from_secs(60);
/// How much memory they may take, in bytes. When more come, the oldest go.
const MAX_BYTES: usize = 16 * 1024 * 1024;
/// What an event takes in addition to its data, in bytes.
const EVENT_BYTES: usize = 256;
/// What a call takes in addition to its names, in bytes.
const CALL_BYTES: usize = 512;

/// The events of the last minute, those of each call in the order in which they came.
#[derive(Default)]
pub(in crate::web) struct Recent {
    calls: HashMap<Arc<CallId>, VecDeque<Kept>>,
    /// When each event came, and to which call: the oldest first.
    order: VecDeque<(Instant, Arc<CallId>)>,
    bytes: usize,
}

struct Kept {
    at: Instant,
    event: Arc<Event>,
}

/// An event that another replica has kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::web) struct Aged {
    pub(in crate::web) call: CallId,
    pub(in crate::web) event: Event,
    /// How long ago it came there.
    pub(in crate::web) age: Duration,
}

/// When each event of a call came.
type Times = BTreeMap<(ReplicaId, u64), Instant>;

impl Recent {
    /// Keeps an event that comes now.
    pub(in crate::web) fn add(&mut self, call: &CallId, event: &Arc<Event>, now: Instant) {
        self.push(call, Arc::clone(event), now);
        self.expire(now);
    }

    /// Adds events that are missing here. They go to where they belong in time; those of one replica keep their order. Tens
    /// of thousands come when a replica starts, so they are sorted once.
    pub(in crate::web) fn absorb(&mut self, events: Vec<Aged>, now: Instant) {
        let mut known: HashMap<CallId, Times> = HashMap::new();
        for Aged { call, event, age } in events {
            let Some(came) = now.checked_sub(age) else { continue };
            let times = known.entry(call.clone()).or_insert_with_key(|call| self.times(call));
            let key = (event.origin, event.number);
            if !times.contains_key(&key) {
                let at = between_neighbours(times, key, came);
                times.insert(key, at);
                self.push(&call, Arc::new(event), at);
            }
        }
        for call in known.keys() {
            self.calls.get_mut(call).into_iter().for_each(|events| {
                events.make_contiguous().sort_by_key(|kept| kept.at);
            });
        }
        self.order.make_contiguous().sort_by_key(|(at, _)| *at);
        self.expire(now);
    }

    /// Removes an event that nobody received.
    pub(in crate::web) fn remove(&mut self, call: &CallId, origin: ReplicaId, number: u64) {
        let Some(events) = self.calls.get_mut(call) else { return };
        let is_it = |kept: &Kept| (kept.event.origin, kept.event.number) == (origin, number);
        let Some(kept) = events.iter().rposition(is_it).and_then(|place| events.remove(place)) else {
            return;
        };
        let place = self.order.iter().rposition(|(at, own)| *at == kept.at && **own == *call);
        if let Some(place) = place {
            self.order.remove(place);
        }
        self.removed(call, &kept);
    }

    /// Removes what is older than a minute.
    pub(in crate::web) fn expire(&mut self, now: Instant) {
        let is_over =
            |at: Instant, bytes: usize| now.saturating_duration_since(at) > KEPT_FOR || bytes > MAX_BYTES;
        while self.order.front().is_some_and(|(at, _)| is_over(*at, self.bytes)) {
            let Some((_, call)) = self.order.pop_front() else { return };
            if let Some(kept) = self.calls.get_mut(&call).and_then(VecDeque::pop_front) {
                self.removed(&call, &kept);
            }
        }
    }

    /// Returns the events of a call beyond a position.
    pub(in crate::web) fn beyond(&self, position: &Position, call: &CallId) -> Vec<Arc<Event>> {
        let events = self.calls.get(call).into_iter().flatten().map(|kept| &kept.event);
        events.filter(|event| !position.covers(event.origin, event.number)).cloned().collect()
    }

    /// Returns the events of all calls beyond a position, for another replica.
    pub(in crate::web) fn all_beyond(&self, position: &Position, now: Instant) -> Vec<Aged> {
        let all = self.calls.iter().flat_map(|(call, events)| events.iter().map(move |kept| (call, kept)));
        let missing = all.filter(|(_, kept)| !position.covers(kept.event.origin, kept.event.number));
        let aged = |(call, kept): (&Arc<CallId>, &Kept)| Aged {
            call: (**call).clone(),
            event: (*kept.event).clone(),
            age: now.saturating_duration_since(kept.at),
        };
        missing.map(aged).collect()
    }

    /// Returns how much memory the events take, in bytes.
    pub(in crate::web) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// Keeps an event as the last one.
    fn push(&mut self, call: &CallId, event: Arc<Event>, at: Instant) {
        let known = self.calls.get_key_value(call).map(|(call, _)| Arc::clone(call));
        let call = known.unwrap_or_else(|| {
            self.bytes += call_bytes(call);
            Arc::new(call.clone())
        });
        self.bytes += event_bytes(&event);
        self.calls.entry(Arc::clone(&call)).or_default().push_back(Kept { at, event });
        self.order.push_back((at, call));
    }

    fn removed(&mut self, call: &CallId, kept: &Kept) {
        self.bytes -= event_bytes(&kept.event);
        if self.calls.get(call).is_some_and(VecDeque::is_empty) {
            self.calls.remove(call);
            self.bytes -= call_bytes(call);
        }
    }

    fn times(&self, call: &CallId) -> Times {
        let events = self.calls.get(call).into_iter().flatten();
        events.map(|kept| ((kept.event.origin, kept.event.number), kept.at)).collect()
    }
}

/// Returns when an event has to have come, so that it is between its neighbours from the same replica.
fn between_neighbours(times: &Times, key: (ReplicaId, u64), came: Instant) -> Instant {
    let of_same = |found: Option<(&(ReplicaId, u64), &Instant)>| {
        found.filter(|((origin, _), _)| *origin == key.0).map(|(_, at)| *at)
    };
    let before = of_same(times.range(..key).next_back());
    let after = of_same(times.range(key..).next()).and_then(|at| at.checked_sub(Duration::from_nanos(1)));
    let at = before.map_or(came, |before| came.max(before));
    after.map_or(at, |after| at.min(after))
}

fn event_bytes(event: &Event) -> usize {
    EVENT_BYTES + event.data.len()
}

fn call_bytes(call: &CallId) -> usize {
    CALL_BYTES + call.team.len() + call.channel.len()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::emoji::Emoji;
    use crate::web::replay::event::Data;

    const A: ReplicaId = ReplicaId::for_test(1);
    const B: ReplicaId = ReplicaId::for_test(2);
    const SECOND: Duration = Duration::from_secs(1);

    fn call(channel: &str) -> CallId {
        CallId { team: "t".to_owned(), channel: channel.to_owned() }
    }

    fn event(origin: ReplicaId, number: u64) -> Event {
        Event { origin, number, data: Data::of(Emoji::parse("👍").unwrap(), "alice") }
    }

    fn add(recent: &mut Recent, channel: &str, origin: ReplicaId, number: u64, now: Instant) {
        recent.add(&call(channel), &Arc::new(event(origin, number)), now);
    }

    fn kept(recent: &Recent, channel: &str) -> Vec<(ReplicaId, u64)> {
        let events = recent.beyond(&Position::default(), &call(channel));
        events.iter().map(|event| (event.origin, event.number)).collect()
    }

    fn aged(channel: &str, origin: ReplicaId, number: u64, age: Duration) -> Aged {
        Aged { call: call(channel), event: event(origin, number), age }
    }

    #[test]
    fn events_are_kept_for_a_minute() {
        let (mut recent, start) = (Recent::default(), Instant::now());
        add(&mut recent, "c", A, 1, start);
        add(&mut recent, "d", A, 2, start + SECOND);
        recent.expire(start + KEPT_FOR);
        assert_eq!((kept(&recent, "c"), kept(&recent, "d")), (vec![(A, 1)], vec![(A, 2)]));
        recent.expire(start + KEPT_FOR + SECOND);
        assert_eq!((kept(&recent, "c"), kept(&recent, "d")), (vec![], vec![(A, 2)]));
        add(&mut recent, "c", A, 3, start + 2 * KEPT_FOR);
        assert_eq!((kept(&recent, "c"), kept(&recent, "d")), (vec![(A, 3)], vec![]));
        recent.expire(start + 4 * KEPT_FOR);
        assert!(recent.bytes == 0 && recent.calls.is_empty() && recent.order.is_empty());
    }

    #[test]
    fn a_listener_gets_what_is_beyond_its_position() {
        let (mut recent, now) = (Recent::default(), Instant::now());
        for (channel, origin, number) in [("c", A, 1), ("c", B, 7), ("d", A, 2), ("c", A, 3), ("c", B, 8)] {
            add(&mut recent, channel, origin, number, now);
        }
        let beyond = |position: &str, channel: &str| {
            let events = recent.beyond(&Position::parse(position).unwrap(), &call(channel));
            events.iter().map(|event| (event.origin, event.number)).collect::<Vec<_>>()
        };
        assert_eq!(beyond(&format!("{A}:1.{B}:7"), "c"), [(A, 3), (B, 8)]);
        assert_eq!(beyond(&format!("{A}:0.{B}:8"), "c"), [(A, 1), (A, 3)]);
        assert_eq!(beyond(&format!("{B}:8"), "d"), [(A, 2)], "it has seen nothing of that replica");
        assert_eq!(beyond(&format!("{A}:3"), "e"), []);
    }

    #[test]
    fn the_oldest_events_go_when_all_take_too_much_memory() {
        let (mut recent, now) = (Recent::default(), Instant::now());
        for number in 1..=100_000 {
            let channel = format!("c{}", number % 2 * number);
            add(&mut recent, &channel, A, number, now);
            assert!(recent.bytes() <= MAX_BYTES);
        }
        assert!(recent.bytes() > MAX_BYTES - 2000, "{}", recent.bytes());
        let even = kept(&recent, "c0");
        assert_eq!(even.last(), Some(&(A, 100_000)));
        assert!(even.windows(2).all(|pair| pair[1].1 == pair[0].1 + 2), "no gaps");
        assert_eq!(recent.order.len(), recent.calls.values().map(VecDeque::len).sum::<usize>());
        recent.expire(now + 2 * KEPT_FOR);
        assert_eq!((recent.bytes(), recent.calls.len()), (0, 0));
    }

    #[test]
    fn an_event_that_nobody_received_is_removed() {
        let (mut recent, now) = (Recent::default(), Instant::now());
        for number in 1..=3 {
            add(&mut recent, "c", A, number, now);
        }
        recent.remove(&call("c"), A, 2);
        recent.remove(&call("c"), A, 9);
        recent.remove(&call("d"), A, 1);
        assert_eq!((kept(&recent, "c"), recent.order.len()), (vec![(A, 1), (A, 3)], 2));
        recent.remove(&call("c"), A, 1);
        recent.remove(&call("c"), A, 3);
        assert_eq!((recent.bytes(), recent.order.len(), recent.calls.len()), (0, 0, 0));
    }

    #[test]
    fn what_another_replica_kept_is_put_where_it_belongs_and_only_once() {
        let now = Instant::now();
        let start = now.checked_sub(10 * SECOND).unwrap();
        let (mut old, mut young) = (Recent::default(), Recent::default());
        for (second, origin, number) in [(0, A, 1), (1, B, 1), (2, A, 2), (5, A, 3), (6, B, 2)] {
            add(&mut old, "c", origin, number, start + second * SECOND);
        }
        add(&mut old, "d", A, 4, start);
        for (second, origin, number) in [(5, A, 3), (6, B, 2), (7, A, 5)] {
            add(&mut young, "c", origin, number, start + second * SECOND);
        }
        let missing = old.all_beyond(&Position::default(), now);
        assert_eq!(missing.len(), 6);
        for _ in 0..2 {
            young.absorb(missing.clone(), now);
            assert_eq!(kept(&young, "c"), [(A, 1), (B, 1), (A, 2), (A, 3), (B, 2), (A, 5)]);
            assert_eq!(kept(&young, "d"), [(A, 4)]);
        }
        assert_eq!(young.order.len(), 7);
        let position = Position::parse(&format!("{A}:5.{B}:1")).unwrap();
        assert_eq!(old.all_beyond(&position, now), [aged("c", B, 2, 4 * SECOND)]);
    }

    #[test]
    fn late_events_of_a_replica_keep_their_order_whatever_their_age_says() {
        let now = Instant::now();
        let mut recent = Recent::default();
        add(&mut recent, "c", A, 5, now.checked_sub(8 * SECOND).unwrap());
        add(&mut recent, "c", A, 7, now.checked_sub(6 * SECOND).unwrap());
        let ages = [(6, SECOND), (4, Duration::ZERO), (3, 2 * SECOND), (8, 9 * SECOND), (1, 2 * KEPT_FOR)];
        recent.absorb(ages.map(|(number, age)| aged("c", A, number, age)).into(), now);
        let numbers: Vec<_> = kept(&recent, "c").iter().map(|(_, number)| *number).collect();
        assert_eq!(numbers, [3, 4, 5, 6, 7, 8], "and one is too old");
    }
}
