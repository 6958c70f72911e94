//! The one place where protocol meets network: all servers at once, each until its time-out.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::{JoinError, JoinSet};
use tokio::time::timeout_at;

use crate::config::address;
use crate::config::address::Host;
use crate::net::resolve;
use crate::protocol::transaction::Answer;
use crate::protocol::{TransactionId, binding, message};

use super::connect::connect;
use super::plan::{Options, Plan, Target, choose};
use super::report::{Family, Report, Row, RowError, Rtt, Transport, Update, Warning, WarningCode, findings};
use super::signals::Signals;
use super::turn::Job;
use super::{bulk, turn};

/// How many servers are asked at once; each needs a socket for each family, of TURN two, and a name a thread for its
/// lookup. Well within the usual limit of 1024 open files.
const AT_ONCE: usize = 128;

/// A row on its way from a server's task to the report.
pub(super) struct Measured {
    /// The server's position in the plan.
    pub(super) position: usize,
    pub(super) row: Row,
    /// Whether it is the server's last one.
    pub(super) last: bool,
}

/// Asks all servers of a plan. While allocations may exist `exit_at_once` is false: signals then end the probe in
/// good order instead of the program.
pub(super) async fn run(
    plan: &Plan,
    exit_at_once: &AtomicBool,
    on_update: &mut dyn FnMut(Update<'_>),
) -> Report {
    // First the ear for signals, then the order not to exit: none is lost between the two.
    let mut signals = if plan.ends_in_order() { Signals::watch() } else { None };
    let ends_itself = signals.is_some();
    if ends_itself {
        exit_at_once.store(false, Ordering::SeqCst);
    }
    if plan.targets.iter().any(|target| target.transport == Transport::Tls) {
        plan.options.trust.prepare();
    }

    let started = Instant::now();
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let (stop, stopped) = watch::channel(false);
    let mut tasks = start(plan, &sender, &stopped);
    drop((sender, stopped));

    let mut measured: Vec<Measured> = Vec::with_capacity(plan.servers());
    let mut finished = 0;
    let mut interrupted = None;
    loop {
        let next = tokio::select! {
            next = receiver.recv() => next,
            signal = Signals::next(&mut signals), if interrupted.is_none() => {
                interrupted = Some(signal);
                stop.send_replace(true);
                continue;
            }
        };
        let Some(next) = next else { break };
        finished += usize::from(next.last);
        on_update(Update { row: &next.row, finished, servers: plan.servers() });
        measured.push(next);
    }
    while let Some(task) = tasks.join_next().await {
        task.unwrap_or_else(resume_panic);
    }
    if ends_itself {
        exit_at_once.store(true, Ordering::SeqCst);
    }
    if interrupted.is_some() {
        measured.extend(missing(plan, &measured));
    }
    measured.sort_by_key(|measured| (measured.position, measured.row.family));
    let mut rows: Vec<Row> = measured.into_iter().map(|measured| measured.row).collect();
    plan.options.countries.annotate(&mut rows);
    Report { interrupted, ..findings::report(rows, started.elapsed()) }
}

/// Starts a task for each server, and one for all those that are asked in bulk.
fn start(plan: &Plan, sender: &mpsc::UnboundedSender<Measured>, stop: &watch::Receiver<bool>) -> JoinSet<()> {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let mut tasks = JoinSet::new();
    let (many, others) = bulk::split(&plan.targets, &plan.options);
    if !many.is_empty() {
        tasks.spawn(bulk::run(many, Arc::clone(&plan.options), sender.clone(), stop.clone()));
    }
    let is_crowded = plan.targets.iter().filter(|target| target.kind() == address::Kind::Turn).count() > 1;
    for (position, target) in others {
        let (options, places, mut stop) = (Arc::clone(&plan.options), Arc::clone(&places), stop.clone());
        let (sender, own_stop) = (sender.clone(), stop.clone());
        let probe = Probe { position, target, options, sender, stop: own_stop, is_crowded };
        tasks.spawn(async move {
            tokio::select! {
                // The semaphore is never closed; without a place a server would just start earlier.
                _place = places.acquire() => probe.run().await,
                () = stopped(&mut stop) => {}
            }
        });
    }
    tasks
}

/// Waits until the program is asked to end.
pub(super) async fn stopped(stop: &mut watch::Receiver<bool>) {
    if stop.wait_for(|stop| *stop).await.is_err() {
        // Nobody is left who could ask.
        std::future::pending::<()>().await;
    }
}

/// Rows for the servers that nothing was heard of before the program was asked to end.
fn missing(plan: &Plan, measured: &[Measured]) -> Vec<Measured> {
    let seen: HashSet<usize> = measured.iter().map(|measured| measured.position).collect();
    let targets = plan.targets.iter().enumerate().filter(|(position, _)| !seen.contains(position));
    let row = |target: &Target| target.row().failed(RowError::interrupted(&target.uri));
    targets.map(|(position, target)| Measured { position, row: row(target), last: true }).collect()
}

/// One server of the plan, on its way.
struct Probe {
    position: usize,
    target: Target,
    options: Arc<Options>,
    sender: mpsc::UnboundedSender<Measured>,
    stop: watch::Receiver<bool>,
    /// Whether other rows may have allocations on the same server.
    is_crowded: bool,
}

impl Probe {
    /// Asks the server over all its families at once.
    async fn run(self) {
        let mut row = self.target.row();
        if self.target.is_dtls() {
            row.warnings.push(Warning {
                code: WarningCode::TransportNotInBrowsers,
                message: "this is TURN over DTLS, which browsers do not speak: use '?transport=tcp'"
                    .to_owned(),
            });
            return self.report(row, true);
        }
        let Found { addresses, deadline } = wanted_addresses(&self.target, &self.options, &self.stop).await;
        let addresses = match addresses {
            Ok(addresses) => addresses,
            Err(problem) => return self.report(row.failed(problem), true),
        };
        let is_crowded = self.is_crowded || addresses.len() > 1;
        let this = Arc::new(Probe { is_crowded, ..self });
        let mut rows = JoinSet::new();
        for address in addresses {
            let (this, row) = (Arc::clone(&this), row.clone());
            rows.spawn(async move { this.probe_address(row, address, deadline).await });
        }
        let mut done = Vec::new();
        while let Some(row) = rows.join_next().await {
            done.push(row.unwrap_or_else(resume_panic));
        }
        turn::bridge(&mut done, this.job(deadline)).await;
        let count = done.len();
        for (index, row) in done.into_iter().enumerate() {
            this.report(row, index + 1 == count);
        }
    }

    /// Sending fails only when nobody is interested any more.
    fn report(&self, row: Row, last: bool) {
        drop(self.sender.send(Measured { position: self.position, row, last }));
    }

    /// Fills in the row of one address.
    async fn probe_address(&self, mut row: Row, server: SocketAddr, deadline: Instant) -> Row {
        row.family = Some(Family::of(server));
        row.address = Some(server);
        match self.target.kind() {
            address::Kind::Turn => turn::probe(row, server, self.job(deadline)).await,
            address::Kind::Stun => {
                let mut stop = self.stop.clone();
                tokio::select! {
                    row = stun(row.clone(), server, self.job(deadline)) => row,
                    () = stopped(&mut stop) => row.failed(RowError::interrupted(server)),
                }
            }
        }
    }

    fn job(&self, deadline: Instant) -> Job<'_> {
        let Probe { target, options, stop, is_crowded, .. } = self;
        Job { target, options, deadline, is_crowded: *is_crowded, stop }
    }
}

/// What the lookup of a server brought.
pub(super) struct Found {
    /// The addresses to ask, at least one.
    pub(super) addresses: Result<Vec<SocketAddr>, RowError>,
    /// When the time of the server is over: it runs since the lookup began.
    pub(super) deadline: Instant,
}

/// The addresses to ask as [`addresses`] finds them, unless nobody wants to know any more.
pub(super) async fn wanted_addresses(
    target: &Target,
    options: &Options,
    stop: &watch::Receiver<bool>,
) -> Found {
    let mut stop = stop.clone();
    tokio::select! {
        // Who is asked to end does not even begin to look up.
        biased;
        _ = stop.wait_for(|stop| *stop) => {
            Found { addresses: Err(RowError::interrupted(&target.uri.host)), deadline: Instant::now() }
        }
        found = addresses(target, options) => found,
    }
}

/// Looks a server up. Only a name needs a resolver, and its time does not run while it waits for one.
pub(super) async fn addresses(target: &Target, options: &Options) -> Found {
    let host = target.uri.host.to_string();
    let (found, deadline) = match &target.uri.host {
        Host::Ip(ip) => {
            let address = SocketAddr::new(ip.to_canonical(), target.uri.port);
            (Ok(vec![address]), Instant::now() + options.timeout)
        }
        Host::Name(name) => {
            let lookup = resolve::begin(name, target.uri.port).await;
            let deadline = Instant::now() + options.timeout;
            let found = match timeout_at(deadline.into(), lookup).await {
                Ok(found) => found.map_err(|error| RowError::lookup(&host, &error)),
                Err(_) => Err(RowError::slow_lookup(&host, options.timeout)),
            };
            (found, deadline)
        }
    };
    let addresses = found.map(|found| choose(&found, options.family)).and_then(|chosen| {
        if chosen.is_empty() { Err(RowError::no_address(&host, options.family)) } else { Ok(chosen) }
    });
    Found { addresses, deadline }
}

/// Fills in the row of a STUN server at one address.
async fn stun(mut row: Row, server: SocketAddr, job: Job<'_>) -> Row {
    let mut rtts: Vec<Duration> = Vec::new();
    let end = bindings(&mut row, &mut rtts, server, job).await;
    row.rtt_ms = Rtt::of(rtts);
    row.ended(end)
}

/// Makes the transactions of a row, one after the other, until one fails.
async fn bindings(
    row: &mut Row,
    rtts: &mut Vec<Duration>,
    server: SocketAddr,
    job: Job<'_>,
) -> Result<(), RowError> {
    let mut conversation = connect(row, job.target, server, job.options, job.deadline).await?;
    for _ in 0..job.options.count {
        row.sent += 1;
        let request = binding::request(TransactionId::generate());
        let result = conversation.transact(request, message::mapped_address, job.deadline).await;
        match result.map_err(|error| RowError::network(server, &error))? {
            Ok(Answer { value: mapped_address, software, rtt }) => {
                row.received += 1;
                row.mapped_address = Some(mapped_address);
                row.software = software;
                rtts.push(rtt);
            }
            Err(failure) => return Err(RowError::transaction(server, failure, job.options.timeout)),
        }
    }
    Ok(())
}

/// Lets a panic of a task go on in the one that waits for it; tasks are never aborted.
pub(super) fn resume_panic<T>(error: JoinError) -> T {
    std::panic::resume_unwind(error.into_panic())
}
