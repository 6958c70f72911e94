//! Whether the program's figures are those of the path's own record.

use serde_json::Value;

use super::figures::{self, Media, percentile};
use super::lab::Measured;
use super::scenario::Scenario;

/// How far times may differ, as a part of them, and in milliseconds besides: what the kernel takes. The longest times of a
/// series may differ by as much more as the program itself was late, because the path was, too.
const PART: f64 = 0.1;
const BESIDES: f64 = 1.0;
const LATEST: f64 = 5.0;
/// How far a percentage may differ, because it is rounded.
const ROUNDED: f64 = 0.006;

/// Returns what is not as it should be.
pub(super) fn faults(scenario: &Scenario, measured: &Measured) -> Vec<String> {
    let row = &measured.report["results"][0];
    let quality = &row["quality"];
    let late = quality["pace_ms"]["p99"].as_f64().unwrap_or(BESIDES).min(LATEST);
    let mut faults = Faults { prefix: "", late, all: Vec::new() };
    let Some(reason) = quality["reason"].as_str() else {
        return vec![format!("there is no quality: {row}")];
    };
    let (grade, expected) = (quality["grade"].as_str().unwrap(), scenario.grade.as_deref());
    faults.unless(
        expected.is_none_or(|expected| expected == grade) && reason.contains(&scenario.reason),
        || format!("{grade}: {reason} (expected: {expected:?}: … {} …)", scenario.reason),
    );
    let codes = row["warnings"].as_array().unwrap().iter().map(|warning| warning["code"].as_str().unwrap());
    // The usual probe, which comes first, sees the same path.
    let codes = codes.filter(|code| *code != "lossy");
    faults.equal("warnings", &codes.collect::<Vec<_>>().join(" "), &scenario.warnings.join(" "));
    let status = scenario.interrupt_after.map_or(i32::from(grade == "poor"), |_| 130);
    faults.equal("exit code", &measured.status, &Some(status));
    if let Some(bytes) = scenario.largest_packet {
        faults.equal("largest packet", &quality["largest_packet"]["bytes"], &bytes.into());
    }
    if scenario.is_over_stream() {
        for key in ["up", "down"] {
            let trip = quality[key]["trip_ms"]["p50"].as_f64().unwrap_or(f64::NAN);
            faults.close(&format!("{key} p50"), trip, scenario.delay() as f64);
            faults.equal(&format!("{key} lost_percent"), &quality[key]["lost_percent"], &0.0.into());
        }
        return faults.all;
    }
    if scenario.is_turn() {
        faults.equal("released allocations", &figures::released(&measured.record), &2);
        let media = figures::media(&measured.record);
        for ((key, prefix), media) in [("up", "up: "), ("down", "down: ")].into_iter().zip(&media) {
            faults.prefix = prefix;
            direction(&mut faults, &quality[key], media, quality["duration_s"].as_f64().unwrap());
            faults.reason(reason, media);
        }
    }
    faults.prefix = "server: ";
    let leg = figures::leg(&measured.record);
    faults.equal("sent", &quality["server"]["sent"], &leg.sent.into());
    faults.equal("received", &quality["server"]["received"], &leg.received.into());
    faults.share("lost_percent", &quality["server"]["lost_percent"], leg.sent - leg.received, leg.sent);
    faults.percentiles("rtt_ms", &quality["server"]["rtt_ms"], &leg.round_trips);
    faults.all
}

fn direction(faults: &mut Faults, reported: &Value, media: &Media, seconds: f64) {
    faults.share("lost_percent", &reported["lost_percent"], media.sent - media.received, media.sent);
    faults.equal("longest_burst", &reported["longest_burst"], &media.longest_burst.into());
    faults.share("reordered_percent", &reported["reordered_percent"], media.reordered, media.received);
    faults.equal("duplicates", &reported["duplicates"], &media.duplicates.into());
    faults.close("jitter_ms", reported["jitter_ms"].as_f64().unwrap(), media.jitter);
    faults.percentiles("trip_ms", &reported["trip_ms"], &media.trips);
    let rate = media.bytes as f64 * 8.0 / 1000.0 / seconds;
    faults.close("kbit_s", reported["kbit_s"].as_f64().unwrap(), rate);
}

/// What is not as it should be so far.
struct Faults {
    /// What the following is about.
    prefix: &'static str,
    /// How late the program sent, in milliseconds.
    late: f64,
    all: Vec<String>,
}

impl Faults {
    fn unless(&mut self, is_right: bool, fault: impl FnOnce() -> String) {
        if !is_right {
            self.all.push(format!("{}{}", self.prefix, fault()));
        }
    }

    fn equal<T: PartialEq + std::fmt::Debug>(&mut self, key: &str, reported: &T, expected: &T) {
        self.unless(reported == expected, || format!("{key} is {reported:?}, and {expected:?} on the path"));
    }

    /// Compares a percentage with counts.
    fn share(&mut self, key: &str, reported: &Value, part: usize, all: usize) {
        let expected = 100.0 * part as f64 / all.max(1) as f64;
        let is_equal = reported.as_f64().is_some_and(|reported| (reported - expected).abs() < ROUNDED);
        self.unless(is_equal, || {
            format!("{key} is {reported}, and {expected:.3} ({part} of {all}) on the path")
        });
    }

    fn close(&mut self, key: &str, reported: f64, expected: f64) {
        self.within(key, reported, expected, BESIDES);
    }

    fn within(&mut self, key: &str, reported: f64, expected: f64, besides: f64) {
        let is_close = (reported - expected).abs() <= expected * PART + besides;
        self.unless(is_close, || format!("{key} is {reported}, and {expected:.3} on the path"));
    }

    /// Compares the figure of a reason that is about losses in this direction.
    fn reason(&mut self, reason: &str, media: &Media) {
        let Some((figure, span)) = reason
            .strip_prefix(self.prefix)
            .and_then(|rest| rest.split_once(" % of the packets were lost within "))
        else {
            return;
        };
        let figure = figure.parse().unwrap_or(f64::NAN);
        let [short, long] = media.worst;
        // Whether a frame is within 200 ms may be a matter of microseconds.
        let (expected, besides) = if span.starts_with("200 ms") { (short, 2.0) } else { (long, 0.0) };
        self.within("the share in the reason", figure, expected, besides);
    }

    fn percentiles(&mut self, key: &str, reported: &Value, sorted: &[f64]) {
        if sorted.is_empty() {
            return self.equal(key, reported, &Value::Null);
        }
        for (name, share, late) in [("p50", 0.5, 0.0), ("p95", 0.95, self.late), ("p99", 0.99, self.late)] {
            let value = reported[name].as_f64().unwrap_or(f64::NAN);
            self.within(&format!("{key} {name}"), value, percentile(sorted, share), BESIDES + late);
        }
    }
}
