//! The tests that show how a NAT maps and filters UDP (RFC 5780, sections 4.3 and 4.4).
//!
//! Test I of both is a plain Binding transaction: it tells whether there is a NAT and which second address the
//! server has, and is made before, with [`binding`](super::binding). The rest happens here, in two rounds.
//!
//! - The filter first, from a port of its own that has not sent, and never will, to the second address: each
//!   request opens the filter towards the address that it goes to. Tests II and III go to the server itself and
//!   only ask it to answer from elsewhere, so that neither disturbs the other and both are made at once.
//! - The mapping then, from another port: test I again, since addresses can be compared for one port only, and
//!   tests II and III to the second address, all at once. It comes last since there are filters that open a
//!   whole machine to an address that one of its ports has sent to. Test III also proves that the second
//!   address works at all, without which silence in the first round would mean nothing.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use stun_types::message::{BINDING, TransactionId};

use super::evidence::{Evidence, Outcome};
use super::message;
use super::message::{Change, Datagram};
use super::retransmission::Retransmission;

/// How many transactions the tests take.
pub const TRANSACTIONS: usize = 5;

/// The state of the tests.
///
/// Call [`poll`](Discovery::poll) until it says to wait, then hand in what has arrived, with its source, with
/// [`handle`](Discovery::handle), and poll again. The sockets must hear everybody: sources are checked here.
#[derive(Debug)]
pub struct Discovery {
    behind_nat: bool,
    timeout: Duration,
    port: Port,
    filtering: Round<2>,
    mapping: Round<3>,
}

/// One of the two local ports, both fresh: neither has sent anything to anybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Port {
    /// The one of the first round.
    Filtering,
    /// The one of the second round.
    Mapping,
}

/// What to do next.
#[derive(Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// Send a request.
    Send {
        /// The port to send it from.
        port: Port,
        /// The address to send it to.
        to: SocketAddr,
        /// Its bytes.
        request: &'a [u8],
    },
    /// Wait for a datagram.
    Wait {
        /// The port to wait at; what arrives at the other one no longer, or not yet, matters.
        port: Port,
        /// When to stop waiting.
        until: Instant,
    },
    /// The tests are over.
    Done(Evidence),
}

impl Discovery {
    /// Tests that begin `now`; each of the two rounds is given up after `timeout`.
    ///
    /// `behind_nat` says whether `server` saw another address than the client's own, and `second` is the
    /// server's second address, of which both IP address and port differ from the first one.
    #[must_use]
    pub fn new(
        (server, second): (SocketAddr, SocketAddr),
        behind_nat: bool,
        ids: [TransactionId; TRANSACTIONS],
        now: Instant,
        timeout: Duration,
    ) -> Self {
        let second_ip = SocketAddr::new(second.ip(), server.port());
        let second_port = SocketAddr::new(server.ip(), second.port());
        let [from_second, from_second_port, to_server, to_second_ip, to_second] = ids;
        let filtering = [
            Test::of_filter(from_second, server, Change::AddressAndPort, second),
            Test::of_filter(from_second_port, server, Change::Port, second_port),
        ];
        let mapping = [
            Test::of_mapping(to_server, server),
            Test::of_mapping(to_second_ip, second_ip),
            Test::of_mapping(to_second, second),
        ];
        Discovery {
            behind_nat,
            timeout,
            port: Port::Filtering,
            filtering: Round::new(Port::Filtering, filtering, now, timeout),
            mapping: Round::new(Port::Mapping, mapping, now, timeout),
        }
    }

    /// What to do at `now`.
    pub fn poll(&mut self, now: Instant) -> Step<'_> {
        if self.port == Port::Filtering && (self.lets_all_in() || self.filtering.is_over(now)) {
            self.port = Port::Mapping;
            self.mapping.restart(now, self.timeout);
        }
        match self.port {
            Port::Filtering => self.filtering.step(now),
            Port::Mapping if self.mapping.is_over(now) => Step::Done(Evidence {
                behind_nat: self.behind_nat,
                mapping: self.mapping.outcomes(),
                filtering: self.filtering.outcomes(),
            }),
            Port::Mapping => self.mapping.step(now),
        }
    }

    /// Takes in a datagram that came from `source` to the port that was waited at.
    pub fn handle(&mut self, source: SocketAddr, datagram: &[u8]) {
        match self.port {
            Port::Filtering => self.filtering.handle(source, datagram),
            Port::Mapping => self.mapping.handle(source, datagram),
        }
    }

    /// Whether test II of the filter was answered: then test III has nothing to add.
    const fn lets_all_in(&self) -> bool {
        let [second, _] = &self.filtering.tests;
        matches!(second.outcome, Outcome::Answered(_))
    }
}

/// Tests that are made at once, from one port.
#[derive(Debug)]
struct Round<const N: usize> {
    port: Port,
    tests: [Test; N],
    timetables: [Retransmission; N],
    deadline: Instant,
}

impl<const N: usize> Round<N> {
    fn new(port: Port, tests: [Test; N], now: Instant, timeout: Duration) -> Self {
        let deadline = now + timeout;
        Round { port, tests, timetables: [Retransmission::new(now, deadline); N], deadline }
    }

    fn restart(&mut self, now: Instant, timeout: Duration) {
        self.deadline = now + timeout;
        self.timetables = [Retransmission::new(now, self.deadline); N];
    }

    fn is_over(&self, now: Instant) -> bool {
        now >= self.deadline || self.tests.iter().all(Test::has_ended)
    }

    fn outcomes(&self) -> [Outcome; N] {
        self.tests.each_ref().map(|test| test.outcome)
    }

    fn step(&mut self, now: Instant) -> Step<'_> {
        let mut until = self.deadline;
        for (test, timetable) in self.tests.iter().zip(&mut self.timetables) {
            if test.has_ended() {
                continue;
            }
            if timetable.is_due(now) {
                return Step::Send { port: self.port, to: test.to, request: &test.request };
            }
            until = until.min(timetable.wake());
        }
        Step::Wait { port: self.port, until }
    }

    fn handle(&mut self, source: SocketAddr, datagram: &[u8]) {
        for test in &mut self.tests {
            test.handle(source, datagram);
        }
    }
}

/// One test: a Binding transaction whose answer has to come from a certain address.
#[derive(Debug)]
struct Test {
    id: TransactionId,
    request: Vec<u8>,
    to: SocketAddr,
    from: SocketAddr,
    outcome: Outcome,
}

impl Test {
    fn of_filter(id: TransactionId, to: SocketAddr, change: Change, from: SocketAddr) -> Self {
        Test { id, request: message::change_request(id, change), to, from, outcome: Outcome::Silent }
    }

    fn of_mapping(id: TransactionId, to: SocketAddr) -> Self {
        Test { id, request: message::binding_request(id), to, from: to, outcome: Outcome::Silent }
    }

    /// Whether nothing that may still come matters. A right answer may follow one from the wrong address.
    const fn has_ended(&self) -> bool {
        matches!(self.outcome, Outcome::Answered(_) | Outcome::Refused(_))
    }

    /// Takes in a datagram; only a response with our transaction id counts, which nobody can guess.
    fn handle(&mut self, source: SocketAddr, datagram: &[u8]) {
        if self.has_ended() {
            return;
        }
        match message::sort(datagram, BINDING, self.id) {
            Datagram::Success(response) if !message::has_unknown_attribute(&response) => {
                let Ok(mapped) = message::mapped_address(&response) else { return };
                let is_right = source.ip() == self.from.ip() && source.port() == self.from.port();
                self.outcome = if is_right { Outcome::Answered(mapped) } else { Outcome::Elsewhere(source) };
            }
            Datagram::Error(response) => {
                if let Some((code, _)) = message::error_code(&response) {
                    self.outcome = Outcome::Refused(code);
                }
            }
            Datagram::Success(_) | Datagram::Malformed(_) | Datagram::Foreign | Datagram::NotStun => {}
        }
    }
}
