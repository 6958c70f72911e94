//! How long gathering takes at several round trips: in Chromium, and what the probe derives from its own measurement.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::thread;

use serde_json::{Value, json};

use super::lab::{Lab, PASSWORD, USER};
use super::table::{Condition, Login, at};
use crate::support::browser::Browser;

/// The round trips, in milliseconds.
const ROUND_TRIPS: [u64; 5] = [0, 50, 100, 300, 600];
const SERVERS: [&str; 4] = [
    "stun:{4}:3478",
    "turn:{4}:3478?transport=udp",
    "turn:{4}:3478?transport=tcp",
    "turns:{4}:5349?transport=tcp",
];
/// The number of the first server. Each time is measured with another server, because Chromium resumes TLS sessions.
const FIRST: u8 = 200;
const TIMES: u8 = 5;
/// How far the probe may be from Chromium: the larger of both.
const TOLERANCE: f64 = 0.15;
const TOLERANCE_MS: f64 = 50.0;
/// How many probes run at once; more would delay each other.
const PROBES: usize = 4;
/// How often each server is probed: the median counts.
const PROBE_TIMES: u8 = 3;

/// The number of a server.
fn number(round_trip: usize, time: u8) -> u8 {
    FIRST + u8::try_from(round_trip).unwrap() * TIMES + time
}

/// Puts the servers into the network, and returns their numbers.
pub(super) fn add(lab: &mut Lab) -> Vec<u8> {
    let mut numbers = Vec::new();
    for (index, round_trip) in ROUND_TRIPS.into_iter().enumerate() {
        let condition = Condition::good_at(round_trip);
        for time in 0..TIMES {
            lab.add(number(index, time), &condition);
            numbers.push(number(index, time));
        }
    }
    numbers
}

/// Chromium's medians in milliseconds, for each kind of server and each round trip.
pub(super) fn measure(browser: &mut Browser) -> Vec<Vec<f64>> {
    let server =
        |url: &str, number| json!({"urls": at(number, url), "username": USER, "credential": PASSWORD});
    let mut medians = Vec::new();
    for url in SERVERS {
        // The round trips at once, since that is nearly all waiting; one server after the other for each of them.
        let series = |index| (0..TIMES).map(|time| server(url, number(index, time))).collect::<Value>();
        let all: Value = (0..ROUND_TRIPS.len()).map(series).collect();
        let found = super::run_long(browser, &format!("Promise.all({all}.map(measureTimes))"));
        let found: Vec<Vec<f64>> = serde_json::from_value(found).unwrap();
        medians.push(found.into_iter().map(median).collect());
    }
    medians
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// What the probe derives, in the same order.
pub(super) fn probe(lab: &Lab) -> Vec<Vec<f64>> {
    let round_trips = 0..ROUND_TRIPS.len();
    let pairs = (0..SERVERS.len()).flat_map(|server| round_trips.clone().map(move |index| (server, index)));
    let queue: Mutex<VecDeque<_>> = Mutex::new(pairs.collect());
    let found = Mutex::new(vec![vec![f64::NAN; ROUND_TRIPS.len()]; SERVERS.len()]);
    thread::scope(|scope| {
        for _ in 0..PROBES {
            scope.spawn(|| {
                loop {
                    let Some((server, index)) = queue.lock().unwrap().pop_front() else { return };
                    let probe = |time| lab.probe(number(index, time), SERVERS[server], Login::Good).1;
                    let ms = |report: Value| report["summary"]["gathering_ms"].as_f64();
                    let times = (0..PROBE_TIMES).map(|time| ms(probe(time)).unwrap_or(f64::INFINITY));
                    found.lock().unwrap()[server][index] = median(times.collect());
                }
            });
        }
    });
    found.into_inner().unwrap()
}

/// Prints both, and returns where they differ too much.
pub(super) fn compare(chromium: &[Vec<f64>], probed: &[Vec<f64>]) -> Vec<String> {
    let mut wrong = Vec::new();
    println!("{:32} gathering at round trips of {ROUND_TRIPS:?} ms: Chromium, probe", "server");
    for ((url, chromium), probed) in SERVERS.iter().zip(chromium).zip(probed) {
        let pairs: Vec<_> = chromium.iter().zip(probed).collect();
        let shown: Vec<_> = pairs.iter().map(|(browser, probe)| format!("{browser:.0} {probe:.0}")).collect();
        println!("{url:32} {}", shown.join("   "));
        for ((browser, probe), round_trip) in pairs.into_iter().zip(ROUND_TRIPS) {
            if (browser - probe).abs() > TOLERANCE_MS.max(browser * TOLERANCE) {
                wrong.push(format!(
                    "{url} at {round_trip} ms: gathering takes {browser:.0} ms in Chromium, {probe:.0} says the probe"
                ));
            }
        }
    }
    wrong
}
