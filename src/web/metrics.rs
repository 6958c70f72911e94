//! What monitoring asks for, in the text format of Prometheus.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use super::hub::Counts;
use super::reload::Reloads;

/// What is counted while the server runs.
#[derive(Default)]
pub(super) struct Metrics {
    requests: Mutex<BTreeMap<Request, u64>>,
    accepted: AtomicU64,
    refused: AtomicU64,
}

/// What requests are counted by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Request {
    /// The route's pattern; `none` where there is none.
    pub(super) route: String,
    pub(super) method: &'static str,
    pub(super) status: u16,
}

/// The rest of what is shown.
pub(super) struct State {
    pub(super) counts: Counts,
    pub(super) settings_good: bool,
    pub(super) reloads: Reloads,
    /// The metrics of the servers that are probed, where they are.
    pub(super) probe: String,
}

impl Metrics {
    pub(super) fn request(&self, request: Request) {
        *self.requests.lock().unwrap_or_else(PoisonError::into_inner).entry(request).or_default() += 1;
    }

    pub(super) fn reaction(&self, accepted: bool) {
        let counter = if accepted { &self.accepted } else { &self.refused };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn text(&self, state: &State) -> String {
        let mut text = String::new();
        let mut metric = |name: &str, kind: &str, help: &str, rows: &[(String, u64)]| {
            let _ = writeln!(text, "# HELP cowork_calls_{name} {help}");
            let _ = writeln!(text, "# TYPE cowork_calls_{name} {kind}");
            for (labels, value) in rows {
                let _ = writeln!(text, "cowork_calls_{name}{labels} {value}");
            }
        };
        let plain = |value: u64| [(String::new(), value)];
        let requests: Vec<_> = self
            .requests
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .iter()
            .map(|(Request { route, method, status }, count)| {
                (format!("{{route=\"{route}\",method=\"{method}\",status=\"{status}\"}}"), *count)
            })
            .collect();
        metric("http_requests_total", "counter", "Requests that were answered.", &requests);
        let Counts { calls, listeners, dropped } = state.counts;
        metric("calls", "gauge", "Calls that run.", &plain(calls as u64));
        metric("listeners", "gauge", "Connections that listen to events.", &plain(listeners as u64));
        let help = "Listeners that were cut off because they were too slow.";
        metric("listeners_dropped_total", "counter", help, &plain(dropped));
        let result = |result: &str, count: u64| (format!("{{result=\"{result}\"}}"), count);
        let reactions = [
            result("accepted", self.accepted.load(Ordering::Relaxed)),
            result("refused", self.refused.load(Ordering::Relaxed)),
        ];
        metric("reactions_total", "counter", "Reactions that participants sent.", &reactions);
        let help = "Whether the settings file is in force (1), or broken (0) and the last good settings are.";
        metric("settings_good", "gauge", help, &plain(state.settings_good.into()));
        let reloads = [result("good", state.reloads.good), result("failed", state.reloads.failed)];
        metric("settings_reloads_total", "counter", "How often changed settings were read.", &reloads);
        text + &state.probe
    }
}
