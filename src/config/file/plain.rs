//! Reads plain TOML, as the program itself writes it: sections, and keys with strings or arrays of strings.

use std::borrow::Cow;
use std::ops::Range;

use memchr::memchr;

use super::node::{Content, KeyValue, Node};
use crate::text::all_bytes;

/// The most sections, and the most keys of one: each is compared with all others, which would take minutes with many.
const MOST_KEYS: usize = 64;

/// The bytes that an entry of a long list takes at least.
const SHORTEST: usize = 16;

/// Reads a document, in a quarter of the instructions that the parser of all TOML takes for 10,000 servers. Returns none
/// for any other document: with an error, a key outside a section, `[[turn.servers]]`, an escape sequence or a number.
pub(crate) fn parse(source: &str) -> Option<Node<'_>> {
    let mut scanner = Scanner { source, at: 0 };
    let mut root: Vec<KeyValue<'_>> = Vec::new();
    scanner.skip_blank();
    while scanner.at < source.len() {
        let entry = if scanner.peek() == Some(b'[') { scanner.section()? } else { scanner.key_value()? };
        let is_section = entry.value.table().is_some();
        let entries = match root.last_mut().map(|section| &mut section.value.content) {
            _ if is_section => &mut root,
            Some(Content::Table(entries)) => entries,
            _ => return None,
        };
        if entries.len() == MOST_KEYS || entries.iter().any(|other| other.key == entry.key) {
            return None;
        }
        entries.push(entry);
        scanner.end_line()?;
        scanner.skip_blank();
    }
    Some(Node { span: 0..0, kind: "table", content: Content::Table(root) })
}

struct Scanner<'a> {
    source: &'a str,
    at: usize,
}

impl<'a> Scanner<'a> {
    fn peek(&self) -> Option<u8> {
        self.source.as_bytes().get(self.at).copied()
    }

    /// Goes on behind `byte`, if it is next.
    fn skip(&mut self, byte: u8) -> Option<()> {
        (self.peek()? == byte).then(|| self.at += 1)
    }

    /// Goes on behind the bytes that are `wanted`, and returns where they are.
    fn skip_while(&mut self, wanted: impl Fn(u8) -> bool) -> Range<usize> {
        let rest = &self.source.as_bytes()[self.at..];
        let length = rest.iter().position(|byte| !wanted(*byte)).unwrap_or(rest.len());
        self.at += length;
        self.at - length..self.at
    }

    /// Goes on behind spaces, comments and line breaks.
    fn skip_blank(&mut self) {
        loop {
            self.skip_while(|byte| matches!(byte, b' ' | b'\t' | b'\n'));
            match self.source.as_bytes().get(self.at..) {
                Some([b'\r', b'\n', ..]) => self.at += 2,
                Some([b'#', ..]) => {
                    self.skip_while(is_text);
                }
                _ => return,
            }
        }
    }

    /// Goes on to the end of the line, if it holds nothing more than a comment.
    fn end_line(&mut self) -> Option<()> {
        self.skip_while(|byte| matches!(byte, b' ' | b'\t'));
        if self.peek() == Some(b'#') {
            self.skip_while(is_text);
        }
        let rest = &self.source[self.at..];
        (rest.is_empty() || rest.starts_with('\n') || rest.starts_with("\r\n")).then_some(())
    }

    fn section(&mut self) -> Option<KeyValue<'a>> {
        let start = self.at;
        self.skip(b'[')?;
        let (key, span) = self.key()?;
        self.skip(b']')?;
        let value = Node { span: start..self.at, kind: "table", content: Content::Table(Vec::new()) };
        Some(KeyValue { key, span, value })
    }

    fn key_value(&mut self) -> Option<KeyValue<'a>> {
        let (key, span) = self.key()?;
        self.skip_while(|byte| byte == b' ');
        self.skip(b'=')?;
        self.skip_while(|byte| byte == b' ');
        let value = if self.peek() == Some(b'[') { self.array()? } else { self.string()? };
        Some(KeyValue { key, span, value })
    }

    fn key(&mut self) -> Option<(Cow<'a, str>, Range<usize>)> {
        let span = self.skip_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
        (!span.is_empty()).then(|| (Cow::Borrowed(&self.source[span.clone()]), span))
    }

    fn array(&mut self) -> Option<Node<'a>> {
        let start = self.at;
        self.skip(b'[')?;
        // Room for just these: memory that is freed is overwritten, which costs more than to count. But a text of nothing
        // but commas is not worth a GiB.
        let rest = &self.source[self.at..];
        let ahead = &rest[..memchr(b']', rest.as_bytes())?];
        let commas = ahead.bytes().filter(|byte| *byte == b',').count();
        let mut nodes = Vec::with_capacity(commas.min(ahead.len() / SHORTEST) + 1);
        loop {
            self.skip_blank();
            if self.peek()? == b']' {
                break;
            }
            nodes.push(self.string()?);
            self.skip_blank();
            if self.peek()? != b']' {
                self.skip(b',')?;
            }
        }
        self.skip(b']')?;
        Some(Node { span: start..self.at, kind: "array", content: Content::List(nodes) })
    }

    fn string(&mut self) -> Option<Node<'a>> {
        let start = self.at;
        let quote = self.peek().filter(|byte| matches!(byte, b'"' | b'\''))?;
        self.skip(quote)?;
        let rest = &self.source[self.at..];
        let text = &rest[..memchr(quote, rest.as_bytes())?];
        if !all_bytes(text, |byte| is_text(byte) & (byte != b'\\')) {
            return None;
        }
        self.at += text.len();
        self.skip(quote)?;
        // Three quotes begin a string of several lines.
        if text.is_empty() && self.peek() == Some(quote) {
            return None;
        }
        let content = Content::Text(Cow::Borrowed(text));
        Some(Node { span: start..self.at, kind: "string", content })
    }
}

/// Whether a byte can be in a comment or a string of one line.
const fn is_text(byte: u8) -> bool {
    matches!(byte, b'\t' | b' '..=b'~' | 0x80..)
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;
    use proptest::sample::select;

    use super::*;

    /// Parts of documents, plain and not, right and wrong.
    const PARTS: [&str; 48] = [
        "[stun]\n",
        "[ice]",
        "[a.b]\n",
        "[ a ]\n",
        "[[b]]\n",
        "a = 'b'\n",
        "b = \"é\" # c\n",
        "a = ''\n",
        "b=[]\n",
        "a = ['a', 'b']\n",
        "c = [\r\n\t'a', # 'b',\n  \"c\"\n  ,\n]\n",
        "'a' = 'b'\n",
        "a.b = 'c'\n",
        "a = 1\n",
        "key",
        "=",
        " = ",
        "[",
        "]",
        "'a'",
        "\"\"",
        "''",
        "\"b\"",
        ",",
        ", ",
        ",\n",
        "\n",
        "\n",
        "\r\n",
        "\r",
        " ",
        "\t",
        "# c",
        "# \u{7f}\n",
        "# é\u{1}\n",
        "\"\"\"\na\"\"\"",
        "'''a'''",
        "\"\\n\"",
        "'\\'",
        "\"\t\"",
        "'\u{7f}'",
        "'\u{80}'",
        "\u{feff}",
        "{ a = 'b' }",
        "3",
        "true",
        "#",
        "'\u{1f}'",
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(5_000))]

        #[test]
        fn what_is_read_is_what_the_parser_of_all_toml_reads(parts in vec(select(&PARTS[..]), 1..10)) {
            let text = parts.concat();
            if let Some(root) = parse(&text) {
                prop_assert_eq!(Node::of_toml(&text), Ok(root));
            }
        }
    }

    #[test]
    fn what_the_program_writes_is_plain() {
        for text in [
            "",
            "# none\n\n",
            "[stun]\nservers = [\n    \"stun:a.example:3478\",\n    'stun:b.example', # old\n    # end\n]\n",
            "[stun]\r\nservers = ['a']\r\n\r\n[ice]\r\ntransport-policy = \"all\" # c",
            "[reactions]\nemojis = [ '👍' , \":x:\", ]",
        ] {
            assert!(parse(text).is_some_and(|root| Node::of_toml(text) == Ok(root)), "{text}");
        }
    }

    #[test]
    fn a_section_with_many_keys_is_left_to_the_parser_of_all_toml() {
        let key = |number| format!("k{number} = ''\n");
        let section = |number| format!("[s{number}]\n");
        for (count, is_plain) in [(MOST_KEYS, true), (MOST_KEYS + 1, false)] {
            assert_eq!(parse(&(0..count).map(section).collect::<String>()).is_some(), is_plain);
            let keys: String = (0..count).map(key).collect();
            assert_eq!(parse(&format!("[a]\n{keys}")).is_some(), is_plain);
        }
    }

    #[test]
    fn a_list_takes_memory_for_its_entries_and_not_for_the_commas_in_them() {
        let text = format!("[a]\nb = ['{}']", ",".repeat(100_000));
        let root = parse(&text).unwrap();
        let Some(Content::List(nodes)) = root.get("a").and_then(|a| a.get("b")).map(|b| &b.content) else {
            panic!("{root:?}")
        };
        assert!(nodes.capacity() * size_of::<Node<'_>>() < 8 * text.len(), "{}", nodes.capacity());
    }

    #[test]
    fn all_else_is_left_to_the_parser_of_all_toml() {
        for text in [
            "a = 'b'",
            "[a]\n[a]",
            "[a]\nb = 'c'\nb = 'd'",
            "[[turn.servers]]\nuri = 'a'",
            "[a]\nb = '''c'''",
            "[a]\nb = \"\\u0041\"",
            "[a]\nb = ['c' 'd']",
            "[a]\nb = ['c',, 'd']",
            "[a]\nb = [",
            "[a]\nb = ['c'",
            "[a]\nb = 'c' d = 'e'",
            "[a] b = 'c'",
            "[a]\nb = 'c\nd'",
            "[a]\nb = 'c\u{1}'",
            "[a]\n# \u{1}",
            "[a]\rb = 'c'",
            "[a]\nb = 3",
        ] {
            assert!(parse(text).is_none(), "{text}");
        }
    }
}
