//! What browsers and the probe say of each condition, as a table, and whether they agree.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::Value;

use super::table::Condition;

/// How far the times of gathering may be apart, beside 15 %: many things are measured at once.
const TOLERANCE_MS: f64 = 1000.0;
/// What takes longer than this, in a browser that stops watching after 45 s, never ends.
const NEVER_MS: f64 = 60_000.0;

/// What a browser made of a server.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Measured {
    /// How long gathering took; nothing if it did not end.
    pub(super) ms: Option<f64>,
    types: Vec<String>,
    errors: Vec<u32>,
    /// The exception for a configuration that the browser refuses.
    thrown: Option<String>,
    /// The result of a call that is relayed on both sides.
    both: Option<String>,
    /// The result of a call that is relayed on one side only.
    one: Option<String>,
}

impl Measured {
    fn works(&self, condition: &Condition) -> bool {
        match condition.is_turn() {
            true => self.both.as_deref() == Some("works"),
            false => self.types.iter().any(|found| found == "srflx"),
        }
    }

    fn works_one_sided(&self, condition: &Condition) -> bool {
        match condition.is_turn() {
            true => self.one.as_deref() == Some("works"),
            false => self.works(condition),
        }
    }

    /// `works` or `fails`, and what a call that is relayed on one side does where that differs.
    fn verdict(&self, condition: &Condition) -> &'static str {
        match (self.works(condition), self.works_one_sided(condition)) {
            (true, true) => "works",
            (true, false) => "only both",
            (false, true) => "only one",
            (false, false) => "fails",
        }
    }

    /// Everything, for the message of a failed test.
    fn detail(&self) -> String {
        let Measured { ms, types, errors, thrown, both, one } = self;
        format!(
            "{ms:?} ms, candidates {types:?}, errors {errors:?}, thrown {thrown:?}, calls {both:?} and {one:?}"
        )
    }

    fn time(&self) -> String {
        let never = || if self.thrown.is_some() { "throws".into() } else { "never".into() };
        self.ms.map_or_else(never, |ms| format!("{:.2} s", ms / 1000.0))
    }
}

/// What the probe says of a server.
#[derive(Clone, Debug)]
pub(super) struct Probed {
    works: bool,
    /// `ok` or an error code for each row, and the warnings after `+`.
    verdict: String,
    gathering_ms: Option<f64>,
}

impl Probed {
    pub(super) fn new(works: bool, report: &Value) -> Self {
        let rows = report["results"].as_array().unwrap();
        let code = |row: &Value| match &row["status"] {
            status if status == "failed" => row["error"]["code"].as_str().unwrap().to_owned(),
            status => status.as_str().unwrap().to_owned(),
        };
        let mut verdict = rows.iter().map(code).collect::<Vec<_>>().join(", ");
        let warnings: BTreeSet<_> = rows
            .iter()
            .flat_map(|row| row["warnings"].as_array().unwrap())
            .collect::<Vec<_>>()
            .iter()
            .map(|warning| warning["code"].as_str().unwrap())
            .collect();
        for warning in warnings {
            verdict += &format!(" +{warning}");
        }
        Probed { works, verdict, gathering_ms: report["summary"]["gathering_ms"].as_f64() }
    }

    fn time(&self) -> String {
        self.gathering_ms.map_or("never".into(), |ms| format!("{:.2} s", ms / 1000.0))
    }
}

/// Prints the table, and returns what is not as its condition says. 'only both' means that a call works if both sides are
/// relayed, and not if one is.
pub(super) fn print_and_judge(
    conditions: &[Condition],
    chromium: &[Measured],
    firefox: &[Option<Measured>],
    probed: &[Probed],
) -> Vec<String> {
    let mut wrong = Vec::new();
    println!(
        "{:68} {:9} {:9} {:8} {:8} {:8} probe",
        "condition", "Chromium", "Firefox", "gathers", "Firefox", "probe's"
    );
    for (((condition, chromium), firefox), probed) in conditions.iter().zip(chromium).zip(firefox).zip(probed)
    {
        println!(
            "{:68} {:9} {:9} {:8} {:8} {:8} {}",
            condition.name,
            chromium.verdict(condition),
            firefox.as_ref().map_or("", |measured| measured.verdict(condition)),
            chromium.time(),
            firefox.as_ref().map_or(String::new(), Measured::time),
            probed.time(),
            probed.verdict
        );
        for reason in [&condition.differs, &condition.gathering_differs, &condition.firefox_differs]
            .into_iter()
            .flatten()
        {
            println!("    differs: {reason}");
        }
        let mut faults = faults(condition, chromium, probed);
        faults.extend(firefox.as_ref().and_then(|firefox| fault_in_firefox(condition, firefox)));
        for fault in faults {
            println!("    ! {fault}");
            wrong.push(format!(
                "{}: {fault} (Chromium: {}, Firefox: {})",
                condition.name,
                chromium.detail(),
                firefox.as_ref().map_or(String::new(), Measured::detail)
            ));
        }
    }
    println!("{} conditions", conditions.len());
    wrong
}

/// Whether Firefox differs from Chromium as the condition says.
fn fault_in_firefox(condition: &Condition, firefox: &Measured) -> Option<String> {
    let agrees = (firefox.works(condition), firefox.works_one_sided(condition))
        == (condition.works, condition.one_sided());
    match (&condition.firefox_differs, agrees) {
        (None, false) => Some(format!("Firefox: {}", firefox.verdict(condition))),
        (Some(_), true) => Some("Firefox does not differ".into()),
        _ => None,
    }
}

/// What is not as the condition says.
fn faults(condition: &Condition, measured: &Measured, probed: &Probed) -> Vec<String> {
    let mut faults = Vec::new();
    let works = measured.works(condition);
    if works != condition.works {
        faults.push(format!("Chromium: works = {works}"));
    }
    let one = measured.works_one_sided(condition);
    if one != condition.one_sided() {
        faults.push(format!("Chromium: works-one-sided = {one}"));
    }
    if probed.verdict != condition.probe {
        faults.push(format!("the probe says '{}' in place of '{}'", probed.verdict, condition.probe));
    }
    let agree =
        works == probed.works && (one || probed.verdict.contains("relay-unreachable") || !probed.works);
    match (&condition.differs, agree) {
        (None, false) => faults.push("the probe and Chromium disagree".into()),
        (Some(_), true) => faults.push("they agree, though the condition says that they differ".into()),
        _ => {}
    }
    if measured.thrown.is_none() {
        match (&condition.gathering_differs, same_time(measured.ms, probed.gathering_ms)) {
            (None, false) => {
                faults.push(format!("gathering takes {}, not {}", measured.time(), probed.time()));
            }
            (Some(_), true) => faults.push("gathering takes as long as the probe says".into()),
            _ => {}
        }
    }
    faults
}

fn same_time(measured: Option<f64>, probed: Option<f64>) -> bool {
    match (measured, probed.filter(|ms| *ms < NEVER_MS)) {
        (Some(measured), Some(probed)) => (measured - probed).abs() <= TOLERANCE_MS.max(measured * 0.15),
        (measured, probed) => measured.is_none() && probed.is_none(),
    }
}
