//! Reads a settings file: from its bytes to the settings in effect and their warnings.

use std::ops::Range;

use toml::de::DeTable;
use toml_edit::Document;

use super::diagnostic::Diagnostic;
use super::lines::line_start;
use super::reader;
use crate::config::settings::Settings;
use crate::config::warnings::{self, Warning};

/// A settings file that was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Loaded {
    /// The settings in effect.
    pub settings: Settings,
    /// The warnings, including those about unknown keys.
    pub warnings: Vec<Warning>,
}

/// Reads a settings file.
///
/// # Errors
/// All errors of the file, as far as they can be found at once.
pub fn load(bytes: &[u8]) -> Result<Loaded, Vec<Diagnostic>> {
    read(&parse(bytes)?)
}

/// Reads the settings of a parsed file.
pub(crate) fn read(document: &Document<String>) -> Result<Loaded, Vec<Diagnostic>> {
    match read_in_part(document) {
        (loaded, errors) if errors.is_empty() => Ok(loaded),
        (_, errors) => Err(errors),
    }
}

/// Reads a settings file as far as possible: returns what has no errors, and all errors in the order of the file.
pub fn load_in_part(bytes: &[u8]) -> (Loaded, Vec<Diagnostic>) {
    parse(bytes).map_or_else(|errors| (Loaded::default(), errors), |document| read_in_part(&document))
}

fn read_in_part(document: &Document<String>) -> (Loaded, Vec<Diagnostic>) {
    let (settings, mut warnings, errors) = reader::read(document);
    if errors.is_empty() {
        // Part of a list would be judged for the whole.
        warnings.extend(warnings::check(&settings));
    }
    (Loaded { settings, warnings }, errors)
}

/// The most syntax errors that are reported at once: a file of another kind has one in every line.
const MOST_SYNTAX_ERRORS: usize = 20;

/// Parses the TOML of a file.
pub(crate) fn parse(bytes: &[u8]) -> Result<Document<String>, Vec<Diagnostic>> {
    let text = utf8(bytes)?;
    Document::parse(text.to_owned()).map_err(|error| {
        // The parser of documents reports its first error only.
        let (_, errors) = DeTable::parse_recoverable(text);
        let mut found: Vec<_> = errors.iter().map(|error| (error.span(), error.message())).collect();
        if found.is_empty() {
            found.push((error.span(), error.message()));
        }
        syntax_errors(text, found)
    })
}

/// Returns the first error of each line, since others there often follow from it.
fn syntax_errors(text: &str, mut found: Vec<(Option<Range<usize>>, &str)>) -> Vec<Diagnostic> {
    found.sort_by_key(|(span, _)| span.as_ref().map_or(0, |span| span.start));
    found.dedup_by_key(|(span, _)| line_start(text, span.as_ref().map_or(0, |span| span.start)));
    let errors = found.into_iter().take(MOST_SYNTAX_ERRORS).map(|(span, message)| {
        let (message, expected) = split_message(message);
        Diagnostic::new(text, span.unwrap_or(0..0), &message, &expected)
    });
    errors.collect()
}

/// Returns the text of a file.
fn utf8(bytes: &[u8]) -> Result<&str, Vec<Diagnostic>> {
    std::str::from_utf8(bytes).map_err(|error| {
        let before = String::from_utf8_lossy(&bytes[..error.valid_up_to()]).into_owned();
        let at = before.len();
        let source = before + &String::from_utf8_lossy(&bytes[at..]);
        let expected = "expected a TOML file in UTF-8; save it again in that encoding";
        vec![Diagnostic::new(&source, at..at + 3, "this is not UTF-8 text", expected)]
    })
}

/// Returns the text of an imported file without its byte-order mark. An empty file is an error, because it usually means
/// the generator failed.
pub(crate) fn imported<'a>(bytes: &'a [u8], hint: &str) -> Result<&'a str, Vec<Diagnostic>> {
    let text = utf8(bytes)?;
    let content = text.strip_prefix('\u{feff}').unwrap_or(text);
    match content.trim() {
        "" => Err(vec![Diagnostic::new(text, 0..0, "this is empty", hint)]),
        _ => Ok(content),
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
