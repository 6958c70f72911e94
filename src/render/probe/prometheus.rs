//! A probe as metrics in the text format of Prometheus: without time stamps, each metric in one piece, as the
//! textfile collector of node_exporter wants it.

use std::fmt::Write as _;

use crate::probe::report::{Report, Row, Status, Transport};

/// The report as metrics. A skipped row has none: it is neither up nor down.
#[must_use]
pub fn text(report: &Report) -> String {
    let mut text = String::new();
    let mut gauge = |name, help, value: fn(&Row) -> Option<String>| {
        let _ = writeln!(text, "# HELP cowork_calls_probe_{name} {help}");
        let _ = writeln!(text, "# TYPE cowork_calls_probe_{name} gauge");
        for row in &report.results {
            if let Some(value) = value(row) {
                let _ = writeln!(text, "cowork_calls_probe_{name}{} {value}", Labels(row));
            }
        }
    };
    gauge("up", "Whether the server answered as it should (1) or not (0).", up);
    gauge("rtt_seconds", "Median time from the first request to the answer.", rtt_seconds);
    gauge("certificate_expiry_timestamp_seconds", "When the server's certificate ends.", expiry);
    text
}

fn expiry(row: &Row) -> Option<String> {
    row.tls.as_ref().map(|tls| tls.not_after_s.to_string())
}

fn up(row: &Row) -> Option<String> {
    match row.status {
        Status::Ok => Some("1".to_owned()),
        Status::Failed => Some("0".to_owned()),
        Status::Skipped => None,
    }
}

fn rtt_seconds(row: &Row) -> Option<String> {
    // Milliseconds have three decimals.
    row.rtt_ms.map(|rtt| format!("{:.6}", rtt.median / 1000.0))
}

/// What tells the rows of a report apart. A row without an address has an empty family, which to Prometheus is
/// the same as none.
struct Labels<'a>(&'a Row);

impl std::fmt::Display for Labels<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Labels(row) = self;
        let transport = match row.transport {
            Transport::Udp => "udp",
            Transport::Tcp => "tcp",
            Transport::Tls => "tls",
        };
        let family = row.family.map_or_else(String::new, |family| family.name().to_ascii_lowercase());
        write!(f, "{{uri=\"{}\",transport=\"{transport}\",family=\"{family}\"}}", escaped(&row.uri))
    }
}

/// The value of a label, in which three characters have a meaning.
fn escaped(value: &str) -> String {
    value.replace('\\', r"\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::probe::report::{Family, Kind, Rtt, Summary, Tls};

    fn row(uri: &str, status: Status) -> Row {
        let mut row = Row::new(uri.to_owned(), Kind::Stun, Transport::Udp);
        row.status = status;
        row
    }

    #[test]
    fn each_metric_is_in_one_piece_and_its_labels_are_escaped() {
        let mut good = row("stun:a.example:3478", Status::Ok);
        good.family = Some(Family::Ipv6);
        good.tls = Some(Box::new(Tls {
            version: None,
            subject: String::new(),
            issuer: String::new(),
            not_after: String::new(),
            not_after_s: 4_070_908_800,
            name_matches: true,
            trusted: true,
            problem: None,
        }));
        good.rtt_ms = Some(Rtt { min: 0.1, median: 12.345, max: 20.0 });
        let results =
            vec![good, row("a\\b\"c\nd", Status::Failed), row("turn:c:1?transport=udp", Status::Skipped)];
        let summary = Summary { ok: 1, failed: 1, skipped: 1, duration_ms: 1.0, gathering_ms: 112.3 };
        let expected = r#"# HELP cowork_calls_probe_up Whether the server answered as it should (1) or not (0).
# TYPE cowork_calls_probe_up gauge
cowork_calls_probe_up{uri="stun:a.example:3478",transport="udp",family="ipv6"} 1
cowork_calls_probe_up{uri="a\\b\"c\nd",transport="udp",family=""} 0
# HELP cowork_calls_probe_rtt_seconds Median time from the first request to the answer.
# TYPE cowork_calls_probe_rtt_seconds gauge
cowork_calls_probe_rtt_seconds{uri="stun:a.example:3478",transport="udp",family="ipv6"} 0.012345
# HELP cowork_calls_probe_certificate_expiry_timestamp_seconds When the server's certificate ends.
# TYPE cowork_calls_probe_certificate_expiry_timestamp_seconds gauge
cowork_calls_probe_certificate_expiry_timestamp_seconds{uri="stun:a.example:3478",transport="udp",family="ipv6"} 4070908800
"#;
        assert_eq!(text(&Report { results, summary, interrupted: None }), expected);
    }
}
