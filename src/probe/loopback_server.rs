//! A built-in STUN and TURN server on loopback: a probe of it that fails shows a problem of this machine, not of a server
//! or of the network.

use std::collections::HashMap;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::thread::{self, JoinHandle};

use stun_types::TransportType;
use tokio::net::UdpSocket;
use tokio::runtime::{self, Runtime};
use tokio::sync::{mpsc, oneshot};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::sleep_until;
use turn_server_proto::api::{SocketAllocateError, Transmit, TurnServerApi as _, TurnServerPollRet};
use turn_server_proto::server::TurnServer as Protocol;
use turn_server_proto::stun::Instant;
use turn_server_proto::types::AddressFamily;

use crate::config::address::{Host, Scheme, ServerUri, Transport};
use crate::config::turn::{Login, Secret};
use crate::net::udp::MOST_BYTES;

use super::plan::Server;
use super::random::transaction_id;
use super::source::Source;

const REALM: &str = "self-test.cowork-calls";
const USER: &str = "self-test";
/// The most relays of a server; a probe needs two for each address family.
const MOST_RELAYS: usize = 16;
/// The most datagrams that are queued for the server; others wait in the sockets.
const MOST_WAITING: usize = 64;

/// Running servers: one on 127.0.0.1 and, where this machine has IPv6, one on ::1. They end when dropped.
#[derive(Debug)]
pub struct Servers {
    addresses: Vec<SocketAddr>,
    password: Secret,
    /// Ends the thread when dropped.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Servers {
    /// Starts the servers, each on a free port, with a random password.
    ///
    /// # Errors
    /// When this machine has no loopback interface, or no socket or thread is left.
    pub fn start() -> io::Result<Self> {
        let runtime = runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
        let password = Secret::new(u128::from(transaction_id()).to_string());
        let ipv4 = std::net::UdpSocket::bind((Ipv4Addr::LOCALHOST, 0))?;
        // Without IPv6 on this machine there is nothing to test.
        let ipv6 = std::net::UdpSocket::bind((Ipv6Addr::LOCALHOST, 0)).ok();
        let mut addresses = Vec::new();
        let mut servers = Vec::new();
        for socket in [Some(ipv4), ipv6].into_iter().flatten() {
            socket.set_nonblocking(true)?;
            let address = socket.local_addr()?;
            let mut protocol = Protocol::new(TransportType::Udp, address, REALM.to_owned());
            protocol.add_user(USER.to_owned(), password.expose().to_owned());
            addresses.push(address);
            servers.push((socket, protocol));
        }
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new().spawn(move || run(&runtime, servers, stopped))?;
        Ok(Servers { addresses, password, stop: Some(stop), thread: Some(thread) })
    }

    /// The servers as STUN servers.
    pub fn stun(&self) -> impl Iterator<Item = Server> {
        self.addresses.iter().map(|address| Server::from(uri(Scheme::Stun, *address)))
    }

    /// The servers as TURN servers, with their credentials.
    pub fn turn(&self) -> impl Iterator<Item = Server> {
        self.addresses.iter().map(|address| Server {
            uri: uri(Scheme::Turn, *address),
            login: Some(Login { username: USER.to_owned(), password: self.password.clone() }),
            source: Source::default(),
        })
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            // A failed server shows in the probe.
            let _ = thread.join();
        }
    }
}

fn uri(scheme: Scheme, address: SocketAddr) -> ServerUri {
    ServerUri { scheme, host: Host::Ip(address.ip()), port: address.port(), transport: Transport::Udp }
}

/// Serves until the servers are dropped.
fn run(runtime: &Runtime, servers: Vec<(std::net::UdpSocket, Protocol)>, stopped: oneshot::Receiver<()>) {
    runtime.block_on(async move {
        let mut tasks = JoinSet::new();
        for (socket, protocol) in servers {
            // The probe reports any error.
            tasks.spawn(async move { Relayer::new(UdpSocket::from_std(socket)?, protocol).run().await });
        }
        // The other end is dropped, too.
        let _ = stopped.await;
    });
}

/// One server: the protocol and its open sockets.
struct Relayer {
    protocol: Protocol,
    /// The start of the protocol's clock.
    started: std::time::Instant,
    sockets: HashMap<SocketAddr, (Arc<UdpSocket>, AbortHandle)>,
    readers: JoinSet<()>,
    sender: mpsc::Sender<Transmit<Vec<u8>>>,
    arrivals: mpsc::Receiver<Transmit<Vec<u8>>>,
}

impl Relayer {
    fn new(socket: UdpSocket, protocol: Protocol) -> Self {
        let (sender, arrivals) = mpsc::channel(MOST_WAITING);
        let (started, sockets) = (std::time::Instant::now(), HashMap::new());
        let listening = protocol.listen_address();
        let mut server = Relayer { protocol, started, sockets, readers: JoinSet::new(), sender, arrivals };
        server.open(socket, listening);
        server
    }

    fn now(&self) -> Instant {
        Instant::from_std(self.started)
    }

    async fn run(mut self) -> io::Result<()> {
        loop {
            let wake = self.poll().await.to_std(self.started);
            tokio::select! {
                Some(arrival) = self.arrivals.recv() => {
                    let (now, client) = (self.now(), arrival.from);
                    if let Some(answer) = self.protocol.recv(arrival, now) {
                        let mut answer = answer.build();
                        // turn-server-proto 0.7.3 addresses the answer to a Binding request to the server.
                        if answer.to == answer.from {
                            answer.to = client;
                        }
                        self.send(answer).await;
                    }
                }
                () = sleep_until(wake.into()) => {}
            }
        }
    }

    /// Does what the protocol requests, and returns when to poll it again.
    async fn poll(&mut self) -> Instant {
        let wake = loop {
            let now = self.now();
            match self.protocol.poll(now) {
                TurnServerPollRet::WaitUntil(wake) => break wake,
                TurnServerPollRet::AllocateSocket {
                    transport,
                    listen_addr,
                    client_addr,
                    allocation_transport,
                    family,
                } => {
                    let relay = self.allocate(allocation_transport, family).await;
                    self.protocol.allocated_socket(
                        transport,
                        listen_addr,
                        client_addr,
                        allocation_transport,
                        family,
                        relay,
                        now,
                    );
                }
                TurnServerPollRet::SocketClose { listen_addr, .. } => self.close(listen_addr),
                // The probe requests no connections to peers over TCP (RFC 6062), and nobody else has the password.
                TurnServerPollRet::TcpConnect { .. } | TurnServerPollRet::TcpClose { .. } => {}
            }
        };
        while let Some(datagram) = self.protocol.poll_transmit(self.now()) {
            self.send(datagram).await;
        }
        wake
    }

    /// Opens the socket of a relay, on loopback as the server itself.
    async fn allocate(
        &mut self,
        transport: TransportType,
        family: AddressFamily,
    ) -> Result<SocketAddr, SocketAllocateError> {
        // The listening socket counts, too.
        if transport != TransportType::Udp || self.sockets.len() > MOST_RELAYS {
            return Err(SocketAllocateError::InsufficientCapacity);
        }
        let ip: IpAddr = match family {
            AddressFamily::IPV4 => Ipv4Addr::LOCALHOST.into(),
            AddressFamily::IPV6 => Ipv6Addr::LOCALHOST.into(),
        };
        let socket = UdpSocket::bind((ip, 0)).await;
        let opened = socket.and_then(|socket| socket.local_addr().map(|address| (socket, address)));
        let (socket, address) = opened.map_err(|_| SocketAllocateError::AddressFamilyNotSupported)?;
        self.open(socket, address);
        Ok(address)
    }

    /// Registers a socket, whose datagrams go to the protocol.
    fn open(&mut self, socket: UdpSocket, address: SocketAddr) {
        let socket = Arc::new(socket);
        let reader = self.readers.spawn(read(Arc::clone(&socket), address, self.sender.clone()));
        self.sockets.insert(address, (socket, reader));
    }

    fn close(&mut self, address: SocketAddr) {
        if let Some((_, reader)) = self.sockets.remove(&address) {
            reader.abort();
        }
    }

    async fn send(&self, datagram: Transmit<Vec<u8>>) {
        if let Some((socket, _)) = self.sockets.get(&datagram.from) {
            // A lost datagram is retransmitted, or counted by the probe.
            let _ = socket.send_to(&datagram.data, datagram.to).await;
        }
    }
}

/// Forwards what arrives on a socket, until the server ends.
async fn read(socket: Arc<UdpSocket>, address: SocketAddr, sender: mpsc::Sender<Transmit<Vec<u8>>>) {
    let mut buffer = [0; MOST_BYTES];
    while let Ok((length, from)) = socket.recv_from(&mut buffer).await {
        let bytes = buffer.get(..length).unwrap_or(&buffer).to_vec();
        if sender.send(Transmit::new(bytes, TransportType::Udp, from, address)).await.is_err() {
            break;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_hides_the_password() {
        let servers = Servers::start().unwrap();
        assert!(!format!("{servers:?}").contains(servers.password.expose()), "{servers:?}");
    }
}
