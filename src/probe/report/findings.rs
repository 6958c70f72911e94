//! What the rows of a probe show together: address families that fail, and addresses that differ.

use std::collections::HashMap;
use std::net::IpAddr;

use super::row::{Row, Status, Warning, WarningCode};
use crate::protocol::evidence::is_private;

/// Adds what all rows show together to each row.
pub(super) fn annotate(rows: &mut [Row]) {
    judge_families(rows);
    compare_addresses(rows);
}

/// Skips a family that this machine lacks, and adds a warning where only one family of a server works.
fn judge_families(rows: &mut [Row]) {
    for server in rows.chunk_by_mut(Row::is_of_same_server) {
        if server.iter().all(|row| row.status != Status::Ok) {
            continue;
        }
        for row in server.iter_mut().filter(|row| row.status == Status::Failed && row.lacks_family) {
            row.revised = true;
            row.status = Status::Skipped;
        }
        let failed = server.iter().filter(|row| row.status == Status::Failed);
        let warnings: Vec<Warning> = failed.filter_map(family_failed).collect();
        for row in server.iter_mut().filter(|row| row.status == Status::Ok) {
            row.revised |= !warnings.is_empty();
            row.warnings.extend(warnings.iter().cloned());
        }
    }
}

fn family_failed(row: &Row) -> Option<Warning> {
    let (family, error) = (row.family?, row.error.as_ref()?);
    let message =
        format!("works only over this address family, not over {}: {}", family.name(), error.message);
    Some(Warning { code: WarningCode::FamilyFailed, message })
}

/// Adds a warning where servers see this machine at different IP addresses. Compares neither ports, since each row has a
/// socket and so a port of its own, nor rows for which this machine uses different addresses itself.
///
/// A server on this side of the NAT sees this machine's own address, or that of another NAT within the network: only
/// servers on the other side show what peers there see.
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

#[cfg(test)]
mod tests {
    use std::io;
    use std::time::Duration;

    use super::*;
    use crate::config::address::Kind;
    use crate::probe::report::{Family, Report, RowError, Rtt, Transport};
    use crate::protocol::transaction::TransactionError;

    /// A row as the probe leaves it; `mapped` is `None` for one that failed.
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
    fn a_family_that_fails_is_a_warning_when_the_other_works() {
        let half = vec![
            row("stun:a:1", "192.0.2.1:1", Some("203.0.113.7:1"), "10.0.0.1"),
            row("stun:a:1", "[2001:db8::1]:1", None, "::1"),
        ];
        let report = Report::new(half, Duration::from_millis(3));
        assert_eq!(report.results[1].status, Status::Failed);
        assert_eq!(codes(&report), [vec![WarningCode::FamilyFailed], vec![]]);
        assert!(report.is_good(), "the server works over IPv4");
        assert_eq!((report.summary.ok, report.summary.failed), (1, 1));
        assert_eq!(report.summary.gathering_ms, Some(39_900.0));
    }

    #[test]
    fn a_family_that_this_machine_lacks_is_skipped_when_the_other_works() {
        let address = "[2001:db8::1]:1".parse().unwrap();
        let unreachable = |lacks_family| {
            let mut row = row("stun:a:1", "[2001:db8::1]:1", None, "::1");
            row.error = Some(RowError::network(address, &io::Error::from_raw_os_error(101)).into());
            row.lacks_family = lacks_family;
            row
        };
        let works = || row("stun:a:1", "192.0.2.1:1", Some("203.0.113.7:1"), "10.0.0.1");
        let half = Report::new(vec![works(), unreachable(true)], Duration::ZERO);
        assert_eq!(half.results[1].status, Status::Skipped);
        assert!(half.results[1].error.is_some(), "the row still says why");
        assert_eq!(codes(&half), [vec![], vec![]], "the server is good");
        assert_eq!(half.summary.gathering_ms, Some(120.0));

        let rejected = Report::new(vec![works(), unreachable(false)], Duration::ZERO);
        assert_eq!(rejected.results[1].status, Status::Failed, "a firewall rejects it");
        assert_eq!(codes(&rejected), [vec![WarningCode::FamilyFailed], vec![]]);
        assert_eq!(rejected.summary.gathering_ms, Some(39_900.0));

        let dead = row("stun:a:1", "192.0.2.1:1", None, "10.0.0.1");
        let both = Report::new(vec![dead, unreachable(true)], Duration::ZERO);
        assert_eq!(both.results[1].status, Status::Failed);
        assert!(!both.is_good());
    }

    #[test]
    fn compares_addresses_of_comparable_rows() {
        let rows = vec![
            row("stun:a:1", "192.0.2.1:1", Some("203.0.113.7:1000"), "10.0.0.1"),
            row("stun:b:1", "192.0.2.2:1", Some("203.0.113.7:2000"), "10.0.0.1"),
            row("stun:c:1", "192.0.2.3:1", Some("203.0.113.8:1000"), "10.0.0.1"),
            row("stun:d:1", "127.0.0.1:1", Some("127.0.0.1:1000"), "127.0.0.1"),
            row("stun:e:1", "[2001:db8::1]:1", Some("[2001:db8::7]:1"), "2001:db8::7"),
        ];
        let report = Report::new(rows, Duration::ZERO);
        assert_eq!(codes(&report), [vec![], vec![], vec![WarningCode::AddressDiffers], vec![], vec![]]);
        let message = &report.results[2].warnings[0].message;
        assert!(message.contains("203.0.113.8") && message.contains("stun:a:1"), "{message}");
    }

    #[test]
    fn a_server_on_this_side_of_the_nat_does_not_make_it_symmetric() {
        let inside = row("stun:a:1", "10.0.0.9:1", Some("10.0.0.1:1000"), "10.0.0.1");
        let behind_another = row("stun:b:1", "192.168.1.9:1", Some("192.168.1.1:1000"), "10.0.0.1");
        let outside = row("stun:c:1", "192.0.2.1:1", Some("203.0.113.7:1000"), "10.0.0.1");
        let plain =
            Report::new(vec![inside.clone(), behind_another.clone(), outside.clone()], Duration::ZERO);
        assert_eq!(codes(&plain), [vec![], vec![], vec![]]);
        let reversed = Report::new(vec![outside, inside, behind_another.clone()], Duration::ZERO);
        assert_eq!(codes(&reversed), [vec![], vec![], vec![]]);
        // Without a public one those inside are compared.
        let other = row("stun:d:1", "192.168.1.8:1", Some("192.168.1.2:1000"), "10.0.0.1");
        let all_inside = Report::new(vec![behind_another, other], Duration::ZERO);
        assert_eq!(codes(&all_inside), [vec![], vec![WarningCode::AddressDiffers]]);
    }
}
