//! The rows of a repeated probe: their state, losses and last round-trip times, in memory that does not grow with time.

use std::collections::{HashMap, VecDeque};

use super::report::audit::{Audit, Counts};
use super::report::quality::Grade;
use super::report::{Family, Report, Row, RowError, Status, Transport};

/// How many rounds the round-trip times of a row go back.
pub const MOST_ROUNDS: usize = 30;

/// The rows of a repeated probe.
#[derive(Debug, Default)]
pub struct History {
    rounds: u64,
    rows: Vec<RowHistory>,
    /// The index of each row in `rows`.
    indices: HashMap<Key, usize>,
}

/// One row over many rounds.
#[derive(Clone, Debug)]
pub struct RowHistory {
    /// The server's canonical address.
    pub uri: String,
    /// The transport to the server.
    pub transport: Transport,
    /// The server's position in the configured list, if it is configured.
    pub position: Option<usize>,
    /// The address family; `None` until its name resolves.
    pub family: Option<Family>,
    /// The verdict of the last round.
    pub status: Status,
    /// The number of transactions in all rounds.
    pub sent: u64,
    /// How many of them got a valid response.
    pub received: u64,
    /// The median round-trip times of the last rounds in ms; `None` for a round that failed.
    pub times: VecDeque<Option<f32>>,
    /// Why the last round failed.
    pub error: Option<RowError>,
    /// How good a call was when that was measured last, and why; `None` where it was not, or the row no longer works.
    pub quality: Option<(Grade, String)>,
    /// Whether that is still to be measured in this round.
    pub awaits_quality: bool,
    /// The findings of the audit in the last round; `None` without one.
    pub audit: Option<Counts>,
}

/// What identifies a row.
type Key = (String, Transport, Option<Family>);

impl History {
    /// The number of finished rounds.
    pub fn rounds(&self) -> u64 {
        self.rounds
    }

    /// All rows, after a round in the order of the list.
    pub fn rows(&self) -> &[RowHistory] {
        &self.rows
    }

    /// Records a row that was just measured.
    pub fn record(&mut self, row: &Row) {
        self.for_each(row, |history| history.record(row));
    }

    /// Records a row that was just probed, and whose quality is measured later.
    pub fn record_before_quality(&mut self, row: &Row) {
        self.record(row);
        self.for_each(row, |history| history.awaits_quality = true);
    }

    /// Records the quality of a row that was recorded before; there is none after an interrupt.
    pub fn record_quality(&mut self, row: &Row) {
        self.for_each(row, |history| history.record_quality(row));
    }

    fn for_each(&mut self, row: &Row, change: impl Fn(&mut RowHistory)) {
        for index in self.indices_of(row) {
            self.rows.get_mut(index).into_iter().for_each(&change);
        }
    }

    /// Ends a round, whose rows are all recorded.
    pub fn end_round(&mut self, report: &Report) {
        self.rounds += 1;
        // A family that this machine has no route for says nothing about the server.
        for row in report.results.iter().filter(|row| row.revised && row.status == Status::Skipped) {
            if let Some(history) = self.indices.get(&key(row)).and_then(|index| self.rows.get_mut(*index)) {
                history.skip(row);
            }
        }
        // In the first round rows were recorded in the order of their measurement.
        let order: HashMap<Key, usize> =
            report.results.iter().enumerate().map(|(position, row)| (key(row), position)).collect();
        // An address family that a name no longer has is not probed any more.
        let is_probed = |history: &RowHistory| {
            let (uri, transport, _) = history.key();
            order.contains_key(&history.key()) || order.contains_key(&(uri, transport, None))
        };
        if !report.is_interrupted && !self.rows.iter().all(is_probed) {
            self.rows.retain(is_probed);
            self.indices.clear();
        }
        let position = |history: &RowHistory| order.get(&history.key()).copied().unwrap_or(usize::MAX);
        if self.indices.is_empty() || !self.rows.is_sorted_by_key(position) {
            self.rows.sort_by_key(position);
            let keys = self.rows.iter().map(RowHistory::key);
            self.indices = keys.enumerate().map(|(index, key)| (key, index)).collect();
        }
    }

    /// The indices of the histories that a row belongs to; a new one when there is none.
    ///
    /// A name that does not resolve has a row without a family, which is a failure of all its families. The first row of
    /// a name that resolves later continues the one without a family.
    fn indices_of(&mut self, row: &Row) -> Vec<usize> {
        let index = |family| self.indices.get(&(row.uri.clone(), row.transport, family)).copied();
        let found: Vec<usize> = match (index(row.family), row.family) {
            (Some(index), _) => vec![index],
            (None, None) => [Family::Ipv4, Family::Ipv6].into_iter().filter_map(|f| index(Some(f))).collect(),
            (None, Some(_)) => index(None).into_iter().collect(),
        };
        let [first, ..] = *found else {
            self.indices.insert(key(row), self.rows.len());
            self.rows.push(RowHistory::new(row));
            return vec![self.rows.len() - 1];
        };
        if let Some(history) = self.rows.get_mut(first).filter(|history| history.family.is_none()) {
            self.indices.remove(&history.key());
            history.family = row.family;
            self.indices.insert(key(row), first);
        }
        found
    }
}

impl RowHistory {
    fn new(row: &Row) -> Self {
        RowHistory {
            uri: row.uri.clone(),
            transport: row.transport,
            position: row.position,
            family: row.family,
            status: row.status,
            sent: 0,
            received: 0,
            times: VecDeque::with_capacity(MOST_ROUNDS),
            error: None,
            quality: None,
            awaits_quality: false,
            audit: None,
        }
    }

    fn key(&self) -> Key {
        (self.uri.clone(), self.transport, self.family)
    }

    /// The share of transactions without a response, from 0 to 1; `None` before the first one.
    pub fn loss(&self) -> Option<f64> {
        let lost = self.sent.saturating_sub(self.received);
        (self.sent > 0).then(|| lost as f64 / self.sent as f64)
    }

    /// The round-trip time of the last round in ms.
    pub fn last_ms(&self) -> Option<f32> {
        self.times.back().copied().flatten()
    }

    fn record(&mut self, row: &Row) {
        self.status = row.status;
        self.error = row.error.as_deref().cloned();
        self.audit = row.audit().map(Audit::counts);
        self.record_quality(row);
        let time = match row.status {
            // A row that is not probed has neither times nor losses.
            Status::Skipped => return,
            Status::Ok => {
                self.sent += u64::from(row.sent);
                self.received += u64::from(row.received);
                row.rtt_ms
            }
            // Nothing is sent when a name does not resolve; responses before a failure do not count.
            Status::Failed => {
                self.sent += u64::from(row.sent.max(1));
                None
            }
        };
        if self.times.len() == MOST_ROUNDS {
            self.times.pop_front();
        }
        self.times.push_back(time.map(|rtt| rtt.median as f32));
    }

    fn record_quality(&mut self, row: &Row) {
        self.awaits_quality = false;
        // Rows that work keep their last grade until the next one, also after an interrupt.
        if row.quality.is_some() || row.status != Status::Ok {
            self.quality = row.quality.as_ref().map(|quality| (quality.grade, quality.reason.clone()));
        }
    }

    /// Takes back the failure that was recorded with this row.
    fn skip(&mut self, row: &Row) {
        self.status = Status::Skipped;
        self.sent = self.sent.saturating_sub(u64::from(row.sent.max(1)));
        self.times.pop_back();
    }
}

fn key(row: &Row) -> Key {
    (row.uri.clone(), row.transport, row.family)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::config::address::Kind;
    use crate::probe::report::Rtt;

    const NAME: &str = "stun:a:1";

    fn row(family: Option<Family>, ms: Option<f64>) -> Row {
        let mut row = Row::new(NAME.to_owned(), Kind::Stun, Transport::Udp);
        row.family = family;
        row.sent = u32::from(family.is_some());
        row.received = u32::from(ms.is_some());
        row.rtt_ms = ms.map(|ms| Rtt { min: ms, median: ms, max: ms });
        match ms {
            Some(_) => Row { status: Status::Ok, ..row },
            None => row.failed(RowError::slow_lookup("a", Duration::ZERO)),
        }
    }

    fn round(history: &mut History, rows: Vec<Row>) {
        rows.iter().for_each(|row| history.record(row));
        history.end_round(&Report::new(rows, Duration::ZERO));
    }

    #[test]
    fn counts_losses_and_limits_the_history() {
        let mut history = History::default();
        for n in 0..100 {
            round(&mut history, vec![row(Some(Family::Ipv4), (n % 4 != 0).then_some(f64::from(n)))]);
        }
        let [row] = history.rows() else { panic!("{history:?}") };
        assert_eq!((history.rounds(), row.sent, row.received), (100, 100, 75));
        assert_eq!((row.loss(), row.last_ms()), (Some(0.25), Some(99.0)));
        assert_eq!((row.times.len(), row.times.capacity()), (MOST_ROUNDS, MOST_ROUNDS));
        assert_eq!(row.times[2], None, "round 72");
    }

    #[test]
    fn a_name_that_does_not_resolve_is_a_failure_of_all_its_rows() {
        let mut history = History::default();
        round(&mut history, vec![row(None, None)]);
        assert_eq!(history.rows()[0].family, None);
        round(&mut history, vec![row(Some(Family::Ipv4), Some(1.0)), row(Some(Family::Ipv6), Some(2.0))]);
        round(&mut history, vec![row(None, None)]);
        let rows: Vec<_> =
            history.rows().iter().map(|row| (row.family, row.sent, row.received, row.status)).collect();
        let failed = Status::Failed;
        assert_eq!(rows, [(Some(Family::Ipv4), 3, 1, failed), (Some(Family::Ipv6), 2, 1, failed)]);
    }

    #[test]
    fn drops_a_family_that_a_name_no_longer_has() {
        let mut history = History::default();
        let families = [Some(Family::Ipv4), Some(Family::Ipv6)];
        round(&mut history, families.map(|family| row(family, Some(1.0))).into());
        round(&mut history, vec![row(Some(Family::Ipv4), Some(1.0))]);
        let [only] = history.rows() else { panic!("{history:?}") };
        assert_eq!((only.family, only.sent), (Some(Family::Ipv4), 2));
        round(&mut history, families.map(|family| row(family, Some(1.0))).into());
        assert_eq!(history.rows().iter().map(|row| row.sent).collect::<Vec<_>>(), [3, 1]);
    }

    #[test]
    fn a_family_that_this_machine_lacks_has_no_losses() {
        let mut history = History::default();
        for _ in 0..3 {
            let mut lacking = row(Some(Family::Ipv6), None);
            history.record(&lacking);
            (lacking.status, lacking.revised) = (Status::Skipped, true);
            history.end_round(&Report::new(vec![lacking], Duration::ZERO));
        }
        let row = &history.rows()[0];
        assert_eq!((row.status, row.loss(), row.times.len()), (Status::Skipped, None, 0));
    }

    #[test]
    fn sorts_rows_as_the_list_after_a_round() {
        let mut history = History::default();
        let (ipv4, ipv6) = (row(Some(Family::Ipv4), Some(1.0)), row(Some(Family::Ipv6), Some(1.0)));
        history.record(&ipv6);
        history.record(&ipv4);
        history.end_round(&Report::new(vec![ipv4.clone(), ipv6], Duration::ZERO));
        history.record(&ipv4);
        let sent: Vec<_> = history.rows().iter().map(|row| (row.family, row.sent)).collect();
        assert_eq!(sent, [(Some(Family::Ipv4), 2), (Some(Family::Ipv6), 1)]);
    }
}
