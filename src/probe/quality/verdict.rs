//! The verdict on one figure, by limits that Microsoft publishes for the media of Teams from a client to its edge.

use std::time::Duration;

use super::call::Outcome;
use super::side::Unsent;
use crate::probe::report::quality::{Grade, Percentiles};

/// The longest span over which losses are counted, and that of bursts.
pub(super) const LONG: Duration = Duration::from_secs(15);
pub(super) const SHORT: Duration = Duration::from_millis(200);
/// Up to this many times a limit a call is still fair.
const FAIR: f64 = 2.0;
/// Packets that leave later than this, at p99, are worth a word, and from the second limit on they say more about this machine
/// than about the server; in milliseconds.
const BUSY_MS: f64 = 5.0;
const TOO_BUSY_MS: f64 = 50.0;
/// A pause of this machine that is worth a word beside a grade that is not good.
const PAUSE: Duration = Duration::from_millis(20);
/// With less of the media than this a call is not the one that was wanted.
const LEAST_SHARE: f64 = 0.9;

/// What a call is graded by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Criterion {
    /// The round-trip time from a client to the server, which is one trip through a relay.
    Trip,
    /// Losses within [`LONG`].
    Loss,
    /// Losses within [`SHORT`].
    Burst,
    Jitter,
    Reordering,
}

/// The limits of a good call, see docs/quality.md for their source: milliseconds and percent.
const LIMITS: [(Criterion, f64); 5] = [
    (Criterion::Trip, 100.0),
    (Criterion::Loss, 1.0),
    (Criterion::Burst, 10.0),
    (Criterion::Jitter, 30.0),
    (Criterion::Reordering, 0.05),
];

/// A grade and what it is due to.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Verdict {
    pub(super) grade: Grade,
    pub(super) reason: String,
    /// The share of the limit: the greater, the worse.
    share: f64,
    /// Whether it is due to packets that did not arrive.
    is_loss: bool,
}

impl Verdict {
    /// The verdict when nothing can be measured.
    pub(super) fn poor(reason: impl Into<String>) -> Self {
        Verdict { grade: Grade::Poor, reason: reason.into(), share: f64::INFINITY, is_loss: false }
    }

    /// The verdict when nothing arrives.
    pub(super) fn silent(reason: impl Into<String>) -> Self {
        Verdict { is_loss: true, ..Verdict::poor(reason) }
    }

    /// The verdict when no figure says otherwise.
    pub(super) fn good() -> Self {
        let reason = "everything measured is within the limits of a good call".to_owned();
        Verdict { grade: Grade::Good, reason, share: 0.0, is_loss: false }
    }

    /// The verdict when calls depend on fragments: the row is ok, so that they pass here and now.
    pub(super) fn split(bytes: u16, needed: u16) -> Self {
        let reason = format!(
            "packets over {bytes} bytes pass only in fragments, which many firewalls drop, and calls need {needed} bytes: check tunnels, VPNs and MTUs on the way"
        );
        Verdict { grade: Grade::Fair, reason, share: 1.0, is_loss: false }
    }

    /// The verdict on one figure; `subject` is what it is about, such as `up: `.
    pub(super) fn of(criterion: Criterion, value: f64, subject: &str, span: Duration) -> Self {
        let limit = LIMITS.iter().find(|(of, _)| *of == criterion).map_or(f64::INFINITY, |(_, limit)| *limit);
        let grade = match value {
            value if value < limit => Grade::Good,
            value if value <= FAIR * limit => Grade::Fair,
            _ => Grade::Poor,
        };
        let (value_text, span) = (figure(value), format_span(span));
        let [trips, packets] = if subject.is_empty() { ["requests"; 2] } else { ["trips", "packets"] };
        let (what, unit) = match criterion {
            Criterion::Trip => (format!("half of the {trips} took {value_text} ms or more"), "ms"),
            Criterion::Loss | Criterion::Burst => {
                (format!("{value_text} % of the {packets} were lost within {span}"), "%")
            }
            Criterion::Jitter => (format!("the jitter is {value_text} ms"), "ms"),
            Criterion::Reordering => (format!("{value_text} % of the packets arrived out of order"), "%"),
        };
        let reason = format!("{subject}{what} (good: under {limit} {unit})");
        let is_loss = matches!(criterion, Criterion::Loss | Criterion::Burst);
        Verdict { grade, reason, share: value / limit, is_loss }
    }

    /// Adds what this machine itself has to do with it. What it may be the cause of is not blamed on the server, and media that
    /// it did not send is not good.
    pub(super) fn beside_machine(mut self, outcome: &Outcome, pace: Option<Percentiles>) -> Self {
        let Outcome { up, down, dropped: [near, far], unsent, took, put_off, .. } = outcome;
        let lost = up.losses().lost + down.losses().lost;
        let own = near.saturating_add(*far).saturating_add(unsent.refused);
        let loses_most = self.is_loss && own > 0 && own >= lost / 2;
        let late_ms = pace.map_or(0.0, |pace| pace.p99);
        let share = 1.0 - put_off.as_secs_f64() / took.as_secs_f64().max(f64::EPSILON);
        let words = self.about_machine(outcome, late_ms, share);
        if words.is_empty() {
            return self;
        }
        let what = format!("this machine itself {}", words.join(" and "));
        let is_cause = self.grade == Grade::Poor && (loses_most || late_ms >= TOO_BUSY_MS);
        self.reason = if is_cause || share < LEAST_SHARE {
            self.grade = if is_cause { Grade::Fair } else { self.grade.max(Grade::Fair) };
            let advice = match unsent.why {
                Some(_) => "check its firewall",
                None => "measure again when it is idle, or with a lower --bitrate",
            };
            format!("{what}, so this is no verdict about the server: {advice}; {}", self.reason)
        } else {
            format!("{}; {what}", self.reason)
        };
        self
    }

    /// What this machine itself did, in words.
    fn about_machine(&self, outcome: &Outcome, late_ms: f64, share: f64) -> Vec<String> {
        let Outcome { dropped: [near, far], unsent, longest_pause, .. } = outcome;
        let mut words = Vec::new();
        if share < LEAST_SHARE {
            words.push(format!("sent only {} % of the media", figure(100.0 * share.max(0.0))));
        }
        let dropped = near.saturating_add(*far);
        if dropped > 0 {
            words.push(format!("dropped {dropped} packets that had arrived"));
        }
        if let Unsent { refused, why: Some(why), .. } = unsent {
            words.push(format!("refused to send {refused} packets ({why})"));
        }
        if unsent.without_room > 0 {
            words.push(format!("had no room to send {} packets", unsent.without_room));
        }
        if late_ms > BUSY_MS {
            words.push(format!("sent 1 % of the packets {} ms late or more", figure(late_ms)));
        } else if self.grade > Grade::Good && *longest_pause >= PAUSE {
            words.push(format!("paused for {} ms", longest_pause.as_millis()));
        }
        words
    }

    pub(super) fn worse(self, other: Self) -> Self {
        if (other.grade, other.share) > (self.grade, self.share) && other.grade > Grade::Good {
            other
        } else {
            self
        }
    }
}

/// A figure for people: two significant digits below 10, and whole from there.
fn figure(value: f64) -> String {
    match value {
        value if value >= 10.0 => format!("{value:.0}"),
        value if value >= 1.0 => format!("{value:.1}"),
        value => format!("{value:.2}"),
    }
}

fn format_span(span: Duration) -> String {
    match span.as_millis() {
        ms if ms < 1000 => format!("{ms} ms"),
        ms => format!("{} s", figure(ms as f64 / 1000.0).trim_end_matches(".0")),
    }
}
