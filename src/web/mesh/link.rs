//! The connection of this server to the other replicas: what it publishes, and what it does with their messages.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use async_nats::Subscriber;
use futures_util::StreamExt as _;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::unconstrained;
use tokio::time::{MissedTickBehavior, interval, sleep_until};

use super::awaited::{Awaited, Done};
use super::gaps::Gaps;
use super::handle::{Answers, Order, Status};
use super::message::{Letter, Message, found, kept};
use super::roster::{About, BEAT, Roster};
use super::uptime::{Sent, Uptime};
use crate::engine::Connection;
use crate::web::app::App;
use crate::web::call::CallId;
use crate::web::replay::event::Event;
use crate::web::replay::position::{Position, ReplicaId};
use crate::web::replay::recent::{Aged, KEPT_FOR};

/// How long a replica waits for the events of the last minute.
const CATCH_UP_PATIENCE: Duration = Duration::from_secs(2);
/// How long replicas may use different settings: an edit does not reach all of them at the same time.
const DIFFERING: Duration = Duration::from_secs(5);
/// How often to look whether the engine is connected.
const LOOK: Duration = Duration::from_millis(50);

/// At most so many messages are handled before orders and deadlines get their turn.
const AT_ONCE: u32 = 32;

/// The connection to the other replicas.
pub(super) struct Link {
    pub(super) app: Arc<App>,
    pub(super) connection: Connection,
    /// Where messages to all replicas go; those to one go to the same subject with its name.
    pub(super) subject: String,
    pub(super) status: watch::Sender<Status>,
    pub(super) host: String,
    pub(super) roster: Roster,
    pub(super) awaited: Awaited<Waiting>,
    pub(super) uptime: Uptime,
    /// The number of the last event that was published, or will not be.
    pub(super) settled: u64,
    /// The number of the last event that was not published, because the engine was away.
    pub(super) unpublished: u64,
    /// How far events were received when the engine went away.
    pub(super) cut: Option<Position>,
    /// Since when all events have been received.
    pub(super) whole_since: Instant,
    pub(super) gaps: Gaps<Reaction>,
    /// What replicas still have to be asked for, since they did not answer.
    pub(super) owed: BTreeMap<ReplicaId, Position>,
    /// Whether it has said goodbye.
    pub(super) is_leaving: bool,
    /// Since when replicas have used different settings.
    pub(super) differing_since: Option<Instant>,
}

/// Who waits for the answers of other replicas.
pub(super) enum Waiting {
    Answers(Answers, oneshot::Sender<Answers>),
    /// With the position from which events are missing.
    CatchUp(Position, Option<oneshot::Sender<()>>),
    Gap(ReplicaId),
}

/// A reaction of another replica.
pub(super) struct Reaction {
    /// What the other one wants to be answered; nothing if it no longer waits.
    pub(super) request: Option<u64>,
    pub(super) event: Event,
    pub(super) calls: Vec<CallId>,
}

impl Link {
    /// Runs until nobody has orders any more.
    pub(super) async fn run(
        mut self,
        mut orders: mpsc::UnboundedReceiver<Order>,
        mut to_all: Subscriber,
        mut to_this: Subscriber,
    ) {
        let (mut beat, mut look) = (interval(BEAT), interval(LOOK));
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        look.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut left = AT_ONCE;
        loop {
            let deadline = self.awaited.deadline();
            // Answers that are there already are in time, however late this task is.
            tokio::select! {
                biased;
                _ = look.tick() => self.look(),
                _ = beat.tick() => self.beat(),
                // To all first: what a replica says about its events is no news before the events themselves.
                Some(message) = to_all.next(), if left > 0 => {
                    left -= 1;
                    self.receive(&message.payload);
                }
                Some(message) = to_this.next(), if left > 0 => {
                    left -= 1;
                    self.receive(&message.payload);
                }
                order = orders.recv() => match order {
                    Some(order) => self.obey(order),
                    None => return,
                },
                () = sleep_until(deadline.unwrap_or_else(Instant::now).into()), if deadline.is_some() => {
                    self.give_up();
                }
                () = std::future::ready(()), if left == 0 => left = AT_ONCE,
            }
        }
    }

    /// Notices when the engine goes away and comes back.
    fn look(&mut self) {
        let now = Instant::now();
        if self.uptime.is_connected(self.connection.is_open(), now) {
            self.greet(true);
        }
        let denial = self.connection.denial();
        let is_new = denial != self.status.borrow().denial && self.app.mesh.get().is_some();
        if let Some(why) = denial.as_ref().filter(|_| is_new) {
            self.app.log.error(&format!("the engine denies access: {why}"));
        }
        let is_up = self.uptime.is_up(now);
        if is_up == self.status.borrow().is_up {
            if denial != self.status.borrow().denial {
                self.show();
            }
            return;
        }
        if is_up {
            self.log("the engine is connected again");
            self.roster.resume(now);
            self.whole_since = now;
            if let Some(position) = self.cut.take() {
                self.catch_up(self.roster.awaited(), &position, None);
            }
        } else {
            self.app.log.error(
                "the engine does not respond; until it does, reactions reach only the listeners of this server",
            );
            self.cut = Some(self.app.hub.position());
        }
        self.show();
    }

    /// Says that this replica lives, and notices which ones do not.
    fn beat(&mut self) {
        self.look();
        self.greet(false);
        let now = Instant::now();
        if self.uptime.is_up(now) {
            for (replica, about) in self.roster.expire(now) {
                self.owed.remove(&replica);
                self.app.log.warning(&format!("lost replica {replica} on {}", about.host));
            }
        }
        while let Some(replica) = self.roster.forgotten(now) {
            self.app.hub.forget(replica);
        }
        self.show();
    }

    fn greet(&self, is_new: bool) {
        if !self.is_leaving {
            self.publish(None, self.lives(is_new));
        }
        let sent = self.uptime.stamp(Instant::now());
        self.publish(Some(self.app.replica), Message::Echo { sent });
    }

    fn lives(&self, is_new: bool) -> Message {
        let whole_for = self.whole_since.elapsed().min(KEPT_FOR).as_secs();
        let about = About { whole_for, ..self.about() };
        Message::Lives { about, number: self.settled, sent: self.uptime.stamp(Instant::now()), is_new }
    }

    fn about(&self) -> About {
        About {
            host: self.host.clone(),
            program: env!("CARGO_PKG_VERSION").to_owned(),
            settings: self.app.settings.latest().digest.clone(),
            whole_for: 0,
        }
    }

    /// Shows requests the state of the connection.
    fn show(&mut self) {
        let (own, now) = (self.about(), Instant::now());
        let all: Vec<_> = self.roster.about().chain([&own]).collect();
        let is_differing = all.iter().any(|about| about.settings != own.settings);
        self.differing_since = is_differing.then(|| self.differing_since.unwrap_or(now));
        let status = Status {
            is_up: self.uptime.is_up(now),
            denial: self.connection.denial(),
            replicas: all.len(),
            programs: all.iter().map(|about| about.program.clone()).collect(),
            has_differing_settings: self.differing_since.is_some_and(|since| now > since + DIFFERING),
        };
        self.status.send_if_modified(|shown| {
            let is_changed = *shown != status;
            *shown = status;
            is_changed
        });
    }

    fn obey(&mut self, order: Order) {
        match order {
            Order::React { number, user, data, calls, until, answers } => {
                let message = |request| Message::React { request, number, user, data, calls };
                if !self.request(until, answers, message) {
                    self.unpublished = number;
                }
                self.settled = number;
            }
            Order::Find { user, until, answers } => {
                self.request(until, answers, |request| Message::Find { request, user });
            }
            Order::Retract { number, calls } => {
                self.publish(None, Message::Retract { number, calls });
            }
            Order::CatchUp { done } => {
                let best = self.roster.best().into_iter().collect();
                self.catch_up(best, &Position::default(), Some(done));
            }
            Order::Leave => {
                self.is_leaving = true;
                self.publish(None, Message::Leaves);
            }
        }
    }

    /// Publishes a request for answers of all replicas. This one answers as well: then the engine works.
    fn request(
        &mut self,
        until: Instant,
        answers: oneshot::Sender<Answers>,
        message: impl FnOnce(u64) -> Message,
    ) -> bool {
        let now = Instant::now();
        if !self.uptime.is_up(now) {
            // Dropped, it counts as incomplete.
            return false;
        }
        let mut missing = self.roster.awaited();
        missing.insert(self.app.replica);
        // Nothing waits for a silent one, but nobody knows either what it would say.
        let so_far = Answers { is_complete: !self.roster.has_silent(), ..Answers::default() };
        let waiting = Waiting::Answers(so_far, answers);
        let request = self.awaited.begin(missing, until, waiting);
        let is_sent = self.publish(None, message(request));
        if !is_sent {
            self.awaited.close(request);
        }
        is_sent
    }

    /// Requests the events beyond a position from these replicas.
    fn catch_up(
        &mut self,
        from: BTreeSet<ReplicaId>,
        position: &Position,
        done: Option<oneshot::Sender<()>>,
    ) {
        if from.is_empty() {
            return;
        }
        let until = Instant::now() + CATCH_UP_PATIENCE;
        let waiting = Waiting::CatchUp(position.clone(), done);
        let request = self.awaited.begin(from.clone(), until, waiting);
        for replica in from {
            self.publish(Some(replica), Message::CatchUp { request, position: position.clone() });
        }
    }

    fn receive(&mut self, payload: &[u8]) {
        // A later version of the program may say what this one does not understand.
        let Ok(Letter { from, message }) = serde_json::from_slice(payload) else { return };
        if from == self.app.replica {
            return self.returned(&message);
        }
        let now = Instant::now();
        self.roster.heard(from, now);
        match message {
            Message::Lives { about, number, is_new, .. } => self.came(from, about, number, is_new, now),
            Message::Echo { .. } => {}
            Message::Leaves => self.leaves(from, now),
            Message::React { request, number, user, data, mut calls } => {
                // A listener receives a reaction once, whatever another program publishes.
                calls.sort_unstable();
                calls.dedup();
                let event = Event { origin: from, number, data };
                self.react(&user, Reaction { request: Some(request), event, calls }, now);
            }
            Message::Retract { number, calls } => self.app.hub.retract(&calls, from, number),
            Message::Find { request, user } => {
                let calls = self.app.hub.calls_of(&user);
                self.answer(from, found(request, calls));
            }
            Message::CatchUp { request, position } => {
                let events = self.app.hub.recent(&position);
                let position = self.app.hub.position();
                self.answer(from, kept(request, events, &position, self.unpublished));
            }
            Message::Received { request, calls, more } => {
                self.add(request, |answers| answers.calls.extend(calls));
                self.answered(request, from, more);
            }
            Message::Found { request, calls, more } => {
                self.add(request, |answers| answers.found.extend(calls));
                self.answered(request, from, more);
            }
            Message::Kept { request, events, position, unpublished, more } => {
                for replica in self.app.hub.adopt(&position) {
                    self.roster.known_elsewhere(replica, now);
                }
                let events = events.into_iter().map(Aged::from).collect();
                self.keep(request, from, events, unpublished);
                self.answered(request, from, more);
            }
        }
    }

    /// Receives a message of this replica, which the engine passes on to it as well.
    fn returned(&mut self, message: &Message) {
        match message {
            Message::Lives { sent, .. } => {
                self.uptime.returned(Sent::ToAll, *sent, Instant::now());
                self.look();
            }
            Message::Echo { sent } => {
                self.uptime.returned(Sent::ToThis, *sent, Instant::now());
                self.look();
            }
            Message::React { request, .. } | Message::Find { request, .. } => {
                self.answered(*request, self.app.replica, false);
            }
            _ => {}
        }
    }

    fn came(&mut self, from: ReplicaId, about: About, number: u64, is_new: bool, now: Instant) {
        if is_new {
            let answer = if self.is_leaving { Message::Leaves } else { self.lives(false) };
            // To all: only messages with one subject keep their order, and a reaction that comes before this is ignored.
            self.publish(None, answer);
        }
        let host = about.host.clone();
        let Some(is_unknown) = self.roster.lives(from, about, now) else { return };
        if is_unknown {
            self.log(&format!("replica {from} on {host} is there"));
            self.show();
        }
        let (hub, position) = (&self.app.hub, self.app.hub.position());
        match position.last(from) {
            Some(last) if number > last && self.app.mesh.get().is_some() => {
                if self.gaps.miss(from, number, || position.clone()) {
                    self.fill(from);
                }
            }
            _ => hub.advance(from, number),
        }
        if let Some(position) = self.owed.remove(&from) {
            self.catch_up([from].into(), &position, None);
        } else if (is_unknown || is_new) && self.app.mesh.get().is_some() {
            // It may have been there before, where no message came through.
            self.catch_up([from].into(), &position, None);
        }
    }

    fn leaves(&mut self, from: ReplicaId, now: Instant) {
        if self.roster.leaves(from, now) {
            self.log(&format!("replica {from} leaves"));
            self.show();
        }
    }

    /// Logs what happens while the server runs: where it listens has to be the first line.
    fn log(&self, message: &str) {
        if self.app.mesh.get().is_some() {
            self.app.log.info(message);
        }
    }

    pub(super) fn answer(&self, to: ReplicaId, messages: Vec<Message>) {
        for message in messages {
            self.publish(Some(to), message);
        }
    }

    fn add(&mut self, request: u64, add: impl FnOnce(&mut Answers)) {
        if let Some(Waiting::Answers(answers, _)) = self.awaited.so_far(request) {
            add(answers);
        }
    }

    fn answered(&mut self, request: u64, from: ReplicaId, more: bool) {
        if !more && let Some(done) = self.awaited.answered(request, from) {
            self.done(done);
        }
    }

    /// Ends the requests whose time is over.
    fn give_up(&mut self) {
        while let Some(done) = self.awaited.overdue(Instant::now()) {
            self.done(done);
        }
    }

    fn done(&mut self, Done { so_far, silent }: Done<Waiting>) {
        // If the engine is silent, the replicas could not answer.
        if !silent.contains(&self.app.replica) {
            silent.iter().for_each(|replica| self.roster.silent(*replica));
        }
        match so_far {
            Waiting::Answers(mut answers, to) => {
                answers.is_complete &= silent.is_empty();
                // The client may have disconnected.
                let _ = to.send(answers);
            }
            Waiting::CatchUp(position, done) => {
                if silent.is_empty() {
                    // As whole as the others.
                    self.whole_since = Instant::now().checked_sub(KEPT_FOR).unwrap_or(self.whole_since);
                }
                self.owed.extend(silent.iter().map(|replica| (*replica, position.clone())));
                let _ = done.map(|done| done.send(()));
            }
            Waiting::Gap(from) => {
                if let Some(gap) = self.gaps.gap(from).filter(|_| !silent.is_empty()) {
                    self.owed.insert(from, gap.since.clone());
                }
                self.close(from);
            }
        }
    }

    /// Publishes a message to one or all replicas at once, or not at all: the client would keep it while it is disconnected,
    /// and send it late.
    pub(super) fn publish(&self, to: Option<ReplicaId>, message: Message) -> bool {
        let letter = Letter { from: self.app.replica, message };
        let Ok(payload) = serde_json::to_vec(&letter) else { return false };
        if !self.connection.is_open() {
            return false;
        }
        let subject = to.map_or_else(|| self.subject.clone(), |to| format!("{}.{to}", self.subject));
        matches!(at_once(self.connection.client().publish(subject, payload.into())), Some(Ok(())))
    }
}

/// Returns what a future yields without waiting for it.
fn at_once<T>(future: impl Future<Output = T>) -> Option<T> {
    let mut context = Context::from_waker(Waker::noop());
    match pin!(unconstrained(future)).poll(&mut context) {
        Poll::Ready(value) => Some(value),
        Poll::Pending => None,
    }
}
