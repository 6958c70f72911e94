//! Datagrams with what the system knows of their arrival: the time, and how many routers they could still pass.

use std::io::{self, IoSliceMut};
use std::os::fd::AsRawFd as _;
use std::time::{Duration, Instant, SystemTime};

use nix::sys::socket::sockopt::{Ipv4RecvTtl, Ipv6RecvHopLimit, RcvBuf, ReceiveTimestampns, RxqOvfl};
use nix::sys::socket::{ControlMessageOwned, MsgFlags, RecvMsg, recvmsg, setsockopt};
use tokio::io::Interest;
use tokio::net::UdpSocket;

/// The size of the receive buffer in bytes that the system is asked for; it may grant less (net.core.rmem_max).
const RECEIVE_BUFFER: usize = 4 * 1024 * 1024;
/// A time of arrival that is longer ago is none: the clock was set meanwhile.
const LONG_AGO: Duration = Duration::from_secs(10);

/// A datagram that has arrived, or a part of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    /// The number of its bytes.
    pub length: usize,
    /// When it arrived, whenever it was read.
    pub at: Instant,
    /// Its TTL or hop limit: 1 means that no router would have passed it on.
    pub hops_left: Option<u8>,
    /// How many datagrams the system has dropped so far, since they had no room in the receive buffer.
    pub dropped: u32,
}

impl Arrival {
    /// Something that has just arrived.
    pub fn now(length: usize) -> Self {
        Arrival { length, at: Instant::now(), hops_left: None, dropped: 0 }
    }
}

/// Makes the system note the arrival of each datagram, and keep many of them until they are read.
///
/// # Errors
/// The system's error.
pub fn observe(socket: &UdpSocket) -> io::Result<()> {
    setsockopt(socket, RcvBuf, &RECEIVE_BUFFER)?;
    setsockopt(socket, ReceiveTimestampns, &true)?;
    setsockopt(socket, RxqOvfl, &1)?;
    if socket.local_addr()?.is_ipv4() {
        setsockopt(socket, Ipv4RecvTtl, &true)?;
    } else {
        setsockopt(socket, Ipv6RecvHopLimit, &true)?;
    }
    Ok(())
}

/// Receives the next datagram. Cancel-safe.
///
/// # Errors
/// The system's error, such as the ICMP error of an earlier datagram.
pub async fn receive(socket: &UdpSocket, buffer: &mut [u8]) -> io::Result<Arrival> {
    socket
        .async_io(Interest::READABLE, || {
            let mut space = nix::cmsg_space!([u8; 128]);
            let mut slices = [IoSliceMut::new(buffer)];
            let flags = MsgFlags::MSG_DONTWAIT;
            let message = recvmsg::<()>(socket.as_raw_fd(), &mut slices, Some(&mut space), flags)?;
            Ok(arrival(&message, Instant::now(), SystemTime::now()))
        })
        .await
}

/// The arrival of a datagram that was read `now`.
fn arrival(message: &RecvMsg<'_, '_, ()>, now: Instant, clock: SystemTime) -> Arrival {
    let mut arrival = Arrival { length: message.bytes, at: now, hops_left: None, dropped: 0 };
    for control in message.cmsgs().into_iter().flatten() {
        match control {
            ControlMessageOwned::ScmTimestampns(time) => {
                let ago = clock.duration_since(SystemTime::UNIX_EPOCH + Duration::from(time));
                let at = ago.ok().filter(|ago| *ago < LONG_AGO).and_then(|ago| now.checked_sub(ago));
                arrival.at = at.unwrap_or(now);
            }
            ControlMessageOwned::Ipv4Ttl(hops) | ControlMessageOwned::Ipv6HopLimit(hops) => {
                arrival.hops_left = u8::try_from(hops).ok();
            }
            ControlMessageOwned::RxqOvfl(dropped) => arrival.dropped = dropped,
            _ => {}
        }
    }
    arrival
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_datagram_arrives_when_it_is_sent_however_late_it_is_read() {
        for address in ["127.0.0.1:0", "[::1]:0"] {
            let [near, far] = [UdpSocket::bind(address).await, UdpSocket::bind(address).await];
            let (near, far) = (near.unwrap(), far.unwrap());
            observe(&far).unwrap();
            let before = Instant::now();
            near.send_to(b"hello", far.local_addr().unwrap()).await.unwrap();
            let sent = Instant::now();
            std::thread::sleep(Duration::from_millis(50));
            let mut buffer = [0; 16];
            let arrival = receive(&far, &mut buffer).await.unwrap();
            assert_eq!((arrival.length, arrival.hops_left), (5, Some(64)), "{address}");
            let margin = Duration::from_millis(1);
            assert!(before <= arrival.at + margin && arrival.at <= sent + margin, "{:?}", sent - arrival.at);
        }
    }

    #[tokio::test]
    async fn what_has_no_room_is_counted() {
        let [near, far] = [UdpSocket::bind("127.0.0.1:0").await, UdpSocket::bind("127.0.0.1:0").await];
        let (near, far) = (near.unwrap(), far.unwrap());
        observe(&far).unwrap();
        setsockopt(&far, RcvBuf, &4096).unwrap();
        let to = far.local_addr().unwrap();
        for _ in 0..50 {
            near.send_to(&[0; 1000], to).await.unwrap();
        }
        let mut buffer = [0; 1000];
        let mut received = 0;
        let mut arrived = async || receive(&far, &mut buffer).await.unwrap().dropped;
        let mut dropped = arrived().await;
        while let Ok(more) = tokio::time::timeout(Duration::from_millis(50), arrived()).await {
            (received, dropped) = (received + 1, dropped.max(more));
        }
        // Only what arrives after the drops knows of them.
        near.send_to(&[0; 1000], to).await.unwrap();
        dropped = dropped.max(arrived().await);
        assert_eq!(dropped + received + 1, 50);
    }
}
