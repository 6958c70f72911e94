//! How the server starts, when it refuses to, and how it shuts down.

use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use crate::support::certificates::Authority;
use crate::support::fake_server::{FakeServer, blocked_server, success};
use crate::support::program::Home;
use crate::support::server::{ALICE, BOB, ICE, Server, home, wait_for, write_tokens};

#[test]
fn the_server_does_not_start_without_tokens() {
    let home = Home::new();
    home.run("serve").fails(2, "--token-file");
    home.run("serve --token-file nowhere").fails(2, "error: nowhere: there is no such file");
    for (text, why) in [
        ("", "tokens: it contains no token"),
        ("# nobody\n", "tokens: it contains no token"),
        ("alice:0123456789abcdef\nbob\n", "tokens:2: expected name:token"),
        ("alice:", "tokens:1: expected a token of 1 to 1024"),
        ("a:0123456789abcdef\na:0123456789abcdeX", "tokens:2: this name already has a token"),
        ("a:0123456789abcdef\nb:0123456789abcdef", "tokens:2: this token already belongs to another name"),
    ] {
        write_tokens(&home, text);
        let run = home.run("serve --token-file tokens --listen 127.0.0.1:0");
        run.fails(2, why);
        assert!(!run.stderr.contains("0123456789abcde"));
    }
    let error = home.run("serve --token-file nowhere --log-format json").json_error(2);
    assert_eq!(error["code"], "invalid-tokens");
}

#[test]
fn a_short_token_is_a_warning() {
    let home = home("");
    write_tokens(&home, "# who\nalice:short-token\n");
    let server = Server::at(home, "");
    assert_eq!(server.get(ICE, "short-token").status, 200);
    let log = server.stop();
    assert!(log.contains("tokens:2: the token is shorter than 16 characters and could be guessed"), "{log}");
    assert!(!log.contains("short-token"), "{log}");
}

#[test]
fn listening_for_other_machines_requires_tls() {
    let home = home("");
    for address in ["0.0.0.0:0", "[::]:0", "192.0.2.1:8443", "[::ffff:192.0.2.1]:1"] {
        let run = home.run(&format!("serve --token-file tokens --listen {address}"));
        run.fails(2, "is reachable from other machines");
        assert!(run.stderr.contains("--tls-cert FILE and --tls-key FILE"), "{}", run.stderr);
    }
    home.run("serve --token-file tokens --listen 127.0.0.1").fails(2, "--listen");
    home.run("serve --token-file tokens --tls-cert x").fails(2, "--tls-key");
    home.run("serve --token-file tokens --tls-cert x --tls-key y")
        .fails(2, "cannot use x: there is no such file");
}

#[test]
fn unusable_certificates_and_keys_are_errors() {
    let home = home("");
    let authority = Authority::new(home.path());
    let [_, certificate, _, key] = authority.options("localhost", 2100);
    let [_, _, _, other] = authority.options_self_signed("localhost");
    let run = |certificate: &str, key: &str| {
        home.run(&format!(
            "serve --token-file tokens --listen 127.0.0.1:0 --tls-cert {certificate} --tls-key {key}"
        ))
    };
    run(&key, &key).fails(2, "it contains no certificate in PEM format");
    run(&certificate, &certificate).fails(2, "it contains no private key in PEM format");
    run(&certificate, &other).fails(2, "it does not match the certificate");
}

#[test]
fn a_port_in_use_is_an_error_with_exit_1() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let run = home("").run(&format!("serve --token-file tokens --listen {address}"));
    run.fails(1, &format!("error: cannot listen on {address}: address already in use"));
}

#[test]
fn broken_settings_are_an_error_with_exit_3() {
    let home = home("[ice]\ntransport-policy = 1\n");
    home.run("serve --token-file tokens --listen 127.0.0.1:0").fails(3, "config.toml:2:20: ");
}

#[test]
fn a_token_file_that_others_can_read_is_a_warning() {
    let home = home("");
    fs::set_permissions(home.path().join("tokens"), fs::Permissions::from_mode(0o644)).unwrap();
    let server = Server::at(home, "");
    server.logs("warning: tokens contains tokens, and other users can read it; run 'chmod o=' on it");
    assert_eq!(server.get(ICE, ALICE).status, 200);
    let home = crate::support::server::home("");
    // As the package sets it, for the group of the service.
    fs::set_permissions(home.path().join("tokens"), fs::Permissions::from_mode(0o640)).unwrap();
    let server = Server::at(home, "");
    assert_eq!(server.get("/healthz", "").body, r#"{"status":"ok"}"#);
    let log = server.stop();
    assert!(!log.contains("other users"), "{log}");
}

#[test]
fn others_may_read_a_token_file_with_hashes_only() {
    let home = home("");
    let hash = home.run_with("serve --hash-token", ALICE).stdout;
    write_tokens(&home, &format!("alice:{hash}"));
    fs::set_permissions(home.path().join("tokens"), fs::Permissions::from_mode(0o644)).unwrap();
    let server = Server::at(home, "");
    assert_eq!(server.get(ICE, ALICE).status, 200);
    assert!(!server.stop().contains("warning"));
}

#[test]
fn sigterm_and_ctrl_c_shut_it_down_with_exit_0_and_end_the_events() {
    for signal in ["-TERM", "-INT"] {
        let server = Server::start();
        let mut listener = server.listen(BOB);
        assert_eq!(server.react(ALICE, "👍").status, 200);
        let idle = server.connect();
        let started = Instant::now();
        server.signal(signal);
        assert!(listener.next().unwrap().contains("👍"), "what was sent before arrives");
        assert_eq!(listener.next(), None);
        let (status, log) = server.ended();
        assert_eq!(status, Some(0), "{log}");
        assert!(started.elapsed() < Duration::from_secs(2), "{signal}: {:?}", started.elapsed());
        drop(idle);
    }
}

#[test]
fn a_signal_at_any_moment_of_the_start_ends_it() {
    let started = Instant::now();
    let server = Server::start();
    let whole = started.elapsed();
    server.stop();
    let home = home("");
    let line = "serve --token-file tokens --listen 127.0.0.1:0";
    for n in 0..150 {
        let signal = if n % 2 == 0 { Signal::TERM } else { Signal::INT };
        let mut child = home.command(line.split(' ')).spawn().unwrap();
        let instant = whole * n / 100;
        std::thread::sleep(instant);
        kill_process(Pid::from_child(&child), signal).unwrap();
        let sent = Instant::now();
        let status = loop {
            if let Some(status) = child.try_wait().unwrap() {
                break status;
            }
            if sent.elapsed() > Duration::from_secs(3) {
                child.kill().unwrap();
                child.wait().unwrap();
                panic!("{signal:?} after {instant:?} was lost");
            }
            std::thread::sleep(Duration::from_millis(1));
        };
        // Before the handlers are installed the system ends it, then it ends itself; once it serves, it shuts down with 0.
        let ends_itself = if signal == Signal::TERM { 143 } else { 130 };
        let ended = status.signal() == Some(signal.as_raw())
            || matches!(status.code(), Some(code) if code == 0 || code == ends_itself);
        assert!(ended, "{signal:?} after {instant:?}: {status:?}");
    }
}

#[test]
fn an_unfinished_request_delays_shutdown_by_5_s_at_most() {
    let server = Server::start();
    let mut stream = server.connect();
    let request = crate::support::http::request(
        "POST",
        crate::support::server::REACTION,
        ALICE,
        r#"{"reaction":"👍"}"#,
    );
    std::io::Write::write_all(&mut stream, &request.as_bytes()[..request.len() - 3]).unwrap();
    std::thread::sleep(Duration::from_millis(300));
    let started = Instant::now();
    server.signal("-TERM");
    assert_eq!(server.ended().0, Some(0));
    let elapsed = started.elapsed();
    assert!(elapsed > Duration::from_secs(4) && elapsed < Duration::from_secs(8), "{elapsed:?}");
}

#[test]
fn a_running_probe_does_not_delay_shutdown() {
    let silent = FakeServer::start("127.0.0.1", |_, _| vec![]);
    let settings = format!("[stun]\nservers = [\"{}\"]\n", silent.uri());
    let server = Server::with(&settings, "--probe-interval 1m");
    std::thread::sleep(Duration::from_millis(500));
    let started = Instant::now();
    server.stop();
    assert!(started.elapsed() < Duration::from_secs(2), "{:?}", started.elapsed());
}

#[test]
fn probe_interval_probes_the_servers_and_adds_metrics() {
    let good = FakeServer::start("127.0.0.1", |request, client| vec![success(request, client)]);
    let blocked = blocked_server();
    let settings =
        format!("[stun]\nservers = [\"{}\", \"stun:127.0.0.1:20009\", \"{}\"]\n", good.uri(), blocked.uri());
    let server = Server::with(&settings, "--probe-interval 200ms");
    let up = |uri: &str, family: &str, value: &str| {
        let line =
            format!("cowork_calls_probe_up{{uri=\"{uri}\",transport=\"udp\",family=\"{family}\"}} {value}\n");
        wait_for(|| server.get("/metrics", "").body.contains(&line).then_some(()), || line.clone());
    };
    up(&good.uri(), "ipv4", "1");
    up("stun:127.0.0.1:20009", "ipv4", "0");
    up(&blocked.uri(), "", "0");
    assert_eq!(blocked.requests(), 0);
    server.command("stun remove 2");
    wait_for(
        || (!server.get("/metrics", "").body.contains("127.0.0.1:20009\"")).then_some(()),
        || "an end".into(),
    );
    server.stop();
    let server = Server::with(&settings, "");
    std::thread::sleep(Duration::from_millis(300));
    assert!(!server.get("/metrics", "").body.contains("cowork_calls_probe_"));
}
