//! A page of the manual as plain text, for a terminal without `man` and for pipes.

use crate::terminal::paragraph::paragraph;
use crate::terminal::{Stream, Style};

/// The indentation of text below a heading, and of what explains a term.
const INDENT: usize = 4;

/// Returns the text of a page in roff, of which it knows what the pages of this program contain.
pub fn text(page: &str, out: Stream) -> String {
    let mut writer = Writer {
        out,
        text: String::new(),
        words: String::new(),
        indent: INDENT,
        mark: None,
        next_is_term: false,
        keeps_lines: false,
    };
    for line in page.lines() {
        match line.strip_prefix('.') {
            Some(request) => writer.request(request),
            None => writer.line(&plain(line)),
        }
    }
    writer.end_paragraph();
    writer.text
}

struct Writer {
    out: Stream,
    text: String,
    /// The paragraph so far.
    words: String,
    indent: usize,
    /// What precedes the next paragraph.
    mark: Option<(Style, &'static str)>,
    next_is_term: bool,
    keeps_lines: bool,
}

impl Writer {
    fn request(&mut self, request: &str) {
        self.end_paragraph();
        let (name, argument) = request.split_once(' ').unwrap_or((request, ""));
        match name {
            "SH" => {
                self.indent = INDENT;
                self.empty_line();
                self.text += &self.out.paint(Style::Bold, plain(argument.trim_matches('"')));
                self.text.push('\n');
            }
            "TP" | "PP" => {
                self.next_is_term = name == "TP";
                self.indent = INDENT;
                self.empty_line();
            }
            "IP" => self.mark = Some((Style::Dim, "- ")),
            "nf" => self.keeps_lines = true,
            "fi" => self.keeps_lines = false,
            // The others are about the layout of pages.
            _ => {}
        }
    }

    fn line(&mut self, line: &str) {
        if self.next_is_term || self.keeps_lines {
            self.text.extend(std::iter::repeat_n(' ', INDENT));
            self.text += line;
            self.text.push('\n');
        } else if !line.is_empty() {
            self.words += if self.words.is_empty() { "" } else { " " };
            self.words += line;
        }
        if std::mem::take(&mut self.next_is_term) {
            self.indent = 2 * INDENT;
        }
    }

    fn end_paragraph(&mut self) {
        let words = std::mem::take(&mut self.words);
        if !words.is_empty() {
            self.text += &paragraph(self.indent, self.mark.take(), &words, self.out);
        }
    }

    /// Separates what follows, unless a heading precedes it.
    fn empty_line(&mut self) {
        let last = self.text.lines().next_back();
        if last.is_some_and(|line| line.starts_with(' ')) {
            self.text.push('\n');
        }
    }
}

/// A line of roff without escapes.
fn plain(line: &str) -> String {
    let mut text = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('\\') {
        text += before;
        let known =
            [("fB", ""), ("fI", ""), ("fR", ""), ("(aq", "'"), ("*(Aq", "'"), ("(bu", "-"), ("&", "")];
        let escape = known.iter().find_map(|(escape, meant)| Some((after.strip_prefix(escape)?, meant)));
        rest = match escape {
            Some((behind, meant)) => {
                text += meant;
                behind
            }
            // As in '\-', which is no hyphen.
            None => {
                let mut chars = after.chars();
                text.extend(chars.next());
                chars.as_str()
            }
        };
    }
    text + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_becomes_text() {
        let page = ".ie \\n(.g .ds Aq \\(aq\n.el .ds Aq '\n.TH a 1\n.SH NAME\na\\-b \\- does \\*(Aqit\\*(Aq\nwell\n\
            .SH \"EXIT STATUS\"\n.TP\n\\fB0\\fR\nDone.\n.TP\n\\fB1\\fR\nNot done,\n.br\n\n.br\n\\fIValues:\\fR\n.RS 14\n\
            .IP \\(bu 2\nx: one\n.IP \\(bu 2\ny: two\n.RE\n.SH EXAMPLES\n.nf\na \\\\\n    b\n.fi\n.SH END\none\n.PP\ntwo\n";
        let pipe = Stream { is_terminal: false, color: false, width: None };
        let expected = "NAME\n    a-b - does 'it' well\n\nEXIT STATUS\n    0\n        Done.\n\n    1\n        Not done,\n        \
            Values:\n        - x: one\n        - y: two\n\nEXAMPLES\n    a \\\n        b\n\nEND\n    one\n\n    two\n";
        assert_eq!(text(page, pipe), expected);
        let narrow = Stream { is_terminal: true, color: true, width: Some(20) };
        let wrapped = "\u{1b}[1mNAME\u{1b}[0m\n    a-b - does 'it'\n    well\n\n";
        assert!(text(page, narrow).starts_with(wrapped), "{}", text(page, narrow));
    }
}
