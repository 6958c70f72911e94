//! What the rows of a probe say together: halves of names that fail, addresses that differ, and how long a
//! browser would gather candidates with this list.

use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

use crate::protocol::evidence::is_private;

use super::code::Code;
use super::{Report, Row, Status, Summary, Warning, WarningCode, milliseconds};

/// How long a browser gathers beyond the slowest answer: 120 ms with servers on the same machine
/// (Chromium 156, 1 to 10 servers).
const GATHERING_BASE_MS: f64 = 100.0;
/// How long a browser gathers when a server is silent, until STUN's last retransmission is given up
/// (Chromium 156, one silent server or five).
const GATHERING_SILENT_MS: f64 = 39_900.0;

/// Makes the report from all rows, in the order of the list.
pub(crate) fn report(mut rows: Vec<Row>, duration: Duration) -> Report {
    judge_families(&mut rows);
    compare_addresses(&mut rows);
    let summary = summarize(&rows, duration);
    Report { results: rows, summary, interrupted: None }
}

/// Where one family of a server answers and the other does not: a warning, and no verdict on a family that
/// this machine has no route for.
fn judge_families(rows: &mut [Row]) {
    for server in rows.chunk_by_mut(Row::is_of_same_server) {
        let dead: Vec<Warning> =
            server.iter().filter(|row| row.status == Status::Failed).filter_map(family_failed).collect();
        if server.iter().all(|row| row.status != Status::Ok) {
            continue;
        }
        for row in server {
            match (row.status, &row.error) {
                (Status::Ok, _) => {
                    row.revised |= !dead.is_empty();
                    row.warnings.extend(dead.iter().cloned());
                }
                (_, Some(error)) if error.code == Code::Unreachable => {
                    row.revised = true;
                    row.status = Status::Skipped;
                }
                _ => {}
            }
        }
    }
}

fn family_failed(row: &Row) -> Option<Warning> {
    let (family, error) = (row.family?, row.error.as_ref()?);
    let message = format!("only this half works, over {} it does not: {}", family.name(), error.message);
    Some(Warning { code: WarningCode::FamilyFailed, message })
}

/// Where servers saw this machine under different IP addresses. Ports are not compared: each row has a socket,
/// and so a port, of its own; nor are rows towards which this machine itself has different addresses.
///
/// A server on this side of the NAT sees this machine's own address, or that of another NAT within the network:
/// only servers on the far side tell what peers there see.
fn compare_addresses(rows: &mut [Row]) {
    let is_outside = |row: &Row| row.address.is_some_and(|address| !is_private(address.ip()));
    let some_outside = rows.iter().any(|row| row.status == Status::Ok && is_outside(row));
    let mut first: HashMap<IpAddr, (String, IpAddr)> = HashMap::new();
    for row in rows.iter_mut().filter(|row| row.status == Status::Ok) {
        let (Some(local), Some(mapped)) = (row.local, row.mapped_address) else { continue };
        if mapped.ip() == local || (some_outside && !is_outside(row)) {
            continue;
        }
        let (other, seen) = first.entry(local).or_insert_with(|| (row.uri.clone(), mapped.ip()));
        if *seen != mapped.ip() {
            row.revised = true;
            row.warnings.push(Warning {
                code: WarningCode::AddressDiffers,
                message: format!(
                    "sees this machine as {}, {other} sees it as {seen}: behind such a NAT calls need a TURN server",
                    mapped.ip()
                ),
            });
        }
    }
}

fn summarize(rows: &[Row], duration: Duration) -> Summary {
    let count = |status| rows.iter().filter(|row| row.status == status).count();
    let slowest = rows.iter().filter_map(|row| row.rtt_ms).map(|rtt| rtt.max).fold(0.0, f64::max);
    let gathering_ms = if rows.iter().any(Row::delays_gathering) {
        GATHERING_SILENT_MS
    } else {
        // Adding leaves digits behind the third one.
        ((slowest + GATHERING_BASE_MS) * 1000.0).round() / 1000.0
    };
    Summary {
        ok: count(Status::Ok),
        failed: count(Status::Failed),
        skipped: count(Status::Skipped),
        duration_ms: milliseconds(duration),
        gathering_ms,
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;
    use crate::probe::report::{Family, Kind, RowError, Rtt, Transport};
    use crate::protocol::transaction::TransactionError;

    /// A row as the reactor leaves it; `mapped` is `None` for one that failed.
    fn row(uri: &str, address: &str, mapped: Option<&str>, local: &str) -> Row {
        let address = address.parse().unwrap();
        let mut row = Row::new(uri.to_owned(), Kind::Stun, Transport::Udp);
        (row.family, row.address) = (Some(Family::of(address)), Some(address));
        row.local = Some(local.parse().unwrap());
        match mapped {
            Some(mapped) => {
                row.status = Status::Ok;
                row.mapped_address = Some(mapped.parse().unwrap());
                row.rtt_ms = Some(Rtt { min: 1.0, median: 2.0, max: 20.123 });
                row
            }
            None => {
                row.failed(RowError::transaction(address, TransactionError::Timeout, Duration::from_secs(5)))
            }
        }
    }

    fn codes(report: &Report) -> Vec<Vec<WarningCode>> {
        report.results.iter().map(|row| row.warnings.iter().map(|warning| warning.code).collect()).collect()
    }

    #[test]
    fn half_of_a_name_that_fails_is_a_warning_and_no_failure() {
        let half = vec![
            row("stun:a:1", "192.0.2.1:1", Some("203.0.113.7:1"), "10.0.0.1"),
            row("stun:a:1", "[2001:db8::1]:1", None, "::1"),
        ];
        let report = report(half, Duration::from_millis(3));
        assert_eq!(report.results[1].status, Status::Failed);
        assert_eq!(codes(&report), [vec![WarningCode::FamilyFailed], vec![]]);
        assert!(report.is_good(), "the server works over IPv4");
        assert_eq!((report.summary.ok, report.summary.failed), (1, 1));
        assert_eq!(report.summary.gathering_ms, 39_900.0);
    }

    #[test]
    fn a_family_that_this_machine_lacks_is_skipped_where_the_other_one_works() {
        let address = "[2001:db8::1]:1".parse().unwrap();
        let unreachable = || {
            let mut row = row("stun:a:1", "[2001:db8::1]:1", None, "::1");
            row.error = Some(RowError::network(address, &io::Error::from_raw_os_error(101)));
            row
        };
        let works = row("stun:a:1", "192.0.2.1:1", Some("203.0.113.7:1"), "10.0.0.1");
        let half = report(vec![works, unreachable()], Duration::ZERO);
        assert_eq!(half.results[1].status, Status::Skipped);
        assert!(half.results[1].error.is_some(), "the row still says why");
        assert_eq!(half.summary.gathering_ms, 120.123);

        let dead = row("stun:a:1", "192.0.2.1:1", None, "10.0.0.1");
        let both = report(vec![dead, unreachable()], Duration::ZERO);
        assert_eq!(both.results[1].status, Status::Failed);
        assert!(!both.is_good());
    }

    #[test]
    fn addresses_are_compared_where_they_can_be() {
        let rows = vec![
            row("stun:a:1", "192.0.2.1:1", Some("203.0.113.7:1000"), "10.0.0.1"),
            row("stun:b:1", "192.0.2.2:1", Some("203.0.113.7:2000"), "10.0.0.1"),
            row("stun:c:1", "192.0.2.3:1", Some("203.0.113.8:1000"), "10.0.0.1"),
            row("stun:d:1", "127.0.0.1:1", Some("127.0.0.1:1000"), "127.0.0.1"),
            row("stun:e:1", "[2001:db8::1]:1", Some("[2001:db8::7]:1"), "2001:db8::7"),
        ];
        let report = report(rows, Duration::ZERO);
        assert_eq!(codes(&report), [vec![], vec![], vec![WarningCode::AddressDiffers], vec![], vec![]]);
        let message = &report.results[2].warnings[0].message;
        assert!(message.contains("203.0.113.8") && message.contains("stun:a:1"), "{message}");
    }

    #[test]
    fn a_server_on_this_side_of_the_nat_makes_it_no_symmetric_one() {
        let inside = row("stun:a:1", "10.0.0.9:1", Some("10.0.0.1:1000"), "10.0.0.1");
        let behind_another = row("stun:b:1", "192.168.1.9:1", Some("192.168.1.1:1000"), "10.0.0.1");
        let outside = row("stun:c:1", "192.0.2.1:1", Some("203.0.113.7:1000"), "10.0.0.1");
        let plain = report(vec![inside.clone(), behind_another.clone(), outside.clone()], Duration::ZERO);
        assert_eq!(codes(&plain), [vec![], vec![], vec![]]);
        let reversed = report(vec![outside, inside, behind_another.clone()], Duration::ZERO);
        assert_eq!(codes(&reversed), [vec![], vec![], vec![]]);
        // Without a public one those inside are all there is.
        let other = row("stun:d:1", "192.168.1.8:1", Some("192.168.1.2:1000"), "10.0.0.1");
        let all_inside = report(vec![behind_another, other], Duration::ZERO);
        assert_eq!(codes(&all_inside), [vec![], vec![WarningCode::AddressDiffers]]);
    }
}
