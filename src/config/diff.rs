//! The differences between two states of the settings in effect.

use std::collections::{HashMap, VecDeque};

use super::address::ServerUri;
use super::emoji::Emoji;
use super::settings::{Entry, Settings, TransportPolicy};
use super::turn::{Credential, TurnServer};

/// The differences between two states of the settings in effect.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Diff {
    /// `stun.servers`
    pub stun: ListDiff<ServerUri>,
    /// `turn.servers`; a server with a new login is both removed and added.
    pub turn: ListDiff<TurnServer>,
    /// `reactions.emojis`
    pub reactions: ListDiff<Emoji>,
    /// `ice.transport-policy`: before and after.
    pub policy: Option<(TransportPolicy, TransportPolicy)>,
}

impl Diff {
    /// Whether nothing differs.
    pub const fn is_empty(&self) -> bool {
        self.stun.is_empty() && self.turn.is_empty() && self.reactions.is_empty() && self.policy.is_none()
    }

    /// Whether all servers that are new, or have a new login, are so in `other` as well.
    pub fn adds_only_servers_of(&self, other: &Diff) -> bool {
        self.stun.added.iter().all(|uri| other.stun.added.contains(uri))
            && self.turn.added.iter().all(|server| other.turn.added.contains(server))
    }

    /// Returns the entries that are gone; a TURN server with a new login is not.
    pub fn dropped(&self) -> Vec<String> {
        let turn = self.turn.removed.iter().filter(|old| self.turn.successor(old).is_none());
        let stun = self.stun.removed.iter().map(ToString::to_string);
        stun.chain(turn.map(|server| server.uri.to_string()))
            .chain(self.reactions.removed.iter().map(ToString::to_string))
            .collect()
    }
}

/// The differences between two states of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListDiff<T> {
    /// The new entries.
    pub added: Vec<T>,
    /// The entries that are gone.
    pub removed: Vec<T>,
    /// All entries in their new order, if the remaining ones changed their order.
    pub moved: Option<Vec<T>>,
}

impl<T> Default for ListDiff<T> {
    fn default() -> Self {
        ListDiff { added: Vec::new(), removed: Vec::new(), moved: None }
    }
}

impl<T> ListDiff<T> {
    /// Whether nothing differs.
    pub const fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.moved.is_none()
    }
}

impl ListDiff<TurnServer> {
    /// Returns the new state of a removed server that only has a new login.
    pub fn successor(&self, removed: &TurnServer) -> Option<&TurnServer> {
        self.added.iter().find(|added| added.uri == removed.uri)
    }

    /// Returns the keys that changed in a server of the same address; none if the server is new.
    pub fn changed_keys(&self, added: &TurnServer) -> Vec<&'static str> {
        let Some(old) = self.removed.iter().find(|old| old.uri == added.uri) else { return Vec::new() };
        let mut keys = Vec::new();
        if old.username != added.username {
            keys.push("username");
        }
        if old.credential != added.credential {
            let credential = added.credential.as_ref().or(old.credential.as_ref());
            keys.extend(credential.map(Credential::key));
        }
        keys
    }
}

/// Compares two states of the settings in effect.
pub fn diff(before: &Settings, after: &Settings) -> Diff {
    Diff {
        stun: list_diff(&before.stun.entries, &after.stun.entries),
        turn: list_diff(&before.turn.entries, &after.turn.entries),
        reactions: list_diff(&before.reactions.entries, &after.reactions.entries),
        policy: (before.policy != after.policy).then_some((before.policy, after.policy)),
    }
}

fn list_diff<T: Entry>(before: &[T], after: &[T]) -> ListDiff<T> {
    // Most edits change little, so the same entries at both ends need no search.
    let same = |(old, new): &(&T, &T)| old == new;
    let first = before.iter().zip(after).take_while(same).count();
    let ends = before[first..].iter().rev().zip(after[first..].iter().rev());
    let last = ends.take_while(same).count();
    let (before, changed) = (&before[first..before.len() - last], &after[first..after.len() - last]);
    if is_shifted(before, changed) || is_shifted(changed, before) {
        return ListDiff { moved: Some(after.to_vec()), ..ListDiff::default() };
    }
    let mut rest: HashMap<&T::Key, VecDeque<usize>> = HashMap::with_capacity(before.len());
    for (index, entry) in before.iter().enumerate() {
        rest.entry(entry.key()).or_default().push_back(index);
    }
    let mut diff = ListDiff::default();
    let mut kept = Vec::with_capacity(changed.len());
    for entry in changed {
        let same = rest.get_mut(entry.key());
        match same.filter(|indexes| indexes.front().is_some_and(|index| before[*index] == *entry)) {
            Some(indexes) => kept.extend(indexes.pop_front()),
            None => diff.added.push(entry.clone()),
        }
    }
    let mut gone: Vec<usize> = rest.into_values().flatten().collect();
    gone.sort_unstable();
    diff.removed = gone.into_iter().map(|index| before[index].clone()).collect();
    diff.moved = (!kept.is_sorted()).then(|| after.to_vec());
    diff
}

/// Whether the first entry of one list is the last of the other, which is else the same: a move, found without hashes, which
/// take a quarter more instructions for an edit of 10,000 entries.
fn is_shifted<T: PartialEq>(one: &[T], other: &[T]) -> bool {
    match (one.split_first(), other.split_last()) {
        (Some((first, one)), Some((last, other))) => first == last && one == other,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::address::Kind;
    use super::super::file::replace::parse;
    use super::*;

    fn state(text: &str) -> Settings {
        parse(text.as_bytes()).unwrap()
    }

    #[test]
    fn finds_new_removed_changed_and_moved_entries() {
        let uri = |text: &str| ServerUri::parse(text, Kind::Stun).unwrap();
        let uris = |texts: &str| texts.split(' ').map(uri).collect::<Vec<_>>();
        let of = |before, after| list_diff(&uris(before), &uris(after));
        assert!(of("a b a", "a b a").is_empty());
        let diff = of("a b c", "d a c");
        assert_eq!((diff.added, diff.removed, diff.moved), (uris("d"), uris("b"), None));
        let diff = of("a b", "b a");
        assert_eq!((diff.added.len(), diff.removed.len()), (0, 0));
        assert_eq!(diff.moved, Some(uris("b a")));
        assert_eq!(of("a a", "a").removed, uris("a"));
        for moved in ["b c d a e", "d a b c e"] {
            let diff = of("a b c d e", moved);
            assert_eq!((diff.added.len(), diff.removed.len(), diff.moved), (0, 0, Some(uris(moved))));
        }

        let server = |rest: &str| state(&format!("[[turn.servers]]\nuri = 't'\n{rest}"));
        let diff =
            super::diff(&server("username = 'u'\npassword = 'x'"), &server("username = 'u'\npassword = 'y'"));
        assert_eq!((diff.turn.added.len(), diff.turn.removed.len()), (1, 1));
        assert_eq!(diff.turn.changed_keys(&diff.turn.added[0]), ["password"]);
        assert!(diff.dropped().is_empty());
    }
}
