//! `serve` with settings in a nats-server: it follows them, also through restarts of that.

use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::nats::Nats;
use crate::support::nats_client::Client;
use crate::support::server::{ALICE, ICE, Server, home, wait_for};

const SUBJECT: &str = "cowork-calls.calls.settings";

/// A server with settings in NATS.
fn serve(engine: &Nats) -> Server {
    let settings = engine.settings("calls");
    Server::with_variables(home(""), "", &[("COWORK_CALLS_CONFIG", Path::new(&settings))])
}

/// Runs a command with the settings in NATS.
#[track_caller]
fn change(server: &Server, engine: &Nats, line: &str) {
    server.command(&format!("{line} --config {}", engine.settings("calls")));
}

/// The STUN servers that clients get.
fn stun(server: &Server) -> Vec<String> {
    let servers = server.get(ICE, ALICE).json()["iceServers"].clone();
    servers.as_array().unwrap().iter().map(|server| server["urls"][0].as_str().unwrap().to_owned()).collect()
}

/// Waits until clients get this STUN server only.
#[track_caller]
fn gives(server: &Server, expected: &str) {
    let expected = [format!("stun:{expected}:3478")];
    wait_for(|| (stun(server) == expected).then_some(()), || format!("{expected:?}, not {:?}", stun(server)));
}

#[test]
#[ignore = "needs nats-server (tests/run.sh)"]
fn a_change_is_in_effect_within_a_moment() {
    let engine = Nats::start();
    let server = serve(&engine);
    assert_eq!(stun(&server).len(), 3, "the defaults");
    change(&server, &engine, "stun set first --yes");
    gives(&server, "first");
    let mut quick = 0;
    // From now on the stream exists, and its messages arrive by themselves.
    for n in 0..20 {
        change(&server, &engine, &format!("stun set s{n} --yes"));
        let saved = Instant::now();
        gives(&server, &format!("s{n}"));
        quick += u32::from(saved.elapsed() < Duration::from_secs(1));
    }
    // Without messages, a look every two seconds would find most of them late.
    assert!(quick >= 10, "{quick} of 20");
    server.logs("reloaded the settings");
}

#[test]
#[ignore = "needs nats-server (tests/run.sh)"]
fn the_last_good_settings_stay_in_effect_while_the_text_is_broken_or_the_engine_away() {
    let mut engine = Nats::start();
    let server = serve(&engine);
    change(&server, &engine, "stun set a --yes");
    gives(&server, "a");
    Client::connect(&engine).request(SUBJECT, "", "[stun");
    server.logs("still using the last good settings");
    assert_eq!(server.get("/healthz", "").json()["status"], "degraded");
    assert_eq!(stun(&server), ["stun:a:3478"]);
    change(&server, &engine, "config undo --yes");
    server.has_metric("settings_good", "1");

    engine.kill();
    assert_eq!(stun(&server), ["stun:a:3478"]);
    // Read again on request, there is nothing to read.
    server.signal("-HUP");
    server.logs("cannot reach nats://");
    assert_eq!(stun(&server), ["stun:a:3478"]);
    engine.start_again();
    change(&server, &engine, "stun set b --yes");
    gives(&server, "b");
    server.has_metric("settings_good", "1");
    let log = server.stop();
    let reloads = log.matches("reloaded the settings").count();
    assert!(reloads <= 8, "the versions before do not come back:\n{log}");
}

#[test]
#[ignore = "needs nats-server (tests/run.sh)"]
fn a_stream_that_is_deleted_and_created_again_is_followed() {
    let engine = Nats::start();
    let server = serve(&engine);
    change(&server, &engine, "stun set a --yes");
    gives(&server, "a");
    let deleted = Client::connect(&engine).jetstream("STREAM.DELETE.COWORK_CALLS_calls", &Value::Null);
    assert_eq!(deleted["success"], json!(true));
    wait_for(|| (stun(&server).len() == 3).then_some(()), || "the defaults".to_owned());
    // Its first versions have the numbers of the former ones.
    change(&server, &engine, "stun set b --yes");
    gives(&server, "b");
}

#[test]
#[ignore = "needs nats-server (tests/run.sh)"]
fn a_server_that_starts_waits_for_an_engine_that_starts_with_it_and_no_longer() {
    let mut engine = Nats::start();
    let home = home("");
    home.run(&format!("stun set a --yes --quiet --config {}", engine.settings("calls"))).prints("");
    engine.kill();
    let settings = engine.settings("calls");
    let started = Instant::now();
    let waiting = home
        .command([
            "serve",
            "--token-file",
            "tokens",
            "--listen",
            "127.0.0.1:0",
            "--json",
            "--config",
            &settings,
        ])
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let output = waiting.wait_with_output().unwrap();
    assert!((10..30).contains(&started.elapsed().as_secs()), "{:?}", started.elapsed());
    let error = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(3), "{error}");
    assert!(error.contains("engine-unreachable"), "{error}");

    std::thread::scope(|scope| {
        scope.spawn(|| {
            std::thread::sleep(Duration::from_secs(1));
            engine.start_again();
        });
        let server = Server::with_variables(home, "", &[("COWORK_CALLS_CONFIG", Path::new(&settings))]);
        gives(&server, "a");
    });
}
