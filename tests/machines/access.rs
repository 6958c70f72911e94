//! What servers and users may, and what is refused: permissions, passwords, TLS, old servers, large settings.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::support::certificates::Authority;
use crate::support::nats::{JETSTREAM, Nats};
use crate::support::program::{Home, Run};

/// An account that may write, one that may only read, and one that may nothing.
const USERS: &str = r#"
authorization {
  users = [
    { user: admin, password: "a-secret:1", permissions: {
        publish: ["cowork-calls.calls.settings", "$JS.API.STREAM.*.COWORK_CALLS_calls",
          "$JS.API.STREAM.MSG.*.COWORK_CALLS_calls", "$JS.API.CONSUMER.*.COWORK_CALLS_calls.>", "$JS.FC.>"]
        subscribe: ["_INBOX.>"] } }
    { user: serve, password: s-secret, permissions: {
        publish: ["$JS.API.STREAM.MSG.GET.COWORK_CALLS_calls", "$JS.API.CONSUMER.*.COWORK_CALLS_calls.>", "$JS.FC.>"]
        subscribe: ["_INBOX.>"] } }
    { user: nobody, password: n-secret, permissions: { publish: ["x"], subscribe: ["_INBOX.>"] } }
  ]
}
"#;

/// Runs a command with settings in a server, as a user whose password is in a file.
fn run_as(home: &Home, server: &Nats, login: &str, line: &str) -> Run {
    let file = home.path().join("login");
    fs::write(&file, format!("{login}\n")).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    home.run(&format!("{line} --config {} --engine-credentials login", server.settings("calls")))
}

#[track_caller]
fn refuses(run: &Run, code: &str, why: &str) {
    let error = run.json_error(3);
    assert_eq!(error["code"], code, "{error}");
    let message = error["message"].as_str().unwrap();
    assert!(message.contains(why), "{message}");
    assert!(!error.to_string().contains("secret"), "{error}");
}

#[test]
#[ignore = "needs nats-server (tests/run.sh)"]
fn a_user_does_what_the_servers_permit() {
    let server = Nats::with(&format!("{JETSTREAM}{USERS}"));
    let home = Home::new();
    let run = |login: &str, line: &str| run_as(&home, &server, login, line);
    const ADMIN: &str = "admin:a-secret:1";
    const SERVE: &str = "serve:s-secret";

    refuses(
        &run(SERVE, "stun add a --json"),
        "engine-denied",
        "no permission to publish to $JS.API.STREAM.CREATE",
    );
    run(ADMIN, "stun add a").ends(0, "added stun:a:3478\n", "");
    run(SERVE, "stun add a").ends(0, "unchanged\n", "");
    assert_eq!(run(SERVE, "stun list").stdout, run(ADMIN, "stun list").stdout);
    refuses(&run(SERVE, "stun add b --json"), "engine-denied", "publish to cowork-calls.calls.settings");
    assert_eq!(run(SERVE, "config history").status, Some(0));
    let purge = run(SERVE, "config history --purge --json");
    refuses(&purge, "engine-denied", "publish to $JS.API.STREAM.MSG.DELETE");
    run(ADMIN, "config history --purge").ends(0, "removed 1 version\n", "");

    let started = Instant::now();
    refuses(
        &run("nobody:n-secret", "stun list --json"),
        "engine-denied",
        "publish to $JS.API.STREAM.MSG.GET",
    );
    for login in ["admin:wrong-secret", "stranger:a-secret:1"] {
        refuses(&run(login, "stun list --json"), "engine-denied", "wrong user or password");
    }
    let line = format!("stun list --json --config {}", server.settings("calls"));
    refuses(&home.run(&line), "engine-denied", "wrong user or password");
    assert!(started.elapsed() < Duration::from_secs(15), "a denial is no timeout");
}

#[test]
#[ignore = "needs nats-server (tests/run.sh)"]
fn the_file_with_the_password_is_checked() {
    let server = Nats::with(&format!("{JETSTREAM}{USERS}"));
    let home = Home::new();
    for login in ["admin", ":a-secret", "admin:", ""] {
        let error = run_as(&home, &server, login, "stun list --json").json_error(2);
        assert_eq!(error["code"], "invalid-secret", "{login}: {error}");
    }
    let line = format!("stun list --json --config {}", server.settings("calls"));
    let error = home.run(&format!("{line} --engine-credentials gone")).json_error(2);
    assert_eq!(error["code"], "secret-unreadable", "{error}");

    assert_eq!(run_as(&home, &server, "admin:a-secret:1", "stun add a").stderr, "");
    fs::set_permissions(home.path().join("login"), fs::Permissions::from_mode(0o604)).unwrap();
    let output = home
        .command(["stun", "list", "--json"])
        .env("COWORK_CALLS_CONFIG", server.settings("calls"))
        .env("COWORK_CALLS_ENGINE_CREDENTIALS", "login")
        .output();
    let warnings = Run::of("stun list", output.unwrap()).json()["warnings"].clone();
    assert_eq!(warnings[0]["code"], "readable-by-others", "{warnings}");
    assert!(warnings[0]["message"].as_str().unwrap().starts_with("login contains secrets"), "{warnings}");
}

#[test]
fn an_address_is_refused_if_it_has_a_password_or_is_incomplete() {
    let home = Home::new();
    let error = home.run("stun list --json --config nats://ada:hunter2@n1/calls").json_error(2);
    assert_eq!(error["code"], "secret-on-command-line", "{error}");
    assert!(!error.to_string().contains("hunter2"), "{error}");
    for (address, why) in [
        ("nats://n1:4222", "does not name the settings"),
        ("nats://n1/a.b", "'a.b' cannot be the name of settings"),
        ("nats://n1:99999/a", "'n1:99999' is not the host and port"),
    ] {
        let error = home.run(&format!("stun list --json --config {address}")).json_error(2);
        assert_eq!(error["code"], "usage", "{error}");
        assert!(error["message"].as_str().unwrap().contains(why), "{error}");
    }
    // These would be files, which an edit would create.
    for address in ["tls://n1/x", "nats:/n1/x"] {
        let error = home.run(&format!("stun add a --json --config {address}")).json_error(2);
        assert_eq!(error["message"], format!("'{address}' is not the address of NATS servers"));
    }
    // Some commands fail before they look for settings.
    for line in ["setup", "config edit", "setup --json"] {
        let run = home.run(&format!("{line} --config nats://ada:hunter2@n1/x"));
        assert_eq!(run.status, Some(2), "{run:?}");
        assert!(!run.stderr.contains("hunter2"), "{run:?}");
    }
    assert!(Command::new("mkfifo").arg(home.path().join("pipe")).status().unwrap().success());
    for (option, code) in [("--engine-credentials", "invalid-secret"), ("--engine-ca", "unusable-file")] {
        let error = home.run(&format!("stun list --json --config nats://n1/a {option} pipe")).json_error(2);
        assert_eq!(error["code"], code, "{error}");
        assert!(error["message"].as_str().unwrap().ends_with("this is not a regular file"), "{error}");
    }
    for option in ["--engine-credentials", "--engine-ca", "--engine-cert", "--engine-key"] {
        let error = home.run(&format!("stun list --json {option} x")).json_error(2);
        assert_eq!(error["message"], format!("{option} is for settings in NATS, and these are in a file"));
    }
    let error = home.run("stun list --json --config nats://n1/a --engine-key x").json_error(2);
    assert_eq!(error["message"], "a certificate and its key are needed together");
    let error = home.run("stun list --json --config nats://n1/a --engine-ca x").json_error(2);
    assert_eq!(
        (&error["code"], &error["message"]),
        (&json!("unusable-file"), &json!("cannot use x: there is no such file"))
    );
}

#[test]
#[ignore = "needs nats-server (tests/run.sh)"]
fn servers_that_cannot_keep_settings_are_refused() {
    let home = Home::new();
    let line = |server: &Nats| format!("stun add a --json --config {}", server.settings("calls"));
    let plain = Nats::with("");
    refuses(&home.run(&line(&plain)), "engine-unsuitable", "JetStream is not enabled");
    let account = "accounts { A { users: [{ user: a, password: a-secret }] } }\n";
    let without = Nats::with(&format!("{JETSTREAM}{account}"));
    refuses(
        &run_as(&home, &without, "a:a-secret", "stun list --json"),
        "engine-unsuitable",
        "not enabled for account",
    );

    // Debian's version loses changes in a cluster.
    let cluster =
        "server_name: n1\ncluster { name: c, listen: \"127.0.0.1:-1\", routes: [\"nats://127.0.0.1:1\"] }\n";
    let old = Nats::with(&format!("{JETSTREAM}{cluster}"));
    refuses(&home.run(&line(&old)), "engine-unsuitable", "clusters older than version 2.10 lose changes");
}

#[test]
#[ignore = "needs nats-server (tests/run.sh)"]
fn settings_that_are_too_large_for_the_servers_are_refused() {
    let server = Nats::with(&format!("{JETSTREAM}max_payload: 2000\n"));
    let home = Home::new();
    let line = |words: &str| format!("{words} --json --config {}", server.settings("calls"));
    assert_eq!(home.run(&line("stun add a")).status, Some(0));
    let many: Vec<_> = (0..100).map(|n| format!("s{n}.example.de")).collect();
    refuses(&home.run(&line(&format!("stun add {}", many.join(" ")))), "config-too-large", "takes at most 1");
    assert_eq!(home.run(&line("stun list")).json()["servers"].as_array().unwrap().len(), 4);
}

#[test]
#[ignore = "needs nats-server (tests/run.sh)"]
fn a_server_without_room_says_so_and_keeps_what_it_has() {
    let server = Nats::with("jetstream { store_dir: js, max_file: 3000 }\n");
    let home = Home::new();
    let line = |words: &str| format!("{words} --json --config {}", server.settings("calls"));
    let mut last = home.run(&line("stun add a"));
    for n in 0..40 {
        if last.status != Some(0) {
            break;
        }
        last = home.run(&line(&format!("stun add s{n}")));
    }
    refuses(&last, "config-unwritable", "could not store the settings");
    let servers = home.run(&line("stun list")).json()["servers"].as_array().unwrap().len();
    assert!(servers > 3, "{servers}");
}

#[test]
fn without_a_server_a_command_fails_at_once() {
    let home = Home::new();
    let started = Instant::now();
    refuses(
        &home.run("stun add a --json --config nats://127.0.0.1:9/x"),
        "engine-unreachable",
        "connection refused",
    );
    let both = home.run("stun list --json --config nats://127.0.0.1:9,127.0.0.1:10/x");
    refuses(&both, "engine-unreachable", "connection refused (the last of 2 servers)");
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[test]
#[ignore = "needs nats-server (tests/run.sh)"]
fn connections_beyond_this_machine_are_encrypted_and_both_sides_are_checked() {
    let home = Home::new();
    let (servers, clients) = (home.path().join("servers"), home.path().join("clients"));
    let [server_ca, client_ca] = [&servers, &clients].map(|folder| {
        fs::create_dir(folder).unwrap();
        Authority::new(folder)
    });
    let [_, certificate, _, key] = server_ca.options("localhost", 2099);
    let [_, own, _, own_key] = client_ca.options("admin", 2099);
    let tls = |more: &str| {
        format!("{JETSTREAM}tls {{ cert_file: \"{certificate}\", key_file: \"{key}\"\n{more} }}\n")
    };
    let line = |host: &str, server: &Nats, options: &str| {
        let config = format!("nats://{host}:{}/calls", server.port);
        home.run(&format!("stun list --json --config {config} {options}"))
    };
    let trust = format!("--engine-ca {}", server_ca.file());
    let server = Nats::with(&tls(""));
    assert_eq!(line("localhost", &server, &trust).status, Some(0));
    refuses(
        &line("localhost", &server, ""),
        "engine-unreachable",
        "not signed by an authority that is trusted",
    );
    refuses(&line("127.0.0.1", &server, &trust), "engine-unreachable", "its certificate is for another name");

    // Any address but loopback's counts as another machine; Linux takes this one for its own.
    let plain = Nats::start();
    assert_eq!(line("127.0.0.1", &plain, "").status, Some(0));
    refuses(&line("0.0.0.0", &plain, ""), "engine-unreachable", "it does not use TLS");
    refuses(&line("127.0.0.1", &plain, &trust), "engine-unreachable", "it does not use TLS");

    let strict = Nats::with(&tls(&format!("ca_file: \"{}\", verify: true", client_ca.file())));
    let identity = format!("{trust} --engine-cert {own} --engine-key {own_key}");
    assert_eq!(line("localhost", &strict, &identity).status, Some(0));
    refuses(&line("localhost", &strict, &trust), "engine-unreachable", "no client without a certificate");
    let mixed = format!("{trust} --engine-cert {own} --engine-key {key}");
    let error = line("localhost", &strict, &mixed).json_error(2);
    assert_eq!(error["code"], "unusable-file", "{error}");
    assert!(error["message"].as_str().unwrap().ends_with("it does not match the certificate"), "{error}");
}
