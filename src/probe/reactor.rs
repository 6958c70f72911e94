//! The one place where protocol meets network: all servers at once, each until its time-out.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::net::UdpSocket;
use tokio::sync::{Semaphore, mpsc};
use tokio::task::{JoinError, JoinSet};
use tokio::time::timeout_at;

use crate::config::address::{self, Host};
use crate::net::{resolve, udp};
use crate::protocol::TransactionId;
use crate::protocol::binding::{Answer, Binding, Failure, Step};

use super::findings;
use super::plan::{Options, Plan, Target, choose};
use super::report::{Family, Kind, Problem, Report, Row, Rtt, Status, Update};

/// How many servers are asked at once; each needs up to two sockets, and a name a thread for its lookup. Well
/// within the usual limit of 1024 open files.
const AT_ONCE: usize = 128;

/// A row on its way from a server's task to the report.
struct Measured {
    /// The server's position in the plan.
    position: usize,
    row: Row,
    /// Whether it is the server's last one.
    last: bool,
}

/// Asks all servers of a plan.
pub(super) async fn run(plan: &Plan, on_update: &mut dyn FnMut(Update<'_>)) -> Report {
    let started = Instant::now();
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let mut tasks = JoinSet::new();
    for (position, target) in plan.targets.iter().cloned().enumerate() {
        let (options, places, sender) = (plan.options, Arc::clone(&places), sender.clone());
        tasks.spawn(async move {
            // The semaphore is never closed; without a place a server would just start earlier.
            let _place = places.acquire().await;
            probe_server(position, target, options, &sender).await;
        });
    }
    drop(sender);

    let mut measured: Vec<Measured> = Vec::with_capacity(plan.servers());
    let mut finished = 0;
    while let Some(next) = receiver.recv().await {
        finished += usize::from(next.last);
        on_update(Update { row: &next.row, finished, servers: plan.servers() });
        measured.push(next);
    }
    while let Some(task) = tasks.join_next().await {
        task.unwrap_or_else(pass_on);
    }
    measured.sort_by_key(|measured| (measured.position, measured.row.family));
    findings::report(measured.into_iter().map(|measured| measured.row).collect(), started.elapsed())
}

/// Asks one server over all its families at once.
async fn probe_server(
    position: usize,
    target: Target,
    options: Options,
    sender: &mpsc::UnboundedSender<Measured>,
) {
    let kind = match target.uri.kind() {
        address::Kind::Stun => Kind::Stun,
        address::Kind::Turn => Kind::Turn,
    };
    let row = Row::new(target.uri.to_string(), kind, target.transport);
    // Sending fails only when nobody is interested any more.
    let report = |row, last| drop(sender.send(Measured { position, row, last }));
    if !target.is_probed() {
        return report(row, true);
    }

    let deadline = Instant::now() + options.timeout;
    let addresses = match addresses(&target, options, deadline).await {
        Ok(addresses) => addresses,
        Err(problem) => return report(row.failed(problem), true),
    };
    let mut rows = JoinSet::new();
    for address in addresses {
        rows.spawn(probe_address(row.clone(), address, options, deadline));
    }
    while let Some(row) = rows.join_next().await {
        report(row.unwrap_or_else(pass_on), rows.is_empty());
    }
}

/// The addresses to ask, at least one. Only a name needs a resolver.
pub(super) async fn addresses(
    target: &Target,
    options: Options,
    deadline: Instant,
) -> Result<Vec<SocketAddr>, Problem> {
    let host = target.uri.host.to_string();
    let found = match &target.uri.host {
        Host::Ip(ip) => vec![SocketAddr::new(ip.to_canonical(), target.uri.port)],
        Host::Name(name) => {
            match timeout_at(deadline.into(), resolve::resolve(name, target.uri.port)).await {
                Ok(Ok(found)) => found,
                Ok(Err(error)) => return Err(Problem::lookup(&host, &error)),
                Err(_) => return Err(Problem::slow_lookup(&host, options.timeout)),
            }
        }
    };
    let chosen = choose(&found, options.family);
    if chosen.is_empty() { Err(Problem::no_address(&host, options.family)) } else { Ok(chosen) }
}

/// Fills in the row of one address.
async fn probe_address(mut row: Row, server: SocketAddr, options: Options, deadline: Instant) -> Row {
    row.family = Some(Family::of(server));
    row.address = Some(server);
    let mut rtts: Vec<Duration> = Vec::new();
    let end = transactions(&mut row, &mut rtts, server, options, deadline).await;
    row.rtt_ms = Rtt::of(rtts);
    match end {
        Ok(()) => row.status = Status::Ok,
        Err(problem) => row = row.failed(problem),
    }
    row
}

/// Makes the transactions of a row, one after the other, until one fails.
///
/// When the time-out ends them early the row is good if one was answered.
async fn transactions(
    row: &mut Row,
    rtts: &mut Vec<Duration>,
    server: SocketAddr,
    options: Options,
    deadline: Instant,
) -> Result<(), Problem> {
    let network = |error: io::Error| Problem::network(server, &error);
    let socket = udp::connect(server).await.map_err(network)?;
    row.local = socket.local_addr().ok().map(|local| local.ip());
    for _ in 0..options.count {
        row.sent += 1;
        match transact(&socket, deadline).await.map_err(network)? {
            Ok(Answer { mapped_address, software, rtt, .. }) => {
                row.received += 1;
                row.mapped_address = Some(mapped_address);
                row.software = software;
                rtts.push(rtt);
            }
            Err(Failure::Silent) if row.received > 0 => return Ok(()),
            Err(failure) => return Err(Problem::transaction(server, failure, options.timeout)),
        }
    }
    Ok(())
}

/// Makes one Binding transaction over a socket that is connected to the server.
pub(super) async fn transact(socket: &UdpSocket, deadline: Instant) -> io::Result<Result<Answer, Failure>> {
    let mut binding = Binding::new(TransactionId::generate(), Instant::now(), deadline);
    let mut buffer = [0; udp::MOST_BYTES];
    loop {
        match binding.poll(Instant::now()) {
            Step::Send(request) => {
                socket.send(request).await?;
            }
            Step::Wait(until) => {
                if let Ok(received) = timeout_at(until.into(), socket.recv(&mut buffer)).await {
                    let length = received?;
                    binding.handle(buffer.get(..length).unwrap_or(&buffer), Instant::now());
                }
            }
            Step::Done(result) => return Ok(result),
        }
    }
}

/// Lets a panic of a task go on in the one that waits for it; tasks are never aborted.
pub(super) fn pass_on<T>(error: JoinError) -> T {
    std::panic::resume_unwind(error.into_panic())
}
