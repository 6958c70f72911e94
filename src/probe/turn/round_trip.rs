//! Datagrams from one client through both relays to the other, and back: small ones, and bursts of media.

use std::io;
use std::time::{Duration, Instant};

use rustix::io::Errno;

use super::client::{Arrival, Client};
use super::outside::Outside;
use super::tally::{BURST, Kind, Tally};
use crate::net::stream::is_closed;

/// The interval of voice packets.
const VOICE: Duration = Duration::from_millis(20);
/// The interval of video frames, 30 a second.
const FRAME: Duration = Duration::from_millis(33);
/// The datagrams of a video frame: 30 frames of 5 a second are 1.5 Mbit/s.
const FRAME_DATAGRAMS: usize = 5;
/// The small datagrams after a burst.
const AFTER: usize = 2;
/// The most small datagrams before the first burst.
const FIRST: usize = 10;
/// The wait for outstanding datagrams while none has come back.
const STRAGGLERS: Duration = Duration::from_secs(2);

/// Datagrams between two clients.
pub(super) struct Exchange<'a> {
    pub(super) first: &'a mut Client,
    pub(super) second: &'a mut Client,
    /// The socket of a peer without a relay, if there is one.
    pub(super) outside: Option<&'a mut Outside>,
    /// When the last datagram must be back.
    pub(super) until: Instant,
    pub(super) tally: Tally,
}

impl Exchange<'_> {
    /// Sends `count` small datagrams and a burst of media from the first client to the second, which sends each back.
    ///
    /// Sends the next ones as soon as the last are back, or at the pace of a call. When the server closes the connection,
    /// counts what came back before.
    ///
    /// # Errors
    /// When the system cannot send or receive.
    pub(super) async fn run(&mut self, count: usize) -> io::Result<()> {
        match self.send_all(count).await {
            Err(error) if !is_closed(&error) => Err(error),
            _ => Ok(()),
        }
    }

    async fn send_all(&mut self, count: usize) -> io::Result<()> {
        let first = count.min(FIRST);
        self.send(Kind::Small, first, 1, VOICE).await?;
        self.burst(0).await?;
        self.settle(Tally::patience).await?;
        if !self.tally.is_conclusive() {
            self.burst(1).await?;
        }
        self.send(Kind::Small, count - first, 1, VOICE).await?;
        self.settle(Tally::last_patience).await?;
        while self.outside.as_ref().is_some_and(|outside| !outside.is_done()) && Instant::now() < self.until {
            self.receive(self.until).await?;
        }
        Ok(())
    }

    /// Sends a burst of media, and a few small datagrams after it.
    async fn burst(&mut self, number: usize) -> io::Result<()> {
        self.send(Kind::Media(number), BURST, FRAME_DATAGRAMS, FRAME).await?;
        self.send(Kind::After(number), AFTER, 1, VOICE).await
    }

    /// Sends `count` datagrams, `together` at a time.
    async fn send(
        &mut self,
        kind: Kind,
        count: usize,
        together: usize,
        interval: Duration,
    ) -> io::Result<()> {
        for number in 0..count {
            let now = Instant::now();
            if now >= self.until {
                break;
            }
            let payload = self.tally.send(kind, now);
            unless_lost(self.first.send(&payload, self.until).await)?;
            if (number + 1) % together == 0 {
                let next = self.until.min(now + interval);
                while !self.tally.is_complete() && Instant::now() < next {
                    self.receive(next).await?;
                }
            }
        }
        Ok(())
    }

    /// Waits for outstanding datagrams.
    async fn settle(&mut self, patience: fn(&Tally) -> Option<Duration>) -> io::Result<()> {
        let first = self.first.quickest().map_or(STRAGGLERS, |quickest| STRAGGLERS + 4 * quickest);
        while let Some(sent) = self.tally.last_sent()
            && !self.tally.is_complete()
        {
            let until = self.until.min(sent + patience(&self.tally).unwrap_or(first));
            if Instant::now() >= until {
                break;
            }
            self.receive(until).await?;
        }
        Ok(())
    }

    /// Handles what arrives next until `until`.
    async fn receive(&mut self, until: Instant) -> io::Result<()> {
        let mut wake = until;
        if let Some(outside) = &mut self.outside {
            unless_lost(outside.send_due(self.first, self.until).await)?;
            wake = outside.wake().map_or(until, |at| at.min(until));
        }
        tokio::select! {
            arrivals = self.second.receive(wake) => {
                for arrival in unless_lost(arrivals)? {
                    if let Arrival::FromPeer(data) = arrival && self.tally.must_return(&data) {
                        unless_lost(self.second.send(&data, self.until).await)?;
                    }
                }
            }
            arrivals = self.first.receive(wake) => {
                let now = Instant::now();
                for arrival in unless_lost(arrivals)? {
                    match arrival {
                        Arrival::FromPeer(data) => self.tally.count(&data, now),
                        Arrival::From(peer, data) => {
                            if let Some(outside) = &mut self.outside {
                                outside.handle_at_relay(peer, &data);
                            }
                        }
                    }
                }
            }
            () = receive_outside(self.outside.as_deref_mut()) => {}
        }
        Ok(())
    }
}

/// Handles what arrives at the socket without a relay; waits forever where there is none.
async fn receive_outside(outside: Option<&mut Outside>) {
    match outside {
        Some(outside) => outside.receive().await,
        None => std::future::pending().await,
    }
}

/// What an ICMP error reports is a datagram that got lost: a router that cannot forward one has no effect on the next, which
/// the system may split.
fn unless_lost<T: Default>(result: io::Result<T>) -> io::Result<T> {
    let is_lost = |error: &io::Error| {
        let errno = Errno::from_io_error(error);
        matches!(errno, Some(Errno::MSGSIZE | Errno::HOSTUNREACH | Errno::NETUNREACH))
    };
    result.or_else(|error| if is_lost(&error) { Ok(T::default()) } else { Err(error) })
}
