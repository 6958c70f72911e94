//! Probes the configured servers at an interval while the Web API runs.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::timeout;

use super::app::App;
use super::log::Log;
use crate::config::turn::TurnServer;
use crate::probe;
use crate::probe::plan::{Countries, Options, Plan, Server};
use crate::probe::report::{Code, Report, Row, RowError, Status};
use crate::probe::source::Source;
use crate::render::probe::prometheus;
use crate::store::expiry;

/// Probes all configured servers once per `interval` and keeps the results of the last round as metrics, until `stop`
/// becomes true, which also ends a running round. Logs which servers begin to fail, and which work again. Runs in a thread
/// for blocking work, since a probe has its own event loop.
pub(super) fn run(app: &App, interval: Duration, stop: &watch::Receiver<bool>) {
    // Create the options once, so that the system's root certificates are read only in the first round that needs them.
    // No metric has a country.
    let options = Options { countries: Countries::none(), ..Options::default() };
    let stopped = || async {
        let _ = stop.clone().wait_for(|stop| *stop).await;
    };
    let mut failing = Failing::default();
    loop {
        let started = Instant::now();
        match probe::run(&plan(app, options.clone()), stopped(), &mut |_| {}) {
            Ok(report) if report.is_interrupted => return,
            Ok(report) => {
                failing.log_changes(&report, &app.log);
                app.metrics.set_probe(prometheus::text(&report));
            }
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
    let expiry = expiry(app.ttl);
    let login = |server: &TurnServer| app.credentials.login(server, None, expiry).ok().flatten();
    let (stun, turn) = (&current.settings.stun.entries, &current.settings.turn.entries);
    let stun = (1..).zip(stun).map(|(position, uri)| Server {
        source: Source { position: Some(position), is_only: stun.len() == 1, ..Source::default() },
        ..uri.clone().into()
    });
    let turn = (1..).zip(turn).map(|(position, server)| Server {
        uri: server.uri.clone(),
        login: login(server),
        source: Source::new(Some(position), turn.len(), server),
    });
    Plan::new(stun.chain(turn), options)
}

/// The servers that failed in the last round, by URI, each with its error code and that of STUN.
#[derive(Debug, Default)]
struct Failing(BTreeMap<String, Error>);

type Error = (Code, Option<u16>);

/// A server that begins to fail, fails in another way, or works again.
#[derive(Debug, PartialEq, Eq)]
enum Change<'a> {
    Fails(&'a str, &'a RowError),
    Works(&'a str),
}

impl Failing {
    fn log_changes(&mut self, report: &Report, log: &Log) {
        for change in self.update(report) {
            match change {
                Change::Fails(uri, error) => log.server_fails(uri, error),
                Change::Works(uri) => log.server_works(uri),
            }
        }
    }

    /// Returns what has changed since the last round.
    fn update<'a>(&mut self, report: &'a Report) -> Vec<Change<'a>> {
        let last = std::mem::take(&mut self.0);
        let mut changes = Vec::new();
        for server in report.by_server() {
            let Some(uri) = server.first().map(|row| &row.uri) else { continue };
            let known = last.get(uri);
            match (Report::verdict(server), server.iter().find_map(error)) {
                (Status::Failed, Some(error)) => {
                    let found = (error.code, error.stun_code);
                    if known != Some(&found) {
                        changes.push(Change::Fails(uri, error));
                    }
                    self.0.insert(uri.clone(), found);
                }
                (Status::Ok, _) => changes.extend(known.map(|_| Change::Works(uri))),
                // Nothing is known about it now.
                _ => self.0.extend(known.map(|error| (uri.clone(), *error))),
            }
        }
        changes
    }
}

/// Returns why a row failed, or its bridge between IPv4 and IPv6.
fn error(row: &Row) -> Option<&RowError> {
    let bridge = || row.turn.as_ref()?.bridge.as_ref()?.error.as_ref();
    row.error.as_deref().or_else(bridge)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::address::Kind;
    use crate::probe::report::Transport;

    const A: &str = "stun:a.example.de:3478";
    const B: &str = "stun:b.example.de:3478";

    /// A round in which these servers fail with a code, or work.
    fn round(servers: &[(&str, Option<Code>)]) -> Report {
        let row = |&(uri, code): &(&str, Option<Code>)| {
            let row = Row::new(uri.to_owned(), Kind::Stun, Transport::Udp);
            match code {
                Some(code) => row.failed(RowError::new(code, format!("{uri} fails"))),
                None => Row { status: Status::Ok, ..row },
            }
        };
        Report::new(servers.iter().map(row).collect(), Duration::ZERO)
    }

    #[track_caller]
    fn assert_changes(
        failing: &mut Failing,
        servers: &[(&str, Option<Code>)],
        expected: &[(&str, Option<Code>)],
    ) {
        let report = round(servers);
        let found = failing.update(&report).into_iter().map(|change| match change {
            Change::Fails(uri, error) => (uri.to_owned(), Some(error.code)),
            Change::Works(uri) => (uri.to_owned(), None),
        });
        let found: Vec<_> = found.collect();
        let expected: Vec<_> = expected.iter().map(|(uri, code)| ((*uri).to_owned(), *code)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn each_change_of_a_server_is_noticed_once() {
        let (mut failing, timeout, dns) = (Failing::default(), Some(Code::Timeout), Some(Code::Dns));
        assert_changes(&mut failing, &[(A, None), (B, timeout)], &[(B, timeout)]);
        assert_changes(&mut failing, &[(A, timeout), (B, timeout)], &[(A, timeout)]);
        assert_changes(&mut failing, &[(A, timeout), (B, dns)], &[(B, dns)]);
        assert_changes(&mut failing, &[(A, None), (B, dns)], &[(A, None)]);
        assert_changes(&mut failing, &[(A, None)], &[]);
        assert_changes(&mut failing, &[(A, None), (B, dns)], &[(B, dns)]);
    }
}
