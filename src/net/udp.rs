//! UDP sockets: connected to one server, or open to datagrams from every address.

use std::io;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use nix::sys::socket::setsockopt;
use nix::sys::socket::sockopt::{Ipv4RecvErr, Ipv6RecvErr};
use rustix::net::sockopt::{
    Ipv4PathMtuDiscovery, Ipv6PathMtuDiscovery, set_ip_mtu_discover, set_ipv6_mtu_discover,
};
use tokio::net::UdpSocket;

/// The most bytes of a datagram that are read. STUN over UDP keeps within 1280 bytes (RFC 8489, section 6.1);
/// a longer datagram is cut off, and no longer matches its own length field.
pub const MOST_BYTES: usize = 2048;

/// Opens a socket that is connected to `server`: the system drops datagrams from other addresses, and reports ICMP
/// errors.
///
/// # Errors
/// When there is no route to the server, or no socket is left.
pub async fn connect(server: SocketAddr) -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind(any_address(server)).await?;
    // Otherwise Linux does not report that a router has no route.
    match server {
        SocketAddr::V4(_) => setsockopt(&socket, Ipv4RecvErr, &true)?,
        SocketAddr::V6(_) => setsockopt(&socket, Ipv6RecvErr, &true)?,
    }
    socket.connect(server).await?;
    Ok(socket)
}

/// Drops the ICMP errors of a connected socket that nobody has read, and keeps no more of them: they take room in its receive
/// buffer. The system still reports refusals.
///
/// # Errors
/// The system's error.
pub fn drop_icmp_errors(socket: &UdpSocket) -> io::Result<()> {
    match socket.local_addr()? {
        SocketAddr::V4(_) => Ok(setsockopt(socket, Ipv4RecvErr, &false)?),
        SocketAddr::V6(_) => Ok(setsockopt(socket, Ipv6RecvErr, &false)?),
    }
}

/// Whether the system may split packets that are too large for the path. If not, larger ones are lost on the way, or cannot be
/// sent at all.
///
/// # Errors
/// The system's error.
pub fn split_packets(socket: &UdpSocket, may_split: bool) -> io::Result<()> {
    let (ipv4, ipv6) = match may_split {
        true => (Ipv4PathMtuDiscovery::WANT, Ipv6PathMtuDiscovery::WANT),
        false => (Ipv4PathMtuDiscovery::PROBE, Ipv6PathMtuDiscovery::PROBE),
    };
    match socket.local_addr()? {
        SocketAddr::V4(_) => Ok(set_ip_mtu_discover(socket, ipv4)?),
        SocketAddr::V6(_) => Ok(set_ipv6_mtu_discover(socket, ipv6)?),
    }
}

/// Whether this machine has a route to an address: without one it usually lacks the whole address family.
pub fn has_route(address: SocketAddr) -> bool {
    let any = any_address(address);
    std::net::UdpSocket::bind(any).is_ok_and(|socket| match socket.connect(address) {
        Ok(()) => true,
        Err(error) => {
            !matches!(error.kind(), io::ErrorKind::NetworkUnreachable | io::ErrorKind::AddrNotAvailable)
        }
    })
}

/// The unspecified address of the same family, with any port.
pub fn any_address(address: SocketAddr) -> SocketAddr {
    match address {
        SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
        SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
    }
}

/// Opens an unconnected socket on a free port of this machine's address `local`. It receives datagrams from every
/// address, so the caller checks their source, and the system reports no ICMP errors.
///
/// # Errors
/// When the address does not belong to this machine, or no socket is left.
pub async fn bind(mut local: SocketAddr) -> io::Result<UdpSocket> {
    local.set_port(0);
    UdpSocket::bind(local).await
}
