//! The progress of a probe for people, on one line: how many servers answered and which one is missing, or which one is
//! measured and for how long.

use std::time::Duration;

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
    fitting.unwrap_or_else(|| cut_to(&shortest, columns))
}

/// Returns the line while the quality of calls over a row of the server `uri` is measured, at most `columns` wide. The row
/// is the `number`th of `rows`.
pub fn measuring(number: usize, rows: usize, left: Duration, uri: &str, columns: usize) -> String {
    let left = about(left);
    let (of, short) = if rows > 1 {
        (format!(", {number} of {rows}"), format!("{number}/{rows}, "))
    } else {
        (String::new(), String::new())
    };
    let long = format!("measuring the quality of {uri}{of}, {left} left …");
    let start = format!("{short}{left} left, measuring ");
    let shortest = format!("{start}{} …", fitted(uri, columns.saturating_sub(start.width() + 2)));
    if long.width() <= columns { long } else { cut_to(&shortest, columns) }
}

/// Returns a warning about many rows whose quality is measured.
pub fn long_run(rows: usize, takes: Duration) -> String {
    let takes = about(takes);
    format!(
        "measuring the quality of {rows} rows one after the other takes about {takes}; Ctrl-C shows what was measured so far"
    )
}

/// Returns `1 s`, `2 min 5 s` or `5 h 33 min`, rounded up.
pub fn about(time: Duration) -> String {
    let seconds = time.as_millis().div_ceil(1000).max(1);
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, 0) => format!("{minutes} min"),
        (0, minutes, seconds) => format!("{minutes} min {seconds} s"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

fn cut_to(line: &str, columns: usize) -> String {
    let width = Some(columns.try_into().unwrap_or(u16::MAX));
    cut(line, Stream { is_terminal: true, color: false, width })
}

#[cfg(test)]
mod tests {
    use super::*;

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

    #[test]
    fn says_what_is_measured_and_how_long_it_takes() {
        let uri = "turn:turn.example.de:3478?transport=udp";
        let at = |columns| measuring(2, 3, Duration::from_millis(16_001), uri, columns);
        assert_eq!(at(90), format!("measuring the quality of {uri}, 2 of 3, 17 s left …"));
        assert_eq!(at(80), format!("2/3, 17 s left, measuring {uri} …"));
        assert_eq!(at(50), "2/3, 17 s left, measuring turn:turn.…ansport=udp …");
        assert_eq!(at(10), "2/3, 17 s…");
        let one = measuring(1, 1, Duration::ZERO, "stun:a:1", 80);
        assert_eq!(one, "measuring the quality of stun:a:1, 1 s left …");
    }

    #[test]
    fn long_times_have_minutes_or_hours() {
        let times = [1, 59, 60, 125, 3600, 20_000].map(|seconds| about(Duration::from_secs(seconds)));
        assert_eq!(times, ["1 s", "59 s", "1 min", "2 min 5 s", "1 h 0 min", "5 h 33 min"]);
    }
}
