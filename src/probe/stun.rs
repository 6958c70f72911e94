//! The row of a STUN server: Binding transactions, one after the other.

use std::net::SocketAddr;
use std::time::Duration;

use super::connection::Connection;
use super::job::{Job, interrupted};
use super::report::{Row, RowError};
use crate::protocol::{TransactionId, binding, message};

/// Fills in the row of a STUN server at one address.
pub(super) async fn probe(row: Row, server: SocketAddr, job: Job<'_>) -> Row {
    let (mut measured, mut rtts) = (row.clone(), Vec::new());
    let end = tokio::select! {
        end = bindings(&mut measured, &mut rtts, server, job) => end,
        () = interrupted(job.stop) => return row.failed(RowError::interrupted(server)),
    };
    measured.ended(rtts, end)
}

/// Makes the transactions of a row until one fails.
async fn bindings(
    row: &mut Row,
    rtts: &mut Vec<Duration>,
    server: SocketAddr,
    job: Job<'_>,
) -> Result<(), RowError> {
    let mut connection = Connection::open(row, server, job).await?;
    for _ in 0..job.options.count {
        row.sent += 1;
        let request = binding::request(TransactionId::generate());
        let result = connection.transact(request, message::mapped_address, job.deadline).await;
        match result.map_err(|error| RowError::network(server, &error))? {
            Ok(response) => row.record(response, rtts),
            Err(error) => return Err(RowError::transaction(server, error, job.options.timeout)),
        }
    }
    Ok(())
}
