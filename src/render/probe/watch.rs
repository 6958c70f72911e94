//! A watch for people: a frame of the live table, or a line for each row where nothing can be redrawn.

use std::cmp::Reverse;

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::table as verdicts;
use crate::probe::history::{History, RowHistory};
use crate::probe::report::Status;
use crate::terminal::{Stream, Style, table};
use crate::text::clean;

/// The bars of a history, from the fastest response to the slowest.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// A round without a response.
const LOST: char = '×';
/// The columns that the figures of a row need, with a part of its history.
const FIGURES: u16 = 44;
/// The fewest characters that are shown of a server's address.
const SHORTEST_NAME: u16 = 16;
/// The indentation of notes: they begin below the server.
const INDENT: &str = "  ";
/// The end of a line that was cut.
const ELLIPSIS: char = '…';

/// Returns the table with a heading, at most `height` lines; if not all rows fit, those that failed come first.
pub fn frame(history: &History, state: &str, out: Stream, height: usize) -> String {
    let rows = history.rows();
    let good = rows.iter().filter(|row| row.status == Status::Ok).count();
    if rows.is_empty() {
        return cut(state, out) + "\n";
    }
    let heading = format!("{good} of {} ok · round {} · {state}", rows.len(), history.rounds());
    let mut lines = vec![out.paint(Style::Bold, cut(&heading, out)), String::new()];
    let room = height.saturating_sub(lines.len());
    lines.extend(table_lines(rows, out, room));
    lines.truncate(height);
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// Returns at most `room` lines of the table.
fn table_lines(rows: &[RowHistory], out: Stream, room: usize) -> Vec<String> {
    let mut shown: Vec<&RowHistory> = rows.iter().collect();
    let mut hidden = Vec::new();
    // Hints are shown if there is room for all of them.
    let needed = |hints| 1 + shown.iter().map(|row| lines_of(row, hints)).sum::<usize>();
    let hints = needed(true) <= room;
    if needed(false) > room {
        shown.sort_by_key(|row| Reverse(row.status == Status::Failed));
        // The headings and the line with the number of hidden rows need room, too.
        let mut left = room.saturating_sub(2);
        let fit = shown.iter().take_while(|row| {
            let fits = lines_of(row, false) <= left;
            left = left.saturating_sub(lines_of(row, false));
            fits
        });
        hidden = shown.split_off(fit.count());
    }
    // A row is one line: it is cut rather than wrapped.
    let plain = Stream { color: false, width: None, ..out };
    let mut table = verdicts::marked_table(plain, &["SERVER", "OVER", "LOSS", "LAST", "HISTORY"]);
    for row in &shown {
        let mark = verdicts::mark(row.status).to_string();
        let over = verdicts::over(row.transport, row.family);
        let last = row.last_ms().map_or_else(String::new, |ms| verdicts::milliseconds(f64::from(ms)));
        table.add_row([mark, name(row, out), over, loss(row), last, sparkline(row)]);
    }
    let mut rendered = table::rows(table).into_iter();
    let mut lines: Vec<String> = rendered.next().map(|headings| cut(&headings, out)).into_iter().collect();
    for (row, line) in shown.iter().zip(rendered) {
        lines.push(verdicts::colour_mark(&cut(&line, out), row.status, out));
        lines.extend(notes(row, hints, out));
    }
    lines.truncate(room);
    if !hidden.is_empty() {
        lines.truncate(room.saturating_sub(1));
        lines.push(out.paint(Style::Dim, cut(&more(&hidden), out)));
    }
    lines
}

/// Returns how many lines a row takes.
fn lines_of(row: &RowHistory, hints: bool) -> usize {
    match &row.error {
        Some(error) => 2 + usize::from(hints && !error.hint.is_empty()),
        None => 1,
    }
}

/// Returns how many rows are hidden, and how many of them failed.
fn more(hidden: &[&RowHistory]) -> String {
    let failed = hidden.iter().filter(|row| row.status == Status::Failed).count();
    let failed = if failed > 0 { format!(" ({failed} failed)") } else { String::new() };
    format!("{INDENT}and {} more{failed}", hidden.len())
}

/// Returns the server, shortened if the terminal is too narrow for it and the figures.
fn name(row: &RowHistory, out: Stream) -> String {
    let width = out.width.map(|width| width.saturating_sub(FIGURES).max(SHORTEST_NAME));
    cut(&row.uri, Stream { width, ..out })
}

/// Returns why a row failed and what to do, each on one line.
fn notes(row: &RowHistory, hints: bool, out: Stream) -> Vec<String> {
    let Some(error) = &row.error else { return Vec::new() };
    let mut lines = vec![cut(&format!("{INDENT}{}", clean(&error.message)), out)];
    if hints && !error.hint.is_empty() {
        lines.push(out.paint(Style::Dim, cut(&format!("{INDENT}→ {}", error.hint), out)));
    }
    lines
}

/// Returns `12.5%`, or nothing before the first transaction.
fn loss(row: &RowHistory) -> String {
    row.loss().map_or_else(String::new, |share| format!("{:.1}%", share * 100.0))
}

/// Returns the history as bars between its fastest and slowest response, the latest round at the right.
fn sparkline(row: &RowHistory) -> String {
    let times = || row.times.iter().copied().flatten();
    let (min, max) = times().fold((f32::MAX, f32::MIN), |(min, max), ms| (min.min(ms), max.max(ms)));
    let bar = |ms: f32| {
        // Differences below a tenth of a millisecond are noise.
        let share = (ms - min) / (max - min).max(0.1);
        let step = (share * (BARS.len() - 1) as f32).round() as usize;
        BARS.get(step).copied().unwrap_or_default()
    };
    row.times.iter().map(|time| time.map_or(LOST, bar)).collect()
}

/// Returns a row as one line for logs: time, verdict, server, transport and family, round trip, loss and error.
pub fn line(row: &RowHistory, time: &str) -> String {
    let verdict = match row.status {
        Status::Ok => "ok",
        Status::Failed => "failed",
        Status::Skipped => "skipped",
    };
    let over = verdicts::over(row.transport, row.family);
    let mut line = format!("{time} {verdict} {} {over}", row.uri);
    if let Some(ms) = row.last_ms() {
        line += &format!(" {}", verdicts::milliseconds(f64::from(ms)).replace(' ', ""));
    }
    if row.sent > 0 {
        line += &format!(" loss {}", loss(row));
    }
    if let Some(error) = &row.error {
        line += &format!(" {}: {}", error.code.as_str(), clean(&error.message));
    }
    line + "\n"
}

/// Cuts a line to the width of the terminal. Text from a server may have characters that are two columns wide.
fn cut(line: &str, out: Stream) -> String {
    let Some(width) = out.width.map(usize::from).filter(|width| line.width() > *width) else {
        return line.to_owned();
    };
    let mut left = width.saturating_sub(1);
    let fits = |c: &char| {
        let rest = left.checked_sub(c.width().unwrap_or(0));
        left = rest.unwrap_or(0);
        rest.is_some()
    };
    line.chars().take_while(fits).chain([ELLIPSIS]).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;
    use crate::config::address::Kind;
    use crate::probe::report::wait::Wait;
    use crate::probe::report::{Code, Family, Report, Row, RowError, Rtt, Summary, Transport};

    const PIPE: Stream = Stream { is_terminal: false, color: false, width: None };

    fn good(uri: &str, ms: f64) -> Row {
        let mut row = Row::new(uri.to_owned(), Kind::Stun, Transport::Udp);
        (row.status, row.family, row.sent, row.received) = (Status::Ok, Some(Family::Ipv4), 1, 1);
        row.rtt_ms = Some(Rtt { min: ms, median: ms, max: ms });
        row
    }

    fn silent(uri: &str) -> Row {
        let error = RowError {
            code: Code::Timeout,
            message: format!("no \u{1b}[31manswer from {uri} within 5s"),
            hint: "check that the server runs".into(),
            stun_code: None,
            wait: Wait::Retransmission,
        };
        Row { status: Status::Failed, received: 0, rtt_ms: None, error: Some(error), ..good(uri, 0.0) }
    }

    fn watched(rounds: &[&[Row]]) -> History {
        let mut history = History::default();
        for rows in rounds {
            rows.iter().for_each(|row| history.record(row));
            let summary = Summary { ok: 0, failed: 0, skipped: 0, duration_ms: 0.0, gathering_ms: Some(0.0) };
            history.end_round(&Report { results: rows.to_vec(), summary, is_interrupted: false });
        }
        history
    }

    #[test]
    fn a_frame_shows_losses_times_and_their_history() {
        let history = watched(&[
            &[good("stun:a:1", 10.0), silent("stun:b:1")],
            &[good("stun:a:1", 24.0), good("stun:b:1", 0.1234)],
            &[silent("stun:a:1"), silent("stun:b:1")],
            &[good("stun:a:1", 17.0), silent("stun:b:1")],
        ]);
        let expected = "1 of 2 ok · round 4 · every 5s

  SERVER    OVER      LOSS   LAST     HISTORY
✓ stun:a:1  UDP/IPv4  25.0%  17.0 ms  ▁█×▅
✗ stun:b:1  UDP/IPv4  75.0%           ×▁××
  no [31manswer from stun:b:1 within 5s
  → check that the server runs
";
        assert_eq!(frame(&history, "every 5s", PIPE, 100), expected);
        assert_eq!(frame(&History::default(), "every 5s", PIPE, 100), "every 5s\n");
    }

    #[test]
    fn long_lines_are_cut_and_failures_come_first() {
        let mut rows: Vec<Row> = (0..100).map(|n| good(&format!("stun:host{n}:1"), 1.0)).collect();
        rows.push(silent("stun:a-name-that-is-far-too-long-for-a-narrow-terminal.example:3478"));
        let history = watched(&[&rows]);
        for (width, height) in [(80, 24), (40, 10), (20, 5), (10, 1), (80, 3)] {
            let terminal = Stream { is_terminal: true, color: false, width: Some(width) };
            let frame = frame(&history, "every 5s", terminal, height);
            assert!(frame.lines().all(|line| line.chars().count() <= usize::from(width)), "{frame}");
            assert!(frame.lines().count() <= height, "{width} x {height}:\n{frame}");
            if width == 80 && height == 24 {
                assert!(frame.lines().nth(3).unwrap().starts_with("✗ stun:a-name"), "{frame}");
                assert!(frame.ends_with("  and 82 more\n"), "{frame}");
            }
        }
    }

    #[test]
    fn hints_are_shown_if_they_fit_and_hidden_failures_are_counted() {
        let rows: Vec<Row> = (0..9).map(|n| silent(&format!("stun:host{n}:1"))).collect();
        let history = watched(&[&rows]);
        let terminal = Stream { is_terminal: true, color: false, width: Some(80) };
        assert_eq!(frame(&history, "", terminal, 30).matches("  → check that").count(), 9);
        assert_eq!(frame(&history, "", terminal, 29).matches('→').count(), 0, "one line is missing");
        let short = frame(&history, "", terminal, 8);
        assert!(short.ends_with("  and 7 more (7 failed)\n"), "{short}");
    }

    #[test]
    fn wide_characters_need_no_second_line() {
        let terminal = Stream { is_terminal: true, color: false, width: Some(10) };
        assert_eq!(cut("  服务器错误错误", terminal), "  服务器…");
        assert_eq!(cut("  a服务器错误错误", terminal), "  a服务器…");
        assert_eq!(cut("服务器", PIPE), "服务器");
    }

    #[test]
    fn a_log_line_has_everything_about_a_row() {
        let history = watched(&[&[good("stun:a:1", 12.34), silent("stun:b:1")]]);
        let lines: Vec<String> = history.rows().iter().map(|row| line(row, "2026-11-24T09:14:02Z")).collect();
        assert_eq!(lines[0], "2026-11-24T09:14:02Z ok stun:a:1 UDP/IPv4 12.3ms loss 0.0%\n");
        assert_eq!(
            lines[1],
            "2026-11-24T09:14:02Z failed stun:b:1 UDP/IPv4 loss 100.0% timeout: no [31manswer from stun:b:1 within 5s\n"
        );
    }

    #[test]
    fn constant_times_are_a_flat_line() {
        let mut row = watched(&[&[good("stun:a:1", 1.0)]]).rows()[0].clone();
        row.times = VecDeque::from([Some(1.0), Some(1.004), None, Some(1.002)]);
        assert_eq!(sparkline(&row), "▁▁×▁");
    }
}
