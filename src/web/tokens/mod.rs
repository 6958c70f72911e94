//! The users of the Web API: a file with one line for each. Tokens are kept and compared as hashes only.

pub mod line;
mod rooms;
mod until;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Bound;
use std::sync::Arc;

use subtle::{Choice, ConstantTimeEq as _};

use self::line::{Line, LineError, SHORT_TOKEN, TokenHash, parse_line};
use self::rooms::Rooms;
pub(super) use self::until::Until;
use super::call::CallId;
use super::reload::{File, LoadError, Loaded};
use crate::text::shortened;

/// At most this many lines of a kind lead to a message each.
const MAX_WARNINGS: usize = 10;

/// The users.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    /// The hashes are beside each other in memory, because each request compares all of them.
    accounts: Vec<(TokenHash, Arc<Account>)>,
    by_name: HashMap<Arc<str>, Arc<Account>>,
    /// Those whose tokens end, by that time.
    ending: BTreeMap<Until, Vec<Arc<Account>>>,
}

/// A user, and what the token is good for.
#[derive(Debug)]
pub(super) struct Account {
    pub(super) name: Arc<str>,
    hash: TokenHash,
    rooms: Rooms,
    pub(super) until: Option<Until>,
}

/// Reads the file. Lines with errors are left out, and without a file there are no users: a revoked token must not remain
/// valid because of a mistake elsewhere.
pub(super) fn parse([(store, snapshot)]: [File<'_>; 1]) -> Result<Loaded<Tokens>, LoadError> {
    let snapshot = snapshot?;
    let name = store.name();
    let error =
        |place: &str, what: &str, public: String| LoadError { message: format!("{place}: {what}"), public };
    let Some(bytes) = snapshot.bytes() else {
        // Its name may be anything that was typed in its place.
        let what = "there is no such file";
        let missing = error(&shortened(&name), what, what.to_owned());
        let degraded = vec![missing, no_restart(&shortened(&name))];
        return Ok(Loaded { degraded, ..Loaded::new(Tokens::default()) });
    };
    let Read { tokens, errors, notes, has_tokens } = Tokens::read(bytes);
    let mut degraded: Vec<_> = errors
        .iter()
        .take(MAX_WARNINGS)
        .map(|(number, what)| {
            error(&format!("{name}:{number}"), &what.to_string(), format!("line {number} is ignored"))
        })
        .collect();
    if errors.len() > MAX_WARNINGS {
        let more = match errors.len() - MAX_WARNINGS {
            1 => "1 more line is ignored".to_owned(),
            more => format!("{more} more lines are ignored"),
        };
        degraded.push(error(&name, &more, more.clone()));
    }
    if tokens.accounts.is_empty() {
        let what = "it contains no token; expected one name:token per line";
        degraded.push(error(&name, what, what.to_owned()));
    }
    if !degraded.is_empty() {
        degraded.push(no_restart(&name));
    }
    let mut warnings: Vec<_> =
        notes.iter().map(|(number, what)| format!("{name}:{number}: {what}")).collect();
    // A line with an error may contain one.
    if (has_tokens || !errors.is_empty()) && snapshot.readable_by_others() {
        warnings.push(format!("{name} contains tokens, and other users can read it; run 'chmod o=' on it"));
    }
    Ok(Loaded { value: tokens, warnings, degraded })
}

/// Says what follows from each mistake in the file: at a start it is an error, which no administrator should first learn
/// of when the machine restarts.
fn no_restart(name: &str) -> LoadError {
    LoadError {
        message: format!("{name}: serve does not start with this file; correct it before the next restart"),
        public: "a restart would fail".to_owned(),
    }
}

/// The users of a file, and what is to be said about its lines, with their numbers.
#[derive(Default)]
struct Read {
    tokens: Tokens,
    errors: Vec<(usize, LineError)>,
    notes: Vec<(usize, String)>,
    /// Whether it has tokens themselves, and not only their hashes.
    has_tokens: bool,
}

impl Tokens {
    fn read(bytes: &[u8]) -> Read {
        let mut read = Read::default();
        let (mut short, mut ended) = (Vec::new(), Vec::new());
        let mut hashes = HashSet::new();
        let bytes = bytes.strip_prefix("\u{feff}".as_bytes()).unwrap_or(bytes);
        for (number, line) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
            let line = str::from_utf8(line).map(str::trim);
            if line.is_ok_and(|line| line.is_empty() || line.starts_with('#')) {
                continue;
            }
            let line = line.map_err(|_| LineError::NotText).and_then(parse_line);
            match line.and_then(|line| read.tokens.add(&line, &mut hashes).map(|()| line)) {
                Ok(line) => {
                    read.has_tokens |= !line.is_hashed;
                    short.extend(line.is_short.then_some(number));
                    ended.extend(
                        line.until.filter(|until| *until <= Until::now()).map(|until| (number, until)),
                    );
                }
                Err(error) => read.errors.push((number, error)),
            }
        }
        let short = short.into_iter().take(MAX_WARNINGS).map(|number| (number, SHORT_TOKEN.to_owned()));
        let ended = ended.into_iter().take(MAX_WARNINGS);
        read.notes = short
            .chain(ended.map(|(number, until)| (number, format!("the token ended at {until}"))))
            .collect();
        read
    }

    fn add(&mut self, line: &Line<'_>, hashes: &mut HashSet<TokenHash>) -> Result<(), LineError> {
        if self.by_name.contains_key(line.name) {
            return Err(LineError::SameName);
        }
        if !hashes.insert(line.hash) {
            return Err(LineError::SameToken);
        }
        let Line { name, hash, ref rooms, until, .. } = *line;
        let account = Arc::new(Account { name: name.into(), hash, rooms: rooms.clone(), until });
        self.by_name.insert(Arc::clone(&account.name), Arc::clone(&account));
        if let Some(until) = until {
            self.ending.entry(until).or_default().push(Arc::clone(&account));
        }
        self.accounts.push((hash, account));
        Ok(())
    }

    /// Returns the user whose token this is, unless it has ended. Compares it with all, each in constant time, so that
    /// the time reveals nothing about them.
    pub(super) fn user(&self, token: &str) -> Option<Arc<Account>> {
        let hash = TokenHash::of_any(token);
        let mut found = None;
        for (own, account) in &self.accounts {
            let same: Choice = own.0.ct_eq(&hash.0);
            if bool::from(same) {
                found = Some(account);
            }
        }
        found.filter(|account| account.is_valid()).cloned()
    }

    /// Returns the user of this name.
    pub(super) fn named(&self, user: &str) -> Option<&Account> {
        self.by_name.get(user).map(AsRef::as_ref)
    }

    /// Returns what a user of this or earlier tokens may do now, if the token is still the same and has not ended.
    pub(super) fn still(&self, account: &Account) -> Option<&Account> {
        self.named(&account.name).filter(|own| own.hash == account.hash && own.is_valid())
    }

    /// Whether a user of this or earlier tokens still has the same token, and may enter the room of a call with it.
    pub(super) fn admit(&self, account: &Account, call: &CallId) -> bool {
        self.still(account).is_some_and(|own| own.may_enter(call))
    }

    /// Returns the users whose tokens ended after `from`, and not after `to`.
    pub(super) fn ended_between(&self, from: Until, to: Until) -> impl Iterator<Item = &Account> {
        let ended = (from < to).then(|| self.ending.range((Bound::Excluded(from), Bound::Included(to))));
        ended.into_iter().flatten().flat_map(|(_, accounts)| accounts).map(AsRef::as_ref)
    }
}

impl Account {
    /// Whether the user may enter the room of a call.
    pub(super) fn may_enter(&self, call: &CallId) -> bool {
        self.rooms.contain(&call.team, &call.channel)
    }

    /// Creates the account of a user for tests of what does not depend on the token.
    #[cfg(test)]
    pub(super) fn for_test(name: &str) -> Arc<Self> {
        let (hash, rooms) = (TokenHash::of_any(name), Rooms::all());
        Arc::new(Account { name: name.into(), hash, rooms, until: None })
    }

    /// Whether the token has not ended.
    fn is_valid(&self) -> bool {
        self.until.is_none_or(|until| Until::now() < until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "alice:0123456789abcdef";

    fn call() -> CallId {
        CallId { team: "t".to_owned(), channel: "c".to_owned() }
    }

    #[test]
    fn skips_comments_and_empty_lines_and_finds_the_user_of_a_token() {
        let text = format!("\u{feff}# who\n\n  {A}  \r\nbob : fedcba9876543210:x\n");
        let tokens = Tokens::read(text.as_bytes()).tokens;
        let user = |token| tokens.user(token).map(|account| account.name.to_string());
        assert_eq!(user("0123456789abcdef").as_deref(), Some("alice"));
        assert_eq!(user("fedcba9876543210:x").as_deref(), Some("bob"));
        for token in ["", "0123456789abcde", "0123456789abcdefg", "alice:0123456789abcdef"] {
            assert_eq!(user(token), None, "{token}");
        }
    }

    #[test]
    fn the_text_of_a_hash_is_not_a_token() {
        let hash = line::TokenHash::of("0123456789abcdef").unwrap().to_string();
        let tokens = Tokens::read(format!("alice:{hash}\n").as_bytes()).tokens;
        assert!(tokens.user("0123456789abcdef").is_some());
        assert!(tokens.user(&hash).is_none() && tokens.user(&hash["sha256:".len()..]).is_none());
    }

    #[test]
    fn a_line_with_an_error_is_left_out_and_of_two_with_the_same_name_or_token_the_later_one() {
        let text = format!(
            "{A}\nalice:1123456789abcdef\n\nbob:0123456789abcdef\ncarol\ndan:ä\neve:1123456789abcdef\nshort:s\n"
        );
        let bytes =
            [text.as_bytes(), b"\xff:2123456789abcdef\nold:3123456789abcdef until=1999-12-31T23:59:59Z"]
                .concat();
        let read = Tokens::read(&bytes);
        let names: Vec<_> = read.tokens.accounts.iter().map(|(_, account)| &*account.name).collect();
        assert_eq!(names, ["alice", "eve", "short", "old"]);
        let errors = [
            (2, LineError::SameName),
            (4, LineError::SameToken),
            (5, LineError::NoColon),
            (6, LineError::Token),
            (9, LineError::NotText),
        ];
        assert_eq!(read.errors, errors);
        assert_eq!(read.notes.iter().map(|(number, _)| *number).collect::<Vec<_>>(), [8, 10]);
        assert!(read.tokens.user("3123456789abcdef").is_none(), "it has ended");
    }

    #[test]
    fn a_user_with_another_token_or_without_the_room_is_not_admitted() {
        let tokens = |text: &str| Tokens::read(text.as_bytes()).tokens;
        let old = tokens(&format!("{A} rooms=t/c until=2999-01-01T00:00:00Z"));
        let alice = old.named("alice").unwrap();
        assert!(old.admit(alice, &call()) && tokens(A).admit(alice, &call()));
        for other in [
            "",
            "bob:0123456789abcdef",
            "alice:0123456789abcdeX",
            &format!("{A} rooms=t/d"),
            &format!("{A} until=1999-01-01T00:00:00Z"),
        ] {
            assert!(!tokens(other).admit(alice, &call()), "{other}");
        }
    }
}
