//! The errors of a settings file that is not TOML: all syntax errors, and wrong values in the lines without any.

use std::borrow::Cow;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::diagnostic::{Diagnostic, at_most};
use super::lines::{Lines, line_end, line_start};
use super::node::{Content, KeyValue, Node};
use super::reader::{self, SECTIONS};

/// The most syntax errors that are reported at once: a file of another kind has one in every line.
const MOST_SYNTAX_ERRORS: usize = 20;
/// The most arrays that are closed to read on behind them, and the most lines that one of them may end before.
const MOST_REPAIRS: usize = 5;
const MOST_TRIALS: usize = 3;
/// The line that closes an array.
const CLOSING: &str = "]\n";
/// What the parser says of a key or a section that is there twice.
const DUPLICATE: &str = "duplicate key";

/// What the parser makes of a text that has syntax errors.
pub(crate) struct Recovered<'a> {
    text: &'a str,
    root: Node<'static>,
    /// From top to bottom; at least one.
    errors: Vec<SyntaxError>,
}

/// The place and the message of an error.
type SyntaxError = (Range<usize>, String);

impl<'a> Recovered<'a> {
    /// Parses a text on, in spite of its `first` error, the only one that the parser of documents reports.
    pub(crate) fn of(text: &'a str, first: SyntaxError) -> Self {
        let mut parsed = Parsed::of(text, Vec::new());
        while let Some(repaired) = parsed.repaired(text) {
            parsed = repaired;
        }
        let Parsed { root, mut errors, closed } = parsed;
        errors.extend(closed.iter().map(|at| unclosed(text, *at)));
        if errors.is_empty() {
            errors.push(first);
        }
        errors.sort_by_key(|(span, _)| span.start);
        Recovered { text, root, errors }
    }

    /// Returns the first syntax error of each line, since others there often follow from it.
    fn syntax_errors(&self) -> Vec<Diagnostic> {
        let mut lines = Lines::of(self.text);
        let errors = self.causes().into_iter().take(MOST_SYNTAX_ERRORS + 1).map(|(span, message)| {
            let (message, expected) = explained(self.text, span, message);
            Diagnostic::hidden(&mut lines, span.clone(), &message, &expected)
        });
        at_most(MOST_SYNTAX_ERRORS, errors.collect())
    }

    /// Returns the first error of each line, without the keys of a section whose header is an error as it is there twice.
    fn causes(&self) -> Vec<&SyntaxError> {
        let (mut lines, mut previous) = (Lines::of(self.text), 0);
        let is_first = |(span, _): &&SyntaxError| {
            let line = lines.number(span.start);
            std::mem::replace(&mut previous, line) != line
        };
        let mut found: Vec<_> = self.errors.iter().filter(is_first).collect();
        let (mut is_second, mut seen) = (false, 0);
        found.retain(|(span, message)| {
            let start = line_start(self.text, span.start);
            is_second &= !self.text[seen.min(start)..start].lines().any(is_header);
            seen = line_end(self.text, start);
            let is_duplicate = message == DUPLICATE;
            if is_header(&self.text[start..seen]) {
                is_second = is_duplicate;
                return true;
            }
            !(is_second && is_duplicate)
        });
        found
    }

    /// Returns the syntax errors and the wrong values, in the order of the file.
    pub(crate) fn all_errors(&self) -> Vec<Diagnostic> {
        let mut lines = Lines::of(self.text);
        let broken = self.errors.iter().map(|(span, _)| lines.number(span.start)).collect();
        let mut errors = self.syntax_errors();
        errors.extend(reader::wrong_values(self.text, &self.root, &broken));
        errors.sort_by_key(|error| (error.line, error.column));
        errors
    }
}

/// A text that was parsed with arrays closed.
struct Parsed {
    root: Node<'static>,
    errors: Vec<SyntaxError>,
    /// Where a line with `]` was inserted: the starts of lines, in ascending order. All other positions are those of the
    /// text without these lines.
    closed: Vec<usize>,
}

impl Parsed {
    fn of(text: &str, closed: Vec<usize>) -> Self {
        let mut source = String::new();
        let mut from = 0;
        for at in &closed {
            source = source + &text[from..*at] + CLOSING;
            from = *at;
        }
        source += &text[from..];
        let (table, errors) = DeTable::parse_recoverable(&source);
        let errors = errors
            .iter()
            .map(|error| (original(&closed, error.span().unwrap_or(0..0)), error.message().to_owned()));
        let mut errors: Vec<_> = errors.collect();
        errors.sort_by_key(|(span, _)| span.start);
        let root = node(original(&closed, table.span()), "table", entries(&closed, table.get_ref()));
        Parsed { root, errors, closed }
    }

    /// Closes the first array that goes on into a line with a section or a key, if there are fewer errors then.
    fn repaired(&self, text: &str) -> Option<Self> {
        if self.closed.len() == MOST_REPAIRS {
            return None;
        }
        // A line may have an error at each character, so it is looked at once for all of them.
        let is_same_line = |(one, _): &SyntaxError, (other, _): &SyntaxError| {
            text.as_bytes().get(one.start..other.start).is_none_or(|between| !between.contains(&b'\n'))
        };
        let starts = self.errors.chunk_by(is_same_line).filter_map(|errors| line_in_array(text, errors));
        starts.take(MOST_TRIALS).find_map(|start| {
            let mut closed = self.closed.clone();
            closed.push(start);
            closed.sort_unstable();
            Some(Parsed::of(text, closed)).filter(|repaired| repaired.errors.len() < self.errors.len())
        })
    }
}

/// Returns the start of the line of these errors if one of them may be that a section or a key begins where the parser still
/// is in an array.
fn line_in_array(text: &str, errors: &[SyntaxError]) -> Option<usize> {
    let start = line_start(text, errors.first()?.0.start);
    let line = &text[start..line_end(text, start)];
    let key = line.split_once('=').map_or("", |(key, _)| key.trim());
    let is_key = !key.is_empty() && key.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    let (indent, is_header) = (line.len() - line.trim_start().len(), is_header(line));
    let is_at_key = |span: &Range<usize>| indent >= span.start.saturating_sub(start);
    let may_be =
        |(span, message): &SyntaxError| message != DUPLICATE && (is_header || (is_key && is_at_key(span)));
    errors.iter().any(may_be).then_some(start)
}

/// Whether a line begins a section.
fn is_header(line: &str) -> bool {
    line.trim_start().strip_prefix('[').is_some_and(|name| {
        name.strip_prefix('[').unwrap_or(name).trim_start().starts_with(|c: char| c.is_ascii_alphabetic())
    })
}

/// The error that an array ends before the line at this byte, which is no part of it.
fn unclosed(text: &str, at: usize) -> SyntaxError {
    let end = text[..at].trim_end().len();
    (end..end, "unclosed array, expected `]`".to_owned())
}

/// Returns a range in the text without the lines that were inserted.
fn original(closed: &[usize], span: Range<usize>) -> Range<usize> {
    let of = |at: usize| {
        at - closed.iter().fold(0, |moved, line| moved + at.saturating_sub(line + moved).min(CLOSING.len()))
    };
    of(span.start)..of(span.end)
}

/// Returns what is wrong, and what to do.
fn explained(text: &str, span: &Range<usize>, message: &str) -> (String, String) {
    if message != DUPLICATE {
        return split_message(message);
    }
    let start = line_start(text, span.start);
    let line = text[start..line_end(text, start)].trim_start();
    let section = SECTIONS.iter().find(|name| line.starts_with(&format!("[{name}]")));
    let expected = match section {
        Some(name) => format!("merge the two [{name}] sections"),
        None => "it is set above already; keep one of the two".to_owned(),
    };
    (message.to_owned(), expected)
}

/// Splits a message of the parser into what is wrong and what it expected.
fn split_message(message: &str) -> (String, String) {
    let first_line = message.lines().next().unwrap_or_default();
    if first_line.contains("recursion") {
        let expected = "expected a settings file, which has three levels";
        return ("this is nested too deeply".to_owned(), expected.to_owned());
    }
    match first_line.split_once(", expected ") {
        Some((message, expected)) => (message.to_owned(), format!("expected {expected}")),
        None => {
            (first_line.to_owned(), "expected TOML, as in: servers = [\"stun:stun.example.de\"]".to_owned())
        }
    }
}

const fn node(span: Range<usize>, kind: &'static str, content: Content<'static>) -> Node<'static> {
    Node { span, kind, content }
}

fn entries(closed: &[usize], table: &DeTable<'_>) -> Content<'static> {
    let entries = table.iter().map(|(key, entry)| KeyValue {
        key: Cow::Owned(key.get_ref().to_string()),
        span: original(closed, key.span()),
        value: value(closed, entry),
    });
    Content::Table(entries.collect())
}

fn value(closed: &[usize], value: &Spanned<DeValue<'_>>) -> Node<'static> {
    let content = match value.get_ref() {
        DeValue::String(text) => Content::Text(Cow::Owned(text.to_string())),
        DeValue::Array(array) => {
            Content::List(array.iter().map(|value| self::value(closed, value)).collect())
        }
        DeValue::Table(table) => entries(closed, table),
        _ => Content::Other,
    };
    node(original(closed, value.span()), value.get_ref().type_str(), content)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recovered(text: &str) -> Recovered<'_> {
        Recovered::of(text, Node::of_toml(text).err().unwrap())
    }

    fn found(text: &str) -> Vec<(usize, usize, String)> {
        let errors = recovered(text).all_errors();
        assert!(errors.iter().all(|error| !error.text.contains("hunter2")), "{errors:?}");
        errors.into_iter().map(|error| (error.line, error.column, error.message)).collect()
    }

    #[test]
    fn finds_wrong_values_between_syntax_errors() {
        let text = "[stun]\nservers = ['a:0', 3]\n[ice]\ntransport-policy = relay\n[reactions]\nemojis = ['x']\n\
                    [[turn.servers]]\nuri = a\npassword = 1\n";
        assert_eq!(
            found(text),
            [
                (2, 12, "'a:0': '0' is not a port".to_owned()),
                (2, 19, "unexpected integer".to_owned()),
                (4, 20, "string values must be quoted".to_owned()),
                (6, 11, "'x' is not an emoji; try :x:".to_owned()),
                (8, 7, "string values must be quoted".to_owned()),
                (9, 12, "unexpected integer".to_owned()),
            ]
        );
    }

    #[test]
    fn what_follows_from_a_syntax_error_is_not_reported() {
        for text in [
            "[[turn.servers]]\nuri turn:a\n",
            "[[turn.servers]]\nuri = turn:a\n",
            "[stun\nservers = ['a']\n",
            "[reactions]\nemojis = [\"👍\n[[turn.servers]]\npassword = \"hunter2\"\n",
        ] {
            let errors = found(text);
            assert_eq!(errors.len(), recovered(text).syntax_errors().len(), "{text}: {errors:?}");
            assert!(!format!("{errors:?}").contains("hunter2"), "{errors:?}");
        }
    }

    #[test]
    fn a_list_without_its_bracket_is_one_error_and_what_follows_is_read() {
        let unclosed = |line, column| (line, column, "unclosed array".to_owned());
        let policy = |line| (line, 20, "this is not a transport policy".to_owned());
        for (text, expected) in [
            ("[stun]\nservers = ['a',\n[ice]\ntransport-policy = 'x'\n", vec![unclosed(2, 16), policy(4)]),
            ("[stun]\nservers = ['a'  \n\n[ice]\r\ntransport-policy = 3\n", vec![unclosed(2, 15), policy(5)]),
            (
                "[stun]\nservers = [\n 'a',\nother = 3\nfoo\n",
                vec![unclosed(3, 6), (5, 4, "key with no value".to_owned())],
            ),
            (
                "[turn]\nservers = [{ uri = 'a', password = 'hunter2' }\n[ice]\ntransport-policy = 3\n",
                vec![unclosed(2, 47), policy(4)],
            ),
            (
                "[stun]\nservers = ['a'\n[reactions]\nemojis = [':x:'\n[ice]\ntransport-policy = 3",
                vec![unclosed(2, 15), unclosed(4, 16), policy(6)],
            ),
            (
                "[stun]\nservers = ['a'\n 'b']\n[ice]\ntransport-policy = 3\n",
                vec![(3, 2, "missing comma between array elements".to_owned()), policy(5)],
            ),
            ("[stun]\nservers = ['a',\n", vec![unclosed(2, 16)]),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }

    #[test]
    fn a_line_with_very_many_errors_does_not_take_long() {
        let text = format!("[stun]\nservers = [{}]\n", ",".repeat(300_000));
        assert_eq!(found(&text), [(2, 12, "extra comma in array".to_owned())]);
    }

    #[test]
    fn a_section_that_is_there_twice_is_one_error() {
        let text = "[ice]\ntransport-policy = 'all'\n[ice] # twice\ntransport-policy = 'all'\n[stun]\nservers = ['a']\nservers = ['b']\n";
        let errors = recovered(text).all_errors();
        let hints: Vec<_> = errors.iter().map(|error| (error.line, &*error.expected)).collect();
        assert_eq!(
            hints,
            [(3, "merge the two [ice] sections"), (7, "it is set above already; keep one of the two")]
        );
    }

    #[test]
    fn wrong_values_between_syntax_errors_show_their_lines_without_secrets() {
        let text = "[stun]\nservers = ['a:0']\nfoo = bar\n[turn]\nservers = [{ password = 'hunter2', secret = 1 }]\n";
        let errors = recovered(text).all_errors();
        let lines: Vec<_> = errors.iter().map(|error| (error.line, &*error.text)).collect();
        assert_eq!(lines, [(2, "servers = ['a:0']"), (3, ""), (5, "servers = [{ password ********")]);
    }

    #[test]
    fn a_string_that_contains_the_rest_of_the_file_is_not_shown() {
        let errors = found("[reactions]\nemojis = [\"\"\"👍\n[[turn.servers]]\npassword = \"hunter2\"\n");
        assert_eq!(errors[0].2, "'👍…' is not an emoji that Unicode recommends for interchange");
        assert!(!format!("{errors:?}").contains("hunter2"), "{errors:?}");
    }
}
