//! Many STUN servers over UDP: all of them over one socket for each address family, at a pace of their own.
//!
//! Row by row the outcome is that of a server with a socket of its own: answers count only from the address that
//! was asked, and for the transaction that it was asked about; requests are sent again as RFC 8489 says. ICMP
//! refusals come through the socket's error queue; where a machine sends few of them, a row says `timeout`.

mod in_flight;
mod rate_limit;
mod ticket;

use std::collections::VecDeque;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc::error::TryRecvError;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::sleep_until;

use crate::config::address::{Host, Kind};
use crate::net::mass_udp::{MOST_DATAGRAMS, MassSocket};

use crate::probe::plan::{Options, Target};
use crate::probe::report::{Row, RowError, Transport};
use crate::probe::schedule::{Found, Measured};
use crate::probe::{report, schedule};
use in_flight::{InFlight, Key};
use rate_limit::RateLimit;
use ticket::Ticket;

/// Up to this many servers have sockets of their own.
const MOST_SOCKETS: usize = 64;
/// Up to this many transactions a row; longer series of thousands of rows would take too much memory at once.
const MOST_TRANSACTIONS: u32 = 16;
/// How many names are waited for at once.
const MOST_LOOKUPS: usize = 128;
/// How often a socket is read before it is time to send again.
const MOST_READS: usize = 16;
/// How long to wait when the system has no room for another datagram.
const BLOCKED: Duration = Duration::from_millis(1);

/// A server, and its position in the plan.
pub(crate) type Server = (usize, Target);

/// The servers to ask in bulk, and the others.
pub(crate) fn split(targets: &[Target], options: &Options) -> (Vec<Server>, Vec<Server>) {
    let fits = |target: &Target| target.kind() == Kind::Stun && target.transport == Transport::Udp;
    let many = targets.iter().filter(|target| fits(target)).count() > MOST_SOCKETS;
    let servers = targets.iter().cloned().enumerate();
    servers.partition(|(_, target)| many && options.count <= MOST_TRANSACTIONS && fits(target))
}

/// Asks all servers, and sends each row as soon as it is measured.
pub(crate) async fn run(
    servers: Vec<Server>,
    options: Arc<Options>,
    rows: UnboundedSender<Measured>,
    stop: watch::Receiver<bool>,
) {
    let servers: Arc<[Server]> = servers.into();
    let desk = Desk { servers: Arc::clone(&servers), rows };
    let (ipv4, ipv4_tickets) = mpsc::unbounded_channel();
    let (ipv6, ipv6_tickets) = mpsc::unbounded_channel();
    let mut lanes = JoinSet::new();
    for tickets in [ipv4_tickets, ipv6_tickets] {
        let flights = InFlight::new(options.count, options.timeout);
        lanes.spawn(lane(tickets, flights, desk.clone(), stop.clone()));
    }
    // A lane ends only when nobody can send it tickets any more.
    let assign = |ticket: Ticket| {
        drop(if ticket.address.is_ipv4() { ipv4.send(ticket) } else { ipv6.send(ticket) });
    };

    // Names take their time: those with an address go first.
    for (server, (_, target)) in servers.iter().enumerate().filter(|(_, server)| !has_name(server)) {
        let found = schedule::addresses(target, &options).await.addresses;
        desk.admit(server, found, None, &assign);
    }
    let mut lookups = JoinSet::new();
    for (server, (_, target)) in servers.iter().enumerate().filter(|(_, server)| has_name(server)) {
        if lookups.len() >= MOST_LOOKUPS {
            admit_next(&mut lookups, &desk, &assign).await;
        }
        let (target, options, stop) = (target.clone(), Arc::clone(&options), stop.clone());
        lookups.spawn(async move { (server, schedule::wanted_addresses(&target, &options, &stop).await) });
    }
    while admit_next(&mut lookups, &desk, &assign).await {}
    drop((ipv4, ipv6));
    while let Some(lane) = lanes.join_next().await {
        lane.unwrap_or_else(schedule::resume_panic);
    }
}

fn has_name((_, target): &Server) -> bool {
    matches!(target.uri.host, Host::Name(_))
}

/// Waits for the lookup of a server's name; `false` when there is none.
async fn admit_next(lookups: &mut JoinSet<(usize, Found)>, desk: &Desk, assign: &impl Fn(Ticket)) -> bool {
    let Some(next) = lookups.join_next().await else { return false };
    let (server, Found { addresses, deadline }) = next.unwrap_or_else(schedule::resume_panic);
    desk.admit(server, addresses, Some(deadline), assign);
    true
}

/// Where servers become rows.
#[derive(Clone)]
struct Desk {
    servers: Arc<[Server]>,
    rows: UnboundedSender<Measured>,
}

impl Desk {
    /// Assigns a ticket to each address of a server, or reports that it has none.
    fn admit(
        &self,
        server: usize,
        found: Result<Vec<SocketAddr>, RowError>,
        deadline: Option<Instant>,
        assign: &impl Fn(Ticket),
    ) {
        match found {
            Ok(addresses) => {
                let siblings = (addresses.len() > 1).then(|| Arc::new(()));
                for address in addresses {
                    assign(Ticket { server, address, deadline, siblings: siblings.clone() });
                }
            }
            Err(problem) => self.report(server, |row| (row.failed(problem), true)),
        }
    }

    /// Reports the row of a server; `fill` also says whether it is the last one.
    fn report(&self, server: usize, fill: impl FnOnce(Row) -> (Row, bool)) {
        let Some((position, target)) = self.servers.get(server) else { return };
        let (row, last) = fill(Row::new(target.uri.to_string(), report::Kind::Stun, target.transport));
        // Sending fails only when nobody is interested any more.
        let _ = self.rows.send(Measured { position: *position, row, last });
    }

    /// Reports the rows that are through.
    fn report_landed(&self, flights: &mut InFlight) {
        while let Some(landed) = flights.landed() {
            self.report(landed.server(), |row| landed.fill(row));
        }
    }
}

/// Measures all rows of one address family.
async fn lane(
    mut tickets: UnboundedReceiver<Ticket>,
    mut flights: InFlight,
    desk: Desk,
    mut stop: watch::Receiver<bool>,
) {
    // Most runs need one family only.
    let Some(first) = tickets.recv().await else { return };
    let opened = MassSocket::open(first.address.ip());
    flights.push(first);
    let end = match opened {
        Ok(socket) => {
            let mut lane = Lane { socket, pace: RateLimit::default(), unsent: VecDeque::new() };
            tokio::select! {
                end = lane.run(&mut flights, &mut tickets, &desk) => end.map_err(Some),
                _ = stop.wait_for(|stop| *stop) => Err(None),
            }
        }
        Err(error) => Err(Some(error)),
    };
    if let Err(error) = end {
        while let Some(ticket) = tickets.recv().await {
            flights.push(ticket);
        }
        flights.abandon(|address| match &error {
            Some(error) => RowError::network(address, error),
            None => RowError::interrupted(address),
        });
        desk.report_landed(&mut flights);
    }
}

/// A socket and what goes over it.
struct Lane {
    socket: MassSocket,
    pace: RateLimit,
    /// Requests that are due and have not been sent yet.
    unsent: VecDeque<Key>,
}

impl Lane {
    /// Measures until all is measured, or the socket is of no use.
    async fn run(
        &mut self,
        flights: &mut InFlight,
        tickets: &mut UnboundedReceiver<Ticket>,
        desk: &Desk,
    ) -> io::Result<()> {
        loop {
            let more = take_in(tickets, flights);
            // Between two bursts of requests all that has arrived is read: no receive buffer runs over.
            self.hear(flights)?;
            let blocked = !self.ask(flights);
            desk.report_landed(flights);
            if !more && flights.is_empty() {
                return Ok(());
            }

            let now = Instant::now();
            let wake = match (blocked, self.pace.wake()) {
                (true, _) => Some(now + BLOCKED),
                (false, Some(room)) => Some(room),
                (false, None) => flights.wake(now),
            };
            match wake {
                // Others get their turn, and the runtime looks at the socket.
                Some(wake) if wake <= now => tokio::task::yield_now().await,
                wake => {
                    tokio::select! {
                        arrival = self.socket.arrival() => arrival?,
                        // None says that no more will come, which the loop has to see, too.
                        ticket = tickets.recv(), if more => flights.extend(ticket),
                        () = sleep(wake) => {}
                    }
                }
            }
        }
    }

    /// Takes in what has arrived, but not without end: others may send faster than it is read.
    fn hear(&mut self, flights: &mut InFlight) -> io::Result<()> {
        let pace = &mut self.pace;
        for _ in 0..MOST_READS {
            let read = self.socket.receive(|arrival| {
                if let Some(sent) = flights.arrived(&arrival, Instant::now()) {
                    pace.answered(sent);
                }
            })?;
            if read == 0 {
                break;
            }
        }
        for _ in 0..MOST_READS {
            let read = self.socket.refusals(|refusal| {
                if let Some(sent) = flights.refused(&refusal) {
                    pace.answered(sent);
                }
            })?;
            if read == 0 {
                break;
            }
        }
        Ok(())
    }

    /// Sends what is due and has room. `false` when the system takes nothing at present.
    fn ask(&mut self, flights: &mut InFlight) -> bool {
        let now = Instant::now();
        let room = self.pace.room(now).min(MOST_DATAGRAMS);
        self.unsent.retain(|key| flights.request(*key).is_some());
        while self.unsent.len() < room {
            match flights.due(now) {
                Some(key) => self.unsent.push_back(key),
                None => break,
            }
        }
        let requests = self.unsent.iter().take(room);
        let datagrams: Vec<_> =
            requests.filter_map(|key| flights.request(*key).map(|request| (key.0, request))).collect();
        if datagrams.is_empty() {
            return true;
        }
        match self.socket.send(&datagrams) {
            Ok(count) => {
                for key in self.unsent.drain(..count) {
                    self.pace.sent(now);
                    flights.sent(key, now);
                }
                count > 0
            }
            Err(error) => {
                if let Some(key) = self.unsent.pop_front() {
                    flights.unsent(key, &error);
                }
                true
            }
        }
    }
}

/// Takes in the tickets that are there, and says whether more may come.
fn take_in(tickets: &mut UnboundedReceiver<Ticket>, flights: &mut InFlight) -> bool {
    loop {
        match tickets.try_recv() {
            Ok(ticket) => flights.push(ticket),
            Err(TryRecvError::Empty) => return true,
            Err(TryRecvError::Disconnected) => return false,
        }
    }
}

/// Sleeps until `wake`, or for ever.
async fn sleep(wake: Option<Instant>) {
    match wake {
        Some(wake) => sleep_until(wake.into()).await,
        None => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::address::ServerUri;

    #[tokio::test]
    async fn a_lane_without_work_ends_when_no_more_can_come() {
        let (sender, tickets) = mpsc::unbounded_channel();
        let (rows, mut measured) = mpsc::unbounded_channel();
        let (_stop, stopped) = watch::channel(false);
        // Nobody has this port any more.
        let address = std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let uri = ServerUri::parse(&address.to_string(), Kind::Stun).unwrap();
        let target = Target { uri, transport: Transport::Udp, login: None };
        let desk = Desk { servers: Arc::from([(0, target)]), rows };
        sender.send(Ticket { server: 0, address, deadline: None, siblings: None }).unwrap();
        let lane = tokio::spawn(lane(tickets, InFlight::new(1, Duration::from_secs(5)), desk, stopped));
        assert!(measured.recv().await.unwrap().last);
        // It waits for more now, as it does for a name that takes its time; the timer of the request goes by.
        tokio::time::sleep(Duration::from_millis(700)).await;
        drop(sender);
        tokio::time::timeout(Duration::from_secs(3), lane).await.expect("it does not wait for ever").unwrap();
    }
}
