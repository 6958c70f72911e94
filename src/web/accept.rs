//! Connections: letting them in, with TLS or without, bounding them in number and time, and ending them in good order.

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

/// How long a client may take for the head of a request, and how long a connection may be idle.
const HEADER_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a TLS handshake may take.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// How long data may stay unacknowledged before the other side counts as gone, in ms.
const LOST_PEER_MS: u32 = 30_000;
/// How long requests that are under way may take once the server is to end.
const GRACE: Duration = Duration::from_secs(5);
/// How many connections there are at once, beside those that listen to events.
const OTHER_CONNECTIONS: usize = 2048;
/// How much of the head of a request, and of what is to be written, is kept at most.
const BUFFER: usize = 16 * 1024;
/// What the system keeps for a listener that does not read; little, so that it is noticed soon.
const SEND_BUFFER: u32 = 64 * 1024;
/// How long to wait when the system has no more room for connections.
const FULL_PAUSE: Duration = Duration::from_millis(100);

/// One client's connection.
#[derive(Clone, Debug)]
pub(super) struct Connection {
    cut: Arc<Notify>,
    peer: Option<SocketAddr>,
}

impl Connection {
    fn new(peer: SocketAddr) -> Self {
        Connection { cut: Arc::default(), peer: Some(peer) }
    }

    /// A connection that is not there.
    #[cfg(test)]
    pub(super) fn detached() -> Self {
        Connection { cut: Arc::default(), peer: None }
    }

    /// Ends the connection at once, whatever it was about to write.
    pub(super) fn cut(&self) {
        self.cut.notify_one();
    }

    /// Whose connection it is.
    pub(super) fn peer(&self) -> String {
        self.peer.map_or_else(String::new, |peer| peer.to_string())
    }
}

/// Opens a port. The port 0 is any free one.
pub(super) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    // Connections inherit it.
    socket.set_send_buffer_size(SEND_BUFFER)?;
    socket.bind(address)?;
    socket.listen(1024)
}

/// Who serves connections.
#[derive(Clone)]
pub(super) struct Server {
    pub(super) router: Router,
    pub(super) tls: Option<Arc<Tls>>,
    pub(super) log: Log,
}

impl Server {
    /// Serves all who come until `stop` says so, then ends what is under way.
    pub(super) async fn run(
        self,
        listener: TcpListener,
        most_listeners: usize,
        mut stop: watch::Receiver<bool>,
    ) {
        let most = most_listeners.saturating_add(OTHER_CONNECTIONS);
        let places = Arc::new(Semaphore::new(most));
        let mut was_full = false;
        loop {
            let accepted = tokio::select! {
                biased;
                _ = stop.wait_for(|stop| *stop) => break,
                accepted = accept(&listener, &places) => accepted,
            };
            match accepted {
                Some(Ok((tcp, peer, place))) => {
                    was_full = false;
                    tokio::spawn(self.clone().connection(tcp, peer, place, stop.clone()));
                }
                // A client that went away again is no trouble; the end of files to open is.
                Some(Err(error)) if error.kind() != io::ErrorKind::ConnectionAborted => {
                    if !was_full {
                        self.log.error(&format!("no more connections can be accepted: {error}"));
                    }
                    was_full = true;
                    sleep(FULL_PAUSE).await;
                }
                _ => {}
            }
        }
        drop(listener);
        let all = u32::try_from(most).unwrap_or(u32::MAX);
        // Who has not finished by then is cut off.
        let _ = timeout(GRACE, places.acquire_many(all)).await;
    }

    async fn connection(
        self,
        tcp: TcpStream,
        peer: SocketAddr,
        _place: OwnedSemaphorePermit,
        mut stop: watch::Receiver<bool>,
    ) {
        // Both only make things better.
        let _ = tcp.set_nodelay(true);
        let _ = sockopt::set_tcp_user_timeout(&tcp, LOST_PEER_MS);
        let connection = Connection::new(peer);
        let Some(tls) = &self.tls else {
            return http(tcp, self.router, connection, stop).await;
        };
        let handshake = timeout(HANDSHAKE_TIMEOUT, tls.acceptor().accept(tcp));
        let shaken = tokio::select! {
            shaken = handshake => shaken,
            _ = stop.wait_for(|stop| *stop) => return,
        };
        if let Ok(Ok(tls)) = shaken {
            http(tls, self.router, connection, stop).await;
        }
    }
}

/// Waits for a place, then for a client.
async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> Option<io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)>> {
    let place = Arc::clone(places).acquire_owned().await.ok()?;
    Some(listener.accept().await.map(|(tcp, peer)| (tcp, peer, place)))
}

/// Speaks HTTP over a connection.
async fn http(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    router: Router,
    connection: Connection,
    mut stop: watch::Receiver<bool>,
) {
    let cut = Arc::clone(&connection.cut);
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(connection.clone());
        let answer = router.clone().call(request);
        async move { answer.await as Result<Response<Body>, Infallible> }
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEADER_TIMEOUT).max_buf_size(BUFFER);
    let mut serving = pin!(http.serve_connection(TokioIo::new(stream), service));
    let mut stopping = false;
    loop {
        tokio::select! {
            // A client that breaks off, or speaks no HTTP, is its own trouble.
            _ = serving.as_mut() => return,
            () = cut.notified() => return,
            _ = stop.wait_for(|stop| *stop), if !stopping => {
                stopping = true;
                serving.as_mut().graceful_shutdown();
            }
        }
    }
}
