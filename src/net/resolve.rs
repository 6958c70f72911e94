//! Resolves names with the system's resolver, which knows hosts files, DNS and search domains.
//!
//! hickory-resolver 0.26, which needs no threads, was measured and is not used: it rejects names such as `my_host.example`,
//! waits longer for a silent server than resolv.conf says, and takes 6.0 s and 15 MiB instead of 2.4 s and 11 MiB for 5,000
//! names that do not exist, 256 at once (all at once: 200 MiB).

use std::future::Future;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs as _};

use tokio::sync::Semaphore;
use tokio::task;

/// The most lookups at once, including those that were given up but have not ended.
pub const MOST_LOOKUPS: usize = 256;

/// The slots for lookups. A lookup that was given up keeps its slot until the system's resolver ends it: otherwise
/// others would queue for its thread while their own time runs.
static SLOTS: Semaphore = Semaphore::const_new(MOST_LOOKUPS);

/// Waits for a slot, then starts to look a name up. The result has all its addresses in the resolver's order, or the
/// resolver's error. Blocks a thread of the runtime, never the caller.
///
/// The system's lookup cannot be cancelled: a caller that stops waiting leaves its thread behind, so end the runtime
/// with `shutdown_background`.
pub async fn start(name: &str, port: u16) -> impl Future<Output = io::Result<Vec<SocketAddr>>> + use<> {
    let slot = SLOTS.acquire().await;
    let host = (name.to_owned(), port);
    let lookup = task::spawn_blocking(move || {
        let found = host.to_socket_addrs().map(Iterator::collect);
        drop(slot);
        found
    });
    async { lookup.await.unwrap_or_else(|error| Err(io::Error::other(error))) }
}
