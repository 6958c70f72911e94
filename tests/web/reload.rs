//! Edits take effect at once, and a broken file leaves the last good settings in effect.

use std::fs;
use std::io::Write as _;
use std::thread;
use std::time::{Duration, Instant};

use crate::support::server::{ALICE, BOB, ICE, REACTION, Server, wait_for};
use crate::support::stopwatch::in_time;

const ROCKET: &str = "[reactions]\nemojis = [\"🚀\"]\n";
const PARTY: &str = "[reactions]\nemojis = [\"🎉\"]\n";

/// A way to edit a file, with its name.
type Way<'a> = (&'a str, &'a dyn Fn(&str));

fn names(server: &Server) -> Vec<String> {
    let list = server.get(REACTION, ALICE).json();
    list.as_array().unwrap().iter().map(|entry| entry["shortName"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn an_edit_on_the_command_line_takes_effect_for_the_next_request() {
    // There is no settings file yet.
    let server = Server::start();
    let mut listener = server.listen(BOB);
    for _ in 0..5 {
        assert_eq!(server.react(ALICE, "🚀").error(422), "reaction-not-allowed");
        server.command("reactions add :rocket:");
        assert_eq!(server.react(ALICE, "🚀").status, 200);
        assert!(listener.next().unwrap().contains("🚀"), "the listener is still there");
        server.command("reactions remove :rocket:");
    }
    server.command("stun set stun.example.de");
    server.command("policy relay");
    let ice = server.get(ICE, ALICE).json();
    assert_eq!(ice["iceServers"][0]["urls"][0], "stun:stun.example.de:3478");
    assert_eq!(ice["iceTransportPolicy"], "relay");
    server.logs("reloaded the settings");
}

#[test]
fn an_undo_to_no_file_takes_effect_for_the_next_request() {
    let server = Server::start();
    server.command("reactions set :rocket:");
    assert_eq!(names(&server), [":rocket:"]);
    server.command("config undo");
    assert_eq!(names(&server).len(), 8);
}

#[test]
fn an_edit_by_hand_takes_effect_within_100_ms() {
    let server = Server::with(ROCKET, "");
    let _listener = server.listen(BOB);
    let file = server.home.file();
    let beside = file.with_extension("new");
    let target = server.home.path().join("elsewhere.toml");
    let in_place = |text: &str| {
        let mut file = fs::OpenOptions::new().write(true).truncate(true).open(&file).unwrap();
        for byte in text.as_bytes() {
            file.write_all(&[*byte]).unwrap();
        }
    };
    let renamed = |text: &str| {
        fs::write(&beside, text).unwrap();
        fs::rename(&beside, &file).unwrap();
    };
    let behind_link = |text: &str| fs::write(&target, text).unwrap();
    let ways: [Way<'_>; 3] =
        [("in place", &in_place), ("by a rename", &renamed), ("behind a link", &behind_link)];
    for (name, edit) in ways {
        if name == "behind a link" {
            fs::rename(&file, &target).unwrap();
            std::os::unix::fs::symlink(&target, &file).unwrap();
            thread::sleep(Duration::from_millis(150));
        }
        let once = |n| {
            let (text, expected) = if n % 2 == 0 { (PARTY, ":tada:") } else { (ROCKET, ":rocket:") };
            edit(text);
            let started = Instant::now();
            loop {
                let names = names(&server);
                if names == [expected] {
                    return started.elapsed();
                }
                assert!(names == [":rocket:"] || names == [":tada:"], "half an edit is in effect: {names:?}");
                assert!(started.elapsed() < Duration::from_secs(5), "{name} is not seen");
            }
        };
        in_time(..Duration::from_millis(100), || {
            let mut times: Vec<Duration> = (0..10).map(once).collect();
            times.sort();
            println!("{name}: {times:?}");
            ((), times[5])
        });
    }
    assert_eq!(server.metric("listeners"), "1");
}

#[test]
fn an_edit_is_noticed_without_any_request() {
    let server = Server::with(ROCKET, "");
    let started = Instant::now();
    fs::write(server.home.file(), PARTY).unwrap();
    while !server.log().contains("reloaded the settings") {
        assert!(started.elapsed() < Duration::from_secs(5));
        thread::sleep(Duration::from_millis(1));
    }
}

#[test]
fn a_removed_reaction_is_rejected_at_once() {
    let server = Server::start();
    let mut listener = server.listen(BOB);
    assert_eq!(server.react(ALICE, "🎉").status, 200);
    server.command("reactions remove :tada:");
    assert_eq!(server.react(ALICE, "🎉").error(422), "reaction-not-allowed");
    assert!(!names(&server).contains(&":tada:".to_owned()));
    server.command("reactions clear");
    assert_eq!(server.react(ALICE, "👍").status, 200);
    assert!(listener.next().unwrap().contains("🎉"));
    assert!(listener.next().unwrap().contains("👍"), "the rejected one never arrived");
}

#[test]
fn a_broken_file_leaves_the_last_good_settings_in_effect() {
    let server = Server::with(ROCKET, "");
    let mut listener = server.listen(BOB);
    fs::write(server.home.file(), "[reactions]\nemojis = [\"🚀\", \"x\"]\n").unwrap();
    server.logs("config.toml:2:16: 'x' is not an emoji");
    for _ in 0..20 {
        assert_eq!(server.react(ALICE, "🚀").status, 200);
        assert!(listener.next().is_some());
    }
    let health = server.get("/healthz", "");
    assert_eq!((health.status, &health.json()["status"]), (200, &"degraded".into()));
    let message = "settings: 2:16: run 'cowork-calls config check' to see what is wrong";
    assert_eq!(health.json()["message"], message, "with the place, and nothing of the file");
    assert_eq!(server.metric("settings_good"), "0");
    assert_eq!(server.metric("settings_reloads_total{result=\"failed\"}"), "1");

    fs::write(server.home.file(), PARTY).unwrap();
    server.logs("reloaded the settings");
    assert_eq!(server.get("/healthz", "").body, r#"{"status":"ok"}"#);
    assert_eq!(names(&server), [":tada:"]);
    assert_eq!(server.metric("settings_good"), "1");
    let log = server.stop();
    assert_eq!(log.matches("still using the last good settings").count(), 1, "{log}");
}

#[test]
fn a_password_in_an_address_is_neither_logged_nor_published() {
    let server = Server::start();
    let file = server.home.file();
    fs::create_dir_all(file.parent().unwrap()).unwrap();
    fs::write(file, "[[turn.servers]]\nuri = 'turn:alice:hunter2@turn.example.de'\n").unwrap();
    server.logs("config.toml:2:7: 'turn:…': a server address contains no user name");
    let health = server.get("/healthz", "");
    let message = health.json()["message"].as_str().unwrap().to_owned();
    assert!(message.starts_with("settings: 2:7: "), "{message}");
    for secret in ["alice", "hunter2", "turn.example.de"] {
        assert!(!health.body.contains(secret), "{}", health.body);
    }
    let log = server.stop();
    assert!(!log.contains("hunter2") && !log.contains("alice"), "{log}");
}

#[test]
fn removing_the_file_restores_the_defaults() {
    let server = Server::with(ROCKET, "");
    fs::remove_file(server.home.file()).unwrap();
    server.logs("reloaded the settings");
    assert_eq!(names(&server).len(), 8);
    fs::create_dir(server.home.file()).unwrap();
    server.logs("is a folder, not a regular file; still using the last good settings");
    assert_eq!(names(&server).len(), 8);
    let health = server.get("/healthz", "").json();
    assert_eq!(health["message"], "settings: the file cannot be read");
}

#[test]
fn sighup_reads_all_files_again_although_they_seem_unchanged() {
    let home = crate::support::server::home(ROCKET);
    let authority = crate::support::certificates::Authority::new(home.path());
    let [_, certificate, _, key] = authority.options("localhost", 2100);
    let server = Server::at(home, &format!("--tls-cert {certificate} --tls-key {key}"));
    for times in 1..=3 {
        server.signal("-HUP");
        for name in ["settings", "tokens", "TLS certificate"] {
            let count = || server.log().matches(&format!("reloaded the {name}\n")).count();
            wait_for(|| (count() == times).then_some(()), || format!("reload {times} of the {name}"));
        }
    }
    server.stop();
}

#[test]
fn sighup_keeps_connections_and_reports_a_broken_file_each_time() {
    let server = Server::with(ROCKET, "");
    let mut listener = server.listen(BOB);
    fs::write(server.home.file(), "x").unwrap();
    server.logs("still using the last good settings");
    server.signal("-HUP");
    let count = || server.log().matches("still using the last good settings").count();
    wait_for(|| (count() == 2).then_some(()), || "a second report".to_owned());
    assert_eq!(server.react(ALICE, "🚀").status, 200);
    assert!(listener.next().is_some());
    // Two signals at once: neither is lost.
    server.signal("-HUP");
    server.signal("-INT");
    assert_eq!(server.ended().0, Some(0));
}
