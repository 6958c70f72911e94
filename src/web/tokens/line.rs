//! A line of the token file: a name, a token or its hash, and where and how long it is valid.

use sha2::{Digest as _, Sha256};
use thiserror::Error;

use super::rooms::{Rooms, hex};
use super::until::Until;

/// A shorter token could be guessed.
const SAFE_LENGTH: usize = 16;
/// The warning about such a token.
pub(super) const SHORT_TOKEN: &str =
    "the token is shorter than 16 characters and could be guessed; create one with 'openssl rand -hex 24'";
/// The longest token in bytes; it has to fit into a header.
const MAX_TOKEN: usize = 1024;
/// The longest name in bytes; events and the log show it.
const MAX_NAME: usize = 64;
/// What the hash of a token begins with.
const HASH: &str = "sha256:";

/// The SHA-256 hash of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TokenHash(pub(super) [u8; 32]);

/// A line: who has which token, for what and how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// The user.
    pub name: &'a str,
    /// The hash of the token.
    pub hash: TokenHash,
    /// Whether the line has only the hash of the token.
    pub is_hashed: bool,
    /// Whether the token could be guessed. The length of a hashed one is unknown.
    pub is_short: bool,
    /// The rooms that the user may enter.
    pub rooms: Rooms,
    /// The end of the token, if it has one.
    pub until: Option<Until>,
}

/// Why a line, or a token, is not valid. No message quotes it, because any part of it may be a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum LineError {
    #[error("expected name:token")]
    NoColon,
    #[error("expected a name of 1 to {MAX_NAME} bytes before the colon")]
    Name,
    #[error("expected a token of 1 to {MAX_TOKEN} ASCII characters without spaces")]
    Token,
    #[error("expected 64 hexadecimal digits after '{HASH}'")]
    Hash,
    #[error("this is the hash of a token, not a token")]
    HashOfToken,
    #[error("expected only 'rooms=…' and 'until=…' after the token, each at most once")]
    Option,
    #[error(
        "expected team/channel, or * for all, after 'rooms=', separated by commas, with names that are percent-encoded"
    )]
    Rooms,
    #[error("expected a time such as 2027-01-31T18:00:00+01:00 after 'until='")]
    Until,
    #[error("the line is not UTF-8 text")]
    NotText,
    #[error("this name already has a token")]
    SameName,
    #[error("this token already belongs to another name")]
    SameToken,
}

impl TokenHash {
    /// Returns the hash of a token.
    ///
    /// # Errors
    /// When this cannot be a token.
    pub fn of(token: &str) -> Result<Self, LineError> {
        let is_valid = !token.is_empty() && token.len() <= MAX_TOKEN;
        if !is_valid || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(LineError::Token);
        }
        // The text of a hash, even of a damaged one, never becomes a token: those who read the file could use it.
        if hash_digits(token).is_some() { Err(LineError::HashOfToken) } else { Ok(TokenHash::of_any(token)) }
    }

    /// Returns the hash of what a client sent as its token.
    pub(super) fn of_any(text: &str) -> Self {
        TokenHash(Sha256::digest(text.as_bytes()).into())
    }

    /// Parses the digits of a hash.
    fn parse(digits: &str) -> Option<Self> {
        let mut hash = [0; 32];
        let digits = digits.as_bytes();
        if digits.len() != 2 * hash.len() {
            return None;
        }
        for (byte, digits) in hash.iter_mut().zip(digits.chunks_exact(2)) {
            let [high, low] = digits else { return None };
            *byte = hex(*high, *low)?;
        }
        Some(TokenHash(hash))
    }
}

/// As a line of the token file has it.
impl std::fmt::Display for TokenHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(HASH)?;
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

/// Whether a token of this length could be guessed.
pub const fn is_short(token: &str) -> bool {
    token.len() < SAFE_LENGTH
}

/// Parses a line that is neither empty nor a comment.
///
/// # Errors
/// When it has another form.
pub fn parse_line(line: &str) -> Result<Line<'_>, LineError> {
    let (name, rest) = line.split_once(':').ok_or(LineError::NoColon)?;
    let name = name.trim();
    if name.is_empty() || name.len() > MAX_NAME || name.chars().any(char::is_control) {
        return Err(LineError::Name);
    }
    let mut words = rest.trim().split([' ', '\t']).filter(|word| !word.is_empty());
    let token = words.next().ok_or(LineError::Token)?;
    let digits = hash_digits(token);
    let hash = match digits {
        Some(digits) => TokenHash::parse(digits).ok_or(LineError::Hash)?,
        None => TokenHash::of(token)?,
    };
    let is_hashed = digits.is_some();
    let is_short = !is_hashed && is_short(token);
    let (mut rooms, mut until) = (None, None);
    for word in words {
        match word.split_once('=') {
            Some(("rooms", list)) if rooms.is_none() => {
                rooms = Some(Rooms::parse(list).ok_or(LineError::Rooms)?);
            }
            Some(("until", time)) if until.is_none() => {
                until = Some(Until::parse(time).ok_or(LineError::Until)?);
            }
            _ => return Err(LineError::Option),
        }
    }
    Ok(Line { name, hash, is_hashed, is_short, rooms: rooms.unwrap_or_else(Rooms::all), until })
}

/// Returns what follows `sha256:`, in either case.
fn hash_digits(token: &str) -> Option<&str> {
    let (start, digits) = token.split_at_checked(HASH.len())?;
    start.eq_ignore_ascii_case(HASH).then_some(digits)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// `printf 0123456789abcdef | sha256sum`
    const HASHED: &str = "sha256:9f9f5111f7b27a781f1f1ddde5ebc2dd2b796bfc7365c9c28b548e564176929f";

    #[test]
    fn old_lines_keep_their_meaning() {
        for (line, name, token) in [
            ("alice:0123456789abcdef", "alice", "0123456789abcdef"),
            (" Alice Smith  :  fedcba9876543210:x \t", "Alice Smith", "fedcba9876543210:x"),
            ("a%20b:rooms=t/c", "a%20b", "rooms=t/c"),
            ("sha256:abc", "sha256", "abc"),
            ("a=b:until=x", "a=b", "until=x"),
        ] {
            let found = parse_line(line).unwrap();
            let expected = (name, TokenHash::of_any(token), Rooms::all(), None);
            assert_eq!((found.name, found.hash, found.rooms, found.until), expected, "{line}");
            assert_eq!(found.is_short, token.len() < 16, "{line}");
        }
    }

    #[test]
    fn a_line_may_have_a_hash_rooms_and_an_end() {
        let upper = HASHED.to_uppercase();
        for token in ["0123456789abcdef", HASHED, &upper] {
            for options in
                ["rooms=t/c,u/* until=2027-01-31T17:00:00Z", "until=2027-01-31T17:00:00Z \t rooms=t/c,u/*"]
            {
                let line = format!("bob: {token}\t{options}");
                let found = parse_line(&line).unwrap();
                assert_eq!((found.name, found.hash.to_string()), ("bob", HASHED.to_owned()), "{line}");
                assert!(found.rooms.contain("u", "x") && !found.rooms.contain("t", "x"), "{line}");
                assert_eq!(found.until, Until::parse("2027-01-31T17:00:00Z"), "{line}");
            }
        }
    }

    #[test]
    fn other_lines_are_errors_that_do_not_quote_them() {
        for (line, expected) in [
            ("0123456789abcdef", LineError::NoColon),
            (":0123456789abcdef", LineError::Name),
            ("alice:", LineError::Token),
            ("alice: \t ", LineError::Token),
            ("alice:0123456789äbcdef", LineError::Token),
            ("alice:0123456789 abcdef", LineError::Option),
            ("alice:0123456789 Rooms=*", LineError::Option),
            ("alice:0123456789 rooms=* rooms=*", LineError::Option),
            ("alice:0123456789 rooms=t", LineError::Rooms),
            ("alice:0123456789 until=2027", LineError::Until),
            ("alice:sha256:", LineError::Hash),
            ("alice:sha256:0123456789", LineError::Hash),
            ("alice:SHA256:0123456789", LineError::Hash),
            (&format!("alice:{HASHED}0"), LineError::Hash),
            (&format!("alice:{}", HASHED.replace('9', "g")), LineError::Hash),
        ] {
            let error = parse_line(line).unwrap_err();
            assert_eq!(error, expected, "{line}");
            assert!(!error.to_string().contains("0123456789"), "{error}");
        }
        assert_eq!(TokenHash::of(HASHED), Err(LineError::HashOfToken), "a hash of a hash is of no use");
    }

    proptest! {
        #[test]
        fn any_line_is_valid_or_an_error_and_the_hash_of_its_token_means_the_same(
            name in "[a-zA-Z %=ä]{1,12}",
            token in "[!-~]{1,40}",
            options in "( rooms=[a-z*/%,2A]{0,9}| until=[0-9TZ:+-]{0,25}| [!-~]{0,9})?",
        ) {
            let line = format!("{name}:{token}{options}");
            match parse_line(&line) {
                Ok(found) => {
                    let hashed = format!("{name}:{}{options}", found.hash);
                    let hashed = parse_line(&hashed).unwrap();
                    let Line { is_hashed, is_short, .. } = found;
                    prop_assert_eq!(Line { is_hashed, is_short, ..hashed }, found);
                }
                Err(error) => prop_assert!(token.len() < 6 || !error.to_string().contains(&token)),
            }
        }
    }
}
