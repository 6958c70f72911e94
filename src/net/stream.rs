//! A connection to one server: datagrams, a stream, or a stream protected by TLS.

use std::io;
use std::net::SocketAddr;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};
use tokio_rustls::client::TlsStream;

use super::read_flag::ReadFlag;
use super::udp;

/// A connection to one server.
pub enum Stream {
    /// Over UDP; nobody else's datagrams come in.
    Udp(UdpSocket),
    /// Over TCP.
    Tcp(TcpStream),
    /// Over TLS.
    Tls(Box<TlsStream<ReadFlag>>),
}

impl Stream {
    /// Opens a connection over UDP.
    ///
    /// # Errors
    /// When there is no route to the server, or no socket left.
    pub async fn udp(server: SocketAddr) -> io::Result<Self> {
        Ok(Stream::Udp(udp::connect(server).await?))
    }

    /// Opens a connection over TCP.
    ///
    /// # Errors
    /// When the server refuses, cannot be reached, or no socket is left.
    pub async fn tcp(server: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(server).await?;
        // Requests are small and wait for their answers.
        stream.set_nodelay(true)?;
        Ok(Stream::Tcp(stream))
    }

    /// Whether messages have to be told apart by their lengths.
    #[must_use]
    pub fn is_stream(&self) -> bool {
        !matches!(self, Stream::Udp(_))
    }

    /// This machine's address towards the server.
    #[must_use]
    pub fn local_address(&self) -> Option<SocketAddr> {
        match self {
            Stream::Udp(socket) => socket.local_addr(),
            Stream::Tcp(stream) => stream.local_addr(),
            Stream::Tls(stream) => stream.get_ref().0.tcp().local_addr(),
        }
        .ok()
    }

    /// Sends one message, whole.
    ///
    /// # Errors
    /// What the system said.
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

    /// Reads a datagram, or what has come of a stream; its length. Can be called off at any time.
    ///
    /// # Errors
    /// What the system said; the end of a stream is an error, too.
    pub async fn receive(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = match self {
            Stream::Udp(socket) => return socket.recv(buffer).await,
            Stream::Tcp(stream) => stream.read(buffer).await?,
            Stream::Tls(stream) => stream.read(buffer).await?,
        };
        if length == 0 { Err(io::ErrorKind::UnexpectedEof.into()) } else { Ok(length) }
    }
}
