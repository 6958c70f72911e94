//! Thousands of Binding transactions over one socket, without the socket: which datagram belongs to which row,
//! and which request is due.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::net::mass_udp::{Arrival, IcmpRefusal};
use crate::protocol::binding::Binding;
use crate::protocol::transaction::{Answer, Step, TransactionError};
use crate::protocol::{TransactionId, message};

use super::ticket::{Landed, Series, Ticket};
use crate::probe::report::RowError;

/// Whom we expect to hear from, and about which transaction.
pub(crate) type Key = (SocketAddr, TransactionId);

/// A transaction under way.
#[derive(Debug)]
struct Flight {
    binding: Binding,
    /// When its request was last sent.
    sent: Instant,
    series: Series,
}

/// The rows of one socket. Each transaction under way has one timer.
#[derive(Debug)]
pub(crate) struct InFlight {
    /// How many transactions each row makes.
    count: u32,
    timeout: Duration,
    waiting: VecDeque<Series>,
    under_way: BTreeMap<Key, Box<Flight>>,
    timers: BinaryHeap<Reverse<(Instant, Key)>>,
    landed: VecDeque<Landed>,
}

impl InFlight {
    pub(crate) fn new(count: u32, timeout: Duration) -> Self {
        InFlight {
            count,
            timeout,
            waiting: VecDeque::new(),
            under_way: BTreeMap::new(),
            timers: BinaryHeap::new(),
            landed: VecDeque::new(),
        }
    }

    /// Takes in a row to measure.
    pub(crate) fn push(&mut self, ticket: Ticket) {
        self.waiting.push_back(Series::new(ticket));
    }

    /// Takes in some rows to measure.
    pub(crate) fn extend(&mut self, tickets: impl IntoIterator<Item = Ticket>) {
        self.waiting.extend(tickets.into_iter().map(Series::new));
    }

    /// Whether there is nothing to ask any more.
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty() && self.under_way.is_empty()
    }

    /// When to ask for what is due; `None` when there is nothing to wait for.
    pub(crate) fn wake(&self, now: Instant) -> Option<Instant> {
        if self.waiting.is_empty() { self.timers.peek().map(|Reverse((at, _))| *at) } else { Some(now) }
    }

    /// The next request to send at `now`: one that was lost rather than a new one.
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
        while let Some(mut series) = self.waiting.pop_front() {
            let deadline = *series.ticket.deadline.get_or_insert(now + self.timeout);
            let key = (series.ticket.address, TransactionId::generate());
            series.sent += 1;
            let binding = Binding::new(key.1, now, deadline);
            self.under_way.insert(key, Box::new(Flight { binding, sent: now, series }));
            if self.advance(key, now) {
                return Some(key);
            }
        }
        None
    }

    /// Moves a transaction on whose time has come, and says whether its request has to be sent.
    fn advance(&mut self, key: Key, now: Instant) -> bool {
        // The timer of a transaction that has ended is void.
        let Some(flight) = self.under_way.get_mut(&key) else { return false };
        let mut send = false;
        loop {
            match flight.binding.poll(now) {
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

    /// The request of a transaction, unless it has ended meanwhile.
    pub(crate) fn request(&self, key: Key) -> Option<&[u8]> {
        self.under_way.get(&key).map(|flight| flight.binding.request())
    }

    /// The request was sent at `now`.
    pub(crate) fn sent(&mut self, key: Key, now: Instant) {
        if let Some(flight) = self.under_way.get_mut(&key) {
            flight.sent = now;
        }
    }

    /// The request cannot be sent.
    pub(crate) fn unsent(&mut self, key: Key, error: &io::Error) {
        self.fail(key, RowError::network(key.0, error));
    }

    /// Takes in a datagram. When it ends a transaction, says when that one's request was last sent.
    pub(crate) fn arrived(&mut self, arrival: &Arrival<'_>, now: Instant) -> Option<Instant> {
        let Some(id) = message::transaction_id(arrival.bytes) else {
            // No STUN: it may be the answer to any request that went there.
            for (_, flight) in self.under_way.range_mut(all_of(arrival.source)) {
                flight.binding.handle(arrival.bytes, now);
            }
            return None;
        };
        let key = (arrival.source, id);
        let flight = self.under_way.get_mut(&key)?;
        flight.binding.handle(arrival.bytes, now);
        flight.series.local = arrival.local;
        let (result, sent) = (flight.binding.result()?.clone(), flight.sent);
        self.end(key, result);
        Some(sent)
    }

    /// Takes in word that nobody listens at an address. When it ends a transaction, says as
    /// [`arrived`](InFlight::arrived) when that one's request was last sent.
    pub(crate) fn refused(&mut self, refusal: &IcmpRefusal<'_>) -> Option<Instant> {
        let id = message::transaction_id(refusal.quoted);
        // A machine that quotes too little leaves open which request it means.
        let key = id
            .map(|id| (refusal.destination, id))
            .or_else(|| self.under_way.range(all_of(refusal.destination)).next().map(|(key, _)| *key))?;
        let sent = self.under_way.get(&key)?.sent;
        self.fail(key, RowError::network(key.0, &io::ErrorKind::ConnectionRefused.into()));
        Some(sent)
    }

    /// Ends all rows before their time; `problem` says why.
    pub(crate) fn abandon(&mut self, problem: impl Fn(SocketAddr) -> RowError) {
        while let Some((_, flight)) = self.under_way.pop_first() {
            self.waiting.push_back(flight.series);
        }
        for series in self.waiting.drain(..) {
            let problem = problem(series.ticket.address);
            self.landed.push_back(Landed { series, end: Err(problem) });
        }
    }

    /// A row that is through since the last call.
    pub(crate) fn landed(&mut self) -> Option<Landed> {
        self.landed.pop_front()
    }

    fn fail(&mut self, key: Key, problem: RowError) {
        if let Some(flight) = self.under_way.remove(&key) {
            self.landed.push_back(Landed { series: flight.series, end: Err(problem) });
        }
    }

    /// A transaction has ended, and its row too, unless there are more to make.
    fn end(&mut self, key: Key, result: Result<Answer<SocketAddr>, TransactionError>) {
        let Some(flight) = self.under_way.remove(&key) else { return };
        let mut series = flight.series;
        let end = match result {
            Ok(answer) => {
                series.rtts.push(answer.rtt);
                series.answer = Some(answer);
                if series.sent < self.count {
                    return self.waiting.push_front(series);
                }
                Ok(())
            }
            Err(failure) => Err(RowError::transaction(key.0, failure, self.timeout)),
        };
        self.landed.push_back(Landed { series, end });
    }
}

/// The keys of all transactions with an address.
fn all_of(address: SocketAddr) -> std::ops::RangeInclusive<Key> {
    (address, TransactionId::from(u128::MIN))..=(address, TransactionId::from(u128::MAX))
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;
    use std::sync::Arc;

    use stun_types::attribute::XorMappedAddress;
    use stun_types::message::{Message, MessageWrite as _, MessageWriteExt as _, MessageWriteVec};

    use super::*;
    use crate::probe::report::code::Code;
    use crate::probe::report::{Kind, Row, Status, Transport};

    const SERVER: &str = "192.0.2.1:3478";

    fn flights(count: u32, servers: usize) -> InFlight {
        let mut flights = InFlight::new(count, Duration::from_secs(5));
        let siblings = Some(Arc::new(()));
        for server in 0..servers {
            let address = SERVER.parse().unwrap();
            flights.push(Ticket { server, address, deadline: None, siblings: siblings.clone() });
        }
        flights
    }

    fn answer(request: &[u8]) -> Vec<u8> {
        let request = Message::from_bytes(request).unwrap();
        let mut answer = Message::builder_success(&request, MessageWriteVec::new());
        let mapped = XorMappedAddress::new("203.0.113.7:50123".parse().unwrap(), request.transaction_id());
        answer.add_attribute(&mapped).unwrap();
        answer.finish()
    }

    fn arrive(flights: &mut InFlight, source: &str, bytes: &[u8], now: Instant) -> Option<Instant> {
        let local = Some(IpAddr::from([192, 0, 2, 9]));
        flights.arrived(&Arrival { source: source.parse().unwrap(), local, bytes }, now)
    }

    /// The next row that is through, and whether it is its server's last one.
    fn landed(flights: &mut InFlight) -> Option<(Row, bool)> {
        let row = Row::new(String::new(), Kind::Stun, Transport::Udp);
        flights.landed().map(|landed| landed.fill(row))
    }

    #[test]
    fn an_answer_counts_for_its_transaction_and_from_its_server_only() {
        let (mut flights, now) = (flights(1, 2), Instant::now());
        let (first, second) = (flights.due(now).unwrap(), flights.due(now).unwrap());
        assert_eq!(flights.due(now), None);
        let reply = answer(flights.request(second).unwrap());
        assert_eq!(arrive(&mut flights, "192.0.2.1:3479", &reply, now), None);
        assert!(landed(&mut flights).is_none());

        assert_eq!(arrive(&mut flights, SERVER, &reply, now), Some(now));
        let (row, last) = landed(&mut flights).unwrap();
        assert_eq!((row.status, row.local, last), (Status::Ok, Some([192, 0, 2, 9].into()), false));
        assert_eq!((flights.request(second), flights.request(first).is_some()), (None, true));
        assert_eq!(arrive(&mut flights, SERVER, &reply, now), None, "the second copy of an answer");
    }

    #[test]
    fn silence_is_asked_again_and_ends_at_the_deadline() {
        let (mut flights, start) = (flights(1, 1), Instant::now());
        let mut sent = Vec::new();
        while let Some(now) = flights.wake(start) {
            while let Some(key) = flights.due(now) {
                assert_eq!(flights.request(key).unwrap().len(), 20);
                sent.push((now - start).as_millis());
            }
            arrive(&mut flights, SERVER, b"junk", now);
        }
        assert_eq!(sent, [0, 500, 1500, 3500]);
        let row = landed(&mut flights).unwrap().0;
        assert_eq!((row.sent, row.error.unwrap().code), (1, Code::NotStun));
        assert!(flights.is_empty());
    }

    #[test]
    fn a_series_that_the_time_out_ends_is_good_with_what_was_answered() {
        let (mut flights, start) = (flights(3, 1), Instant::now());
        for _ in 0..2 {
            let key = flights.due(start).unwrap();
            let reply = answer(flights.request(key).unwrap());
            arrive(&mut flights, SERVER, &reply, start + Duration::from_millis(7));
        }
        flights.due(start).unwrap();
        let late = start + Duration::from_secs(5);
        assert_eq!(flights.due(late), None);
        let row = landed(&mut flights).unwrap().0;
        assert_eq!((row.status, row.sent, row.received), (Status::Ok, 3, 2), "{row:?}");
        assert_eq!(row.rtt_ms.unwrap().median, 7.0);
    }

    #[test]
    fn a_series_that_fails_after_an_answer_is_good_too() {
        for junk in [&b"junk"[..], b"refused"] {
            let (mut flights, start) = (flights(2, 1), Instant::now());
            let key = flights.due(start).unwrap();
            let reply = answer(flights.request(key).unwrap());
            arrive(&mut flights, SERVER, &reply, start);
            let key = flights.due(start).unwrap();
            if junk == b"refused" {
                flights.refused(&IcmpRefusal { destination: key.0, quoted: &[] });
            } else {
                arrive(&mut flights, SERVER, junk, start);
                assert_eq!(flights.due(start + Duration::from_secs(5)), None);
            }
            let row = landed(&mut flights).unwrap().0;
            assert_eq!((row.status, row.sent, row.received, row.error), (Status::Ok, 2, 1, None));
        }
    }

    #[test]
    fn a_refusal_is_for_the_request_that_it_quotes_or_else_for_one_to_that_address() {
        let (mut flights, now) = (flights(1, 2), Instant::now());
        let (first, second) = (flights.due(now).unwrap(), flights.due(now).unwrap());
        let quoted = flights.request(second).unwrap().to_vec();
        let other = "192.0.2.2:3478".parse().unwrap();
        assert_eq!(flights.refused(&IcmpRefusal { destination: other, quoted: &quoted }), None);
        assert_eq!(flights.refused(&IcmpRefusal { destination: second.0, quoted: &quoted }), Some(now));
        assert!(flights.request(first).is_some() && flights.request(second).is_none());
        assert_eq!(flights.refused(&IcmpRefusal { destination: first.0, quoted: &[] }), Some(now));
        let rows = [landed(&mut flights).unwrap(), landed(&mut flights).unwrap()];
        assert!(rows.iter().all(|(row, _)| row.error.as_ref().unwrap().code == Code::Refused));
    }
}
