//! The errors of a settings file that is not TOML: all syntax errors, and wrong values in the lines without any.

use std::borrow::Cow;
use std::collections::HashSet;
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};
use toml_edit::TomlError;

use super::diagnostic::Diagnostic;
use super::lines::line_start;
use super::node::{Content, KeyValue, Node};
use super::reader;

/// The most syntax errors that are reported at once: a file of another kind has one in every line.
const MOST_SYNTAX_ERRORS: usize = 20;

/// What the parser makes of a text that has syntax errors.
pub(crate) struct Recovered<'a> {
    text: &'a str,
    table: Spanned<DeTable<'a>>,
    /// Each with its place and message, from top to bottom; at least one.
    errors: Vec<(Range<usize>, String)>,
}

impl<'a> Recovered<'a> {
    /// Parses a text on, in spite of its `first` error, the only one that the parser of documents reports.
    pub(crate) fn of(text: &'a str, first: &TomlError) -> Self {
        let (table, errors) = DeTable::parse_recoverable(text);
        let mut errors: Vec<_> =
            errors.iter().map(|error| (error.span().unwrap_or(0..0), error.message().to_owned())).collect();
        if errors.is_empty() {
            errors.push((first.span().unwrap_or(0..0), first.message().to_owned()));
        }
        errors.sort_by_key(|(span, _)| span.start);
        Recovered { text, table, errors }
    }

    /// Returns the first syntax error of each line, since others there often follow from it.
    pub(crate) fn syntax_errors(&self) -> Vec<Diagnostic> {
        let mut found: Vec<_> = self.errors.iter().collect();
        found.dedup_by_key(|(span, _)| line_start(self.text, span.start));
        let errors = found.into_iter().take(MOST_SYNTAX_ERRORS).map(|(span, message)| {
            let (message, expected) = split_message(message);
            Diagnostic::new(self.text, span.clone(), &message, &expected)
        });
        errors.collect()
    }

    /// Returns the syntax errors and the wrong values, in the order of the file.
    pub(crate) fn all_errors(&self) -> Vec<Diagnostic> {
        let broken: HashSet<usize> =
            self.errors.iter().map(|(span, _)| line_start(self.text, span.start)).collect();
        let root = node(self.table.span(), "table", table(self.table.get_ref()));
        let mut errors = self.syntax_errors();
        errors.extend(reader::wrong_values(self.text, &root, |at| {
            !broken.contains(&line_start(self.text, at))
        }));
        errors.sort_by_key(|error| (error.line, error.column));
        errors
    }
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

const fn node<'a>(span: Range<usize>, kind: &'static str, content: Content<'a>) -> Node<'a> {
    Node { span: Some(span), kind, content }
}

fn table<'a>(table: &'a DeTable<'_>) -> Content<'a> {
    let entries = table.iter().map(|(key, entry)| KeyValue {
        key: Cow::Borrowed(key.get_ref()),
        span: Some(key.span()),
        value: value(entry),
    });
    Content::Table(entries.collect())
}

fn value<'a>(value: &'a Spanned<DeValue<'_>>) -> Node<'a> {
    let content = match value.get_ref() {
        DeValue::String(text) => Content::Text(Cow::Borrowed(text)),
        DeValue::Array(array) => Content::List(array.iter().map(self::value).collect()),
        DeValue::Table(entries) => table(entries),
        _ => Content::Other,
    };
    node(value.span(), value.get_ref().type_str(), content)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recovered(text: &str) -> Recovered<'_> {
        Recovered::of(text, &toml_edit::Document::parse(text).unwrap_err())
    }

    fn found(text: &str) -> Vec<(usize, usize, String)> {
        let errors = recovered(text).all_errors();
        assert!(errors.iter().all(|error| error.text.is_empty()), "{errors:?}");
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
            "[stun]\nservers = ['a',\n[ice]\ntransport-policy = 'all'\n",
            "[[turn.servers]]\nuri turn:a\n",
            "[[turn.servers]]\nuri = turn:a\n",
            "[stun\nservers = ['a']\n",
            "[reactions]\nemojis = ['👍'\n[[turn.servers]]\nuri = 'a'\npassword = 'hunter2'\n",
            "[reactions]\nemojis = [\"👍\n[[turn.servers]]\npassword = \"hunter2\"\n",
        ] {
            let errors = found(text);
            assert_eq!(errors.len(), recovered(text).syntax_errors().len(), "{text}: {errors:?}");
            assert!(!format!("{errors:?}").contains("hunter2"), "{errors:?}");
        }
    }

    #[test]
    fn a_string_that_contains_the_rest_of_the_file_is_not_shown() {
        let errors = found("[reactions]\nemojis = [\"\"\"👍\n[[turn.servers]]\npassword = \"hunter2\"\n");
        assert_eq!(errors[0].2, "'👍…' is not an emoji that Unicode recommends for interchange");
        assert!(!format!("{errors:?}").contains("hunter2"), "{errors:?}");
    }
}
