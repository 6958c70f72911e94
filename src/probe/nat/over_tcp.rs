//! Whether a server that does not respond over UDP does so over TCP: then it runs, and UDP is blocked on the way to it.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tokio::time::timeout_at;

use crate::config::address::ServerUri;
use crate::net::stream::{Stream, connect_tcp};
use crate::probe::connection::Connection;
use crate::probe::event_loop::resume_panic;
use crate::probe::random::transaction_id;
use crate::protocol::binding;
use crate::protocol::transaction::TransactionError;

/// The most servers that are queried; one that responds is enough.
const MOST: usize = 32;

/// Queries servers at their addresses over TCP, all at once. Returns the one that responds first within `timeout`.
pub(super) async fn first_to_respond(
    servers: Vec<(ServerUri, SocketAddr)>,
    timeout: Duration,
) -> Option<ServerUri> {
    let deadline = Instant::now() + timeout;
    let queries = servers.into_iter().take(MOST);
    let mut queries: JoinSet<_> = queries
        .map(|(server, address)| async move { responds(address, deadline).await.then_some(server) })
        .collect();
    while let Some(responding) = queries.join_next().await {
        if let Some(server) = responding.unwrap_or_else(resume_panic) {
            return Some(server);
        }
    }
    None
}

/// Whether a server responds with STUN. An error response counts, too: it got through.
async fn responds(server: SocketAddr, deadline: Instant) -> bool {
    let Ok(Ok(tcp)) = timeout_at(deadline.into(), connect_tcp(server)).await else { return false };
    let request = binding::request(transaction_id());
    let response = Connection::new(Stream::Tcp(tcp)).transact(request, binding::addresses, deadline).await;
    matches!(response, Ok(Ok(_) | Err(TransactionError::ErrorResponse(_))))
}
