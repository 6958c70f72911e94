//! A connection to one server and what is said over it: transactions, and data of channels.

use std::io;
use std::net::SocketAddr;
use std::time::Instant;

use tokio::time::timeout_at;

use crate::net::stream::Stream;
use crate::net::udp::MOST_BYTES;
use crate::protocol::framing::{Frame, Framer, NotStun, channel_data};
use crate::protocol::transaction::{Answer, Read, Request, Step, Transaction, TransactionError};

/// A connection to one server.
pub(super) struct Connection {
    link: Stream,
    framer: Framer,
    buffer: Vec<u8>,
}

impl Connection {
    pub(super) fn new(link: Stream) -> Self {
        Connection { link, framer: Framer::default(), buffer: vec![0; MOST_BYTES] }
    }

    /// This machine's address towards the server.
    pub(super) fn local_address(&self) -> Option<SocketAddr> {
        self.link.local_address()
    }

    /// Whether it is over a stream, in which nothing gets lost.
    pub(super) fn is_stream(&self) -> bool {
        self.link.is_stream()
    }

    /// Makes one transaction, whose success response `read` reads.
    pub(super) async fn transact<T: Clone>(
        &mut self,
        request: Request,
        read: Read<T>,
        deadline: Instant,
    ) -> io::Result<Result<Answer<T>, TransactionError>> {
        let now = Instant::now();
        let mut transaction = match self.link.is_stream() {
            true => Transaction::over_stream(request, read, now, deadline),
            false => Transaction::over_datagrams(request, read, now, deadline),
        };
        loop {
            match transaction.poll(Instant::now()) {
                Step::Send(request) => send(&mut self.link, request, deadline).await?,
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

    /// Sends data over a channel.
    pub(super) async fn send_data(&mut self, channel: u16, data: &[u8], deadline: Instant) -> io::Result<()> {
        let frame = channel_data(channel, data, self.link.is_stream());
        send(&mut self.link, &frame, deadline).await
    }

    /// The data that comes over a channel next; nothing when nothing comes until then. All else is passed over.
    /// Can be called off at any time.
    pub(super) async fn receive_data(&mut self, channel: u16, until: Instant) -> io::Result<Vec<Vec<u8>>> {
        let mut came = Vec::new();
        while came.is_empty() && Instant::now() < until {
            let handle = |frame: Frame<'_>| match frame {
                Frame::Channel(number, data) if number == channel => came.push(data.to_vec()),
                _ => {}
            };
            if self.receive(until, handle).await?.is_err() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
        }
        Ok(came)
    }

    /// Hands on each frame of what comes next, or nothing when nothing comes until then.
    async fn receive(
        &mut self,
        until: Instant,
        mut handle: impl FnMut(Frame<'_>),
    ) -> io::Result<Result<(), NotStun>> {
        let Ok(received) = timeout_at(until.into(), self.link.receive(&mut self.buffer)).await else {
            return Ok(Ok(()));
        };
        let length = received?;
        let bytes = self.buffer.get(..length).unwrap_or(&self.buffer);
        if !self.link.is_stream() {
            handle(Frame::of(bytes));
            return Ok(Ok(()));
        }
        self.framer.push(bytes);
        loop {
            match self.framer.next_frame() {
                Ok(Some(frame)) => handle(Frame::of(frame)),
                Ok(None) => return Ok(Ok(())),
                Err(not_stun) => return Ok(Err(not_stun)),
            }
        }
    }
}

/// Sends one message. A server that reads nothing cannot hold it up for longer than the time-out; the transaction
/// then ends as with a silent one.
async fn send(link: &mut Stream, message: &[u8], deadline: Instant) -> io::Result<()> {
    timeout_at(deadline.into(), link.send(message)).await.unwrap_or(Ok(()))
}
