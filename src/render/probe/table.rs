//! A probe for people: one line for each row, under it what is wrong and what to do, at the end the sum.

use std::fmt::Write as _;

use crate::probe::report::{Bridge, Family, Kind, Report, Row, Status, Transport, Turn};
use crate::terminal::paragraph::paragraph;
use crate::terminal::{Stream, Style, table};
use crate::text::clean;

/// How far the sentences under a row are indented: to the server's column.
const INDENT: usize = 2;

/// The report as text that ends with a line end.
#[must_use]
pub fn text(report: &Report, out: Stream) -> String {
    let mut text = rows(report, out);
    if !text.is_empty() {
        text.push('\n');
    }
    paragraph(&mut text, 0, None, &summary(report), out);
    text
}

/// The rows with what is wrong and what to do, without the sum.
#[must_use]
pub fn rows(report: &Report, out: Stream) -> String {
    let mut text = String::new();
    let table = verdicts(report, out);
    let mut rows = report.results.iter();
    let mut above: Option<&Row> = None;
    for line in table.lines() {
        // A row may take several lines in a narrow terminal; its mark is on the first one only.
        match marked(line) {
            Some((style, mark, rest)) => {
                notes(&mut text, above, out);
                above = rows.next();
                text += &out.paint(style, mark);
                text += rest;
            }
            None => text += line,
        }
        text.push('\n');
    }
    notes(&mut text, above, out);
    text
}

/// What the probe of our own servers says about this machine.
#[must_use]
pub fn self_test(report: &Report, out: Stream) -> String {
    let can = |kind| report.results.iter().any(|row| row.kind == kind && row.status == Status::Ok);
    let words = match (report.is_good(), can(Kind::Stun), can(Kind::Turn)) {
        (true, stun, turn) if stun || turn => {
            let what = if turn { "STUN and TURN" } else { "STUN" };
            format!(
                "This machine can do {what}. When a server fails from here, look at that server, or at the network on the way to it."
            )
        }
        _ => "Not even a server on this machine answers as it should: look at this machine first, above all at its firewall.".to_owned(),
    };
    let mut text = String::new();
    paragraph(&mut text, 0, None, &words, out);
    text
}

/// The bare table: marks, servers and figures.
fn verdicts(report: &Report, out: Stream) -> String {
    if report.results.is_empty() {
        return String::new();
    }
    let counts = report.results.iter().any(|row| row.kind == Kind::Turn || row.sent > 1);
    let mut headings = vec!["", "SERVER", "OVER", "TIME", "YOUR ADDRESS"];
    if counts {
        headings.push("ANSWERS");
    }
    let mut table = table::table(out, &headings);
    if let Some(servers) = table.column_mut(1) {
        servers.set_padding((0, 1));
    }
    for row in &report.results {
        let (_, mark) = mark(row.status);
        let mapped = row.mapped_address.map_or_else(String::new, |mapped| mapped.to_string());
        let over = over(row.transport, row.family);
        let mut cells = vec![mark.to_string(), server(row, out), over, time(row), mapped];
        if counts {
            cells.push(answers(row));
        }
        table.add_row(cells);
    }
    table::keep_whole(&mut table, 1, out);
    table::lines(&table)
}

/// The server; at a terminal, where room is scarce, without the transport, which has a column of its own.
fn server(row: &Row, out: Stream) -> String {
    let short = row.uri.split_once('?').map_or(&*row.uri, |(server, _)| server);
    if out.width.is_some() { short.to_owned() } else { row.uri.clone() }
}

/// How a verdict is marked.
pub(crate) fn mark(status: Status) -> (Style, char) {
    match status {
        Status::Ok => (Style::Good, '✓'),
        Status::Failed => (Style::Bad, '✗'),
        Status::Skipped => (Style::Dim, '–'),
    }
}

/// A line that begins with a mark, taken apart.
pub(crate) fn marked(line: &str) -> Option<(Style, char, &str)> {
    [Status::Ok, Status::Failed, Status::Skipped].into_iter().find_map(|status| {
        let (style, mark) = mark(status);
        line.strip_prefix(mark).map(|rest| (style, mark, rest))
    })
}

/// `UDP/IPv4`, or `UDP` where no address was asked.
pub(crate) fn over(transport: Transport, family: Option<Family>) -> String {
    let transport = match transport {
        Transport::Udp => "UDP",
        Transport::Tcp => "TCP",
        Transport::Tls => "TLS",
    };
    family.map_or_else(|| transport.to_owned(), |family| format!("{transport}/{}", family.name()))
}

/// How many of how many came back; of a TURN server through its relay.
fn answers(row: &Row) -> String {
    match &row.turn {
        Some(turn) => {
            turn.relay.as_ref().map_or_else(String::new, |relay| format!("{}/{}", relay.received, relay.sent))
        }
        None if row.kind == Kind::Turn || row.sent == 0 => String::new(),
        None => format!("{}/{}", row.received, row.sent),
    }
}

fn time(row: &Row) -> String {
    row.rtt_ms.map_or_else(String::new, |rtt| milliseconds(rtt.median))
}

/// `0.21 ms`, `12.3 ms`, `1.2 s`: as many digits as mean something.
pub(crate) fn milliseconds(ms: f64) -> String {
    if ms < 1.0 {
        format!("{ms:.2} ms")
    } else if ms < 1000.0 {
        format!("{ms:.1} ms")
    } else {
        format!("{:.1} s", ms / 1000.0)
    }
}

/// The sentences under a row, if there is one.
fn notes(text: &mut String, row: Option<&Row>, out: Stream) {
    let Some(row) = row else { return };
    if let (true, Some(address)) = (row.redirected, row.address) {
        paragraph(text, INDENT, None, &format!("redirected to {address}"), out);
    }
    if let Some(error) = &row.error {
        paragraph(text, INDENT, None, &clean(&error.message), out);
        paragraph(text, INDENT, Some((Style::Dim, "→ ")), &error.hint, out);
    }
    if let Some(turn) = &row.turn {
        relay(text, turn, row.status, out);
    }
    if let (None, Some(problem)) = (&row.error, row.tls.as_ref().and_then(|tls| tls.problem)) {
        let words =
            format!("clients will refuse the certificate ({}). {}", problem.as_str(), problem.sentence());
        paragraph(text, INDENT, Some((Style::Warning, "warning: ")), &words, out);
    }
    for warning in &row.warnings {
        paragraph(text, INDENT, Some((Style::Warning, "warning: ")), &clean(&warning.message), out);
    }
}

/// What a TURN server gave and carried.
fn relay(text: &mut String, turn: &Turn, status: Status, out: Stream) {
    let (Some(relayed), Some(lifetime)) = (turn.relayed_address, turn.lifetime_s) else { return };
    let carried = turn.relay.as_ref().and_then(|relay| relay.rtt_ms);
    let time =
        carried.map_or_else(String::new, |rtt| format!(", there and back in {}", milliseconds(rtt.median)));
    let does = if status == Status::Ok { "relays through" } else { "was granted" };
    let words = format!("{does} {relayed} for {lifetime} s{time}");
    paragraph(text, INDENT, None, &words, out);
    match &turn.bridge {
        Some(Bridge { error: None, .. }) => {
            paragraph(text, INDENT, None, "brings IPv6 and IPv4 clients together", out);
        }
        Some(Bridge { error: Some(error), .. }) => {
            paragraph(text, INDENT, Some((Style::Bad, "IPv6 to IPv4: ")), &clean(&error.message), out);
            paragraph(text, INDENT, Some((Style::Dim, "→ ")), &error.hint, out);
        }
        None => {}
    }
}

/// The last line: how many servers work, and what this list means for browsers.
fn summary(report: &Report) -> String {
    let rows = &report.results;
    if rows.is_empty() {
        return "No server to probe.".to_owned();
    }
    let count = |status| report.servers().filter(|verdict| *verdict == status).count();
    let [answer, failed, skipped] = [Status::Ok, Status::Failed, Status::Skipped].map(count);
    let servers = answer + failed + skipped;
    let mut text = format!("{servers} server{}: {answer} ok", if servers == 1 { "" } else { "s" });
    for (count, what) in [(failed, "failed"), (skipped, "skipped")] {
        if count > 0 {
            let _ = write!(text, ", {count} {what}");
        }
    }
    if answer + failed > 0 {
        let seconds = report.summary.gathering_ms / 1000.0;
        let _ = write!(
            text,
            ". With this list a browser gathers candidates for {seconds:.1} seconds{}.",
            culprit(rows)
        );
    } else {
        text.push('.');
    }
    text
}

/// Which servers a browser waits for.
fn culprit(rows: &[Row]) -> String {
    let mut slow: Vec<&str> = rows.iter().filter(|row| row.delays_gathering()).map(|row| &*row.uri).collect();
    slow.dedup();
    match *slow {
        [] => String::new(),
        [one] => format!(", because of {one}"),
        [first, ..] => format!(", because of {first} and {} more", slow.len() - 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::report::{Code, RowError, Rtt, Summary, Warning, WarningCode};

    const PIPE: Stream = Stream { is_terminal: false, color: false, width: None };

    fn row(uri: &str, status: Status) -> Row {
        let mut row = Row::new(uri.to_owned(), Kind::Stun, Transport::Udp);
        row.status = status;
        row
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
        let summary = Summary { ok: 0, failed: 0, skipped: 0, duration_ms: 1.0, gathering_ms };
        Report { results, summary, interrupted: None }
    }

    fn silent(uri: &str) -> Row {
        let mut row = row(uri, Status::Failed);
        row.family = Some(Family::Ipv4);
        row.sent = 1;
        row.error = Some(RowError {
            code: Code::Timeout,
            message: "no \u{1b}[31manswer from 192.0.2.1:3478 within 5s".into(),
            hint: "check that the server runs".into(),
            stun_code: None,
        });
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
    fn what_is_piped_is_plain_and_never_cut() {
        let expected = "  SERVER                  OVER      TIME     YOUR ADDRESS
✓ stun:a.example:3478     UDP/IPv4  12.3 ms  203.0.113.7:50123
  warning: sees another address
✗ stun:b.example:3478     UDP/IPv4
  no [31manswer from 192.0.2.1:3478 within 5s
  → check that the server runs
– turn:c:1?transport=udp  UDP

3 servers: 1 ok, 1 failed, 1 skipped. With this list a browser gathers candidates for 39.9 seconds, because of stun:b.example:3478.
";
        assert_eq!(text(&sample(), PIPE), expected);
    }

    #[test]
    fn a_terminal_gets_no_line_that_is_too_long() {
        let mut report = sample();
        let long = "[2001:db8:1234:5678:9abc:def0:1234:5678]:50123";
        report.results.push(good("stun:a-rather-long-name.of-a-server.example.com:3478", long, long));
        let terminal = Stream { is_terminal: true, color: false, width: Some(80) };
        let text = text(&report, terminal);
        assert!(text.lines().all(|line| line.chars().count() <= 80), "{text}");
        assert_eq!(text.matches('✓').count(), 2, "{text}");
        assert!(text.find("sees another").unwrap() < text.find('✗').unwrap(), "notes stand under their row");
    }

    #[test]
    fn colour_is_on_the_marks_and_warnings() {
        let terminal = Stream { is_terminal: true, color: true, width: Some(80) };
        let text = text(&sample(), terminal);
        for coloured in ["\u{1b}[32m✓\u{1b}[0m ", "\u{1b}[31m✗\u{1b}[0m ", "\u{1b}[33mwarning:\u{1b}[0m sees"]
        {
            assert!(text.contains(coloured), "{text:?}");
        }
    }

    #[test]
    fn a_count_shows_how_many_were_answered() {
        let mut row = good("stun:a:1", "192.0.2.9:1", "203.0.113.7:1");
        (row.sent, row.received) = (10, 9);
        let text = text(&report(vec![row], 112.3), PIPE);
        assert!(text.contains(" ANSWERS\n") && text.contains("  9/10\n"), "{text}");
        assert!(
            text.ends_with("1 server: 1 ok. With this list a browser gathers candidates for 0.1 seconds.\n")
        );
    }

    #[test]
    fn a_relay_says_whether_it_relays_and_who_granted_it() {
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
            works.contains("  redirected to 192.0.2.9:1\n  relays through 192.0.2.9:5000 for 600 s\n"),
            "{works}"
        );
        row.status = Status::Failed;
        row.error = silent("turn:a:1").error;
        let failed = text(&report(vec![row], 100.0), PIPE);
        assert!(failed.contains("  was granted 192.0.2.9:5000 for 600 s\n"), "{failed}");
        assert!(!failed.contains("relays through"), "{failed}");
    }

    #[test]
    fn without_servers_there_is_a_sentence() {
        assert_eq!(text(&report(vec![], 100.0), PIPE), "No server to probe.\n");
    }

    #[test]
    fn a_self_test_tells_a_broken_machine_from_a_good_one() {
        let mut relay = row("turn:b:1?transport=udp", Status::Ok);
        relay.kind = Kind::Turn;
        let good = report(vec![row("stun:a:1", Status::Ok), relay.clone()], 100.0);
        assert!(self_test(&good, PIPE).starts_with("This machine can do STUN and TURN. "));
        relay.status = Status::Skipped;
        let half = report(vec![row("stun:a:1", Status::Ok), relay.clone()], 100.0);
        assert!(self_test(&half, PIPE).starts_with("This machine can do STUN. "));
        for bad in [vec![], vec![relay], vec![row("stun:a:1", Status::Ok), silent("stun:b:1")]] {
            assert!(self_test(&report(bad, 100.0), PIPE).contains("look at this machine first"));
        }
    }
}
