//! An audit for people: the findings below a row, the lines of `turnserver.conf` at the end, and a summary.

use std::collections::HashSet;

use crate::config::address::{Kind, ServerUri};
use crate::probe::report::audit::{Audit, Counts, FindingCode, Severity};
use crate::probe::report::{Report, Row, Status};
use crate::terminal::paragraph::paragraph;
use crate::terminal::{Stream, Style};
use crate::text::clean;

/// The column after the longest severity, `unknown`.
const WIDTH: usize = 9;

/// Above the lines.
const HEAD: &str = "These lines of turnserver.conf close the findings. Mind the comments; lines 'allowed-peer-ip' that are there already win over them:";

/// Returns the findings of a row.
pub(super) fn notes(row: &Row, indent: usize, out: Stream) -> String {
    let Some(audit) = row.audit() else { return String::new() };
    // The error says this already.
    if row.error.as_ref().is_some_and(|error| *audit == Audit::failed(&error.message)) {
        return String::new();
    }
    if audit.findings.is_empty() && audit.unknown.is_empty() {
        return paragraph(indent, Some((Style::Good, "no findings")), "", out);
    }
    let finding = |severity: Severity, message: &str| {
        let mark = format!("{:WIDTH$}", severity.as_str());
        paragraph(indent, Some((style(severity), &mark)), &clean(message), out)
    };
    let findings = audit.findings.iter().map(|found| finding(found.severity, &found.message));
    let unknown = audit.unknown.iter().map(|what| {
        paragraph(indent, Some((Style::Dim, &format!("{:WIDTH$}", "unknown"))), &clean(what), out)
    });
    findings.chain(unknown).collect()
}

const fn style(severity: Severity) -> Style {
    match severity {
        Severity::High => Style::Bad,
        Severity::Medium | Severity::Low => Style::Warning,
    }
}

/// Returns how many findings there are; `None` without an audit.
pub(super) fn summary(report: &Report) -> Option<String> {
    report.results.iter().find_map(Row::audit)?;
    // What a host does over several transports is one finding.
    let mut found: Vec<(String, FindingCode, Severity)> = Vec::new();
    for row in &report.results {
        for finding in row.audit().into_iter().flat_map(|audit| &audit.findings) {
            let finding = (host(row), finding.code, finding.severity);
            if !found.contains(&finding) {
                found.push(finding);
            }
        }
    }
    let count = |severity| found.iter().filter(|finding| finding.2 == severity).count();
    let findings = Severity::ALL.map(count);
    let servers = report.by_server().count();
    // Rows that failed as a whole count as not audited.
    let unknown = |row: &Row| match (&row.error, row.audit()) {
        (None, Some(audit)) => audit.unknown.len(),
        _ => 0,
    };
    let unknown = report.results.iter().map(unknown).sum();
    let failed = report.by_server().filter(|server| Report::verdict(server) != Status::Ok).count();
    let mut text = format!("{servers} {}: ", if servers == 1 { "server" } else { "servers" });
    let counts = Counts { findings, unknown };
    let has_any = found.len() + unknown > 0;
    text += &match failed {
        0 => format!("{counts}."),
        _ if failed == servers && !has_any => {
            (if servers == 1 { "not audited." } else { "none audited." }).to_owned()
        }
        _ => format!("{counts}, {failed} not audited."),
    };
    Some(text)
}

/// Returns the lines of `turnserver.conf` that close all findings, once for each host, or once where all need the same.
pub(super) fn lines(report: &Report, out: Stream) -> String {
    let mut hosts: Vec<(String, Vec<&str>)> = Vec::new();
    for row in &report.results {
        let Some(audit) = row.audit().filter(|audit| !audit.findings.is_empty()) else { continue };
        let host = host(row);
        let at = hosts.iter().position(|(known, _)| *known == host).unwrap_or_else(|| {
            hosts.push((host, Vec::new()));
            hosts.len() - 1
        });
        let Some((_, lines)) = hosts.get_mut(at) else { continue };
        lines.extend(audit.findings.iter().flat_map(|finding| &finding.lines).map(String::as_str));
    }
    hosts.iter_mut().for_each(|(_, lines)| sort(lines));
    let Some((_, first)) = hosts.first() else { return String::new() };
    let mut text = paragraph(0, None, HEAD, out);
    let all = report.results.iter().map(host).collect::<HashSet<_>>().len();
    let is_one = hosts.len() == all && hosts.iter().all(|(_, lines)| lines == first);
    if is_one {
        hosts.truncate(1);
    }
    for (host, lines) in &hosts {
        text.push('\n');
        if !is_one {
            text += &format!("# ---- turnserver.conf of {host} ----\n");
        }
        lines.iter().for_each(|line| text += &format!("{line}\n"));
    }
    text
}

fn host(row: &Row) -> String {
    let uri = ServerUri::parse_any(&row.uri, Kind::Turn);
    uri.map_or_else(|_| row.uri.clone(), |uri| uri.host.to_string())
}

/// Brings lines into the order of their findings, those that are the same for all servers first, and each once.
fn sort(lines: &mut Vec<&str>) {
    let usual: Vec<&str> = FindingCode::ALL.iter().flat_map(|code| code.lines()).copied().collect();
    let place = |line: &str| match usual.iter().position(|known| *known == line) {
        Some(place) => place,
        None if line.starts_with("# instead of ") => 0,
        None => usual.len(),
    };
    lines.sort_by_key(|line| (place(line), *line));
    lines.dedup();
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::probe::report::audit::Finding;
    use crate::probe::report::{RowError, Transport};
    use crate::render::probe::table;

    const PIPE: Stream = Stream { is_terminal: false, color: false, width: None };

    fn audited(uri: &str, findings: &[(FindingCode, &[&str])], unknown: &[&str]) -> Row {
        let finding = |(code, lines): &(FindingCode, &[&str])| Finding {
            code: *code,
            severity: code.severity(),
            message: format!("would \u{1b}[31m do {}", code.as_str()),
            lines: lines.iter().map(|line| (*line).to_owned()).collect(),
        };
        let findings = findings.iter().map(finding).collect();
        let unknown = unknown.iter().map(|what| (*what).to_owned()).collect();
        let mut row = Row::new(uri.to_owned(), Kind::Turn, Transport::Udp);
        row.status = Status::Ok;
        row.turn.as_mut().unwrap().audit = Some(Audit { findings, unknown });
        row
    }

    const PRIVATE: (FindingCode, &[&str]) =
        (FindingCode::PrivatePeers, &["denied-peer-ip=10.0.0.0-10.255.255.255"]);
    const TCP: (FindingCode, &[&str]) = (FindingCode::TcpRelay, &["no-tcp-relay"]);

    #[test]
    fn findings_are_below_their_rows_and_their_lines_once_at_the_end() {
        let rows = vec![
            audited("turn:a:1?transport=udp", &[PRIVATE, TCP], &["whether it relays to ::1: lost"]),
            audited("turn:a:1?transport=tcp", &[PRIVATE, TCP], &["whether it relays to ::1: lost"]),
            audited("turn:b:1?transport=udp", &[], &[]),
        ];
        let expected = "  SERVER                  OVER  TIME  YOUR ADDRESS
✓ turn:a:1?transport=udp  UDP
  high     would [31m do private-peers
  medium   would [31m do tcp-relay
  unknown  whether it relays to ::1: lost
✓ turn:a:1?transport=tcp  UDP
  the same findings as of turn:a:1?transport=udp over UDP
✓ turn:b:1?transport=udp  UDP
  no findings

3 servers: 1 high, 1 medium, 2 unknown.

These lines of turnserver.conf close the findings. Mind the comments; lines 'allowed-peer-ip' that are there already win over them:

# ---- turnserver.conf of a ----
denied-peer-ip=10.0.0.0-10.255.255.255
no-tcp-relay
";
        assert_eq!(table::text(&Report::new(rows, Duration::ZERO), PIPE), expected);
    }

    #[test]
    fn hosts_that_need_other_lines_have_their_own() {
        let own: (FindingCode, &[&str]) = (FindingCode::OwnAddressPeers, &["denied-peer-ip=192.0.2.7"]);
        let rows = vec![
            audited("turn:a:1?transport=udp", &[TCP, PRIVATE], &[]),
            audited("turn:b:1?transport=udp", &[TCP, own], &[]),
        ];
        let expected = HEAD.to_owned()
            + "

# ---- turnserver.conf of a ----
denied-peer-ip=10.0.0.0-10.255.255.255
no-tcp-relay

# ---- turnserver.conf of b ----
no-tcp-relay
denied-peer-ip=192.0.2.7
";
        assert_eq!(lines(&Report::new(rows, Duration::ZERO), PIPE), expected);
    }

    #[test]
    fn a_server_that_was_not_audited_is_not_clean() {
        let failed = |uri: &str| {
            let error = RowError::slow_lookup("a", Duration::ZERO);
            let mut row = audited(uri, &[], &[]);
            row.turn.as_mut().unwrap().audit = Some(Audit::failed(&error.message));
            row.failed(error)
        };
        let says = |rows: Vec<Row>| summary(&Report::new(rows, Duration::ZERO)).unwrap();
        assert_eq!(says(vec![failed("turn:a:1")]), "1 server: not audited.");
        assert_eq!(says(vec![failed("turn:a:1"), failed("turn:b:1")]), "2 servers: none audited.");
        let good = audited("turn:b:1", &[], &[]);
        assert_eq!(says(vec![failed("turn:a:1"), good.clone()]), "2 servers: no findings, 1 not audited.");
        let mut interrupted = failed("turn:a:1");
        interrupted.turn = audited("turn:a:1", &[PRIVATE], &["whether it relays TCP: interrupted"]).turn;
        assert_eq!(says(vec![interrupted]), "1 server: 1 high, 1 not audited.");
        assert_eq!(notes(&failed("turn:a:1"), 2, PIPE), "", "the error says why");
        assert_eq!(says(vec![good]), "1 server: no findings.");
    }
}
