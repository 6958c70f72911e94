//! The quality of a relay: two clients of the server, the largest packet between them, and a call.

use std::net::SocketAddr;
use std::time::Duration;

use super::call::{Call, Outcome};
use super::figures;
use super::grade;
use super::side::Side;
use super::size::Sizes;
use super::verdict::Verdict;
use crate::probe::job::{Job, interrupted};
use crate::probe::plan::Media;
use crate::probe::report::quality::{LargestPacket, Quality};
use crate::probe::report::{Row, RowError};
use crate::probe::turn;
use crate::probe::turn::client::{Client, End};

/// A stream holds at most so much of the media back, but at least so many bytes; more is lost.
const MOST_QUEUED: Duration = Duration::from_secs(1);
const LEAST_QUEUED: usize = 64 * 1024;
/// The least time from which a grade follows, which is the shortest `--duration`.
const LEAST_TIME: Duration = Duration::from_secs(1);

/// Measures the relay of a row; `None` when an interrupt left no time for a call. Releases its allocations in any case.
pub(super) async fn measure(
    row: &Row,
    server: SocketAddr,
    media: Media,
    job: Job<'_>,
) -> Option<(Quality, Option<u8>)> {
    let mut clients = [None, None];
    let end = connect_and_call(&mut row.clone(), &mut clients, server, media, job).await;
    turn::release(&mut clients).await;
    match end {
        Ok(None) => None,
        Ok(Some((outcome, largest))) => graded(&outcome, largest),
        Err(error) => Some((grade::unmeasured(&error.over(row.transport)), None)),
    }
}

async fn connect_and_call(
    row: &mut Row,
    clients: &mut [Option<Client>; 2],
    server: SocketAddr,
    media: Media,
    job: Job<'_>,
) -> Result<Option<(Outcome, Option<LargestPacket>)>, RowError> {
    let mut visited = vec![server];
    let (server, [near, far]) = loop {
        let at = *visited.last().unwrap_or(&server);
        let connected = tokio::select! {
            biased;
            () = interrupted(job.stop) => return Ok(None),
            connected = turn::connect(row, clients, at, job) => connected,
        };
        match connected {
            Ok(allocated) => break (at, allocated),
            Err(End::Failed(error)) => return Err(*error),
            Err(End::Redirected(next)) if turn::can_follow(&visited, next) => visited.push(next),
            Err(End::Redirected(next)) => return Err(RowError::redirected(at, Some(next))),
        }
        // Only one of the two may have been redirected.
        turn::release(clients).await;
    };
    let [Some(first), Some(second)] = clients else { return Ok(None) };
    let network = |error| RowError::network(server, &error);
    let (has_packets, quickest) = (!first.is_over_stream(), first.quickest().unwrap_or_default());
    let queued = most_queued(media);
    let mut near_side = Side::new(first, near, far, queued);
    let mut far_side = Side::new(second, far, near, queued);
    let mut largest = None;
    if has_packets {
        let mut sizes = Sizes::new(&mut near_side, &mut far_side, server, quickest).map_err(network)?;
        largest = tokio::select! {
            biased;
            () = interrupted(job.stop) => return Ok(None),
            largest = sizes.largest() => largest.map_err(network)?,
        };
    }
    for side in [&near_side, &far_side] {
        side.drop_icmp_errors().map_err(network)?;
    }
    Ok(Some((Call::new(near_side, far_side, media).run(job.stop).await, largest)))
}

/// The most bytes that a stream holds back.
fn most_queued(media: Media) -> usize {
    let bits = u64::from(media.bitrate) * MOST_QUEUED.as_secs();
    usize::try_from(bits / 8).unwrap_or(usize::MAX).max(LEAST_QUEUED)
}

/// The quality of a call; `None` when an interrupt left too little of it.
fn graded(outcome: &Outcome, largest_packet: Option<LargestPacket>) -> Option<(Quality, Option<u8>)> {
    let Outcome { up, down, samples, pace, took, least_hops, broken, .. } = outcome;
    if up.sent() == 0 || (*took < LEAST_TIME && broken.is_none()) {
        return None;
    }
    let pace_ms = pace.percentiles();
    let Verdict { grade, reason, .. } = grade::of_call(outcome, pace_ms, largest_packet);
    let quality = Quality {
        grade,
        reason,
        duration_s: figures::rounded(took.as_secs_f64()),
        up: Some(figures::direction(up, *took)),
        down: Some(figures::direction(down, *took)),
        server: figures::leg(samples),
        largest_packet,
        pace_ms,
    };
    Some((quality, *least_hops))
}
