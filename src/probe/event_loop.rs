//! The event loop that a probe runs in.

use std::future::Future;
use std::io;

use tokio::runtime;
use tokio::task::JoinError;

use crate::net::resolve::MOST_LOOKUPS;

/// Runs an event loop until `work` is done.
pub(super) fn block_on<T>(work: impl Future<Output = T>) -> io::Result<T> {
    let runtime = runtime::Builder::new_current_thread()
        .enable_io()
        // The usual 1024 would cost a small probe three more pages.
        .max_io_events_per_tick(64)
        .enable_time()
        // A lookup that has a slot never waits for a thread.
        .max_blocking_threads(MOST_LOOKUPS)
        .build()?;
    let result = runtime.block_on(work);
    // A lookup cannot be cancelled, so waiting for its thread could hang.
    runtime.shutdown_background();
    Ok(result)
}

/// Continues the panic of a task in the task that waits for it; tasks are never aborted.
pub(super) fn resume_panic<T>(error: JoinError) -> T {
    std::panic::resume_unwind(error.into_panic())
}
