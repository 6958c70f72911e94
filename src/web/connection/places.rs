//! The places for connections, and which connection gives up its place when all are taken.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

/// The number of places in addition to those for listeners.
const OTHER_CONNECTIONS: usize = 2048;
/// At least this many files can be opened beside connections: settings, tokens, sockets of the prober.
const OTHER_FILES: usize = 128;
/// At most this many connections that gave up their places may not be closed yet.
const MAX_CLOSING: usize = 32;
/// Within this time, a new connection is only closed for others if many are as new: its request is on the way.
const NEW: Duration = Duration::from_secs(1);
/// How many connections that can be closed are looked for at once.
const BATCH: usize = 256;
/// After this time they are looked for again.
const BATCH_AGE: Duration = Duration::from_millis(100);

/// How many connections and listeners there can be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::web) struct Limits {
    pub(in crate::web) places: usize,
    pub(in crate::web) listeners: usize,
}

impl Limits {
    /// Returns the limits for this many listeners, if no more than `files` files can be open.
    pub(in crate::web) fn new(max_listeners: usize, files: usize) -> Self {
        let wanted = max_listeners.saturating_add(OTHER_CONNECTIONS);
        let possible = files - OTHER_FILES.min(files / 2);
        if wanted <= possible {
            return Limits { places: wanted, listeners: max_listeners };
        }
        let listeners = max_listeners.min(possible - OTHER_CONNECTIONS.min(possible / 4));
        Limits { places: possible, listeners }
    }
}

/// What a connection is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doing {
    /// It has not sent a complete head yet.
    Connecting,
    /// It has sent a request before, and waits for the next.
    Idle,
    /// A request or its response is on the way.
    Busy,
    /// The response is a stream of events.
    Streaming,
    /// The response is complete, but some of it may not be written yet.
    Finishing,
    /// It has to close.
    Closed,
}

const ALL: [Doing; 6] =
    [Doing::Connecting, Doing::Idle, Doing::Busy, Doing::Streaming, Doing::Finishing, Doing::Closed];
/// How many bits of a state say what the connection is doing; the others say since when, in ms.
const BITS: u32 = 3;

/// What a connection is doing, and since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct State(u64);

impl State {
    fn new(doing: Doing, since: Duration) -> Self {
        let ms = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
        State(ms << BITS | doing as u64)
    }

    fn doing(self) -> Doing {
        let number = usize::try_from(self.0 & ((1 << BITS) - 1)).unwrap_or_default();
        ALL.get(number).copied().unwrap_or(Doing::Closed)
    }

    const fn since(self) -> Duration {
        Duration::from_millis(self.0 >> BITS)
    }

    /// Whether it waits for a request.
    pub(super) fn is_waiting(self) -> bool {
        matches!(self.doing(), Doing::Connecting | Doing::Idle)
    }

    /// Whether it waits for a request after another one.
    pub(super) fn is_idle(self) -> bool {
        self.doing() == Doing::Idle
    }

    /// Whether a request is being served.
    pub(super) fn is_serving(self) -> bool {
        matches!(self.doing(), Doing::Busy | Doing::Streaming | Doing::Finishing)
    }

    /// Whether the response is a stream of events.
    pub(super) fn is_streaming(self) -> bool {
        self.doing() == Doing::Streaming
    }
}

/// The place of one connection.
#[derive(Debug)]
pub(in crate::web) struct Place {
    /// All times are relative to this.
    start: Instant,
    state: AtomicU64,
    closed: Notify,
    /// Where the connection counts until it is closed.
    closing: OnceLock<Arc<AtomicUsize>>,
}

impl Place {
    pub(super) fn new(start: Instant) -> Self {
        let state = State::new(Doing::Connecting, start.elapsed());
        Place { start, state: AtomicU64::new(state.0), closed: Notify::new(), closing: OnceLock::new() }
    }

    pub(super) fn state(&self) -> State {
        State(self.state.load(Ordering::Relaxed))
    }

    /// Returns since when the connection has been doing what it is doing.
    pub(super) fn since(&self) -> Instant {
        self.start + self.state().since()
    }

    /// A request has arrived. Returns false if the connection has to close instead.
    pub(super) fn begin(&self) -> bool {
        self.change(Doing::Busy, |doing| doing != Doing::Closed)
    }

    /// The response has begun, and is a stream of events.
    pub(super) fn stream(&self) {
        self.change(Doing::Streaming, |doing| doing == Doing::Busy);
    }

    /// The response is complete.
    pub(super) fn finish(&self) {
        self.change(Doing::Finishing, |doing| matches!(doing, Doing::Busy | Doing::Streaming));
    }

    /// Everything is written.
    pub(super) fn flushed(&self) {
        if self.state().doing() == Doing::Finishing {
            self.change(Doing::Idle, |doing| doing == Doing::Finishing);
        }
    }

    /// Closes the connection at once, without writing what is pending.
    pub(super) fn close(&self) {
        self.change(Doing::Closed, |_| true);
        self.closed.notify_one();
    }

    /// Closes the connection if it is still in this state. Returns whether it was.
    pub(super) fn close_if(&self, state: State) -> bool {
        let closed = State::new(Doing::Closed, self.start.elapsed());
        let order = Ordering::Relaxed;
        let is_same = self.state.compare_exchange(state.0, closed.0, order, order).is_ok();
        if is_same {
            self.closed.notify_one();
        }
        is_same
    }

    /// Waits until the connection has to close.
    pub(super) async fn closed(&self) {
        self.closed.notified().await;
    }

    fn change(&self, next: Doing, may_change: impl Fn(Doing) -> bool) -> bool {
        let next = State::new(next, self.start.elapsed()).0;
        let changed = self.state.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |state| {
            may_change(State(state).doing()).then_some(next)
        });
        changed.is_ok()
    }
}

/// What a connection that gave up its place was waiting for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Evicted {
    FirstRequest,
    NextRequest,
}

/// All places.
pub(in crate::web) struct Places {
    most: usize,
    start: Instant,
    taken: Mutex<Taken>,
    released: Notify,
}

struct Taken {
    places: BTreeMap<u64, Arc<Place>>,
    /// How many places have been taken so far.
    numbers: u64,
    /// Connections that gave up their places and are not closed yet.
    closing: usize,
    /// Which connections to close next, as of `listed`.
    next: VecDeque<(u64, State)>,
    listed: Instant,
}

impl Places {
    pub(in crate::web) fn new(most: usize) -> Self {
        let start = Instant::now();
        let taken =
            Taken { places: BTreeMap::new(), numbers: 0, closing: 0, next: VecDeque::new(), listed: start };
        Places { most, start, taken: Mutex::new(taken), released: Notify::new() }
    }

    pub(super) fn are_taken(&self) -> bool {
        self.lock().places.len() >= self.most
    }

    /// Whether another connection can be open, besides those that gave up their places and are not closed yet.
    pub(super) fn have_room(&self) -> bool {
        let taken = self.lock();
        taken.places.len() < self.most && taken.closing < MAX_CLOSING
    }

    /// How many connections are open.
    pub(in crate::web) fn open(&self) -> usize {
        let taken = self.lock();
        taken.places.len() + taken.closing
    }

    /// Takes a place until it is dropped.
    pub(super) fn take(self: &Arc<Self>) -> Taking {
        let place = Arc::new(Place::new(self.start));
        let mut taken = self.lock();
        taken.numbers += 1;
        let number = taken.numbers;
        taken.places.insert(number, Arc::clone(&place));
        Taking { places: Arc::clone(self), number, place }
    }

    /// Closes the connection that others need least: the oldest one that has not sent a request, else the one that has
    /// been idle the longest. Returns `None` if all are busy.
    pub(super) fn evict(&self) -> Option<Evicted> {
        let now = self.start.elapsed();
        let mut taken = self.lock();
        if taken.listed.elapsed() > BATCH_AGE {
            taken.next.clear();
        }
        for is_listed in [false, true] {
            while let Some((number, state)) = taken.next.pop_front() {
                let Some(place) = taken.places.get(&number) else { continue };
                if place.close_if(state) {
                    taken.places.remove(&number);
                    taken.closing += 1;
                    return Some(if state.is_idle() { Evicted::NextRequest } else { Evicted::FirstRequest });
                }
            }
            if !is_listed {
                taken.next = order(&taken.places, self.most / 8, now);
                taken.listed = Instant::now();
            }
        }
        None
    }

    /// Waits until a connection is closed.
    pub(super) async fn released(&self) {
        self.released.notified().await;
    }

    fn lock(&self) -> MutexGuard<'_, Taken> {
        self.taken.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the next connections to close, in this order. New ones get the chance to send their requests, unless more
/// than `max_new` are waiting.
fn order(places: &BTreeMap<u64, Arc<Place>>, max_new: usize, now: Duration) -> VecDeque<(u64, State)> {
    let (mut connecting, mut idle) = (Vec::new(), Vec::new());
    for (number, place) in places {
        match place.state() {
            // Numbers are in the order of time.
            state if state.doing() == Doing::Connecting => connecting.push((*number, state)),
            state if state.is_idle() => idle.push((*number, state)),
            _ => {}
        }
    }
    let is_old = |(_, state): &(u64, State)| now.saturating_sub(state.since()) >= NEW;
    let old = connecting.iter().take_while(|waiting| is_old(waiting)).count();
    let excess = match connecting.len().saturating_sub(max_new) {
        0 => 0,
        // Some more, because finding them takes a while.
        excess => excess + max_new / 8,
    };
    let room_for_new = max_new.saturating_sub(connecting.len());
    let (mut next, most) = match old.max(excess) {
        0 if idle.is_empty() => (connecting, BATCH),
        0 => (idle, room_for_new.clamp(1, BATCH)),
        first => (connecting, first.min(BATCH)),
    };
    let by_age = |(_, state): &(u64, State)| state.since();
    if next.len() > most {
        next.select_nth_unstable_by_key(most, by_age);
        next.truncate(most);
    }
    // Stable, so that of those of the same age the first one remains the first.
    next.sort_by_key(by_age);
    next.into()
}

/// Connections that take much memory while they wait for their client. When there are too many, the oldest closes.
pub(super) struct Waiting {
    most: usize,
    list: Mutex<List>,
    /// How many have to close and are not closed yet.
    closing: Arc<AtomicUsize>,
}

#[derive(Default)]
struct List {
    all: VecDeque<(Arc<Place>, State)>,
    /// How many were added since those that no longer wait were removed.
    added: usize,
}

impl Waiting {
    pub(super) fn new(most: usize) -> Self {
        Waiting { most, list: Mutex::default(), closing: Arc::default() }
    }

    pub(super) fn add(&self, place: &Arc<Place>) {
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        let List { all, added } = &mut *list;
        all.push_back((Arc::clone(place), place.state()));
        *added += 1;
        if all.len() <= self.most {
            return;
        }
        // Not each time, since it looks at all.
        if *added > self.most / 8 {
            all.retain(|(place, state)| place.state() == *state);
            *added = 0;
        }
        if all.len() > self.most
            && let Some((oldest, state)) = all.pop_front()
            && oldest.state() == state
        {
            if oldest.closing.set(Arc::clone(&self.closing)).is_ok() {
                self.closing.fetch_add(1, Ordering::Relaxed);
            }
            oldest.close_if(state);
        }
    }

    /// Whether several have to close first, so that their memory is free before others need more.
    pub(super) fn is_behind(&self) -> bool {
        self.closing.load(Ordering::Relaxed) > MAX_CLOSING
    }
}

/// A place that is taken.
pub(super) struct Taking {
    places: Arc<Places>,
    number: u64,
    pub(super) place: Arc<Place>,
}

impl Drop for Taking {
    fn drop(&mut self) {
        if let Some(closing) = self.place.closing.get() {
            closing.fetch_sub(1, Ordering::Relaxed);
        }
        let mut taken = self.places.lock();
        if taken.places.remove(&self.number).is_none() {
            taken.closing -= 1;
        }
        drop(taken);
        self.places.released.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn served(place: &Place) {
        assert!(place.begin());
        place.finish();
        place.flushed();
    }

    #[test]
    fn the_oldest_without_a_request_goes_first_then_the_longest_idle_and_never_a_busy_one() {
        let places = Arc::new(Places::new(16));
        let taken: Vec<_> = (0..16).map(|_| places.take()).collect();
        assert!(!places.have_room());
        // The first two are busy, four are idle, the rest has not sent a request: at most two of those are spared.
        assert!(taken[0].place.begin() && taken[1].place.begin());
        taken[1].place.finish();
        for n in [4, 3, 2, 5] {
            served(&taken[n].place);
            std::thread::sleep(Duration::from_millis(2));
        }
        let mut gone = Vec::new();
        while let Some(evicted) = places.evict() {
            let closed = |n: &usize| taken[*n].place.state().doing() == Doing::Closed && !gone.contains(n);
            let found = (0..16).find(closed).unwrap();
            assert_eq!(evicted == Evicted::NextRequest, (2..6).contains(&found));
            gone.push(found);
        }
        assert_eq!(gone, [6, 7, 8, 9, 10, 11, 12, 13, 4, 3, 2, 5, 14, 15]);
        assert!(!taken[4].place.begin(), "a closed connection serves no request");
        assert!(places.have_room());
        assert_eq!(places.open(), 16);
        drop(taken);
        assert_eq!(places.open(), 0);
    }

    #[test]
    fn a_connection_that_waits_for_its_first_request_for_a_second_goes_before_idle_ones() {
        let places = Arc::new(Places::new(100));
        let (idle, slow) = (places.take(), places.take());
        served(&idle.place);
        let next =
            |now| order(&places.lock().places, 12, now).into_iter().map(|(n, _)| n).collect::<Vec<_>>();
        assert_eq!(next(Duration::ZERO), [idle.number]);
        assert_eq!(next(Duration::from_secs(2)), [slow.number]);
    }

    #[test]
    fn only_those_that_still_wait_count_and_the_oldest_of_them_closes() {
        let waiting = Waiting::new(8);
        let places: Vec<_> = (0..30).map(|_| Arc::new(Place::new(Instant::now()))).collect();
        let mut add = |n: usize| {
            assert!(places[n].begin());
            waiting.add(&places[n]);
        };
        let closed = || places.iter().map(|place| place.state().doing() == Doing::Closed);
        (0..4).for_each(&mut add);
        for (n, place) in places.iter().enumerate().take(20).skip(4) {
            add(n);
            place.finish();
        }
        assert!(!closed().any(|closed| closed), "the others are done");
        (20..26).for_each(&mut add);
        let closed: Vec<_> = closed().enumerate().filter_map(|(n, closed)| closed.then_some(n)).collect();
        assert_eq!(closed, [0, 1]);
    }

    #[test]
    fn the_limit_of_open_files_limits_the_places_and_leaves_some_for_others_than_listeners() {
        let limits = |listeners, files| {
            let Limits { places, listeners } = Limits::new(listeners, files);
            (places, listeners)
        };
        assert_eq!(limits(10_000, usize::MAX), (12_048, 10_000));
        assert_eq!(limits(10_000, 20_000), (12_048, 10_000));
        assert_eq!(limits(10_000, 4096), (3968, 2976));
        assert_eq!(limits(10_000, 64), (32, 24));
        assert_eq!(limits(2, 64), (32, 2));
    }
}
