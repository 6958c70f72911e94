//! Probes the configured servers at an interval while the Web API runs.

use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::app::App;
use crate::config::turn::TurnServer;
use crate::probe;
use crate::probe::plan::{Countries, Options, Plan, Server};
use crate::render::probe::prometheus;

/// Probes all configured servers once per `interval` and keeps the results of the last round as metrics, until the
/// sender of `stop` is dropped. The signal that shuts the server down also ends a running round.
pub(super) fn run(app: &App, interval: Duration, stop: &Receiver<()>) {
    // Create the options once, so that the system's root certificates are read only in the first round that needs them.
    // No metric has a country.
    let options = Options { countries: Countries::none(), ..Options::default() };
    loop {
        let started = Instant::now();
        match probe::run(&plan(app, options.clone()), &mut |_| {}) {
            Ok(report) if report.interrupted.is_some() => return,
            Ok(report) => app.metrics.set_probe(prometheus::text(&report)),
            Err(error) => app.log.error(&format!("cannot probe the servers: {error}")),
        }
        let left = interval.saturating_sub(started.elapsed());
        if stop.recv_timeout(left) != Err(RecvTimeoutError::Timeout) {
            return;
        }
    }
}

/// Plans to probe all configured servers, with logins that are created now: settings and password files may have changed.
fn plan(app: &App, options: Options) -> Plan {
    let current = app.settings.latest();
    // A server whose credentials cannot be read is probed without: the result says that they are missing.
    let login = |server: &TurnServer| app.settings.store().login(server, None, app.ttl).ok().flatten();
    let stun = current.settings.stun.entries.iter().cloned().map(Server::from);
    let turn = current.settings.turn.entries.iter();
    let turn = turn.map(|server| Server { uri: server.uri.clone(), login: login(server) });
    Plan::new(stun.chain(turn), options).in_order()
}
