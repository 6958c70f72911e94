//! Positions in a list as they are typed, counted from 1.

/// Parses a position. Whether the list has it is not known here; a number too large is out of range like others.
pub(super) fn parse(text: &str) -> Result<usize, String> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err("expected a position, counted from 1".to_owned());
    }
    Ok(text.parse().unwrap_or(usize::MAX))
}
