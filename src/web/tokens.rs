//! The users of the Web API: a file with one `name:token` per line. Tokens are kept and compared as hashes only.

use std::collections::HashSet;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use subtle::{Choice, ConstantTimeEq as _};

use super::reload::{File, LoadError, Loaded};
use crate::text::shortened;

/// A shorter token could be guessed.
const SAFE_LENGTH: usize = 16;
/// At most this many such tokens lead to a warning.
const MAX_WARNINGS: usize = 10;
/// The longest token in bytes; it has to fit into a header.
const MAX_TOKEN: usize = 1024;
/// The longest name in bytes; events and the log show it.
const MAX_NAME: usize = 64;

type Hash = [u8; 32];

/// The users with the hashes of their tokens.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    users: Vec<(Arc<str>, Hash)>,
}

/// Reads the file.
pub(super) fn parse([(store, snapshot)]: [File<'_>; 1]) -> Result<Loaded<Tokens>, LoadError> {
    let snapshot = snapshot?;
    let name = store.name();
    let error = |what: String| LoadError {
        message: format!("{name}{what}"),
        public: what.trim_start_matches(':').trim_start().to_owned(),
    };
    let bytes = snapshot.bytes().ok_or_else(|| missing(&name))?;
    let text = std::str::from_utf8(bytes).map_err(|_| error(": this is not UTF-8 text".to_owned()))?;
    let (tokens, short) = Tokens::read(text).map_err(error)?;
    let mut warnings: Vec<_> = short
        .iter()
        .take(MAX_WARNINGS)
        .map(|number| {
            format!(
                "{name}:{number}: the token is shorter than {SAFE_LENGTH} characters and could be guessed; create one with 'openssl rand -hex 24'"
            )
        })
        .collect();
    if snapshot.readable_by_others() {
        warnings.push(format!("{name} contains tokens, and other users can read it; run 'chmod 600' on it"));
    }
    Ok(Loaded { warnings, ..Loaded::new(tokens) })
}

/// There is no such file; its name may be anything that was typed in its place.
fn missing(name: &str) -> LoadError {
    let public = "there is no such file".to_owned();
    LoadError { message: format!("{}: {public}", shortened(name)), public }
}

impl Tokens {
    /// Returns the users, and the numbers of the lines whose token could be guessed.
    fn read(text: &str) -> Result<(Self, Vec<usize>), String> {
        let (mut tokens, mut short) = (Tokens::default(), Vec::new());
        let (mut names, mut hashes) = (HashSet::new(), HashSet::new());
        for (number, line) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            // The error does not quote the line, which may be a token.
            let (name, token) = parse_line(line).map_err(|what| format!(":{number}: {what}"))?;
            if token.len() < SAFE_LENGTH {
                short.push(number);
            }
            let hash: Hash = Sha256::digest(token.as_bytes()).into();
            if !names.insert(name) {
                return Err(format!(":{number}: this name already has a token"));
            }
            if !hashes.insert(hash) {
                return Err(format!(":{number}: this token already belongs to another name"));
            }
            tokens.users.push((name.into(), hash));
        }
        if tokens.users.is_empty() {
            return Err(": it contains no token; expected one name:token per line".to_owned());
        }
        Ok((tokens, short))
    }

    /// Returns the user whose token this is. Compares it with all, each in constant time, so that the time reveals
    /// nothing about them.
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
    pub(super) fn has_same_token(&self, user: &str, before: &Tokens) -> bool {
        let hash =
            |tokens: &Tokens| tokens.users.iter().find(|(name, _)| &**name == user).map(|(_, hash)| *hash);
        hash(self).is_some() && hash(self) == hash(before)
    }
}

/// Returns the name and the token of a line.
fn parse_line(line: &str) -> Result<(&str, &str), String> {
    let (name, token) = line.split_once(':').ok_or("expected name:token")?;
    let (name, token) = (name.trim(), token.trim());
    if name.is_empty() || name.len() > MAX_NAME || name.chars().any(char::is_control) {
        return Err(format!("expected a name of 1 to {MAX_NAME} bytes before the colon"));
    }
    if token.is_empty() || token.len() > MAX_TOKEN || !token.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(format!("expected a token of 1 to {MAX_TOKEN} ASCII characters without spaces"));
    }
    Ok((name, token))
}

#[cfg(test)]
mod tests {
    use super::*;

    const A: &str = "alice:0123456789abcdef";

    #[test]
    fn skips_comments_and_empty_lines_and_finds_the_user_of_a_token() {
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
    fn errors_give_the_line_number_and_not_the_token() {
        for (text, expected) in [
            ("# nobody\n", ": it contains no token"),
            ("\n0123456789abcdef", ":2: expected name:token"),
            (":0123456789abcdef", ":1: expected a name"),
            ("alice:", ":1: expected a token of 1 to"),
            ("alice:0123456789 abcdef", ":1: expected a token of 1 to"),
            ("alice:0123456789abcdef\nalice:1123456789abcdef", ":2: this name already has a token"),
            (
                "alice:0123456789abcdef\nbob:0123456789abcdef",
                ":2: this token already belongs to another name",
            ),
        ] {
            let error = Tokens::read(text).unwrap_err();
            assert!(error.starts_with(expected), "{text}: {error}");
            assert!(!error.contains("0123456789"), "{error}");
        }
    }

    #[test]
    fn a_user_with_a_new_token_does_not_have_the_same_token() {
        let (old, new) = (Tokens::read(A).unwrap().0, Tokens::read("alice:0123456789abcdeX").unwrap().0);
        assert!(
            old.has_same_token("alice", &old)
                && !new.has_same_token("alice", &old)
                && !old.has_same_token("bob", &old)
        );
    }
}
