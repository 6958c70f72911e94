//! The audit of a TURN server: which peers it would relay to, by permissions alone.
//!
//! No data is sent to anybody: an allocation is created, a permission is requested for each address, and the allocation is
//! released, whatever happens. A permission says what the server is willing to do, not what it can reach.

mod findings;
mod peers;
mod survey;

use std::net::SocketAddr;

use super::job::{Job, interrupted};
use super::report::audit::Audit;
use super::report::{Row, RowError, Status};
use super::turn::client::End;
use super::turn::unusable_login;
use survey::Survey;

/// Fills in the row of a TURN server at one address; `others` are the other addresses of its name. A redirect is not followed:
/// nobody has confirmed that the other server may be audited.
pub(super) async fn probe(mut row: Row, server: SocketAddr, others: &[SocketAddr], job: Job<'_>) -> Row {
    if let Some(error) = unusable_login(job) {
        return row.failed(error);
    }
    let mut survey = Survey::default();
    let end = tokio::select! {
        biased;
        () = interrupted(job.stop) => Err(RowError::interrupted(server).into()),
        end = survey.query(&mut row, server, others, job) => end,
    };
    survey.release().await;
    let error = match end {
        Ok(()) => survey.failure(server, job),
        Err(End::Failed(error)) => Some(*error),
        Err(End::Redirected(next)) => Some(
            RowError::redirected(server, Some(next)).with_hint("audit that server itself, if it is yours"),
        ),
    };
    let audit = survey.audit(server, error.as_ref(), job);
    row = match error {
        Some(error) => row.failed(error),
        None => Row { status: Status::Ok, ..row },
    };
    row.turn.get_or_insert_default().audit = Some(audit);
    row
}

/// Gives the row of a TURN server that was not audited an audit in which everything is unknown.
pub(super) fn complete(row: &mut Row) {
    let why = row.error.as_ref().map_or("it was not audited", |error| &*error.message);
    let audit = Audit::failed(why);
    if let Some(turn) = &mut row.turn {
        turn.audit.get_or_insert(audit);
    }
}
