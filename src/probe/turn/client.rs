//! One client of a TURN server: its connection, its allocation and its release.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use crate::config::turn::Login;
use crate::protocol::TransactionId;
use crate::protocol::allocation::{self, Allocated, Session, Wanted};
use crate::protocol::binding::{self, Addresses};
use crate::protocol::framing::{Frame, channel_data};
use crate::protocol::message::{Challenge, Invalid};
use crate::protocol::transaction::{ErrorResponse, Request, Response, Transaction, TransactionError};

use crate::probe::connection::{Connection, Outcome};
use crate::probe::job::Job;
use crate::probe::random::transaction_id;
use crate::probe::report::stage::Stage;
use crate::probe::report::wait::Wait;
use crate::probe::report::{Row, RowError};

/// The most stale nonces in a row.
pub(in crate::probe) const MOST_NONCES: usize = 3;
/// The time for a release, which may exceed the timeout of the server.
const RELEASE: Duration = Duration::from_millis(300);
/// The time for the response to an Allocate request: a release that overtakes the request finds nothing to release.
const LATE_RESPONSE: Duration = Duration::from_millis(500);
/// When a release without a response is repeated, so that a few attempts fit into [`RELEASE`].
const RELEASE_WAIT: Duration = Duration::from_millis(100);
/// The wait for other allocations of this probe to end.
const QUOTA_WAIT: Duration = Duration::from_millis(250);
/// The channel that each client binds to its only peer.
pub(in crate::probe) const CHANNEL: u16 = 0x4000;
/// The port of peers in requests for permissions, which are about their IP addresses (discard).
const NO_PORT: u16 = 9;

/// A challenge that cannot be answered.
const NO_REALM: Invalid = Invalid::hangs("it asks for credentials without a realm or nonce");

/// Why a row ends early.
pub(in crate::probe) enum End {
    Failed(Box<RowError>),
    Redirected(SocketAddr),
}

impl From<RowError> for End {
    fn from(error: RowError) -> Self {
        End::Failed(Box::new(error))
    }
}

/// Data that arrived from a peer.
pub(super) enum Arrival {
    /// On the channel of the client's peer.
    FromPeer(Vec<u8>),
    /// Without a channel, from this address.
    From(SocketAddr, Vec<u8>),
}

/// Makes a request once its session is known.
type Make<'a> = &'a (dyn Fn(TransactionId, Option<&Session>) -> Request + Sync);

/// One client of a server.
pub(in crate::probe) struct Client {
    pub(in crate::probe) server: SocketAddr,
    pub(in crate::probe) connection: Connection,
    /// The kind of relay, if it is not what browsers request.
    wanted: Option<Wanted>,
    session: Option<Session>,
    /// The last Allocate transaction, if there is one; unfinished when the probe was interrupted.
    allocating: Vec<Transaction<Allocated>>,
    /// Whether the server may hold an allocation for it.
    may_hold: bool,
}

impl Client {
    pub(super) async fn connect(row: &mut Row, server: SocketAddr, job: Job<'_>) -> Result<Self, RowError> {
        let connection = Connection::open(row, server, job).await?;
        let allocating = Vec::new();
        Ok(Client { server, connection, wanted: None, session: None, allocating, may_hold: false })
    }

    /// The same client, which requests this kind of relay.
    pub(super) fn wanting(self, wanted: Option<Wanted>) -> Self {
        Client { wanted, ..self }
    }

    /// Whether the client is connected over TCP or TLS.
    pub(in crate::probe) fn is_over_stream(&self) -> bool {
        self.connection.stream.is_reliable()
    }

    /// The shortest time that the server took to respond so far.
    pub(in crate::probe) fn quickest(&self) -> Option<Duration> {
        self.connection.quickest
    }

    /// Creates an allocation, as browsers do: without a wanted address family.
    ///
    /// Other allocations of this probe may have used up the quota: waits until they end. Servers take their time: coturn
    /// ends an allocation a second after its release.
    pub(super) async fn allocate(&mut self, job: Job<'_>) -> Result<Response<Allocated>, End> {
        let started = Instant::now();
        loop {
            let outcome = self.allocate_once(job).await?;
            let is_late = Instant::now() + job.options.timeout / 2 > job.deadline;
            if !job.shares_quota || is_late || !has_code(&outcome, 486) {
                return outcome.map_err(|error| self.not_allocated(error, started, job).into());
            }
            tokio::time::sleep(QUOTA_WAIT).await;
        }
    }

    fn not_allocated(&self, error: TransactionError, started: Instant, job: Job<'_>) -> RowError {
        let is_ignored = self.session.is_none()
            && matches!(&error, TransactionError::ErrorResponse(ErrorResponse { code, .. }) if *code != 300);
        let error = match error {
            TransactionError::Unsigned => RowError::unauthenticated(self.server),
            error => self.failed(error, Stage::Allocation, started, job),
        };
        // To the first request browsers expect nothing but a challenge or a redirect.
        if is_ignored { error.with_wait(Wait::Retransmission) } else { error }
    }

    /// Makes one allocation. The first 401 is the server's normal challenge. Browsers do not answer a 438 here.
    async fn allocate_once(&mut self, job: Job<'_>) -> Result<Outcome<Allocated>, End> {
        let login = job.target.login.as_ref();
        let outcome = self.request_allocation(job).await?;
        let outcome = match (outcome, login, &self.session) {
            (Err(TransactionError::ErrorResponse(ErrorResponse { code: 401, .. })), None, _) => {
                return Err(RowError::no_credentials(self.server, &job.target.source.login).into());
            }
            (
                Err(TransactionError::ErrorResponse(ErrorResponse { code: 401, challenge, .. })),
                Some(login),
                None,
            ) => match challenge {
                Some(challenge) => self.answer(challenge, login, job).await?,
                None => Err(TransactionError::Malformed(NO_REALM)),
            },
            (Ok(_), _, None) => return Err(RowError::unauthenticated(self.server).into()),
            (outcome, _, _) => outcome,
        };
        if let Err(TransactionError::ErrorResponse(ErrorResponse {
            code: 300, alternate: Some(next), ..
        })) = outcome
        {
            // There is nothing to release; waiting for it would take time from the other server.
            self.may_hold = false;
            return Err(End::Redirected(next));
        }
        Ok(outcome)
    }

    /// Repeats the request with credentials.
    async fn answer(
        &mut self,
        challenge: Challenge,
        login: &Login,
        job: Job<'_>,
    ) -> Result<Outcome<Allocated>, End> {
        self.session = Some(Session::new(&login.username, login.password.expose(), challenge));
        self.request_allocation(job).await
    }

    async fn request_allocation(&mut self, job: Job<'_>) -> Result<Outcome<Allocated>, End> {
        // After the deadline nothing is sent.
        self.may_hold |= Instant::now() < job.deadline;
        let session = self.session.as_ref();
        let request = match self.wanted {
            None => allocation::allocate(transaction_id(), session),
            Some(wanted) => allocation::allocate_other(transaction_id(), session, wanted),
        };
        let transaction = self.connection.start(request, allocation::allocated, job.deadline);
        let outcome = transaction.outcome();
        self.allocating = vec![transaction];
        let end = self.connection.complete(&mut self.allocating, job.deadline).await;
        end.map_err(|error| RowError::network(self.server, &error))?;
        Ok(self.allocating.first().map_or(outcome, Transaction::outcome))
    }

    /// Opens the allocation to its peer, with a permission and a channel, and refreshes it, all at once. Returns whether
    /// the server lets `outside` send to the relay as well.
    pub(super) async fn open(
        &mut self,
        peer: SocketAddr,
        outside: Option<SocketAddr>,
        job: Job<'_>,
    ) -> Result<Outcome<()>, End> {
        let started = Instant::now();
        let permission = |id, session: Option<&Session>| allocation::create_permission(id, session, peer);
        let channel = |id, session: Option<&Session>| allocation::channel_bind(id, session, CHANNEL, peer);
        let outside = outside.unwrap_or(peer);
        let other = |id, session: Option<&Session>| allocation::create_permission(id, session, outside);
        let makes: [Make<'_>; 4] = [&permission, &channel, &allocation::refresh, &other];
        let outcomes = self.signed(makes, job.deadline).await;
        let [permission, channel, refresh, other] =
            outcomes.map_err(|error| RowError::network(self.server, &error))?;
        for outcome in [permission, channel] {
            outcome.map_err(|error| self.failed(error, Stage::Permission, started, job))?;
        }
        match refresh {
            Err(TransactionError::ErrorResponse(ErrorResponse { code, reason, .. })) => {
                Err(RowError::refresh_refused(self.server, code, &reason).into())
            }
            Err(error) => Err(self.failed(error, Stage::Refresh, started, job).into()),
            Ok(_) => Ok(other),
        }
    }

    /// Makes transactions without content at once, and repeats each with the new nonce after a 438.
    async fn signed<const N: usize>(
        &mut self,
        makes: [Make<'_>; N],
        deadline: Instant,
    ) -> io::Result<[Outcome<()>; N]> {
        let requests = makes.map(|make| make(transaction_id(), self.session.as_ref()));
        let mut outcomes = self.connection.transact_all(requests, allocation::no_content, deadline).await?;
        for (outcome, make) in outcomes.iter_mut().zip(makes) {
            for _ in 0..MOST_NONCES {
                let (Some(challenge), Some(session)) = (stale_nonce(outcome), &mut self.session) else {
                    break;
                };
                session.renew(challenge);
                let request = make(transaction_id(), self.session.as_ref());
                *outcome = self.connection.transact(request, allocation::no_content, deadline).await?;
            }
        }
        Ok(outcomes)
    }

    /// The allocation, if the server has granted one, also without a login.
    pub(in crate::probe) fn granted(&self) -> Option<Response<Allocated>> {
        self.allocating.first()?.outcome().ok()
    }

    /// Makes a Binding transaction, with the login if the server asks for it.
    pub(in crate::probe) async fn bind(&mut self, deadline: Instant) -> io::Result<Outcome<Addresses>> {
        let request = binding::request(transaction_id());
        let outcome = self.connection.transact(request, binding::addresses, deadline).await?;
        match &self.session {
            Some(session) if has_code(&outcome, 401) => {
                let request = allocation::signed_binding(transaction_id(), session);
                self.connection.transact(request, binding::addresses, deadline).await
            }
            _ => Ok(outcome),
        }
    }

    /// Requests permissions for `peers`, each by a request of its own, all at once, and sends them nothing. A request that
    /// the server rejects because of a stale nonce is repeated with the new one.
    ///
    /// The transactions are left in `permissions`, in the order of the peers, however this ends.
    pub(in crate::probe) async fn permit(
        &mut self,
        peers: &[IpAddr],
        permissions: &mut Vec<Transaction<()>>,
        deadline: Instant,
    ) -> io::Result<()> {
        let start = |client: &Self, peer: IpAddr| {
            let peer = SocketAddr::new(peer, NO_PORT);
            let request = allocation::create_permission(transaction_id(), client.session.as_ref(), peer);
            client.connection.start(request, allocation::no_content, deadline)
        };
        permissions.extend(peers.iter().map(|peer| start(self, *peer)));
        self.connection.complete(permissions, deadline).await?;
        for _ in 0..MOST_NONCES {
            let mut is_renewed = false;
            for (permission, peer) in permissions.iter_mut().zip(peers) {
                let (Some(challenge), Some(session)) =
                    (stale_nonce(&permission.outcome()), &mut self.session)
                else {
                    continue;
                };
                session.renew(challenge);
                *permission = start(self, *peer);
                is_renewed = true;
            }
            if !is_renewed {
                break;
            }
            self.connection.complete(permissions, deadline).await?;
        }
        Ok(())
    }

    fn failed(&self, error: TransactionError, stage: Stage, started: Instant, job: Job<'_>) -> RowError {
        match error {
            TransactionError::Timeout => job.timed_out(self.server, stage, started, self.quickest()),
            error => RowError::turn(self.server, error, job.options.timeout),
        }
    }

    /// Requests that keep the allocation, and the channel to its peer with its permission.
    pub(in crate::probe) fn renewals(&self, peer: SocketAddr) -> [Request; 2] {
        let session = self.session.as_ref();
        [
            allocation::refresh(transaction_id(), session),
            allocation::channel_bind(transaction_id(), session, CHANNEL, peer),
        ]
    }

    /// Continues with the new nonce of a 438, if it is one.
    pub(in crate::probe) fn renew_nonce(&mut self, outcome: &Outcome<()>) -> bool {
        match (stale_nonce(outcome), &mut self.session) {
            (Some(challenge), Some(session)) => session.renew(challenge),
            _ => return false,
        }
        true
    }

    /// Data to the peer on its channel.
    pub(in crate::probe) fn to_peer(&self, data: &[u8]) -> Vec<u8> {
        channel_data(CHANNEL, data, self.is_over_stream())
    }

    /// Sends data to the peer on its channel.
    pub(super) async fn send(&mut self, data: &[u8], deadline: Instant) -> io::Result<()> {
        let frame = self.to_peer(data);
        self.connection.send(&frame, deadline).await
    }

    /// Sends data to any peer that has a permission.
    pub(super) async fn send_to(&mut self, to: SocketAddr, data: &[u8], deadline: Instant) -> io::Result<()> {
        let indication = allocation::send_indication(transaction_id(), to, data);
        self.connection.send(&indication, deadline).await
    }

    /// Receives the next data; empty when none arrives until `until`, or when something else does. Cancel-safe.
    pub(super) async fn receive(&mut self, until: Instant) -> io::Result<Vec<Arrival>> {
        let mut arrivals = Vec::new();
        let handle = |frame: Frame<'_>| match frame {
            Frame::Channel(CHANNEL, data) => arrivals.push(Arrival::FromPeer(data.to_vec())),
            Frame::Channel(..) => {}
            Frame::Message(message) => {
                let data = allocation::data_indication(message);
                arrivals.extend(data.map(|(from, data)| Arrival::From(from, data)));
            }
        };
        match self.connection.receive(until, handle).await? {
            Ok(()) => Ok(arrivals),
            Err(_not_stun) => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    /// Releases the allocation, also one whose response has not arrived yet. Best effort.
    pub(in crate::probe) async fn release(&mut self) {
        let late = self.allocating.first().map(|allocating| allocating.last_sent() + LATE_RESPONSE);
        let end = (Instant::now() + RELEASE).max(late.unwrap_or_else(Instant::now));
        while self.may_hold && Instant::now() < end {
            // A release that was sent before the response to the Allocate request may have overtaken the request.
            let was_answered = self.is_answered();
            let next = end.min(Instant::now() + RELEASE_WAIT);
            match self.release_once(next).await {
                Ok(Err(TransactionError::ErrorResponse(ErrorResponse { code: 438, .. }))) => {}
                // An error code also means that the server holds no allocation (437) or no longer knows us.
                Ok(Ok(_) | Err(TransactionError::ErrorResponse(_))) if !was_answered => {
                    tokio::time::sleep_until(next.into()).await;
                }
                // Without a valid response the request may be lost. Over a reliable transport nothing is lost, and the
                // end of the connection ends the allocation, too.
                Ok(Err(error))
                    if !matches!(error, TransactionError::ErrorResponse(_)) && !self.is_over_stream() => {}
                Ok(_) | Err(_) => self.may_hold = false,
            }
        }
        // Once is enough, whatever came of it.
        self.may_hold = false;
    }

    fn is_answered(&self) -> bool {
        self.allocating.iter().all(|allocating| allocating.result().is_some())
    }

    /// Makes one Refresh transaction that releases the allocation, while the response to the Allocate request may arrive.
    async fn release_once(&mut self, until: Instant) -> io::Result<Outcome<()>> {
        let request = allocation::release(transaction_id(), self.session.as_ref());
        let mut refresh = [self.connection.start(request, allocation::no_content, until)];
        let allocating = &mut self.allocating;
        let mut late = |message: &[u8]| {
            let now = Instant::now();
            allocating.iter_mut().for_each(|allocating| allocating.handle(message, now));
        };
        while self.connection.advance_beside(&mut refresh, until, &mut late).await? {}
        let [refresh] = refresh;
        let outcome = refresh.outcome();
        if let (Some(challenge), Some(session)) = (stale_nonce(&outcome), &mut self.session) {
            session.renew(challenge);
        }
        Ok(outcome)
    }
}

/// Whether the server responded with this error code.
fn has_code<T>(outcome: &Outcome<T>, number: u16) -> bool {
    matches!(outcome, Err(TransactionError::ErrorResponse(ErrorResponse { code, .. })) if *code == number)
}

/// The challenge of a 438 (Stale Nonce).
fn stale_nonce<T>(outcome: &Outcome<T>) -> Option<Challenge> {
    match outcome {
        Err(TransactionError::ErrorResponse(ErrorResponse { code: 438, challenge, .. })) => challenge.clone(),
        _ => None,
    }
}
