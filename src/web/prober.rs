//! Probes the configured servers at an interval while the Web API runs, in a thread with its own event loop.

use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::current::Current;
use super::log::Log;
use super::reload::Reloaded;
use crate::config::turn::TurnServer;
use crate::probe;
use crate::probe::plan::{Countries, Login, Options, Plan, Server};
use crate::render::probe::prometheus;

/// How long the last round may take to release its allocations.
const RELEASE_TIMEOUT: Duration = Duration::from_secs(5);

/// The results of the last round, as metrics.
#[derive(Clone, Default)]
pub(super) struct Verdicts(Arc<Mutex<String>>);

impl Verdicts {
    pub(super) fn text(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The thread that probes until it is ended.
pub(super) struct Prober {
    stop: Sender<()>,
    ended: Receiver<()>,
}

impl Prober {
    /// Probes all configured servers once per `interval`.
    pub(super) fn start(
        interval: Duration,
        ttl: Duration,
        settings: Arc<Reloaded<Current>>,
        verdicts: Verdicts,
        log: Log,
    ) -> io::Result<Self> {
        let (stop, stopped) = channel();
        let (end, ended) = channel();
        // Create the options once, so that the system's root certificates are read only in the first round that needs
        // them. No metric has a country.
        let options = Options { countries: Countries::none(), ..Options::default() };
        thread::Builder::new().name("prober".to_owned()).spawn(move || {
            loop {
                let started = Instant::now();
                let plan = plan(&settings, ttl, options.clone());
                match probe::run(&plan, &mut |_| {}) {
                    Ok(report) if report.interrupted.is_some() => break,
                    Ok(report) => {
                        *verdicts.0.lock().unwrap_or_else(PoisonError::into_inner) =
                            prometheus::text(&report);
                    }
                    Err(error) => log.error(&format!("cannot probe the servers: {error}")),
                }
                let left = interval.saturating_sub(started.elapsed());
                if stopped.recv_timeout(left) != Err(RecvTimeoutError::Timeout) {
                    break;
                }
            }
            let _: Result<(), _> = end.send(());
        })?;
        Ok(Prober { stop, ended })
    }

    /// Ends the thread. The signal that shuts the server down also ends a running round.
    pub(super) fn end(self) {
        drop(self.stop);
        let _ = self.ended.recv_timeout(RELEASE_TIMEOUT);
    }
}

/// Plans to probe all configured servers with the logins of now.
fn plan(settings: &Reloaded<Current>, ttl: Duration, options: Options) -> Plan {
    let current = settings.latest();
    // A server whose credentials cannot be read is probed without: the result says that they are missing.
    let login = |server: &TurnServer| {
        let login = settings.store().login(server, None, ttl).ok().flatten()?;
        Some(Login { username: login.username, password: login.password.expose().to_owned().into() })
    };
    let stun = current.settings.stun.entries.iter().cloned().map(Server::from);
    let turn = current.settings.turn.entries.iter();
    let turn = turn.map(|server| Server { uri: server.uri.clone(), login: login(server) });
    Plan::new(stun.chain(turn), options).in_order()
}
