//! A probe as metrics for Prometheus.

use std::fmt::Display;

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
        // Milliseconds have three decimals.
        sample(&mut rtt, row, format_args!("{:.6}", times.median / 1000.0));
    }
    let name = "probe_certificate_expiry_timestamp_seconds";
    let mut expiry = metrics.gauge(name, "When the server's certificate expires.");
    for (row, tls) in rows.iter().filter_map(|row| Some((row, row.tls.as_ref()?))) {
        sample(&mut expiry, row, tls.not_after_s);
    }
    metrics.text
}

/// Adds a sample of a row, with the labels that distinguish it from other rows.
fn sample(samples: &mut Samples<'_>, row: &Row, value: impl Display) {
    let transport = row.transport.name().to_ascii_lowercase();
    let family = row.family.map_or_else(String::new, |family| family.name().to_ascii_lowercase());
    samples.labelled(&[("uri", &row.uri), ("transport", &transport), ("family", &family)], value);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::address::Kind;
    use crate::probe::report::{Family, Rtt, Summary, Tls, Transport};

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
}
