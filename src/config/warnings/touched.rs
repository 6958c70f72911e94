//! Which warnings an edit prints: those about what it touched.

use std::path::Path;

use super::Warning;
use crate::config::address::ServerUri;
use crate::config::diff::{Diff, ListDiff};
use crate::config::settings::ListName;
use crate::config::turn::{Credential, TurnServer};

/// Returns those of the warnings `all` about the settings after an edit that concern what it touched: the entries that
/// it added or changed, a list that it made longer, a policy that it set. `diff` is what it changed of the settings.
pub fn touched(all: &[Warning], diff: &Diff) -> Vec<Warning> {
    all.iter().filter(|warning| is_touched(warning, diff)).cloned().collect()
}

/// Returns those that concern a new text of the settings file: as [`touched`] does, and its unknown keys that the text
/// before, with the warnings `known`, did not have.
pub fn touched_by_text(all: &[Warning], known: &[Warning], diff: &Diff) -> Vec<Warning> {
    let is_known = |key: &str| known.iter().any(|warning| unknown_key_of(warning) == Some(key));
    let is_new = |warning: &&Warning| unknown_key_of(warning).is_some_and(|key| !is_known(key));
    all.iter().filter(|warning| is_touched(warning, diff) || is_new(warning)).cloned().collect()
}

fn unknown_key_of(warning: &Warning) -> Option<&str> {
    if let Warning::UnknownKey { key, .. } = warning { Some(key) } else { None }
}

fn is_touched(warning: &Warning, diff: &Diff) -> bool {
    let turn = |wanted: &dyn Fn(&TurnServer) -> bool| diff.turn.added.iter().any(wanted);
    match warning {
        Warning::TooManyServers { list: ListName::Stun, .. } => !diff.stun.added.is_empty(),
        Warning::TooManyServers { .. } => has_more(&diff.turn),
        Warning::Duplicate { list: ListName::Stun, entry, .. } => {
            diff.stun.added.iter().any(|uri| uri.to_string() == *entry)
        }
        Warning::Duplicate { list: ListName::Reactions, entry, .. } => {
            diff.reactions.added.iter().any(|emoji| emoji.as_str() == entry)
        }
        Warning::Duplicate { list: ListName::Turn, entry: uri, .. }
        | Warning::CredentialsMissing { uri, .. }
        | Warning::CredentialFile { uri, .. } => turn(&|server| server.uri.to_string() == *uri),
        Warning::TransportNotInBrowsers { uri, .. } | Warning::PortBlockedInBrowsers(uri) => {
            diff.stun.added.contains(uri) || turn(&|server| server.uri == *uri)
        }
        // There is no TURN server, so one that was removed was the last.
        Warning::RelayWithoutTurn => diff.policy.is_some() || !diff.turn.removed.is_empty(),
        Warning::ReadableByOthers { credential, .. } => turn(&|server| holds(server, credential.as_deref())),
        // It concerns every change.
        Warning::HistoryUntrusted(_) => true,
        Warning::ManyForFirefox(_)
        | Warning::UnknownKey { .. }
        | Warning::ConfigMissing(_)
        | Warning::ShortToken => false,
    }
}

/// Whether there are more servers than before, or others: one with new credentials, or with a new address in the place
/// of the old one, is no addition.
fn has_more(turn: &ListDiff<TurnServer>) -> bool {
    let is_new = |uri: &ServerUri| turn.removed.iter().all(|old| old.uri != *uri);
    let new = turn.added.iter().filter(|server| is_new(&server.uri)).count();
    new > 1 || (new == 1 && turn.removed.len() != turn.added.len())
}

/// Whether the secret of a server is in the credential file, or else in the settings file.
fn holds(server: &TurnServer, file: Option<&Path>) -> bool {
    match (&server.credential, file) {
        (Some(Credential::PasswordFile(held) | Credential::SecretFile(held)), Some(file)) => held == file,
        (Some(credential), None) => credential.is_stored(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::super::check;
    use super::*;
    use crate::config::diff::diff;
    use crate::config::file::replace::parse;
    use crate::config::settings::Settings;

    fn state(text: &str) -> Settings {
        parse(format!("# settings\n{text}").as_bytes()).unwrap()
    }

    /// The codes of the warnings that an edit from one state to the other prints.
    #[track_caller]
    fn codes(before: &str, after: &str) -> Vec<&'static str> {
        let (before, after) = (state(before), state(after));
        touched(&check(&after), &diff(&before, &after)).iter().map(Warning::code).collect()
    }

    fn turn(servers: &str) -> String {
        let server = |uri: &str| format!("[[turn.servers]]\nuri = '{uri}'\nsecret = 's'\n");
        servers.split_whitespace().map(server).collect()
    }

    #[test]
    fn a_list_that_is_too_long_is_for_the_edit_that_makes_it_longer() {
        let stun = |hosts: &str| {
            format!("stun.servers = [{}]\n", hosts.split(' ').map(|h| format!("'{h}',")).collect::<String>())
        };
        assert_eq!(codes(&stun("a b c d e"), &stun("a b c d e f")), ["too-many-servers"]);
        assert_eq!(codes(&stun("a b c d e f g"), &stun("a b c d e f")), [""; 0]);
        assert_eq!(codes(&stun("a b c d e f"), &stun("b a c d e f")), [""; 0]);
        let many = stun("a b c d e f");
        assert_eq!(codes(&many, &format!("{many}\n{}", turn("t"))), [""; 0]);

        assert_eq!(codes(&turn("a b c d e"), &turn("a b c d e f")), ["too-many-servers"]);
        assert_eq!(codes(&turn("a b c d e f"), &turn("a b c d e x")), [""; 0]);
        assert_eq!(codes(&turn("u v w x y z"), &turn("a b c d e f")), ["too-many-servers"]);
        let other = turn("a b c d e f").replacen("'s'", "'other'", 1);
        assert_eq!(codes(&turn("a b c d e f"), &other), [""; 0]);
    }

    #[test]
    fn an_entry_is_for_the_edit_that_adds_or_changes_it() {
        let bare = "[[turn.servers]]\nuri = 'bare'\n";
        assert_eq!(codes("", bare), ["credentials-missing"]);
        assert_eq!(codes(bare, &format!("{bare}{}", turn("t"))), [""; 0]);
        assert_eq!(codes(bare, &format!("{bare}username = 'u'")), ["credentials-missing"]);
        assert_eq!(codes("", "stun.servers = ['stuns:a', 'b:6000']").len(), 2);
        assert_eq!(codes("stun.servers = ['stuns:a']", "stun.servers = ['b', 'stuns:a']"), [""; 0]);
        assert_eq!(codes("stun.servers = ['a']", "stun.servers = ['a', 'A']"), ["duplicate-entry"]);
        assert_eq!(codes("stun.servers = ['a', 'A']", "stun.servers = ['a', 'A', 'b']"), [""; 0]);
    }

    #[test]
    fn relay_without_turn_is_for_the_policy_and_for_the_last_turn_server() {
        let relay = "ice.transport-policy = 'relay'\n";
        assert_eq!(codes("", relay), ["relay-without-turn"]);
        assert_eq!(codes(&format!("{relay}{}", turn("t")), relay), ["relay-without-turn"]);
        assert_eq!(codes(relay, &format!("{relay}stun.servers = ['a']")), [""; 0]);
    }

    #[test]
    fn an_unknown_key_is_for_the_text_that_has_it_first() {
        let key = |key: &str, line| Warning::UnknownKey { key: key.to_owned(), meant: None, at: (line, 1) };
        let (all, none) = ([key("x", 2), key("y", 1)], Diff::default());
        assert_eq!(touched_by_text(&all, &[key("x", 1)], &none), [key("y", 1)]);
        assert_eq!(touched(&all, &none), []);
    }

    #[test]
    fn a_file_is_for_the_edit_that_puts_a_secret_into_it() {
        let readable = |credential: Option<&str>| {
            let credential = credential.map(Into::into);
            Warning::ReadableByOthers { path: "/x/f".to_owned(), credential }
        };
        let all = [readable(None), readable(Some("f"))];
        let printed = |after: &str| touched(&all, &diff(&state(""), &state(after)));
        assert_eq!(printed(&turn("t")), [readable(None)]);
        assert_eq!(printed("[[turn.servers]]\nuri = 't'\nsecret-file = 'f'"), [readable(Some("f"))]);
        assert_eq!(printed("[[turn.servers]]\nuri = 't'\nsecret-file = 'g'"), []);
    }
}
