//! A peer without a relay of its own: a plain socket of this machine that sends to a relay and hears from it.
//!
//! Most relayed calls are relayed on one side only. A firewall that keeps others from the relay ports, or a wrong public
//! address, shows neither when both sides are relayed by the same server.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use tokio::net::UdpSocket;

use super::client::Client;
use crate::net::udp;
use crate::probe::random::transaction_id;
use crate::protocol::binding::Binding;

const PAYLOAD: &[u8] = b"cowork-calls probe without a relay";
/// The wait before both sides send again; it doubles each time.
const FIRST_WAIT: Duration = Duration::from_millis(50);
/// How often both sides send at most: the server chooses the addresses, so it must not be many times.
const MOST_ROUNDS: u32 = 8;
/// How long both sides send, beyond the round trips.
const PATIENCE: Duration = Duration::from_secs(1);

/// A plain socket, and what passed between it and a relay.
#[derive(Debug)]
pub(super) struct Outside {
    socket: UdpSocket,
    server: SocketAddr,
    relay: SocketAddr,
    /// The address that the server lets send to the relay.
    permitted: IpAddr,
    /// Finds out under which address others see the socket.
    binding: Binding,
    /// Where the relay sends to.
    peer: Option<SocketAddr>,
    rounds: u32,
    next: Instant,
    end: Instant,
    /// Whether a datagram of the socket arrived at the relay.
    reaches_relay: bool,
    /// Whether a datagram of the relay arrived at the socket.
    is_reached: bool,
}

impl Outside {
    /// Opens a socket to a relay that `permitted` may send to. `trip` is the round-trip time of a client.
    ///
    /// # Errors
    /// When no socket is left.
    pub(super) async fn open(
        server: SocketAddr,
        relay: SocketAddr,
        permitted: IpAddr,
        trip: Duration,
    ) -> io::Result<Self> {
        let socket = udp::bind(udp::any_address(relay)).await?;
        let now = Instant::now();
        let end = now + PATIENCE + 3 * trip;
        Ok(Outside {
            socket,
            server,
            relay,
            permitted,
            binding: Binding::new(transaction_id(), now, end),
            peer: None,
            rounds: 0,
            next: now,
            end,
            reaches_relay: false,
            is_reached: false,
        })
    }

    /// Whether all is known.
    pub(super) fn is_done(&self) -> bool {
        (self.reaches_relay && self.is_reached) || Instant::now() >= self.end
    }

    /// When something is to be done.
    pub(super) fn wake(&self) -> Option<Instant> {
        (!self.is_done()).then(|| self.next.min(self.end))
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
        self.next = if self.rounds < MOST_ROUNDS { now + FIRST_WAIT * (1 << self.rounds) } else { self.end };
        self.rounds += 1;
        if self.rounds > MOST_ROUNDS {
            return Ok(());
        }
        // What cannot be sent does not arrive either.
        if self.binding.result().is_none() {
            let _ = self.socket.send_to(self.binding.request(), self.server).await;
        }
        let _ = self.socket.send_to(PAYLOAD, self.relay).await;
        match self.peer {
            Some(peer) if !self.is_reached => client.send_to(peer, PAYLOAD, deadline).await,
            _ => Ok(()),
        }
    }

    /// Handles data that arrived at the relay without a channel.
    pub(super) fn handle_at_relay(&mut self, peer: SocketAddr, data: &[u8]) {
        if data == PAYLOAD && !self.reaches_relay {
            self.reaches_relay = true;
            // This shows better where the socket is than the response to its Binding request.
            (self.peer, self.next) = (Some(peer), Instant::now());
        }
    }

    /// Handles what arrives at the socket next. Cancel-safe.
    pub(super) async fn receive(&mut self) {
        let mut buffer = [0; udp::MOST_BYTES];
        let Ok((length, source)) = self.socket.recv_from(&mut buffer).await else { return };
        let data = buffer.get(..length).unwrap_or_default();
        if source == self.relay && data == PAYLOAD {
            self.is_reached = true;
        } else if source == self.server {
            self.binding.handle(data, Instant::now());
            if let (None, Some(mapped)) = (self.peer, self.mapped()) {
                (self.peer, self.next) = (Some(mapped), Instant::now());
            }
        }
    }

    /// The address under which the server sees the socket.
    fn mapped(&self) -> Option<SocketAddr> {
        self.binding.result()?.as_ref().ok().map(|response| response.value)
    }

    /// What failed, in a sentence; nothing if the time until `deadline` was too short to know, or if others see the socket
    /// at another IP address than the permitted one.
    pub(super) fn finding(&self, deadline: Instant) -> Option<String> {
        let is_elsewhere = self.mapped().is_some_and(|mapped| mapped.ip() != self.permitted);
        if self.end > deadline || is_elsewhere {
            return None;
        }
        let relay = self.relay;
        match (self.reaches_relay, self.is_reached) {
            (true, true) => None,
            (false, _) if self.binding.result().is_none() => Some(format!(
                "datagrams from this machine do not arrive at the relay {relay}, and the server does not respond to it over UDP: this network may let no UDP out, so that calls from here need a relay on both sides; otherwise open the relay ports (UDP) to everyone"
            )),
            (false, _) => Some(format!(
                "datagrams from this machine do not arrive at the relay {relay}, so calls with only one side relayed may fail: open the relay ports (UDP) to everyone, and check the relay's public address (coturn: external-ip)"
            )),
            (true, false) => Some(format!(
                "datagrams from the relay {relay} do not arrive at this machine, so calls with only one side relayed may fail: let the relay ports send to everyone, and check this machine's firewall"
            )),
        }
    }
}
