//! The figures of a watched row as people see them, and the row as one line for logs.

use super::{quality, table as verdicts};
use crate::probe::history::RowHistory;
use crate::probe::report::Status;
use crate::terminal::Style;
use crate::terminal::table::Cell;
use crate::text::clean;

/// The bars of a history, from the fastest response to the slowest.
const BARS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
/// A round without a response.
const LOST: char = '×';

/// Returns the transport and the address family.
pub(super) fn over(row: &RowHistory) -> String {
    verdicts::over(row.transport, row.family)
}

/// Returns the time of the last response.
pub(super) fn last(row: &RowHistory) -> String {
    row.last_ms().map_or_else(String::new, |ms| verdicts::milliseconds(f64::from(ms)))
}

/// Returns `12.5%`, or nothing before the first transaction.
pub(super) fn loss(row: &RowHistory) -> String {
    row.loss().map_or_else(String::new, |share| format!("{:.1}%", share * 100.0))
}

/// Returns the last rounds as bars between the fastest and slowest response, the latest round at the right.
pub(super) fn sparkline(row: &RowHistory, rounds: usize) -> String {
    let rounds = || row.times.iter().skip(row.times.len().saturating_sub(rounds)).copied();
    let times = || rounds().flatten();
    let (min, max) = times().fold((f32::MAX, f32::MIN), |(min, max), ms| (min.min(ms), max.max(ms)));
    let bar = |ms: f32| {
        // Differences below a tenth of a millisecond are noise.
        let share = (ms - min) / (max - min).max(0.1);
        let step = (share * (BARS.len() - 1) as f32).round() as usize;
        BARS.get(step).copied().unwrap_or_default()
    };
    rounds().map(|time| time.map_or(LOST, bar)).collect()
}

/// Whether a row has a grade, or is to have one.
pub(super) const fn has_grade(row: &RowHistory) -> bool {
    row.quality.is_some() || row.awaits_quality
}

/// Returns the last grade of calls, or dots before the first one.
pub(super) fn grade(row: &RowHistory) -> Cell {
    match &row.quality {
        Some((grade, _)) => Cell::styled(quality::name(*grade), quality::style(*grade)),
        None if row.awaits_quality => Cell::styled("…", Style::Dim),
        None => "".into(),
    }
}

/// Returns a row as one line for logs: time, verdict, server, transport and family, round trip, loss, error, findings and grade.
pub fn line(row: &RowHistory, time: &str) -> String {
    let verdict = match row.status {
        Status::Ok => "ok",
        Status::Failed => "failed",
        Status::Skipped => "skipped",
    };
    let mut line = format!("{time} {verdict} {} {}", row.uri, over(row));
    if let Some(ms) = row.last_ms() {
        line += &format!(" {}", verdicts::milliseconds(f64::from(ms)).replace(' ', ""));
    }
    if row.sent > 0 {
        line += &format!(" loss {}", loss(row));
    }
    if let Some(error) = &row.error {
        line += &format!(" {}: {}", error.code.as_str(), clean(&error.message));
    }
    if let Some(counts) = row.audit.filter(|counts| row.error.is_none() || counts.findings != [0; 3]) {
        line += &format!(" audit: {counts}");
    }
    if let Some((grade, reason)) = &row.quality {
        line += &format!(" quality {}: {}", quality::name(*grade), clean(reason));
    }
    line + "\n"
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;
    use crate::probe::report::quality::Grade;
    use crate::render::probe::made_up::{good, measured, silent, watched};

    #[test]
    fn a_log_line_has_everything_about_a_row() {
        let fair = measured(good("stun:c:1", 1.0), Grade::Fair);
        let history = watched(&[&[good("stun:a:1", 12.34), silent("stun:b:1"), fair]]);
        let lines: Vec<String> = history.rows().iter().map(|row| line(row, "2026-11-24T09:14:02Z")).collect();
        assert_eq!(lines[0], "2026-11-24T09:14:02Z ok stun:a:1 UDP/IPv4 12.3ms loss 0.0%\n");
        assert_eq!(
            lines[1],
            "2026-11-24T09:14:02Z failed stun:b:1 UDP/IPv4 loss 100.0% timeout: no [31manswer from stun:b:1 within 5s\n"
        );
        assert_eq!(
            lines[2],
            "2026-11-24T09:14:02Z ok stun:c:1 UDP/IPv4 1.0ms loss 0.0% quality fair: 1.2 % were [31mlost\n"
        );
    }

    #[test]
    fn constant_times_are_a_flat_line() {
        let mut row = watched(&[&[good("stun:a:1", 1.0)]]).rows()[0].clone();
        row.times = VecDeque::from([Some(1.0), Some(1.004), None, Some(1.002)]);
        assert_eq!(sparkline(&row, 30), "▁▁×▁");
    }
}
