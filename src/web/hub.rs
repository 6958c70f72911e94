//! The running calls: a user who listens is in a call and receives each reaction to it, once and in order.
//!
//! A message is made once, and all queues share its bytes. Nothing waits for a listener: one whose queue is full is
//! disconnected.

use std::collections::{BTreeMap, HashMap};
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Instant;

use hyper::body::{Body, Bytes, Frame};
use serde_json::json;
use tokio::sync::mpsc::{self, Receiver, Sender};

use super::call::CallId;
use super::connection::client::Connection;
use super::log::{Log, StreamEnd};
use super::tokens::Account;
use crate::config::emoji::Emoji;

/// At most this many messages wait for a listener, in addition to what its connection holds.
const QUEUE: usize = 256;
/// The first message to a listener: it confirms that the listener is in the call.
const GREETING: Bytes = Bytes::from_static(b": you are in the call\n\n");
/// Keeps quiet connections open.
const KEEP_ALIVE: Bytes = Bytes::from_static(b": keep-alive\n\n");

/// A call and who is in it, each user once.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Call {
    pub(super) id: Arc<CallId>,
    pub(super) participants: Vec<Arc<str>>,
}

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

/// Why a stream of events ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// The client disconnected.
    Left,
    /// The user may no longer be in the call.
    Revoked,
    /// The client did not read the events.
    TooSlow,
    /// The server is shutting down.
    ShuttingDown,
}

/// Returns an accepted reaction as an event. It is made once for everybody who receives it.
pub(super) fn reaction_event(emoji: Emoji, user: &str) -> Bytes {
    let data = json!({"reaction": emoji.short_name(), "emoji": emoji.as_str(), "user": user});
    Bytes::from(format!("event: reaction\ndata: {data}\n\n"))
}

/// All running calls.
#[derive(Clone)]
pub(super) struct Hub {
    calls: Arc<Mutex<Calls>>,
    max_listeners: usize,
    max_listeners_per_user: usize,
}

struct Calls {
    running: HashMap<Arc<CallId>, Running>,
    /// The calls that each user is in, with the number of that user's listeners.
    by_user: HashMap<Arc<str>, BTreeMap<Arc<CallId>, usize>>,
    listeners: usize,
    joined: u64,
    dropped: u64,
    closed: bool,
    log: Log,
}

#[derive(Default)]
struct Running {
    members: BTreeMap<u64, Member>,
    participants: BTreeMap<Arc<str>, usize>,
}

struct Member {
    /// The user, with the token that let the user in.
    account: Arc<Account>,
    queue: Sender<Bytes>,
    connection: Connection,
    since: Instant,
}

/// Numbers for the metrics.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) calls: usize,
    pub(super) listeners: usize,
    /// Listeners that were disconnected because they were too slow.
    pub(super) dropped: u64,
}

impl Hub {
    /// Creates a hub without calls.
    pub(super) fn new(max_listeners: usize, max_listeners_per_user: usize, log: Log) -> Self {
        let calls = Calls {
            running: HashMap::new(),
            by_user: HashMap::new(),
            listeners: 0,
            joined: 0,
            dropped: 0,
            closed: false,
            log,
        };
        Hub { calls: Arc::new(Mutex::new(calls)), max_listeners, max_listeners_per_user }
    }

    /// Adds a user to a call until the listener is dropped.
    pub(super) fn join(
        &self,
        call: CallId,
        account: &Arc<Account>,
        connection: Connection,
    ) -> Result<Listener, JoinError> {
        let user = &account.name;
        let mut calls = self.lock();
        if calls.closed {
            return Err(JoinError::Closing);
        }
        if calls.listeners >= self.max_listeners {
            return Err(JoinError::Full);
        }
        let own: usize = calls.by_user.get(user).map_or(0, |calls| calls.values().sum());
        if own >= self.max_listeners_per_user {
            return Err(JoinError::UserFull);
        }
        let (queue, receiver) = mpsc::channel(QUEUE);
        // The queue is empty, so there is room.
        let _ = queue.try_send(GREETING);
        let call = Arc::new(call);
        calls.joined += 1;
        calls.listeners += 1;
        let number = calls.joined;
        let running = calls.running.entry(Arc::clone(&call)).or_default();
        let member = Member { account: Arc::clone(account), queue, connection, since: Instant::now() };
        running.members.insert(number, member);
        *running.participants.entry(Arc::clone(user)).or_default() += 1;
        *calls.by_user.entry(Arc::clone(user)).or_default().entry(Arc::clone(&call)).or_default() += 1;
        Ok(Listener { receiver, hub: self.clone(), call, number })
    }

    /// Sends a message to everybody in a call and returns the call; none if it is not running.
    pub(super) fn send(&self, call: &CallId, message: &Bytes) -> Option<Call> {
        let mut calls = self.lock();
        let (id, _) = calls.running.get_key_value(call)?;
        let id = Arc::clone(id);
        calls.send(&id, message)
    }

    /// Sends a message to all calls that a user is in and may still enter, and returns them.
    pub(super) fn send_to_calls_of(
        &self,
        user: &str,
        may_enter: impl Fn(&CallId) -> bool,
        message: &Bytes,
    ) -> Vec<Call> {
        let mut calls = self.lock();
        let ids = calls.by_user.get(user).into_iter().flat_map(BTreeMap::keys);
        let ids: Vec<_> = ids.filter(|id| may_enter(id)).cloned().collect();
        ids.iter().filter_map(|id| calls.send(id, message)).collect()
    }

    /// Keeps the connections of all listeners open.
    pub(super) fn keep_alive(&self) {
        let mut calls = self.lock();
        let ids: Vec<_> = calls.running.keys().cloned().collect();
        for id in ids {
            calls.send(&id, &KEEP_ALIVE);
        }
    }

    /// Removes users from the calls in which they may not stay, with the tokens that let them in.
    pub(super) fn retain_users(&self, may_stay: impl Fn(&Account, &CallId) -> bool) {
        let mut calls = self.lock();
        let mut removed = Vec::new();
        for (id, running) in &calls.running {
            let members = running.members.iter().filter(|(_, member)| !may_stay(&member.account, id));
            removed.extend(members.map(|(number, _)| (Arc::clone(id), *number)));
        }
        for (id, number) in removed {
            calls.remove(&id, number, End::Revoked);
        }
    }

    /// Ends all calls and lets nobody join.
    pub(super) fn close(&self) {
        let mut calls = self.lock();
        calls.closed = true;
        // Without their senders the listeners end after the messages that already wait for them.
        for (id, running) in std::mem::take(&mut calls.running) {
            running.members.values().for_each(|member| calls.log_end(&id, member, End::ShuttingDown));
        }
        calls.by_user.clear();
        calls.listeners = 0;
    }

    pub(super) fn counts(&self) -> Counts {
        let calls = self.lock();
        Counts { calls: calls.running.len(), listeners: calls.listeners, dropped: calls.dropped }
    }

    fn lock(&self) -> MutexGuard<'_, Calls> {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Calls {
    fn send(&mut self, id: &Arc<CallId>, message: &Bytes) -> Option<Call> {
        let running = self.running.get(id)?;
        let participants = running.participants.keys().cloned().collect();
        let is_full = |(number, member): (&u64, &Member)| {
            member.queue.try_send(message.clone()).is_err().then_some(*number)
        };
        let slow: Vec<u64> = running.members.iter().filter_map(is_full).collect();
        for number in slow {
            // It does not read, so it would not even notice the end of its events.
            if let Some(member) = self.remove(id, number, End::TooSlow) {
                member.connection.abort();
                self.dropped += 1;
            }
        }
        Some(Call { id: Arc::clone(id), participants })
    }

    fn remove(&mut self, id: &Arc<CallId>, number: u64, end: End) -> Option<Member> {
        let running = self.running.get_mut(id)?;
        let member = running.members.remove(&number)?;
        count_down(&mut running.participants, &member.account.name);
        if running.members.is_empty() {
            self.running.remove(id);
        }
        if let Some(ids) = self.by_user.get_mut(&member.account.name) {
            count_down(ids, id);
            if ids.is_empty() {
                self.by_user.remove(&member.account.name);
            }
        }
        self.listeners -= 1;
        self.log_end(id, &member, end);
        Some(member)
    }

    fn log_end(&self, id: &CallId, member: &Member, end: End) {
        self.log.stream_end(&StreamEnd {
            reason: match end {
                End::Left => "left",
                End::Revoked => "revoked",
                End::TooSlow => "too slow",
                End::ShuttingDown => "shutting down",
            },
            user: &member.account.name,
            team: &id.team,
            channel: &id.channel,
            lasted: member.since.elapsed(),
            peer: member.connection.peer.to_string(),
        });
    }
}

/// Subtracts one and removes what reaches 0.
fn count_down<K: Ord>(counts: &mut BTreeMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

/// The events of a call for one connection. Dropping it leaves the call.
pub(super) struct Listener {
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
    use crate::web::log::LogFormat;

    fn hub(max_listeners: usize) -> Hub {
        Hub::new(max_listeners, 2, Log::start(LogFormat::Text, true).unwrap())
    }

    fn id(channel: &str) -> CallId {
        CallId { team: "t".to_owned(), channel: channel.to_owned() }
    }

    fn join(hub: &Hub, channel: &str, user: &str) -> Result<Listener, JoinError> {
        hub.join(id(channel), &Account::for_test(user), Connection::for_test())
    }

    #[test]
    fn a_user_counts_once_and_is_in_the_call_until_the_last_listener_leaves() {
        let hub = hub(9);
        let first = join(&hub, "c", "bob").unwrap();
        let second = join(&hub, "c", "bob").unwrap();
        assert_eq!(join(&hub, "d", "bob").err(), Some(JoinError::UserFull));
        let other = join(&hub, "c", "alice").unwrap();
        let participants =
            |hub: &Hub| hub.send(&id("c"), &KEEP_ALIVE).map(|call| call.participants.join(" "));
        assert_eq!(participants(&hub).as_deref(), Some("alice bob"));
        drop(first);
        assert_eq!(participants(&hub).as_deref(), Some("alice bob"));
        drop(second);
        assert_eq!(participants(&hub).as_deref(), Some("alice"));
        drop(other);
        assert_eq!(participants(&hub), None);
        assert_eq!(hub.counts(), Counts { calls: 0, listeners: 0, dropped: 0 });
        assert!(hub.lock().by_user.is_empty());
    }

    #[test]
    fn a_listener_with_a_full_queue_is_dropped_and_the_others_receive_everything() {
        let hub = hub(9);
        let _slow = join(&hub, "c", "slow").unwrap();
        let mut quick = join(&hub, "c", "quick").unwrap();
        for n in 0..QUEUE + 1 {
            hub.send(&id("c"), &Bytes::from(n.to_string()));
            if n == 0 {
                assert_eq!(quick.receiver.try_recv().unwrap(), GREETING);
            }
            assert_eq!(quick.receiver.try_recv().unwrap(), n.to_string());
        }
        assert_eq!(hub.counts(), Counts { calls: 1, listeners: 1, dropped: 1 });
    }

    #[test]
    fn reactions_of_a_user_reach_all_calls_that_the_user_is_in() {
        let hub = hub(3);
        let mut listeners: Vec<_> =
            [("a", "bob"), ("b", "bob"), ("c", "alice")].map(|(c, user)| join(&hub, c, user).unwrap()).into();
        assert_eq!(join(&hub, "a", "late").err(), Some(JoinError::Full));
        let send = |user: &str, channels: &str| {
            hub.send_to_calls_of(user, |id| channels.contains(&id.channel), &KEEP_ALIVE).len()
        };
        assert_eq!((send("bob", "abc"), send("nobody", "abc")), (2, 0));
        let waiting = |listener: &Listener| listener.receiver.len();
        assert_eq!(listeners.iter().map(waiting).collect::<Vec<_>>(), [2, 2, 1]);
        assert_eq!(send("bob", "bc"), 1, "only calls that the user may enter");
        assert_eq!(listeners.iter().map(waiting).collect::<Vec<_>>(), [2, 3, 1]);
        hub.retain_users(|user, id| &*user.name == "alice" || id.channel == "a");
        assert_eq!(hub.counts().listeners, 2);
        hub.retain_users(|user, _| &*user.name == "alice");
        assert_eq!(hub.counts().listeners, 1);
        hub.close();
        assert_eq!(join(&hub, "a", "late").err(), Some(JoinError::Closing));
        listeners.clear();
        assert_eq!(hub.counts().listeners, 0);
    }
}
