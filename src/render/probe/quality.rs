//! How good a call would be, for people: a grade with its reason, and the figures below it.

use crate::probe::report::quality::{Direction, Grade, LargestPacket, Percentiles, Quality, ServerLeg};
use crate::probe::report::{Report, Row, Status};
use crate::terminal::paragraph::paragraph;
use crate::terminal::table::Table;
use crate::terminal::{Stream, Style};
use crate::text::clean;

/// From this delay on, in milliseconds, people are told that this machine sent late.
const NOTABLE_PACE: f64 = 1.0;

/// Returns the grade of a row with its reason, and the figures.
pub(super) fn notes(quality: &Quality, indent: usize, out: Stream) -> String {
    let took =
        if quality.duration_s > 0.0 { format!(" ({})", seconds(quality.duration_s)) } else { String::new() };
    let mark = format!("quality {}{took}: ", name(quality.grade));
    let mut text = paragraph(indent, Some((style(quality.grade), &mark)), &clean(&quality.reason), out);
    text += &media(quality, indent, out);
    for sentence in sentences(quality) {
        text += &paragraph(indent, None, &sentence, out);
    }
    let short = quality.largest_packet.filter(|packet| packet.bytes < packet.needed_bytes);
    let style = short.map(|_| (Style::Warning, "warning: "));
    if let Some(LargestPacket { bytes, needed_bytes }) = quality.largest_packet {
        let words = format!("largest packet {bytes} bytes, calls need {needed_bytes}");
        text += &paragraph(indent, style, &words, out);
    }
    text
}

/// Returns a line for each direction of the media, and one for the part of the path up to the server: a trip through the
/// relay crosses that twice, as a request and its response do.
fn media(quality: &Quality, indent: usize, out: Stream) -> String {
    let directions = [("up", quality.up), ("down", quality.down)];
    let known: Vec<_> = directions.into_iter().filter_map(|(name, figures)| Some((name, figures?))).collect();
    if known.is_empty() {
        return String::new();
    }
    let room = out.width.map(|width| width.saturating_sub(indent.try_into().unwrap_or(u16::MAX)));
    let headings = ["PATH", "LOST", "BURST", "REORDERED", "TWICE", "JITTER", "TRIP P50/P95/P99", "KBIT/S"];
    let mut table = Table::new(Stream { width: room, ..out }, &headings);
    for (name, figures) in known {
        table.add_row(cells(name, &figures));
    }
    let ServerLeg { lost_percent, rtt_ms, .. } = quality.server;
    if !quality.server.is_unknown() {
        let (lost, trip) = (percent(lost_percent), rtt_ms.map(percentiles).unwrap_or_default());
        table.add_row(["server", &lost, "", "", "", "", &trip, ""]);
    }
    table.text().lines().map(|line| format!("{}{line}\n", " ".repeat(indent))).collect()
}

/// Returns the figures of one direction.
fn cells(name: &str, figures: &Direction) -> [String; 8] {
    [
        name.to_owned(),
        percent(figures.lost_percent),
        figures.longest_burst.to_string(),
        percent(figures.reordered_percent),
        figures.duplicates.to_string(),
        format!("{} ms", digits(figures.jitter_ms)),
        figures.trip_ms.map(percentiles).unwrap_or_default(),
        format!("{:.0}", figures.kbit_s),
    ]
}

/// Returns what is to be said beside the media, or instead of it.
fn sentences(quality: &Quality) -> Vec<String> {
    let ServerLeg { sent, received, rtt_ms, .. } = quality.server;
    let mut sentences = Vec::new();
    if quality.up.is_none() && !quality.server.is_unknown() {
        let trips = rtt_ms.map(|rtt| format!(", round trip {} (p50/p95/p99)", percentiles(rtt)));
        let lost = sent.saturating_sub(received);
        sentences.push(format!("{lost} of {sent} requests lost{}", trips.unwrap_or_default()));
    }
    if let Some(pace) = quality.pace_ms.filter(|pace| pace.p99 >= NOTABLE_PACE) {
        sentences.push(format!("this machine sent late: {} (p50/p95/p99)", percentiles(pace)));
    }
    sentences
}

/// Returns how many servers have each grade, those with several rows the worst of them; `None` where none was measured.
pub(super) fn summary(report: &Report) -> Option<String> {
    let grade = |row: &Row| row.quality.as_ref().map(|quality| quality.grade);
    let works = |server: &&[Row]| Report::verdict(server) == Status::Ok;
    let grades: Vec<Option<Grade>> =
        report.by_server().filter(works).map(|server| server.iter().filter_map(grade).max()).collect();
    grades.iter().flatten().next()?;
    let counts = [
        (Some(Grade::Good), "good"),
        (Some(Grade::Fair), "fair"),
        (Some(Grade::Poor), "poor"),
        (None, "not measured"),
    ];
    let counts = counts.map(|(grade, name)| (grades.iter().filter(|found| **found == grade).count(), name));
    let given: Vec<_> = counts.into_iter().filter(|(count, _)| *count > 0).collect();
    Some(match &*given {
        [(1, only)] => format!("Quality: {only}."),
        [(_, only)] => format!("Quality: all {only}."),
        several => {
            let several: Vec<_> = several.iter().map(|(count, name)| format!("{count} {name}")).collect();
            format!("Quality: {}.", several.join(", "))
        }
    })
}

/// Returns the name of a grade.
pub(super) const fn name(grade: Grade) -> &'static str {
    match grade {
        Grade::Good => "good",
        Grade::Fair => "fair",
        Grade::Poor => "poor",
    }
}

/// Returns the style of a grade.
pub(super) const fn style(grade: Grade) -> Style {
    match grade {
        Grade::Good => Style::Good,
        Grade::Fair => Style::Warning,
        Grade::Poor => Style::Bad,
    }
}

fn percent(share: f64) -> String {
    format!("{share:.2}%")
}

/// Returns `12.1/13.0/15.2 ms`.
fn percentiles(Percentiles { p50, p95, p99 }: Percentiles) -> String {
    format!("{}/{}/{} ms", digits(p50), digits(p95), digits(p99))
}

/// Returns milliseconds with three digits that matter: `0.21`, `12.3` or `123`.
fn digits(ms: f64) -> String {
    match ms {
        _ if ms < 9.995 => format!("{ms:.2}"),
        _ if ms < 99.95 => format!("{ms:.1}"),
        _ => format!("{ms:.0}"),
    }
}

/// Returns `10 s`, or `3.2 s` after an interrupt.
fn seconds(seconds: f64) -> String {
    let tenths = format!("{seconds:.1}");
    format!("{} s", tenths.strip_suffix(".0").unwrap_or(&tenths))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use unicode_width::UnicodeWidthStr as _;

    use super::*;
    use crate::probe::report::Row;
    use crate::render::probe::made_up::{good, measured, quality, silent};

    const PIPE: Stream = Stream { is_terminal: false, color: false, width: None };

    #[test]
    fn a_relay_has_a_grade_and_a_line_for_each_direction() {
        let expected = "  quality fair (10 s): 1.2 % were [31mlost
  PATH    LOST     BURST  REORDERED  TWICE  JITTER   TRIP P50/P95/P99   KBIT/S
  up      1.23%    3      0.05%      2      0.34 ms  12.1/13.0/115 ms   1545
  down    100.00%  3      0.05%      2      0.34 ms                     0
  server  2.00%                                      6.00/6.50/7.00 ms
  largest packet 1500 bytes, calls need 1288
";
        assert_eq!(notes(&quality(Grade::Fair), 2, PIPE), expected);
    }

    #[test]
    fn the_figures_fit_a_terminal_of_80_columns_and_become_blocks_below() {
        let at = |width| {
            let text = notes(&quality(Grade::Poor), 5, Stream { width: Some(width), ..PIPE });
            assert!(text.lines().all(|line| line.width() <= width.into()), "{text}");
            text
        };
        assert!(at(80).contains("     PATH    LOST "), "{}", at(80));
        assert!(at(40).contains("     up\n       lost: 1.23%\n"), "{}", at(40));
    }

    #[test]
    fn a_stun_server_has_requests_only() {
        let stun = Quality {
            reason: "no request was lost".to_owned(),
            duration_s: 1.04,
            up: None,
            down: None,
            largest_packet: None,
            pace_ms: None,
            ..quality(Grade::Good)
        };
        let expected = "quality good (1 s): no request was lost
1 of 50 requests lost, round trip 6.00/6.50/7.00 ms (p50/p95/p99)
";
        assert_eq!(notes(&stun, 0, PIPE), expected);
    }

    #[test]
    fn what_is_wrong_beside_the_media_is_pointed_out() {
        let pace = Percentiles { p50: 0.1, p95: 1.0, p99: 12.34 };
        let packet = LargestPacket { bytes: 1200, needed_bytes: 1288 };
        let bad = Quality {
            duration_s: 3.24,
            pace_ms: Some(pace),
            largest_packet: Some(packet),
            ..quality(Grade::Poor)
        };
        let color = Stream { color: true, ..PIPE };
        let text = notes(&bad, 0, color);
        assert!(text.starts_with("\u{1b}[31mquality poor (3.2 s):\u{1b}[0m 1.2 %"), "{text}");
        assert!(text.contains("\nthis machine sent late: 0.10/1.00/12.3 ms (p50/p95/p99)\n"), "{text}");
        assert!(text.ends_with("warning:\u{1b}[0m largest packet 1200 bytes, calls need 1288\n"), "{text}");
    }

    #[test]
    fn the_summary_counts_the_worst_row_of_each_server_that_works() {
        let of = |rows: Vec<Row>| summary(&Report::new(rows, Duration::ZERO));
        let row = |uri, grade| measured(good(uri, 1.0), grade);
        assert_eq!(of(vec![good("a", 1.0), silent("b")]), None);
        assert_eq!(of(vec![row("a", Grade::Poor), silent("b")]).as_deref(), Some("Quality: poor."));
        let both = vec![row("a", Grade::Good), row("b", Grade::Good)];
        assert_eq!(of(both).as_deref(), Some("Quality: all good."));
        let mixed = vec![row("a", Grade::Good), row("a", Grade::Fair), row("b", Grade::Good), good("c", 1.0)];
        assert_eq!(of(mixed).as_deref(), Some("Quality: 1 good, 1 fair, 1 not measured."));
    }
}
