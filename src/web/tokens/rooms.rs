//! The rooms of a user: the channels of teams whose calls the user may enter.

use std::collections::{HashMap, HashSet};

/// The channels that a user may enter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rooms {
    /// The channels of single teams.
    teams: HashMap<String, Channels>,
    /// The channels of every team.
    every_team: Channels,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Channels {
    All,
    Some(HashSet<String>),
}

impl Default for Channels {
    fn default() -> Self {
        Channels::Some(HashSet::new())
    }
}

impl Channels {
    fn add(&mut self, channel: Option<String>) {
        match (&mut *self, channel) {
            (Channels::Some(channels), Some(channel)) => drop(channels.insert(channel)),
            _ => *self = Channels::All,
        }
    }

    fn contain(&self, channel: &str) -> bool {
        match self {
            Channels::All => true,
            Channels::Some(channels) => channels.contains(channel),
        }
    }
}

impl Rooms {
    /// Returns all rooms.
    pub(super) fn all() -> Self {
        Rooms { teams: HashMap::new(), every_team: Channels::All }
    }

    /// Parses `team/channel,…`; `*` is all teams, all channels or, alone, all rooms.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let mut rooms = Rooms { teams: HashMap::new(), every_team: Channels::default() };
        for entry in text.split(',') {
            let (team, channel) = match entry {
                "*" => ("*", "*"),
                entry => entry.split_once('/')?,
            };
            let channel = parse_name(channel)?;
            match parse_name(team)? {
                Some(team) => rooms.teams.entry(team).or_default().add(channel),
                None => rooms.every_team.add(channel),
            }
        }
        Some(rooms)
    }

    /// Whether a user with these rooms may enter this one.
    pub fn contain(&self, team: &str, channel: &str) -> bool {
        self.every_team.contain(channel)
            || self.teams.get(team).is_some_and(|channels| channels.contain(channel))
    }
}

/// Decodes a name; `Some(None)` is `*`.
fn parse_name(text: &str) -> Option<Option<String>> {
    if text == "*" {
        return Some(None);
    }
    if text.is_empty() || text.contains(['/', '*']) {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let (byte, after) = match (byte, after) {
            (b'%', [high, low, after @ ..]) => (hex(*high, *low)?, after),
            (b'%', _) => return None,
            other => other,
        };
        bytes.push(byte);
        rest = after;
    }
    String::from_utf8(bytes).ok().map(Some)
}

/// Returns the byte of two hexadecimal digits.
pub(super) fn hex(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    Some(digit(high)? << 4 | digit(low)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_percent_encoded_and_a_star_alone_is_all() {
        for (text, inside, outside) in [
            ("*", &[("a", "b"), ("*", "*")][..], &[][..]),
            ("*/*", &[("a", "b")], &[]),
            ("t/c", &[("t", "c")], &[("t", "d"), ("u", "c"), ("T", "c"), ("t", ""), ("t/c", "")]),
            ("t/c,t/d,u/c", &[("t", "c"), ("t", "d"), ("u", "c")], &[("u", "d")]),
            ("t/*", &[("t", "c"), ("t", "d")], &[("u", "c")]),
            ("t/c,t/*,t/d", &[("t", "c"), ("t", "e")], &[("u", "c")]),
            ("*/c,t/d", &[("t", "c"), ("u", "c"), ("t", "d")], &[("u", "d")]),
            ("%2A/%2a", &[("*", "*")], &[("a", "b"), ("*", "b")]),
            ("a%2Fb/c%2c%20d%25", &[("a/b", "c, d%")], &[("a", "b/c, d%")]),
            ("M%C3%BCnchen/größe", &[("München", "größe")], &[]),
        ] {
            let rooms = Rooms::parse(text).unwrap();
            for (expected, list) in [(true, inside), (false, outside)] {
                for (team, channel) in list {
                    assert_eq!(rooms.contain(team, channel), expected, "{text}: {team} {channel}");
                }
            }
        }
        assert!(Rooms::all().contain("t", "c"));
    }

    #[test]
    fn rejects_rooms_that_are_not_a_team_and_a_channel() {
        for text in
            ["", ",", "t", "t/", "/c", "t/c,", "t/c,,t/d", "t/c/d", "t*/c", "**", "t/%2", "t/%zz", "t/%ff"]
        {
            assert_eq!(Rooms::parse(text), None, "{text}");
        }
    }
}
