//! The RTCConfiguration that clients receive, and which secrets it must not contain.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use cowork_calls::config::ephemeral_credentials;
use cowork_calls::config::turn::Secret;
use serde_json::json;

use crate::support::server::{ALICE, ICE, Server, wait_for};

const SETTINGS: &str = r#"[stun]
servers = ["stun.example.de", "stuns:[2001:db8::1]"]
[[turn.servers]]
uri = "turn:a.example.de"
username = "cowork"
password = "hunter2"
[[turn.servers]]
uri = "turns:b.example.de"
username = "cowork"
password-file = "b.pw"
[[turn.servers]]
uri = "turn:c.example.de?transport=tcp"
username = "cowork"
secret = "north"
[[turn.servers]]
uri = "turn:d.example.de"
secret-file = "d.secret"
[[turn.servers]]
uri = "turn:e.example.de"
[[turn.servers]]
uri = "turn:f.example.de"
username = "cowork"
password-file = "missing.pw"
[ice]
transport-policy = "relay"
"#;

#[test]
fn it_lists_all_servers_with_their_logins() {
    let home = crate::support::server::home(SETTINGS);
    let folder = home.file().parent().unwrap().to_owned();
    fs::write(folder.join("b.pw"), "in a file\n").unwrap();
    fs::write(folder.join("d.secret"), "south").unwrap();
    let server = Server::at(home, "--ttl 10m");
    let answer = server.get(ICE, ALICE);
    assert_eq!(answer.header("cache-control"), "no-store");
    let found = answer.json();
    assert_eq!(found["iceTransportPolicy"], "relay");
    let servers = found["iceServers"].as_array().unwrap();
    assert_eq!(
        servers[..4],
        [
            json!({"urls": ["stun:stun.example.de:3478"]}),
            json!({"urls": ["stuns:[2001:db8::1]:5349"]}),
            json!({"urls": ["turn:a.example.de:3478?transport=udp"], "username": "cowork", "credential": "hunter2"}),
            json!({"urls": ["turns:b.example.de:5349?transport=tcp"], "username": "cowork", "credential": "in a file"}),
        ]
    );
    assert_eq!(servers.len(), 6, "without those that have no login: {found}");
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    for (server, (user, secret)) in servers[4..].iter().zip([("cowork", "north"), ("alice", "south")]) {
        let username = server["username"].as_str().unwrap();
        let (expiry, name) = username.split_once(':').unwrap();
        let expiry: u64 = expiry.parse().unwrap();
        assert_eq!(name, user);
        assert!((now + 590..=now + 600).contains(&expiry), "{username} at {now}");
        let expected =
            ephemeral_credentials::login(&Secret::new(secret.to_owned()), Some(user), expiry).password;
        assert_eq!(server["credential"], expected.expose());
    }
    for secret in ["north", "south"] {
        assert!(!answer.body.contains(secret), "{}", answer.body);
    }
    server.get(ICE, ALICE);
    let log = server.stop();
    let warning = "turn:f.example.de:3478?transport=udp is left out: cannot read";
    assert_eq!(log.matches(warning).count(), 1, "once for two requests: {log}");
    for secret in ["north", "south", "hunter2", "in a file"] {
        assert!(!log.contains(secret), "{log}");
    }
}

#[test]
fn each_omitted_server_is_one_warning_until_the_settings_change() {
    let server = |name: &str| {
        format!(
            "[[turn.servers]]\nuri = 'turn:{name}.example.de'\nusername = 'u'\npassword-file = '{name}.pw'\n"
        )
    };
    let server = Server::with(&(server("a") + &server("b")), "");
    let check_warnings = |times: usize| {
        // The log follows the responses, and a warning precedes the line of its request.
        for _ in 0..3 {
            assert_eq!(server.get(ICE, ALICE).status, 200);
        }
        let is_logged = || (server.log().matches("calls/ice 200").count() == 3 * times).then(|| server.log());
        let log = wait_for(is_logged, || "all requests in the log".to_owned());
        for name in ["a", "b"] {
            let warning = format!("turn:{name}.example.de:3478?transport=udp is left out: cannot read");
            assert_eq!(log.matches(&warning).count(), times, "{log}");
        }
    };
    check_warnings(1);
    server.command("policy relay");
    check_warnings(2);
}

#[test]
fn without_settings_it_lists_the_defaults() {
    let found = Server::start().get(ICE, ALICE).json();
    assert_eq!(found["iceServers"].as_array().unwrap().len(), 3);
    assert_eq!(found["iceServers"][0], json!({"urls": ["stun:stun.nextcloud.com:443"]}));
    assert_eq!(found["iceTransportPolicy"], "all");
}
