//! Who may use the Web API: a file with one `name:token` a line. Tokens are kept and compared as hashes only.

use std::collections::HashSet;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq as _};

use super::reload::{Parsed, Trouble};
use crate::store::{Snapshot, Store};

/// A token that is shorter could be guessed.
const SAFE_LENGTH: usize = 16;
/// Of how many such tokens there is a warning.
const MOST_WARNINGS: usize = 10;
/// The longest token that fits into a header with ease.
const LONGEST_TOKEN: usize = 1024;
/// Names are shown in events and in the log.
const LONGEST_NAME: usize = 64;

type Hash = [u8; 32];

/// All users with the hashes of their tokens.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    users: Vec<(Arc<str>, Hash)>,
}

/// Reads the file.
pub(super) fn parse(store: &Store, snapshot: &Snapshot) -> Result<Parsed<Tokens>, Trouble> {
    let trouble = |what: String| Trouble {
        message: format!("{}{what}", store.name()),
        public: what.trim_start_matches(':').trim_start().to_owned(),
    };
    let bytes = snapshot.bytes().ok_or_else(|| trouble(": there is no such file".to_owned()))?;
    let text = std::str::from_utf8(bytes).map_err(|_| trouble(": this is no UTF-8 text".to_owned()))?;
    let (value, short) = Tokens::read(text).map_err(trouble)?;
    let mut warnings: Vec<_> = short
        .iter()
        .take(MOST_WARNINGS)
        .map(|number| {
            format!(
                "{}:{number}: the token is shorter than {SAFE_LENGTH} characters and could be guessed; make one with 'openssl rand -hex 24'",
                store.name()
            )
        })
        .collect();
    if snapshot.readable_by_others() {
        let name = store.name();
        warnings
            .push(format!("{name} holds tokens, and other users can read it. Run 'chmod 600' on that file."));
    }
    Ok(Parsed { value, warnings })
}

impl Tokens {
    /// The users, and the numbers of the lines whose token could be guessed.
    fn read(text: &str) -> Result<(Self, Vec<usize>), String> {
        let (mut tokens, mut short) = (Tokens::default(), Vec::new());
        let (mut names, mut hashes) = (HashSet::new(), HashSet::new());
        for (number, line) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            // What is wrong is told without the text of the line, which may be a token.
            let (name, token) = user(line).map_err(|what| format!(":{number}: {what}"))?;
            if token.len() < SAFE_LENGTH {
                short.push(number);
            }
            let hash: Hash = Sha256::digest(token.as_bytes()).into();
            if !names.insert(name) {
                return Err(format!(":{number}: this name has a token already"));
            }
            if !hashes.insert(hash) {
                return Err(format!(":{number}: this token belongs to another name already"));
            }
            tokens.users.push((name.into(), hash));
        }
        if tokens.users.is_empty() {
            return Err(": it holds no token; expected one name:token a line".to_owned());
        }
        Ok((tokens, short))
    }

    /// Whose token this is. All are compared, each in constant time, so that the time tells nothing about them.
    pub(super) fn user(&self, token: &str) -> Option<Arc<str>> {
        let hash: Hash = Sha256::digest(token.as_bytes()).into();
        let mut found = None;
        for (name, own) in &self.users {
            let same: Choice = own.ct_eq(&hash);
            if bool::from(same) {
                found = Some(Arc::clone(name));
            }
        }
        found
    }

    /// Whether `user` has the same token here as in `before`.
    pub(super) fn keeps(&self, user: &str, before: &Tokens) -> bool {
        let hash =
            |tokens: &Tokens| tokens.users.iter().find(|(name, _)| &**name == user).map(|(_, hash)| *hash);
        hash(self).is_some() && hash(self) == hash(before)
    }
}

/// The name and the token of a line.
fn user(line: &str) -> Result<(&str, &str), String> {
    let (name, token) = line.split_once(':').ok_or("expected name:token")?;
    let (name, token) = (name.trim(), token.trim());
    if name.is_empty() || name.len() > LONGEST_NAME || name.chars().any(char::is_control) {
        return Err(format!("expected a name of 1 to {LONGEST_NAME} bytes before the colon"));
    }
    if token.is_empty() || token.len() > LONGEST_TOKEN || !token.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(format!("expected a token of 1 to {LONGEST_TOKEN} ASCII characters without blanks"));
    }
    Ok((name, token))
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "alice:0123456789abcdef";

    #[test]
    fn comments_and_blanks_are_skipped_and_tokens_lead_to_their_users() {
        let tokens =
            Tokens::read(&format!("\u{feff}# who\n\n  {A}  \r\nbob : fedcba9876543210:x\n")).unwrap().0;
        let user = |token| tokens.user(token).as_deref().map(str::to_owned);
        assert_eq!(user("0123456789abcdef").as_deref(), Some("alice"));
        assert_eq!(user("fedcba9876543210:x").as_deref(), Some("bob"));
        for token in ["", "0123456789abcde", "0123456789abcdefg", "alice:0123456789abcdef"] {
            assert_eq!(user(token), None, "{token}");
        }
    }

    #[test]
    fn bad_lines_are_named_by_their_number_and_without_the_token() {
        for (text, expected) in [
            ("# nobody\n", ": it holds no token"),
            ("\n0123456789abcdef", ":2: expected name:token"),
            (":0123456789abcdef", ":1: expected a name"),
            ("alice:", ":1: expected a token of 1 to"),
            ("alice:0123456789 abcdef", ":1: expected a token of 1 to"),
            ("alice:0123456789abcdef\nalice:1123456789abcdef", ":2: this name has a token already"),
            ("alice:0123456789abcdef\nbob:0123456789abcdef", ":2: this token belongs to another name"),
        ] {
            let error = Tokens::read(text).unwrap_err();
            assert!(error.starts_with(expected), "{text}: {error}");
            assert!(!error.contains("0123456789"), "{error}");
        }
    }

    #[test]
    fn who_gets_another_token_does_not_keep_it() {
        let (old, new) = (Tokens::read(A).unwrap().0, Tokens::read("alice:0123456789abcdeX").unwrap().0);
        assert!(old.keeps("alice", &old) && !new.keeps("alice", &old) && !old.keeps("bob", &old));
    }
}
