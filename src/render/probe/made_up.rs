//! Rows and rounds that tests of this folder make up.

use crate::config::address::Kind;
use crate::probe::history::History;
use crate::probe::report::quality::{Direction, Grade, LargestPacket, Percentiles, Quality, ServerLeg};
use crate::probe::report::wait::Wait;
use crate::probe::report::{Code, Family, Report, Row, RowError, Rtt, Status, Summary, Transport};

/// A row that works.
pub(super) fn good(uri: &str, ms: f64) -> Row {
    let mut row = Row::new(uri.to_owned(), Kind::Stun, Transport::Udp);
    (row.status, row.family, row.sent, row.received) = (Status::Ok, Some(Family::Ipv4), 1, 1);
    row.rtt_ms = Some(Rtt { min: ms, median: ms, max: ms });
    row
}

/// A row without a response, with a control character in its message.
pub(super) fn silent(uri: &str) -> Row {
    let error = RowError {
        code: Code::Timeout,
        message: format!("no \u{1b}[31manswer from {uri} within 5s"),
        hint: "check that the server runs".into(),
        stun_code: None,
        wait: Wait::Retransmission,
    };
    Row { status: Status::Failed, received: 0, rtt_ms: None, error: Some(error.into()), ..good(uri, 0.0) }
}

/// The row with the quality of calls through its relay, and a control character in the reason.
pub(super) fn measured(row: Row, grade: Grade) -> Row {
    Row { quality: Some(Box::new(quality(grade))), ..row }
}

/// Media through a relay.
pub(super) fn quality(grade: Grade) -> Quality {
    let trip = Percentiles { p50: 12.123, p95: 13.0, p99: 115.25 };
    let up = Direction {
        lost_percent: 1.234,
        longest_burst: 3,
        reordered_percent: 0.051,
        duplicates: 2,
        jitter_ms: 0.345,
        trip_ms: Some(trip),
        kbit_s: 1545.4,
    };
    let down = Direction { lost_percent: 100.0, trip_ms: None, kbit_s: 0.0, ..up };
    let rtt = Some(Percentiles { p50: 6.0, p95: 6.5, p99: 7.0 });
    Quality {
        grade,
        reason: "1.2 % were \u{1b}[31mlost".to_owned(),
        duration_s: 10.0,
        up: Some(up),
        down: Some(down),
        server: ServerLeg { sent: 50, received: 49, lost_percent: 2.0, rtt_ms: rtt },
        largest_packet: Some(LargestPacket { bytes: 1500, needed_bytes: 1288 }),
        pace_ms: Some(Percentiles { p50: 0.05, p95: 0.1, p99: 0.2 }),
    }
}

/// The history of these rounds.
pub(super) fn watched(rounds: &[&[Row]]) -> History {
    let mut history = History::default();
    for rows in rounds {
        rows.iter().for_each(|row| history.record(row));
        let summary = Summary { ok: 0, failed: 0, skipped: 0, duration_ms: 0.0, gathering_ms: Some(0.0) };
        history.end_round(&Report { results: rows.to_vec(), summary, is_interrupted: false });
    }
    history
}
