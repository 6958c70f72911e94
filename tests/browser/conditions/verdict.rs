//! What browsers and the probe say of each condition, as a table, and whether they agree.

use std::collections::BTreeSet;
use std::fmt;

use serde::Deserialize;
use serde_json::Value;

use super::table::Condition;

/// How far the times of gathering may be apart, beside 15 %: many things are measured at once.
const TOLERANCE_MS: f64 = 1000.0;
/// What takes longer than this, in a browser that stops watching after 45 s, never ends.
const NEVER_MS: f64 = 60_000.0;

/// How a call ended, and after how many milliseconds it was connected.
type Call = (String, Option<f64>);

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
    /// A call that is relayed on both sides.
    both: Option<Call>,
    /// A call that is relayed on one side only.
    one: Option<Call>,
}

impl Measured {
    fn works(&self, condition: &Condition) -> bool {
        match condition.is_turn() {
            true => call_works(self.both.as_ref()),
            false => self.types.iter().any(|found| found == "srflx"),
        }
    }

    fn works_one_sided(&self, condition: &Condition) -> bool {
        match condition.is_turn() {
            true => call_works(self.one.as_ref()),
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
        let Measured { types, errors, thrown, both, one, .. } = self;
        let call = |call: &Option<Call>| match call {
            Some((result, Some(ms))) => format!("{result}, connected after {:.2} s", ms / 1000.0),
            Some((result, None)) => result.clone(),
            None => "none".into(),
        };
        let thrown = thrown.as_ref().map_or(String::new(), |thrown| format!(", {thrown}"));
        format!(
            "gathers in {}, candidates [{}], errors {errors:?}{thrown}; calls: {}; {}",
            self.time(),
            types.join(", "),
            call(both),
            call(one)
        )
    }

    fn time(&self) -> String {
        let never = || if self.thrown.is_some() { "throws".into() } else { "never".into() };
        self.ms.map_or_else(never, |ms| format!("{:.2} s", ms / 1000.0))
    }
}

fn call_works(call: Option<&Call>) -> bool {
    call.is_some_and(|(result, _)| result == "works")
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

/// Who measures.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Party {
    Chromium,
    Firefox,
    Probe,
}

/// Something that is not as a condition says.
pub(super) struct Fault {
    text: String,
    /// Whose measurement this rests on.
    parties: &'static [Party],
}

impl Fault {
    fn new(parties: &'static [Party], text: impl Into<String>) -> Self {
        Fault { text: text.into(), parties }
    }
}

/// What everybody makes of a condition.
pub(super) struct Found {
    pub(super) chromium: Measured,
    pub(super) firefox: Option<Measured>,
    pub(super) probed: Probed,
    /// What was not as the condition says before it was measured again.
    pub(super) at_first: Vec<Fault>,
}

impl Found {
    pub(super) fn new(((chromium, firefox), probed): ((Measured, Option<Measured>), Probed)) -> Self {
        Found { chromium, firefox, probed, at_first: Vec::new() }
    }

    /// Whether what is wrong rests on a measurement of this party.
    pub(super) fn is_doubtful(&self, party: Party) -> bool {
        self.at_first.iter().any(|fault| fault.parties.contains(&party))
    }

    /// What is not as the condition says.
    pub(super) fn faults(&self, condition: &Condition) -> Vec<Fault> {
        let mut faults = faults(condition, &self.chromium, &self.probed);
        faults.extend(self.firefox.as_ref().and_then(|firefox| fault_in_firefox(condition, firefox)));
        faults
    }

    /// The same as lines that say all that was measured.
    pub(super) fn wrong(&self, condition: &Condition) -> Vec<String> {
        let times = if self.at_first.is_empty() { "" } else { ", measured twice" };
        let firefox =
            self.firefox.as_ref().map_or(String::new(), |firefox| format!("; Firefox: {}", firefox.detail()));
        let line = |fault: Fault| {
            let Condition { name, .. } = condition;
            format!("{name}: {}{times} (Chromium: {}{firefox})", fault.text, self.chromium.detail())
        };
        self.faults(condition).into_iter().map(line).collect()
    }

    fn print(&self, condition: &Condition) {
        let Found { chromium, firefox, probed, at_first } = self;
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
        let Condition { differs, gathering_differs, gathering_varies, firefox_differs, .. } = condition;
        for reason in [differs, gathering_differs, firefox_differs].into_iter().flatten() {
            println!("    differs: {reason}");
        }
        if let Some(reason) = gathering_varies {
            println!("    gathering is not compared: {reason}");
        }
        for fault in at_first {
            println!("    measured twice, because at first: {}", fault.text);
        }
        for fault in self.faults(condition) {
            println!("    ! {}", fault.text);
        }
    }
}

/// Prints the table. 'only both' means that a call works if both sides are relayed, and not if one is.
pub(super) fn print(conditions: &[Condition], found: &[Found]) {
    println!(
        "{:68} {:9} {:9} {:8} {:8} {:8} probe",
        "condition", "Chromium", "Firefox", "gathers", "Firefox", "probe's"
    );
    conditions.iter().zip(found).for_each(|(condition, found)| found.print(condition));
    let twice = found.iter().filter(|found| !found.at_first.is_empty()).count();
    println!("{} conditions, {twice} of them measured twice", conditions.len());
}

/// Where browsers and the probe disagree, one a line. As the error of a test it is shown without a backtrace.
pub(super) struct Disagreements(pub(super) Vec<String>);

impl fmt::Debug for Disagreements {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} disagreements:", self.0.len())?;
        self.0.iter().try_for_each(|line| write!(f, "\n{line}"))
    }
}

/// Whether Firefox differs from Chromium as the condition says.
fn fault_in_firefox(condition: &Condition, firefox: &Measured) -> Option<Fault> {
    let agrees = (firefox.works(condition), firefox.works_one_sided(condition))
        == (condition.works, condition.one_sided());
    let fault = |text: String| Some(Fault::new(&[Party::Firefox], text));
    match (&condition.firefox_differs, agrees) {
        (None, false) => fault(format!("Firefox: {}", firefox.verdict(condition))),
        (Some(_), true) => fault("Firefox does not differ".into()),
        _ => None,
    }
}

/// What is not as the condition says of Chromium and the probe.
fn faults(condition: &Condition, measured: &Measured, probed: &Probed) -> Vec<Fault> {
    const CHROMIUM: &[Party] = &[Party::Chromium];
    const PROBE: &[Party] = &[Party::Probe];
    const BOTH: &[Party] = &[Party::Chromium, Party::Probe];
    let mut faults = Vec::new();
    let works = measured.works(condition);
    if works != condition.works {
        faults.push(Fault::new(CHROMIUM, format!("Chromium: works = {works}")));
    }
    let one = measured.works_one_sided(condition);
    if one != condition.one_sided() {
        faults.push(Fault::new(CHROMIUM, format!("Chromium: works-one-sided = {one}")));
    }
    if probed.verdict != condition.probe {
        let text = format!("the probe says '{}' in place of '{}'", probed.verdict, condition.probe);
        faults.push(Fault::new(PROBE, text));
    }
    let agree =
        works == probed.works && (one || probed.verdict.contains("relay-unreachable") || !probed.works);
    // If a measurement is the reason, one of the faults above says whose; otherwise this is what the data say.
    match (&condition.differs, agree) {
        (None, false) => faults.push(Fault::new(PROBE, "the probe and Chromium disagree")),
        (Some(_), true) => {
            faults.push(Fault::new(PROBE, "they agree, though the condition says that they differ"));
        }
        _ => {}
    }
    if measured.thrown.is_none() && condition.gathering_varies.is_none() {
        match (&condition.gathering_differs, same_time(measured.ms, probed.gathering_ms)) {
            (None, false) => {
                let text = format!("gathering takes {}, not {}", measured.time(), probed.time());
                faults.push(Fault::new(BOTH, text));
            }
            (Some(_), true) => {
                faults.push(Fault::new(BOTH, "gathering takes as long as the probe says"));
            }
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
