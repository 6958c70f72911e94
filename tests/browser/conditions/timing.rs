//! How long gathering takes at several round trips: in Chromium, and what the probe derives from its own measurement.

use std::sync::Mutex;
use std::thread;

use serde_json::{Value, json};

use super::lab::{Lab, PASSWORD, USER};
use super::measure::run_long;
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

/// The times of gathering of one kind of server at one round trip, in milliseconds.
pub(super) struct Time {
    server: usize,
    round_trip: usize,
    chromium: f64,
    probe: f64,
    /// What was wrong before it was measured again.
    at_first: Option<String>,
}

impl Time {
    /// How Chromium and the probe differ, if they do too much.
    fn fault(&self) -> Option<String> {
        let Time { chromium, probe, .. } = self;
        ((chromium - probe).abs() > TOLERANCE_MS.max(chromium * TOLERANCE))
            .then(|| format!("gathering takes {chromium:.0} ms in Chromium, {probe:.0} says the probe"))
    }

    fn name(&self) -> String {
        format!("{} at {} ms", SERVERS[self.server], ROUND_TRIPS[self.round_trip])
    }

    /// What is wrong, as a line.
    fn wrong(&self) -> Option<String> {
        let times = if self.at_first.is_some() { ", measured twice" } else { "" };
        self.fault().map(|fault| format!("{}: {fault}{times}", self.name()))
    }
}

/// Chromium's medians, for each kind of server and each round trip.
pub(super) fn measure(browser: &mut Browser) -> Vec<Time> {
    let mut times = Vec::new();
    for server in 0..SERVERS.len() {
        // The round trips at once, since that is nearly all waiting; one server after the other for each of them.
        let round_trips: Vec<usize> = (0..ROUND_TRIPS.len()).collect();
        let medians = medians_in_chromium(browser, server, &round_trips);
        times.extend(round_trips.into_iter().zip(medians).map(|(round_trip, chromium)| Time {
            server,
            round_trip,
            chromium,
            probe: f64::NAN,
            at_first: None,
        }));
    }
    times
}

fn medians_in_chromium(browser: &mut Browser, server: usize, round_trips: &[usize]) -> Vec<f64> {
    let input =
        |number| json!({"urls": at(number, SERVERS[server]), "username": USER, "credential": PASSWORD});
    let series = |index: &usize| (0..TIMES).map(|time| input(number(*index, time))).collect::<Value>();
    let all: Value = round_trips.iter().map(series).collect();
    let found = run_long(browser, &format!("Promise.all({all}.map(measureTimes))"));
    let found: Vec<Vec<f64>> = serde_json::from_value(found).unwrap();
    found.into_iter().map(median).collect()
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

/// What the probe derives.
pub(super) fn probe(lab: &Lab, times: &mut [Time]) {
    let queue = Mutex::new(times.iter_mut());
    thread::scope(|scope| {
        for _ in 0..PROBES {
            scope.spawn(|| {
                loop {
                    let Some(time) = queue.lock().unwrap().next() else { return };
                    time.probe = median_of_probes(lab, time);
                }
            });
        }
    });
}

fn median_of_probes(lab: &Lab, time: &Time) -> f64 {
    let probe = |each| lab.probe(number(time.round_trip, each), SERVERS[time.server], Login::Good).1;
    let ms = |report: Value| report["summary"]["gathering_ms"].as_f64();
    median((0..PROBE_TIMES).map(|each| ms(probe(each)).unwrap_or(f64::INFINITY)).collect())
}

/// Whether some times differ too much.
pub(super) fn are_doubtful(times: &[Time]) -> bool {
    times.iter().any(|time| time.fault().is_some())
}

/// Measures the times that differ too much once more, one after the other.
pub(super) fn measure_again(lab: &Lab, browser: &mut Browser, times: &mut [Time]) {
    for time in times {
        time.at_first = time.fault();
        if time.at_first.is_some() {
            time.chromium = medians_in_chromium(browser, time.server, &[time.round_trip])[0];
            time.probe = median_of_probes(lab, time);
        }
    }
}

/// Where Chromium and the probe differ too much, one a line.
pub(super) fn wrong(times: &[Time]) -> Vec<String> {
    times.iter().filter_map(Time::wrong).collect()
}

pub(super) fn print(times: &[Time]) {
    println!("{:32} gathering at round trips of {ROUND_TRIPS:?} ms: Chromium, probe", "server");
    for (server, url) in SERVERS.iter().enumerate() {
        let of_server = times.iter().filter(|time| time.server == server);
        let shown: Vec<_> =
            of_server.map(|Time { chromium, probe, .. }| format!("{chromium:.0} {probe:.0}")).collect();
        println!("{url:32} {}", shown.join("   "));
    }
    for time in times {
        if let Some(fault) = &time.at_first {
            println!("    measured twice, because at first: {}: {fault}", time.name());
        }
    }
}
