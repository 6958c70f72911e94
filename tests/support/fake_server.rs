//! A UDP server on loopback that answers each datagram with what a test returns.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use stun_types::attribute::XorMappedAddress;
use stun_types::message::{Message, MessageWrite as _, MessageWriteExt as _, MessageWriteVec};

/// A running server; it stops on drop.
pub(crate) struct FakeServer {
    /// Where it listens.
    pub(crate) address: SocketAddr,
    requests: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl FakeServer {
    /// Starts a server on a free port of `ip` that answers each request with what `answer` returns.
    pub(crate) fn start(
        ip: &str,
        answer: impl Fn(&[u8], SocketAddr) -> Vec<Vec<u8>> + Send + 'static,
    ) -> Self {
        Self::serve(ip, move |socket, request, client| {
            for datagram in answer(request, client) {
                socket.send_to(&datagram, client).unwrap();
            }
        })
    }

    /// Starts a server that calls `serve` for each request.
    pub(crate) fn serve(ip: &str, serve: impl Fn(&UdpSocket, &[u8], SocketAddr) + Send + 'static) -> Self {
        Self::serve_on(UdpSocket::bind((ip, 0)).unwrap(), serve)
    }

    /// Starts a server on a socket that a test has bound.
    pub(crate) fn serve_on(
        socket: UdpSocket,
        serve: impl Fn(&UdpSocket, &[u8], SocketAddr) + Send + 'static,
    ) -> Self {
        socket.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
        let address = socket.local_addr().unwrap();
        let (requests, stop) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let (counter, stopped) = (Arc::clone(&requests), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            let mut buffer = [0; 2048];
            while !stopped.load(Ordering::Relaxed) {
                // A timeout is the occasion to check whether the test is over.
                let Ok((length, client)) = socket.recv_from(&mut buffer) else { continue };
                counter.fetch_add(1, Ordering::Relaxed);
                serve(&socket, &buffer[..length], client);
            }
        });
        FakeServer { address, requests, stop, thread: Some(thread) }
    }

    /// How many datagrams have arrived.
    pub(crate) fn requests(&self) -> usize {
        self.requests.load(Ordering::Relaxed)
    }

    /// Its URI.
    pub(crate) fn uri(&self) -> String {
        format!("stun:{}", self.address)
    }
}

impl Drop for FakeServer {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A good server on a port that browsers block, on the first address of 127.77.0.0/24 that no other test uses.
pub(crate) fn blocked_server() -> FakeServer {
    let bind = |last| UdpSocket::bind((Ipv4Addr::new(127, 77, 0, last), 10080)).ok();
    let socket = (1..200).find_map(bind).expect("a free address");
    FakeServer::serve_on(socket, |socket, request, client| {
        let _ = socket.send_to(&success(request, client), client);
    })
}

/// A valid answer to a request.
pub(crate) fn success(request: &[u8], client: SocketAddr) -> Vec<u8> {
    let request = Message::from_bytes(request).unwrap();
    let mut reply = Message::builder_success(&request, MessageWriteVec::new());
    reply.add_attribute(&XorMappedAddress::new(client, request.transaction_id())).unwrap();
    reply.finish()
}
