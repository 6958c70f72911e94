//! UDP sockets: those that talk to one server only, and those that hear everybody.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use tokio::net::UdpSocket;

/// The most bytes of a datagram that are read. STUN over UDP keeps within 1280 bytes (RFC 8489, section 6.1);
/// of a longer datagram the rest is cut off, and it no longer matches its own length.
pub const MOST_BYTES: usize = 2048;

/// A socket connected to `server`: the system drops datagrams of anybody else, and reports when the server's
/// machine says that nobody listens there (ICMP port unreachable).
///
/// # Errors
/// When there is no route to the server, or no socket left.
pub async fn connect(server: SocketAddr) -> io::Result<UdpSocket> {
    let any: SocketAddr = match server {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    };
    let socket = UdpSocket::bind(any).await?;
    socket.connect(server).await?;
    Ok(socket)
}

/// A socket that sends to anybody and hears everybody, on a free port of this machine's address `local`. Who
/// sent a datagram is for the caller to check, and the system does not report refusals.
///
/// # Errors
/// When the address is none of this machine's, or no socket is left.
pub async fn bind(mut local: SocketAddr) -> io::Result<UdpSocket> {
    local.set_port(0);
    UdpSocket::bind(local).await
}
