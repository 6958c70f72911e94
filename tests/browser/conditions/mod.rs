//! The same servers behind the same networks, before the probe and before browsers: all have to agree on which of them
//! calls can use.

mod lab;
mod table;
mod timing;
mod verdict;

use std::collections::VecDeque;
use std::sync::Mutex;
use std::thread;
use std::time::Instant;

use serde_json::{Value, json};

use self::lab::{Lab, PASSWORD, USER};
use self::table::{Condition, Login, Server, at};
use self::verdict::{Measured, Probed, print_and_judge};
use crate::support::browser::Browser;
use crate::support::firefox::Firefox;

const SCRIPT: &str = include_str!("measure.js");
/// The number of the first condition.
const FIRST: u8 = 10;
/// The number of a good STUN server, for the direct side of calls that are relayed on one side only.
const STUN: u8 = 249;
/// The number of a good TURN server, for redirections.
const OTHER: u8 = 248;
/// How many probes run at once: nearly all of their time is waiting.
const PROBES: usize = 16;

#[test]
#[ignore = "needs root, Chromium, Firefox, coturn and nftables (tests/run.sh)"]
fn the_probe_agrees_with_browsers() {
    let started = Instant::now();
    let conditions = table::read();
    let numbered: Vec<(u8, &Condition)> = (FIRST..).zip(&conditions).collect();
    let lab = start(&numbered);
    println!("servers: {:.0?}", started.elapsed());
    let mut browser = start_chromium(&lab);
    let times = timing::measure(&mut browser);
    println!("Chromium's times of gathering: {:.0?}", started.elapsed());
    let chromium = measure_in_chromium(&mut browser, &numbered);
    drop(browser);
    println!("Chromium: {:.0?}", started.elapsed());
    let probed_times = timing::probe(&lab);
    let probed = probe_all(&lab, &numbered);
    println!("probe: {:.0?}", started.elapsed());
    let firefox = measure_in_firefox(&lab, &numbered);
    println!("Firefox: {:.0?}", started.elapsed());
    let mut wrong = print_and_judge(&conditions, &chromium, &firefox, &probed);
    wrong.extend(timing::compare(&times, &probed_times));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn start(numbered: &[(u8, &Condition)]) -> Lab {
    let mut lab = Lab::start();
    let mut coturns = vec![STUN, OTHER];
    lab.add(OTHER, &Condition::good_at(0));
    lab.coturn(STUN, &table::ipv4(STUN).to_string(), &["--no-auth".into(), "--no-tls".into()]);
    for (number, condition) in numbered {
        lab.add(*number, condition);
        if matches!(condition.server, Server::Coturn { .. }) {
            coturns.push(*number);
        }
    }
    coturns.extend(timing::add(&mut lab));
    lab.wait(&coturns);
    lab
}

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

fn inputs(numbered: &[(u8, &Condition)]) -> Value {
    let stun = json!({"urls": format!("stun:{}:3478", table::ipv4(STUN))});
    let input = |(number, condition): &(u8, &Condition)| json!({"server": ice_server(*number, condition), "lasts": condition.lasts * 1000, "stun": stun});
    numbered.iter().map(input).collect()
}

fn start_chromium(lab: &Lab) -> Browser {
    let trusted = format!("--ignore-certificate-errors-spki-list={}", lab.trusted.join(","));
    let mut browser = Browser::start_in(&lab.namespaces, &[&trusted]);
    browser.run(&format!("{SCRIPT}; Object.assign(window, {{ measureAll, measureTimes }})"));
    browser
}

/// Runs what takes longer than a WebDriver command may.
fn run_long(browser: &mut Browser, promise: &str) -> Value {
    browser.run(&format!(
        "window.results = null; {promise}.then(all => {{ window.results = all }}, error => {{ window.results = String(error) }})"
    ));
    browser.until("window.results");
    browser.run("return window.results")
}

fn measure_in_chromium(browser: &mut Browser, numbered: &[(u8, &Condition)]) -> Vec<Measured> {
    let results = run_long(browser, &format!("measureAll({})", inputs(numbered)));
    serde_json::from_value(results.clone()).unwrap_or_else(|error| panic!("{error}: {results}"))
}

/// Measures the conditions that are for Firefox, and returns nothing for the others.
fn measure_in_firefox(lab: &Lab, numbered: &[(u8, &Condition)]) -> Vec<Option<Measured>> {
    let chosen: Vec<_> = numbered.iter().copied().filter(|(_, condition)| condition.firefox).collect();
    let mut browser = Firefox::start_in(&lab.namespaces);
    let results = browser.run(SCRIPT, &format!("measureAll({})", inputs(&chosen)));
    let mut measured: VecDeque<Measured> = serde_json::from_value(results).unwrap();
    let next = |(_, condition): &(u8, &Condition)| condition.firefox.then(|| measured.pop_front().unwrap());
    numbered.iter().map(next).collect()
}

fn probe_all(lab: &Lab, numbered: &[(u8, &Condition)]) -> Vec<Probed> {
    let queue: Mutex<VecDeque<_>> = Mutex::new(numbered.iter().enumerate().collect());
    let found = Mutex::new(vec![None; numbered.len()]);
    thread::scope(|scope| {
        for _ in 0..PROBES {
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
