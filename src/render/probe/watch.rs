//! A watch for people at a terminal: a frame of the live table.

use std::cmp::Reverse;

use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::figures::{grade, has_grade, last, loss, over, sparkline};
use super::table as verdicts;
use crate::probe::history::{History, RowHistory};
use crate::probe::report::Status;
use crate::probe::report::quality::Grade;
use crate::terminal::paragraph::paragraph;
use crate::terminal::table::{Cell, Table, wrap};
use crate::terminal::{Stream, Style};
use crate::text::clean;
use crate::text::suggestion::{first_command, with_whole_commands};

/// The fewest rounds of a history in a table; with less room each row is a block.
const FEWEST_ROUNDS: usize = 8;
/// The columns beside the history in a block: `last: 999.9 ms  history: `.
const BESIDE_HISTORY: usize = 25;
/// Stands between the parts of a heading, where it may be wrapped.
const DOT: &str = " · ";
/// The end of a line that was cut.
const ELLIPSIS: char = '…';

/// Returns the table with a heading, at most `height` lines; if not all rows fit, those that failed come first.
pub fn frame(history: &History, state: &str, out: Stream, height: usize) -> String {
    let rows = history.rows();
    let good = rows.iter().filter(|row| row.status == Status::Ok).count();
    let heading = match rows.len() {
        0 => state.to_owned(),
        count => format!("{good} of {count} ok{DOT}round {}{DOT}{state}", history.rounds()),
    };
    let mut lines: Vec<String> =
        wrapped(&heading, out).iter().map(|line| out.paint(Style::Bold, line)).collect();
    if !rows.is_empty() {
        lines.push(String::new());
        let room = height.saturating_sub(lines.len());
        lines.extend(Layout::of(rows, out).lines(rows, room));
    }
    lines.truncate(height);
    lines.iter().map(|line| format!("{line}\n")).collect()
}

/// Returns a heading on as many lines as it takes.
fn wrapped(heading: &str, out: Stream) -> Vec<String> {
    let room = out.width.map_or(usize::MAX, usize::from);
    let mut lines: Vec<String> = Vec::new();
    for part in heading.split(DOT) {
        match lines.last_mut() {
            Some(line) if line.width() + DOT.width() + part.width() <= room => {
                *line += DOT;
                *line += part;
            }
            _ => lines.push(cut(part, out)),
        }
    }
    lines
}

/// What is shown of the hints below the rows.
#[derive(Clone, Copy)]
enum Hints {
    Full,
    /// Only the first command of each.
    Commands,
    Hidden,
}

/// How the rows are laid out.
struct Layout {
    out: Stream,
    /// The most rounds of a history that fit into the table; none where each row is a block.
    rounds: Option<usize>,
    /// The columns of the positions, if there are any, with the gap after them.
    numbers: usize,
    /// Whether there are grades of calls.
    has_grades: bool,
}

impl Layout {
    fn of(rows: &[RowHistory], out: Stream) -> Self {
        let width = |text: fn(&RowHistory) -> usize| rows.iter().map(text).max().unwrap_or_default();
        let numbers = match width(|row| row.position.map_or(0, |position| position.to_string().len())) {
            0 => 0,
            digits => digits + 2,
        };
        let has_grades = rows.iter().any(has_grade);
        // A mark, and the widest texts of the figures; the histories take the rest.
        let figures = numbers + 2 + width(|row| row.uri.width()) + "  UDP/IPv4  100.0%  999.9 ms  ".width();
        let figures = figures + if has_grades { "QUALITY  ".width() } else { 0 };
        let room = out.width.map_or(usize::MAX, usize::from).saturating_sub(figures);
        Layout { out, rounds: (room >= FEWEST_ROUNDS).then_some(room), numbers, has_grades }
    }

    /// The column in which the servers begin.
    fn indent(&self) -> usize {
        self.numbers + 2
    }

    /// Returns at most `room` lines.
    fn lines(&self, rows: &[RowHistory], room: usize) -> Vec<String> {
        let out = self.out;
        let mut shown: Vec<&RowHistory> = rows.iter().collect();
        let mut hidden = Vec::new();
        let headings = usize::from(self.rounds.is_some());
        // Hints are shown if there is room for all of them, or else for all of their commands.
        let needed = |hints| headings + shown.iter().map(|row| self.height(row, hints)).sum::<usize>();
        let fit = [Hints::Full, Hints::Commands].into_iter().find(|hints| needed(*hints) <= room);
        let hints = fit.unwrap_or(Hints::Hidden);
        if needed(Hints::Hidden) > room {
            let grade = |row: &RowHistory| row.quality.as_ref().map(|(grade, _)| *grade);
            shown.sort_by_key(|row| Reverse((row.status == Status::Failed, grade(row))));
            // The headings and the line with the number of hidden rows need room, too.
            let mut left = room.saturating_sub(headings + 1);
            let fit = shown.iter().take_while(|row| {
                let fits = self.height(row, Hints::Hidden) <= left;
                left = left.saturating_sub(self.height(row, Hints::Hidden));
                fits
            });
            hidden = shown.split_off(fit.count());
        }
        let mut lines = match self.rounds {
            Some(rounds) => self.table(&shown, rounds, hints),
            None => shown.iter().flat_map(|row| self.block(row, hints)).collect(),
        };
        lines.truncate(room);
        if !hidden.is_empty() {
            lines.truncate(room.saturating_sub(1));
            lines.push(out.paint(Style::Dim, cut(&more(&hidden), out)));
        }
        lines
    }

    /// Returns how many lines a row takes.
    fn height(&self, row: &RowHistory, hints: Hints) -> usize {
        let figures = 2 + usize::from(has_grade(row));
        self.notes(row, hints).len()
            + if self.rounds.is_some() { 1 } else { self.server(row).len() + figures }
    }

    /// Returns the lines of a server in a block.
    fn server<'r>(&self, row: &'r RowHistory) -> Vec<&'r str> {
        wrap(&row.uri, usize::from(self.out.width.unwrap_or(u16::MAX)).saturating_sub(self.indent()))
    }

    /// Returns the table with the headings, in which each row is one line.
    fn table(&self, shown: &[&RowHistory], rounds: usize, hints: Hints) -> Vec<String> {
        let start =
            (self.numbers > 0).then_some("#").into_iter().chain(["", "SERVER", "OVER", "LOSS", "LAST"]);
        let headings = start.chain(self.has_grades.then_some("QUALITY")).chain(["HISTORY"]);
        let mut table =
            Table::new(Stream { width: None, ..self.out }, &headings.collect::<Vec<_>>()).with_marks();
        for row in shown {
            let texts = [row.uri.clone(), over(row), loss(row), last(row)].map(Cell::from);
            let start = (self.numbers > 0).then(|| verdicts::number(row.position));
            let start = start.into_iter().chain([verdicts::mark(row.status)]).chain(texts);
            let end = self.has_grades.then(|| grade(row)).into_iter().chain([sparkline(row, rounds).into()]);
            table.add_row(start.chain(end));
        }
        let rendered = table.lines();
        let mut lines: Vec<String> = rendered.headings.into_iter().collect();
        for (row, line) in shown.iter().zip(rendered.rows) {
            lines.push(line);
            lines.extend(self.notes(row, hints));
        }
        lines
    }

    /// Returns a row as a block: the server, and below it the figures.
    fn block(&self, row: &RowHistory, hints: Hints) -> Vec<String> {
        let number = match (self.numbers, row.position) {
            (0, _) => String::new(),
            (numbers, Some(position)) => format!("{position:>0$}  ", numbers - 2),
            (numbers, None) => " ".repeat(numbers),
        };
        let mut lines: Vec<String> = self.server(row).into_iter().map(|part| self.below(part)).collect();
        if let Some(first) = lines.first_mut() {
            let server = first.trim_start();
            *first = number + &verdicts::mark(row.status).painted(self.out) + " " + server;
        }
        let rounds =
            usize::from(self.out.width.unwrap_or(u16::MAX)).saturating_sub(self.indent() + BESIDE_HISTORY);
        let figures = [
            [("over", over(row)), ("loss", loss(row))],
            [("last", last(row)), ("history", sparkline(row, rounds))],
        ];
        lines.extend(figures.map(|pair| {
            let given = pair.into_iter().filter(|(_, text)| !text.is_empty());
            let texts: Vec<_> = given.map(|(label, text)| format!("{label}: {text}")).collect();
            self.below(&texts.join("  "))
        }));
        if has_grade(row) {
            lines.push(self.below("quality: ") + &grade(row).painted(self.out));
        }
        lines.extend(self.notes(row, hints));
        lines
    }

    /// Returns why a row failed, or would not make a good call, on one line, and what to do, on as many as it takes.
    fn notes(&self, row: &RowHistory, hints: Hints) -> Vec<String> {
        if let Some((Grade::Fair | Grade::Poor, reason)) = &row.quality {
            return vec![self.below(&clean(reason))];
        }
        let Some(error) = &row.error else {
            return row.audit.map(|counts| self.below(&format!("audit: {counts}"))).into_iter().collect();
        };
        let mut lines = vec![self.below(&clean(&error.message))];
        let hint = clean(&error.hint);
        let shown = match hints {
            Hints::Full => Some(&*hint).filter(|hint| !hint.is_empty()),
            Hints::Commands => first_command(&hint),
            Hints::Hidden => None,
        };
        lines.extend(shown.into_iter().flat_map(|hint| self.hint(hint)));
        lines
    }

    /// Returns a hint below a row. A command in it is broken only if it is wider than the terminal.
    fn hint(&self, hint: &str) -> Vec<String> {
        let plain = Stream { color: false, ..self.out };
        let wrapped = |words: &str| paragraph(self.indent(), Some((Style::Dim, "→ ")), words, plain);
        let is_wide = |line: &str| self.out.width.is_some_and(|width| line.width() > width.into());
        let whole = with_whole_commands(hint, wrapped);
        let text = if whole.lines().any(is_wide) { wrapped(hint) } else { whole };
        text.lines().map(|line| self.out.paint(Style::Dim, cut(line, self.out))).collect()
    }

    /// Returns a line below a server.
    fn below(&self, text: &str) -> String {
        cut(&(" ".repeat(self.indent()) + text), self.out)
    }
}

/// Returns how many rows are hidden, and how many of them failed.
fn more(hidden: &[&RowHistory]) -> String {
    let failed = hidden.iter().filter(|row| row.status == Status::Failed).count();
    let failed = if failed > 0 { format!(" ({failed} failed)") } else { String::new() };
    format!("  and {} more{failed}", hidden.len())
}

/// Cuts a line to the width of the terminal. Text from a server may have characters that are two columns wide.
pub(super) fn cut(line: &str, out: Stream) -> String {
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
    use super::*;
    use crate::probe::report::Row;
    use crate::render::probe::made_up::{good, measured, silent, watched};

    const PIPE: Stream = Stream { is_terminal: false, color: false, width: None };

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
                assert!(frame.lines().nth(2).unwrap().starts_with("✗ stun:a-name"), "{frame}");
                assert!(frame.ends_with("  and 95 more\n"), "{frame}");
            }
        }
    }

    #[test]
    fn a_narrow_terminal_gets_blocks_with_the_positions_of_configured_servers() {
        let at = |position, row| Row { position: Some(position), ..row };
        let uri = "turn:turn.example.de:3478?transport=udp";
        let history =
            watched(&[&[at(9, good("stun:a:1", 10.0)), at(10, good(uri, 12.0)), silent("stun:b:1")]]);
        let terminal = Stream { is_terminal: true, color: false, width: Some(40) };
        let expected = "2 of 3 ok · round 1 · every 5s
next round in 3s · q stops

 9  ✓ stun:a:1
      over: UDP/IPv4  loss: 0.0%
      last: 10.0 ms  history: ▁
10  ✓ turn:turn.example.de:3478
      ?transport=udp
      over: UDP/IPv4  loss: 0.0%
      last: 12.0 ms  history: ▁
    ✗ stun:b:1
      over: UDP/IPv4  loss: 100.0%
      history: ×
      no [31manswer from stun:b:1 withi…
      → check that the server runs
";
        assert_eq!(frame(&history, "every 5s · next round in 3s · q stops", terminal, 24), expected);
        let wide = frame(&history, "every 5s", Stream { width: Some(200), ..terminal }, 24);
        assert!(wide.contains("\n 9  ✓ stun:a:1 "), "{wide}");
        assert!(wide.contains("\n10  ✓ turn:turn.example.de:3478?transport=udp "), "{wide}");
    }

    #[test]
    fn grades_have_a_column_and_a_reason_where_they_are_not_good() {
        let history = watched(&[&[
            measured(good("stun:a:1", 10.0), Grade::Good),
            measured(good("stun:b:1", 10.0), Grade::Poor),
            silent("stun:c:1"),
        ]]);
        let expected = "2 of 3 ok · round 1 · every 5s

  SERVER    OVER      LOSS    LAST     QUALITY  HISTORY
✓ stun:a:1  UDP/IPv4  0.0%    10.0 ms  good     ▁
✓ stun:b:1  UDP/IPv4  0.0%    10.0 ms  poor     ▁
  1.2 % were [31mlost
✗ stun:c:1  UDP/IPv4  100.0%                    ×
  no [31manswer from stun:c:1 within 5s
  → check that the server runs
";
        assert_eq!(frame(&history, "every 5s", PIPE, 100), expected);
        let mut early = History::default();
        early.record_before_quality(&good("stun:a:1", 10.0));
        let before = frame(&early, "every 5s", PIPE, 100);
        assert!(before.contains("✓ stun:a:1  UDP/IPv4  0.0%  10.0 ms  …        ▁\n"), "{before}");
        early.record_quality(&measured(good("stun:a:1", 10.0), Grade::Good));
        let after = frame(&early, "every 5s", PIPE, 100);
        assert!(after.contains("0.0%  10.0 ms  good     ▁\n"), "recorded once: {after}");
        let terminal = Stream { is_terminal: true, width: Some(40), ..PIPE };
        let narrow = frame(&history, "every 5s", terminal, 24);
        assert!(narrow.contains("\n  last: 10.0 ms  history: ▁\n  quality: poor\n  1.2 % were"), "{narrow}");
        let history = watched(&[&[
            good("stun:a:1", 1.0),
            measured(good("stun:d:1", 1.0), Grade::Good),
            measured(good("stun:b:1", 1.0), Grade::Poor),
            silent("stun:c:1"),
        ]]);
        let short = frame(&history, "every 5s", Stream { width: Some(80), ..terminal }, 8);
        assert!(
            short.contains("✗ stun:c:1") && short.contains("✓ stun:b:1"),
            "the worst come first: {short}"
        );
        assert!(short.ends_with("  and 2 more\n"), "{short}");
    }

    #[test]
    fn a_long_history_loses_its_oldest_rounds_first() {
        let mut rounds: Vec<Vec<Row>> = (0..29).map(|_| vec![good("stun:a:1", 1.0)]).collect();
        rounds.push(vec![silent("stun:a:1")]);
        let rounds: Vec<&[Row]> = rounds.iter().map(Vec::as_slice).collect();
        let terminal = Stream { is_terminal: true, color: false, width: Some(60) };
        let frame = frame(&watched(&rounds), "", terminal, 24);
        let row = frame.lines().find(|line| line.contains("stun:a:1")).unwrap();
        assert!(row.ends_with("▁▁×") && row.chars().count() <= 60, "{frame}");
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
    fn the_command_of_a_hint_is_shown_whole() {
        let command = "cowork-calls stun add URI --at 12 && cowork-calls stun remove stun:b.example:1";
        let hint = |n: usize| {
            let mut row = silent(&format!("stun:host{n}:1"));
            let error = row.error.as_mut().unwrap();
            error.hint = format!("check the name; to correct it: '{command}'").into();
            row
        };
        let history = watched(&[&[hint(1), hint(2)]]);
        let at = |width, height| {
            let terminal = Stream { is_terminal: true, color: false, width: Some(width) };
            let frame = frame(&history, "", terminal, height);
            assert!(
                frame.lines().count() <= height && frame.lines().all(|line| line.width() <= width.into())
            );
            frame
        };
        let whole = format!("\n  → check the name; to correct it:\n    '{command}'\n");
        assert_eq!(at(85, 30).matches(&whole).count(), 2, "{}", at(85, 30));
        assert_eq!(at(85, 10).matches(&format!("  → {command}\n")).count(), 2, "{}", at(85, 10));
        let wrapped = at(60, 30).split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(wrapped.matches(command).count(), 2, "{wrapped}");
    }

    #[test]
    fn wide_characters_need_no_second_line() {
        let terminal = Stream { is_terminal: true, color: false, width: Some(10) };
        assert_eq!(cut("  服务器错误错误", terminal), "  服务器…");
        assert_eq!(cut("  a服务器错误错误", terminal), "  a服务器…");
        assert_eq!(cut("服务器", PIPE), "服务器");
    }
}
