//! The metrics of the server, for Prometheus.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use super::hub::Counts;
use super::reload::Reloads;
use crate::render::prometheus::Exposition;

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
        let mut metrics = Exposition::default();
        let mut requests = metrics.counter("http_requests_total", "HTTP requests answered.");
        for (Request { route, method, status }, count) in
            &*self.requests.lock().unwrap_or_else(PoisonError::into_inner)
        {
            let labels = [("route", &**route), ("method", *method), ("status", &status.to_string())];
            requests.labelled(&labels, count);
        }
        let Counts { calls, listeners, dropped } = state.counts;
        metrics.gauge("calls", "Running calls.").value(calls);
        metrics.gauge("listeners", "Connections listening for events.").value(listeners);
        let help = "Listeners disconnected because they were too slow.";
        metrics.counter("listeners_dropped_total", help).value(dropped);
        let mut reactions = metrics.counter("reactions_total", "Reactions sent by participants.");
        reactions.labelled(&[("result", "accepted")], self.accepted.load(Ordering::Relaxed));
        reactions.labelled(&[("result", "refused")], self.refused.load(Ordering::Relaxed));
        let help = "Whether the settings file is in effect (1), or is broken (0), so that the last good settings are.";
        metrics.gauge("settings_good", help).value(u8::from(state.settings_good));
        let mut reloads = metrics.counter("settings_reloads_total", "Reloads of changed settings.");
        reloads.labelled(&[("result", "good")], state.reloads.good);
        reloads.labelled(&[("result", "failed")], state.reloads.failed);
        metrics.into_text() + &state.probe
    }
}
