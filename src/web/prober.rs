//! Probes the configured servers at an interval while the Web API runs.

use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::timeout;

use super::app::App;
use crate::config::turn::TurnServer;
use crate::probe;
use crate::probe::plan::{Countries, Options, Plan, Server};
use crate::render::probe::prometheus;

/// Probes all configured servers once per `interval` and keeps the results of the last round as metrics, until `stop`
/// becomes true, which also ends a running round. Runs in a thread for blocking work, since a probe has its own event
/// loop.
pub(super) fn run(app: &App, interval: Duration, stop: &watch::Receiver<bool>) {
    // Create the options once, so that the system's root certificates are read only in the first round that needs them.
    // No metric has a country.
    let options = Options { countries: Countries::none(), ..Options::default() };
    let stopped = || async {
        let _ = stop.clone().wait_for(|stop| *stop).await;
    };
    loop {
        let started = Instant::now();
        match probe::run(&plan(app, options.clone()), stopped(), &mut |_| {}) {
            Ok(report) if report.is_interrupted => return,
            Ok(report) => app.metrics.set_probe(prometheus::text(&report)),
            Err(error) => app.log.error(&format!("cannot probe the servers: {error}")),
        }
        let left = interval.saturating_sub(started.elapsed());
        if Handle::current().block_on(async { timeout(left, stopped()).await }).is_ok() {
            return;
        }
    }
}

/// Plans to probe all configured servers, with logins that are created now: settings and password files may have changed.
fn plan(app: &App, options: Options) -> Plan {
    let current = app.settings.latest();
    Handle::current().block_on(app.credentials.refresh(&current.settings));
    // A server whose credentials cannot be read is probed without: the result says that they are missing.
    let login = |server: &TurnServer| app.credentials.login(server, None, app.ttl).ok().flatten();
    let stun = current.settings.stun.entries.iter().cloned().map(Server::from);
    let turn = current.settings.turn.entries.iter();
    let turn = turn.map(|server| Server { uri: server.uri.clone(), login: login(server) });
    Plan::new(stun.chain(turn), options)
}
