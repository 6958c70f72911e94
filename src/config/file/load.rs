//! Reads a settings file: from its bytes to the settings in effect and their warnings.

use super::diagnostic::Diagnostic;
use super::node::Node;
use super::recovered::Recovered;
use super::{plain, reader};
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
    complete(load_in_part(bytes))
}

/// Reads the settings of a parsed file. The only warnings are those about unknown keys: those about the settings are for
/// [`checked`].
pub(crate) fn read(source: &str, root: &Node<'_>) -> Result<Loaded, Vec<Diagnostic>> {
    let (settings, warnings, errors) = reader::read(source, root);
    complete((Loaded { settings, warnings }, errors))
}

/// Adds the warnings about the settings.
pub(crate) fn checked(mut loaded: Loaded) -> Loaded {
    loaded.warnings.extend(warnings::check(&loaded.settings));
    loaded
}

fn complete((loaded, errors): (Loaded, Vec<Diagnostic>)) -> Result<Loaded, Vec<Diagnostic>> {
    if errors.is_empty() { Ok(loaded) } else { Err(errors) }
}

/// Reads a settings file as far as possible: returns what has no errors, and all errors in the order of the file.
pub fn load_in_part(bytes: &[u8]) -> (Loaded, Vec<Diagnostic>) {
    let (source, root) = match parse(bytes) {
        Ok(parsed) => parsed,
        Err(errors) => return (Loaded::default(), errors),
    };
    let (settings, warnings, errors) = reader::read(source, &root);
    let loaded = Loaded { settings, warnings };
    // Part of a list would be judged for the whole.
    if errors.is_empty() { (checked(loaded), errors) } else { (loaded, errors) }
}

/// Returns the text of a file and what it contains.
pub(crate) fn parse(bytes: &[u8]) -> Result<(&str, Node<'_>), Vec<Diagnostic>> {
    let text = utf8(bytes)?;
    let root = plain::parse(text).map_or_else(|| Node::of_toml(text), Ok);
    Ok((text, root.map_err(|first| Recovered::of(text, first).all_errors())?))
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
