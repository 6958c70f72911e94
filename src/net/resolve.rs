//! Names to addresses with the system's resolver, which knows hosts files, DNS and search domains.

use std::future::Future;
use std::io;
use std::net::{SocketAddr, ToSocketAddrs as _};

use tokio::sync::Semaphore;
use tokio::task;

/// How many names are looked up at once at most, those included that nobody waits for any more.
pub const MOST_LOOKUPS: usize = 256;

/// The places of lookups. One that was given up keeps its place until the system's resolver ends it: otherwise
/// others would queue for its thread while their own time runs.
static PLACES: Semaphore = Semaphore::const_new(MOST_LOOKUPS);

/// Waits for a place, then begins to look a name up: all its addresses, in the resolver's order, or what the
/// resolver said. Blocks a thread of the runtime, never the caller.
///
/// The system's lookup cannot be called off: whoever stops waiting for it leaves its thread behind, so end the
/// runtime with `shutdown_background`.
pub async fn begin(name: &str, port: u16) -> impl Future<Output = io::Result<Vec<SocketAddr>>> + use<> {
    let place = PLACES.acquire().await;
    let host = (name.to_owned(), port);
    let lookup = task::spawn_blocking(move || {
        let found = host.to_socket_addrs().map(Iterator::collect);
        drop(place);
        found
    });
    async { lookup.await.unwrap_or_else(|error| Err(io::Error::other(error))) }
}
