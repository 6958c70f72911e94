//! Names to addresses with the system's resolver, which knows hosts files, DNS and search domains.

use std::io;
use std::net::SocketAddr;

/// All addresses of a name, in the resolver's order. Blocks a thread of the runtime, never the caller.
///
/// The system's lookup cannot be called off: whoever stops waiting for it leaves its thread behind, so end the
/// runtime with `shutdown_background`.
///
/// # Errors
/// What the resolver said.
pub async fn resolve(name: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
    Ok(tokio::net::lookup_host((name, port)).await?.collect())
}
