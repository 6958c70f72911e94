//! A connection to one server over UDP, TCP or TLS.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use rustix::io::Errno;
use rustix::net::{SendFlags, send};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, ReadBuf};
use tokio::net::{TcpStream, UdpSocket};
use tokio_rustls::client::TlsStream;

use super::arrival::{self, Arrival};

/// A connection to one server.
pub enum Stream {
    /// Over UDP; datagrams from other addresses are dropped.
    Udp(UdpSocket),
    /// Over TCP.
    Tcp(TcpStream),
    /// Over TLS.
    Tls(Box<TlsStream<TcpStream>>),
}

impl Stream {
    /// Whether the transport is reliable and has no message boundaries, as TCP and TLS.
    pub fn is_reliable(&self) -> bool {
        !matches!(self, Stream::Udp(_))
    }

    /// This machine's address on the connection.
    pub fn local_address(&self) -> Option<SocketAddr> {
        match self {
            Stream::Udp(socket) => socket.local_addr(),
            Stream::Tcp(stream) => stream.local_addr(),
            Stream::Tls(stream) => stream.get_ref().0.local_addr(),
        }
        .ok()
    }

    /// Makes the system note how datagrams arrive; of a stream nothing is known.
    ///
    /// # Errors
    /// The system's error.
    pub fn observe(&self) -> io::Result<()> {
        match self {
            Stream::Udp(socket) => arrival::observe(socket),
            Stream::Tcp(_) | Stream::Tls(_) => Ok(()),
        }
    }

    /// Sends one whole message.
    ///
    /// # Errors
    /// The system's error.
    pub async fn send(&mut self, message: &[u8]) -> io::Result<()> {
        match self {
            Stream::Udp(socket) => socket.send(message).await.map(drop),
            Stream::Tcp(stream) => stream.write_all(message).await,
            Stream::Tls(stream) => {
                stream.write_all(message).await?;
                stream.flush().await
            }
        }
    }

    /// Reads a datagram, or what has arrived of a stream, and returns its length. Cancel-safe.
    ///
    /// # Errors
    /// The system's error; the end of a stream is an error, too.
    pub async fn receive(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = match self {
            Stream::Udp(socket) => return socket.recv(buffer).await,
            Stream::Tcp(stream) => stream.read(buffer).await?,
            Stream::Tls(stream) => stream.read(buffer).await?,
        };
        if length == 0 { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(length) }
    }

    /// Sends one whole message without waiting: over UDP at once, over a stream during [`exchange`](Stream::exchange).
    /// `false` when there is no room for it, so that it is lost.
    ///
    /// # Errors
    /// The system's error.
    pub fn post(&mut self, message: &[u8], queue: &mut Queue) -> io::Result<bool> {
        match self {
            // Not `try_send`, which fails until tokio has seen that the socket is writable.
            Stream::Udp(socket) => match send(socket, message, SendFlags::DONTWAIT) {
                Ok(_) => Ok(true),
                Err(Errno::AGAIN) => Ok(false),
                Err(error) => Err(error.into()),
            },
            Stream::Tcp(_) | Stream::Tls(_) => Ok(queue.push(message)),
        }
    }

    /// Receives like [`receive`](Stream::receive), and writes what is queued meanwhile. Cancel-safe.
    ///
    /// # Errors
    /// The system's error; the end of a stream is an error, too.
    pub async fn exchange(&mut self, queue: &mut Queue, buffer: &mut [u8]) -> io::Result<Arrival> {
        match self {
            Stream::Udp(socket) => arrival::receive(socket, buffer).await,
            Stream::Tcp(stream) => poll_fn(|context| exchange(stream, queue, buffer, context)).await,
            Stream::Tls(stream) => poll_fn(|context| exchange(&mut **stream, queue, buffer, context)).await,
        }
    }
}

/// What is to be written to a stream.
#[derive(Debug)]
pub struct Queue {
    bytes: VecDeque<u8>,
    most: usize,
    /// Whether something that was written may still be in a buffer of the stream.
    must_flush: bool,
}

impl Queue {
    /// An empty queue for at most so many bytes.
    pub fn new(most: usize) -> Self {
        Queue { bytes: VecDeque::new(), most, must_flush: false }
    }

    fn push(&mut self, message: &[u8]) -> bool {
        let has_room = self.bytes.len() + message.len() <= self.most;
        if has_room {
            self.bytes.extend(message);
        }
        has_room
    }

    /// Writes as much as there is room for.
    fn write<S: AsyncWrite + Unpin>(
        &mut self,
        stream: &mut S,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        while !self.bytes.is_empty() {
            let (front, _) = self.bytes.as_slices();
            let written = ready!(Pin::new(&mut *stream).poll_write(context, front))?;
            self.bytes.drain(..written);
            self.must_flush = true;
        }
        if self.must_flush {
            ready!(Pin::new(stream).poll_flush(context))?;
            self.must_flush = false;
        }
        Poll::Ready(Ok(()))
    }
}

fn exchange<S: AsyncRead + AsyncWrite + Unpin>(
    stream: &mut S,
    queue: &mut Queue,
    buffer: &mut [u8],
    context: &mut Context<'_>,
) -> Poll<io::Result<Arrival>> {
    if let Poll::Ready(Err(error)) = queue.write(stream, context) {
        return Poll::Ready(Err(error));
    }
    let mut buffer = ReadBuf::new(buffer);
    ready!(Pin::new(stream).poll_read(context, &mut buffer))?;
    let length = buffer.filled().len();
    Poll::Ready(if length == 0 { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(Arrival::now(length)) })
}

/// Opens a TCP connection.
///
/// # Errors
/// When the server refuses, cannot be reached, or no socket is left.
pub async fn connect_tcp(server: SocketAddr) -> io::Result<TcpStream> {
    let stream = TcpStream::connect(server).await?;
    // Requests are small and wait for their responses.
    stream.set_nodelay(true)?;
    Ok(stream)
}

/// Whether an error means that the other side closed the connection.
pub fn is_closed(error: &io::Error) -> bool {
    use io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    matches!(error.kind(), UnexpectedEof | ConnectionReset | ConnectionAborted | BrokenPipe)
}
