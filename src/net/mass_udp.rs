//! One UDP socket for thousands of servers, with many datagrams in one system call (Linux's `sendmmsg` and
//! `recvmmsg`). The caller checks the source of each datagram.

use std::io::{self, IoSlice, IoSliceMut};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::fd::AsRawFd as _;

use nix::sys::socket::{
    ControlMessageOwned, MsgFlags, MultiHeaders, RecvMsg, SockaddrStorage, recvmmsg, setsockopt, sockopt,
};
use rustix::net::{MMsgHdr, SendAncillaryBuffer, SendFlags, SocketAddrAny, sendmmsg};
use tokio::io::Interest;
use tokio::net::UdpSocket;

use super::udp::MOST_BYTES;

/// The most datagrams that a system call sends or receives.
pub const MOST_DATAGRAMS: usize = 64;
/// The size of the receive buffer in bytes that the system is asked for; it may grant less (net.core.rmem_max).
const RECEIVE_BUFFER: usize = 4 * 1024 * 1024;
/// How many pending ICMP errors one call skips. An error that an earlier datagram caused says nothing about this one.
const MOST_STALE_ERRORS: usize = 8;

/// What the system says about a datagram.
type Message<'a, 's> = RecvMsg<'a, 's, SockaddrStorage>;

/// An unconnected socket that is bound to all addresses of this machine.
#[derive(Debug)]
pub struct MassSocket {
    socket: UdpSocket,
    buffers: Box<[[u8; MOST_BYTES]]>,
}

/// A datagram that has arrived.
#[derive(Debug)]
pub struct Arrival<'a> {
    /// Its sender.
    pub source: SocketAddr,
    /// This machine's address that it was sent to.
    pub local: Option<IpAddr>,
    /// Its bytes, at most [`MOST_BYTES`].
    pub bytes: &'a [u8],
}

/// An ICMP port unreachable: nothing listens where a datagram was sent to.
#[derive(Debug)]
pub struct IcmpRefusal<'a> {
    /// The address that the datagram was sent to.
    pub destination: SocketAddr,
    /// The datagram itself, as far as the ICMP message quotes it.
    pub quoted: &'a [u8],
}

impl MassSocket {
    /// Opens a socket; `any` is the unspecified address of its family.
    ///
    /// # Errors
    /// When this machine lacks that address family, or no socket is left.
    pub fn open(any: IpAddr) -> io::Result<Self> {
        let socket = std::net::UdpSocket::bind((any, 0))?;
        socket.set_nonblocking(true)?;
        setsockopt(&socket, sockopt::RcvBuf, &RECEIVE_BUFFER)?;
        if any.is_ipv4() {
            setsockopt(&socket, sockopt::Ipv4PacketInfo, &true)?;
            setsockopt(&socket, sockopt::Ipv4RecvErr, &true)?;
        } else {
            setsockopt(&socket, sockopt::Ipv6RecvPacketInfo, &true)?;
            setsockopt(&socket, sockopt::Ipv6RecvErr, &true)?;
        }
        let buffers = vec![[0; MOST_BYTES]; MOST_DATAGRAMS].into_boxed_slice();
        Ok(MassSocket { socket: UdpSocket::from_std(socket)?, buffers })
    }

    /// Waits until something has arrived.
    ///
    /// # Errors
    /// When the runtime has shut down.
    pub async fn arrival(&self) -> io::Result<()> {
        self.socket.ready(Interest::READABLE | Interest::ERROR).await.map(drop)
    }

    /// Sends the first datagrams, at most [`MOST_DATAGRAMS`], and returns how many; 0 when the send buffer is full.
    ///
    /// # Errors
    /// The reason why the first one cannot be sent.
    pub fn send(&self, datagrams: &[(SocketAddr, &[u8])]) -> io::Result<usize> {
        let datagrams = datagrams.get(..MOST_DATAGRAMS).unwrap_or(datagrams);
        let addresses: Vec<SocketAddrAny> =
            datagrams.iter().map(|(to, _)| SocketAddrAny::from(*to)).collect();
        let slices: Vec<_> = datagrams.iter().map(|(_, bytes)| [IoSlice::new(bytes)]).collect();
        let mut controls: Vec<_> = datagrams.iter().map(|_| SendAncillaryBuffer::default()).collect();
        let parts = addresses.iter().zip(&slices).zip(&mut controls);
        let mut messages: Vec<_> =
            parts.map(|((to, slice), control)| MMsgHdr::new_with_addr(to, slice, control)).collect();
        let mut send = || {
            self.socket.try_io(Interest::WRITABLE, || {
                Ok(sendmmsg(&self.socket, &mut messages, SendFlags::DONTWAIT)?)
            })
        };
        match skip_stale_errors(&mut send) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
            // The queue of the network card is full: the datagram is lost, and retransmitted like any lost one.
            Err(error) if error.raw_os_error() == Some(rustix::io::Errno::NOBUFS.raw_os_error()) => Ok(1),
            result => result,
        }
    }

    /// Passes on datagrams that have arrived, at most [`MOST_DATAGRAMS`], and returns how many; 0 when all are read.
    ///
    /// # Errors
    /// The system's error.
    pub fn receive(&mut self, mut take: impl FnMut(Arrival<'_>)) -> io::Result<usize> {
        self.read(Interest::READABLE, MsgFlags::empty(), |source, bytes, message| {
            take(Arrival {
                source,
                local: controls(message).find_map(|control| own_address(&control)),
                bytes,
            });
        })
    }

    /// Passes on refusals, at most [`MOST_DATAGRAMS`], and returns how many ICMP errors were read; 0 when all are.
    ///
    /// # Errors
    /// The system's error.
    pub fn refusals(&mut self, mut take: impl FnMut(IcmpRefusal<'_>)) -> io::Result<usize> {
        self.read(Interest::ERROR, MsgFlags::MSG_ERRQUEUE, |destination, quoted, message| {
            if controls(message).any(|control| is_refusal(&control)) {
                take(IcmpRefusal { destination, quoted });
            }
        })
    }

    fn read(
        &mut self,
        interest: Interest,
        flags: MsgFlags,
        mut take: impl FnMut(SocketAddr, &[u8], &Message<'_, '_>),
    ) -> io::Result<usize> {
        let MassSocket { socket, buffers } = self;
        let mut count = 0;
        let mut read = || {
            socket.try_io(interest, || {
                // Created for each call, since the system stores the length of what it wrote in them.
                let space = nix::cmsg_space!([u8; 128]);
                let mut headers = MultiHeaders::<SockaddrStorage>::preallocate(MOST_DATAGRAMS, Some(space));
                let mut slices: Vec<_> = buffers.iter_mut().map(|buffer| [IoSliceMut::new(buffer)]).collect();
                let flags = flags | MsgFlags::MSG_DONTWAIT;
                for message in recvmmsg(socket.as_raw_fd(), &mut headers, &mut slices, flags, None)? {
                    count += 1;
                    let Some(address) = message.address.as_ref().and_then(to_std) else { continue };
                    take(address, message.iovs().next().unwrap_or_default(), &message);
                }
                Ok(())
            })
        };
        match skip_stale_errors(&mut read) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
            result => result.map(|()| count),
        }
    }
}

/// Repeats a call that returned the ICMP error of an earlier datagram; the error is in the error queue, too.
fn skip_stale_errors<T>(call: &mut dyn FnMut() -> io::Result<T>) -> io::Result<T> {
    let mut result = call();
    for _ in 0..MOST_STALE_ERRORS {
        match &result {
            Err(error) if error.kind() != io::ErrorKind::WouldBlock => result = call(),
            _ => break,
        }
    }
    result
}

/// The control messages; none when they did not fit.
fn controls(message: &Message<'_, '_>) -> impl Iterator<Item = ControlMessageOwned> {
    message.cmsgs().into_iter().flatten()
}

fn own_address(control: &ControlMessageOwned) -> Option<IpAddr> {
    match control {
        // The system stores it in network byte order.
        ControlMessageOwned::Ipv4PacketInfo(info) => {
            Some(Ipv4Addr::from(info.ipi_addr.s_addr.to_ne_bytes()).into())
        }
        ControlMessageOwned::Ipv6PacketInfo(info) => Some(Ipv6Addr::from(info.ipi6_addr.s6_addr).into()),
        _ => None,
    }
}

/// Whether it reports a port that nothing listens on. Other ICMP errors may be temporary (RFC 1122, section 3.2.2.1).
fn is_refusal(control: &ControlMessageOwned) -> bool {
    let (ControlMessageOwned::Ipv4RecvErr(error, _) | ControlMessageOwned::Ipv6RecvErr(error, _)) = control
    else {
        return false;
    };
    i32::try_from(error.ee_errno).is_ok_and(|errno| errno == rustix::io::Errno::CONNREFUSED.raw_os_error())
}

fn to_std(address: &SockaddrStorage) -> Option<SocketAddr> {
    let ipv4 = address.as_sockaddr_in().map(|address| SocketAddr::V4((*address).into()));
    ipv4.or_else(|| address.as_sockaddr_in6().map(|address| SocketAddr::V6((*address).into())))
}
