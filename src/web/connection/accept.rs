//! Accepts connections with or without TLS, as many as there are places, and closes them gracefully.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::net::sockopt;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tokio_rustls::server::TlsStream;

use super::addresses::{Addresses, Counted};
use super::client::{Connection, Peer, Proxies};
use super::head;
use super::http::Http;
use super::not_http;
use super::places::{Evicted, Taking, Waiting};
use super::stream::Prefixed;
use crate::web::app::App;
use crate::web::metrics::Closed;
use crate::web::routes::router;
use crate::web::tls::Tls;

/// How long a TLS handshake may take, and how long until it begins.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(10);
/// At most this many connections may not have sent a request after their handshake has begun.
const MAX_HANDSHAKES: usize = 2048;
/// How long data may stay unacknowledged before the client counts as gone, in ms.
const LOST_PEER_MS: u32 = 30_000;
/// How long running requests may take when the server shuts down.
const GRACE: Duration = Duration::from_secs(5);
/// The send buffer of a connection; small, so that a listener that does not read is noticed soon.
const SEND_BUFFER: u32 = 64 * 1024;
/// How long to wait when the system accepts no more connections, or all are busy.
const RETRY_PAUSE: Duration = Duration::from_millis(100);
/// How often the log mentions at most that connections are closed.
const LOG_INTERVAL: Duration = Duration::from_secs(60);

/// Opens a port; port 0 means any free one.
pub(in crate::web) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_reuseaddr(true)?;
    // Accepted connections inherit it.
    socket.set_send_buffer_size(SEND_BUFFER)?;
    socket.bind(address)?;
    socket.listen(1024)
}

/// Serves clients.
pub(in crate::web) struct Server {
    app: Arc<App>,
    http: Http,
    handshakes: Waiting,
    proxies: Proxies,
    addresses: Arc<Addresses>,
}

impl Server {
    /// Creates a server with at most `per_address` connections for each client, with proxies that name theirs.
    pub(in crate::web) fn new(app: &Arc<App>, per_address: usize, proxies: &[IpAddr]) -> Self {
        let addresses = Arc::new(Addresses::new(per_address));
        let proxies = Proxies::new(proxies);
        let http = Http::new(router(app), proxies.clone(), Arc::clone(&addresses));
        let handshakes = Waiting::new(MAX_HANDSHAKES);
        Server { app: Arc::clone(app), http, handshakes, proxies, addresses }
    }

    /// Serves clients until `stop` becomes true, then lets running requests finish.
    pub(in crate::web) async fn run(self, listener: TcpListener, stop: watch::Receiver<bool>) {
        let server = Arc::new(self);
        let mut stopped = stop.clone();
        tokio::select! {
            biased;
            _ = stopped.wait_for(|stop| *stop) => {}
            () = server.accept_all(&listener, &stop) => {}
        }
        drop(listener);
        // Connections that have not finished by then are closed.
        let _ = timeout(GRACE, async {
            while server.app.places.open() > 0 {
                server.app.places.released().await;
            }
        })
        .await;
    }

    async fn accept_all(self: &Arc<Self>, listener: &TcpListener, stop: &watch::Receiver<bool>) {
        let (mut failing, mut full, mut greedy) = (Notice::default(), Notice::default(), Notice::default());
        loop {
            let (tcp, address) = match listener.accept().await {
                Ok(accepted) => accepted,
                // A client that has gone away is not an error.
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => continue,
                Err(error) => {
                    if failing.is_due() {
                        self.app.log.error(&format!("cannot accept connections: {error}"));
                    }
                    let is_full = matches!(Errno::from_io_error(&error), Some(Errno::MFILE | Errno::NFILE));
                    if is_full && self.evict() {
                        let _ = timeout(RETRY_PAUSE, self.app.places.released()).await;
                    } else {
                        sleep(RETRY_PAUSE).await;
                    }
                    continue;
                }
            };
            let Ok(counted) = self.count(address.ip()) else {
                self.app.metrics.closed(Closed::AddressLimit);
                if greedy.is_due() {
                    let address = address.ip().to_canonical();
                    let message = format!("{address} has too many connections; its new ones are closed");
                    self.app.log.warning(&message);
                }
                continue;
            };
            if !self.app.places.have_room() {
                if full.is_due() {
                    let message = "all places for connections are taken; closing those that send no requests";
                    self.app.log.warning(message);
                }
                self.make_room().await;
            }
            let taking = self.app.places.take();
            tokio::spawn(Arc::clone(self).connection(tcp, address, taking, counted, stop.clone()));
        }
    }

    /// Counts a connection of this address, unless it is exempt.
    fn count(&self, address: IpAddr) -> Result<Option<Counted>, TooMany> {
        if address.to_canonical().is_loopback() || self.proxies.contain(address) {
            return Ok(None);
        }
        self.addresses.count(address).map(Some).ok_or(TooMany)
    }

    /// Closes connections until there is room for another one.
    async fn make_room(&self) {
        while !self.app.places.have_room() {
            let evicted = self.app.places.are_taken() && self.evict();
            if !evicted || !self.app.places.have_room() {
                let _ = timeout(RETRY_PAUSE, self.app.places.released()).await;
            }
        }
    }

    /// Closes the connection that others need least. Returns false if all are busy.
    fn evict(&self) -> bool {
        let Some(evicted) = self.app.places.evict() else { return false };
        self.app.metrics.closed(match evicted {
            Evicted::FirstRequest => Closed::NoRequest,
            Evicted::NextRequest => Closed::Idle,
        });
        true
    }

    async fn connection(
        self: Arc<Self>,
        tcp: TcpStream,
        address: SocketAddr,
        taking: Taking,
        _counted: Option<Counted>,
        stop: watch::Receiver<bool>,
    ) {
        // Best effort.
        let _ = tcp.set_nodelay(true);
        let _ = sockopt::set_tcp_user_timeout(&tcp, LOST_PEER_MS);
        let place = Arc::clone(&taking.place);
        let mut connection = Connection { place, peer: Peer::Direct(address), is_secure: false };
        // Each stage has a future of its own, so that none takes the memory of the next ones.
        let Some(tls) = &self.app.tls else { return self.http.run(tcp, &connection, stop).await };
        let Some((tcp, hello)) = begun(tcp, &connection, stop.clone()).await else { return };
        if hello.first() != Some(&head::HANDSHAKE_RECORD) {
            let refusing = self.http.refuse(tcp, not_http::https_required(), &connection, stop);
            return Box::pin(refusing).await;
        }
        self.handshakes.add(&connection.place);
        let stream = Prefixed::new(tcp, hello);
        let Some(tls) = Box::pin(secured(tls, stream, &connection, stop.clone())).await else { return };
        connection.is_secure = true;
        Box::pin(self.http.run(tls, &connection, stop)).await;
    }
}

/// Reads the first record of TLS, or the start of what is not TLS.
async fn begun(
    mut tcp: TcpStream,
    connection: &Connection,
    mut stop: watch::Receiver<bool>,
) -> Option<(TcpStream, Vec<u8>)> {
    let mut hello = Vec::new();
    let read = tokio::select! {
        read = timeout(HANDSHAKE_TIMEOUT, head::wait_for_record(&mut tcp, &mut hello)) => read,
        () = connection.place.closed() => return None,
        _ = stop.wait_for(|stop| *stop) => return None,
    };
    matches!(read, Ok(Ok(true))).then_some((tcp, hello))
}

/// Does the handshake of TLS.
async fn secured(
    tls: &Tls,
    stream: Prefixed<TcpStream>,
    connection: &Connection,
    mut stop: watch::Receiver<bool>,
) -> Option<TlsStream<Prefixed<TcpStream>>> {
    let accepted = tokio::select! {
        accepted = timeout(HANDSHAKE_TIMEOUT, tls.latest().acceptor.accept(stream)) => accepted,
        () = connection.place.closed() => return None,
        _ = stop.wait_for(|stop| *stop) => return None,
    };
    accepted.ok()?.ok()
}

/// The address has as many connections as it may have.
struct TooMany;

/// When the log last mentioned something that happens again and again.
#[derive(Default)]
struct Notice(Option<Instant>);

impl Notice {
    fn is_due(&mut self) -> bool {
        let is_due = self.0.is_none_or(|last| last.elapsed() >= LOG_INTERVAL);
        if is_due {
            self.0 = Some(Instant::now());
        }
        is_due
    }
}
