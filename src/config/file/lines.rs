//! The lines of a text: where they start and end, and their numbers.

const BOM: char = '\u{feff}';

/// Returns the start of the line that contains the byte `at`, after a byte-order mark.
pub(crate) fn line_start(source: &str, at: usize) -> usize {
    match source.as_bytes()[..at.min(source.len())].iter().rposition(|b| *b == b'\n') {
        Some(newline) => newline + 1,
        None if source.starts_with(BOM) => BOM.len_utf8(),
        None => 0,
    }
}

/// Returns the end of the line that contains the byte `at`, after its line break.
pub(crate) fn line_end(source: &str, at: usize) -> usize {
    source[at..].find('\n').map_or(source.len(), |nl| at + nl + 1)
}

/// Returns the line ending of the file, judged by its first line.
pub(crate) fn newline_of(source: &str) -> &'static str {
    match source.find('\n') {
        Some(at) if source[..at].ends_with('\r') => "\r\n",
        _ => "\n",
    }
}

/// Counts the lines of a text from the last position it was given: thousands of positions in ascending order cost one
/// pass.
pub(crate) struct Lines<'a> {
    pub(crate) source: &'a str,
    at: usize,
    before: usize,
    /// The start of the last line that an error showed, and where in it a secret and a text that is cut begin: the next
    /// error is often in the same line, which may be long.
    pub(crate) shown: Option<(usize, Option<usize>, Option<usize>)>,
}

impl<'a> Lines<'a> {
    pub(crate) const fn of(source: &'a str) -> Self {
        Lines { source, at: 0, before: 0, shown: None }
    }

    /// Returns the number of the line that contains the byte `at`, counted from 1.
    pub(crate) fn number(&mut self, at: usize) -> usize {
        let at = at.min(self.source.len());
        let between = &self.source.as_bytes()[self.at.min(at)..self.at.max(at)];
        let count = between.iter().filter(|b| **b == b'\n').count();
        self.before = if at < self.at { self.before - count } else { self.before + count };
        self.at = at;
        self.before + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_in_any_order() {
        let mut lines = Lines::of("a\nb\n\nc");
        assert_eq!([0, 1, 2, 5, 99, 4, 0, 3].map(|at| lines.number(at)), [1, 1, 2, 4, 4, 3, 1, 2]);
    }
}
