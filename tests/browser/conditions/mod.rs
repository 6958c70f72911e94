//! The same servers behind the same networks, before the probe and before browsers: all have to agree on which of them
//! calls can use.

mod again;
mod lab;
mod measure;
mod table;
mod timing;
mod verdict;

use std::time::Instant;

use self::lab::Lab;
use self::table::{Condition, Server};
use self::verdict::{Disagreements, Found};

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
fn the_probe_agrees_with_browsers() -> Result<(), Disagreements> {
    let started = Instant::now();
    let ended = |step: &str| println!("{step}: {:.0?}", started.elapsed());
    let conditions = table::read();
    let numbered: Vec<(u8, &Condition)> = (FIRST..).zip(&conditions).collect();
    let lab = start(&numbered);
    ended("servers");
    let mut browser = measure::start_chromium(&lab);
    let mut times = timing::measure(&mut browser);
    ended("Chromium's times of gathering");
    let chromium = measure::in_chromium(&mut browser, &numbered);
    drop(browser);
    ended("Chromium");
    timing::probe(&lab, &mut times);
    let probed = measure::by_probe(&lab, &numbered, PROBES);
    ended("probe");
    let firefox = measure::in_firefox(&lab, &numbered);
    ended("Firefox");
    let mut found: Vec<Found> = chromium.into_iter().zip(firefox).zip(probed).map(Found::new).collect();
    again::measure(&lab, &numbered, &mut found, &mut times);
    ended("what disagreed, once more");

    let mut wrong: Vec<String> =
        conditions.iter().zip(&found).flat_map(|(condition, found)| found.wrong(condition)).collect();
    wrong.extend(timing::wrong(&times));
    // A log may be cut off in the middle: what is wrong comes before all that is long, and again at the end.
    wrong.iter().for_each(|line| println!("! {line}"));
    verdict::print(&conditions, &found);
    timing::print(&times);
    if wrong.is_empty() { Ok(()) } else { Err(Disagreements(wrong)) }
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
