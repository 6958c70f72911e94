//! Measures conditions in Chromium, in Firefox and by the probe.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::STUN;
use super::lab::{Lab, PASSWORD, USER};
use super::table::{self, Condition, Login, at};
use super::verdict::{Measured, Probed};
use crate::support::browser::Browser;
use crate::support::firefox::Firefox;

const SCRIPT: &str = include_str!("measure.js");
/// How long Chromium may take: it waits for what never ends, and needs some time beyond that on a busy machine.
const PATIENCE: Duration = Duration::from_secs(100);
/// How long the data of a call may take there and back, beside some round trips.
const ECHO_MS: u64 = 3000;
/// The same where packets are lost: of 180 calls that lose 5 % each way three took longer than 3 s, 6.1 s at most, since
/// SCTP waits ever longer before it repeats what was lost twice.
const LOSSY_ECHO_MS: u64 = 9000;

/// The server of a condition as a browser's configuration has it.
fn ice_server(number: u8, condition: &Condition) -> Value {
    let url = at(number, &condition.url);
    match condition.login {
        _ if !condition.is_turn() => json!({ "urls": url }),
        Login::None => json!({ "urls": url }),
        Login::Good => json!({"urls": url, "username": USER, "credential": PASSWORD}),
        Login::WrongPassword => json!({"urls": url, "username": USER, "credential": "wrong"}),
    }
}

/// What the script takes, times in milliseconds.
fn inputs(numbered: &[(u8, &Condition)]) -> Value {
    let stun = json!({"urls": format!("stun:{}:3478", table::ipv4(STUN))});
    let input = |(number, condition): &(u8, &Condition)| {
        let patience = if condition.loses() { LOSSY_ECHO_MS } else { ECHO_MS };
        let server = ice_server(*number, condition);
        json!({"server": server, "stun": stun, "lasts": condition.lasts * 1000, "patience": patience})
    };
    numbered.iter().map(input).collect()
}

pub(super) fn start_chromium(lab: &Lab) -> Browser {
    let trusted = format!("--ignore-certificate-errors-spki-list={}", lab.trusted.join(","));
    let mut browser = Browser::start_in(&lab.namespaces, &[&trusted]);
    browser.run(&format!("{SCRIPT}; Object.assign(window, {{ measureAll, measureTimes }})"));
    browser
}

/// Runs what takes longer than a WebDriver command may.
pub(super) fn run_long(browser: &mut Browser, promise: &str) -> Value {
    browser.run(&format!(
        "window.results = null; {promise}.then(all => {{ window.results = all }}, error => {{ window.results = String(error) }})"
    ));
    browser.until_within("window.results", PATIENCE);
    browser.run("return window.results")
}

pub(super) fn in_chromium(browser: &mut Browser, numbered: &[(u8, &Condition)]) -> Vec<Measured> {
    let results = run_long(browser, &format!("measureAll({})", inputs(numbered)));
    serde_json::from_value(results.clone()).unwrap_or_else(|error| panic!("{error}: {results}"))
}

/// Measures the conditions that are for Firefox, and returns nothing for the others.
pub(super) fn in_firefox(lab: &Lab, numbered: &[(u8, &Condition)]) -> Vec<Option<Measured>> {
    let chosen: Vec<_> = numbered.iter().copied().filter(|(_, condition)| condition.firefox).collect();
    let mut browser = Firefox::start_in(&lab.namespaces);
    let results = browser.run(SCRIPT, &format!("measureAll({})", inputs(&chosen)));
    let mut measured: VecDeque<Measured> = serde_json::from_value(results).unwrap();
    let next = |(_, condition): &(u8, &Condition)| condition.firefox.then(|| measured.pop_front().unwrap());
    numbered.iter().map(next).collect()
}

/// Probes the servers, `at_once` of them at a time.
pub(super) fn by_probe(lab: &Lab, numbered: &[(u8, &Condition)], at_once: usize) -> Vec<Probed> {
    let queue: Mutex<VecDeque<_>> = Mutex::new(numbered.iter().enumerate().collect());
    let found = Mutex::new(vec![None; numbered.len()]);
    thread::scope(|scope| {
        for _ in 0..at_once {
            scope.spawn(|| {
                loop {
                    let Some((index, (number, condition))) = queue.lock().unwrap().pop_front() else {
                        return;
                    };
                    let (works, report) = lab.probe(*number, &condition.url, condition.login);
                    found.lock().unwrap()[index] = Some(Probed::new(works, &report));
                }
            });
        }
    });
    found.into_inner().unwrap().into_iter().map(Option::unwrap).collect()
}
