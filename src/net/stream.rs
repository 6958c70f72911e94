//! A connection to one server over UDP, TCP or TLS.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};
use tokio_rustls::client::TlsStream;

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
