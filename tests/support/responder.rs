//! Thousands of UDP servers in one: a socket that receives on all addresses of 127.0.0.0/8 on one port, and answers
//! from the address that was queried (IP_PKTINFO).

use std::io::{IoSlice, IoSliceMut};
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::os::fd::AsRawFd as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use nix::sys::socket::{
    ControlMessage, ControlMessageOwned, MsgFlags, MultiHeaders, SockaddrIn, recvmmsg, sendmsg, setsockopt,
    sockopt,
};

/// How many datagrams are received at once.
const BATCH: usize = 64;

/// Running servers; they stop on drop.
pub(crate) struct Responder {
    port: u16,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

/// A request: its bytes, its client, and the server that it is for.
pub(crate) struct Request<'a> {
    pub(crate) bytes: &'a [u8],
    pub(crate) client: SocketAddrV4,
    pub(crate) server: Ipv4Addr,
}

impl Responder {
    /// Starts servers that answer each request with what `answer` returns, or not at all.
    pub(crate) fn start(answer: impl Fn(Request<'_>) -> Option<Vec<u8>> + Send + 'static) -> Self {
        let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        setsockopt(&socket, sockopt::RcvBuf, &(8 * 1024 * 1024)).unwrap();
        setsockopt(&socket, sockopt::Ipv4PacketInfo, &true).unwrap();
        let port = socket.local_addr().unwrap().port();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::spawn(move || {
            let mut buffers = [[0; 2048]; BATCH];
            while !stopped.load(Ordering::Relaxed) {
                respond(&socket, &mut buffers, &answer);
            }
        });
        Responder { port, stop, thread: Some(thread) }
    }

    /// The address of the n-th server.
    pub(crate) fn server(&self, n: usize) -> SocketAddrV4 {
        SocketAddrV4::new(Ipv4Addr::from_bits(0x7f01_0000 + u32::try_from(n).unwrap()), self.port)
    }
}

impl Drop for Responder {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Answers the requests that have arrived.
fn respond(socket: &UdpSocket, buffers: &mut [[u8; 2048]], answer: impl Fn(Request<'_>) -> Option<Vec<u8>>) {
    let space = nix::cmsg_space!(nix::libc::in_pktinfo);
    let mut headers = MultiHeaders::<SockaddrIn>::preallocate(BATCH, Some(space));
    let mut slices: Vec<_> = buffers.iter_mut().map(|buffer| [IoSliceMut::new(buffer)]).collect();
    let flags = MsgFlags::MSG_WAITFORONE;
    let Ok(requests) = recvmmsg(socket.as_raw_fd(), &mut headers, &mut slices, flags, None) else { return };
    for request in requests {
        let (Some(client), Some(bytes)) = (request.address, request.iovs().next()) else { continue };
        let info = request.cmsgs().unwrap().find_map(|control| match control {
            ControlMessageOwned::Ipv4PacketInfo(info) => Some(info),
            _ => None,
        });
        let mut info = info.unwrap();
        let server = Ipv4Addr::from(info.ipi_addr.s_addr.to_ne_bytes());
        if let Some(answer) = answer(Request { bytes, client: client.into(), server }) {
            (info.ipi_spec_dst, info.ipi_ifindex) = (info.ipi_addr, 0);
            let control = [ControlMessage::Ipv4PacketInfo(&info)];
            // The client may have closed its socket.
            let answer = [IoSlice::new(&answer)];
            let _ = sendmsg(socket.as_raw_fd(), &answer, &control, MsgFlags::empty(), Some(&client));
        }
    }
}
