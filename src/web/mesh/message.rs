//! What replicas say to each other: JSON, in which a later version of the program may say more.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::roster::About;
use crate::web::call::CallId;
use crate::web::hub::Call;
use crate::web::replay::event::{Data, Event};
use crate::web::replay::position::{Position, ReplicaId};
use crate::web::replay::recent::Aged;

/// The most bytes of names or events in one message. Servers take 1 MiB by default.
const MAX_PART: usize = 128 * 1024;

/// A message and who sent it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Letter {
    pub(super) from: ReplicaId,
    pub(super) message: Message,
}

/// A message, to all replicas or to one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Message {
    /// The replica lives.
    Lives {
        about: About,
        /// The number of its last event that it has published, or will not publish.
        number: u64,
        /// When this was sent, in ms by the sender's own clock: only the sender understands it.
        sent: u64,
        /// Whether the others are to say the same at once.
        #[serde(default)]
        is_new: bool,
    },
    /// Only for the replica itself: messages to it alone come through. Its time as in `Lives`.
    Echo { sent: u64 },
    /// The replica leaves.
    Leaves,
    /// A user of the replica has sent a reaction.
    React { request: u64, number: u64, user: String, data: Data, calls: Vec<CallId> },
    /// No call has received that reaction.
    Retract { number: u64, calls: Vec<CallId> },
    /// Which calls is a user in?
    Find { request: u64, user: String },
    /// Which events beyond this position are kept?
    CatchUp { request: u64, position: Position },
    /// The calls that received a reaction, and who is there.
    Received {
        request: u64,
        calls: Vec<Call>,
        /// Whether this is not the last part of the answer.
        #[serde(default)]
        more: bool,
    },
    /// The calls that a user is in, with the number of listeners.
    Found {
        request: u64,
        calls: Vec<(CallId, usize)>,
        #[serde(default)]
        more: bool,
    },
    /// Events that are kept for listeners.
    Kept {
        request: u64,
        events: Vec<KeptEvent>,
        /// How far the replica has received the events of all.
        #[serde(default)]
        position: Position,
        /// The number of its last event that it has not published.
        #[serde(default)]
        unpublished: u64,
        #[serde(default)]
        more: bool,
    },
}

/// An event that is kept for listeners, and its age in ms.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct KeptEvent {
    origin: ReplicaId,
    number: u64,
    data: Data,
    call: CallId,
    age: u64,
}

impl From<Aged> for KeptEvent {
    fn from(Aged { call, event: Event { origin, number, data }, age }: Aged) -> Self {
        let age = u64::try_from(age.as_millis()).unwrap_or(u64::MAX);
        KeptEvent { origin, number, data, call, age }
    }
}

impl From<KeptEvent> for Aged {
    fn from(KeptEvent { origin, number, data, call, age }: KeptEvent) -> Self {
        let age = Duration::from_millis(age);
        Aged { call, event: Event { origin, number, data }, age }
    }
}

/// Returns the answer about calls that have received a reaction, in parts that servers take.
pub(super) fn received(request: u64, calls: Vec<Call>) -> Vec<Message> {
    let calls = calls.into_iter().flat_map(|Call { id, participants }| {
        let parts = parts(participants, |name| name.len() + 4);
        parts.into_iter().map(move |participants| Call { id: id.clone(), participants })
    });
    let size = |call: &Call| {
        call.id.team.len()
            + call.id.channel.len()
            + call.participants.iter().map(|name| name.len() + 4).sum::<usize>()
    };
    let parts = parts(calls.collect(), size);
    marked(parts, |calls, more| Message::Received { request, calls, more })
}

/// Returns the answer with the calls that a user is in, in parts that servers take.
pub(super) fn found(request: u64, calls: Vec<(CallId, usize)>) -> Vec<Message> {
    let parts = parts(calls, |(call, _)| call.team.len() + call.channel.len() + 48);
    marked(parts, |calls, more| Message::Found { request, calls, more })
}

/// Returns the answer with events that are kept, in parts that servers take.
pub(super) fn kept(request: u64, events: Vec<Aged>, position: &Position, unpublished: u64) -> Vec<Message> {
    let size = |event: &Aged| event.event.data.len() + event.call.team.len() + event.call.channel.len() + 96;
    let parts = parts(events, size);
    marked(parts, |events, more| {
        let events = events.into_iter().map(KeptEvent::from).collect();
        Message::Kept { request, events, position: position.clone(), unpublished, more }
    })
}

/// Divides a list into parts of limited size, at least one.
fn parts<T>(list: Vec<T>, size: impl Fn(&T) -> usize) -> Vec<Vec<T>> {
    let (mut parts, mut part, mut filled) = (Vec::new(), Vec::new(), 0);
    for entry in list {
        let more = size(&entry);
        if filled + more > MAX_PART && !part.is_empty() {
            parts.push(std::mem::take(&mut part));
            filled = 0;
        }
        filled += more;
        part.push(entry);
    }
    parts.push(part);
    parts
}

fn marked<T>(parts: Vec<Vec<T>>, message: impl Fn(Vec<T>, bool) -> Message) -> Vec<Message> {
    let last = parts.len() - 1;
    parts.into_iter().enumerate().map(|(place, part)| message(part, place < last)).collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::config::emoji::Emoji;

    const FROM: ReplicaId = ReplicaId::for_test(1);

    fn call(channel: &str) -> CallId {
        CallId { team: "t".to_owned(), channel: channel.to_owned() }
    }

    fn json(message: &Message) -> String {
        serde_json::to_string(&Letter { from: FROM, message: message.clone() }).unwrap()
    }

    #[test]
    fn messages_read_as_they_are_written() {
        let data = Data::of(Emoji::parse("👍").unwrap(), "alice");
        let event = Event { origin: FROM, number: 3, data: data.clone() };
        let aged = Aged { call: call("c"), event, age: Duration::from_millis(1500) };
        let in_call = Call { id: Arc::new(call("c")), participants: vec!["alice".into(), "bob".into()] };
        let mut messages = vec![
            Message::Lives { about: About::default(), number: 3, sent: 4, is_new: true },
            Message::Leaves,
            Message::Echo { sent: 4 },
            Message::React { request: 1, number: 4, user: "alice".to_owned(), data, calls: vec![call("c")] },
            Message::Retract { number: 4, calls: vec![call("c")] },
            Message::Find { request: 2, user: "alice".to_owned() },
            Message::CatchUp { request: 3, position: Position::default() },
        ];
        messages.extend(found(2, vec![(call("c"), 2)]));
        messages.extend(received(1, vec![in_call]));
        let mut position = Position::default();
        position.advance(FROM, 3);
        messages.extend(kept(3, vec![aged.clone()], &position, 2));
        for message in &messages {
            let letter: Letter = serde_json::from_str(&json(message)).unwrap();
            assert_eq!((letter.from, &letter.message), (FROM, message));
        }
        let Some(Message::Kept { events, more: false, .. }) = messages.pop() else { panic!() };
        assert_eq!(events.into_iter().map(Aged::from).collect::<Vec<_>>(), [aged]);
        assert!(json(&messages[3]).len() < 300, "{}", json(&messages[3]));
    }

    #[test]
    fn what_a_later_version_says_in_addition_is_no_obstacle() {
        let text = r#"{"from":"AAAAAAAB","also":1,"message":{"lives":{"about":{"host":"n1","mood":"good"},"number":1,"sent":2,"x":[]}}}"#;
        let letter: Letter = serde_json::from_str(text).unwrap();
        assert!(matches!(letter.message, Message::Lives { about, is_new: false, .. } if about.host == "n1"));
        for unknown in
            ["", "{}", r#"{"from":"AAAAAAAB","message":{"sings":{}}}"#, r#"{"from":"x","message":"leaves"}"#]
        {
            assert!(serde_json::from_str::<Letter>(unknown).is_err(), "{unknown}");
        }
        let two_lines = r#"{"from":"AAAAAAAB","message":{"react":{"request":1,"number":1,"user":"a","data":"{}\n","calls":[]}}}"#;
        assert!(serde_json::from_str::<Letter>(two_lines).is_err());
    }

    #[test]
    fn long_answers_come_in_parts() {
        let all: Vec<_> = (0..2_000).map(|n| (call(&format!("{n}-{}", "x".repeat(250))), 1)).collect();
        let messages = found(1, all.clone());
        assert!(messages.len() > 2 && messages.iter().all(|message| json(message).len() < 512 * 1024));
        let calls_in = |message| match message {
            Message::Found { calls, .. } => calls,
            other => panic!("{other:?}"),
        };
        assert_eq!(messages.into_iter().flat_map(calls_in).collect::<Vec<_>>(), all);

        let names: Vec<Arc<str>> =
            (0..20_000).map(|n| format!("user-{n:05}-{}", "x".repeat(40)).into()).collect();
        let small = Call { id: Arc::new(call("d")), participants: vec!["bob".into()] };
        let large = Call { id: Arc::new(call("c")), participants: names.clone() };
        let messages = received(1, vec![small, large]);
        assert!(messages.len() > 4 && messages.iter().all(|message| json(message).len() < 512 * 1024));
        let mut found = Vec::new();
        for (place, message) in (1..).zip(&messages) {
            let Message::Received { request: 1, calls, more } = message else { panic!("{message:?}") };
            assert_eq!(*more, place < messages.len());
            found.extend(calls.iter().filter(|c| c.id.channel == "c").flat_map(|c| c.participants.clone()));
        }
        assert_eq!(found, names);
        let none = Message::Received { request: 1, calls: Vec::new(), more: false };
        assert_eq!(received(1, Vec::new()), [none]);
        assert_eq!(kept(1, Vec::new(), &Position::default(), 0).len(), 1);
    }
}
