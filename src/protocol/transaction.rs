//! One request and its response, from the first transmission to the result or the timeout (RFC 8489, section 6).

use std::fmt;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use stun_types::attribute::{AttributeStaticType as _, MessageIntegrity};
use stun_types::message::{IntegrityKey, Message, Method, TransactionId};

use super::message::{self, Challenge, Datagram, Effect, Invalid};
use super::retransmission::Retransmission;

/// An encoded request, and what a valid response needs.
#[derive(Clone)]
pub struct Request {
    pub(super) id: TransactionId,
    pub(super) method: Method,
    pub(super) bytes: Vec<u8>,
    /// The key that signs request and response; `None` when neither is signed.
    pub(super) key: Option<IntegrityKey>,
    /// Whether it is the first Allocate request, which the server is to answer with a challenge.
    pub(super) expects_challenge: bool,
}

impl fmt::Debug for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Neither the key nor the bytes, from which a weak password can be guessed.
        f.debug_struct("Request").field("id", &self.id).field("method", &self.method).finish_non_exhaustive()
    }
}

/// Reads a success response, or returns what is wrong with it.
pub type Read<T> = fn(&Message<'_>) -> Result<T, Invalid>;

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
    last_sent: Instant,
}

/// What has arrived so far.
#[derive(Debug)]
enum State<T> {
    /// The best explanation so far, should nothing else arrive. A response is here when it should be signed and is not:
    /// anyone could have sent it, so it does not end the transaction (RFC 8489, section 9.2.5).
    Open(TransactionError),
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
    /// Whether its FINGERPRINT is wrong, which browsers ignore.
    pub has_wrong_fingerprint: bool,
}

/// Why a transaction failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransactionError {
    /// Nothing that concerns this transaction arrived.
    Timeout,
    /// The server responded, but not with STUN.
    NotStun,
    /// A message with our transaction id, but not a valid response.
    Malformed(Invalid),
    /// A success response without a signature (MESSAGE-INTEGRITY), though the request was signed.
    Unsigned,
    /// A success response with a wrong signature.
    WrongSignature,
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
        let state = State::Open(TransactionError::Timeout);
        Transaction { request, started: now, retransmission, over_stream: false, read, state, last_sent: now }
    }

    /// A transaction over a reliable transport, which needs no retransmission (RFC 8489, section 6.2.2).
    pub fn over_stream(request: Request, read: Read<T>, now: Instant, deadline: Instant) -> Self {
        let retransmission = Retransmission::once(now, deadline);
        let transaction = Transaction::over_datagrams(request, read, now, deadline);
        Transaction { retransmission, over_stream: true, ..transaction }
    }

    /// The encoded request, the same for each transmission.
    pub fn request(&self) -> &[u8] {
        &self.request.bytes
    }

    /// The result, once a response has ended the transaction.
    pub fn result(&self) -> Option<&Result<Response<T>, TransactionError>> {
        match &self.state {
            State::Ended(result) => Some(result),
            State::Open(_) => None,
        }
    }

    /// When its request was last sent.
    pub fn last_sent(&self) -> Instant {
        self.last_sent
    }

    /// What to do at `now`.
    pub fn poll(&mut self, now: Instant) -> Step<'_, T> {
        let error = match &self.state {
            State::Ended(result) => return Step::Done(result.clone()),
            State::Open(error) => error,
        };
        // Over a stream there is one response, and only the server can send it.
        if (self.over_stream && error.is_response()) || self.retransmission.is_over(now) {
            return Step::Done(Err(error.clone()));
        }
        if self.retransmission.is_due(now) {
            self.last_sent = now;
            return Step::Send(&self.request.bytes);
        }
        Step::Wait(self.retransmission.wake())
    }

    /// Ends the transaction early, because of something that ends the whole connection.
    pub fn abandon(&mut self, error: TransactionError) {
        if let State::Open(_) = &self.state {
            self.state = State::Ended(Err(error));
        }
    }

    /// The result, or what explains best why there is none yet.
    pub fn outcome(&self) -> Result<Response<T>, TransactionError> {
        match &self.state {
            State::Ended(result) => result.clone(),
            State::Open(error) => Err(error.clone()),
        }
    }

    /// Handles a datagram that arrived from the server's address at `now`.
    pub fn handle(&mut self, datagram: &[u8], now: Instant) {
        let State::Open(previous) = &self.state else { return };
        let repaired = message::without_wrong_fingerprint(datagram);
        let datagram = repaired.as_deref().unwrap_or(datagram);
        let new = match message::sort(datagram, self.request.method, self.request.id) {
            Datagram::Foreign => return,
            Datagram::NotStun => State::Open(TransactionError::NotStun),
            Datagram::Malformed(invalid) => Self::invalid(invalid),
            Datagram::Success(message) => self.success(&message, now, repaired.is_some()),
            Datagram::Error(message) => self.error_response(&message),
        };
        match &new {
            State::Open(error) if error.weight() < previous.weight() => {}
            _ => self.state = new,
        }
    }

    fn success(&self, message: &Message<'_>, now: Instant, has_wrong_fingerprint: bool) -> State<T> {
        if !self.is_signed(message) {
            let is_unsigned = !message.has_attribute(MessageIntegrity::TYPE);
            return State::Open(match is_unsigned {
                true => TransactionError::Unsigned,
                false => TransactionError::WrongSignature,
            });
        }
        if message::has_unknown_attribute(message) {
            return Self::invalid(Invalid::hangs(
                "it has an unknown attribute that a client must understand",
            ));
        }
        match (self.read)(message) {
            Ok(value) => {
                let rtt = now.saturating_duration_since(self.started);
                let software = message::software(message);
                State::Ended(Ok(Response { value, software, rtt, has_wrong_fingerprint }))
            }
            Err(invalid) => Self::invalid(invalid),
        }
    }

    fn invalid(invalid: Invalid) -> State<T> {
        match invalid.effect {
            Effect::Ignored => State::Open(TransactionError::Malformed(invalid)),
            Effect::Ends | Effect::Hangs => State::Ended(Err(TransactionError::Malformed(invalid))),
        }
    }

    fn error_response(&self, message: &Message<'_>) -> State<T> {
        let Some((code, reason)) = message::error_code(message) else {
            return Self::invalid(Invalid::ends("it reports an error without a valid code"));
        };
        let (alternate, challenge) = (message::alternate_server(message), message::challenge(message));
        let error = TransactionError::ErrorResponse(ErrorResponse { code, reason, alternate, challenge });
        // To their first Allocate request browsers expect a challenge or a redirect. They ignore other errors, and send it
        // again; one that stays the same is the server's answer.
        let is_ignored = self.request.expects_challenge
            && !matches!(code, 300 | 401 | 438)
            && (self.last_sent == self.started || !self.has_code(code));
        // A server that rejects our signature cannot sign either. One that redirects need not: the other server
        // authenticates itself.
        let is_final = matches!(code, 300 | 400 | 401 | 438) || self.is_signed(message);
        if is_final && !is_ignored { State::Ended(Err(error)) } else { State::Open(error) }
    }

    /// Whether an error response with this code has arrived.
    fn has_code(&self, number: u16) -> bool {
        matches!(&self.state, State::Open(TransactionError::ErrorResponse(ErrorResponse { code, .. })) if *code == number)
    }

    /// Whether a response is signed as the request is.
    fn is_signed(&self, message: &Message<'_>) -> bool {
        let key = self.request.key.as_ref();
        key.is_none_or(|key| message.validate_integrity_with_key(key).is_ok())
    }
}

impl TransactionError {
    /// How much it says about the server.
    const fn weight(&self) -> u8 {
        match self {
            TransactionError::Timeout => 0,
            TransactionError::NotStun => 1,
            TransactionError::Unsigned | TransactionError::WrongSignature => 2,
            TransactionError::Malformed(_) | TransactionError::ErrorResponse(_) => 3,
        }
    }

    /// Whether a message to this transaction arrived.
    const fn is_response(&self) -> bool {
        !matches!(self, TransactionError::Timeout | TransactionError::NotStun)
    }
}
