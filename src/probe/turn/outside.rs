//! A peer without a relay of its own: a plain socket of this machine that sends to a relay and hears from it.
//!
//! Most relayed calls are relayed on one side only. A firewall that keeps others from the relay ports, or a wrong public
//! address, shows neither when both sides are relayed by the same server.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::net::UdpSocket;

use super::client::Client;
use crate::net::udp;
use crate::protocol::TransactionId;
use crate::protocol::binding::Binding;

const PAYLOAD: &[u8] = b"cowork-calls probe without a relay";
/// The wait before both sides send again; it doubles each time.
const FIRST_WAIT: Duration = Duration::from_millis(50);
/// How long both sides send, beyond the round trips.
const PATIENCE: Duration = Duration::from_secs(1);

/// A plain socket, and what passed between it and a relay.
#[derive(Debug)]
pub(super) struct Outside {
    socket: UdpSocket,
    server: SocketAddr,
    relay: SocketAddr,
    /// Finds out under which address others see the socket.
    binding: Option<Binding>,
    /// Where the relay sends to.
    peer: Option<SocketAddr>,
    next: Instant,
    wait: Duration,
    end: Instant,
    /// Whether a datagram of the socket arrived at the relay.
    reaches_relay: bool,
    /// Whether a datagram of the relay arrived at the socket.
    is_reached: bool,
}

impl Outside {
    /// Opens a socket of the relay's address family. `trip` is the round-trip time of a client.
    ///
    /// # Errors
    /// When no socket is left.
    pub(super) async fn open(server: SocketAddr, relay: SocketAddr, trip: Duration) -> io::Result<Self> {
        let socket = udp::bind(udp::any_address(relay)).await?;
        let now = Instant::now();
        let end = now + PATIENCE + 3 * trip;
        // A server of the other family cannot be reached from this socket.
        let is_same_family = server.is_ipv4() == relay.is_ipv4();
        let binding = is_same_family.then(|| Binding::new(TransactionId::generate(), now, end));
        Ok(Outside {
            socket,
            server,
            relay,
            binding,
            peer: None,
            next: now,
            wait: FIRST_WAIT,
            end,
            reaches_relay: false,
            is_reached: false,
        })
    }

    /// Whether all is known.
    pub(super) fn is_done(&self) -> bool {
        (self.reaches_relay && self.is_reached) || Instant::now() >= self.end
    }

    /// When something is to be sent.
    pub(super) fn wake(&self) -> Option<Instant> {
        (!self.is_done()).then_some(self.next)
    }

    /// Sends from the socket to the relay, and through the relay of `client` to the socket, as both sides of a call do: a
    /// datagram in one direction may open a firewall for the other.
    ///
    /// # Errors
    /// When the system cannot send over the client's connection.
    pub(super) async fn send_due(&mut self, client: &mut Client, deadline: Instant) -> io::Result<()> {
        let now = Instant::now();
        if self.is_done() || now < self.next {
            return Ok(());
        }
        (self.next, self.wait) = (now + self.wait, 2 * self.wait);
        // What cannot be sent does not arrive either.
        if let Some(binding) = &self.binding {
            let _ = self.socket.send_to(binding.request(), self.server).await;
        }
        let _ = self.socket.send_to(PAYLOAD, self.relay).await;
        match self.peer {
            Some(peer) if !self.is_reached => client.send_to(peer, PAYLOAD, deadline).await,
            _ => Ok(()),
        }
    }

    /// Handles data that arrived at the relay without a channel.
    pub(super) fn handle_at_relay(&mut self, peer: SocketAddr, data: &[u8]) {
        if data == PAYLOAD {
            self.reaches_relay = true;
            self.set_peer(peer);
        }
    }

    fn set_peer(&mut self, peer: SocketAddr) {
        if self.peer != Some(peer) {
            self.peer = Some(peer);
            self.next = Instant::now();
        }
    }

    /// Handles what arrives at the socket next. Cancel-safe.
    pub(super) async fn receive(&mut self) {
        let mut buffer = [0; udp::MOST_BYTES];
        let Ok((length, source)) = self.socket.recv_from(&mut buffer).await else { return };
        let data = buffer.get(..length).unwrap_or_default();
        if source == self.relay && data == PAYLOAD {
            self.is_reached = true;
        } else if source == self.server
            && let Some(binding) = &mut self.binding
        {
            binding.handle(data, Instant::now());
            if let Some(Ok(response)) = binding.result() {
                let mapped = response.value;
                self.binding = None;
                // What arrived at the relay shows better where the socket is.
                if !self.reaches_relay {
                    self.set_peer(mapped);
                }
            }
        }
    }

    /// What failed, in a sentence; nothing if the time until `deadline` was too short to know.
    pub(super) fn finding(&self, deadline: Instant) -> Option<String> {
        if self.end > deadline {
            return None;
        }
        let relay = self.relay;
        match (self.reaches_relay, self.is_reached) {
            (true, true) => None,
            (false, _) => Some(format!(
                "datagrams from this machine do not arrive at the relay {relay}, so calls with only one side relayed may fail: open the relay ports (UDP) to everyone, and check the relay's public address (coturn: external-ip)"
            )),
            (true, false) => Some(format!(
                "datagrams from the relay {relay} do not arrive at this machine, so calls with only one side relayed may fail: let the relay ports send to everyone, and check this machine's firewall"
            )),
        }
    }
}
