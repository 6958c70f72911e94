//! A watch for people: a frame of the live table, or a line for each row where nothing can be redrawn.

use std::cmp::Reverse;

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::table as verdicts;
use crate::probe::history::{Track, Watch};
use crate::probe::report::Status;
use crate::terminal::{Stream, Style, table};
use crate::text::clean;

/// The bars of a history, from the fastest response to the slowest.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// A round without a response.
const LOST: char = '×';
/// The columns that the figures of a row need, with a part of its history.
const FIGURES: usize = 44;
/// The fewest characters that are shown of a server's address.
const SHORTEST_NAME: usize = 16;
/// The indentation of notes: they begin below the server.
const INDENT: &str = "  ";
/// The end of a line that was cut.
const ELLIPSIS: char = '…';

/// Returns the table with a heading, at most `height` lines; if not all rows fit, those that failed come first.
#[must_use]
pub fn frame(watch: &Watch, state: &str, out: Stream, height: usize) -> String {
    let tracks = watch.tracks();
    let good = tracks.iter().filter(|track| track.status == Status::Ok).count();
    if tracks.is_empty() {
        return cut(state, out) + "\n";
    }
    let heading = format!("{good} of {} ok · round {} · {state}", tracks.len(), watch.rounds());
    let mut lines = vec![out.paint(Style::Bold, cut(&heading, out)), String::new()];
    let room = height.saturating_sub(lines.len());
    lines.extend(rows(tracks, out, room));
    lines.truncate(height);
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// Returns at most `room` lines of the table.
fn rows(tracks: &[Track], out: Stream, room: usize) -> Vec<String> {
    let mut shown: Vec<&Track> = tracks.iter().collect();
    let mut hidden = Vec::new();
    // Hints are shown if there is room for all of them.
    let needed = |hints| 1 + shown.iter().map(|track| lines_of(track, hints)).sum::<usize>();
    let hints = needed(true) <= room;
    if needed(false) > room {
        shown.sort_by_key(|track| Reverse(track.status == Status::Failed));
        // The headings and the line with the number of hidden rows need room, too.
        let mut left = room.saturating_sub(2);
        let fit = shown.iter().take_while(|track| {
            let fits = lines_of(track, false) <= left;
            left = left.saturating_sub(lines_of(track, false));
            fits
        });
        hidden = shown.split_off(fit.count());
    }
    // A row is one line: it is cut rather than wrapped.
    let plain = Stream { color: false, width: None, ..out };
    let mut table = verdicts::marked_table(plain, &["SERVER", "OVER", "LOSS", "LAST", "HISTORY"]);
    for track in &shown {
        let mark = verdicts::mark(track.status).to_string();
        let over = verdicts::over(track.transport, track.family);
        let last = track.last_ms().map_or_else(String::new, |ms| verdicts::milliseconds(f64::from(ms)));
        table.add_row([mark, name(track, out), over, loss(track), last, sparkline(track)]);
    }
    let mut rendered = table::rows(table).into_iter();
    let mut lines: Vec<String> = rendered.next().map(|headings| cut(&headings, out)).into_iter().collect();
    for (track, row) in shown.iter().zip(rendered) {
        lines.push(verdicts::colour_mark(&cut(&row, out), track.status, out));
        lines.extend(notes(track, hints, out));
    }
    lines.truncate(room);
    if !hidden.is_empty() {
        lines.truncate(room.saturating_sub(1));
        lines.push(out.paint(Style::Dim, cut(&more(&hidden), out)));
    }
    lines
}

/// Returns how many lines a row takes.
fn lines_of(track: &Track, hints: bool) -> usize {
    match &track.error {
        Some(error) => 2 + usize::from(hints && !error.hint.is_empty()),
        None => 1,
    }
}

/// Returns how many rows are hidden, and how many of them failed.
fn more(hidden: &[&Track]) -> String {
    let failed = hidden.iter().filter(|track| track.status == Status::Failed).count();
    let failed = if failed > 0 { format!(" ({failed} failed)") } else { String::new() };
    format!("{INDENT}and {} more{failed}", hidden.len())
}

/// Returns the server, shortened if the terminal is too narrow for it and the figures.
fn name(track: &Track, out: Stream) -> String {
    let room = out.width.map_or(usize::MAX, |width| usize::from(width).saturating_sub(FIGURES));
    let most = room.max(SHORTEST_NAME);
    if track.uri.chars().count() <= most {
        return track.uri.clone();
    }
    track.uri.chars().take(most - 1).chain([ELLIPSIS]).collect()
}

/// Returns why a row failed and what to do, each on one line.
fn notes(track: &Track, hints: bool, out: Stream) -> Vec<String> {
    let Some(error) = &track.error else { return Vec::new() };
    let mut lines = vec![cut(&format!("{INDENT}{}", clean(&error.message)), out)];
    if hints && !error.hint.is_empty() {
        lines.push(out.paint(Style::Dim, cut(&format!("{INDENT}→ {}", error.hint), out)));
    }
    lines
}

/// Returns `12.5%`, or nothing before the first transaction.
fn loss(track: &Track) -> String {
    track.loss().map_or_else(String::new, |share| format!("{:.1}%", share * 100.0))
}

/// Returns the history as bars between its fastest and slowest response, the latest round at the right.
fn sparkline(track: &Track) -> String {
    let times = || track.history.iter().copied().flatten();
    let (min, max) = times().fold((f32::MAX, f32::MIN), |(min, max), ms| (min.min(ms), max.max(ms)));
    let bar = |ms: f32| {
        // Differences below a tenth of a millisecond are noise.
        let share = (ms - min) / (max - min).max(0.1);
        let step = (share * (BARS.len() - 1) as f32).round() as usize;
        BARS.get(step).copied().unwrap_or_default()
    };
    track.history.iter().map(|time| time.map_or(LOST, bar)).collect()
}

/// Returns a row as one line for logs: time, verdict, server, transport and family, round trip, loss and error.
#[must_use]
pub fn line(track: &Track, time: &str) -> String {
    let verdict = match track.status {
        Status::Ok => "ok",
        Status::Failed => "failed",
        Status::Skipped => "skipped",
    };
    let over = verdicts::over(track.transport, track.family);
    let mut line = format!("{time} {verdict} {} {over}", track.uri);
    if let Some(ms) = track.last_ms() {
        line += &format!(" {}", verdicts::milliseconds(f64::from(ms)).replace(' ', ""));
    }
    if track.sent > 0 {
        line += &format!(" loss {}", loss(track));
    }
    if let Some(error) = &track.error {
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
    use crate::probe::report::{Code, Family, Kind, Report, Row, RowError, Rtt, Summary, Transport};

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
            hint: "check that the server runs".to_owned(),
            stun_code: None,
        };
        Row { status: Status::Failed, received: 0, rtt_ms: None, error: Some(error), ..good(uri, 0.0) }
    }

    fn watched(rounds: &[&[Row]]) -> Watch {
        let mut watch = Watch::default();
        for rows in rounds {
            rows.iter().for_each(|row| watch.take(row));
            let summary = Summary { ok: 0, failed: 0, skipped: 0, duration_ms: 0.0, gathering_ms: 0.0 };
            watch.end(&Report { results: rows.to_vec(), summary, interrupted: None });
        }
        watch
    }

    #[test]
    fn a_frame_shows_losses_times_and_their_history() {
        let watch = watched(&[
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
        assert_eq!(frame(&watch, "every 5s", PIPE, 100), expected);
        assert_eq!(frame(&Watch::default(), "every 5s", PIPE, 100), "every 5s\n");
    }

    #[test]
    fn long_lines_are_cut_and_failures_come_first() {
        let mut rows: Vec<Row> = (0..100).map(|n| good(&format!("stun:host{n}:1"), 1.0)).collect();
        rows.push(silent("stun:a-name-that-is-far-too-long-for-a-narrow-terminal.example:3478"));
        let watch = watched(&[&rows]);
        for (width, height) in [(80, 24), (40, 10), (20, 5), (10, 1), (80, 3)] {
            let terminal = Stream { is_terminal: true, color: false, width: Some(width) };
            let frame = frame(&watch, "every 5s", terminal, height);
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
        let watch = watched(&[&rows]);
        let terminal = Stream { is_terminal: true, color: false, width: Some(80) };
        assert_eq!(frame(&watch, "", terminal, 30).matches("  → check that").count(), 9);
        assert_eq!(frame(&watch, "", terminal, 29).matches('→').count(), 0, "one line is missing");
        let short = frame(&watch, "", terminal, 8);
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
        let watch = watched(&[&[good("stun:a:1", 12.34), silent("stun:b:1")]]);
        let lines: Vec<String> =
            watch.tracks().iter().map(|track| line(track, "2026-11-24T09:14:02Z")).collect();
        assert_eq!(lines[0], "2026-11-24T09:14:02Z ok stun:a:1 UDP/IPv4 12.3ms loss 0.0%\n");
        assert_eq!(
            lines[1],
            "2026-11-24T09:14:02Z failed stun:b:1 UDP/IPv4 loss 100.0% timeout: no [31manswer from stun:b:1 within 5s\n"
        );
    }

    #[test]
    fn constant_times_are_a_flat_line() {
        let mut track = watched(&[&[good("stun:a:1", 1.0)]]).tracks()[0].clone();
        track.history = VecDeque::from([Some(1.0), Some(1.004), None, Some(1.002)]);
        assert_eq!(sparkline(&track), "▁▁×▁");
    }
}
