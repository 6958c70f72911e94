//! What is wrong in a settings file, with the place, the line itself and what was expected.

use std::ops::Range;

use thiserror::Error;
use unicode_width::UnicodeWidthStr as _;

use crate::config::address::Scheme;
use crate::config::turn::MASK;
use crate::text::{clean, is_harmful};

/// One error in a settings file.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{message}")]
pub struct Problem {
    /// The line, counted from 1.
    pub line: usize,
    /// The column, counted from 1 in characters.
    pub column: usize,
    /// The line as it stands in the file, or a part of a long one; secrets and control characters are masked.
    pub text: String,
    /// Where the marker stands below the text: characters before it, and its width, at least 1.
    pub marker: (usize, usize),
    /// What is wrong.
    pub message: String,
    /// What was expected, or what to do.
    pub expected: String,
}

const BOM: char = '\u{feff}';

/// A line longer than this is shown in part.
const WIDEST: usize = 160;

impl Problem {
    /// An error at `span`, a range of bytes in `source`.
    pub(crate) fn new(
        source: &str,
        span: Range<usize>,
        message: impl Into<String>,
        expected: impl Into<String>,
    ) -> Self {
        Problem::at(&mut Lines::of(source), span, message, expected)
    }

    /// An error at `span` in the text of `lines`.
    pub(crate) fn at(
        lines: &mut Lines<'_>,
        span: Range<usize>,
        message: impl Into<String>,
        expected: impl Into<String>,
    ) -> Self {
        let source = lines.source;
        let (line, start) = (lines.number(span.start), line_start(source, span.start));
        let end = source[start..].find('\n').map_or(source.len(), |at| start + at);
        let before = source.get(start..span.start.min(end)).map_or(0, |text| text.chars().count());
        let width =
            source.get(span.start..span.end.min(end)).map_or(1, |text| text.trim_end().chars().count());
        let (text, offset) =
            part_of(&masked(source, start, source[start..end].trim_end_matches('\r')), before);
        let shown = text.chars().count();
        let offset = offset.min(shown);
        Problem {
            line,
            column: before + 1,
            marker: (offset, width.min(shown - offset).max(1)),
            text,
            message: clean(&message.into()).into_owned(),
            expected: expected.into(),
        }
    }

    /// Leaves away what follows the marker.
    pub(crate) fn hide_behind_marker(&mut self) {
        let (offset, width) = self.marker;
        if self.text.chars().count() > offset + width {
            self.text = self.text.chars().take(offset + width).collect::<String>() + " …";
        }
    }

    /// Leaves away a line without any key that is known: somebody may have given a file with a secret by mistake.
    pub(crate) fn without_foreign_text(mut self) -> Self {
        let mut words = self.text.split(|c: char| !(c.is_alphanumeric() || "-_".contains(c)));
        if !words.any(|word| SHOWN.contains(&word)) {
            (self.text, self.marker) = ("…".to_owned(), (0, 1));
        }
        self
    }

    /// The line with a marker below it, as people read it: three lines without the last line's end.
    #[must_use]
    pub fn excerpt(&self) -> String {
        let number = self.line.to_string();
        let gutter = " ".repeat(number.len());
        let (offset, width) = self.marker;
        let before: String = self.text.chars().take(offset).collect();
        let marked: String = self.text.chars().skip(offset).take(width).collect();
        let marker = "^".repeat(marked.width().max(1));
        format!(" {gutter} |\n {number} | {}\n {gutter} | {}{marker}", self.text, blank_like(&before))
    }
}

/// Blanks as wide as `text`, an emoji being two wide and a tab a tab, so that the marker stands below what it marks.
fn blank_like(text: &str) -> String {
    text.split('\t').map(|part| " ".repeat(part.width())).collect::<Vec<_>>().join("\t")
}

/// Where the line starts that holds the byte `at`, behind a byte-order mark.
pub(crate) fn line_start(source: &str, at: usize) -> usize {
    match source.as_bytes()[..at.min(source.len())].iter().rposition(|b| *b == b'\n') {
        Some(newline) => newline + 1,
        None if source.starts_with(BOM) => BOM.len_utf8(),
        None => 0,
    }
}

/// Counts the lines of a text, each time from where it was asked last: thousands of places in a large file,
/// asked for in their order, cost one pass.
pub(crate) struct Lines<'a> {
    source: &'a str,
    at: usize,
    before: usize,
}

impl<'a> Lines<'a> {
    pub(crate) const fn of(source: &'a str) -> Self {
        Lines { source, at: 0, before: 0 }
    }

    /// The number of the line that holds the byte `at`, counted from 1.
    pub(crate) fn number(&mut self, at: usize) -> usize {
        let at = at.min(self.source.len());
        let between = &self.source.as_bytes()[self.at.min(at)..self.at.max(at)];
        let count = between.iter().filter(|b| **b == b'\n').count();
        self.before = if at < self.at { self.before - count } else { self.before + count };
        self.at = at;
        self.before + 1
    }
}

/// The line without what must not be shown: the values of secrets, and control characters.
fn masked(source: &str, start: usize, line: &str) -> String {
    let before = &source[..start];
    let of_turn = is_of_turn(before);
    let trimmed = line.trim_start();
    let continues = of_turn && !trimmed.is_empty() && !line.contains('=') && !trimmed.starts_with(['[', '#']);
    let hidden = secret_in(line, of_turn).into_iter().chain(user_info_in(line)).min();
    let shown = match hidden {
        Some(value) => format!("{}{MASK}", &line[..value]),
        None if continues || in_secret_block(before) || awaits_secret(before) => MASK.to_owned(),
        None => line.to_owned(),
    };
    shown.chars().map(|c| if is_harmful(c) && c != '\t' { '\u{fffd}' } else { c }).collect()
}

/// The keys whose values hold no secret, and `transport`, which addresses have.
const SHOWN: [&str; 10] = [
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

/// Where the value of a secret begins in `line`, judged by the words alone, since the line may be no TOML. Keys may
/// be misspelt: among those of TURN servers only the values of known ones are shown.
fn secret_in(line: &str, of_turn: bool) -> Option<usize> {
    let lower = line.to_ascii_lowercase();
    let word = ["password", "secret"].iter().filter_map(|word| lower.find(word)).min();
    let behind_word = word.map(|word| {
        let separator = line[word..].find(['=', ':', '"', '\'', ' ']);
        separator.map_or(word, |at| word + at + 1)
    });
    let of_server = of_turn || lower.contains('{');
    let separators = lower.match_indices(['=', ':']).filter_map(|(at, separator)| {
        let before = lower[..at].trim_end();
        // A colon behind a key is JSON's; others stand in addresses.
        let is_key = separator == "=" || before.ends_with(['"', '\'']);
        let key =
            before.trim_end_matches(['"', '\'']).rsplit(|c: char| !(c.is_alphanumeric() || "-_".contains(c)));
        is_key.then_some((at, key.into_iter().next().unwrap_or_default()))
    });
    let mut hidden = separators
        .filter(|(_, key)| !SHOWN.contains(key) && (of_server || resembles_secret(key)))
        .map(|(at, _)| at + 1);
    behind_word.into_iter().chain(hidden.next()).min()
}

/// Where the user name and password of an address begin in `line`, judged by the '@' alone, since the line may be no
/// TOML. Passwords may hold anything, so what follows the last scheme behind a quote counts, or else the first value.
fn user_info_in(line: &str) -> Option<usize> {
    let before = &line[..line.find('@')?];
    let behind_scheme = before.rmatch_indices(['"', '\'']).find_map(|(quote, _)| {
        let (scheme, _) = before[quote + 1..].split_once(':')?;
        Scheme::parse(scheme).map(|_| quote + 1 + scheme.len() + 1)
    });
    behind_scheme.or_else(|| before.find(['"', '\'', '=']).map(|at| at + 1)).or(Some(0))
}

/// Whether a key was probably meant to be that of a secret.
fn resembles_secret(key: &str) -> bool {
    ["pass", "pw", "secret", "cred", "token", "key"].iter().any(|word| key.contains(word))
        || ["password", "secret"].iter().any(|word| strsim::jaro_winkler(word, key) >= 0.75)
}

/// Whether the section that is open at the end of `before` is about TURN servers.
fn is_of_turn(before: &str) -> bool {
    let header = before.lines().rev().map(str::trim_start).find(|line| line.starts_with('['));
    header.is_some_and(|header| header.contains("turn"))
}

/// Whether a text over several lines, begun as the value of a secret, is still open at the end of `before`.
fn in_secret_block(before: &str) -> bool {
    ["\"\"\"", "'''"].iter().any(|quotes| {
        let opened = before.matches(quotes).count() % 2 == 1;
        let Some(at) = before.rfind(quotes) else { return false };
        let start = line_start(before, at);
        opened && secret_in(&before[start..at], is_of_turn(&before[..start])).is_some()
    })
}

/// Whether the lines before end with the key of a secret, whose value then stands on the next line.
fn awaits_secret(before: &str) -> bool {
    let before = before.trim_end();
    let (above, line) = before.split_at(line_start(before, before.len()));
    before.ends_with([':', '=', '[', '{']) && secret_in(line, is_of_turn(above)).is_some()
}

/// At most [`WIDEST`] characters of a line around the one at `offset`, and its offset in them.
fn part_of(line: &str, offset: usize) -> (String, usize) {
    let skip = if line.chars().count() <= WIDEST { 0 } else { offset.saturating_sub(WIDEST / 2) };
    (line.chars().skip(skip).take(WIDEST).collect(), offset - skip)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn problem(source: &str, marked: &str) -> Problem {
        let start = source.rfind(marked).unwrap();
        Problem::new(source, start..start + marked.len(), "wrong", "right")
    }

    #[test]
    fn the_marker_stands_below_what_it_marks() {
        let found = problem("\u{feff}a = 1\r\nü =\t'xyz' # c\r\n", "'xyz'");
        assert_eq!((found.line, found.column), (2, 5));
        assert_eq!(found.excerpt(), "   |\n 2 | ü =\t'xyz' # c\n   |    \t^^^^^");
        let wide = problem("a = ['👍👎', '❤\u{fe0f}', 👩🏽\u{200d}🚀 x👍]", "x👍");
        assert_eq!(wide.excerpt().lines().nth(2), Some("   |                       ^^^"));
        assert_eq!(problem("\u{feff}a = x", "x").excerpt(), "   |\n 1 | a = x\n   |     ^");
    }

    #[test]
    fn places_at_the_very_end_and_in_long_lines_are_shown() {
        assert_eq!(Problem::new("a =", 3..3, "", "").excerpt(), "   |\n 1 | a =\n   |    ^");
        assert_eq!(Problem::new("", 0..0, "", "").excerpt(), "   |\n 1 | \n   | ^");
        let long = problem(&format!("{}x{}", "a".repeat(5000), "b".repeat(5000)), "x");
        assert_eq!((long.column, long.marker), (5001, (80, 1)));
        assert_eq!(long.text.chars().nth(80), Some('x'));
        assert_eq!(long.text.chars().count(), WIDEST);
    }

    #[test]
    fn lines_are_counted_in_any_order() {
        let mut lines = Lines::of("a\nb\n\nc");
        assert_eq!([0, 1, 2, 5, 99, 4, 0, 3].map(|at| lines.number(at)), [1, 1, 2, 4, 4, 3, 1, 2]);
    }

    #[test]
    fn secrets_are_masked_in_whatever_line_is_shown() {
        for source in [
            "password = 'hunter2",
            "PASSWORD= hunter2 x",
            "servers = [{ secret = \"hunter2\", uri = 3 }]",
            "{\"password\":\"hunter2\"}",
            "password hunter2",
            "password = \"\"\"\nline\nhunter2\n",
            "secret = '''hunter2\nhunter2",
            // Misspelt, or not where secrets belong.
            "passwort = 'hunter2",
            "PWD = hunter2",
            "secrect = hunter2",
            "[[turn.servers]]\nuri = 'a'\nx = 'hunter2",
            "[[turn.servers]]\nx = [\n  'hunter2', y\n",
            "[turn]\nservers = [{ uri = 'a', x = 'hunter2",
            "turn.servers = [\n{ uri = 'a', x = 'hunter2",
            "[[turn.servers]]\nx = '''\n\nhunter2",
            "{\"pass\":\"hunter2\"}",
            // Before the '@' of an address.
            "uri = 'turn:alice:hunter2@turn.example.de'",
            "uri = \"alice:hunter2@turn.example.de",
            "uri = turn:alice:hunter2@turn.example.de",
            "turn:alice:hunter2@turn.example.de",
            "servers = ['stun:a', \"TURN:alice:'hunter2 @turn.example.de\"]",
            "servers = ['stun:a@b', 'turn:alice:hunter2@turn.example.de']",
            "{\"uri\":\"turns:alice:hunter2@turn.example.de\"}",
        ] {
            let shown = problem(source, "hunter2");
            assert!(!shown.excerpt().contains("hunter2"), "{}", shown.excerpt());
        }
        let after = problem("password = \"\"\"\nx\n\"\"\"\nuri = 3", "3");
        assert_eq!(after.text, "uri = 3");
        let address = problem("servers = ['stun:a', 'turn:alice:hunter2@b'] # c", "'turn:alice:hunter2@b'");
        assert_eq!(address.text, format!("servers = ['stun:a', 'turn:{MASK}"));
        assert_eq!(address.marker, (21, 6 + MASK.len()));
        for (source, marked) in [
            ("[[turn.servers]]\nuri = 'turn:a b?transport=udp'", "turn:a b"),
            ("[[turn.servers]]\nusername = 'ada", "ada"),
            ("[turn]\nservers = [\n  # x\n  { uri = 3", "3"),
            ("[turn\n", "turn"),
            ("[stun]\nservers = ['a:0']\nhost = 'x", "x"),
        ] {
            assert!(problem(source, marked).text.contains(marked), "{source}");
        }
    }
}
