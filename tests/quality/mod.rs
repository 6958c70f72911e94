//! `probe --quality` on a path whose delay, jitter, loss, order, duplicates and rate a test chooses, with a real coturn:
//! its figures have to be those of the path's own record.

mod agreement;
mod figures;
mod lab;
mod scenario;
mod timer;

use std::thread;

use self::figures::percentile;
use self::lab::Lab;
use self::scenario::Scenario;

/// The number of the first server.
const FIRST: u8 = 10;
/// How many measurements run at once: more would be late.
const AT_ONCE: usize = 10;
/// How late the program may send, at p99, in milliseconds, unless a bare timer is later, and how often that is measured: a busy
/// machine may delay it, but hardly each time.
const LATEST: f64 = 1.0;
const ATTEMPTS: usize = 10;

#[test]
#[ignore = "needs root, iproute2, nftables and coturn (tests/run.sh)"]
fn the_figures_are_those_of_the_path() {
    let scenarios = scenario::read(std::env::var_os("COWORK_CALLS_ALL_PATHS").is_some());
    let mut lab = Lab::start();
    let numbered: Vec<(u8, &Scenario)> = (FIRST..).zip(&scenarios).collect();
    numbered.iter().for_each(|(number, scenario)| lab.serve(*number, scenario));
    let mut wrong = Vec::new();
    for together in numbered.chunks(AT_ONCE) {
        let found: Vec<(String, Vec<String>)> = thread::scope(|scope| {
            let lab = &lab;
            let runs: Vec<_> = together
                .iter()
                .map(|(number, scenario)| scope.spawn(move || judge(lab, *number, scenario)))
                .collect();
            runs.into_iter().map(|run| run.join().unwrap()).collect()
        });
        for ((number, scenario), (mut line, mut faults)) in together.iter().zip(found) {
            if !faults.is_empty() {
                println!("measured again, alone: {} ({faults:?})", scenario.name);
                (line, faults) = judge(&lab, *number, scenario);
            }
            println!("{line}");
            wrong.extend(faults.into_iter().map(|fault| format!("{}: {fault}", scenario.name)));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
#[ignore = "needs root, iproute2, nftables and coturn (tests/run.sh)"]
fn media_leaves_within_a_millisecond() {
    let scenario = scenario::idle();
    let mut lab = Lab::start();
    lab.serve(FIRST, &scenario);
    let mut found = Vec::new();
    for _ in 0..ATTEMPTS {
        let (measured, machine) = timer::beside(|| lab.measure(FIRST, &scenario));
        let pace = &measured.report["results"][0]["quality"]["pace_ms"]["p99"];
        let pace = pace.as_f64().unwrap_or(f64::NAN);
        // Where the machine itself is later, most packets still have to be in time: the path has no priority.
        let (limit, share) = if machine <= LATEST { (LATEST, 0.95) } else { (machine, 0.5) };
        let reached = figures::media(&measured.record).map(|media| percentile(&media.late, share));
        if pace <= limit && reached.iter().all(|late| *late <= limit + pace) {
            println!("late at p99 in ms: {pace}, a bare timer {machine}; before: {found:?}");
            return;
        }
        found.push((pace, reached, machine));
    }
    panic!("late at p99, on the path (up and down), and a bare timer at p99, in ms: {found:?}");
}

/// Measures a server: a line about it, and what is wrong.
fn judge(lab: &Lab, number: u8, scenario: &Scenario) -> (String, Vec<String>) {
    let measured = lab.measure(number, scenario);
    let row = &measured.report["results"][0];
    (format!("{}: {}", scenario.name, row["quality"]), agreement::faults(scenario, &measured))
}
