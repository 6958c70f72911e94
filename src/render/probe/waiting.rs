//! The progress of a probe for people: how many servers answered, and which one is missing, on one line.

use unicode_width::UnicodeWidthStr as _;

use super::watch::cut;
use crate::terminal::Stream;
use crate::terminal::menu::fitted;

/// Returns the line, at most `columns` wide. `first` is the first server in the list that is not finished, and `others` the
/// number of those after it.
pub fn line(answered: usize, servers: usize, first: Option<&str>, others: usize, columns: usize) -> String {
    let noun = if servers == 1 { "server" } else { "servers" };
    let Some(first) = first else { return format!("{answered} of {servers} {noun} answered") };
    let short = format!("{answered} of {servers} answered, waiting for {first}");
    let long = format!("{answered} of {servers} {noun} answered, waiting for {first}");
    let more = if others > 0 { format!(" and {others} more") } else { String::new() };
    let start = format!("{answered}/{servers}, waiting for ");
    // The gap and the dots at the end.
    let room = columns.saturating_sub(start.width() + 2);
    let shortest = format!("{start}{} …", fitted(first, room));
    let lines = [format!("{long}{more} …"), format!("{long} …"), format!("{short} …"), shortest.clone()];
    let fitting = lines.into_iter().find(|line| line.width() <= columns);
    let width = Some(columns.try_into().unwrap_or(u16::MAX));
    fitting.unwrap_or_else(|| cut(&shortest, Stream { is_terminal: true, color: false, width }))
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn names_who_is_missing_on_one_line() {
        let at = |columns| line(3, 5, Some("stun:stun.example.de:3478"), 1, columns);
        assert_eq!(at(80), "3 of 5 servers answered, waiting for stun:stun.example.de:3478 and 1 more …");
        assert_eq!(at(70), "3 of 5 servers answered, waiting for stun:stun.example.de:3478 …");
        assert_eq!(at(57), "3 of 5 answered, waiting for stun:stun.example.de:3478 …");
        assert_eq!(at(50), "3/5, waiting for stun:stun.example.de:3478 …");
        assert_eq!(at(37), "3/5, waiting for stun:stu…e.de:3478 …");
        assert_eq!(at(10), "3/5, wait…");
        assert_eq!(line(0, 1, Some("stun:a:1"), 0, 80), "0 of 1 server answered, waiting for stun:a:1 …");
        assert_eq!(line(2, 2, None, 0, 80), "2 of 2 servers answered");
    }
}
