//! A tree for TOML and JSON documents, in which every key and value has its position.

use std::borrow::Cow;
use std::ops::Range;

use jsonc_parser::common::Ranged as _;
use jsonc_parser::{CollectOptions, ParseOptions, ast};
use toml::Spanned;
use toml::de::{DeArray, DeTable, DeValue};

use super::diagnostic::Diagnostic;
use crate::text::quoted;

/// Whether a document is JSON and not TOML. Where its start allows both, the whole document must be JSON.
pub(crate) fn is_json(text: &str) -> bool {
    let mut bytes = text.bytes().filter(|byte| !byte.is_ascii_whitespace());
    match (bytes.next(), bytes.next()) {
        (Some(b'{'), _) | (Some(b'['), Some(b'{' | b']')) => true,
        (Some(b'"'), _) | (Some(b'['), Some(b'"')) => Node::of_json(text).is_ok(),
        _ => false,
    }
}

/// A value with its position.
#[cfg_attr(test, derive(Debug, PartialEq))]
pub(crate) struct Node<'a> {
    /// Its bytes in the source.
    pub(crate) span: Range<usize>,
    /// Its type, as TOML or JSON calls it.
    pub(crate) kind: &'static str,
    /// Its content.
    pub(crate) content: Content<'a>,
}

/// The content of a value, as far as the settings use it.
#[cfg_attr(test, derive(Debug, PartialEq))]
pub(crate) enum Content<'a> {
    /// A string.
    Text(Cow<'a, str>),
    /// An array, or an array of tables.
    List(Vec<Node<'a>>),
    /// A table or an object, in the order of the source.
    Table(Vec<KeyValue<'a>>),
    /// A type that no setting has.
    Other,
}

/// A key with its value.
#[cfg_attr(test, derive(Debug, PartialEq))]
pub(crate) struct KeyValue<'a> {
    pub(crate) key: Cow<'a, str>,
    /// The bytes of the key in the source.
    pub(crate) span: Range<usize>,
    pub(crate) value: Node<'a>,
}

impl<'a> Node<'a> {
    /// Returns the string, if it is one.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the elements, if it is a list.
    pub(crate) fn list(&self) -> Option<&[Node<'a>]> {
        match &self.content {
            Content::List(nodes) => Some(nodes),
            _ => None,
        }
    }

    /// Returns the entries, if it is a table.
    pub(crate) fn table(&self) -> Option<&[KeyValue<'a>]> {
        match &self.content {
            Content::Table(entries) => Some(entries),
            _ => None,
        }
    }

    /// Returns the value of a key, if it is a table with that key.
    pub(crate) fn get(&self, key: &str) -> Option<&Self> {
        self.table().and_then(|table| get(table, key))
    }

    /// Returns the value of a key, or the node itself if it has no such key.
    pub(crate) fn into_value(mut self, key: &str) -> Self {
        if let Content::Table(entries) = &mut self.content
            && let Some(at) = entries.iter().position(|entry| entry.key == key)
        {
            return entries.swap_remove(at).value;
        }
        self
    }

    /// Parses a TOML document.
    ///
    /// # Errors
    /// The place and the message of the first error.
    pub(crate) fn of_toml(source: &'a str) -> Result<Self, (Range<usize>, String)> {
        let table = DeTable::parse(source)
            .map_err(|error| (error.span().unwrap_or(0..0), error.message().to_owned()))?;
        let mut converter = Converter { source, overflow: None };
        let root = converter.table(table.into_inner(), 0..0, false);
        converter.overflow.map_or(Ok(root), |(span, message)| Err((span, message.to_owned())))
    }

    /// Parses a JSON document.
    ///
    /// # Errors
    /// When it is not JSON. The message does not repeat the text, because it may be a secret.
    pub(crate) fn of_json(text: &'a str) -> Result<Self, Diagnostic> {
        let expected = "expected JSON, as 'config export --format json' prints it";
        // serde_json follows the standard to the letter, but does not report the positions of values.
        serde_json::from_str::<serde::de::IgnoredAny>(text).map_err(|error| {
            let line: usize =
                text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
            let at = (line + error.column().saturating_sub(1)).min(text.len());
            let what =
                if error.is_eof() { "this is not JSON: it ends too early" } else { "this is not JSON" };
            Diagnostic::new(text, boundary(text, at)..boundary(text, at), what, expected)
        })?;
        let parsed = jsonc_parser::parse_to_ast(text, &CollectOptions::default(), &ParseOptions::default());
        let value = parsed.map_err(|error| {
            let range = error.range();
            Diagnostic::new(text, range.start..range.end, "this is not JSON", expected)
        })?;
        let mut twice = None;
        let node = value.value.map(|value| of_json_value(value, &mut twice));
        if let Some((key, span)) = twice {
            let message = format!("duplicate key {}", quoted(&key));
            return Err(Diagnostic::new(text, span, &message, "remove one of the two"));
        }
        node.ok_or_else(|| Diagnostic::new(text, 0..0, "this is empty", expected))
    }
}

/// Returns the value of a key.
pub(crate) fn get<'t, 'n>(table: &'t [KeyValue<'n>], key: &str) -> Option<&'t Node<'n>> {
    table.iter().find(|entry| entry.key == key).map(|entry| &entry.value)
}

/// Converts what the parser of TOML returns.
struct Converter<'a> {
    source: &'a str,
    /// The first number that is too large, which the parser leaves to its callers.
    overflow: Option<(Range<usize>, &'static str)>,
}

impl<'a> Converter<'a> {
    /// `is_inline` tells whether the value is in an inline table, where dotted keys make more of them.
    fn value(&mut self, value: Spanned<DeValue<'a>>, is_inline: bool) -> Node<'a> {
        let span = value.span();
        let value = value.into_inner();
        let kind = value.type_str();
        let content = match value {
            DeValue::String(text) => Content::Text(text),
            DeValue::Array(array) => return self.array(array, span),
            DeValue::Table(table) => {
                let is_inline = is_inline || self.source[span.start..].starts_with('{');
                return self.table(table, span, is_inline);
            }
            DeValue::Integer(number) => {
                let is_small = i64::from_str_radix(number.as_str(), number.radix()).is_ok();
                self.number(is_small, &span, "integer number overflowed")
            }
            DeValue::Float(number) => {
                let is_small = number.as_str().ends_with(char::is_alphabetic)
                    || number.as_str().parse().is_ok_and(f64::is_finite);
                self.number(is_small, &span, "floating-point number overflowed")
            }
            DeValue::Boolean(_) | DeValue::Datetime(_) => Content::Other,
        };
        Node { span, kind, content }
    }

    fn array(&mut self, array: DeArray<'a>, mut span: Range<usize>) -> Node<'a> {
        let nodes: Vec<_> = array.into_iter().map(|value| self.value(value, false)).collect();
        // Only tables with a header are called so, and what has a header is in an array of its own.
        let kind = match (nodes.first(), nodes.last()) {
            (Some(Node { kind: "table", .. }), Some(last)) => {
                span.end = last.span.end;
                "array of tables"
            }
            _ => "array",
        };
        Node { span, kind, content: Content::List(nodes) }
    }

    fn table(&mut self, table: DeTable<'a>, span: Range<usize>, is_inline: bool) -> Node<'a> {
        let entries = table.into_iter().map(|(key, value)| KeyValue {
            span: key.span(),
            key: key.into_inner(),
            value: self.value(value, is_inline),
        });
        let content = Content::Table(entries.collect());
        Node { span, kind: if is_inline { "inline table" } else { "table" }, content }
    }

    fn number(&mut self, is_small: bool, span: &Range<usize>, message: &'static str) -> Content<'a> {
        if !is_small && self.overflow.as_ref().is_none_or(|(first, _)| span.start < first.start) {
            self.overflow = Some((span.clone(), message));
        }
        Content::Other
    }
}

/// Returns the start of the character that contains the byte `at`.
fn boundary(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

fn of_json_value<'a>(value: ast::Value<'a>, twice: &mut Option<(String, Range<usize>)>) -> Node<'a> {
    let range = value.range();
    let span = range.start..range.end;
    let (kind, content) = match value {
        ast::Value::StringLit(text) => ("string", Content::Text(text.value)),
        ast::Value::NumberLit(_) => ("number", Content::Other),
        ast::Value::BooleanLit(_) => ("boolean", Content::Other),
        ast::Value::NullKeyword(_) => ("null", Content::Other),
        ast::Value::Array(array) => {
            ("array", Content::List(array.elements.into_iter().map(|v| of_json_value(v, twice)).collect()))
        }
        ast::Value::Object(object) => {
            let mut entries: Vec<KeyValue<'a>> = Vec::with_capacity(object.properties.len());
            let mut seen = std::collections::HashSet::new();
            for property in object.properties {
                let range = property.name.range();
                let (key, span) = (property.name.into_string(), range.start..range.end);
                if !seen.insert(key.clone()) {
                    twice.get_or_insert((key.clone(), span.clone()));
                }
                let value = of_json_value(property.value, twice);
                entries.push(KeyValue { key: Cow::Owned(key), span, value });
            }
            ("object", Content::Table(entries))
        }
    };
    Node { span, kind, content }
}
