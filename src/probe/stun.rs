//! The row of a STUN server: Binding transactions, one after the other.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::connection::{Connection, Outcome};
use super::job::{Job, interrupted};
use super::random::transaction_id;
use super::report::stage::Stage;
use super::report::{Row, RowError};
use crate::protocol::transaction::{Transaction, TransactionError};
use crate::protocol::{binding, message};

/// A server that has not responded by now, or only to a retransmission, may be on a path that loses datagrams.
const SUSPICIOUS: Duration = Duration::from_millis(500);
/// The interval of further requests while nothing has arrived.
const SILENT_INTERVAL: Duration = Duration::from_millis(200);
/// The interval of further requests once the server is known to respond.
const SAMPLE_INTERVAL: Duration = Duration::from_millis(20);
/// The requests that tell how much a path loses: one lost of 20 is 5 %.
const SAMPLES: usize = 20;
/// The least wait for outstanding responses.
const STRAGGLERS: Duration = Duration::from_millis(200);

/// Fills in the row of a STUN server at one address.
pub(super) async fn probe(row: Row, server: SocketAddr, job: Job<'_>) -> Row {
    let (mut measured, mut rtts) = (row.clone(), Vec::new());
    let end = tokio::select! {
        end = bindings(&mut measured, &mut rtts, server, job) => end,
        () = interrupted(job.stop) => return row.failed(RowError::interrupted(server)),
    };
    measured.end(rtts, end);
    measured
}

/// Makes the transactions of a row until one fails.
async fn bindings(
    row: &mut Row,
    rtts: &mut Vec<Duration>,
    server: SocketAddr,
    job: Job<'_>,
) -> Result<(), RowError> {
    let network = |error: io::Error| RowError::network(server, &error);
    let mut connection = Connection::open(row, server, job).await?;
    for _ in 0..job.options.count {
        row.sent += 1;
        let started = Instant::now();
        let mut bind = Bind::new(&mut connection, job.deadline);
        let outcome = bind.run().await.map_err(network)?;
        let (sent, received) = bind.samples();
        match outcome {
            Ok(response) => row.record(response, rtts),
            Err(TransactionError::Timeout) => {
                return Err(job.timed_out(server, Stage::Binding, started, connection.quickest));
            }
            Err(error) => {
                row.trip = Some(started.elapsed());
                return Err(RowError::transaction(server, error, job.options.timeout));
            }
        }
        row.warn_of_loss(sent, received);
    }
    Ok(())
}

/// A Binding transaction, and more requests when the path seems to lose datagrams: a browser has 40 seconds for a
/// response, a probe has less, and must not take a lossy path for a silent server.
struct Bind<'a> {
    connection: &'a mut Connection,
    deadline: Instant,
    /// The transaction itself, and the samples.
    transactions: Vec<Transaction<SocketAddr>>,
}

impl<'a> Bind<'a> {
    fn new(connection: &'a mut Connection, deadline: Instant) -> Self {
        let request = binding::request(transaction_id());
        let transactions = vec![connection.start(request, message::mapped_address, deadline)];
        Bind { connection, deadline, transactions }
    }

    /// Returns the first result. Once there is a response, an error of the system says nothing more.
    async fn run(&mut self) -> io::Result<Outcome<SocketAddr>> {
        let end = self.query().await;
        if !matches!(self.first_result(), Some(Ok(_))) {
            end?;
        }
        let first = || self.transactions.first().map(Transaction::outcome);
        Ok(self.first_result().cloned().or_else(first).unwrap_or(Err(TransactionError::Timeout)))
    }

    async fn query(&mut self) -> io::Result<()> {
        let started = Instant::now();
        self.advance(started + SUSPICIOUS).await?;
        if self.connection.stream.is_reliable() || self.first_result().is_some() {
            return self.advance(self.deadline).await;
        }
        while self.first_result().is_none() && Instant::now() < self.deadline {
            self.sample(SILENT_INTERVAL).await?;
        }
        match self.first_result() {
            Some(Ok(_)) => self.measure_loss(started.elapsed()).await,
            _ => Ok(()),
        }
    }

    /// Sends more requests, unless the first response, which took this long, only came from far away.
    async fn measure_loss(&mut self, took: Duration) -> io::Result<()> {
        self.settle(took).await?;
        if self.is_far_away() {
            return Ok(());
        }
        while self.transactions.len() <= SAMPLES && Instant::now() < self.deadline {
            self.sample(SAMPLE_INTERVAL).await?;
        }
        self.settle(STRAGGLERS).await
    }

    /// The first result: a response if there is one.
    fn first_result(&self) -> Option<&Outcome<SocketAddr>> {
        let results = || self.transactions.iter().filter_map(Transaction::result);
        results().find(|result| result.is_ok()).or_else(|| results().next())
    }

    /// Whether all samples were answered, and took as long as the first response: nothing was lost.
    fn is_far_away(&self) -> bool {
        let mut samples = self.transactions.iter().skip(1).map(Transaction::result);
        samples.all(|result| matches!(result, Some(Ok(response)) if response.rtt >= SUSPICIOUS))
    }

    /// Sends another request, once, and handles what arrives during `interval`.
    async fn sample(&mut self, interval: Duration) -> io::Result<()> {
        let request = binding::request(transaction_id());
        let now = Instant::now();
        self.transactions.push(Transaction::over_stream(
            request,
            message::mapped_address,
            now,
            self.deadline,
        ));
        self.advance(now + interval).await
    }

    /// Waits for outstanding responses, at most as long as the slowest one took.
    async fn settle(&mut self, least: Duration) -> io::Result<()> {
        self.advance(Instant::now() + least.max(STRAGGLERS)).await
    }

    /// Handles what arrives until `until`, or until all transactions have ended.
    async fn advance(&mut self, until: Instant) -> io::Result<()> {
        let until = until.min(self.deadline);
        while self.connection.advance(&mut self.transactions, until).await? && Instant::now() < until {}
        Ok(())
    }

    /// How many samples were sent, and how many were answered.
    fn samples(&self) -> (usize, usize) {
        let samples = || self.transactions.iter().skip(1);
        (samples().count(), samples().filter(|sample| matches!(sample.result(), Some(Ok(_)))).count())
    }
}
