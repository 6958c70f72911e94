//! `--probe`: an edit probes its new servers first, and is saved only if they work.

use std::net::UdpSocket;
use std::sync::Arc;

use rexpect::process::Signal;
use serde_json::{Value, json};

use crate::support::coturn::Coturn;
use crate::support::fake_server::{FakeServer, success};
use crate::support::program::{Home, Run};
use crate::support::strace::traced;
use crate::support::terminal::Terminal;

/// The settings before each edit.
const BEFORE: &str = "[stun]\nservers = [\"stun:a.example:3478\"]\n";

fn good_server() -> FakeServer {
    FakeServer::start("127.0.0.1", |request, client| vec![success(request, client)])
}

/// The address of a port on which nothing listens.
fn closed() -> String {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    format!("stun:{}", socket.local_addr().unwrap())
}

fn coturn() -> Coturn {
    let options = "-a -u alice:secret -r example.test --allow-loopback-peers --no-tls --no-dtls";
    Coturn::start_with(&options.split(' ').collect::<Vec<_>>())
}

/// The JSON of a run that failed after its probe: the document, and the error.
#[track_caller]
fn refused(run: &Run) -> (Value, Value) {
    assert_eq!(run.status, Some(1), "{run:?}");
    let parsed = |text: &str| serde_json::from_str::<Value>(text).unwrap();
    (parsed(&run.stdout), parsed(&run.stderr)["error"].clone())
}

#[test]
fn a_new_server_that_works_is_saved_below_its_verdict() {
    let (home, server) = (Home::with(BEFORE), good_server());
    let uri = server.uri();
    let run = home.run(&format!("stun add {uri} --first --probe"));
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
    let (rows, saved) = run.stdout.split_once("\n\n").unwrap();
    assert!(rows.contains(&format!("✓ {uri}")) && rows.contains("YOUR ADDRESS"), "{rows}");
    assert_eq!(saved, format!("added {uri}\n"));
    assert_eq!(home.text(), format!("[stun]\nservers = [\"{uri}\", \"stun:a.example:3478\"]\n"));
    assert_eq!(server.requests(), 1);
}

#[test]
fn a_quiet_edit_prints_verdicts_only_of_failures() {
    let (home, server, closed) = (Home::with(BEFORE), good_server(), closed());
    home.run(&format!("stun add {} --probe --quiet", server.uri())).prints("");
    let run = home.run(&format!("stun add {closed} --probe --quiet"));
    assert_eq!(run.status, Some(1));
    assert!(run.stdout.contains("nothing listens on this port"), "{run:?}");
    assert!(run.stderr.contains("error: "), "{run:?}");
}

#[test]
fn without_a_terminal_a_server_that_fails_is_not_saved() {
    let (home, good, closed) = (Home::with(BEFORE), good_server(), closed());
    for options in ["", "--no-input", "--dry-run"] {
        let run = home.run(&format!("stun add {closed} --probe {options}"));
        assert_eq!(run.status, Some(1), "{run:?}");
        assert!(run.stdout.contains(&format!("✗ {closed}")) && run.stdout.contains("\n  → start"), "{run:?}");
        let expected = format!(
            "error: {closed} failed the probe; nothing was changed\nhint: correct what the probe reports, or save all the same with '--yes'\n"
        );
        assert_eq!(run.stderr, expected);
        assert_eq!(home.text(), BEFORE);
    }
    let run = home.run(&format!("stun set {} {closed} b.invalid --probe", good.uri()));
    assert!(run.stderr.starts_with("error: 2 of 3 new servers failed the probe; nothing was"), "{run:?}");
    assert_eq!(home.text(), BEFORE);
}

#[test]
fn yes_saves_servers_that_fail() {
    let (home, closed) = (Home::with(BEFORE), closed());
    let would = home.run(&format!("stun add {closed} --probe --yes --dry-run"));
    assert_eq!((would.status, would.stderr.as_str()), (Some(0), "dry run: nothing was written\n"));
    assert!(would.stdout.ends_with(&format!("\n\nwould add {closed}\n")), "{would:?}");
    assert_eq!(home.text(), BEFORE);

    let run = home.run(&format!("stun add {closed} --probe --yes"));
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
    assert!(run.stdout.starts_with("  SERVER") && run.stdout.ends_with(&format!("\n\nadded {closed}\n")));
    assert!(home.text().contains(&closed));
}

#[test]
fn a_refusal_is_an_error_and_a_save_a_success_even_if_nobody_reads_the_output() {
    let (home, good, closed) = (Home::with(BEFORE), good_server(), closed());
    let unread = |line: &str| {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        Run::of(line, home.command(line.split(' ')).stdout(writer).output().unwrap())
    };
    for json in ["", " --json"] {
        let run = unread(&format!("stun add {closed} --probe{json}"));
        assert_eq!(run.status, Some(1), "{run:?}");
        assert!(run.stderr.contains("failed the probe; nothing was changed"), "{run:?}");
    }
    assert_eq!(home.text(), BEFORE);
    assert_eq!(unread(&format!("stun add {} --probe", good.uri())).status, Some(0));
    assert!(home.text().contains(&good.uri()));
}

#[test]
fn json_adds_the_verdicts_to_the_document_of_the_edit() {
    let (home, server, closed) = (Home::with(BEFORE), good_server(), closed());
    let (document, error) = refused(&home.run(&format!("stun add {closed} --probe --json")));
    assert_eq!((&document["changed"], &document["added"]), (&json!(false), &json!([])));
    assert_eq!(document["servers"], json!([{"position": 1, "uri": "stun:a.example:3478"}]));
    assert_eq!(document["probe"]["results"][0]["error"]["code"], "refused");
    assert_eq!(error["code"], "probe-failed");
    assert_eq!(home.text(), BEFORE);

    let saved = home.run(&format!("stun add {} --probe --json", server.uri())).json();
    assert_eq!((&saved["changed"], &saved["added"]), (&json!(true), &json!([server.uri()])));
    let probe = home.run(&format!("probe {} --json", server.uri())).json();
    for part in ["results", "summary"] {
        let keys = |document: &Value| match &document[part] {
            Value::Array(rows) => rows[0].as_object().unwrap().keys().cloned().collect::<Vec<_>>(),
            part => part.as_object().unwrap().keys().cloned().collect(),
        };
        assert_eq!(keys(&saved["probe"]), keys(&probe), "{part}");
    }
    // The same document without --probe has no such key.
    let plain = home.run(&format!("stun add {} --json", server.uri())).json();
    assert_eq!(plain.get("probe"), None);
}

#[test]
fn only_new_servers_are_probed() {
    let (old, new) = (good_server(), good_server());
    let home = Home::with(format!("[stun]\nservers = [\"{}\", \"a.example\"]\n", old.uri()));
    let set = home.run(&format!("stun set {} {} --probe --json", new.uri(), old.uri())).json();
    assert_eq!(set["probe"]["results"].as_array().unwrap().len(), 1);
    assert_eq!((old.requests(), new.requests()), (0, 1));

    let again = home.run(&format!("stun add {} --probe", new.uri()));
    again.ends(0, "unchanged\n", "no new servers to probe\n");
    let again = home.run(&format!("stun set {} --probe --json", new.uri())).json();
    assert_eq!((&again["changed"], &again["probe"]["results"]), (&json!(true), &json!([])));
    assert_eq!(again["probe"]["summary"]["failed"], 0);
    assert_eq!((old.requests(), new.requests()), (0, 1));

    home.run(&format!("stun add {} --quiet", old.uri())).prints("");
    assert_eq!(old.requests(), 0, "without --probe nothing is sent");
}

#[test]
fn at_a_terminal_a_server_that_fails_is_saved_only_after_a_yes() {
    for (answer, status) in [("n\r", 1), ("\r", 1), ("y\r", 0)] {
        let (home, closed) = (Home::with(BEFORE), closed());
        let mut terminal = Terminal::run(&home, &format!("stun add {closed} --probe"));
        terminal.shows("nothing listens on this port");
        terminal.shows("or correct the port");
        terminal.asks_for_a_key("Save all the same? [y/N]");
        assert_eq!(home.text(), BEFORE);
        terminal.types(answer);
        terminal.shows(if status == 0 { "added" } else { "nothing was changed" });
        let rest = terminal.ends(status);
        assert!(!rest.contains("error"), "{rest}");
        assert_eq!(home.text() == BEFORE, status == 1);
    }
}

#[test]
fn one_question_covers_servers_that_fail_and_entries_that_go() {
    let (home, good, closed) = (Home::with(BEFORE), good_server(), closed());
    let mut terminal = Terminal::run(&home, &format!("stun set {closed} --probe"));
    terminal.shows("nothing listens on this port");
    terminal.shows("stun:a.example:3478");
    terminal.asks_for_a_key("Save all the same? [y/N]");
    terminal.types("n\r");
    terminal.shows("nothing was changed");
    terminal.ends(1);
    assert_eq!(home.text(), BEFORE);

    let mut terminal = Terminal::run(&home, &format!("stun set {} --probe", good.uri()));
    terminal.shows(&good.uri());
    terminal.shows("stun:a.example:3478");
    terminal.asks_for_a_key("Go on? [y/N]");
    terminal.types("y\r");
    terminal.shows("removed");
    terminal.ends(0);
}

/// A server that never responds, and the line that adds it.
fn silent() -> (UdpSocket, String) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let line = format!("stun add {} --probe", socket.local_addr().unwrap());
    (socket, line)
}

#[test]
fn config_apply_shows_what_changes_then_the_verdicts_then_the_question() {
    let (home, closed) = (Home::with(BEFORE), closed());
    std::fs::write(home.path().join("new.toml"), format!("[stun]\nservers = [\"{closed}\"]\n")).unwrap();
    let mut terminal = Terminal::run(&home, "config apply new.toml --probe");
    terminal.shows("- stun:a.example:3478");
    terminal.shows(&format!("+ {closed}"));
    terminal.shows("\r\n\r\n");
    terminal.shows("or correct the port");
    terminal.shows("This removes 1 entry");
    terminal.asks_for_a_key("Save all the same? [y/N]");
    terminal.types("y\r");
    terminal.shows("done");
    let rest = terminal.ends(0);
    assert!(!rest.contains("SERVER"), "the verdicts are shown once: {rest}");
    assert!(home.text().contains(&closed));
}

#[test]
fn a_signal_during_the_probe_changes_nothing() {
    for (signal, status) in [(Signal::SIGINT, 130), (Signal::SIGTERM, 143)] {
        let (home, (silent, line)) = (Home::with(BEFORE), silent());
        let mut terminal = Terminal::run(&home, &line);
        silent.recv(&mut [0; 100]).unwrap();
        terminal.signal(signal);
        let rest = terminal.ends(status);
        assert_eq!(rest.contains("nothing was changed"), signal == Signal::SIGINT, "{rest}");
        assert_eq!(home.text(), BEFORE);
    }
    let (home, (silent, line)) = (Home::with(BEFORE), silent());
    let child = home.command(format!("{line} --json").split(' ')).spawn().unwrap();
    silent.recv(&mut [0; 100]).unwrap();
    let pid = nix::unistd::Pid::from_raw(child.id().try_into().unwrap());
    nix::sys::signal::kill(pid, nix::sys::signal::Signal::SIGTERM).unwrap();
    let run = Run::of(&line, child.wait_with_output().unwrap());
    assert_eq!(run.json_error(143)["code"], "interrupted");
    assert_eq!(home.text(), BEFORE);
}

/// A server that works, but another process runs `line` before it responds.
fn with_an_edit_meanwhile(home: &Arc<Home>, line: &'static str) -> FakeServer {
    let other = Arc::clone(home);
    FakeServer::start("127.0.0.1", move |request, client| {
        // It would wait for the lock if the probe held it.
        assert_eq!(other.run(&format!("{line} --quiet --lock-timeout 1ms")).status, Some(0));
        vec![success(request, client)]
    })
}

#[test]
fn an_edit_by_another_process_during_the_probe_stays() {
    let home = Arc::new(Home::with(BEFORE));
    let server = with_an_edit_meanwhile(&home, "stun add other.example");
    let uri = server.uri();
    home.run(&format!("stun add {uri} --probe --quiet")).prints("");
    let expected =
        format!("[stun]\nservers = [\"stun:a.example:3478\", \"stun:other.example:3478\", \"{uri}\"]\n");
    assert_eq!(home.text(), expected);
}

#[test]
fn a_server_that_is_new_only_since_the_probe_is_not_saved() {
    let home = Arc::new(Home::with(BEFORE));
    let server = with_an_edit_meanwhile(&home, "stun set b.example");
    let both = format!("[stun]\nservers = [\"stun:a.example:3478\", \"{}\"]\n", server.uri());
    let run = home.run_with("config apply - --probe", &both);
    assert!(run.stdout.contains('✓'), "the verdicts are printed all the same: {run:?}");
    assert!(run.status == Some(3) && run.stderr.contains("nothing was saved"), "{run:?}");
    assert_eq!(home.text(), "[stun]\nservers = [\"stun:b.example:3478\"]\n");
}

#[test]
fn the_document_of_a_refusal_shows_the_settings_as_they_are_then() {
    let home = Arc::new(Home::with(BEFORE));
    let server = with_an_edit_meanwhile(&home, "stun set b.example");
    let (document, _) = refused(&home.run(&format!("stun add {} {} --probe --json", server.uri(), closed())));
    assert_eq!(document["servers"][0]["uri"], "stun:b.example:3478");
}

#[test]
fn config_apply_probes_the_servers_that_the_file_adds() {
    let (home, good, closed) = (Home::with(BEFORE), good_server(), closed());
    let file = |servers: &str| format!("{{\"stun\":{{\"servers\":[\"stun:a.example:3478\",{servers}]}}}}");
    let failing = file(&format!("\"{closed}\""));
    let (document, error) = refused(&home.run_with("config apply - --probe --json", &failing));
    assert_eq!((&document["changed"], &document["diff"]), (&json!(false), &json!([])));
    assert_eq!(document["probe"]["summary"]["failed"], 1);
    assert_eq!(error["code"], "probe-failed");
    let run = home.run_with("config apply - --probe", &failing);
    assert!(run.stdout.contains(&format!("✗ {closed}")) && !run.stdout.contains("unchanged"), "{run:?}");
    assert_eq!(home.text(), BEFORE);

    let working = file(&format!("\"{}\"", good.uri()));
    let run = home.run_with("config apply - --probe", &working);
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
    assert!(run.stdout.ends_with(&format!("\n\nstun.servers\n+ {}\n", good.uri())), "{run:?}");
    let again = home.run_with("config apply - --probe --json", &working).json();
    assert_eq!((&again["changed"], &again["probe"]["results"]), (&json!(false), &json!([])));
    assert_eq!(good.requests(), 1);
}

#[test]
#[ignore = "needs strace (tests/run.sh)"]
fn without_the_option_an_edit_starts_no_thread_and_opens_no_socket() {
    let (home, closed) = (Home::with(BEFORE), closed());
    let log = home.path().join("log");
    let called = |line: &str| {
        let options = ["-f", "-e", "trace=%network,clone,clone3,epoll_create1"].map(str::to_owned);
        let run = Run::of(line, traced(&home.command(line.split(' ')), &log, &options).output().unwrap());
        assert!(run.stdout.contains("add"), "{run:?}");
        std::fs::read_to_string(&log).unwrap()
    };
    assert_eq!(called("stun add b.example"), "");
    let probing = called(&format!("stun add {closed} --probe --yes"));
    assert!(probing.contains("epoll_create1(") && probing.contains("socket("), "{probing}");
}

#[test]
#[ignore = "needs coturn (tests/run.sh)"]
fn turn_servers_are_probed_when_they_are_new_or_their_credentials_change() {
    let (home, server) = (Home::new(), coturn());
    let add = format!("turn add 127.0.0.1:{} --username alice --password-stdin --probe", server.port);
    let run = home.run_with(&add, "wrong\n");
    assert_eq!(run.status, Some(1));
    assert!(run.stdout.contains("does not accept the credentials"), "{run:?}");
    assert!(!home.file().exists());
    let run = home.run_with(&add, "secret\n");
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
    assert!(run.stdout.contains("lifetime 600 s") && run.stdout.contains("\n\nadded turn:"), "{run:?}");

    let edit = "turn edit 1 --password-stdin --probe --json";
    let (document, error) = refused(&home.run_with(edit, "wrong\n"));
    assert_eq!(document["probe"]["results"][0]["error"]["code"], "unauthorized");
    assert_eq!(error["code"], "probe-failed");
    assert_eq!(home.run("turn list --show-secrets --json").json()["servers"][0]["password"], "secret");
    let same = home.run_with(edit, "secret\n").json();
    assert_eq!((&same["changed"], &same["probe"]["results"]), (&json!(false), &json!([])));

    let tcp = format!("turn:127.0.0.1:{}?transport=tcp", server.port);
    let moved = home.run(&format!("turn edit 1 --uri {tcp} --probe --json")).json();
    assert_eq!((&moved["changed"], &moved["probe"]["results"][0]["uri"]), (&json!(true), &json!(tcp)));
    let list = json!([{"uri": tcp, "username": "alice", "password": "secret"},
        {"uri": format!("127.0.0.1:{}", server.port), "username": "alice", "password": "wrong"}]);
    let (document, _) = refused(&home.run_with("turn set - --probe --json", &list.to_string()));
    let rows = document["probe"]["results"].as_array().unwrap();
    assert_eq!((rows.len(), &rows[0]["transport"]), (1, &json!("udp")), "{rows:?}");
}

#[test]
#[ignore = "needs coturn (tests/run.sh)"]
fn a_credential_file_that_cannot_be_read_is_reported_once_with_the_verdict() {
    let (home, server) = (Home::new(), coturn());
    let line = format!("turn add 127.0.0.1:{} --username alice --password-file missing --probe", server.port);
    let warning = "cannot read its password file";
    let run = home.run(&line);
    assert_eq!(run.status, Some(1));
    assert_eq!(run.stderr.matches(warning).count(), 1, "{run:?}");
    assert!(run.stdout.contains("; correct it, or name another file"), "{run:?}");
    assert!(run.stderr.find(warning) < run.stderr.find("error: "), "{run:?}");
    let (document, _) = refused(&home.run(&format!("{line} --json")));
    assert_eq!(document["warnings"][0]["code"], "credential-file-unreadable");
    assert!(!home.file().exists());

    let mut terminal = Terminal::of_width(&home, &line, 200);
    terminal.shows(warning);
    terminal.asks_for_a_key("Save all the same? [y/N]");
    terminal.types("y\r");
    let rest = terminal.ends(0);
    assert!(rest.contains("added") && !rest.contains(warning), "{rest}");
}
