//! One Binding transaction over UDP, from the first request to the answer or the time-out (RFC 8489, section 6).

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use stun_types::message::{BINDING, Message, TransactionId};

use super::message::{self, Datagram};
use super::retransmission::Retransmission;

/// The state of one transaction.
///
/// Call [`poll`](Binding::poll) until it says to wait, then hand in what has arrived with
/// [`handle`](Binding::handle), and poll again. The caller vouches for the source address of each datagram.
#[derive(Debug)]
pub struct Binding {
    id: TransactionId,
    request: Vec<u8>,
    started: Instant,
    timetable: Retransmission,
    state: State,
}

/// What has come back so far. A later answer still wins over anything but another end.
#[derive(Clone, Debug)]
enum State {
    Nothing,
    NotStun,
    Malformed(&'static str),
    Ended(Result<Answer, Failure>),
}

/// What to do next.
#[derive(Debug, PartialEq, Eq)]
pub enum Step<'a> {
    /// Send this to the server.
    Send(&'a [u8]),
    /// Wait for a datagram, but not longer than until this instant.
    Wait(Instant),
    /// The transaction has ended.
    Done(Result<Answer, Failure>),
}

/// A server's answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Our address as the server saw it.
    pub mapped_address: SocketAddr,
    /// What the server calls itself: no control characters, at most 763 bytes.
    pub software: Option<String>,
    /// The server's other IP address and port, when it has them for tests of NATs (RFC 5780, section 7.4).
    pub other_address: Option<SocketAddr>,
    /// The address that the server believes to answer from (RFC 5780, section 7.3).
    pub response_origin: Option<SocketAddr>,
    /// From the first request to the answer. After a retransmission nobody knows which of the requests was
    /// answered; counted from the first one it is how long a client had to wait.
    pub rtt: Duration,
}

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Nothing that concerns this transaction has arrived.
    Silent,
    /// Something has arrived from the server, but no STUN.
    NotStun,
    /// A message with our transaction id, but no valid answer; the text says why.
    Malformed(&'static str),
    /// The server refused with an error code.
    Refused {
        /// The code, 300 to 699.
        code: u16,
        /// The reason phrase: no control characters, at most 763 bytes.
        reason: String,
        /// The server to ask instead (ALTERNATE-SERVER), if one is named.
        alternate: Option<SocketAddr>,
    },
}

impl Binding {
    /// A transaction that starts `now` and is given up at `deadline`.
    #[must_use]
    pub fn new(id: TransactionId, now: Instant, deadline: Instant) -> Self {
        Binding {
            id,
            request: message::binding_request(id),
            started: now,
            timetable: Retransmission::new(now, deadline),
            state: State::Nothing,
        }
    }

    /// What to do at `now`.
    pub fn poll(&mut self, now: Instant) -> Step<'_> {
        let failure = match &self.state {
            State::Ended(result) => return Step::Done(result.clone()),
            State::Malformed(why) => Failure::Malformed(why),
            State::NotStun => Failure::NotStun,
            State::Nothing => Failure::Silent,
        };
        if self.timetable.is_over(now) {
            return Step::Done(Err(failure));
        }
        if self.timetable.is_due(now) {
            return Step::Send(&self.request);
        }
        Step::Wait(self.timetable.wake())
    }

    /// Takes in a datagram that came from the server's address at `now`.
    pub fn handle(&mut self, datagram: &[u8], now: Instant) {
        if matches!(self.state, State::Ended(_)) {
            return;
        }
        self.state = match message::sort(datagram, BINDING, self.id) {
            Datagram::Foreign => return,
            // A malformed answer says more than something that is no STUN.
            Datagram::NotStun if matches!(self.state, State::Malformed(_)) => return,
            Datagram::NotStun => State::NotStun,
            Datagram::Malformed(why) => State::Malformed(why),
            Datagram::Success(message) => self.success(&message, now),
            Datagram::Error(message) => refusal(&message),
        };
    }

    fn success(&self, message: &Message<'_>, now: Instant) -> State {
        if message::has_unknown_attribute(message) {
            return State::Malformed("it has an attribute that must be understood and is unknown");
        }
        match message::mapped_address(message) {
            Ok(mapped_address) => State::Ended(Ok(Answer {
                mapped_address,
                software: message::software(message),
                other_address: message::other_address(message),
                response_origin: message::response_origin(message),
                rtt: now.saturating_duration_since(self.started),
            })),
            Err(why) => State::Malformed(why),
        }
    }
}

fn refusal(message: &Message<'_>) -> State {
    match message::error_code(message) {
        Some((code, reason)) => State::Ended(Err(Failure::Refused {
            code,
            reason,
            alternate: message::alternate_server(message),
        })),
        None => State::Malformed("it reports an error without a valid code"),
    }
}
