//! The connection of a row, over UDP, TCP or TLS, and the transactions and channel data on it.

use std::future::ready;
use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::net::TcpStream;
use tokio::time::timeout_at;

use super::certificate;
use super::job::Job;
use super::report::stage::Stage;
use super::report::{Row, RowError, Transport};
use crate::net::arrival::Arrival;
use crate::net::stream::{Queue, Stream, connect_tcp};
use crate::net::tls::TlsFailure;
use crate::net::udp;
use crate::protocol::framing::{Frame, Framer, NotStun};
use crate::protocol::transaction::{Read, Request, Response, Step, Transaction, TransactionError};

/// The result of a transaction.
pub(super) type Outcome<T> = Result<Response<T>, TransactionError>;

/// The most datagrams, or parts of a stream, that are read together.
const MOST_TOGETHER: usize = 64;

/// A connection to one server.
pub(super) struct Connection {
    pub(super) stream: Stream,
    /// The shortest time that the server took to respond so far.
    pub(super) quickest: Option<Duration>,
    /// The least TTL or hop limit of what arrived, if the system notes it.
    pub(super) least_hops: Option<u8>,
    /// How many datagrams the system has dropped, if it notes that, since they were not read in time.
    pub(super) dropped: u32,
    /// Whether the system notes how datagrams arrive.
    is_observed: bool,
    framer: Framer,
    buffer: Vec<u8>,
}

impl Connection {
    /// Opens a connection to `server`, and records in the row its certificate and this machine's address.
    pub(super) async fn open(row: &mut Row, server: SocketAddr, job: Job<'_>) -> Result<Self, RowError> {
        let network = |error: io::Error| RowError::network(server, &error);
        let started = Instant::now();
        let (stream, quickest) = match job.target.transport {
            Transport::Udp => (Stream::Udp(udp::connect(server).await.map_err(network)?), None),
            Transport::Tcp | Transport::Tls => {
                let Ok(tcp) = timeout_at(job.deadline.into(), connect_tcp(server)).await else {
                    return Err(job.timed_out(server, Stage::Connection, started, None));
                };
                let (tcp, trip) = (tcp.map_err(network)?, started.elapsed());
                let stream = match job.target.transport {
                    Transport::Tls => handshake(row, tcp, server, trip, job).await?,
                    _ => Stream::Tcp(tcp),
                };
                (stream, Some(trip))
            }
        };
        row.local = stream.local_address().map(|local| local.ip());
        let is_observed = job.options.quality.is_some();
        if is_observed {
            stream.observe().map_err(network)?;
        }
        Ok(Connection { quickest, is_observed, ..Connection::new(stream) })
    }

    pub(super) fn new(stream: Stream) -> Self {
        let buffer = vec![0; udp::MOST_BYTES];
        Connection {
            stream,
            quickest: None,
            least_hops: None,
            dropped: 0,
            is_observed: false,
            framer: Framer::default(),
            buffer,
        }
    }

    /// Makes one transaction, whose success response `read` reads.
    pub(super) async fn transact<T: Clone>(
        &mut self,
        request: Request,
        read: Read<T>,
        deadline: Instant,
    ) -> io::Result<Outcome<T>> {
        let [outcome] = self.transact_all([request], read, deadline).await?;
        Ok(outcome)
    }

    /// Makes several transactions at once, which together take one round trip.
    pub(super) async fn transact_all<T: Clone, const N: usize>(
        &mut self,
        requests: [Request; N],
        read: Read<T>,
        deadline: Instant,
    ) -> io::Result<[Outcome<T>; N]> {
        let mut transactions = requests.map(|request| self.start(request, read, deadline));
        self.complete(&mut transactions, deadline).await?;
        Ok(transactions.map(|transaction| transaction.outcome()))
    }

    /// Makes transactions that have just started.
    pub(super) async fn complete<T: Clone>(
        &mut self,
        transactions: &mut [Transaction<T>],
        deadline: Instant,
    ) -> io::Result<()> {
        let started = Instant::now();
        while self.advance(transactions, deadline).await? {}
        let responds = |transaction: &Transaction<T>| {
            matches!(transaction.outcome(), Ok(_) | Err(TransactionError::ErrorResponse(_)))
        };
        if transactions.iter().all(responds) {
            let took = started.elapsed();
            self.quickest = Some(self.quickest.map_or(took, |quickest| quickest.min(took)));
        }
        Ok(())
    }

    /// A transaction that starts now.
    pub(super) fn start<T: Clone>(
        &self,
        request: Request,
        read: Read<T>,
        deadline: Instant,
    ) -> Transaction<T> {
        match self.stream.is_reliable() {
            true => Transaction::over_stream(request, read, Instant::now(), deadline),
            false => Transaction::over_datagrams(request, read, Instant::now(), deadline),
        }
    }

    /// Sends the requests that are due, and handles what arrives next until `until`. `false` when all transactions have
    /// ended.
    pub(super) async fn advance<T: Clone>(
        &mut self,
        transactions: &mut [Transaction<T>],
        until: Instant,
    ) -> io::Result<bool> {
        self.advance_beside(transactions, until, |_| {}).await
    }

    /// The same, and passes on each message to something else as well.
    pub(super) async fn advance_beside<T: Clone>(
        &mut self,
        transactions: &mut [Transaction<T>],
        until: Instant,
        mut beside: impl FnMut(&[u8]),
    ) -> io::Result<bool> {
        let mut wake = None;
        for transaction in &mut *transactions {
            loop {
                match transaction.poll(Instant::now()) {
                    Step::Send(request) => send(&mut self.stream, request, until).await?,
                    Step::Wait(at) => {
                        wake = Some(wake.map_or(at, |wake: Instant| wake.min(at)));
                        break;
                    }
                    Step::Done(_) => break,
                }
            }
        }
        let Some(wake) = wake else { return Ok(false) };
        let handle = |frame: Frame<'_>| {
            if let Frame::Message(message) = frame {
                let now = Instant::now();
                transactions.iter_mut().for_each(|transaction| transaction.handle(message, now));
                beside(message);
            }
        };
        if self.receive(wake.min(until), handle).await?.is_err() {
            transactions.iter_mut().for_each(|transaction| transaction.abandon(TransactionError::NotStun));
        }
        Ok(true)
    }

    /// Sends a message or channel data as it is.
    pub(super) async fn send(&mut self, frame: &[u8], deadline: Instant) -> io::Result<()> {
        send(&mut self.stream, frame, deadline).await
    }

    /// Passes on each frame of what arrives next; none when nothing arrives until `until`. Cancel-safe.
    pub(super) async fn receive(
        &mut self,
        until: Instant,
        handle: impl FnMut(Frame<'_>),
    ) -> io::Result<Result<(), NotStun>> {
        let Ok(received) = timeout_at(until.into(), self.read()).await else {
            return Ok(Ok(()));
        };
        let length = received?;
        Ok(self.split(length, handle))
    }

    /// Reads what arrives next into the buffer. Cancel-safe.
    async fn read(&mut self) -> io::Result<usize> {
        if !self.is_observed {
            return self.stream.receive(&mut self.buffer).await;
        }
        let arrival = self.stream.exchange(&mut Queue::new(0), &mut self.buffer).await?;
        self.note(arrival);
        Ok(arrival.length)
    }

    /// Sends a message or channel data without waiting; `false` when it is lost for want of room.
    pub(super) fn post(&mut self, frame: &[u8], queue: &mut Queue) -> io::Result<bool> {
        self.stream.post(frame, queue)
    }

    /// Writes what is queued, and passes on each frame of what arrives next and of what has arrived with it. Cancel-safe.
    pub(super) async fn exchange(
        &mut self,
        queue: &mut Queue,
        mut handle: impl FnMut(Frame<'_>, Arrival),
    ) -> io::Result<Result<(), NotStun>> {
        let mut arrival = self.stream.exchange(queue, &mut self.buffer).await?;
        for _ in 1..MOST_TOGETHER {
            self.note(arrival);
            if let Err(not_stun) = self.split(arrival.length, |frame| handle(frame, arrival)) {
                return Ok(Err(not_stun));
            }
            arrival = tokio::select! {
                biased;
                next = self.stream.exchange(queue, &mut self.buffer) => next?,
                () = ready(()) => return Ok(Ok(())),
            };
        }
        self.note(arrival);
        Ok(self.split(arrival.length, |frame| handle(frame, arrival)))
    }

    fn note(&mut self, arrival: Arrival) {
        self.least_hops = least(self.least_hops, arrival.hops_left);
        self.dropped = self.dropped.max(arrival.dropped);
    }

    /// Passes on each frame that is complete with the first bytes of the buffer.
    fn split(&mut self, length: usize, mut handle: impl FnMut(Frame<'_>)) -> Result<(), NotStun> {
        let bytes = self.buffer.get(..length).unwrap_or(&self.buffer);
        if !self.stream.is_reliable() {
            handle(Frame::parse(bytes));
            return Ok(());
        }
        self.framer.push(bytes);
        while let Some(frame) = self.framer.next_frame()? {
            handle(Frame::parse(frame));
        }
        Ok(())
    }
}

/// The lesser of two numbers that are known.
fn least(one: Option<u8>, other: Option<u8>) -> Option<u8> {
    one.into_iter().chain(other).min()
}

/// Makes the TLS handshake of a row; `trip` is the round-trip time to the server.
async fn handshake(
    row: &mut Row,
    tcp: TcpStream,
    server: SocketAddr,
    trip: Duration,
    job: Job<'_>,
) -> Result<Stream, RowError> {
    let started = Instant::now();
    let handshake = job.options.trust.handshake(tcp, &job.target.host(), job.deadline).await;
    let handshake = handshake.map_err(|error| RowError::network(server, &error))?;
    if let Some(certificate) = &handshake.certificate {
        certificate::record(row, certificate, handshake.version);
    }
    handshake.stream.map(Stream::Tls).map_err(|failure| match failure {
        TlsFailure::TimedOut => job.timed_out(server, Stage::Handshake, started, Some(trip)),
        failure => certificate::error(server, &failure, handshake.certificate.as_ref()),
    })
}

/// Sends one message. A server that does not read delays this only until the deadline; the transaction then times out.
async fn send(stream: &mut Stream, message: &[u8], deadline: Instant) -> io::Result<()> {
    timeout_at(deadline.into(), stream.send(message)).await.unwrap_or(Ok(()))
}
