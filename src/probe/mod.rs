//! Asks servers live whether they work: one row for each server, transport and address family.
//!
//! How rows become a verdict:
//! - A row is `ok` as soon as one of its transactions was answered, whatever became of the others; with `--count`
//!   it shows how many were.
//! - A server fails when none of its rows is `ok` and one is `failed`. Where one family of a name answers and
//!   the other does not, the row of the dead family is `failed` and says why, the other one carries the warning
//!   `family-failed`, and the server counts as working: clients reach it.
//! - When the dead family is `unreachable`, this machine has no route for it, which says nothing about the
//!   server: that row is `skipped`, and keeps its error.
//! - The time-out runs for each server from its start, and bounds lookup and all transactions together. A name
//!   starts when one of the 256 places for lookups is free: the system's resolver takes its time with dead names. At
//!   most 128 servers are under way at once, so that 256 sockets are open at most; more than 64 STUN servers over
//!   UDP share one socket for each family and are all under way.

mod bulk;
mod connect;
mod connection;
pub mod history;
pub mod loopback_server;
pub mod nat;
pub mod plan;
pub mod report;
mod schedule;
mod signals;
mod turn;

use std::future::Future;
use std::io;
use std::sync::atomic::AtomicBool;

use tokio::runtime;

use crate::net::resolve::MOST_LOOKUPS;

use plan::Plan;
use report::{Report, Update};

/// Carries out a plan. `on_update` is told each row as soon as it is measured; what rows say about each other
/// (warnings, a skipped family) is in the report only, which has all rows in the order of the list.
///
/// # Errors
/// When the system refuses what an event loop needs.
pub fn run(plan: &Plan, on_update: &mut dyn FnMut(Update<'_>)) -> io::Result<Report> {
    run_until_signal(plan, &AtomicBool::new(true), on_update)
}

/// Carries out a plan as [`run`] does, for a program that Ctrl-C and SIGTERM end while `exit_at_once` is true.
///
/// It becomes false while servers may hold allocations for this probe: a signal then stops the probe, which
/// releases them and says so in [`Report::interrupted`]. It is true again afterwards.
///
/// # Errors
/// When the system refuses what an event loop needs.
pub fn run_until_signal(
    plan: &Plan,
    exit_at_once: &AtomicBool,
    on_update: &mut dyn FnMut(Update<'_>),
) -> io::Result<Report> {
    block_on(schedule::run(plan, exit_at_once, on_update))
}

/// Runs an event loop until `work` is done.
fn block_on<T>(work: impl Future<Output = T>) -> io::Result<T> {
    let runtime = runtime::Builder::new_current_thread()
        .enable_io()
        .enable_time()
        // A lookup that has begun never waits for a thread.
        .max_blocking_threads(MOST_LOOKUPS)
        .build()?;
    let result = runtime.block_on(work);
    // A lookup that hangs cannot be called off; whoever waits for its thread hangs, too.
    runtime.shutdown_background();
    Ok(result)
}
