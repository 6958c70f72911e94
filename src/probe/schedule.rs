//! Probes all servers of a plan at once, each until its timeout.

use std::collections::HashSet;
use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;

use super::event_loop::{block_on, resume_panic};
use super::job::{Job, Measured};
use super::lookup::{Lookup, addresses_unless_interrupted};
use super::plan::{Options, Plan, Target};
use super::report::{Code, Family, Progress, Report, Row, RowError, Status, Transport, Update};
use super::{audit, bulk, quality, stun, turn};
use crate::config::address::Kind;
use crate::net::udp;

/// The most servers at once; each needs a socket for each family, a TURN server three, and a name a thread for its
/// lookup. Within the usual limit of 1024 open files.
const AT_ONCE: usize = 128;

/// Carries out a plan: all servers at once, and then the quality of calls over each row that is ok, if that is wanted.
/// `on_update` receives each row as soon as it is measured; what rows say about each other
/// (warnings, a skipped family) is in the report only, which has all rows in the order of the list.
///
/// `interrupt` ends the probe early: it releases its allocations and reports what it has.
///
/// # Errors
/// When the system cannot start an event loop.
pub fn run(
    plan: &Plan,
    interrupt: impl Future<Output = ()>,
    on_update: &mut dyn FnMut(Update<'_>),
) -> io::Result<Report> {
    block_on(probe_all(plan, interrupt, on_update))
}

async fn probe_all(
    plan: &Plan,
    interrupt: impl Future<Output = ()>,
    on_update: &mut dyn FnMut(Update<'_>),
) -> Report {
    if plan.targets.iter().any(|target| target.transport == Transport::Tls) {
        plan.options.trust.prepare();
    }
    let started = Instant::now();
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let (stop, stopped) = watch::channel(false);
    let mut tasks = start(plan, &sender, &stopped);
    drop(sender);

    let mut interrupt = Interrupt { future: pin!(interrupt), stop, is_interrupted: false };
    let mut rows: Vec<Row> = Vec::with_capacity(plan.servers());
    let mut done = Done::new(plan.servers());
    while let Some(Measured { position, mut row, last }) = interrupt.beside(receiver.recv()).await {
        row.index = position;
        if plan.options.audit {
            audit::complete(&mut row);
        }
        if let Some(target) = plan.targets.get(position) {
            row.add_remedies(&target.source, &plan.options.settings_option);
        }
        done.record(position, last, row.status == Status::Ok || row.has_response());
        on_update(match quality::is_wanted(&row, &plan.options) {
            true => Update::Probed(&row),
            false => Update::Row(&row),
        });
        on_update(Update::Progress(done.progress()));
        rows.push(*row);
    }
    while let Some(task) = tasks.join_next().await {
        task.unwrap_or_else(resume_panic);
    }
    if interrupt.is_interrupted {
        rows.extend(missing(plan, &rows));
    }
    rows.sort_unstable_by_key(|row| (row.index, row.family));
    interrupt.beside(quality::measure(&mut rows, plan, &stopped, on_update)).await;
    for row in &mut rows {
        if plan.options.audit {
            audit::complete(row);
        }
        row.lacks_family = row.error.as_ref().is_some_and(|error| error.code == Code::Unreachable)
            && row.address.is_some_and(|address| !udp::has_route(address));
    }
    plan.options.countries.annotate(&mut rows);
    Report { is_interrupted: interrupt.is_interrupted, ..Report::new(rows, started.elapsed()) }
}

/// What ends the probe early.
struct Interrupt<'a, F> {
    future: Pin<&'a mut F>,
    /// Becomes true then.
    stop: watch::Sender<bool>,
    is_interrupted: bool,
}

impl<F: Future<Output = ()>> Interrupt<'_, F> {
    /// Does something until it is done, which an interrupt only makes shorter.
    async fn beside<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        loop {
            tokio::select! {
                result = &mut work => return result,
                () = &mut self.future, if !self.is_interrupted => {
                    self.is_interrupted = true;
                    self.stop.send_replace(true);
                }
            }
        }
    }
}

/// Which servers are finished, and which have responded.
struct Done {
    finished: usize,
    answered: usize,
    /// Both for each server.
    servers: Vec<(bool, bool)>,
    /// All servers before it are finished.
    first: usize,
}

impl Done {
    fn new(servers: usize) -> Self {
        Done { finished: 0, answered: 0, servers: vec![(false, false); servers], first: 0 }
    }

    /// Records a row of a server, which may be its `last` one.
    fn record(&mut self, index: usize, last: bool, has_response: bool) {
        if let Some((is_finished, has_answered)) = self.servers.get_mut(index) {
            self.finished += usize::from(last);
            *is_finished |= last;
            self.answered += usize::from(has_response && !*has_answered);
            *has_answered |= has_response;
        }
        while self.servers.get(self.first).is_some_and(|(is_finished, _)| *is_finished) {
            self.first += 1;
        }
    }

    fn progress(&self) -> Progress {
        let Done { finished, answered, first, .. } = *self;
        let servers = self.servers.len();
        Progress { finished, answered, missing: Some(first).filter(|first| *first < servers), servers }
    }
}

/// Starts a task for each server, and one for all those that are probed in bulk. Servers on a port that browsers block
/// have failed at once.
fn start(plan: &Plan, sender: &mpsc::UnboundedSender<Measured>, stop: &watch::Receiver<bool>) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    let mut open = Vec::with_capacity(plan.servers());
    for (position, target) in plan.targets.iter().enumerate() {
        if target.uri.is_port_blocked() && !plan.options.audit {
            let row = Box::new(target.row().failed(RowError::blocked_port(&target.uri)));
            // The receiver is there until the probe ends.
            drop(sender.send(Measured { position, row, last: true }));
        } else {
            open.push(position);
        }
    }
    let (many, others) = bulk::split(plan, open);
    if !many.is_empty() {
        tasks.spawn(bulk::run(plan.clone(), many, sender.clone(), stop.clone()));
    }
    let turn_servers = plan.targets.iter().filter(|target| target.kind() == Kind::Turn).count();
    let workers = others.len().min(AT_ONCE);
    let queue = Queue {
        plan: plan.clone(),
        positions: Mutex::new(others.into_iter()),
        sender: sender.clone(),
        stop: stop.clone(),
        shares_quota: turn_servers > 1,
    };
    let queue = Arc::new(queue);
    for _ in 0..workers {
        let queue = Arc::clone(&queue);
        tasks.spawn(async move { queue.work().await });
    }
    tasks
}

/// The servers that are not probed in bulk, by their positions in the plan. Each worker takes the next one: a task for each
/// server would take memory for all of them at once.
struct Queue {
    plan: Plan,
    positions: Mutex<std::vec::IntoIter<usize>>,
    sender: mpsc::UnboundedSender<Measured>,
    stop: watch::Receiver<bool>,
    shares_quota: bool,
}

impl Queue {
    /// Probes one server after the other, until none is left or the probe is interrupted.
    async fn work(&self) {
        while let Some((position, target)) = self.next() {
            let Queue { plan, sender, stop, shares_quota, .. } = self;
            let probe = Probe {
                position,
                target,
                options: Arc::clone(&plan.options),
                sender: sender.clone(),
                stop: stop.clone(),
                shares_quota: *shares_quota,
                found: Vec::new(),
            };
            probe.run().await;
        }
    }

    fn next(&self) -> Option<(usize, Target)> {
        if *self.stop.borrow() {
            return None;
        }
        let position = self.positions.lock().unwrap_or_else(PoisonError::into_inner).next()?;
        Some((position, self.plan.targets.get(position)?.clone()))
    }
}

/// Rows for the servers without a row when the probe was interrupted.
fn missing(plan: &Plan, rows: &[Row]) -> Vec<Row> {
    let seen: HashSet<usize> = rows.iter().map(|row| row.index).collect();
    let targets = plan.targets.iter().enumerate().filter(|(position, _)| !seen.contains(position));
    let row = |(position, target): (usize, &Target)| Row {
        index: position,
        ..target.row().failed(RowError::interrupted(&target.uri))
    };
    targets.map(row).collect()
}

/// The probe of one server.
struct Probe {
    position: usize,
    target: Target,
    options: Arc<Options>,
    sender: mpsc::UnboundedSender<Measured>,
    stop: watch::Receiver<bool>,
    /// Whether other rows may have allocations on the same server.
    shares_quota: bool,
    /// All addresses of its name, once they are known.
    found: Vec<SocketAddr>,
}

impl Probe {
    /// Probes the server over all its families at once.
    async fn run(self) {
        let mut row = self.target.row();
        let Lookup { addresses, found, deadline, took } =
            addresses_unless_interrupted(&self.target, &self.options, &self.stop).await;
        let addresses = match addresses {
            Ok(addresses) => addresses,
            Err(error) => return self.report(row.failed(error), true),
        };
        row.lookup = took;
        let shares_quota = self.shares_quota || addresses.len() > 1;
        let this = Arc::new(Probe { shares_quota, found, ..self });
        let mut tasks = JoinSet::new();
        for address in addresses {
            let (this, row) = (Arc::clone(&this), row.clone());
            tasks.spawn(async move { this.probe_address(row, address, deadline, took).await });
        }
        let mut rows = Vec::new();
        while let Some(row) = tasks.join_next().await {
            rows.push(row.unwrap_or_else(resume_panic));
        }
        if !this.options.audit {
            turn::bridge(&mut rows, this.job(deadline, took)).await;
        }
        let count = rows.len();
        for (index, row) in rows.into_iter().enumerate() {
            this.report(row, index + 1 == count);
        }
    }

    fn report(&self, row: Row, last: bool) {
        // Sending fails only when the probe has ended.
        drop(self.sender.send(Measured { position: self.position, row: Box::new(row), last }));
    }

    /// Fills in the row of one address.
    async fn probe_address(
        &self,
        mut row: Row,
        server: SocketAddr,
        deadline: Instant,
        lookup: Duration,
    ) -> Row {
        row.family = Some(Family::of(server));
        row.address = Some(server);
        match self.target.kind() {
            Kind::Turn if self.options.audit => {
                audit::probe(row, server, &self.found, self.job(deadline, lookup)).await
            }
            Kind::Turn => turn::probe(row, server, self.job(deadline, lookup)).await,
            Kind::Stun => stun::probe(row, server, self.job(deadline, lookup)).await,
        }
    }

    fn job(&self, deadline: Instant, lookup: Duration) -> Job<'_> {
        let Probe { target, options, stop, shares_quota, .. } = self;
        Job { target, options, deadline, lookup, shares_quota: *shares_quota, stop }
    }
}
