//! What the requests of this server want from the other replicas.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot, watch};
use tokio::time::timeout_at;

use crate::web::call::CallId;
use crate::web::hub::Call;
use crate::web::replay::event::Data;

/// How late the news may be that the time for answers is over.
const ALLOWANCE: Duration = Duration::from_millis(50);

/// The other replicas.
pub(in crate::web) struct Mesh {
    pub(super) orders: mpsc::UnboundedSender<Order>,
    pub(super) status: watch::Receiver<Status>,
}

/// What the other replicas are to do.
pub(super) enum Order {
    React {
        number: u64,
        user: String,
        data: Data,
        calls: Vec<CallId>,
        until: Instant,
        answers: oneshot::Sender<Answers>,
    },
    Retract {
        number: u64,
        calls: Vec<CallId>,
    },
    Find {
        user: String,
        until: Instant,
        answers: oneshot::Sender<Answers>,
    },
    CatchUp {
        done: oneshot::Sender<()>,
    },
    Leave,
}

/// What the other replicas have answered.
#[derive(Debug, Default)]
pub(in crate::web) struct Answers {
    /// The calls that have received a reaction; one may be there several times.
    pub(in crate::web) calls: Vec<Call>,
    /// The calls that a user is in, with the number of listeners; one may be there several times.
    pub(in crate::web) found: Vec<(CallId, usize)>,
    /// Whether all replicas have answered.
    pub(in crate::web) is_complete: bool,
}

/// The state of the connection to the other replicas.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::web) struct Status {
    /// Whether the engine passes messages on.
    pub(in crate::web) is_up: bool,
    /// What the engine denies this server.
    pub(in crate::web) denial: Option<String>,
    /// How many replicas there are, with this one.
    pub(in crate::web) replicas: usize,
    /// The versions of the program that they run.
    pub(in crate::web) programs: BTreeSet<String>,
    /// Whether some have used other settings for a while.
    pub(in crate::web) has_differing_settings: bool,
}

impl Mesh {
    /// Publishes a reaction and returns its answers when they are there. Those that are sent one after the other go out in
    /// this order.
    pub(in crate::web) fn react(
        &self,
        number: u64,
        user: &str,
        data: Data,
        calls: &[CallId],
        until: Instant,
    ) -> oneshot::Receiver<Answers> {
        let (answers, receiver) = oneshot::channel();
        let (user, calls) = (user.to_owned(), calls.to_owned());
        self.order(Order::React { number, user, data, calls, until, answers });
        receiver
    }

    /// Takes back a reaction that no call has received.
    pub(in crate::web) fn retract(&self, number: u64, calls: &[CallId]) {
        self.order(Order::Retract { number, calls: calls.to_owned() });
    }

    /// Returns which calls a user is in at other replicas.
    pub(in crate::web) async fn find(&self, user: &str, until: Instant) -> Answers {
        let (answers, receiver) = oneshot::channel();
        self.order(Order::Find { user: user.to_owned(), until, answers });
        answers_until(until, receiver).await
    }

    /// Fetches the events of the last minute from another replica.
    pub(in crate::web) async fn catch_up(&self) {
        let (done, is_done) = oneshot::channel();
        self.order(Order::CatchUp { done });
        // It is dropped when there is nobody to catch up with.
        let _ = is_done.await;
    }

    /// Says goodbye to the others. What they have sent before is still answered.
    pub(in crate::web) fn leave(&self) {
        self.order(Order::Leave);
    }

    /// Returns the state of the connection.
    pub(in crate::web) fn status(&self) -> Status {
        self.status.borrow().clone()
    }

    fn order(&self, order: Order) {
        // The other end lives as long as the server.
        let _ = self.orders.send(order);
    }
}

/// Waits for answers, also if the connection has too much to do to say that the time is over.
pub(in crate::web) async fn answers_until(until: Instant, answers: oneshot::Receiver<Answers>) -> Answers {
    let answers = timeout_at((until + ALLOWANCE).into(), answers).await;
    answers.ok().and_then(Result::ok).unwrap_or_default()
}
