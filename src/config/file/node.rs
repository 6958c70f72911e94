//! A tree for TOML and JSON documents, in which every key and value has its position.

use std::borrow::Cow;
use std::ops::Range;

use jsonc_parser::common::Ranged as _;
use jsonc_parser::{CollectOptions, ParseOptions, ast};
use toml_edit::{Document, Item, TableLike, Value};

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
pub(crate) struct Node<'a> {
    /// Its bytes in the source, if known.
    pub(crate) span: Option<Range<usize>>,
    /// Its type, as TOML or JSON calls it.
    pub(crate) kind: &'static str,
    /// Its content.
    pub(crate) content: Content<'a>,
}

/// The content of a value, as far as the settings use it.
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
pub(crate) struct KeyValue<'a> {
    pub(crate) key: Cow<'a, str>,
    /// The bytes of the key in the source, if known.
    pub(crate) span: Option<Range<usize>>,
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

    /// Returns the value of a key, or the node itself if it has no such key.
    pub(crate) fn into_value(mut self, key: &str) -> Self {
        if let Content::Table(entries) = &mut self.content
            && let Some(at) = entries.iter().position(|entry| entry.key == key)
        {
            return entries.swap_remove(at).value;
        }
        self
    }

    /// Converts a TOML document.
    pub(crate) fn of_toml(document: &'a Document<&str>) -> Self {
        Node::of_table(document.as_table(), document.as_table().span(), "table")
    }

    /// Converts a part of a TOML document.
    pub(crate) fn of_item(item: &'a Item) -> Self {
        match item {
            Item::Value(value) => Node::of_value(value),
            Item::Table(table) => Node::of_table(table, table.span(), item.type_name()),
            Item::ArrayOfTables(tables) => {
                let nodes = tables.iter().map(|table| Node::of_table(table, table.span(), "table")).collect();
                Node { span: tables.span(), kind: item.type_name(), content: Content::List(nodes) }
            }
            Item::None => Node { span: None, kind: item.type_name(), content: Content::Other },
        }
    }

    fn of_value(value: &'a Value) -> Self {
        let content = match value {
            Value::String(text) => Content::Text(Cow::Borrowed(text.value())),
            Value::Array(array) => Content::List(array.iter().map(Node::of_value).collect()),
            Value::InlineTable(table) => return Node::of_table(table, value.span(), value.type_name()),
            _ => Content::Other,
        };
        Node { span: value.span(), kind: value.type_name(), content }
    }

    fn of_table(table: &'a dyn TableLike, span: Option<Range<usize>>, kind: &'static str) -> Self {
        let entries = table.iter().map(|(key, item)| KeyValue {
            key: Cow::Borrowed(key),
            span: table.key(key).and_then(toml_edit::Key::span),
            value: Node::of_item(item),
        });
        Node { span, kind, content: Content::Table(entries.collect()) }
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

/// Returns the start of the character that contains the byte `at`.
fn boundary(text: &str, at: usize) -> usize {
    (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

fn of_json_value<'a>(value: ast::Value<'a>, twice: &mut Option<(String, Range<usize>)>) -> Node<'a> {
    let range = value.range();
    let span = Some(range.start..range.end);
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
                entries.push(KeyValue { key: Cow::Owned(key), span: Some(span), value });
            }
            ("object", Content::Table(entries))
        }
    };
    Node { span, kind, content }
}
