//! What a listener receives before the events that come from now on: the greeting, and the events that it missed.

use std::sync::Arc;
use std::vec::IntoIter;

use hyper::body::Bytes;

use super::event::Event;
use super::position::Position;

/// About how much is written at once, in bytes.
const CHUNK: usize = 8 * 1024;
/// The first text for a listener: it confirms that the listener is in the call.
const GREETING: &str = ": you are in the call\n";

/// What a listener receives first. It is written only as fast as the listener reads it.
pub(in crate::web) struct Backlog {
    is_greeted: bool,
    missed: IntoIter<Arc<Event>>,
    /// How far the listener has read.
    position: Position,
    /// How far it has read at the end.
    end: Position,
}

impl Backlog {
    /// Begins with a listener that has read as far as `position`, if it has read anything; without the missed events it
    /// has read as far as `end`.
    pub(in crate::web) fn new(position: Option<Position>, missed: Vec<Arc<Event>>, end: Position) -> Self {
        let position = position.unwrap_or_default();
        Backlog { is_greeted: false, missed: missed.into_iter(), position, end }
    }

    /// Returns what is written next, until everything is.
    pub(in crate::web) fn next(&mut self) -> Option<Bytes> {
        let mut text = String::new();
        if !self.is_greeted {
            self.is_greeted = true;
            text += GREETING;
            if self.missed.len() == 0 {
                self.position.merge(&self.end);
                // An id without data: the listener can come back with it before the first event.
                text += &format!("id: {}\n", self.position);
            }
            text += "\n";
        }
        while text.len() < CHUNK
            && let Some(event) = self.missed.next()
        {
            // A listener that is interrupted here gets the rest when it comes back.
            self.position.advance(event.origin, event.number);
            if self.missed.len() == 0 {
                self.position.merge(&self.end);
            }
            event.write(&mut text, &self.position);
        }
        (!text.is_empty()).then(|| Bytes::from(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::emoji::Emoji;
    use crate::web::replay::event::Data;
    use crate::web::replay::position::ReplicaId;

    const A: ReplicaId = ReplicaId::for_test(1);
    const B: ReplicaId = ReplicaId::for_test(2);

    fn text(mut backlog: Backlog) -> String {
        std::iter::from_fn(|| backlog.next())
            .map(|bytes| String::from_utf8(bytes.to_vec()).unwrap())
            .collect()
    }

    fn ids(text: &str) -> Vec<&str> {
        text.lines().filter_map(|line| line.strip_prefix("id: ")).collect()
    }

    fn position(text: &str) -> Option<Position> {
        Some(Position::parse(text).unwrap())
    }

    #[test]
    fn a_listener_without_a_backlog_learns_its_position() {
        let end = Position::parse("AAAAAAAB:4.AAAAAAAC:7").unwrap();
        let found = text(Backlog::new(None, Vec::new(), end.clone()));
        assert_eq!(found, ": you are in the call\nid: AAAAAAAB:4.AAAAAAAC:7\n\n");
        let found = text(Backlog::new(position("AAAAAAAB:6"), Vec::new(), end));
        assert_eq!(ids(&found), ["AAAAAAAB:6.AAAAAAAC:7"], "it has read further than this replica");
    }

    #[test]
    fn each_missed_event_has_the_position_up_to_which_the_listener_has_read() {
        let data = Data::of(Emoji::parse("👍").unwrap(), "alice");
        let events = [(A, 3), (B, 8), (A, 5)];
        let events = events.map(|(origin, number)| Arc::new(Event { origin, number, data: data.clone() }));
        let end = Position::parse("AAAAAAAB:6.AAAAAAAC:8.AAAAAAAD:1").unwrap();
        let found = text(Backlog::new(position("AAAAAAAC:7.AAAAAAAE:2"), events.into(), end));
        assert!(found.starts_with(": you are in the call\n\nid: "), "{found}");
        let expected = [
            "AAAAAAAB:3.AAAAAAAC:7.AAAAAAAE:2",
            "AAAAAAAB:3.AAAAAAAC:8.AAAAAAAE:2",
            "AAAAAAAB:6.AAAAAAAC:8.AAAAAAAD:1.AAAAAAAE:2",
        ];
        assert_eq!(ids(&found), expected);
        assert_eq!(found.matches("event: reaction\ndata: ").count(), 3);
    }

    #[test]
    fn a_long_backlog_is_written_piece_by_piece() {
        let data = Data::of(Emoji::parse("👍").unwrap(), "alice");
        let events = (1..=1000).map(|number| Arc::new(Event { origin: A, number, data: data.clone() }));
        let mut backlog = Backlog::new(None, events.collect(), Position::default());
        let pieces: Vec<_> = std::iter::from_fn(|| backlog.next()).collect();
        assert!(pieces.len() > 5 && pieces.iter().all(|piece| piece.len() < 2 * CHUNK), "{}", pieces.len());
        let all = String::from_utf8(pieces.concat()).unwrap();
        let expected: Vec<_> = (1..=1000).map(|number| format!("AAAAAAAB:{number}")).collect();
        assert_eq!(ids(&all), expected);
    }
}
