//! One request and its response, from the first transmission to the result or the timeout (RFC 8489, section 6).

use std::fmt;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use stun_types::message::{IntegrityKey, Message, Method, TransactionId};

use super::message::{self, Challenge, Datagram};
use super::retransmission::Retransmission;

/// An encoded request, and what a valid response needs.
#[derive(Clone)]
pub struct Request {
    pub(super) id: TransactionId,
    pub(super) method: Method,
    pub(super) bytes: Vec<u8>,
    /// The key that signs request and response; `None` when neither is signed.
    pub(super) key: Option<IntegrityKey>,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Neither the key nor the bytes, from which a weak password can be guessed.
        f.debug_struct("Request").field("id", &self.id).field("method", &self.method).finish_non_exhaustive()
    }
}

/// Reads a success response, or returns what is wrong with it.
pub type Read<T> = fn(&Message<'_>) -> Result<T, &'static str>;

/// One transaction, whose success response is read as a `T`.
///
/// Call [`poll`](Transaction::poll) until it returns [`Step::Wait`], then pass what has arrived to
/// [`handle`](Transaction::handle), and poll again. The caller checks the source address of each datagram.
#[derive(Debug)]
pub struct Transaction<T> {
    request: Request,
    started: Instant,
    retransmission: Retransmission,
    over_stream: bool,
    read: Read<T>,
    state: State<T>,
}

/// What has arrived so far; a later variant says more than an earlier one and replaces it.
#[derive(Clone, Debug)]
enum State<T> {
    Nothing,
    NotStun,
    Malformed(&'static str),
    /// An error response that should be signed and is not. Anyone could have sent it, so it does not end the
    /// transaction (RFC 8489, section 9.2.5); but when nothing else arrives it is the best explanation.
    Unsigned(ErrorResponse),
    Ended(Result<Response<T>, TransactionError>),
}

/// What to do next.
#[derive(Debug, PartialEq, Eq)]
pub enum Step<'a, T> {
    /// Send this to the server.
    Send(&'a [u8]),
    /// Wait for a datagram, but not longer than until this instant.
    Wait(Instant),
    /// The transaction has ended.
    Done(Result<Response<T>, TransactionError>),
}

/// A success response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response<T> {
    /// What the response says.
    pub value: T,
    /// The server's software: without control characters, at most 763 bytes.
    pub software: Option<String>,
    /// The time from the first transmission to the response. After a retransmission it is unknown which one the server
    /// responded to; counted from the first, it is how long a client has to wait.
    pub rtt: Duration,
}

/// Why a transaction failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransactionError {
    /// Nothing that concerns this transaction arrived.
    Timeout,
    /// The server responded, but not with STUN.
    NotStun,
    /// A message with our transaction id, but not a valid response; the text says why.
    Malformed(&'static str),
    /// The server responded with an error code.
    ErrorResponse(ErrorResponse),
}

/// An error response (RFC 8489, section 14.8).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ErrorResponse {
    /// The code, 300 to 699.
    pub code: u16,
    /// The reason phrase: without control characters, at most 763 bytes.
    pub reason: String,
    /// The server to use instead (ALTERNATE-SERVER), if one is named.
    pub alternate: Option<SocketAddr>,
    /// The challenge that the next request must answer, if there is one.
    pub challenge: Option<Challenge>,
}

impl<T: Clone> Transaction<T> {
    /// A transaction over UDP that starts `now` and times out at `deadline`.
    pub fn over_datagrams(request: Request, read: Read<T>, now: Instant, deadline: Instant) -> Self {
        let retransmission = Retransmission::new(now, deadline);
        Transaction { request, started: now, retransmission, over_stream: false, read, state: State::Nothing }
    }

    /// A transaction over a reliable transport, which needs no retransmission (RFC 8489, section 6.2.2).
    pub fn over_stream(request: Request, read: Read<T>, now: Instant, deadline: Instant) -> Self {
        let retransmission = Retransmission::once(now, deadline);
        Transaction { request, started: now, retransmission, over_stream: true, read, state: State::Nothing }
    }

    /// The encoded request, the same for each transmission.
    pub fn request(&self) -> &[u8] {
        &self.request.bytes
    }

    /// The result, once a response has ended the transaction.
    pub fn result(&self) -> Option<&Result<Response<T>, TransactionError>> {
        match &self.state {
            State::Ended(result) => Some(result),
            _ => None,
        }
    }

    /// What to do at `now`.
    pub fn poll(&mut self, now: Instant) -> Step<'_, T> {
        let error = match &self.state {
            State::Ended(result) => return Step::Done(result.clone()),
            State::Unsigned(response) => TransactionError::ErrorResponse(response.clone()),
            State::Malformed(why) => TransactionError::Malformed(why),
            State::NotStun => TransactionError::NotStun,
            State::Nothing => TransactionError::Timeout,
        };
        // Over a stream there is one response, and only the server can send it.
        let has_response = self.over_stream && matches!(self.state, State::Malformed(_) | State::Unsigned(_));
        if has_response || self.retransmission.is_over(now) {
            return Step::Done(Err(error));
        }
        if self.retransmission.is_due(now) {
            return Step::Send(&self.request.bytes);
        }
        Step::Wait(self.retransmission.wake())
    }

    /// Handles a datagram that arrived from the server's address at `now`.
    pub fn handle(&mut self, datagram: &[u8], now: Instant) {
        if matches!(self.state, State::Ended(_)) {
            return;
        }
        let new = match message::sort(datagram, self.request.method, self.request.id) {
            Datagram::Foreign => return,
            Datagram::NotStun => State::NotStun,
            Datagram::Malformed(why) => State::Malformed(why),
            Datagram::Success(message) => self.success(&message, now),
            Datagram::Error(message) => self.error_response(&message),
        };
        if new.weight() >= self.state.weight() {
            self.state = new;
        }
    }

    fn success(&self, message: &Message<'_>, now: Instant) -> State<T> {
        if !self.is_signed(message) {
            return State::Malformed("its signature (MESSAGE-INTEGRITY) is missing or wrong");
        }
        if message::has_unknown_attribute(message) {
            return State::Malformed("it has an unknown attribute that a client must understand");
        }
        match (self.read)(message) {
            Ok(value) => State::Ended(Ok(Response {
                value,
                software: message::software(message),
                rtt: now.saturating_duration_since(self.started),
            })),
            Err(why) => State::Malformed(why),
        }
    }

    fn error_response(&self, message: &Message<'_>) -> State<T> {
        let Some((code, reason)) = message::error_code(message) else {
            return State::Malformed("it reports an error without a valid code");
        };
        let response = ErrorResponse {
            code,
            reason,
            alternate: message::alternate_server(message),
            challenge: message::challenge(message),
        };
        // A server that rejects our signature cannot sign either. One that redirects need not: the other server
        // authenticates itself.
        if matches!(code, 300 | 400 | 401 | 438) || self.is_signed(message) {
            State::Ended(Err(TransactionError::ErrorResponse(response)))
        } else {
            State::Unsigned(response)
        }
    }

    /// Whether a response is signed as the request is.
    fn is_signed(&self, message: &Message<'_>) -> bool {
        let key = self.request.key.as_ref();
        key.is_none_or(|key| message.validate_integrity_with_key(key).is_ok())
    }
}

impl<T> State<T> {
    const fn weight(&self) -> u8 {
        match self {
            State::Nothing => 0,
            State::NotStun => 1,
            State::Malformed(_) => 2,
            State::Unsigned(_) => 3,
            State::Ended(_) => 4,
        }
    }
}
