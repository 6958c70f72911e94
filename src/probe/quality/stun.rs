//! The quality of the path to a STUN server: Binding requests, spread over a second.

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::verdict::Verdict;
use super::{figures, grade};
use crate::net::arrival::Arrival;
use crate::net::stream::Queue;
use crate::net::timer::Timer;
use crate::probe::connection::Connection;
use crate::probe::job::{Job, interrupted};
use crate::probe::random::transaction_id;
use crate::probe::report::quality::Quality;
use crate::probe::report::{Row, RowError};
use crate::protocol::framing::Frame;
use crate::protocol::samples::Samples;
use crate::protocol::transaction::TransactionError;

/// The number of requests, and the time over which they are spread.
const REQUESTS: u32 = 50;
const SPREAD: Duration = Duration::from_secs(1);
/// The fewest requests from which a grade follows.
const LEAST_REQUESTS: u32 = 10;
/// How long responses have to arrive after the last request.
const GRACE: Duration = Duration::from_secs(1);
/// About how long it takes.
pub(super) const TAKES: Duration = SPREAD;
/// Room for some requests that a stream holds back.
const MOST_QUEUED: usize = 4096;

/// Measures the path to a server; `None` when an interrupt left too little time.
pub(super) async fn measure(row: &Row, server: SocketAddr, job: Job<'_>) -> Option<(Quality, Option<u8>)> {
    let mut samples = Samples::default();
    let started = Instant::now();
    let (mut least_hops, mut scratch) = (None, row.clone());
    let end = tokio::select! {
        biased;
        () = interrupted(job.stop) => Ok(()),
        end = requests(&mut scratch, &mut samples, &mut least_hops, server, job) => end,
    };
    let quality = match end {
        Err(error) if samples.sent() == 0 => grade::unmeasured(&error.over(row.transport)),
        Ok(()) if samples.sent() < LEAST_REQUESTS => return None,
        end => {
            let server = figures::leg(&samples);
            let took = started.elapsed().min(SPREAD);
            let Verdict { grade, reason, .. } = match end {
                Ok(()) => grade::of_requests(server, took),
                Err(error) => grade::of_broken_connection(took, &error.message),
            };
            let duration_s = figures::rounded(took.as_secs_f64());
            Quality {
                grade,
                reason,
                duration_s,
                up: None,
                down: None,
                server,
                largest_packet: None,
                pace_ms: None,
            }
        }
    };
    Some((quality, least_hops))
}

/// Sends the requests, and receives their responses.
async fn requests(
    row: &mut Row,
    samples: &mut Samples,
    least_hops: &mut Option<u8>,
    server: SocketAddr,
    job: Job<'_>,
) -> Result<(), RowError> {
    let network = |error: io::Error| RowError::network(server, &error);
    let mut connection = Connection::open(row, server, job).await?;
    let mut timer = Timer::new().map_err(network)?;
    let mut queue = Queue::new(MOST_QUEUED);
    let start = Instant::now();
    loop {
        *least_hops = connection.least_hops;
        let now = Instant::now();
        let mut wake = start + SPREAD / REQUESTS * samples.sent();
        if samples.sent() == REQUESTS {
            wake = start + SPREAD + GRACE;
            if samples.is_complete() || now >= wake {
                return Ok(());
            }
        } else if now >= wake {
            let request = samples.send(transaction_id(), now);
            connection.post(&request, &mut queue).map_err(network)?;
            continue;
        }
        let on_frame = |frame: Frame<'_>, arrival: Arrival| {
            if let Frame::Message(message) = frame {
                samples.handle(message, arrival.at);
            }
        };
        tokio::select! {
            biased;
            result = timer.wait_until(wake) => result.map_err(network)?,
            result = connection.exchange(&mut queue, on_frame) => {
                match result {
                    Ok(Err(_not_stun)) => {
                        return Err(RowError::transaction(server, TransactionError::NotStun, job.options.timeout));
                    }
                    Err(error) if connection.stream.is_reliable() => return Err(network(error)),
                    // An ICMP error reports a datagram that got lost.
                    Ok(Ok(())) | Err(_) => {}
                }
            }
        }
    }
}
