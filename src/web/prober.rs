//! Probes the configured servers again and again beside the Web API, in a thread with an event loop of its own.

use std::io;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::current::InForce;
use super::log::Log;
use super::reload::Watched;
use crate::config::turn::TurnServer;
use crate::probe;
use crate::probe::plan::{Countries, Login, Options, Plan, Server};
use crate::render::probe::prometheus;

/// How long the last round may take to release what it holds on servers.
const LONGEST_END: Duration = Duration::from_secs(5);

/// The verdicts of the last round, as metrics.
#[derive(Clone, Default)]
pub(super) struct Verdicts(Arc<Mutex<String>>);

impl Verdicts {
    pub(super) fn text(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Probing that goes on until this is ended.
pub(super) struct Prober {
    stop: Sender<()>,
    ended: Receiver<()>,
}

impl Prober {
    /// Probes all servers of the settings once each `interval`.
    pub(super) fn start(
        interval: Duration,
        ttl: Duration,
        settings: Arc<Watched<InForce>>,
        verdicts: Verdicts,
        log: Log,
    ) -> io::Result<Self> {
        let (stop, stopped) = channel();
        let (end, ended) = channel();
        // Made once: the roots of this system are read when the first round needs them. No metric tells a country.
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
                    Err(error) => log.error(&format!("the servers cannot be probed: {error}")),
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

    /// Ends the probing. The signal that ends the server ends a round that is under way, too.
    pub(super) fn end(self) {
        drop(self.stop);
        let _ = self.ended.recv_timeout(LONGEST_END);
    }
}

/// All configured servers with what a client logs in with now.
fn plan(settings: &Watched<InForce>, ttl: Duration, options: Options) -> Plan {
    let in_force = settings.now();
    // Credentials that cannot be read are none: the verdict says that they are missing.
    let login = |server: &TurnServer| {
        let login = settings.store().login(server, None, ttl).ok().flatten()?;
        Some(Login { username: login.username, password: login.password.expose().to_owned().into() })
    };
    let stun = in_force.settings.stun.entries.iter().cloned().map(Server::from);
    let turn = in_force.settings.turn.entries.iter();
    let turn = turn.map(|server| Server { uri: server.uri.clone(), login: login(server) });
    Plan::new(stun.chain(turn), options).in_order()
}
