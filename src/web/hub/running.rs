//! Who is in which call, and what each listener is sent.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Instant;

use hyper::body::Bytes;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc::Sender;

use crate::web::call::CallId;
use crate::web::connection::client::Connection;
use crate::web::log::{Log, StreamEnd};
use crate::web::replay::event::Event;
use crate::web::replay::position::{Position, ReplicaId};
use crate::web::replay::recent::Recent;
use crate::web::tokens::Account;

/// A call and who is in it, each user once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::web) struct Call {
    pub(in crate::web) id: Arc<CallId>,
    pub(in crate::web) participants: Vec<Arc<str>>,
}

/// Why a stream of events ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// The client disconnected.
    Left,
    /// The user may no longer be in the call.
    Revoked,
    /// The client did not read the events.
    TooSlow,
    /// The server is shutting down.
    ShuttingDown,
}

/// All running calls.
pub(super) struct Calls {
    running: HashMap<Arc<CallId>, Running>,
    /// The calls that each user is in, with the number of that user's listeners.
    by_user: HashMap<Arc<str>, BTreeMap<Arc<CallId>, usize>>,
    pub(super) listeners: usize,
    joined: u64,
    /// How many listeners were disconnected because they were too slow.
    pub(super) dropped: u64,
    pub(super) closed: bool,
    /// This replica.
    pub(super) own: ReplicaId,
    /// The last event of each replica that was delivered here.
    pub(super) position: Position,
    /// What listeners that come back may have missed.
    pub(super) recent: Recent,
    log: Log,
}

#[derive(Default)]
struct Running {
    members: BTreeMap<u64, Member>,
    participants: BTreeMap<Arc<str>, usize>,
}

/// A listener in a call.
pub(super) struct Member {
    /// The user, with the token that let the user in.
    pub(super) account: Arc<Account>,
    pub(super) queue: Sender<Bytes>,
    pub(super) connection: Connection,
    pub(super) since: Instant,
    pub(super) ahead: Option<Box<Ahead>>,
}

/// What a listener has read at another replica and will come here only later.
pub(super) struct Ahead {
    pub(super) position: Position,
    pub(super) until: Instant,
}

impl Calls {
    pub(super) fn new(own: ReplicaId, log: Log) -> Self {
        let mut position = Position::default();
        position.advance(own, 0);
        Calls {
            running: HashMap::new(),
            by_user: HashMap::new(),
            listeners: 0,
            joined: 0,
            dropped: 0,
            closed: false,
            own,
            position,
            recent: Recent::default(),
            log,
        }
    }

    /// Returns how many calls are running.
    pub(super) fn count(&self) -> usize {
        self.running.len()
    }

    /// Returns the calls that a user is in, with the number of listeners in each.
    pub(super) fn of(&self, user: &str) -> impl Iterator<Item = (&CallId, usize)> {
        self.by_user.get(user).into_iter().flatten().map(|(id, listeners)| (&**id, *listeners))
    }

    /// Adds a listener to a call, and returns its number.
    pub(super) fn add(&mut self, id: &Arc<CallId>, member: Member) -> u64 {
        self.joined += 1;
        self.listeners += 1;
        let user = &member.account.name;
        *self.by_user.entry(Arc::clone(user)).or_default().entry(Arc::clone(id)).or_default() += 1;
        let running = self.running.entry(Arc::clone(id)).or_default();
        *running.participants.entry(Arc::clone(user)).or_default() += 1;
        running.members.insert(self.joined, member);
        self.joined
    }

    /// Sends an event to everybody in these calls and keeps it for those that come back.
    pub(super) fn deliver(&mut self, event: Event, ids: &[CallId]) -> Vec<Call> {
        self.position.advance(event.origin, event.number);
        let (position, now) = (self.position.clone(), Instant::now());
        let message = event.bytes(&position);
        let event = Arc::new(event);
        let deliver = |id| {
            self.recent.add(id, &event, now);
            self.send(id, |member| match member.ahead {
                None => Some(message.clone()),
                Some(_) => member.while_ahead(&event, &position, now),
            })
        };
        ids.iter().filter_map(deliver).collect()
    }

    /// Sends everybody in a call what `message` returns, and returns the call; none if it is not running.
    fn send(&mut self, id: &CallId, message: impl Fn(&mut Member) -> Option<Bytes>) -> Option<Call> {
        let (id, _) = self.running.get_key_value(id)?;
        let id = &Arc::clone(id);
        let running = self.running.get_mut(id)?;
        let participants = running.participants.keys().cloned().collect();
        let is_full = |(number, member): (&u64, &mut Member)| {
            let message = message(member)?;
            member.queue.try_send(message).is_err().then_some(*number)
        };
        let slow: Vec<u64> = running.members.iter_mut().filter_map(is_full).collect();
        for number in slow {
            // It does not read, so it would not even notice the end of its events.
            if let Some(member) = self.remove(id, number, End::TooSlow) {
                member.connection.abort();
                self.dropped += 1;
            }
        }
        Some(Call { id: Arc::clone(id), participants })
    }

    /// Sends a message to everybody in all calls.
    pub(super) fn send_to_all(&mut self, message: &Bytes) {
        let ids: Vec<_> = self.running.keys().cloned().collect();
        for id in ids {
            self.send(&id, |_| Some(message.clone()));
        }
    }

    /// Removes the listeners that may not stay.
    pub(super) fn retain(&mut self, may_stay: impl Fn(&Account, &CallId) -> bool) {
        let mut removed = Vec::new();
        for (id, running) in &self.running {
            let members = running.members.iter().filter(|(_, member)| !may_stay(&member.account, id));
            removed.extend(members.map(|(number, _)| (Arc::clone(id), *number)));
        }
        for (id, number) in removed {
            self.remove(&id, number, End::Revoked);
        }
    }

    /// Ends all calls. Without their senders the listeners end after the messages that already wait for them.
    pub(super) fn close(&mut self) {
        self.closed = true;
        for (id, running) in std::mem::take(&mut self.running) {
            running.members.values().for_each(|member| self.log_end(&id, member, End::ShuttingDown));
        }
        self.by_user.clear();
        self.listeners = 0;
    }

    pub(super) fn remove(&mut self, id: &Arc<CallId>, number: u64, end: End) -> Option<Member> {
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

impl Member {
    /// Returns an event for a listener that has read further at another replica; none if it has read this one.
    fn while_ahead(&mut self, event: &Event, position: &Position, now: Instant) -> Option<Bytes> {
        let ahead = self.ahead.as_ref()?;
        let is_read = ahead.position.covers(event.origin, event.number);
        let mut own = position.clone();
        own.merge(&ahead.position);
        if own == *position || now > ahead.until {
            self.ahead = None;
        }
        (!is_read).then(|| event.bytes(&own))
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

#[cfg(test)]
impl Calls {
    /// Whether nothing is left of any listener.
    pub(super) fn is_empty(&self) -> bool {
        self.running.is_empty() && self.by_user.is_empty()
    }

    pub(super) fn members(&self) -> impl Iterator<Item = &Member> {
        self.running.values().flat_map(|running| running.members.values())
    }
}
