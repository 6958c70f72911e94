//! A probe as metrics for Prometheus.

use std::fmt::Display;

use crate::probe::report::audit::{Audit, Severity};
use crate::probe::report::quality::{Direction, Grade, Percentiles, Quality};
use crate::probe::report::{Report, Row, Status};
use crate::render::prometheus::{Exposition, Samples};

/// Returns the report as metrics. A skipped row has none: it is neither up nor down.
pub fn text(report: &Report) -> String {
    let rows = &report.results;
    let mut metrics = Exposition::default();
    let mut up = metrics.gauge("probe_up", "Whether the probe of the server succeeded (1) or failed (0).");
    for row in rows.iter().filter(|row| row.status != Status::Skipped) {
        sample(&mut up, row, u8::from(row.status == Status::Ok));
    }
    let mut rtt = metrics.gauge("probe_rtt_seconds", "Median time from the first request to the response.");
    for (row, times) in rows.iter().filter_map(|row| Some((row, row.rtt_ms?))) {
        sample(&mut rtt, row, seconds(times.median));
    }
    let name = "probe_certificate_expiry_timestamp_seconds";
    let mut expiry = metrics.gauge(name, "When the server's certificate expires.");
    for (row, tls) in rows.iter().filter_map(|row| Some((row, row.tls.as_ref()?))) {
        sample(&mut expiry, row, tls.not_after_s);
    }
    let audited: Vec<_> = rows.iter().filter_map(|row| Some((row, row.audit()?))).collect();
    if !audited.is_empty() {
        audits(&audited, &mut metrics);
    }
    let measured: Vec<_> = rows.iter().filter_map(|row| Some((row, row.quality.as_deref()?))).collect();
    if !measured.is_empty() {
        quality(&measured, &mut metrics);
    }
    metrics.text
}

/// Adds what servers would relay though they should not.
fn audits(audited: &[(&Row, &Audit)], metrics: &mut Exposition) {
    let mut findings =
        metrics.gauge("probe_audit_findings", "How many findings of this severity an audit has.");
    // A server that was not audited is neither safe nor unsafe.
    let is_known = |(row, audit): &&(&Row, &Audit)| row.error.is_none() || !audit.findings.is_empty();
    for (row, audit) in audited.iter().filter(is_known) {
        for severity in Severity::ALL {
            sample_with(&mut findings, row, &[("severity", severity.as_str())], audit.count(severity));
        }
    }
    let help = "How much an audit could not find out.";
    let mut unknown = metrics.gauge("probe_audit_unknown", help);
    for (row, audit) in audited {
        sample(&mut unknown, row, audit.unknown.len());
    }
}

/// Adds how good calls would be.
fn quality(measured: &[(&Row, &Quality)], metrics: &mut Exposition) {
    let help = "Whether a call would be good (2), fair (1) or poor (0).";
    let mut grade = metrics.gauge("probe_quality_grade", help);
    for (row, quality) in measured {
        let value = match quality.grade {
            Grade::Good => 2,
            Grade::Fair => 1,
            Grade::Poor => 0,
        };
        sample(&mut grade, row, value);
    }
    for Figure { name, help, value } in FIGURES {
        let mut samples = metrics.gauge(name, help);
        for (row, direction, figures) in measured.iter().flat_map(|(row, quality)| directions(row, quality)) {
            sample_with(&mut samples, row, &[("direction", direction)], value(figures));
        }
    }
    let help = "One trip through the relay, from one client to the other.";
    let mut trip = metrics.gauge("probe_quality_trip_seconds", help);
    for (row, direction, figures) in measured.iter().flat_map(|(row, quality)| directions(row, quality)) {
        for (percentile, seconds) in figures.trip_ms.into_iter().flat_map(by_percentile) {
            sample_with(&mut trip, row, &[("direction", direction), ("percentile", percentile)], seconds);
        }
    }
    server(measured, metrics);
    let help = "The largest IP packet that passes between this machine and the server in both directions.";
    let mut largest = metrics.gauge("probe_quality_largest_packet_bytes", help);
    for (row, packet) in measured.iter().filter_map(|(row, quality)| Some((row, quality.largest_packet?))) {
        sample(&mut largest, row, packet.bytes);
    }
}

/// Adds what lies between this machine and the server.
fn server(measured: &[(&Row, &Quality)], metrics: &mut Exposition) {
    let help = "The share of requests to the server without a response, beside the media.";
    let mut loss = metrics.gauge("probe_quality_server_loss_ratio", help);
    for (row, quality) in measured.iter().filter(|(_, quality)| !quality.server.is_unknown()) {
        sample(&mut loss, row, ratio(quality.server.lost_percent));
    }
    let mut rtt = metrics.gauge("probe_quality_server_rtt_seconds", "Round-trip time of these requests.");
    for (row, times) in measured.iter().filter_map(|(row, quality)| Some((row, quality.server.rtt_ms?))) {
        for (percentile, seconds) in by_percentile(times) {
            sample_with(&mut rtt, row, &[("percentile", percentile)], seconds);
        }
    }
}

/// A figure of media in one direction.
struct Figure {
    name: &'static str,
    help: &'static str,
    value: fn(&Direction) -> String,
}

const FIGURES: [Figure; 6] = [
    Figure {
        name: "probe_quality_loss_ratio",
        help: "The share of media packets that did not arrive.",
        value: |figures| ratio(figures.lost_percent),
    },
    Figure {
        name: "probe_quality_longest_burst_packets",
        help: "The most media packets that were lost in a row.",
        value: |figures| figures.longest_burst.to_string(),
    },
    Figure {
        name: "probe_quality_reordered_ratio",
        help: "The share of the media packets received that arrived after a later one.",
        value: |figures| ratio(figures.reordered_percent),
    },
    Figure {
        name: "probe_quality_duplicate_packets",
        help: "How many media packets arrived once more.",
        value: |figures| figures.duplicates.to_string(),
    },
    Figure {
        name: "probe_quality_jitter_seconds",
        help: "The interarrival jitter of media (RFC 3550).",
        value: |figures| seconds(figures.jitter_ms),
    },
    Figure {
        name: "probe_quality_received_bytes_per_second",
        help: "The rate of the media that arrived.",
        value: |figures| format!("{:.0}", figures.kbit_s * 125.0),
    },
];

/// The directions in which media was sent.
fn directions<'a>(
    row: &'a Row,
    quality: &'a Quality,
) -> impl Iterator<Item = (&'a Row, &'static str, &'a Direction)> {
    let both = [("up", quality.up.as_ref()), ("down", quality.down.as_ref())];
    both.into_iter().filter_map(move |(name, figures)| Some((row, name, figures?)))
}

/// Percentiles as the values of the label `percentile`, in seconds. The label `quantile` is for summaries only.
fn by_percentile(times: Percentiles) -> [(&'static str, String); 3] {
    let Percentiles { p50, p95, p99 } = times;
    [("50", p50), ("95", p95), ("99", p99)].map(|(percentile, ms)| (percentile, seconds(ms)))
}

/// Milliseconds have three decimals.
fn seconds(ms: f64) -> String {
    format!("{:.6}", ms / 1000.0)
}

fn ratio(percent: f64) -> String {
    format!("{:.6}", percent / 100.0)
}

/// Adds a sample of a row, with the labels that distinguish it from other rows.
fn sample(samples: &mut Samples<'_>, row: &Row, value: impl Display) {
    sample_with(samples, row, &[], value);
}

/// Adds a sample of a row with further labels.
fn sample_with(samples: &mut Samples<'_>, row: &Row, labels: &[(&str, &str)], value: impl Display) {
    let transport = row.transport.name().to_ascii_lowercase();
    let family = row.family.map_or_else(String::new, |family| family.name().to_ascii_lowercase());
    let own = [("uri", &*row.uri), ("transport", &*transport), ("family", &*family)];
    samples.labelled(&[&own, labels].concat(), value);
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::config::address::Kind;
    use crate::probe::report::quality::ServerLeg;
    use crate::probe::report::{Family, Rtt, Summary, Tls, Transport};
    use crate::render::probe::made_up;

    fn row(uri: &str, status: Status) -> Row {
        Row { status, ..Row::new(uri.to_owned(), Kind::Stun, Transport::Udp) }
    }

    #[test]
    fn each_metric_is_in_one_piece_with_escaped_labels() {
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
        let summary = Summary { ok: 1, failed: 1, skipped: 1, duration_ms: 1.0, gathering_ms: Some(112.3) };
        let expected = r#"# HELP cowork_calls_probe_up Whether the probe of the server succeeded (1) or failed (0).
# TYPE cowork_calls_probe_up gauge
cowork_calls_probe_up{uri="stun:a.example:3478",transport="udp",family="ipv6"} 1
cowork_calls_probe_up{uri="a\\b\"c\nd",transport="udp",family=""} 0
# HELP cowork_calls_probe_rtt_seconds Median time from the first request to the response.
# TYPE cowork_calls_probe_rtt_seconds gauge
cowork_calls_probe_rtt_seconds{uri="stun:a.example:3478",transport="udp",family="ipv6"} 0.012345
# HELP cowork_calls_probe_certificate_expiry_timestamp_seconds When the server's certificate expires.
# TYPE cowork_calls_probe_certificate_expiry_timestamp_seconds gauge
cowork_calls_probe_certificate_expiry_timestamp_seconds{uri="stun:a.example:3478",transport="udp",family="ipv6"} 4070908800
"#;
        assert_eq!(text(&Report { results, summary, is_interrupted: false }), expected);
    }

    #[test]
    fn the_quality_of_calls_has_a_sample_for_each_direction() {
        let rows = vec![made_up::measured(made_up::good("turn:a:1", 1.0), Grade::Fair)];
        let text = text(&Report::new(rows, Duration::ZERO));
        let row = r#"uri="turn:a:1",transport="udp",family="ipv4""#;
        for line in [
            format!("quality_grade{{{row}}} 1"),
            format!("quality_loss_ratio{{{row},direction=\"up\"}} 0.012340"),
            format!("quality_loss_ratio{{{row},direction=\"down\"}} 1.000000"),
            format!("quality_longest_burst_packets{{{row},direction=\"up\"}} 3"),
            format!("quality_reordered_ratio{{{row},direction=\"up\"}} 0.000510"),
            format!("quality_duplicate_packets{{{row},direction=\"up\"}} 2"),
            format!("quality_jitter_seconds{{{row},direction=\"up\"}} 0.000345"),
            format!("quality_received_bytes_per_second{{{row},direction=\"up\"}} 193175"),
            format!("quality_trip_seconds{{{row},direction=\"up\",percentile=\"95\"}} 0.013000"),
            format!("quality_server_loss_ratio{{{row}}} 0.020000"),
            format!("quality_server_rtt_seconds{{{row},percentile=\"50\"}} 0.006000"),
            format!("quality_largest_packet_bytes{{{row}}} 1500"),
        ] {
            assert!(text.contains(&format!("\ncowork_calls_probe_{line}\n")), "{line} in:\n{text}");
        }
        assert_eq!(text.matches("# TYPE cowork_calls_probe_quality_").count(), 11, "{text}");
        assert!(!text.contains("direction=\"down\",percentile"), "nothing arrived there: {text}");

        let mut refused = made_up::measured(made_up::good("turn:a:1", 1.0), Grade::Poor);
        refused.quality.as_mut().unwrap().server =
            ServerLeg { sent: 0, received: 0, lost_percent: 0.0, rtt_ms: None };
        let json = serde_json::to_value(&refused).unwrap();
        assert!(json["quality"].get("server").is_none(), "{json}");
        let text = super::text(&Report::new(vec![refused], Duration::ZERO));
        assert!(!text.contains("quality_server_loss_ratio{"), "nothing sent is not nothing lost: {text}");
    }
}
