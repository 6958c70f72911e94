//! A file system that hangs holds up neither requests nor the shutdown.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use crate::support::certificates::Authority;
use crate::support::http::Answer;
use crate::support::hung_folder::HungFolder;
use crate::support::server::{ALICE, BOB, ICE, REACTION, Server, home, replace_tokens, wait_for};

const SETTINGS: &str = r#"[reactions]
emojis = ["🚀"]
[[turn.servers]]
uri = "turn:a.example.de"
username = "cowork"
password-file = "a.pw"
[[turn.servers]]
uri = "turn:b.example.de"
username = "cowork"
password = "inline"
"#;

/// Returns the answer, which has to come within this time.
#[track_caller]
fn within(limit: Duration, ask: impl FnOnce() -> Answer) -> Answer {
    let started = Instant::now();
    let answer = ask();
    assert!(started.elapsed() < limit, "{:?}: {answer:?}", started.elapsed());
    answer
}

fn threads(server: &Server) -> usize {
    fs::read_dir(format!("/proc/{}/task", server.pid())).unwrap().count()
}

#[test]
#[ignore = "needs root (tests/run.sh)"]
fn a_file_system_that_hangs_holds_up_neither_requests_nor_the_shutdown() {
    const SOON: Duration = Duration::from_secs(1);
    let home = home(SETTINGS);
    let folder = home.file().parent().unwrap().to_owned();
    fs::write(folder.join("a.pw"), "first\n").unwrap();
    let server = Server::at(home, "--probe-interval 10s");
    let mut listener = server.listen(BOB);
    let passwords = |answer: &Answer| {
        let servers = answer.json()["iceServers"].as_array().unwrap().clone();
        servers
            .iter()
            .filter_map(|server| Some(server["credential"].as_str()?.to_owned()))
            .collect::<Vec<_>>()
    };
    assert_eq!(passwords(&server.get(ICE, ALICE)), ["first", "inline"]);
    fs::write(folder.join("a.pw"), "second\n").unwrap();
    assert_eq!(passwords(&server.get(ICE, ALICE)), ["second", "inline"], "as it is now");

    let hung = HungFolder::over(&folder);
    server.logs("settings: the file system does not respond; what was read last stays in effect");
    let health = within(SOON, || server.get("/healthz", "")).json();
    assert_eq!(health["status"], "degraded");
    let message = health["message"].as_str().unwrap();
    assert!(message.starts_with("settings: not read for ") && !message.contains('/'), "{message}");
    assert_eq!(server.metric("settings_good"), "0");
    let before = threads(&server);
    thread::scope(|scope| {
        for n in 0..40 {
            scope.spawn(|| {
                let answer = within(Duration::from_secs(3), || server.get(ICE, ALICE));
                assert_eq!(passwords(&answer), ["second", "inline"], "as it was read last");
            });
            // Fewer than a user may send in a burst.
            if n % 4 == 0 {
                assert_eq!(within(SOON, || server.react(ALICE, "🚀")).status, 200);
                assert!(listener.next().unwrap().contains("🚀"));
            }
            within(SOON, || server.get("/metrics", ""));
        }
    });
    assert!(
        threads(&server) <= before + 1,
        "no thread for each request: {} after {before}",
        threads(&server)
    );
    within(SOON, || server.get(ICE, ALICE));
    server.logs("TURN credentials: the file system does not respond");
    server.signal("-HUP");
    assert_eq!(within(SOON, || server.get(REACTION, ALICE)).status, 200);

    drop(hung);
    server.logs("settings: the file system responds again");
    let is_good = || (server.get("/healthz", "").body == r#"{"status":"ok"}"#).then_some(());
    wait_for(is_good, || "good health".to_owned());
    server.command("reactions set :tada:");
    assert_eq!(server.react(ALICE, "🎉").status, 200);

    let hung = HungFolder::over(&folder);
    wait_for(|| (server.metric("settings_good") == "0").then_some(()), || "a hang".to_owned());
    let started = Instant::now();
    server.signal("-TERM");
    let status = format!("/proc/{}/stat", server.pid());
    let is_zombie = || fs::read_to_string(&status).unwrap().contains(") Z ").then_some(());
    wait_for(is_zombie, || "the end".to_owned());
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
    drop(hung);
    assert_eq!(server.ended().0, Some(0));
}

#[test]
#[ignore = "needs root (tests/run.sh)"]
fn settings_or_certificates_that_hang_do_not_delay_the_end_of_a_token() {
    let both = format!("alice:{ALICE}\nbob:{BOB}\n");
    let home = home(SETTINGS);
    let folder = home.file().parent().unwrap().to_owned();
    fs::write(folder.join("a.pw"), "first\n").unwrap();
    let server = Server::at(home, "");
    let hung = HungFolder::over(&folder);
    server.logs("settings: the file system does not respond");
    for _ in 0..3 {
        let mut listener = server.listen(ALICE);
        replace_tokens(&server, &format!("bob:{BOB}\n"));
        server.has_metric("listeners", "0");
        assert_eq!(listener.next(), None);
        assert_eq!(server.get(REACTION, ALICE).error(401), "unauthorized");
        let health = server.get("/healthz", "").json()["message"].as_str().unwrap().to_owned();
        assert!(health.contains("settings: not read for ") && !health.contains("tokens"), "{health}");
        replace_tokens(&server, &both);
        assert_eq!(server.get(REACTION, ALICE).status, 200);
    }
    drop(hung);
    server.stop();

    let home = crate::support::server::home("");
    let folder = home.path().join("tls");
    fs::create_dir(&folder).unwrap();
    let authority = Authority::new(&folder);
    let [_, certificate, _, key] = authority.options("localhost", 2100);
    let server = Server::at(home, &format!("--tls-cert {certificate} --tls-key {key}"));
    let hung = HungFolder::over(&folder);
    server.logs("tls: the file system does not respond");
    replace_tokens(&server, &format!("bob:{BOB}\n"));
    server.logs("reloaded the tokens");
    server.command("reactions set :tada:");
    server.logs("reloaded the settings");
    assert!(!server.log().contains("settings: the file system"), "{}", server.log());
    drop(hung);
    server.logs("tls: the file system responds again");
}

#[test]
#[ignore = "needs root (tests/run.sh)"]
fn no_credentials_for_a_token_that_ends_while_a_request_waits_for_them() {
    let home = home(&SETTINGS.replace("a.pw", "passwords/a.pw"));
    let folder = home.file().parent().unwrap().join("passwords");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("a.pw"), "first\n").unwrap();
    let server = Server::at(home, "");
    assert_eq!(server.get(ICE, ALICE).status, 200);
    let hung = HungFolder::over(&folder);
    // A request waits 1.5 s for a file system; later ones wait no more.
    let ice = thread::scope(|scope| {
        let ice = scope.spawn(|| server.get(ICE, ALICE));
        thread::sleep(Duration::from_millis(500));
        replace_tokens(&server, &format!("bob:{BOB}\n"));
        server.logs("reloaded the tokens");
        ice.join().unwrap()
    });
    assert_eq!(ice.error(401), "unauthorized");
    drop(hung);
}
