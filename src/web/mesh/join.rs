//! How a server that starts joins the other replicas: before it serves clients, it knows them and what they keep.

use std::collections::BTreeMap;
use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_nats::{SubscribeError, Subscriber};
use tokio::sync::{mpsc, watch};
use tokio::time::{sleep, timeout};

use super::awaited::Awaited;
use super::gaps::Gaps;
use super::handle::{Mesh, Status};
use super::link::Link;
use super::roster::Roster;
use super::uptime::Uptime;
use crate::engine::{Connection, Engine, EngineError};
use crate::web::app::App;

/// How long the engine may take to pass on the first message.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long other replicas may take to say that they live.
const GREETING: Duration = Duration::from_millis(250);
/// How long messages that were sent before a goodbye are answered.
const LEAVING: Duration = Duration::from_millis(300);

/// Joins the other replicas of this engine.
///
/// # Errors
/// When the engine does not respond, or does not let this user publish and subscribe.
pub(in crate::web) async fn join(app: &Arc<App>, engine: &Engine) -> Result<Mesh, EngineError> {
    let connection = engine.connect().await?;
    let subject = format!("cowork-calls.{}.calls", engine.address.name());
    let joined = start(app, connection.clone(), &subject);
    let mesh = connection.unless_denied(&subject, joined).await?.ok_or_else(|| EngineError::Unreachable {
        address: connection.address().to_owned(),
        why: "it does not pass messages on".to_owned(),
    })?;
    sleep(GREETING).await;
    mesh.catch_up().await;
    Ok(mesh)
}

/// Says goodbye to the other replicas. The server must run until [`left`].
pub(in crate::web) fn leave(app: &App) -> Option<Instant> {
    let mesh = app.mesh.get()?;
    mesh.leave();
    Some(Instant::now() + LEAVING)
}

/// Waits until the messages that others sent before the goodbye have been answered.
pub(in crate::web) async fn left(until: Option<Instant>) {
    if let Some(until) = until {
        sleep(until.saturating_duration_since(Instant::now())).await;
    }
}

/// Connects this server to the subjects; returns nothing if no message comes back in time.
async fn start(app: &Arc<App>, connection: Connection, subject: &str) -> Option<Mesh> {
    let (to_all, to_this) = subscribe(app, &connection, subject).await.ok()?;
    let (orders, receiver) = mpsc::unbounded_channel();
    let (shown, mut status) = watch::channel(Status::default());
    let now = Instant::now();
    let link = Link {
        app: Arc::clone(app),
        connection,
        subject: subject.to_owned(),
        status: shown,
        host: fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default().trim().to_owned(),
        roster: Roster::default(),
        awaited: Awaited::default(),
        uptime: Uptime::new(now),
        settled: 0,
        unpublished: 0,
        cut: None,
        whole_since: now,
        differing_since: None,
        gaps: Gaps::default(),
        owed: BTreeMap::new(),
        is_leaving: false,
    };
    tokio::spawn(link.run(receiver, to_all, to_this));
    timeout(PATIENCE, status.wait_for(|status| status.is_up)).await.ok()?.ok()?;
    Some(Mesh { orders, status })
}

async fn subscribe(
    app: &App,
    connection: &Connection,
    subject: &str,
) -> Result<(Subscriber, Subscriber), SubscribeError> {
    let client = connection.client();
    let to_this = client.subscribe(format!("{subject}.{}", app.replica)).await?;
    Ok((client.subscribe(subject.to_owned()).await?, to_this))
}
