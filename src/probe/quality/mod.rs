//! The quality of calls: call-like media through the server of each row that is ok, one row after the other.

mod call;
mod figures;
mod grade;
mod pace;
mod random;
mod relay;
mod side;
mod size;
mod stun;
mod verdict;

use std::time::{Duration, Instant};

use tokio::sync::watch;

use super::job::Job;
use super::plan::{Media, Options, Plan};
use super::report::quality::Quality;
use super::report::{Measurement, Row, Status, Update, WarningCode};
use crate::config::address::Kind;

/// About how long a call takes beside its media: two allocations, their release, and packets on their way.
const BESIDE_MEDIA: Duration = Duration::from_millis(500);

/// The least timeout of a measurement, since a quota may still be used up by the allocations of the row: coturn ends them a
/// second after their release.
const LEAST_TIMEOUT: Duration = Duration::from_secs(5);

/// Whether the quality of a row is measured.
pub(super) fn is_wanted(row: &Row, options: &Options) -> bool {
    options.quality.is_some() && row.status == Status::Ok && row.address.is_some()
}

/// Measures the quality of each row that is ok, and reports the row. After an interrupt no measurement begins.
pub(super) async fn measure(
    rows: &mut [Row],
    plan: &Plan,
    stop: &watch::Receiver<bool>,
    on_update: &mut dyn FnMut(Update<'_>),
) {
    let options = Options { timeout: plan.options.timeout.max(LEAST_TIMEOUT), ..(*plan.options).clone() };
    let Some(media) = options.quality else { return };
    let takes: Vec<Duration> =
        rows.iter().filter(|row| is_wanted(row, &options)).map(|row| takes(row, media)).collect();
    let wanted = rows.iter_mut().filter(|row| is_wanted(row, &options));
    for (number, row) in wanted.enumerate() {
        if !*stop.borrow() {
            let of = |takes: Option<&[Duration]>| takes.unwrap_or_default().iter().sum();
            on_update(Update::Quality(Measurement {
                row,
                number: number + 1,
                rows: takes.len(),
                started: Instant::now(),
                takes: of(takes.get(number..=number)),
                rest: of(takes.get(number + 1..)),
            }));
            row.quality = measure_row(row, plan, &options, media, stop).await.map(Box::new);
        }
        on_update(Update::Row(row));
    }
}

/// About how long the measurement of a row takes.
fn takes(row: &Row, media: Media) -> Duration {
    match row.kind {
        Kind::Turn => media.duration + BESIDE_MEDIA,
        Kind::Stun => stun::TAKES,
    }
}

/// `None` when an interrupt left no time for it.
async fn measure_row(
    row: &mut Row,
    plan: &Plan,
    options: &Options,
    media: Media,
    stop: &watch::Receiver<bool>,
) -> Option<Quality> {
    let (target, server) = (plan.targets.get(row.index)?, row.address?);
    let deadline = Instant::now() + options.timeout;
    // The allocations of the row may not have ended yet.
    let job = Job { target, options, deadline, lookup: Duration::ZERO, shares_quota: true, stop };
    let (quality, least_hops) = match row.kind {
        Kind::Turn => relay::measure(row, server, media, job).await?,
        Kind::Stun => stun::measure(row, server, job).await?,
    };
    if least_hops == Some(1) {
        let message = "its packets arrive with a TTL of 1, so that clients one more router away do not receive them: a known fault of servers in containers; run it in the network of its host (docker: --network host), or update it";
        row.warn(WarningCode::Ttl1, message);
    }
    Some(quality)
}
