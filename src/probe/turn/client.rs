//! One client of a TURN server: its connection, its allocation and its release.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::config::turn::Login;
use crate::protocol::TransactionId;
use crate::protocol::allocation::{self, Allocated, RelayFamily, Session};
use crate::protocol::transaction::{ErrorResponse, Read, Request, Response, TransactionError};

use crate::probe::connection::Connection;
use crate::probe::job::Job;
use crate::probe::report::{Row, RowError};

/// The most stale nonces in a row.
const MOST_NONCES: usize = 3;
/// The time for a release, which may exceed the timeout of the server.
const RELEASE: Duration = Duration::from_millis(300);
/// When a release without a response is repeated, so that a few attempts fit into [`RELEASE`].
const RELEASE_WAIT: Duration = Duration::from_millis(100);
/// The wait for other allocations of this probe to end.
const QUOTA_WAIT: Duration = Duration::from_millis(250);
/// The channel that each client binds to its only peer.
const CHANNEL: u16 = 0x4000;

/// Why a row ends early.
pub(super) enum End {
    Failed(Box<RowError>),
    Redirected(SocketAddr),
}

impl From<RowError> for End {
    fn from(error: RowError) -> Self {
        End::Failed(Box::new(error))
    }
}

/// The result of a transaction.
type Outcome<T> = Result<Response<T>, TransactionError>;

/// One client of a server.
pub(super) struct Client {
    server: SocketAddr,
    connection: Connection,
    session: Option<Session>,
    /// Whether the server may hold an allocation for it.
    may_hold: bool,
}

impl Client {
    pub(super) async fn connect(row: &mut Row, server: SocketAddr, job: Job<'_>) -> Result<Self, RowError> {
        let connection = Connection::open(row, server, job).await?;
        Ok(Client { server, connection, session: None, may_hold: false })
    }

    /// Creates an allocation; without a family, an IPv6 one when the server has no other.
    pub(super) async fn allocate(
        &mut self,
        family: Option<RelayFamily>,
        job: Job<'_>,
    ) -> Result<Response<Allocated>, End> {
        let mut result = self.allocate_within_quota(family.unwrap_or(RelayFamily::Default), job).await?;
        if family.is_none() && has_code(&result, 440) {
            // When that fails too, the first response says more.
            result = self.allocate_within_quota(RelayFamily::Ipv6, job).await?.or(result);
        }
        result.map_err(|error| self.failed(error, job))
    }

    /// Other allocations of this probe may have used up the quota: waits until they end. Servers take their time:
    /// coturn ends an allocation a second after its release.
    async fn allocate_within_quota(
        &mut self,
        family: RelayFamily,
        job: Job<'_>,
    ) -> Result<Outcome<Allocated>, End> {
        loop {
            let result = self.allocate_once(family, job).await?;
            let is_late = Instant::now() + job.options.timeout / 2 > job.deadline;
            if !job.shares_quota || is_late || !has_code(&result, 486) {
                return Ok(result);
            }
            tokio::time::sleep(QUOTA_WAIT).await;
        }
    }

    async fn allocate_once(&mut self, family: RelayFamily, job: Job<'_>) -> Result<Outcome<Allocated>, End> {
        let login = job.target.login.as_ref();
        let make = |id, session: Option<&Session>| allocation::allocate(id, session, family);
        // After the deadline nothing is sent.
        self.may_hold |= Instant::now() < job.deadline;
        let result = self.signed(make, login, allocation::allocated, job.deadline).await?;
        match result {
            Err(TransactionError::ErrorResponse(ErrorResponse {
                code: 300, alternate: Some(next), ..
            })) => {
                // There is nothing to release; waiting for it would take time from the other server.
                self.may_hold = false;
                Err(End::Redirected(next))
            }
            Err(TransactionError::ErrorResponse(ErrorResponse { code: 401, .. })) if login.is_none() => {
                Err(RowError::no_credentials(self.server).into())
            }
            // The request had no credentials that could be wrong (RFC 8489, section 9.2.4).
            Err(TransactionError::ErrorResponse(ErrorResponse { code: 401, challenge: None, .. }))
                if self.session.is_none() =>
            {
                Ok(Err(TransactionError::Malformed("it asks for credentials without a realm or nonce")))
            }
            result => Ok(result),
        }
    }

    /// Creates a permission for the peer, and binds the channel to it.
    pub(super) async fn open(&mut self, peer: SocketAddr, job: Job<'_>) -> Result<(), End> {
        let permission = |id, session: Option<&Session>| allocation::create_permission(id, session, peer);
        let channel = |id, session: Option<&Session>| allocation::channel_bind(id, session, CHANNEL, peer);
        let result = self.signed(permission, None, allocation::no_content, job.deadline).await?;
        result.map_err(|error| self.failed(error, job))?;
        let result = self.signed(channel, None, allocation::no_content, job.deadline).await?;
        result.map_err(|error| self.failed(error, job))?;
        Ok(())
    }

    /// Makes a transaction. Repeats the request with `login` after the first 401, the server's normal challenge, and
    /// with the new nonce after a 438.
    async fn signed<T: Clone>(
        &mut self,
        make: impl Fn(TransactionId, Option<&Session>) -> Request,
        login: Option<&Login>,
        read: Read<T>,
        deadline: Instant,
    ) -> Result<Outcome<T>, End> {
        let mut nonces = 0;
        loop {
            let request = make(TransactionId::generate(), self.session.as_ref());
            let result = self.connection.transact(request, read, deadline).await;
            let result = result.map_err(|error| RowError::network(self.server, &error))?;
            let Err(TransactionError::ErrorResponse(ErrorResponse {
                code, challenge: Some(challenge), ..
            })) = &result
            else {
                return Ok(result);
            };
            match (code, &mut self.session, login) {
                (401, session @ None, Some(Login { username, password })) => {
                    *session = Some(Session::new(username, password.expose(), challenge.clone()));
                }
                (438, Some(session), _) if nonces < MOST_NONCES => session.renew(challenge.clone()),
                _ => return Ok(result),
            }
            nonces += usize::from(*code == 438);
        }
    }

    fn failed(&self, error: TransactionError, job: Job<'_>) -> End {
        RowError::turn(self.server, error, job.options.timeout).into()
    }

    /// Sends data to the peer.
    pub(super) async fn send(&mut self, data: &[u8], deadline: Instant) -> io::Result<()> {
        self.connection.send_data(CHANNEL, data, deadline).await
    }

    /// Receives the next data from the peer; empty when none arrives until `until`. Cancel-safe.
    pub(super) async fn receive(&mut self, until: Instant) -> io::Result<Vec<Vec<u8>>> {
        self.connection.receive_data(CHANNEL, until).await
    }

    /// Releases the allocation, also one whose response has not arrived yet. Best effort.
    pub(super) async fn release(&mut self) {
        let end = Instant::now() + RELEASE;
        let make = |id, session: Option<&Session>| allocation::refresh(id, session, 0);
        while self.may_hold && Instant::now() < end {
            let deadline = end.min(Instant::now() + RELEASE_WAIT);
            match self.signed(make, None, allocation::no_content, deadline).await {
                // Without a valid response the request may be lost. Over a reliable transport nothing is lost, and the
                // end of the connection ends the allocation, too.
                Ok(Err(
                    TransactionError::Timeout | TransactionError::NotStun | TransactionError::Malformed(_),
                )) if !self.connection.stream.is_reliable() => {}
                // An error code also means that the server holds no allocation (437) or no longer knows us.
                Ok(_) | Err(_) => return,
            }
        }
    }
}

/// Whether the server responded with this error code.
fn has_code<T>(result: &Outcome<T>, number: u16) -> bool {
    matches!(result, Err(TransactionError::ErrorResponse(ErrorResponse { code, .. })) if *code == number)
}
