//! The tests that show how a NAT maps and filters UDP (RFC 5780, sections 4.3 and 4.4).
//!
//! Test I of both is a plain Binding transaction that is made before, with [`binding`](super::binding): it tells whether
//! there is a NAT and which second address the server has. The other tests are made here, in two rounds.
//!
//! - Filtering first, from a port that never sends to the second address: each request opens the filter for the address
//!   that it is sent to. Tests II and III go to the server itself and request a response from another address, so that
//!   they do not affect each other and run at once.
//! - Then mapping, from another port: test I again, since only addresses of one port can be compared, and tests II and
//!   III to the second address, all at once. It comes last because some filters open a whole machine to an address that
//!   one of its ports has sent to. Test III also shows that the second address works, without which a missing response
//!   in the first round would prove nothing.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use stun_types::message::{BINDING, TransactionId};

use super::evidence::{Evidence, Outcome};
use super::message::{self, Change, Datagram};
use super::retransmission::Retransmission;

/// The number of transactions.
pub const TRANSACTIONS: usize = 5;

/// The state of the tests.
///
/// Call [`poll`](Discovery::poll) until it returns [`Step::Wait`], then pass what has arrived, with its source, to
/// [`handle`](Discovery::handle), and poll again. The sockets must be unconnected: sources are checked here.
#[derive(Debug)]
pub struct Discovery {
    behind_nat: bool,
    timeout: Duration,
    port: Port,
    filtering: Round<2>,
    mapping: Round<3>,
}

/// One of the two local ports, neither of which has sent anything before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Port {
    /// The port of the first round.
    Filtering,
    /// The port of the second round.
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
        /// The port to receive from; datagrams to the other port are irrelevant now.
        port: Port,
        /// When to stop waiting.
        until: Instant,
    },
    /// The tests are finished.
    Done(Evidence),
}

impl Discovery {
    /// Starts the tests `now`; each of the two rounds ends after `timeout`.
    ///
    /// `behind_nat` says whether the server-reflexive address differs from the client's own, and `second` is the server's
    /// second address, whose IP address and port both differ from `server`.
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
            Test::new(from_second, server, Some(Change::AddressAndPort), second),
            Test::new(from_second_port, server, Some(Change::Port), second_port),
        ];
        let mapping = [(to_server, server), (to_second_ip, second_ip), (to_second, second)]
            .map(|(id, to)| Test::new(id, to, None, to));
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
        // With a response to filtering test II, test III is not needed.
        let is_unfiltered = matches!(self.filtering.tests[0].outcome, Outcome::Response(_));
        if self.port == Port::Filtering && (is_unfiltered || self.filtering.is_over(now)) {
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

    /// Handles a datagram that arrived from `source` at the port of the last [`Step::Wait`].
    pub fn handle(&mut self, source: SocketAddr, datagram: &[u8]) {
        match self.port {
            Port::Filtering => self.filtering.handle(source, datagram),
            Port::Mapping => self.mapping.handle(source, datagram),
        }
    }
}

/// Tests that run at once, from one port.
#[derive(Debug)]
struct Round<const N: usize> {
    port: Port,
    tests: [Test; N],
    retransmissions: [Retransmission; N],
    deadline: Instant,
}

impl<const N: usize> Round<N> {
    fn new(port: Port, tests: [Test; N], now: Instant, timeout: Duration) -> Self {
        let deadline = now + timeout;
        Round { port, tests, retransmissions: [Retransmission::new(now, deadline); N], deadline }
    }

    fn restart(&mut self, now: Instant, timeout: Duration) {
        self.deadline = now + timeout;
        self.retransmissions = [Retransmission::new(now, self.deadline); N];
    }

    fn is_over(&self, now: Instant) -> bool {
        now >= self.deadline || self.tests.iter().all(Test::has_ended)
    }

    fn outcomes(&self) -> [Outcome; N] {
        self.tests.each_ref().map(|test| test.outcome)
    }

    fn step(&mut self, now: Instant) -> Step<'_> {
        let mut until = self.deadline;
        for (test, retransmission) in self.tests.iter().zip(&mut self.retransmissions) {
            if test.has_ended() {
                continue;
            }
            if retransmission.is_due(now) {
                return Step::Send { port: self.port, to: test.to, request: &test.request };
            }
            until = until.min(retransmission.wake());
        }
        Step::Wait { port: self.port, until }
    }

    fn handle(&mut self, source: SocketAddr, datagram: &[u8]) {
        for test in &mut self.tests {
            test.handle(source, datagram);
        }
    }
}

/// One test: a Binding transaction whose response must come from a certain address.
#[derive(Debug)]
struct Test {
    id: TransactionId,
    request: Vec<u8>,
    to: SocketAddr,
    from: SocketAddr,
    outcome: Outcome,
}

impl Test {
    fn new(id: TransactionId, to: SocketAddr, change: Option<Change>, from: SocketAddr) -> Self {
        Test { id, request: message::binding_request(id, change), to, from, outcome: Outcome::NoResponse }
    }

    /// Whether the test has its final result. A response from the right address may follow one from a wrong one.
    const fn has_ended(&self) -> bool {
        matches!(self.outcome, Outcome::Response(_) | Outcome::ErrorResponse(_))
    }

    /// Handles a datagram; only a response with our transaction id counts, which no one can guess.
    fn handle(&mut self, source: SocketAddr, datagram: &[u8]) {
        if self.has_ended() {
            return;
        }
        match message::sort(datagram, BINDING, self.id) {
            Datagram::Success(response) if !message::has_unknown_attribute(&response) => {
                let Ok(mapped) = message::mapped_address(&response) else { return };
                let expected = source.ip() == self.from.ip() && source.port() == self.from.port();
                self.outcome =
                    if expected { Outcome::Response(mapped) } else { Outcome::WrongSource(source) };
            }
            Datagram::Error(response) => {
                if let Some((code, _)) = message::error_code(&response) {
                    self.outcome = Outcome::ErrorResponse(code);
                }
            }
            Datagram::Success(_) | Datagram::Malformed(_) | Datagram::Foreign | Datagram::NotStun => {}
        }
    }
}
