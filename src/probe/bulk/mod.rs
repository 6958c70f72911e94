//! Many STUN servers over UDP: all of them over one socket for each address family, within a rate limit.
//!
//! Each row has the result of a server with a socket of its own: a response counts only from the address that the request
//! went to and for its transaction, and requests are retransmitted as RFC 8489 says. ICMP refusals come from the socket's
//! error queue; a machine that sends few of them makes rows say `timeout`.

mod in_flight;
mod rate_limit;
mod ticket;

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep_until;

use crate::config::address::{Host, Kind};
use crate::net::mass_udp::{MOST_DATAGRAMS, MassSocket};

use super::event_loop::resume_panic;
use super::job::{Measured, interrupted};
use super::lookup::{Lookup, addresses, addresses_unless_interrupted};
use super::plan::{Options, Target};
use super::report::{Row, RowError, Transport};
use in_flight::{InFlight, Key};
use rate_limit::RateLimit;
use ticket::Ticket;

/// Up to this many servers have sockets of their own.
const MOST_SOCKETS: usize = 64;
/// The most transactions of a row; longer series of thousands of rows would take too much memory at once.
const MOST_TRANSACTIONS: u32 = 16;
/// The most lookups at once.
const MOST_LOOKUPS: usize = 128;
/// How often a socket is read before it is time to send again.
const MOST_READS: usize = 16;
/// The wait after the system had no room for another datagram.
const BLOCKED: Duration = Duration::from_millis(1);

/// A server, and its position in the plan.
type Server = (usize, Target);

/// Splits servers into those to probe in bulk, and the positions of the others.
pub(super) fn split(servers: Vec<(usize, &Target)>, options: &Options) -> (Vec<Server>, Vec<usize>) {
    let fits = |target: &Target| target.kind() == Kind::Stun && target.transport == Transport::Udp;
    let many = servers.iter().filter(|(_, target)| fits(target)).count() > MOST_SOCKETS;
    let (bulk, others): (Vec<_>, Vec<_>) = servers
        .into_iter()
        .partition(|(_, target)| many && options.count <= MOST_TRANSACTIONS && fits(target));
    let bulk = bulk.into_iter().map(|(position, target)| (position, target.clone()));
    (bulk.collect(), others.into_iter().map(|(position, _)| position).collect())
}

/// Probes all servers, and sends each row as soon as it is measured.
pub(super) async fn run(
    servers: Vec<Server>,
    options: Arc<Options>,
    rows: UnboundedSender<Measured>,
    stop: watch::Receiver<bool>,
) {
    let (ipv4, ipv4_tickets) = mpsc::unbounded_channel();
    let (ipv6, ipv6_tickets) = mpsc::unbounded_channel();
    let mut families = JoinSet::new();
    for tickets in [ipv4_tickets, ipv6_tickets] {
        let in_flight = InFlight::new(options.count, options.timeout);
        families.spawn(measure_family(tickets, in_flight, rows.clone(), stop.clone()));
    }
    // Sending fails only when the probe has ended.
    let assign = |(position, target): &Server, lookup: Lookup, deadline| match lookup.addresses {
        Ok(addresses) => {
            let siblings = (addresses.len() > 1).then(|| Arc::new(()));
            for address in addresses {
                let row = Row { lookup: lookup.took, ..target.row() };
                let ticket = Ticket::new(*position, row, address, deadline, siblings.clone());
                let _ = if address.is_ipv4() { ipv4.send(ticket) } else { ipv6.send(ticket) };
            }
        }
        Err(error) => {
            let row = target.row().failed(error);
            let _ = rows.send(Measured { position: *position, row, last: true });
        }
    };

    // Lookups take time, so servers with an IP address go first.
    let has_name = |(_, target): &Server| matches!(target.uri.host, Host::Name(_));
    let (named, others): (Vec<_>, Vec<_>) = servers.into_iter().partition(has_name);
    for server in &others {
        assign(server, addresses(&server.1, &options).await, None);
    }
    look_up(named, &options, &stop, |server, lookup| {
        let deadline = lookup.deadline;
        assign(server, lookup, Some(deadline));
    })
    .await;
    drop((ipv4, ipv6));
    while let Some(family) = families.join_next().await {
        family.unwrap_or_else(resume_panic);
    }
}

/// Looks servers up, [`MOST_LOOKUPS`] at once, and passes on each result as soon as it arrives.
async fn look_up(
    servers: Vec<Server>,
    options: &Arc<Options>,
    stop: &watch::Receiver<bool>,
    on_lookup: impl Fn(&Server, Lookup),
) {
    let mut servers = servers.into_iter();
    let mut lookups = JoinSet::new();
    loop {
        while lookups.len() < MOST_LOOKUPS
            && let Some(server) = servers.next()
        {
            let (options, stop) = (Arc::clone(options), stop.clone());
            lookups.spawn(async move {
                let lookup = addresses_unless_interrupted(&server.1, &options, &stop).await;
                (server, lookup)
            });
        }
        let Some(next) = lookups.join_next().await else { return };
        let (server, lookup) = next.unwrap_or_else(resume_panic);
        on_lookup(&server, lookup);
    }
}

/// Reports the rows that are measured.
fn report(in_flight: &mut InFlight, rows: &UnboundedSender<Measured>) {
    for measured in in_flight.finished.drain(..) {
        let _ = rows.send(measured);
    }
}

/// Measures all rows of one address family.
async fn measure_family(
    mut tickets: UnboundedReceiver<Ticket>,
    mut in_flight: InFlight,
    rows: UnboundedSender<Measured>,
    stop: watch::Receiver<bool>,
) {
    // Most runs need one family only.
    let Some(first) = tickets.recv().await else { return };
    let opened = MassSocket::open(first.address.ip());
    in_flight.extend([first]);
    let end = match opened {
        Ok(socket) => {
            let mut socket = FamilySocket { socket, limit: RateLimit::default(), unsent: VecDeque::new() };
            tokio::select! {
                end = socket.run(&mut in_flight, &mut tickets, &rows) => end.map_err(Some),
                () = interrupted(&stop) => Err(None),
            }
        }
        Err(error) => Err(Some(error)),
    };
    if let Err(error) = end {
        while let Some(ticket) = tickets.recv().await {
            in_flight.extend([ticket]);
        }
        in_flight.abandon(|address| match &error {
            Some(error) => RowError::network(address, error),
            None => RowError::interrupted(address),
        });
        report(&mut in_flight, &rows);
    }
}

/// The socket of one address family.
struct FamilySocket {
    socket: MassSocket,
    limit: RateLimit,
    /// Requests that are due and have not been sent yet.
    unsent: VecDeque<Key>,
}

impl FamilySocket {
    /// Measures until all rows are measured, or the socket fails.
    async fn run(
        &mut self,
        in_flight: &mut InFlight,
        tickets: &mut UnboundedReceiver<Ticket>,
        rows: &UnboundedSender<Measured>,
    ) -> io::Result<()> {
        loop {
            let more = take_tickets(tickets, in_flight);
            // Between two bursts of requests everything that has arrived is read, so that the receive buffer does not
            // overflow.
            self.receive(in_flight)?;
            let blocked = !self.send(in_flight);
            report(in_flight, rows);
            if !more && in_flight.is_empty() {
                return Ok(());
            }

            let now = Instant::now();
            let wake = match (blocked, self.limit.wake()) {
                (true, _) => Some(now + BLOCKED),
                (false, Some(room)) => Some(room),
                (false, None) => in_flight.wake(now),
            };
            match wake {
                // Let other tasks run, and the runtime poll the socket.
                Some(wake) if wake <= now => tokio::task::yield_now().await,
                wake => {
                    tokio::select! {
                        arrival = self.socket.arrival() => arrival?,
                        // `None` means that no more will come, which the loop must see, too.
                        ticket = tickets.recv(), if more => in_flight.extend(ticket),
                        () = sleep_until(wake.unwrap_or(now).into()), if wake.is_some() => {}
                    }
                }
            }
        }
    }

    /// Handles what has arrived, but not endlessly: servers may send faster than it is read.
    fn receive(&mut self, in_flight: &mut InFlight) -> io::Result<()> {
        let FamilySocket { socket, limit, .. } = self;
        let mut record =
            |sent: Option<Instant>| sent.into_iter().for_each(|sent| limit.record_response(sent));
        for _ in 0..MOST_READS {
            if socket.receive(|arrival| record(in_flight.handle(&arrival, Instant::now())))? == 0 {
                break;
            }
        }
        for _ in 0..MOST_READS {
            if socket.refusals(|refusal| record(in_flight.handle_refusal(&refusal)))? == 0 {
                break;
            }
        }
        Ok(())
    }

    /// Sends the requests that are due, within the rate limit. `false` when the system accepts nothing at present.
    fn send(&mut self, in_flight: &mut InFlight) -> bool {
        let now = Instant::now();
        let room = self.limit.room(now).min(MOST_DATAGRAMS);
        self.unsent.retain(|key| in_flight.request(*key).is_some());
        while self.unsent.len() < room {
            match in_flight.due(now) {
                Some(key) => self.unsent.push_back(key),
                None => break,
            }
        }
        let requests = self.unsent.iter().take(room);
        let datagrams: Vec<_> =
            requests.filter_map(|key| in_flight.request(*key).map(|request| (key.0, request))).collect();
        if datagrams.is_empty() {
            return true;
        }
        match self.socket.send(&datagrams) {
            Ok(count) => {
                for key in self.unsent.drain(..count) {
                    self.limit.record_sent(now);
                    in_flight.record_sent(key, now);
                }
                count > 0
            }
            Err(error) => {
                if let Some(key) = self.unsent.pop_front() {
                    in_flight.fail(key, RowError::network(key.0, &error));
                }
                true
            }
        }
    }
}

/// Takes the tickets that are there, and returns whether more may come.
fn take_tickets(tickets: &mut UnboundedReceiver<Ticket>, in_flight: &mut InFlight) -> bool {
    loop {
        match tickets.try_recv() {
            Ok(ticket) => in_flight.extend([ticket]),
            Err(TryRecvError::Empty) => return true,
            Err(TryRecvError::Disconnected) => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::address::ServerUri;
    use crate::probe::source::Source;

    #[tokio::test]
    async fn measuring_without_work_ends_when_no_more_can_come() {
        let (sender, tickets) = mpsc::unbounded_channel();
        let (rows, mut measured) = mpsc::unbounded_channel();
        let (_stop, stopped) = watch::channel(false);
        // This port is closed again.
        let address = std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let uri = ServerUri::parse(&address.to_string(), Kind::Stun).unwrap();
        let target = Target { uri, transport: Transport::Udp, login: None, source: Source::default() };
        sender.send(Ticket::new(0, target.row(), address, None, None)).unwrap();
        let in_flight = InFlight::new(1, Duration::from_secs(5));
        let measuring = tokio::spawn(measure_family(tickets, in_flight, rows, stopped));
        assert!(measured.recv().await.unwrap().last);
        // It waits for more, as for a slow lookup, while the timer of the request expires.
        tokio::time::sleep(Duration::from_millis(700)).await;
        drop(sender);
        tokio::time::timeout(Duration::from_secs(3), measuring)
            .await
            .expect("it does not wait forever")
            .unwrap();
    }
}
