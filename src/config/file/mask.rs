//! Finds the secrets in a line of a settings file before an error shows it.

use super::lines::line_start;
use crate::config::address::Scheme;

/// Returns the start of the first secret in the `line` at `start`.
pub(crate) fn first_secret(source: &str, start: usize, line: &str) -> Option<usize> {
    let before = &source[..start];
    let of_turn = is_of_turn(before);
    let trimmed = line.trim_start();
    let continues = of_turn && !trimmed.is_empty() && !line.contains('=') && !trimmed.starts_with(['[', '#']);
    if continues || in_block(before) || awaits_secret(before) {
        return Some(0);
    }
    secret_in(line, of_turn).into_iter().chain(user_info_in(line)).min()
}

/// Returns where a text in quotes on this line may begin to hold a secret, as in [`shortened`](crate::text::shortened):
/// an address with a parameter, a space, or an escape, which may stand for an '@'.
pub(crate) fn end_of_text(line: &str) -> Option<usize> {
    let mut opened: Option<(usize, char)> = None;
    for (at, c) in line.char_indices() {
        match opened {
            None if matches!(c, '"' | '\'') => opened = Some((at, c)),
            None => {}
            Some((_, quote)) if c == quote => opened = None,
            Some((start, _)) if c == '\\' => return Some(start + 1),
            Some(_) if c.is_whitespace() || (c == '?' && !is_transport(&line[at..])) => return Some(at),
            Some(_) => {}
        }
    }
    None
}

/// Whether `text` begins with the parameter that addresses may have.
fn is_transport(text: &str) -> bool {
    ["?transport=udp", "?transport=tcp"]
        .iter()
        .any(|parameter| text.strip_prefix(parameter).is_some_and(|after| after.starts_with(['"', '\''])))
}

/// The keys whose values are never secret, and `transport`, which addresses contain.
pub(crate) const SHOWN: [&str; 10] = [
    "stun",
    "turn",
    "ice",
    "reactions",
    "servers",
    "emojis",
    "transport-policy",
    "uri",
    "username",
    "transport",
];

/// Returns the start of a secret value in `line`, judged by words alone, because the line may not be TOML. Keys may be
/// misspelled: in TURN servers, only the values of known keys are shown.
fn secret_in(line: &str, of_turn: bool) -> Option<usize> {
    let lower = line.to_ascii_lowercase();
    let word = ["password", "secret"].iter().filter_map(|word| lower.find(word)).min();
    let after_word = word.map(|word| {
        let separator = line[word..].find(['=', ':', '"', '\'', ' ']);
        separator.map_or(word, |at| word + at + 1)
    });
    let of_server = of_turn || lower.contains('{');
    let separators = lower.match_indices(['=', ':']).filter_map(|(at, separator)| {
        let before = lower[..at].trim_end();
        // A colon after a quoted key is JSON; other colons belong to addresses.
        let is_key = separator == "=" || before.ends_with(['"', '\'']);
        let key =
            before.trim_end_matches(['"', '\'']).rsplit(|c: char| !(c.is_alphanumeric() || "-_".contains(c)));
        is_key.then_some((at, key.into_iter().next().unwrap_or_default()))
    });
    let mut hidden = separators
        .filter(|(_, key)| !SHOWN.contains(key) && (of_server || resembles_secret(key)))
        .map(|(at, _)| at + 1);
    after_word.into_iter().chain(hidden.next()).min()
}

/// Returns the start of the user name and password of an address in `line`, judged by the '@' alone, because the line
/// may not be TOML. Passwords may contain anything, so this is the end of the last quoted scheme, or else the start of
/// the first value.
fn user_info_in(line: &str) -> Option<usize> {
    let before = &line[..line.find('@')?];
    let after_scheme = before.rmatch_indices(['"', '\'']).find_map(|(quote, _)| {
        let (scheme, _) = before[quote + 1..].split_once(':')?;
        Scheme::parse(scheme).map(|_| quote + 1 + scheme.len() + 1)
    });
    after_scheme.or_else(|| before.find(['"', '\'', '=']).map(|at| at + 1)).or(Some(0))
}

/// Whether a key resembles that of a secret.
fn resembles_secret(key: &str) -> bool {
    ["pass", "pw", "secret", "cred", "token", "key"].iter().any(|word| key.contains(word))
        || ["password", "secret"].iter().any(|word| strsim::jaro_winkler(word, key) >= 0.75)
}

/// Whether the section at the end of `before` is about TURN servers.
fn is_of_turn(before: &str) -> bool {
    let header = before.lines().rev().map(str::trim_start).find(|line| line.starts_with('['));
    header.is_some_and(|header| header.contains("turn"))
}

/// Whether the end of `before` is inside a multi-line string.
fn in_block(before: &str) -> bool {
    ["\"\"\"", "'''"].iter().any(|quotes| before.matches(quotes).count() % 2 == 1)
}

/// Whether `before` ends with the key of a secret, whose value then follows on the next line.
fn awaits_secret(before: &str) -> bool {
    let before = before.trim_end();
    let (above, line) = before.split_at(line_start(before, before.len()));
    before.ends_with([':', '=', '[', '{']) && secret_in(line, is_of_turn(above)).is_some()
}

#[cfg(test)]
mod tests {
    use super::super::diagnostic::tests::diagnostic;
    use crate::config::turn::MASK;

    #[test]
    fn secrets_are_masked_in_every_line() {
        for source in [
            "password = 'hunter2",
            "PASSWORD= hunter2 x",
            "servers = [{ secret = \"hunter2\", uri = 3 }]",
            "{\"password\":\"hunter2\"}",
            "password hunter2",
            "password = \"\"\"\nline\nhunter2\n",
            "secret = '''hunter2\nhunter2",
            // Misspelled keys, and secrets in the wrong place.
            "passwort = 'hunter2",
            "PWD = hunter2",
            "secrect = hunter2",
            "[[turn.servers]]\nuri = 'a'\nx = 'hunter2",
            "[[turn.servers]]\nx = [\n  'hunter2', y\n",
            "[turn]\nservers = [{ uri = 'a', x = 'hunter2",
            "turn.servers = [\n{ uri = 'a', x = 'hunter2",
            "[[turn.servers]]\nx = '''\n\nhunter2",
            "{\"pass\":\"hunter2\"}",
            // User names and passwords in addresses.
            "uri = 'turn:alice:hunter2@turn.example.de'",
            "uri = \"alice:hunter2@turn.example.de",
            "uri = turn:alice:hunter2@turn.example.de",
            "turn:alice:hunter2@turn.example.de",
            "servers = ['stun:a', \"TURN:alice:'hunter2 @turn.example.de\"]",
            "servers = ['stun:a@b', 'turn:alice:hunter2@turn.example.de']",
            "{\"uri\":\"turns:alice:hunter2@turn.example.de\"}",
        ] {
            let shown = diagnostic(source, "hunter2");
            assert!(!shown.excerpt().contains("hunter2"), "{}", shown.excerpt());
        }
        let after = diagnostic("password = \"\"\"\nx\n\"\"\"\nuri = 3", "3");
        assert_eq!(after.text, "uri = 3");
        let address =
            diagnostic("servers = ['stun:a', 'turn:alice:hunter2@b'] # c", "'turn:alice:hunter2@b'");
        assert_eq!(address.text, format!("servers = ['stun:a', 'turn:{MASK}"));
        assert_eq!(address.marker, (21, 6 + MASK.len()));
        for (source, marked) in [
            ("[[turn.servers]]\nuri = 'turn:a?transport=udp'", "'turn:a?transport=udp'"),
            ("[[turn.servers]]\nusername = 'ada", "ada"),
            ("[turn]\nservers = [\n  # x\n  { uri = 3", "3"),
            ("[turn\n", "turn"),
            ("[stun]\nservers = ['a:0']\nhost = 'x", "x"),
        ] {
            assert!(diagnostic(source, marked).text.contains(marked), "{source}");
        }
        for (source, marked, text) in [
            ("a = ['b c', \"hunter2\", 3] # hunter2", "3", "a = ['b…"),
            ("a = ['turn:b?hunter2', 3]", "3", "a = ['turn:b…"),
            ("a = ['turn:b?transport=udp&hunter2']", "'turn:b?transport=udp&hunter2'", "a = ['turn:b…"),
            ("a = [\"hunter2\\u0040b\"]", "\"hunter2\\u0040b\"", "a = [\"…"),
            ("a = [3, 'hunter2'] # hunter2", "3", "a = [3 …"),
            ("a = 3 # hunter2", "3", "a = 3 …"),
            ("a = [ # hunter2\n 3 ]", "[ # hunter2\n 3 ]", "a = [ …"),
        ] {
            assert_eq!(diagnostic(source, marked).text, text, "{source}");
        }
    }
}
