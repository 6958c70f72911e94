//! Reactions to calls, wherever their listeners are: at this server, or at other replicas.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::app::App;
use super::call::CallId;
use super::hub::Call;
use super::mesh::handle::answers_until;
use super::replay::event::Data;

/// How long a request waits for the answers of other replicas.
const PATIENCE: Duration = Duration::from_millis(250);

/// What became of a reaction.
#[derive(Debug)]
pub(super) struct Reached {
    /// The calls that have received it.
    pub(super) calls: Vec<Call>,
    /// Whether all replicas have answered.
    pub(super) is_complete: bool,
}

/// The calls of a user.
#[derive(Debug)]
pub(super) struct OfUser {
    pub(super) calls: Vec<CallId>,
    /// Whether all replicas have answered.
    pub(super) is_complete: bool,
}

/// Returns until when a request that begins now waits for the answers of other replicas.
pub(super) fn deadline() -> Instant {
    Instant::now() + PATIENCE
}

/// Sends a reaction to everybody in these calls. One that no call receives is not kept for listeners who reconnect either.
pub(super) async fn send(
    app: &Arc<App>,
    user: &str,
    calls: &[CallId],
    data: Data,
    until: Instant,
) -> Reached {
    let mut answers = None;
    let (number, own) = app.hub.send(calls, data.clone(), |number| {
        answers = app.mesh.get().map(|mesh| mesh.react(number, user, data, calls, until));
    });
    let Some(answers) = answers else {
        let reached = Reached { calls: own, is_complete: true };
        settle(app, calls, number, &reached);
        return reached;
    };
    let (app, calls) = (Arc::clone(app), calls.to_owned());
    // The client may disconnect, but the reaction is on its way.
    let waiting = tokio::spawn(async move {
        let others = answers_until(until, answers).await;
        let reached = Reached { calls: merged(own, others.calls), is_complete: others.is_complete };
        settle(&app, &calls, number, &reached);
        reached
    });
    waiting.await.unwrap_or_else(|_| Reached { calls: Vec::new(), is_complete: false })
}

/// Counts a reaction that may have missed listeners, and forgets one that no call has received.
fn settle(app: &App, calls: &[CallId], number: u64, reached: &Reached) {
    if !reached.is_complete {
        app.metrics.incomplete();
    }
    if reached.calls.is_empty() {
        app.hub.retract(calls, app.replica, number);
        if let Some(mesh) = app.mesh.get() {
            mesh.retract(number, calls);
        }
    }
}

/// Returns the calls that a user is in.
pub(super) async fn of_user(app: &App, user: &str, until: Instant) -> OfUser {
    let own = app.hub.calls_of(user);
    let others = match app.mesh.get() {
        Some(mesh) => mesh.find(user, until).await,
        None => return OfUser { calls: own.into_iter().map(|(call, _)| call).collect(), is_complete: true },
    };
    let calls: BTreeSet<_> = own.into_iter().chain(others.found).map(|(call, _)| call).collect();
    OfUser { calls: calls.into_iter().collect(), is_complete: others.is_complete }
}

/// Returns how many listeners a user has at other replicas, as far as they answer.
pub(super) async fn listeners_elsewhere(app: &App, user: &str) -> usize {
    let Some(mesh) = app.mesh.get() else { return 0 };
    mesh.find(user, deadline()).await.found.iter().map(|(_, listeners)| listeners).sum()
}

/// Returns each call once, with all participants.
fn merged(own: Vec<Call>, others: Vec<Call>) -> Vec<Call> {
    if others.is_empty() {
        return own;
    }
    let mut all: BTreeMap<Arc<CallId>, BTreeSet<Arc<str>>> = BTreeMap::new();
    for Call { id, participants } in own.into_iter().chain(others) {
        all.entry(id).or_default().extend(participants);
    }
    all.into_iter().map(|(id, all)| Call { id, participants: all.into_iter().collect() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(channel: &str, participants: &[&str]) -> Call {
        let id = CallId { team: "t".to_owned(), channel: channel.to_owned() };
        Call { id: Arc::new(id), participants: participants.iter().map(|name| (*name).into()).collect() }
    }

    #[test]
    fn a_user_at_several_replicas_is_in_a_call_once() {
        let own = vec![call("c", &["alice", "carol"])];
        let others = vec![call("d", &["bob"]), call("c", &["bob", "carol"]), call("c", &["zoe"])];
        let expected = [call("c", &["alice", "bob", "carol", "zoe"]), call("d", &["bob"])];
        assert_eq!(merged(own.clone(), others), expected);
        assert_eq!(merged(own.clone(), Vec::new()), own);
    }
}
