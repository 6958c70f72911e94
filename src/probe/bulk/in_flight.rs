//! Thousands of Binding transactions over one socket, without the socket itself: which row a datagram belongs to, and
//! which request is due.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::io;
use std::iter::Peekable;
use std::net::SocketAddr;
use std::ops::RangeInclusive;
use std::time::{Duration, Instant};

use crate::net::mass_udp::{Arrival, IcmpRefusal};
use crate::protocol::binding::Binding;
use crate::protocol::transaction::{Response, Step, TransactionError};
use crate::protocol::{TransactionId, message};

use super::ticket::Ticket;
use crate::probe::job::Measured;
use crate::probe::random::transaction_id;
use crate::probe::report::RowError;

/// A server's address and the id of a transaction with it.
pub(crate) type Key = (SocketAddr, TransactionId);

/// The same as numbers, which are compared in a few instructions: the address as IPv6, its port and scope, and the id.
type Place = (u128, u64, u128);

/// Fewer obsolete timers than this are not worth a search.
const OBSOLETE_TIMERS: usize = 512;

/// Rows to measure, each made when it is its turn.
pub(crate) type Unstarted = Box<dyn Iterator<Item = Ticket> + Send>;

/// A transaction in flight.
#[derive(Debug)]
struct Pending {
    binding: Binding,
    /// When its request was last sent.
    sent: Instant,
    ticket: Ticket,
}

/// The rows of one socket. Each transaction in flight has one timer.
pub(crate) struct InFlight {
    /// The number of transactions of each row.
    count: u32,
    timeout: Duration,
    /// Rows that go first: those with a transaction already, and names, whose time runs since their lookup.
    waiting: VecDeque<Ticket>,
    /// All others, which take no memory before their first request.
    unstarted: Peekable<Unstarted>,
    pending: BTreeMap<Place, Box<Pending>>,
    timers: BinaryHeap<Reverse<(Instant, Key)>>,
    /// The rows that are measured.
    pub(crate) finished: VecDeque<Measured>,
}

impl InFlight {
    pub(crate) fn new(count: u32, timeout: Duration, unstarted: Unstarted) -> Self {
        InFlight {
            count,
            timeout,
            waiting: VecDeque::new(),
            unstarted: unstarted.peekable(),
            pending: BTreeMap::new(),
            timers: BinaryHeap::new(),
            finished: VecDeque::new(),
        }
    }

    /// Adds rows to measure.
    pub(crate) fn extend(&mut self, tickets: impl IntoIterator<Item = Ticket>) {
        self.waiting.extend(tickets);
    }

    /// Whether all rows are measured.
    pub(crate) fn is_empty(&mut self) -> bool {
        !self.has_waiting() && self.pending.is_empty()
    }

    fn has_waiting(&mut self) -> bool {
        !self.waiting.is_empty() || self.unstarted.peek().is_some()
    }

    /// When the next request may be due; `None` when there is none.
    pub(crate) fn wake(&mut self, now: Instant) -> Option<Instant> {
        if self.has_waiting() { Some(now) } else { self.timers.peek().map(|Reverse((at, _))| *at) }
    }

    /// The next request to send at `now`; retransmissions go first.
    pub(crate) fn due(&mut self, now: Instant) -> Option<Key> {
        while let Some(Reverse((at, key))) = self.timers.peek().copied() {
            if at > now {
                break;
            }
            self.timers.pop();
            if self.advance(key, now) {
                return Some(key);
            }
        }
        while let Some(mut ticket) = self.waiting.pop_front().or_else(|| self.unstarted.next()) {
            let deadline = *ticket.deadline.get_or_insert(now + self.timeout);
            let key = (ticket.address, transaction_id());
            ticket.row.sent += 1;
            self.drop_obsolete_timers();
            let binding = Binding::new(key.1, now, deadline);
            self.pending.insert(place(key), Box::new(Pending { binding, sent: now, ticket }));
            if self.advance(key, now) {
                return Some(key);
            }
        }
        None
    }

    /// Drops the timers of transactions that have ended when they are the most: with thousands of servers that respond they
    /// would take a seventh of the memory.
    fn drop_obsolete_timers(&mut self) {
        let InFlight { timers, pending, .. } = self;
        if timers.len() > 2 * pending.len() + OBSOLETE_TIMERS {
            timers.retain(|Reverse((_, key))| pending.contains_key(&place(*key)));
        }
    }

    /// Advances a transaction whose timer has expired, and returns whether to send its request.
    fn advance(&mut self, key: Key, now: Instant) -> bool {
        // The timer of a transaction that has ended is obsolete.
        let Some(pending) = self.pending.get_mut(&place(key)) else { return false };
        let mut send = false;
        loop {
            match pending.binding.poll(now) {
                Step::Send(_) => send = true,
                Step::Wait(until) => {
                    self.timers.push(Reverse((until, key)));
                    return send;
                }
                Step::Done(result) => {
                    self.end(key, result);
                    return false;
                }
            }
        }
    }

    /// The request of a transaction, unless it has ended.
    pub(crate) fn request(&self, key: Key) -> Option<&[u8]> {
        self.pending.get(&place(key)).map(|pending| pending.binding.request())
    }

    /// Records that the request was sent at `now`.
    pub(crate) fn record_sent(&mut self, key: Key, now: Instant) {
        if let Some(pending) = self.pending.get_mut(&place(key)) {
            pending.sent = now;
        }
    }

    /// Handles a datagram. When it ends a transaction, returns when that one's request was last sent.
    pub(crate) fn handle(&mut self, arrival: &Arrival<'_>, now: Instant) -> Option<Instant> {
        let Some(id) = message::transaction_id(arrival.bytes) else {
            // Not STUN: it may be the response to any request to that address.
            for (_, pending) in self.pending.range_mut(places_of(arrival.source)) {
                pending.binding.handle(arrival.bytes, now);
            }
            return None;
        };
        let key = (arrival.source, id);
        let pending = self.pending.get_mut(&place(key))?;
        pending.binding.handle(arrival.bytes, now);
        pending.ticket.row.local = arrival.local;
        let (result, sent) = (pending.binding.result()?.clone(), pending.sent);
        self.end(key, result);
        Some(sent)
    }

    /// Handles an ICMP port unreachable. When it ends a transaction, returns when that one's request was last sent.
    pub(crate) fn handle_refusal(&mut self, refusal: &IcmpRefusal<'_>) -> Option<Instant> {
        let id = message::transaction_id(refusal.quoted);
        // A message that quotes too little may mean any request to that address.
        let first = || Some(self.pending.range(places_of(refusal.destination)).next()?.0.2.into());
        let key = (refusal.destination, id.or_else(first)?);
        let sent = self.pending.get(&place(key))?.sent;
        self.fail(key, RowError::network(key.0, &io::ErrorKind::ConnectionRefused.into()));
        Some(sent)
    }

    /// Ends all rows early, with the error that `error` returns.
    pub(crate) fn abandon(&mut self, error: impl Fn(SocketAddr) -> RowError) {
        while let Some((_, pending)) = self.pending.pop_first() {
            self.waiting.push_back(pending.ticket);
        }
        for ticket in self.waiting.drain(..).chain(&mut self.unstarted) {
            let error = error(ticket.address);
            self.finished.push_back(ticket.end(Err(error)));
        }
    }

    /// Ends a transaction and its row with an error.
    pub(crate) fn fail(&mut self, key: Key, error: RowError) {
        if let Some(pending) = self.pending.remove(&place(key)) {
            self.finished.push_back(pending.ticket.end(Err(error)));
        }
    }

    /// Ends a transaction, and its row after the last one.
    fn end(&mut self, key: Key, result: Result<Response<SocketAddr>, TransactionError>) {
        let Some(pending) = self.pending.remove(&place(key)) else { return };
        let mut ticket = pending.ticket;
        let end = match result {
            Ok(response) => {
                ticket.row.record(response, &mut ticket.rtts);
                if ticket.row.sent < self.count {
                    return self.waiting.push_front(ticket);
                }
                Ok(())
            }
            Err(error) => Err(RowError::transaction(key.0, error, self.timeout)),
        };
        self.finished.push_back(ticket.end(end));
    }
}

/// The place of a transaction.
fn place((address, id): Key) -> Place {
    let (ip, scope) = match address {
        SocketAddr::V4(v4) => (v4.ip().to_ipv6_mapped(), 0),
        SocketAddr::V6(v6) => (*v6.ip(), v6.scope_id()),
    };
    (ip.to_bits(), u64::from(scope) << 16 | u64::from(address.port()), id.into())
}

/// The places of all transactions with an address.
fn places_of(address: SocketAddr) -> RangeInclusive<Place> {
    let (ip, port, _) = place((address, TransactionId::from(u128::MIN)));
    (ip, port, u128::MIN)..=(ip, port, u128::MAX)
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;
    use std::sync::Arc;

    use stun_types::attribute::XorMappedAddress;
    use stun_types::message::{Message, MessageWrite as _, MessageWriteExt as _, MessageWriteVec};

    use super::*;
    use crate::config::address::Kind;
    use crate::probe::report::{Code, Row, Status, Transport};

    const SERVER: &str = "192.0.2.1:3478";

    fn in_flight(count: u32, servers: usize) -> InFlight {
        let siblings = Some(Arc::new(()));
        let tickets = (0..servers).map(move |server| {
            let row = Row::new(String::new(), Kind::Stun, Transport::Udp);
            Ticket::new(server, row, SERVER.parse().unwrap(), None, siblings.clone())
        });
        InFlight::new(count, Duration::from_secs(5), Box::new(tickets))
    }

    fn answer(request: &[u8]) -> Vec<u8> {
        let request = Message::from_bytes(request).unwrap();
        let mut answer = Message::builder_success(&request, MessageWriteVec::new());
        let mapped = XorMappedAddress::new("203.0.113.7:50123".parse().unwrap(), request.transaction_id());
        answer.add_attribute(&mapped).unwrap();
        answer.finish()
    }

    fn arrive(in_flight: &mut InFlight, source: &str, bytes: &[u8], now: Instant) -> Option<Instant> {
        let local = Some(IpAddr::from([192, 0, 2, 9]));
        in_flight.handle(&Arrival { source: source.parse().unwrap(), local, bytes }, now)
    }

    /// The next measured row, and whether it is its server's last one.
    fn finished(in_flight: &mut InFlight) -> Option<(Row, bool)> {
        in_flight.finished.pop_front().map(|Measured { row, last, .. }| (*row, last))
    }

    #[test]
    fn a_response_counts_only_for_its_transaction_and_from_its_server() {
        let (mut in_flight, now) = (in_flight(1, 2), Instant::now());
        let (first, second) = (in_flight.due(now).unwrap(), in_flight.due(now).unwrap());
        assert_eq!(in_flight.due(now), None);
        let reply = answer(in_flight.request(second).unwrap());
        assert_eq!(arrive(&mut in_flight, "192.0.2.1:3479", &reply, now), None);
        assert!(finished(&mut in_flight).is_none());

        assert_eq!(arrive(&mut in_flight, SERVER, &reply, now), Some(now));
        let (row, last) = finished(&mut in_flight).unwrap();
        assert_eq!((row.status, row.local, last), (Status::Ok, Some([192, 0, 2, 9].into()), false));
        assert_eq!((in_flight.request(second), in_flight.request(first).is_some()), (None, true));
        assert_eq!(arrive(&mut in_flight, SERVER, &reply, now), None, "a duplicate response");
    }

    #[test]
    fn a_request_without_response_is_retransmitted_until_the_deadline() {
        let (mut in_flight, start) = (in_flight(1, 1), Instant::now());
        let mut sent = Vec::new();
        while let Some(now) = in_flight.wake(start) {
            while let Some(key) = in_flight.due(now) {
                assert_eq!(in_flight.request(key).unwrap().len(), 20);
                sent.push((now - start).as_millis());
            }
            arrive(&mut in_flight, SERVER, b"junk", now);
        }
        assert_eq!(sent, [0, 500, 1500, 3500]);
        let row = finished(&mut in_flight).unwrap().0;
        assert_eq!((row.sent, row.error.unwrap().code), (1, Code::NotStun));
        assert!(in_flight.is_empty());
    }

    #[test]
    fn a_row_is_ok_when_only_its_last_transaction_times_out() {
        let (mut in_flight, start) = (in_flight(3, 1), Instant::now());
        for _ in 0..2 {
            let key = in_flight.due(start).unwrap();
            let reply = answer(in_flight.request(key).unwrap());
            arrive(&mut in_flight, SERVER, &reply, start + Duration::from_millis(7));
        }
        in_flight.due(start).unwrap();
        let late = start + Duration::from_secs(5);
        assert_eq!(in_flight.due(late), None);
        let row = finished(&mut in_flight).unwrap().0;
        assert_eq!((row.status, row.sent, row.received), (Status::Ok, 3, 2), "{row:?}");
        assert_eq!(row.rtt_ms.unwrap().median, 7.0);
    }

    #[test]
    fn a_row_is_ok_when_its_last_transaction_fails() {
        for junk in [&b"junk"[..], b"refused"] {
            let (mut in_flight, start) = (in_flight(2, 1), Instant::now());
            let key = in_flight.due(start).unwrap();
            let reply = answer(in_flight.request(key).unwrap());
            arrive(&mut in_flight, SERVER, &reply, start);
            let key = in_flight.due(start).unwrap();
            if junk == b"refused" {
                in_flight.handle_refusal(&IcmpRefusal { destination: key.0, quoted: &[] });
            } else {
                arrive(&mut in_flight, SERVER, junk, start);
                assert_eq!(in_flight.due(start + Duration::from_secs(5)), None);
            }
            let row = finished(&mut in_flight).unwrap().0;
            assert_eq!((row.status, row.sent, row.received, row.error), (Status::Ok, 2, 1, None));
        }
    }

    #[test]
    fn a_refusal_belongs_to_the_request_that_it_quotes_or_to_any_for_that_address() {
        let (mut in_flight, now) = (in_flight(1, 2), Instant::now());
        let (first, second) = (in_flight.due(now).unwrap(), in_flight.due(now).unwrap());
        let quoted = in_flight.request(second).unwrap().to_vec();
        let other = "192.0.2.2:3478".parse().unwrap();
        assert_eq!(in_flight.handle_refusal(&IcmpRefusal { destination: other, quoted: &quoted }), None);
        assert_eq!(
            in_flight.handle_refusal(&IcmpRefusal { destination: second.0, quoted: &quoted }),
            Some(now)
        );
        assert!(in_flight.request(first).is_some() && in_flight.request(second).is_none());
        assert_eq!(in_flight.handle_refusal(&IcmpRefusal { destination: first.0, quoted: &[] }), Some(now));
        let rows = [finished(&mut in_flight).unwrap(), finished(&mut in_flight).unwrap()];
        assert!(rows.iter().all(|(row, _)| row.error.as_ref().unwrap().code == Code::Refused));
    }
}
