//! The metrics of the server, for Prometheus.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::hub::Counts;
use super::mesh::handle::Status;
use super::reload::Reloads;
use crate::render::prometheus::Exposition;

/// The counters of the server, and the latest metrics of the probed servers.
#[derive(Default)]
pub(super) struct Metrics {
    requests: Mutex<BTreeMap<Request, u64>>,
    accepted: AtomicU64,
    refused: AtomicU64,
    limited: AtomicU64,
    /// Reactions that may have missed listeners at other replicas.
    incomplete: AtomicU64,
    failed_tokens: AtomicU64,
    /// In the order of `Closed`.
    closed: [AtomicU64; 3],
    /// The metrics of the last round of probes, if any.
    probe: Mutex<String>,
}

/// The labels of the counter of requests.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Request {
    /// The pattern of the route, or `none`.
    pub(super) route: String,
    pub(super) method: &'static str,
    pub(super) status: u16,
}

/// What became of a reaction.
#[derive(Clone, Copy, Debug)]
pub(super) enum ReactionResult {
    Accepted,
    /// It is not configured, or nobody was there to receive it.
    Refused,
    /// Its user sent too many.
    Limited,
}

/// Why a connection was closed although its client did not want that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closed {
    /// Its address has too many connections.
    AddressLimit,
    /// Another one got its place, because it did not send a request.
    NoRequest,
    /// Another one got its place, because it was idle.
    Idle,
}

impl Metrics {
    pub(super) fn closed(&self, why: Closed) {
        self.closed[why as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn request(&self, request: Request) {
        *lock(&self.requests).entry(request).or_default() += 1;
    }

    pub(super) fn reaction(&self, result: ReactionResult) {
        let counter = match result {
            ReactionResult::Accepted => &self.accepted,
            ReactionResult::Refused => &self.refused,
            ReactionResult::Limited => &self.limited,
        };
        counter.fetch_add(1, Ordering::Relaxed);
    }

    /// Counts a reaction to which not all replicas have answered.
    pub(super) fn incomplete(&self) {
        self.incomplete.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn failed_token(&self) {
        self.failed_tokens.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn set_probe(&self, text: String) {
        *lock(&self.probe) = text;
    }

    /// Returns all metrics in the text format of Prometheus.
    pub(super) fn text(
        &self,
        counts: Counts,
        connections: usize,
        reloads: Reloads,
        settings_good: bool,
        mesh: Option<&Status>,
    ) -> String {
        let mut metrics = Exposition::default();
        let mut requests = metrics.counter("http_requests_total", "HTTP requests answered.");
        for (Request { route, method, status }, count) in &*lock(&self.requests) {
            let labels = [("route", &**route), ("method", *method), ("status", &status.to_string())];
            requests.labelled(&labels, count);
        }
        let Counts { calls, listeners, dropped, recent_bytes } = counts;
        metrics.gauge("calls", "Running calls.").value(calls);
        metrics.gauge("listeners", "Connections listening for events.").value(listeners);
        let help = "Listeners disconnected because they were too slow.";
        metrics.counter("listeners_dropped_total", help).value(dropped);
        let help = "Memory for the events of the last minute, which listeners that reconnect receive.";
        metrics.gauge("recent_events_bytes", help).value(recent_bytes);
        metrics.gauge("connections", "Open connections.").value(connections);
        let help = "Connections closed because their address has too many, or to make room for others.";
        let mut closed = metrics.counter("connections_closed_total", help);
        for (reason, count) in ["address-limit", "no-request", "idle"].into_iter().zip(&self.closed) {
            closed.labelled(&[("reason", reason)], count.load(Ordering::Relaxed));
        }
        let mut reactions = metrics.counter("reactions_total", "Reactions sent by participants.");
        reactions.labelled(&[("result", "accepted")], self.accepted.load(Ordering::Relaxed));
        reactions.labelled(&[("result", "refused")], self.refused.load(Ordering::Relaxed));
        reactions.labelled(&[("result", "limited")], self.limited.load(Ordering::Relaxed));
        if let Some(status) = mesh {
            let help =
                "Whether the engine connects this server to the other replicas (1), or does not respond (0).";
            metrics.gauge("engine_connected", help).value(u8::from(status.is_up));
            metrics
                .gauge("replicas", "Servers of this installation that are known, with this one.")
                .value(status.replicas);
            let help = "Reactions to which not all replicas have answered in time.";
            metrics
                .counter("reactions_incomplete_total", help)
                .value(self.incomplete.load(Ordering::Relaxed));
        }
        let failed = self.failed_tokens.load(Ordering::Relaxed);
        metrics.counter("failed_tokens_total", "Requests with an unknown or ended token.").value(failed);
        let help = "Whether the settings are in effect as they are saved (1), or are broken or cannot be read (0), so that the last good ones are.";
        metrics.gauge("settings_good", help).value(u8::from(settings_good));
        let mut results = metrics.counter("settings_reloads_total", "Reloads of changed settings.");
        results.labelled(&[("result", "good")], reloads.good);
        results.labelled(&[("result", "failed")], reloads.failed);
        metrics.text + &lock(&self.probe)
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
