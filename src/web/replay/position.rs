//! How far a listener has read: the id of each event, which means the same to all replicas.

use std::{fmt, io};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustix::rand::{GetRandomFlags, getrandom};
use serde::{Deserialize, Serialize};

/// The most replicas in a position that a client sends.
const MAX_REPLICAS: usize = 64;

/// The random name that a server gives itself when it starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(in crate::web) struct ReplicaId([u8; 6]);

/// The number of the last event of each replica that was seen.
///
/// One number for all of them would not do: replicas deliver the events of different replicas in different orders.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(in crate::web) struct Position(Vec<(ReplicaId, u64)>);

/// The text is neither the name of a replica nor a position.
#[derive(Debug, thiserror::Error)]
#[error("not a position")]
pub(in crate::web) struct NotAPosition;

impl ReplicaId {
    /// Returns a new name.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub(in crate::web) fn random() -> io::Result<Self> {
        let mut bytes = [0; 6];
        let drawn = getrandom(&mut bytes, GetRandomFlags::empty())?;
        if drawn == bytes.len() { Ok(ReplicaId(bytes)) } else { Err(io::ErrorKind::UnexpectedEof.into()) }
    }

    fn parse(text: &str) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text).ok()?;
        bytes.try_into().ok().map(ReplicaId)
    }

    #[cfg(test)]
    pub(in crate::web) const fn for_test(number: u8) -> Self {
        ReplicaId([0, 0, 0, 0, 0, number])
    }
}

impl Position {
    /// Parses the value of `Last-Event-ID`. It may be any text.
    pub(in crate::web) fn parse(text: &str) -> Option<Self> {
        let mut position = Position::default();
        for entry in text.split('.') {
            let (replica, number) = entry.split_once(':')?;
            position.advance(ReplicaId::parse(replica)?, number.parse().ok()?);
            if position.0.len() > MAX_REPLICAS {
                return None;
            }
        }
        Some(position)
    }

    /// Returns the number of the last event of this replica that was seen.
    pub(in crate::web) fn last(&self, replica: ReplicaId) -> Option<u64> {
        self.place(replica).ok().map(|place| self.0[place].1)
    }

    /// Whether this event was seen.
    pub(in crate::web) fn covers(&self, replica: ReplicaId, number: u64) -> bool {
        self.last(replica).is_some_and(|last| number <= last)
    }

    /// Notes that all events of this replica up to this number were seen.
    pub(in crate::web) fn advance(&mut self, replica: ReplicaId, number: u64) {
        match self.place(replica) {
            Ok(place) => self.0[place].1 = self.0[place].1.max(number),
            Err(place) => self.0.insert(place, (replica, number)),
        }
    }

    /// Notes that everything was seen that the other position covers.
    pub(in crate::web) fn merge(&mut self, other: &Position) {
        other.0.iter().for_each(|(replica, number)| self.advance(*replica, *number));
    }

    /// Takes over the numbers of replicas that are missing here, and returns these.
    pub(in crate::web) fn adopt(&mut self, other: &Position) -> Vec<ReplicaId> {
        let missing = other.0.iter().filter(|(replica, _)| self.place(*replica).is_err());
        let missing: Vec<_> = missing.copied().collect();
        missing.iter().for_each(|(replica, number)| self.advance(*replica, *number));
        missing.into_iter().map(|(replica, _)| replica).collect()
    }

    /// Removes a replica that has been gone for long.
    pub(in crate::web) fn forget(&mut self, replica: ReplicaId) {
        self.0.retain(|(own, _)| *own != replica);
    }

    /// Returns the part that the other position does not cover.
    pub(in crate::web) fn beyond(&self, other: &Position) -> Option<Position> {
        let beyond = self.0.iter().filter(|(replica, number)| !other.covers(*replica, *number));
        Some(Position(beyond.copied().collect())).filter(|position| !position.0.is_empty())
    }

    fn place(&self, replica: ReplicaId) -> Result<usize, usize> {
        self.0.binary_search_by_key(&replica, |(own, _)| *own)
    }
}

impl fmt::Display for ReplicaId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&URL_SAFE_NO_PAD.encode(self.0))
    }
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (replica, number)) in self.0.iter().enumerate() {
            let dot = if place == 0 { "" } else { "." };
            write!(f, "{dot}{replica}:{number}")?;
        }
        Ok(())
    }
}

impl From<ReplicaId> for String {
    fn from(replica: ReplicaId) -> Self {
        replica.to_string()
    }
}

impl TryFrom<String> for ReplicaId {
    type Error = NotAPosition;

    fn try_from(text: String) -> Result<Self, NotAPosition> {
        ReplicaId::parse(&text).ok_or(NotAPosition)
    }
}

impl From<Position> for String {
    fn from(position: Position) -> Self {
        position.to_string()
    }
}

impl TryFrom<String> for Position {
    type Error = NotAPosition;

    /// Unlike in [`Position::parse`], nothing seen yet is a position as well.
    fn try_from(text: String) -> Result<Self, NotAPosition> {
        if text.is_empty() { Ok(Position::default()) } else { Position::parse(&text).ok_or(NotAPosition) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: ReplicaId = ReplicaId::for_test(1);
    const B: ReplicaId = ReplicaId::for_test(2);
    const C: ReplicaId = ReplicaId::for_test(3);

    fn position(entries: &[(ReplicaId, u64)]) -> Position {
        let mut position = Position::default();
        entries.iter().for_each(|(replica, number)| position.advance(*replica, *number));
        position
    }

    #[test]
    fn a_position_reads_as_it_is_written() {
        let both = position(&[(B, 7), (A, 12)]);
        assert_eq!(both.to_string(), "AAAAAAAB:12.AAAAAAAC:7");
        assert_eq!(Position::parse(&both.to_string()), Some(both.clone()));
        assert_eq!(serde_json::to_string(&both).unwrap(), "\"AAAAAAAB:12.AAAAAAAC:7\"");
        for position in [both, Position::default()] {
            let json = serde_json::to_string(&position).unwrap();
            assert_eq!(serde_json::from_str::<Position>(&json).unwrap(), position);
        }
        assert_ne!(ReplicaId::random().unwrap(), ReplicaId::random().unwrap());
    }

    #[test]
    fn what_clients_make_up_is_not_a_position() {
        let many: Vec<_> = (0..65).map(|n| format!("{}:1", ReplicaId::for_test(n))).collect();
        assert!(Position::parse(&many[..64].join(".")).is_some());
        for text in [
            "",
            "0",
            "x:1",
            "AAAAAAAB",
            "AAAAAAAB:",
            "AAAAAAAB:x",
            "AAAAAAAB:-1",
            "AAAAAAAB:1.",
            ".AAAAAAAB:1",
            "AAAAAAAB:1 ",
            "AAAAAAABA:1",
            "AAAA:1",
            "AAAAAAAB:99999999999999999999",
            &many.join("."),
        ] {
            assert_eq!(Position::parse(text), None, "{text}");
        }
    }

    #[test]
    fn positions_never_go_back() {
        let mut own = position(&[(A, 5), (B, 3)]);
        own.advance(A, 4);
        own.merge(&position(&[(A, 2), (B, 9), (C, 1)]));
        assert_eq!(own, position(&[(A, 5), (B, 9), (C, 1)]));
        assert!(own.covers(A, 5) && !own.covers(A, 6) && !own.covers(ReplicaId::for_test(4), 0));
        own.forget(B);
        assert_eq!((own.last(B), own.last(C)), (None, Some(1)));
    }

    #[test]
    fn what_another_position_lacks_is_beyond_it() {
        let own = position(&[(A, 5), (B, 3), (C, 0)]);
        assert_eq!(own.beyond(&position(&[(A, 4), (B, 3)])), Some(position(&[(A, 5), (C, 0)])));
        assert_eq!(own.beyond(&position(&[(A, 9), (B, 3), (C, 1)])), None);
    }
}
