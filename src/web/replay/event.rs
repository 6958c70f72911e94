//! A reaction as an event: made once for everybody who receives it, on all replicas.

use std::fmt::Write as _;
use std::sync::Arc;

use hyper::body::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::position::{Position, ReplicaId};
use crate::config::emoji::Emoji;

/// A reaction that was sent to one or more calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::web) struct Event {
    /// The replica that accepted it.
    pub(in crate::web) origin: ReplicaId,
    /// The number that it has there.
    pub(in crate::web) number: u64,
    pub(in crate::web) data: Data,
}

/// What an event contains: JSON on one line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(in crate::web) struct Data(Arc<str>);

impl Data {
    /// Returns the data of an accepted reaction.
    pub(in crate::web) fn of(emoji: Emoji, user: &str) -> Self {
        let data = json!({"reaction": emoji.short_name(), "emoji": emoji.as_str(), "user": user});
        Data(data.to_string().into())
    }

    /// Returns its length in bytes.
    pub(in crate::web) fn len(&self) -> usize {
        self.0.len()
    }
}

impl Event {
    /// Appends the event for a listener that has read as far as `position` with it.
    pub(in crate::web) fn write(&self, text: &mut String, position: &Position) {
        // Writing to a string cannot fail.
        let _ = write!(text, "id: {position}\nevent: reaction\ndata: {}\n\n", self.data.0);
    }

    /// Returns the event for listeners that have read as far as `position` with it.
    pub(in crate::web) fn bytes(&self, position: &Position) -> Bytes {
        let mut text = String::with_capacity(self.data.len() + 96);
        self.write(&mut text, position);
        Bytes::from(text)
    }
}

impl From<Data> for String {
    fn from(data: Data) -> Self {
        (*data.0).to_owned()
    }
}

impl TryFrom<String> for Data {
    type Error = &'static str;

    /// Takes over what another replica sends. Another line would be another field of the event.
    fn try_from(text: String) -> Result<Self, &'static str> {
        if text.contains(['\n', '\r']) { Err("more than one line") } else { Ok(Data(text.into())) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_says_how_far_its_listener_has_read() {
        let origin = ReplicaId::for_test(1);
        let mut position = Position::default();
        position.advance(origin, 7);
        let event = Event { origin, number: 7, data: Data::of(Emoji::parse("👍").unwrap(), "al\nice") };
        let text = r#"{"reaction":":thumbsup:","emoji":"👍","user":"al\nice"}"#;
        let expected = format!("id: AAAAAAAB:7\nevent: reaction\ndata: {text}\n\n");
        assert_eq!(event.bytes(&position), expected);
        assert_eq!(Data::try_from(text.to_owned()), Ok(event.data));
        assert!(
            Data::try_from("{}\ndata: {}".to_owned()).is_err() && Data::try_from("\r".to_owned()).is_err()
        );
    }
}
