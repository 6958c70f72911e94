//! Connections: accepts them with or without TLS, limits their number and duration, and closes them gracefully.

use std::convert::Infallible;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::Response;
use hyper::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustix::net::sockopt;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{sleep, timeout};
use tower_service::Service as _;

use super::log::Log;
use super::tls::Tls;

/// How long a client may take to send the head of a request, and how long a connection may be idle.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a TLS handshake may take.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long data may stay unacknowledged before the client counts as gone, in ms.
const LOST_PEER_MS: u32 = 30_000;
/// How long running requests may take when the server shuts down.
const GRACE: Duration = Duration::from_secs(5);
/// The maximum number of connections in addition to those that listen to events.
const OTHER_CONNECTIONS: usize = 2048;
/// The maximum size of a request's head and of the data that waits to be written, in bytes.
const BUFFER: usize = 16 * 1024;
/// The send buffer of a connection; small, so that a listener that does not read is noticed soon.
const SEND_BUFFER: u32 = 64 * 1024;
/// How long to wait when the system accepts no more connections.
const RETRY_PAUSE: Duration = Duration::from_millis(100);

/// One client's connection.
#[derive(Clone, Debug)]
pub(super) struct Connection {
    aborted: Arc<Notify>,
    pub(super) peer: SocketAddr,
}

impl Connection {
    pub(super) fn new(peer: SocketAddr) -> Self {
        Connection { aborted: Arc::default(), peer }
    }

    /// Closes the connection at once, without writing what is pending.
    pub(super) fn abort(&self) {
        self.aborted.notify_one();
    }
}

/// Opens a port; port 0 means any free one.
pub(super) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    // Accepted connections inherit it.
    socket.set_send_buffer_size(SEND_BUFFER)?;
    socket.bind(address)?;
    socket.listen(1024)
}

/// Serves HTTP on connections.
#[derive(Clone)]
pub(super) struct Server {
    pub(super) router: Router,
    pub(super) tls: Option<Arc<Tls>>,
    pub(super) log: Log,
}

impl Server {
    /// Serves clients until `stop` becomes true, then lets running requests finish.
    pub(super) async fn run(
        self,
        listener: TcpListener,
        max_listeners: usize,
        mut stop: watch::Receiver<bool>,
    ) {
        let max = max_listeners.saturating_add(OTHER_CONNECTIONS);
        let permits = Arc::new(Semaphore::new(max));
        let mut is_failing = false;
        loop {
            let accepted = tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => break,
                accepted = accept(&listener, &permits) => accepted,
            };
            match accepted {
                Some(Ok((tcp, peer, permit))) => {
                    is_failing = false;
                    tokio::spawn(self.clone().connection(tcp, peer, permit, stop.clone()));
                }
                // A client that has gone away is not an error; running out of file descriptors is.
                Some(Err(error)) if error.kind() != io::ErrorKind::ConnectionAborted => {
                    if !is_failing {
                        self.log.error(&format!("cannot accept connections: {error}"));
                    }
                    is_failing = true;
                    sleep(RETRY_PAUSE).await;
                }
                _ => {}
            }
        }
        drop(listener);
        let all = u32::try_from(max).unwrap_or(u32::MAX);
        // Connections that have not finished by then are closed.
        let _ = timeout(GRACE, permits.acquire_many(all)).await;
    }

    async fn connection(
        self,
        tcp: TcpStream,
        peer: SocketAddr,
        _permit: OwnedSemaphorePermit,
        mut stop: watch::Receiver<bool>,
    ) {
        // Best effort.
        let _ = tcp.set_nodelay(true);
        let _ = sockopt::set_tcp_user_timeout(&tcp, LOST_PEER_MS);
        let connection = Connection::new(peer);
        let Some(tls) = &self.tls else {
            return http(tcp, self.router, connection, stop).await;
        };
        let handshake = timeout(HANDSHAKE_TIMEOUT, tls.latest().acceptor.accept(tcp));
        let accepted = tokio::select! {
            accepted = handshake => accepted,
            _ = stop.wait_for(|stop| *stop) => return,
        };
        if let Ok(Ok(tls)) = accepted {
            http(tls, self.router, connection, stop).await;
        }
    }
}

/// Waits until another connection is allowed, then for a client.
async fn accept(
    listener: &TcpListener,
    permits: &Arc<Semaphore>,
) -> Option<io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)>> {
    let permit = Arc::clone(permits).acquire_owned().await.ok()?;
    Some(listener.accept().await.map(|(tcp, peer)| (tcp, peer, permit)))
}

/// Serves HTTP on one connection.
async fn http(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    router: Router,
    connection: Connection,
    mut stop: watch::Receiver<bool>,
) {
    let aborted = Arc::clone(&connection.aborted);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(connection.clone());
        let response = router.clone().call(request);
        async move { response.await as Result<Response<Body>, Infallible> }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT).max_buf_size(BUFFER);
    let mut serving = pin!(http.serve_connection(TokioIo::new(stream), service));
    let mut stopping = false;
    loop {
        tokio::select! {
            // A client that disconnects or does not speak HTTP is not the server's problem.
            _ = serving.as_mut() => return,
            () = aborted.notified() => return,
            _ = stop.wait_for(|stop| *stop), if !stopping => {
                stopping = true;
                serving.as_mut().graceful_shutdown();
            }
        }
    }
}
