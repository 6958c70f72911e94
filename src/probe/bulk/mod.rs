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
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep_until;

use crate::config::address::Kind;
use crate::net::mass_udp::{MOST_DATAGRAMS, MassSocket};

use super::event_loop::resume_panic;
use super::job::{Measured, interrupted};
use super::lookup::{Lookup, addresses_unless_interrupted};
use super::plan::{Options, Plan, Target};
use super::report::{Family, Row, RowError, Transport};
use in_flight::{InFlight, Key, Unstarted};
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

/// Splits the servers at these positions of a plan into those to probe in bulk, and the others.
pub(super) fn split(plan: &Plan, positions: Vec<usize>) -> (Vec<usize>, Vec<usize>) {
    let fits = |position: &usize| {
        let fits = |target: &Target| target.kind() == Kind::Stun && target.transport == Transport::Udp;
        plan.targets.get(*position).is_some_and(fits)
    };
    if plan.options.count > MOST_TRANSACTIONS
        || positions.iter().filter(|position| fits(position)).count() <= MOST_SOCKETS
    {
        return (Vec::new(), positions);
    }
    positions.into_iter().partition(fits)
}

/// Probes the servers at these positions of the plan, and sends each row as soon as it is measured.
pub(super) async fn run(
    plan: Plan,
    positions: Vec<usize>,
    rows: UnboundedSender<Measured>,
    stop: watch::Receiver<bool>,
) {
    let (ipv4, ipv4_tickets) = mpsc::unbounded_channel();
    let (ipv6, ipv6_tickets) = mpsc::unbounded_channel();
    let mut families = JoinSet::new();
    for (family, tickets) in [(Family::Ipv4, ipv4_tickets), (Family::Ipv6, ipv6_tickets)] {
        let unstarted = without_lookup(&plan, &positions, family);
        let in_flight = InFlight::new(plan.options.count, plan.options.timeout, unstarted);
        families.spawn(measure_family(family, tickets, in_flight, rows.clone(), stop.clone()));
    }

    // Sending fails only when the probe has ended.
    let on_lookup = |position: usize, lookup: Lookup| {
        let Some(target) = plan.targets.get(position) else { return };
        match lookup.addresses {
            Ok(addresses) => {
                let siblings = (addresses.len() > 1).then(|| Arc::new(()));
                for address in addresses {
                    let row = Row { lookup: lookup.took, ..target.row() };
                    let ticket = Ticket::new(position, row, address, Some(lookup.deadline), siblings.clone());
                    let _ = if address.is_ipv4() { ipv4.send(ticket) } else { ipv6.send(ticket) };
                }
            }
            Err(error) => {
                let row = Box::new(target.row().failed(error));
                let _ = rows.send(Measured { position, row, last: true });
            }
        }
    };
    look_up(&plan, positions, &stop, on_lookup).await;
    drop((ipv4, ipv6));
    while let Some(family) = families.join_next().await {
        family.unwrap_or_else(resume_panic);
    }
}

/// The rows of the servers with an IP address of this family.
fn without_lookup(plan: &Plan, positions: &[usize], family: Family) -> Unstarted {
    let (plan, positions) = (plan.clone(), positions.to_vec());
    let ticket = move |position| {
        let target = plan.targets.get(position)?;
        let address = address_without_lookup(target, &plan.options)?;
        (Family::of(address) == family).then(|| Ticket::new(position, target.row(), address, None, None))
    };
    Box::new(positions.into_iter().filter_map(ticket))
}

/// The address of a server that needs no lookup, if it is of a wanted family.
fn address_without_lookup(target: &Target, options: &Options) -> Option<SocketAddr> {
    target.ip_address().filter(|address| options.family.is_none_or(|family| family == Family::of(*address)))
}

/// Looks up the servers that need it, [`MOST_LOOKUPS`] at once, and passes on each result as soon as it arrives.
async fn look_up(
    plan: &Plan,
    positions: Vec<usize>,
    stop: &watch::Receiver<bool>,
    on_lookup: impl Fn(usize, Lookup),
) {
    let needs_lookup = |target: &Target| address_without_lookup(target, &plan.options).is_none();
    let mut positions =
        positions.into_iter().filter(|position| plan.targets.get(*position).is_some_and(needs_lookup));
    let mut lookups = JoinSet::new();
    loop {
        while lookups.len() < MOST_LOOKUPS
            && let Some(position) = positions.next()
        {
            let (plan, stop) = (plan.clone(), stop.clone());
            lookups.spawn(async move {
                let target = plan.targets.get(position)?;
                Some((position, addresses_unless_interrupted(target, &plan.options, &stop).await))
            });
        }
        let Some(next) = lookups.join_next().await else { return };
        if let Some((position, lookup)) = next.unwrap_or_else(resume_panic) {
            on_lookup(position, lookup);
        }
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
    family: Family,
    mut tickets: UnboundedReceiver<Ticket>,
    mut in_flight: InFlight,
    rows: UnboundedSender<Measured>,
    stop: watch::Receiver<bool>,
) {
    // Most runs need one family only.
    if in_flight.is_empty() {
        let Some(first) = tickets.recv().await else { return };
        in_flight.extend([first]);
    }
    let any: IpAddr = match family {
        Family::Ipv4 => Ipv4Addr::UNSPECIFIED.into(),
        Family::Ipv6 => Ipv6Addr::UNSPECIFIED.into(),
    };
    let end = match MassSocket::open(any) {
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
        let in_flight = InFlight::new(1, Duration::from_secs(5), Box::new(std::iter::empty()));
        let measuring = tokio::spawn(measure_family(Family::Ipv4, tickets, in_flight, rows, stopped));
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
