//! Servers over many rounds: how each one is doing, and a short history. Its memory does not grow with time.

use std::collections::{HashMap, VecDeque};

use super::report::{Family, Report, Row, RowError, Status, Transport};

/// How many rounds the history of a row goes back.
pub const HISTORY: usize = 30;

/// What is watched.
#[derive(Debug, Default)]
pub struct Watch {
    rounds: u64,
    tracks: Vec<Track>,
    /// Where each row's track is.
    places: HashMap<Key, usize>,
}

/// A row over many rounds.
#[derive(Clone, Debug)]
pub struct Track {
    /// The server's canonical address.
    pub uri: String,
    /// How it is asked.
    pub transport: Transport,
    /// The address family; `None` as long as its name did not resolve.
    pub family: Option<Family>,
    /// The verdict of the last round.
    pub status: Status,
    /// How many transactions were begun in all rounds.
    pub sent: u64,
    /// How many of them were answered as they should.
    pub received: u64,
    /// The median round-trip time of the last rounds in ms; `None` for a round that failed.
    pub history: VecDeque<Option<f32>>,
    /// Why the last round failed.
    pub error: Option<RowError>,
}

/// What tells rows apart.
type Key = (String, Transport, Option<Family>);

impl Watch {
    /// How many rounds are over.
    #[must_use]
    pub fn rounds(&self) -> u64 {
        self.rounds
    }

    /// All rows, after a round in the order of the list.
    #[must_use]
    pub fn tracks(&self) -> &[Track] {
        &self.tracks
    }

    /// Takes in a row that has just been measured.
    pub fn take(&mut self, row: &Row) {
        for place in self.places_of(row) {
            if let Some(track) = self.tracks.get_mut(place) {
                track.take(row);
            }
        }
    }

    /// Ends a round: all its rows have been taken in.
    pub fn end(&mut self, report: &Report) {
        self.rounds += 1;
        // A family that this machine has no route for says nothing about the server.
        for row in report.results.iter().filter(|row| row.revised && row.status == Status::Skipped) {
            if let Some(track) = self.places.get(&key(row)).and_then(|place| self.tracks.get_mut(*place)) {
                track.skip(row);
            }
        }
        // In the first round rows came in as they were measured.
        let order: HashMap<Key, usize> =
            report.results.iter().enumerate().map(|(position, row)| (key(row), position)).collect();
        // An address family that a name no longer has is not asked any more.
        let is_asked = |track: &Track| {
            let (uri, transport, _) = track.key();
            order.contains_key(&track.key()) || order.contains_key(&(uri, transport, None))
        };
        if report.interrupted.is_none() && !self.tracks.iter().all(is_asked) {
            self.tracks.retain(is_asked);
            self.places.clear();
        }
        let position = |track: &Track| order.get(&track.key()).copied().unwrap_or(usize::MAX);
        if self.places.is_empty() || !self.tracks.is_sorted_by_key(position) {
            self.tracks.sort_by_key(position);
            self.places = self.tracks.iter().enumerate().map(|(place, track)| (track.key(), place)).collect();
        }
    }

    /// The tracks that a row belongs to; a new one where there is none.
    ///
    /// A name that does not resolve has a row without family: it is a failure of all its families. The row of a
    /// name that resolves at last goes on where the one without family was.
    fn places_of(&mut self, row: &Row) -> Vec<usize> {
        let place = |family| self.places.get(&(row.uri.clone(), row.transport, family)).copied();
        let found: Vec<usize> = match (place(row.family), row.family) {
            (Some(place), _) => vec![place],
            (None, None) => [Family::Ipv4, Family::Ipv6].into_iter().filter_map(|f| place(Some(f))).collect(),
            (None, Some(_)) => place(None).into_iter().collect(),
        };
        let [first, ..] = *found else {
            self.places.insert(key(row), self.tracks.len());
            self.tracks.push(Track::new(row));
            return vec![self.tracks.len() - 1];
        };
        if let Some(track) = self.tracks.get_mut(first).filter(|track| track.family.is_none()) {
            self.places.remove(&track.key());
            track.family = row.family;
            self.places.insert(key(row), first);
        }
        found
    }
}

impl Track {
    fn new(row: &Row) -> Self {
        Track {
            uri: row.uri.clone(),
            transport: row.transport,
            family: row.family,
            status: row.status,
            sent: 0,
            received: 0,
            history: VecDeque::with_capacity(HISTORY),
            error: None,
        }
    }

    fn key(&self) -> Key {
        (self.uri.clone(), self.transport, self.family)
    }

    /// The share of transactions that were not answered, from 0 to 1; `None` when there were none.
    #[must_use]
    pub fn loss(&self) -> Option<f64> {
        let lost = self.sent.saturating_sub(self.received);
        (self.sent > 0).then(|| lost as f64 / self.sent as f64)
    }

    /// The round-trip time of the last round in ms.
    #[must_use]
    pub fn last_ms(&self) -> Option<f32> {
        self.history.back().copied().flatten()
    }

    fn take(&mut self, row: &Row) {
        self.status = row.status;
        self.error.clone_from(&row.error);
        let time = match row.status {
            // A row that was never asked has neither times nor losses.
            Status::Skipped => return,
            Status::Ok => {
                self.sent += u64::from(row.sent);
                self.received += u64::from(row.received);
                row.rtt_ms
            }
            // Where a name does not resolve nothing was sent; what was answered before it failed is no help.
            Status::Failed => {
                self.sent += u64::from(row.sent.max(1));
                None
            }
        };
        if self.history.len() == HISTORY {
            self.history.pop_front();
        }
        self.history.push_back(time.map(|rtt| rtt.median as f32));
    }

    /// Takes back the failure that was taken in with this row.
    fn skip(&mut self, row: &Row) {
        self.status = Status::Skipped;
        self.sent = self.sent.saturating_sub(u64::from(row.sent.max(1)));
        self.history.pop_back();
    }
}

fn key(row: &Row) -> Key {
    (row.uri.clone(), row.transport, row.family)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::probe::report::{Kind, Rtt, Summary};

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

    fn round(watch: &mut Watch, rows: Vec<Row>) {
        rows.iter().for_each(|row| watch.take(row));
        let summary = Summary { ok: 0, failed: 0, skipped: 0, duration_ms: 0.0, gathering_ms: 0.0 };
        watch.end(&Report { results: rows, summary, interrupted: None });
    }

    #[test]
    fn losses_are_counted_and_the_history_has_an_end() {
        let mut watch = Watch::default();
        for n in 0..100 {
            round(&mut watch, vec![row(Some(Family::Ipv4), (n % 4 != 0).then_some(f64::from(n)))]);
        }
        let [track] = watch.tracks() else { panic!("{watch:?}") };
        assert_eq!((watch.rounds(), track.sent, track.received), (100, 100, 75));
        assert_eq!((track.loss(), track.last_ms()), (Some(0.25), Some(99.0)));
        assert_eq!((track.history.len(), track.history.capacity()), (HISTORY, HISTORY));
        assert_eq!(track.history[2], None, "round 72");
    }

    #[test]
    fn a_name_that_does_not_resolve_is_a_failure_of_all_its_rows() {
        let mut watch = Watch::default();
        round(&mut watch, vec![row(None, None)]);
        assert_eq!(watch.tracks()[0].family, None);
        round(&mut watch, vec![row(Some(Family::Ipv4), Some(1.0)), row(Some(Family::Ipv6), Some(2.0))]);
        round(&mut watch, vec![row(None, None)]);
        let tracks: Vec<_> =
            watch.tracks().iter().map(|t| (t.family, t.sent, t.received, t.status)).collect();
        let failed = Status::Failed;
        assert_eq!(tracks, [(Some(Family::Ipv4), 3, 1, failed), (Some(Family::Ipv6), 2, 1, failed)]);
    }

    #[test]
    fn a_family_that_a_name_no_longer_has_is_shown_no_more() {
        let mut watch = Watch::default();
        let families = [Some(Family::Ipv4), Some(Family::Ipv6)];
        round(&mut watch, families.map(|family| row(family, Some(1.0))).into());
        round(&mut watch, vec![row(Some(Family::Ipv4), Some(1.0))]);
        let [track] = watch.tracks() else { panic!("{watch:?}") };
        assert_eq!((track.family, track.sent), (Some(Family::Ipv4), 2));
        round(&mut watch, families.map(|family| row(family, Some(1.0))).into());
        assert_eq!(watch.tracks().iter().map(|track| track.sent).collect::<Vec<_>>(), [3, 1]);
    }

    #[test]
    fn a_family_that_this_machine_lacks_loses_nothing() {
        let mut watch = Watch::default();
        for _ in 0..3 {
            let mut lacking = row(Some(Family::Ipv6), None);
            watch.take(&lacking);
            (lacking.status, lacking.revised) = (Status::Skipped, true);
            let summary = Summary { ok: 0, failed: 0, skipped: 0, duration_ms: 0.0, gathering_ms: 0.0 };
            watch.end(&Report { results: vec![lacking], summary, interrupted: None });
        }
        let track = &watch.tracks()[0];
        assert_eq!((track.status, track.loss(), track.history.len()), (Status::Skipped, None, 0));
    }

    #[test]
    fn rows_stand_in_the_order_of_the_list_after_a_round() {
        let mut watch = Watch::default();
        let (ipv4, ipv6) = (row(Some(Family::Ipv4), Some(1.0)), row(Some(Family::Ipv6), Some(1.0)));
        watch.take(&ipv6);
        watch.take(&ipv4);
        let summary = Summary { ok: 2, failed: 0, skipped: 0, duration_ms: 0.0, gathering_ms: 0.0 };
        watch.end(&Report { results: vec![ipv4.clone(), ipv6], summary, interrupted: None });
        watch.take(&ipv4);
        let sent: Vec<_> = watch.tracks().iter().map(|track| (track.family, track.sent)).collect();
        assert_eq!(sent, [(Some(Family::Ipv4), 2), (Some(Family::Ipv6), 1)]);
    }
}
