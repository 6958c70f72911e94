//! The running calls: a user who listens is in a call and receives each reaction to it, once and in order.
//!
//! A message is made once, and all queues share its bytes. Nothing waits for a listener: one whose queue is full is
//! disconnected. Reactions that other replicas accepted come here as well.

mod running;

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use hyper::body::{Body, Bytes, Frame};
use tokio::sync::mpsc::{self, Receiver};

use super::call::CallId;
use super::connection::client::Connection;
use super::log::Log;
use super::replay::backlog::Backlog;
use super::replay::event::{Data, Event};
use super::replay::position::{Position, ReplicaId};
use super::replay::recent::Aged;
use super::tokens::Account;
pub(super) use running::Call;
use running::{Ahead, Calls, End, Member};

/// At most this many messages wait for a listener, in addition to what its connection holds.
const QUEUE: usize = 256;
/// Keeps quiet connections open.
const KEEP_ALIVE: Bytes = Bytes::from_static(b": keep-alive\n\n");
/// How long a listener from another replica may have read further than this one: events are on their way that long at most.
const MOST_AHEAD: Duration = Duration::from_secs(5);

/// Why a user cannot join a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum JoinError {
    /// The maximum number of listeners is reached.
    Full,
    /// The user has the maximum number of listeners.
    UserFull,
    /// The server is shutting down.
    Closing,
}

/// What is known about a listener that joins.
#[derive(Clone, Debug, Default)]
pub(super) struct Arrival {
    /// How far it has read, here or at another replica.
    pub(super) position: Option<Position>,
    /// How many listeners its user has at other replicas.
    pub(super) elsewhere: usize,
}

/// The running calls, for all requests at once.
#[derive(Clone)]
pub(super) struct Hub {
    calls: Arc<Mutex<Calls>>,
    max_listeners: usize,
    max_listeners_per_user: usize,
}

/// Numbers for the metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) calls: usize,
    pub(super) listeners: usize,
    /// Listeners that were disconnected because they were too slow.
    pub(super) dropped: u64,
    /// What the events for listeners that reconnect take, in bytes.
    pub(super) recent_bytes: usize,
}

impl Hub {
    /// Creates a hub without calls.
    pub(super) fn new(own: ReplicaId, max_listeners: usize, max_listeners_per_user: usize, log: Log) -> Self {
        let calls = Calls::new(own, log);
        Hub { calls: Arc::new(Mutex::new(calls)), max_listeners, max_listeners_per_user }
    }

    /// Adds a user to a call until the listener is dropped.
    pub(super) fn join(
        &self,
        call: CallId,
        account: &Arc<Account>,
        connection: Connection,
        Arrival { position, elsewhere }: Arrival,
    ) -> Result<Listener, JoinError> {
        let mut calls = self.lock();
        if calls.closed {
            return Err(JoinError::Closing);
        }
        if calls.listeners >= self.max_listeners {
            return Err(JoinError::Full);
        }
        let own: usize = calls.of(&account.name).map(|(_, listeners)| listeners).sum();
        if own + elsewhere >= self.max_listeners_per_user {
            return Err(JoinError::UserFull);
        }
        let (queue, receiver) = mpsc::channel(QUEUE);
        let missed = position.as_ref().map(|position| calls.recent.beyond(position, &call));
        let ahead = position.as_ref().and_then(|position| position.beyond(&calls.position));
        let ahead = ahead.map(|position| Box::new(Ahead { position, until: Instant::now() + MOST_AHEAD }));
        let backlog = Backlog::new(position, missed.unwrap_or_default(), calls.position.clone());
        let call = Arc::new(call);
        let account = Arc::clone(account);
        let member = Member { account, queue, connection, since: Instant::now(), ahead };
        let number = calls.add(&call, member);
        Ok(Listener { backlog: Some(backlog), receiver, hub: self.clone(), call, number })
    }

    /// Sends a reaction that this replica accepts to everybody in these calls, and returns those that are running here.
    /// `publish` gets the number of the event before any later event does.
    pub(super) fn send(&self, ids: &[CallId], data: Data, publish: impl FnOnce(u64)) -> (u64, Vec<Call>) {
        let mut calls = self.lock();
        let origin = calls.own;
        let number = calls.position.last(origin).unwrap_or_default() + 1;
        publish(number);
        (number, calls.deliver(Event { origin, number, data }, ids))
    }

    /// Sends a reaction that another replica has accepted to everybody in these calls, unless it came before, and returns
    /// the calls that are running here.
    pub(super) fn receive(&self, ids: &[CallId], event: Event) -> Vec<Call> {
        let mut calls = self.lock();
        let is_known = calls.position.covers(event.origin, event.number);
        if is_known { Vec::new() } else { calls.deliver(event, ids) }
    }

    /// Forgets an event of this or another replica, because no call received it.
    pub(super) fn retract(&self, ids: &[CallId], origin: ReplicaId, number: u64) {
        let mut calls = self.lock();
        ids.iter().for_each(|id| calls.recent.remove(id, origin, number));
    }

    /// Returns the calls that a user is in, with the number of listeners in each.
    pub(super) fn calls_of(&self, user: &str) -> Vec<(CallId, usize)> {
        let calls = self.lock();
        calls.of(user).map(|(id, listeners)| (id.clone(), listeners)).collect()
    }

    /// Returns the last event of each replica that was delivered here.
    pub(super) fn position(&self) -> Position {
        self.lock().position.clone()
    }

    /// Returns the number of the last event of a replica that was delivered here.
    pub(super) fn last(&self, replica: ReplicaId) -> Option<u64> {
        self.lock().position.last(replica)
    }

    /// Notes that another replica has numbered its events up to here: what is missing will not come.
    pub(super) fn advance(&self, replica: ReplicaId, number: u64) {
        self.lock().position.advance(replica, number);
    }

    /// Forgets a replica that has been gone for long.
    pub(super) fn forget(&self, replica: ReplicaId) {
        self.lock().position.forget(replica);
    }

    /// Returns the events that are kept for listeners and are beyond a position, for another replica.
    pub(super) fn recent(&self, position: &Position) -> Vec<Aged> {
        self.lock().recent.all_beyond(position, Instant::now())
    }

    /// Keeps events that another replica has kept, for listeners that reconnect. Those that are still on their way here are
    /// not among them.
    pub(super) fn absorb(&self, mut events: Vec<Aged>) {
        let mut calls = self.lock();
        events.retain(|Aged { event, .. }| {
            calls.position.last(event.origin).is_none_or(|last| event.number <= last)
        });
        calls.recent.absorb(events, Instant::now());
    }

    /// Takes over how far another replica has received the events of replicas that are unknown here, and returns these.
    pub(super) fn adopt(&self, position: &Position) -> Vec<ReplicaId> {
        self.lock().position.adopt(position)
    }

    /// Forgets the events that are too old for listeners that reconnect.
    pub(super) fn expire(&self) {
        self.lock().recent.expire(Instant::now());
    }

    /// Keeps the connections of all listeners open.
    pub(super) fn keep_alive(&self) {
        self.lock().send_to_all(&KEEP_ALIVE);
    }

    /// Removes users from the calls in which they may not stay, with the tokens that let them in.
    pub(super) fn retain_users(&self, may_stay: impl Fn(&Account, &CallId) -> bool) {
        self.lock().retain(may_stay);
    }

    /// Ends all calls and lets nobody join.
    pub(super) fn close(&self) {
        self.lock().close();
    }

    pub(super) fn counts(&self) -> Counts {
        let calls = self.lock();
        Counts {
            calls: calls.count(),
            listeners: calls.listeners,
            dropped: calls.dropped,
            recent_bytes: calls.recent.bytes(),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The events of a call for one connection. Dropping it leaves the call.
pub(super) struct Listener {
    /// What comes first.
    backlog: Option<Backlog>,
    receiver: Receiver<Bytes>,
    hub: Hub,
    call: Arc<CallId>,
    number: u64,
}

impl Body for Listener {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if let Some(first) = self.backlog.as_mut().and_then(Backlog::next) {
            return Poll::Ready(Some(Ok(Frame::data(first))));
        }
        self.backlog = None;
        self.receiver.poll_recv(context).map(|message| message.map(|bytes| Ok(Frame::data(bytes))))
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.hub.lock().remove(&self.call, self.number, End::Left);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::emoji::Emoji;
    use crate::web::log::LogFormat;

    const OWN: ReplicaId = ReplicaId::for_test(1);
    const OTHER: ReplicaId = ReplicaId::for_test(2);

    fn hub(max_listeners: usize) -> Hub {
        Hub::new(OWN, max_listeners, 2, Log::start(LogFormat::Text, true).unwrap())
    }

    fn id(channel: &str) -> CallId {
        CallId { team: "t".to_owned(), channel: channel.to_owned() }
    }

    fn join(hub: &Hub, channel: &str, user: &str) -> Result<Listener, JoinError> {
        arrive(hub, channel, user, Arrival::default())
    }

    fn arrive(hub: &Hub, channel: &str, user: &str, arrival: Arrival) -> Result<Listener, JoinError> {
        hub.join(id(channel), &Account::for_test(user), Connection::for_test(), arrival)
    }

    /// A listener that has read as far as this.
    fn back(hub: &Hub, position: &str) -> Listener {
        let position = Position::parse(position);
        arrive(hub, "c", "bob", Arrival { position, elsewhere: 0 }).unwrap()
    }

    fn data() -> Data {
        Data::of(Emoji::parse("👍").unwrap(), "alice")
    }

    fn send(hub: &Hub, channel: &str) -> Vec<Call> {
        hub.send(&[id(channel)], data(), |_| {}).1
    }

    fn receive(hub: &Hub, channel: &str, number: u64) -> Vec<Call> {
        hub.receive(&[id(channel)], Event { origin: OTHER, number, data: data() })
    }

    /// The ids of everything that waits for a listener.
    fn ids(listener: &mut Listener) -> Vec<String> {
        let mut text = Vec::new();
        while let Some(bytes) = listener.backlog.as_mut().and_then(Backlog::next) {
            text.extend(bytes);
        }
        while let Ok(bytes) = listener.receiver.try_recv() {
            text.extend(bytes);
        }
        let text = String::from_utf8(text).unwrap();
        text.lines().filter_map(|line| line.strip_prefix("id: ")).map(str::to_owned).collect()
    }

    #[test]
    fn a_user_counts_once_and_is_in_the_call_until_the_last_listener_leaves() {
        let hub = hub(9);
        let first = join(&hub, "c", "bob").unwrap();
        let second = join(&hub, "c", "bob").unwrap();
        assert_eq!(join(&hub, "d", "bob").err(), Some(JoinError::UserFull));
        let other = join(&hub, "c", "alice").unwrap();
        let participants = |hub: &Hub| send(hub, "c").first().map(|call| call.participants.join(" "));
        assert_eq!(participants(&hub).as_deref(), Some("alice bob"));
        drop(first);
        assert_eq!(participants(&hub).as_deref(), Some("alice bob"));
        drop(second);
        assert_eq!(participants(&hub).as_deref(), Some("alice"));
        drop(other);
        assert_eq!(participants(&hub), None);
        let Counts { calls, listeners, dropped, .. } = hub.counts();
        assert_eq!((calls, listeners, dropped), (0, 0, 0));
        assert!(hub.lock().is_empty());
    }

    #[test]
    fn listeners_at_other_replicas_count_for_the_limit_of_a_user() {
        let hub = hub(9);
        let elsewhere = |elsewhere| Arrival { position: None, elsewhere };
        assert_eq!(arrive(&hub, "c", "bob", elsewhere(2)).err(), Some(JoinError::UserFull));
        let _first = arrive(&hub, "c", "bob", elsewhere(1)).unwrap();
        assert_eq!(arrive(&hub, "c", "bob", elsewhere(1)).err(), Some(JoinError::UserFull));
    }

    #[test]
    fn a_listener_with_a_full_queue_is_dropped_and_the_others_receive_everything() {
        let hub = hub(9);
        let _slow = join(&hub, "c", "slow").unwrap();
        let mut quick = join(&hub, "c", "quick").unwrap();
        assert_eq!(ids(&mut quick), ["AAAAAAAB:0"]);
        for number in 1..=QUEUE + 1 {
            send(&hub, "c");
            assert_eq!(ids(&mut quick), [format!("AAAAAAAB:{number}")]);
        }
        let Counts { calls, listeners, dropped, .. } = hub.counts();
        assert_eq!((calls, listeners, dropped), (1, 1, 1));
    }

    #[test]
    fn the_calls_of_a_user_are_known_until_the_user_leaves() {
        let hub = hub(3);
        let mut listeners: Vec<_> =
            [("a", "bob"), ("b", "bob"), ("c", "alice")].map(|(c, user)| join(&hub, c, user).unwrap()).into();
        assert_eq!(join(&hub, "a", "late").err(), Some(JoinError::Full));
        assert_eq!(hub.calls_of("bob"), [(id("a"), 1), (id("b"), 1)]);
        assert_eq!(hub.calls_of("nobody"), []);
        hub.retain_users(|user, id| &*user.name == "alice" || id.channel == "a");
        assert_eq!((hub.counts().listeners, hub.calls_of("bob")), (2, vec![(id("a"), 1)]));
        hub.retain_users(|user, _| &*user.name == "alice");
        assert_eq!(hub.counts().listeners, 1);
        hub.close();
        assert_eq!(join(&hub, "a", "late").err(), Some(JoinError::Closing));
        listeners.clear();
        assert_eq!(hub.counts().listeners, 0);
    }

    #[test]
    fn events_of_another_replica_come_once_and_numbers_are_published_in_order() {
        let hub = hub(9);
        let mut listener = join(&hub, "c", "bob").unwrap();
        assert_eq!(receive(&hub, "c", 5).len(), 1);
        assert_eq!(receive(&hub, "c", 5).len() + receive(&hub, "c", 4).len(), 0);
        hub.advance(OTHER, 7);
        assert_eq!(receive(&hub, "c", 7).len(), 0, "that replica has published more already");
        let mut published = 0;
        assert_eq!(hub.send(&[id("c"), id("d")], data(), |number| published = number).0, 1);
        assert_eq!(published, 1);
        assert_eq!(ids(&mut listener), ["AAAAAAAB:0", "AAAAAAAB:0.AAAAAAAC:5", "AAAAAAAB:1.AAAAAAAC:7"]);
        assert_eq!(hub.adopt(&Position::parse("AAAAAAAC:9.AAAAAAAD:4").unwrap()), [ReplicaId::for_test(3)]);
        assert_eq!(hub.position().to_string(), "AAAAAAAB:1.AAAAAAAC:7.AAAAAAAD:4");
        hub.forget(OTHER);
        assert_eq!(hub.position().to_string(), "AAAAAAAB:1.AAAAAAAD:4");
    }

    #[test]
    fn a_listener_that_comes_back_receives_what_it_missed() {
        let hub = hub(9);
        let _alice = join(&hub, "c", "alice").unwrap();
        receive(&hub, "c", 1);
        send(&hub, "c");
        send(&hub, "d");
        hub.retract(&[id("d")], OWN, 2);
        receive(&hub, "c", 2);
        assert_eq!(ids(&mut back(&hub, "AAAAAAAC:1")), ["AAAAAAAB:1.AAAAAAAC:1", "AAAAAAAB:2.AAAAAAAC:2"]);
        assert_eq!(ids(&mut back(&hub, "AAAAAAAB:2.AAAAAAAC:2")), ["AAAAAAAB:2.AAAAAAAC:2"]);
        let aged = |origin, number| Aged {
            call: id("c"),
            event: Event { origin, number, data: data() },
            age: Duration::ZERO,
        };
        hub.absorb(vec![aged(ReplicaId::for_test(3), 9), aged(OTHER, 3)]);
        let expected = ["AAAAAAAB:2.AAAAAAAC:2.AAAAAAAD:9"];
        assert_eq!(ids(&mut back(&hub, "AAAAAAAB:2.AAAAAAAC:2")), expected);
        assert_eq!(hub.recent(&Position::default()).len(), 4);
    }

    #[test]
    fn a_listener_does_not_receive_again_what_it_has_read_at_another_replica() {
        let hub = hub(9);
        receive(&hub, "c", 4);
        let mut listener = back(&hub, "AAAAAAAB:0.AAAAAAAC:6");
        let mut fresh = join(&hub, "c", "alice").unwrap();
        receive(&hub, "c", 5);
        send(&hub, "c");
        receive(&hub, "c", 6);
        receive(&hub, "c", 7);
        let greeting = "AAAAAAAB:0.AAAAAAAC:6";
        assert_eq!(ids(&mut listener), [greeting, "AAAAAAAB:1.AAAAAAAC:6", "AAAAAAAB:1.AAAAAAAC:7"]);
        assert_eq!(ids(&mut fresh).len(), 5);
        assert!(hub.lock().members().all(|member| member.ahead.is_none()));
        let mut lost = back(&hub, "AAAAAAAX:6");
        assert_eq!(ids(&mut lost).len(), 5, "it has read nothing of the replicas that run");
    }
}
