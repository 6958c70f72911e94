//! A probe for people: a line for each row, below it what is wrong and what to do, and a summary.

use super::summary::summary;
use super::{audit, quality};
use crate::config::address::Kind;
use crate::probe::report::{Family, Report, Row, RowError, Status, Transport, Turn};
use crate::terminal::paragraph::paragraph;
use crate::terminal::table::{Cell, Lines, Table};
use crate::terminal::{Stream, Style};
use crate::text::clean;

const WARNING: Option<(Style, &str)> = Some((Style::Warning, "warning: "));

/// Returns the rows with their notes, and the summary.
pub fn text(report: &Report, out: Stream) -> String {
    let mut text = rows(report, out);
    if !text.is_empty() {
        text.push('\n');
    }
    text += &summary(report, out);
    match audit::lines(report, out) {
        lines if lines.is_empty() => text,
        lines => text + "\n" + &lines,
    }
}

/// Returns the rows, each with what is wrong and what to do; nothing where there are none.
pub fn rows(report: &Report, out: Stream) -> String {
    if report.results.is_empty() {
        return String::new();
    }
    let Lines { headings, rows, indent } = table(report, out).lines();
    let mut text: String = headings.into_iter().map(|headings| headings + "\n").collect();
    for ((index, row), line) in report.results.iter().enumerate().zip(rows) {
        text += &line;
        text.push('\n');
        text += &notes(row, indent, out);
        text += &findings(row, report.results.get(..index).unwrap_or_default(), indent, out);
    }
    text
}

/// Returns what a probe of servers on this machine says about the machine.
pub fn self_test(report: &Report, out: Stream) -> String {
    let can = |kind| report.results.iter().any(|row| row.kind == kind && row.status == Status::Ok);
    let what = if can(Kind::Turn) { "STUN and TURN work" } else { "STUN works" };
    let words = if report.is_good() && (can(Kind::Stun) || can(Kind::Turn)) {
        format!(
            "{what} on this machine. If a server fails, check that server, or the network between it and this machine."
        )
    } else {
        "Even servers on this machine fail: check this machine first, especially its firewall.".to_owned()
    };
    paragraph(0, None, &words, out)
}

/// Returns the rows without notes.
fn table(report: &Report, out: Stream) -> Table {
    let counts =
        report.results.iter().any(|row| (row.kind == Kind::Turn && row.audit().is_none()) || row.sent > 1);
    let numbered = report.results.iter().any(|row| row.position.is_some());
    let headings = numbered.then_some("#").into_iter().chain(["", "SERVER", "OVER", "TIME", "YOUR ADDRESS"]);
    let headings: Vec<_> = headings.chain(counts.then_some("ANSWERS")).collect();
    let mut table = Table::new(out, &headings).with_marks();
    for row in &report.results {
        let time = row.rtt_ms.map(|rtt| milliseconds(rtt.median)).unwrap_or_default();
        let mapped = row.mapped_address.map(|mapped| mapped.to_string()).unwrap_or_default();
        let texts = [row.uri.clone(), over(row.transport, row.family), time, mapped];
        let texts = texts.into_iter().chain(counts.then(|| answers(row)));
        let start = numbered.then(|| number(row.position)).into_iter().chain([mark(row.status)]);
        table.add_row(start.chain(texts.map(Cell::from)));
    }
    table
}

/// Returns the position of a configured server.
pub(super) fn number(position: Option<usize>) -> Cell {
    position.map(|position| position.to_string()).unwrap_or_default().into()
}

/// Returns the mark of a verdict.
pub(super) fn mark(status: Status) -> Cell {
    match status {
        Status::Ok => Cell::styled("✓", Style::Good),
        Status::Failed => Cell::styled("✗", Style::Bad),
        Status::Skipped => Cell::styled("–", Style::Dim),
    }
}

/// Returns `UDP/IPv4`, or `UDP` where no address was probed.
pub(super) fn over(transport: Transport, family: Option<Family>) -> String {
    let family = family.map_or_else(String::new, |family| format!("/{}", family.name()));
    transport.name().to_owned() + &family
}

/// Returns `received/sent`, of a TURN server through its relay.
fn answers(row: &Row) -> String {
    let counts = match &row.turn {
        Some(turn) => turn.relay.as_ref().map(|relay| (relay.received, relay.sent)),
        None => (row.sent > 0).then_some((row.received, row.sent)),
    };
    counts.map(|(received, sent)| format!("{received}/{sent}")).unwrap_or_default()
}

/// Returns `0.21 ms`, `12.3 ms` or `1.2 s`.
pub(super) fn milliseconds(ms: f64) -> String {
    if ms < 1.0 {
        format!("{ms:.2} ms")
    } else if ms < 1000.0 {
        format!("{ms:.1} ms")
    } else {
        format!("{:.1} s", ms / 1000.0)
    }
}

/// Returns what is to be said about a row below it.
fn notes(row: &Row, indent: usize, out: Stream) -> String {
    let mut text = String::new();
    if let (true, Some(address)) = (row.redirected, row.address) {
        text += &paragraph(indent, None, &format!("redirected to {address}"), out);
    }
    if let Some(error) = &row.error {
        text += &failure(None, error, indent, out);
    }
    if let Some(turn) = &row.turn {
        text += &relay(turn, row.status, indent, out);
    }
    if let Some(quality) = &row.quality {
        text += &quality::notes(quality, indent, out);
    }
    if let (None, Some(problem)) = (&row.error, row.tls.as_ref().and_then(|tls| tls.problem)) {
        let words =
            format!("clients will reject the certificate ({}). {}", problem.as_str(), problem.sentence());
        text += &paragraph(indent, WARNING, &words, out);
    }
    for warning in &row.warnings {
        text += &paragraph(indent, WARNING, &clean(&warning.message), out);
    }
    text
}

/// Returns the findings of an audit, or which of the rows `before` has the same ones.
fn findings(row: &Row, before: &[Row], indent: usize, out: Stream) -> String {
    let found = row.audit().filter(|audit| !audit.findings.is_empty());
    match before.iter().find(|other| found.is_some() && other.audit() == found) {
        Some(Row { uri, transport, family, .. }) => {
            let over = over(*transport, *family);
            paragraph(indent, None, &format!("the same findings as of {uri} over {over}"), out)
        }
        None => audit::notes(row, indent, out),
    }
}

/// Returns what failed after `mark`, and what to do.
fn failure(mark: Option<(Style, &str)>, error: &RowError, indent: usize, out: Stream) -> String {
    paragraph(indent, mark, &clean(&error.message), out)
        + &paragraph(indent, Some((Style::Dim, "→ ")), &clean(&error.hint), out)
}

/// Returns the allocation of a TURN server, and what it relayed.
fn relay(turn: &Turn, status: Status, indent: usize, out: Stream) -> String {
    let (Some(relayed), Some(lifetime)) = (turn.relayed_address, turn.lifetime_s) else {
        return String::new();
    };
    // A relay that carries no data is a promise.
    let what = if status == Status::Ok { "relay" } else { "granted relay" };
    let time = turn.relay.as_ref().and_then(|relay| relay.rtt_ms);
    let time = time.map_or_else(String::new, |rtt| format!(", round trip {}", milliseconds(rtt.median)));
    let bridge = turn.bridge.as_ref().map(|bridge| match &bridge.error {
        None => paragraph(indent, None, "connects IPv6 and IPv4 clients", out),
        Some(error) => failure(Some((Style::Bad, "IPv6 to IPv4: ")), error, indent, out),
    });
    paragraph(indent, None, &format!("{what} {relayed}, lifetime {lifetime} s{time}"), out)
        + &bridge.unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::report::wait::Wait;
    use crate::probe::report::{Code, Rtt, Summary, Warning, WarningCode};

    const PIPE: Stream = Stream { is_terminal: false, color: false, width: None };

    fn row(uri: &str, status: Status) -> Row {
        Row { status, ..Row::new(uri.to_owned(), Kind::Stun, Transport::Udp) }
    }

    fn good(uri: &str, address: &str, mapped: &str) -> Row {
        let mut row = row(uri, Status::Ok);
        row.address = Some(address.parse().unwrap());
        row.family = row.address.map(Family::of);
        row.mapped_address = Some(mapped.parse().unwrap());
        row.rtt_ms = Some(Rtt { min: 11.0, median: 12.34, max: 20.0 });
        (row.sent, row.received) = (1, 1);
        row
    }

    fn report(results: Vec<Row>, gathering_ms: f64) -> Report {
        let summary =
            Summary { ok: 0, failed: 0, skipped: 0, duration_ms: 1.0, gathering_ms: Some(gathering_ms) };
        Report { results, summary, is_interrupted: false }
    }

    fn silent(uri: &str) -> Row {
        let mut row = row(uri, Status::Failed);
        row.family = Some(Family::Ipv4);
        row.sent = 1;
        row.error = Some(Box::new(RowError {
            code: Code::Timeout,
            message: "no \u{1b}[31manswer from 192.0.2.1:3478 within 5s".into(),
            hint: "check that the server runs".into(),
            stun_code: None,
            wait: Wait::Retransmission,
        }));
        row
    }

    fn sample() -> Report {
        let mut warned = good("stun:a.example:3478", "192.0.2.9:3478", "203.0.113.7:50123");
        warned.warnings =
            vec![Warning { code: WarningCode::AddressDiffers, message: "sees another address".into() }];
        report(
            vec![warned, silent("stun:b.example:3478"), row("turn:c:1?transport=udp", Status::Skipped)],
            39_900.0,
        )
    }

    #[test]
    fn piped_output_is_plain_and_never_wrapped() {
        let expected = "  SERVER                  OVER      TIME     YOUR ADDRESS
✓ stun:a.example:3478     UDP/IPv4  12.3 ms  203.0.113.7:50123
  warning: sees another address
✗ stun:b.example:3478     UDP/IPv4
  no [31manswer from 192.0.2.1:3478 within 5s
  → check that the server runs
– turn:c:1?transport=udp  UDP

3 servers: 1 ok, 1 failed, 1 skipped.
1 server does not answer; a browser may search for up to 40 s (stun:b.example:3478).
";
        assert_eq!(text(&sample(), PIPE), expected);
    }

    #[test]
    fn no_line_is_wider_than_the_terminal() {
        let mut report = sample();
        let long = "[2001:db8:1234:5678:9abc:def0:1234:5678]:50123";
        report.results.push(good("stun:a-rather-long-name.of-a-server.example.com:3478", long, long));
        let terminal = Stream { is_terminal: true, color: false, width: Some(80) };
        let text = text(&report, terminal);
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        assert_eq!(text.matches('✓').count(), 2, "{text}");
        assert!(text.find("sees another").unwrap() < text.find('✗').unwrap(), "notes are below their row");
    }

    #[test]
    fn marks_and_warnings_are_in_colour() {
        let terminal = Stream { is_terminal: true, color: true, width: Some(80) };
        let text = text(&sample(), terminal);
        for coloured in ["\u{1b}[32m✓\u{1b}[0m ", "\u{1b}[31m✗\u{1b}[0m ", "\u{1b}[33mwarning:\u{1b}[0m sees"]
        {
            assert!(text.contains(coloured), "{text:?}");
        }
    }

    #[test]
    fn several_requests_show_how_many_were_answered() {
        let mut row = good("stun:a:1", "192.0.2.9:1", "203.0.113.7:1");
        (row.sent, row.received) = (10, 9);
        let text = text(&report(vec![row], 112.3), PIPE);
        assert!(text.contains(" ANSWERS\n") && text.contains("  9/10\n"), "{text}");
        assert!(
            text.ends_with("1 server: ok. With this list a browser gathers candidates for 0.1 seconds.\n")
        );
    }

    #[test]
    fn a_relay_that_carries_data_is_distinguished_from_a_granted_one() {
        let mut row = good("turn:a:1?transport=udp", "192.0.2.9:1", "203.0.113.7:1");
        row.kind = Kind::Turn;
        row.redirected = true;
        row.turn = Some(Box::new(Turn {
            relayed_address: Some("192.0.2.9:5000".parse().unwrap()),
            lifetime_s: Some(600),
            ..Turn::default()
        }));
        let works = text(&report(vec![row.clone()], 100.0), PIPE);
        assert!(
            works.contains("  redirected to 192.0.2.9:1\n  relay 192.0.2.9:5000, lifetime 600 s\n"),
            "{works}"
        );
        row.status = Status::Failed;
        row.error = silent("turn:a:1").error;
        let failed = text(&report(vec![row], 100.0), PIPE);
        assert!(failed.contains("  granted relay 192.0.2.9:5000, lifetime 600 s\n"), "{failed}");
        assert!(!failed.contains("  relay "), "{failed}");
    }

    #[test]
    fn an_empty_report_says_so() {
        assert_eq!(text(&report(vec![], 100.0), PIPE), "There are no servers to probe.\n");
    }

    #[test]
    fn the_self_test_distinguishes_a_broken_machine_from_a_good_one() {
        let mut relay = row("turn:b:1?transport=udp", Status::Ok);
        relay.kind = Kind::Turn;
        let good = report(vec![row("stun:a:1", Status::Ok), relay.clone()], 100.0);
        assert!(self_test(&good, PIPE).starts_with("STUN and TURN work on this machine. "));
        relay.status = Status::Skipped;
        let half = report(vec![row("stun:a:1", Status::Ok), relay.clone()], 100.0);
        assert!(self_test(&half, PIPE).starts_with("STUN works on this machine. "));
        for bad in [vec![], vec![relay], vec![row("stun:a:1", Status::Ok), silent("stun:b:1")]] {
            assert!(self_test(&report(bad, 100.0), PIPE).contains("check this machine first"));
        }
    }
}
