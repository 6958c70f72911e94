//! One side of a call: a client of the server, what it sends without waiting, and what arrives there.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use rustix::io::Errno;

use crate::net::arrival::Arrival;
use crate::net::stream::{Queue, Stream};
use crate::net::udp;
use crate::probe::connection::Outcome;
use crate::probe::report::RowError;
use crate::probe::turn::client::{CHANNEL, Client, MOST_NONCES};
use crate::protocol::allocation::{self, Allocated};
use crate::protocol::framing::Frame;
use crate::protocol::transaction::{Request, Step, Transaction};

/// The longest time between two renewals: a permission lasts 5 minutes (RFC 8656, section 9).
const RENEWAL: Duration = Duration::from_secs(120);
/// The part of an allocation's lifetime after which it is renewed.
const OF_LIFETIME: u32 = 3;
/// How long a renewal may take.
const RENEWAL_TIMEOUT: Duration = Duration::from_secs(8);

/// One side of a call.
pub(super) struct Side<'a> {
    client: &'a mut Client,
    /// The relay of the other side.
    peer: SocketAddr,
    queue: Queue,
    /// Each with what it is about, and how many nonces were stale.
    renewals: Vec<Renewal>,
    next_renewal: Instant,
    renewal_interval: Duration,
    /// Why the server did not renew the allocation or the channel, and when.
    pub(super) refused: Option<(Instant, RowError)>,
    /// What this machine did not send.
    pub(super) unsent: Unsent,
}

/// A transaction that keeps the allocation, or the channel and its permission.
struct Renewal {
    transaction: Transaction<()>,
    /// Its index among those that keep all.
    index: usize,
    stale_nonces: usize,
}

/// Packets that were not sent.
#[derive(Debug, Default)]
pub(super) struct Unsent {
    /// How many had no room in the buffer of the socket, or behind what waits for a stream.
    pub(super) without_room: u32,
    /// How many the system refused, and why.
    pub(super) refused: u32,
    pub(super) why: Option<io::Error>,
}

impl Unsent {
    /// Both together.
    pub(super) fn with(self, other: Self) -> Self {
        Unsent {
            without_room: self.without_room.saturating_add(other.without_room),
            refused: self.refused.saturating_add(other.refused),
            why: self.why.or(other.why),
        }
    }
}

/// What arrives.
pub(super) enum Input<'a> {
    /// Data from the other side.
    Data(&'a [u8]),
    /// A message from the server.
    Message(&'a [u8]),
}

impl<'a> Side<'a> {
    /// The side of `client`, whose allocation is `own`; the other side has `other`. At most `queued` bytes wait for a stream.
    pub(super) fn new(client: &'a mut Client, own: Allocated, other: Allocated, queued: usize) -> Self {
        let lifetime = Duration::from_secs(own.lifetime_s.into());
        let renewal_interval = (lifetime / OF_LIFETIME).clamp(Duration::from_secs(1), RENEWAL);
        Side {
            client,
            peer: other.relayed_address,
            queue: Queue::new(queued),
            renewals: Vec::new(),
            next_renewal: Instant::now() + renewal_interval,
            renewal_interval,
            refused: None,
            unsent: Unsent::default(),
        }
    }

    /// The least TTL of what arrived.
    pub(super) fn least_hops(&self) -> Option<u8> {
        self.client.connection.least_hops
    }

    /// How many packets this machine has dropped, since they were not read in time.
    pub(super) fn dropped(&self) -> u32 {
        self.client.connection.dropped
    }

    /// Whether the system may split packets that are too large for the path, as it may by default.
    ///
    /// # Errors
    /// The system's error.
    pub(super) fn split_packets(&self, may_split: bool) -> io::Result<()> {
        match &self.client.connection.stream {
            Stream::Udp(socket) => udp::split_packets(socket, may_split),
            Stream::Tcp(_) | Stream::Tls(_) => Ok(()),
        }
    }

    /// Frees the receive buffer of ICMP errors.
    ///
    /// # Errors
    /// The system's error.
    pub(super) fn drop_icmp_errors(&self) -> io::Result<()> {
        match &self.client.connection.stream {
            Stream::Udp(socket) => udp::drop_icmp_errors(socket),
            Stream::Tcp(_) | Stream::Tls(_) => Ok(()),
        }
    }

    /// Sends data to the other side, without waiting.
    ///
    /// # Errors
    /// When the connection is broken.
    pub(super) fn post(&mut self, data: &[u8]) -> io::Result<()> {
        let frame = self.client.to_peer(data);
        self.post_message(&frame)
    }

    /// Sends a message to the server, without waiting.
    ///
    /// # Errors
    /// When the connection is broken.
    pub(super) fn post_message(&mut self, message: &[u8]) -> io::Result<()> {
        match self.client.connection.post(message, &mut self.queue) {
            Ok(true) => {}
            Ok(false) => self.unsent.without_room += 1,
            Err(error) if self.client.is_over_stream() => return Err(error),
            Err(error) if is_refusal(&error) => {
                self.unsent.refused += 1;
                self.unsent.why.get_or_insert(error);
            }
            // An ICMP error reports a datagram that got lost, and so does this one.
            Err(_) => {}
        }
        Ok(())
    }

    /// Sends what is queued, and passes on what arrives next with the time of its arrival. Cancel-safe.
    ///
    /// # Errors
    /// When the connection is broken.
    pub(super) async fn exchange(&mut self, mut handle: impl FnMut(Input<'_>, Instant)) -> io::Result<()> {
        let Side { client, queue, renewals, .. } = self;
        let is_over_stream = client.is_over_stream();
        let on_frame = |frame: Frame<'_>, Arrival { at, .. }: Arrival| match frame {
            Frame::Channel(CHANNEL, data) => handle(Input::Data(data), at),
            Frame::Channel(..) => {}
            Frame::Message(message) => {
                renewals.iter_mut().for_each(|renewal| renewal.transaction.handle(message, at));
                handle(Input::Message(message), at);
            }
        };
        match client.connection.exchange(queue, on_frame).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(_not_stun)) => Err(io::ErrorKind::InvalidData.into()),
            Err(error) if is_over_stream => Err(error),
            // An ICMP error reports a datagram that got lost.
            Err(_) => Ok(()),
        }
    }

    /// Keeps the allocation, its permission and its channel while a long call lasts. Returns when to call it again.
    ///
    /// # Errors
    /// When the connection is broken.
    pub(super) fn renew(&mut self, now: Instant) -> io::Result<Instant> {
        if now >= self.next_renewal {
            self.next_renewal = now + self.renewal_interval;
            let all = self.client.renewals(self.peer).into_iter().enumerate();
            self.renewals = all.map(|(index, request)| self.start(index, request, now)).collect();
        }
        let mut wake = self.next_renewal;
        for mut renewal in std::mem::take(&mut self.renewals) {
            loop {
                match renewal.transaction.poll(now) {
                    Step::Send(request) => {
                        let request = request.to_vec();
                        self.post_message(&request)?;
                    }
                    Step::Wait(at) => {
                        wake = wake.min(at);
                        self.renewals.push(renewal);
                        break;
                    }
                    Step::Done(outcome) => match self.again(&renewal, &outcome, now) {
                        Some(again) => renewal = again,
                        None => {
                            self.note_refusal(outcome, now);
                            break;
                        }
                    },
                }
            }
        }
        Ok(wake)
    }

    /// The same renewal with a new nonce, if the last one was stale, which must not go on for ever.
    fn again(&mut self, renewal: &Renewal, outcome: &Outcome<()>, now: Instant) -> Option<Renewal> {
        if renewal.stale_nonces == MOST_NONCES || !self.client.renew_nonce(outcome) {
            return None;
        }
        let request = self.client.renewals(self.peer).into_iter().nth(renewal.index)?;
        Some(Renewal { stale_nonces: renewal.stale_nonces + 1, ..self.start(renewal.index, request, now) })
    }

    fn note_refusal(&mut self, outcome: Outcome<()>, now: Instant) {
        if let Err(error) = outcome
            && self.refused.is_none()
        {
            self.refused = Some((now, RowError::turn(self.client.server, error, RENEWAL_TIMEOUT)));
        }
    }

    fn start(&self, index: usize, request: Request, now: Instant) -> Renewal {
        let deadline = now + RENEWAL_TIMEOUT;
        let transaction = self.client.connection.start(request, allocation::no_content, deadline);
        Renewal { transaction, index, stale_nonces: 0 }
    }
}

/// Whether this machine itself does not send: its firewall, or a queue of its own that is full.
fn is_refusal(error: &io::Error) -> bool {
    matches!(Errno::from_io_error(error), Some(Errno::PERM | Errno::ACCESS | Errno::NOBUFS))
}
