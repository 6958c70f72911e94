//! The connection of a row, over UDP, TCP or TLS, and the transactions and channel data on it.

use std::io;
use std::net::SocketAddr;
use std::time::Instant;

use tokio::net::TcpStream;
use tokio::time::timeout_at;

use super::certificate;
use super::job::Job;
use super::report::{Row, RowError, Transport};
use crate::net::stream::{Stream, connect_tcp};
use crate::net::udp;
use crate::protocol::framing::{Frame, Framer, NotStun, channel_data};
use crate::protocol::transaction::{Read, Request, Response, Step, Transaction, TransactionError};

/// A connection to one server.
pub(super) struct Connection {
    pub(super) stream: Stream,
    framer: Framer,
    buffer: Vec<u8>,
}

impl Connection {
    /// Opens a connection to `server`, and records in the row its certificate and this machine's address.
    pub(super) async fn open(row: &mut Row, server: SocketAddr, job: Job<'_>) -> Result<Self, RowError> {
        let network = |error: io::Error| RowError::network(server, &error);
        let stream = match job.target.transport {
            Transport::Udp => Stream::Udp(udp::connect(server).await.map_err(network)?),
            Transport::Tcp | Transport::Tls => {
                let Ok(tcp) = timeout_at(job.deadline.into(), connect_tcp(server)).await else {
                    return Err(RowError::no_connection(server, job.options.timeout));
                };
                let tcp = tcp.map_err(network)?;
                match job.target.transport {
                    Transport::Tls => handshake(row, tcp, server, job).await?,
                    _ => Stream::Tcp(tcp),
                }
            }
        };
        row.local = stream.local_address().map(|local| local.ip());
        Ok(Connection::new(stream))
    }

    pub(super) fn new(stream: Stream) -> Self {
        Connection { stream, framer: Framer::default(), buffer: vec![0; udp::MOST_BYTES] }
    }

    /// Makes one transaction, whose success response `read` reads.
    pub(super) async fn transact<T: Clone>(
        &mut self,
        request: Request,
        read: Read<T>,
        deadline: Instant,
    ) -> io::Result<Result<Response<T>, TransactionError>> {
        let now = Instant::now();
        let mut transaction = match self.stream.is_reliable() {
            true => Transaction::over_stream(request, read, now, deadline),
            false => Transaction::over_datagrams(request, read, now, deadline),
        };
        loop {
            match transaction.poll(Instant::now()) {
                Step::Send(request) => send(&mut self.stream, request, deadline).await?,
                Step::Done(result) => return Ok(result),
                Step::Wait(until) => {
                    let handle = |frame: Frame<'_>| {
                        if let Frame::Message(message) = frame {
                            transaction.handle(message, Instant::now());
                        }
                    };
                    if self.receive(until, handle).await?.is_err() {
                        return Ok(Err(TransactionError::NotStun));
                    }
                }
            }
        }
    }

    /// Sends data on a channel.
    pub(super) async fn send_data(&mut self, channel: u16, data: &[u8], deadline: Instant) -> io::Result<()> {
        let frame = channel_data(channel, data, self.stream.is_reliable());
        send(&mut self.stream, &frame, deadline).await
    }

    /// Receives the next data on a channel; empty when none arrives until `until`. Ignores everything else. Cancel-safe.
    pub(super) async fn receive_data(&mut self, channel: u16, until: Instant) -> io::Result<Vec<Vec<u8>>> {
        let mut received = Vec::new();
        while received.is_empty() && Instant::now() < until {
            let handle = |frame: Frame<'_>| match frame {
                Frame::Channel(number, data) if number == channel => received.push(data.to_vec()),
                _ => {}
            };
            if self.receive(until, handle).await?.is_err() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(received)
    }

    /// Passes on each frame of what arrives next; none when nothing arrives until `until`.
    async fn receive(
        &mut self,
        until: Instant,
        mut handle: impl FnMut(Frame<'_>),
    ) -> io::Result<Result<(), NotStun>> {
        let Ok(received) = timeout_at(until.into(), self.stream.receive(&mut self.buffer)).await else {
            return Ok(Ok(()));
        };
        let length = received?;
        let bytes = self.buffer.get(..length).unwrap_or(&self.buffer);
        if !self.stream.is_reliable() {
            handle(Frame::parse(bytes));
            return Ok(Ok(()));
        }
        self.framer.push(bytes);
        loop {
            match self.framer.next_frame() {
                Ok(Some(frame)) => handle(Frame::parse(frame)),
                Ok(None) => return Ok(Ok(())),
                Err(not_stun) => return Ok(Err(not_stun)),
            }
        }
    }
}

/// Makes the TLS handshake of a row.
async fn handshake(
    row: &mut Row,
    tcp: TcpStream,
    server: SocketAddr,
    job: Job<'_>,
) -> Result<Stream, RowError> {
    let handshake = job.options.trust.handshake(tcp, &job.target.host(), job.deadline).await;
    let handshake = handshake.map_err(|error| match error.kind() {
        io::ErrorKind::TimedOut => {
            RowError::transaction(server, TransactionError::Timeout, job.options.timeout)
        }
        _ => RowError::network(server, &error),
    })?;
    if let Some(certificate) = &handshake.certificate {
        certificate::record(row, certificate, handshake.version);
    }
    let stream = handshake.stream;
    stream
        .map(Stream::Tls)
        .map_err(|failure| certificate::error(server, &failure, handshake.certificate.as_ref()))
}

/// Sends one message. A server that does not read delays this only until the deadline; the transaction then times out.
async fn send(stream: &mut Stream, message: &[u8], deadline: Instant) -> io::Result<()> {
    timeout_at(deadline.into(), stream.send(message)).await.unwrap_or(Ok(()))
}
