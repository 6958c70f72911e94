//! One client of a TURN server: its connection, its allocation, and the release of it.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use crate::protocol::allocation::{Allocated, Login, RelayFamily, Session};
use crate::protocol::transaction::{Answer, ErrorResponse, Read, Request, TransactionError};
use crate::protocol::{TransactionId, allocation};

use super::{End, Job};
use crate::probe::connection::Connection;
use crate::probe::report::RowError;

/// How often a nonce may turn out to be stale in a row.
const MOST_NONCES: usize = 3;
/// How long a release may take in all, beyond the time-out too.
const RELEASE: Duration = Duration::from_millis(300);
/// When a release that nobody answers is sent again: the few tries must fit into the time for all of it.
const RELEASE_WAIT: Duration = Duration::from_millis(100);
/// How long to wait until allocations of our own may have ended.
const QUOTA_WAIT: Duration = Duration::from_millis(250);
/// The channel that each client gives its only peer.
const CHANNEL: u16 = 0x4000;

/// One client of a server: its connection, and what signs its requests.
pub(crate) struct Client {
    server: SocketAddr,
    conversation: Connection,
    session: Option<Session>,
    /// Whether the server may hold an allocation for it.
    asked: bool,
}

impl Client {
    pub(crate) fn new(server: SocketAddr, conversation: Connection) -> Self {
        Client { server, conversation, session: None, asked: false }
    }

    /// Allocates a relay; without a family, of IPv6 where the server has no other.
    pub(crate) async fn allocate(
        &mut self,
        family: Option<RelayFamily>,
        job: Job<'_>,
    ) -> Result<Answer<Allocated>, End> {
        let mut result = self.allocate_patiently(family.unwrap_or(RelayFamily::Usual), job).await?;
        if family.is_none() && is_refused(&result, 440) {
            // When that fails too, the first answer says more.
            result = self.allocate_patiently(RelayFamily::Ipv6, job).await?.or(result);
        }
        result.map_err(|failure| self.failed(failure, job))
    }

    /// Where this very probe has other allocations, they may be what fills the quota: waits for them to end. Servers
    /// take their time: coturn ends an allocation a second after its release.
    async fn allocate_patiently(
        &mut self,
        family: RelayFamily,
        job: Job<'_>,
    ) -> Result<Result<Answer<Allocated>, TransactionError>, End> {
        loop {
            let result = self.try_allocate(family, job).await?;
            let enough = Instant::now() + job.options.timeout / 2 > job.deadline;
            if !job.is_crowded || enough || !is_refused(&result, 486) {
                return Ok(result);
            }
            tokio::time::sleep(QUOTA_WAIT).await;
        }
    }

    async fn try_allocate(
        &mut self,
        family: RelayFamily,
        job: Job<'_>,
    ) -> Result<Result<Answer<Allocated>, TransactionError>, End> {
        let login = job.target.login.as_ref();
        let make =
            |session: Option<&Session>| allocation::allocate(TransactionId::generate(), session, family);
        // Past the time-out nothing is sent any more.
        self.asked |= Instant::now() < job.deadline;
        let result = self.signed(make, login, allocation::allocated, job.deadline).await?;
        match result {
            Err(TransactionError::ErrorResponse(ErrorResponse {
                code: 300, alternate: Some(next), ..
            })) => {
                // There is nothing to release, and what waits for it is missing at the other server.
                self.asked = false;
                Err(End::Redirected(next))
            }
            Err(TransactionError::ErrorResponse(ErrorResponse { code: 401, .. })) if login.is_none() => {
                Err(RowError::no_credentials(self.server).into())
            }
            // Nothing was sent that could be wrong (RFC 8489, section 9.2.4).
            Err(TransactionError::ErrorResponse(ErrorResponse { code: 401, challenge: None, .. }))
                if self.session.is_none() =>
            {
                Ok(Err(TransactionError::Malformed("it asks for credentials without a realm or nonce")))
            }
            result => Ok(result),
        }
    }

    /// Lets the peer in, and binds the channel to it.
    pub(crate) async fn open(&mut self, peer: SocketAddr, job: Job<'_>) -> Result<(), End> {
        let permission = |session: Option<&Session>| {
            allocation::create_permission(TransactionId::generate(), session, peer)
        };
        let binding = |session: Option<&Session>| {
            allocation::channel_bind(TransactionId::generate(), session, CHANNEL, peer)
        };
        self.signed(permission, None, allocation::done, job.deadline)
            .await?
            .map_err(|failure| self.failed(failure, job))?;
        self.signed(binding, None, allocation::done, job.deadline)
            .await?
            .map_err(|failure| self.failed(failure, job))?;
        Ok(())
    }

    /// Makes a transaction. The first 401 is the server's normal challenge, which `login` answers, and 438 brings
    /// a fresh nonce: the request is then made anew.
    async fn signed<T: Clone>(
        &mut self,
        make: impl Fn(Option<&Session>) -> Request,
        login: Option<&Login>,
        read: Read<T>,
        deadline: Instant,
    ) -> Result<Result<Answer<T>, TransactionError>, End> {
        let mut nonces = 0;
        loop {
            let request = make(self.session.as_ref());
            let result = self.conversation.transact(request, read, deadline).await;
            let result = result.map_err(|error| RowError::network(self.server, &error))?;
            let Err(TransactionError::ErrorResponse(ErrorResponse {
                code, challenge: Some(challenge), ..
            })) = &result
            else {
                return Ok(result);
            };
            match (code, &mut self.session, login) {
                (401, session @ None, Some(login)) => {
                    *session = Some(Session::new(login, challenge.clone()));
                }
                (438, Some(session), _) if nonces < MOST_NONCES => session.renew(challenge.clone()),
                _ => return Ok(result),
            }
            nonces += usize::from(*code == 438);
        }
    }

    fn failed(&self, failure: TransactionError, job: Job<'_>) -> End {
        RowError::turn(self.server, failure, job.options.timeout).into()
    }

    /// Sends data to the peer.
    pub(crate) async fn send(&mut self, data: &[u8], deadline: Instant) -> io::Result<()> {
        self.conversation.send_data(CHANNEL, data, deadline).await
    }

    /// What the peer sent, as it comes; nothing when nothing comes until then. Can be called off at any time.
    pub(crate) async fn receive(&mut self, until: Instant) -> io::Result<Vec<Vec<u8>>> {
        self.conversation.receive_data(CHANNEL, until).await
    }

    /// Releases the allocation; also one whose answer has not come yet. Nobody can do more when it fails.
    pub(crate) async fn release(&mut self) {
        let end = Instant::now() + RELEASE;
        let make = |session: Option<&Session>| allocation::refresh(TransactionId::generate(), session, 0);
        while self.asked && Instant::now() < end {
            let deadline = end.min(Instant::now() + RELEASE_WAIT);
            match self.signed(make, None, allocation::done, deadline).await {
                // Nothing has come back, or nothing that means anything: it may be lost. In a stream nothing is, and
                // the end of the connection is the end of the allocation, too.
                Ok(Err(
                    TransactionError::Timeout | TransactionError::NotStun | TransactionError::Malformed(_),
                )) if !self.conversation.is_stream() => {}
                // An error, too, says that the server holds no allocation of ours (437) or no longer knows us.
                Ok(_) | Err(_) => return,
            }
        }
    }
}

/// Whether the server refused with this code.
fn is_refused<T>(result: &Result<T, TransactionError>, with: u16) -> bool {
    matches!(result, Err(TransactionError::ErrorResponse(ErrorResponse { code, .. })) if *code == with)
}
