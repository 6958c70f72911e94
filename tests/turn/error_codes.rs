//! Every error code of a row, from fake servers that data files describe.

use std::collections::BTreeSet;
use std::fs;
use std::net::SocketAddr;
use std::panic;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use cowork_calls::probe::report::code::Code;
use serde_json::Value;
use toml_edit::Document;

use super::rows_of;
use crate::support::program::Home;
use crate::support::scripted_server::{Script, over_tcp, over_udp};
use crate::support::stopwatch::{in_time, timed};

/// Codes that need no server, another server, or a signal; tests/probe/misbehaving_servers.rs, tls.rs and relay.rs test them.
const ELSEWHERE: [&str; 10] = [
    "dns",
    "refused",
    "unreachable",
    "tls-untrusted",
    "tls-expired",
    "tls-name",
    "tls-handshake",
    "port-blocked-in-browsers",
    "interrupted",
    "throttled",
];

/// The timeout of each probe.
const TIMEOUT: Duration = Duration::from_millis(700);
/// How much longer the whole program may run: the timeout is exact to half a second.
const SLACK: Duration = Duration::from_millis(500);

type File = Document<String>;

fn text<'a>(file: &'a File, key: &str, otherwise: &'a str) -> &'a str {
    file.get(key).map_or(otherwise, |value| value.as_str().unwrap())
}

fn number(file: &File, key: &str) -> Value {
    file.get(key).map_or(Value::Null, |value| value.as_integer().unwrap().into())
}

fn is_set(file: &File, key: &str, otherwise: bool) -> bool {
    file.get(key).map_or(otherwise, |value| value.as_bool().unwrap())
}

/// Starts the server of a file, and returns its address and that of the second server that it points to.
fn start(file: &File) -> (SocketAddr, Option<SocketAddr>) {
    let answers = |key| {
        let answers = file.get(key)?.as_array().unwrap().iter();
        Some(answers.map(|answer| answer.as_str().unwrap().to_owned()).collect::<Vec<_>>())
    };
    let server = |script| match text(file, "transport", "udp") {
        "tcp" => over_tcp("127.0.0.1", script),
        _ => over_udp("127.0.0.1", script),
    };
    let count = |key| file.get(key).map(|number| usize::try_from(number.as_integer().unwrap()).unwrap());
    let good = Script::default();
    let mut script = Script {
        answers: answers("answers").unwrap(),
        second: answers("second"),
        later: None,
        permission: answers("permission").unwrap_or(good.permission),
        channel: answers("channel").unwrap_or(good.channel),
        refresh: answers("refresh").unwrap_or(good.refresh),
        relays: is_set(file, "relays", false),
        has_sockets: false,
        echoes: is_set(file, "echoes", false),
        hangs_up: is_set(file, "hangs-up", false),
        loses: count("loses"),
        most_bytes: count("most-bytes"),
        other: None,
    };
    let redirects = script.answers.iter().any(|answer| answer.ends_with("alternate other"));
    script.other = redirects.then(|| server(Script { relays: true, ..Script::default() }));
    let other = script.other;
    (server(script), other)
}

fn check(name: &str, file: &File) -> String {
    let over = text(file, "transport", "udp");
    let login = if is_set(file, "credentials", true) { "--username alice --password-stdin" } else { "" };
    let count = number(file, "sent").as_i64().unwrap_or(1);
    let (run, other) = in_time(..TIMEOUT + SLACK, || {
        let (server, other) = start(file);
        let target = match text(file, "kind", "turn") {
            "stun" => format!("stun:{server} --transport {over}"),
            _ => format!("turn:{server}?transport={over}"),
        };
        let line = format!("probe {target} --json --timeout {TIMEOUT:?} --count {count} {login}");
        let (run, took) = timed(|| Home::new().run_with(&line, "secret"));
        ((run, other), took)
    });

    let (found, status) = rows_of(&run);
    let row = &found[0];
    let expected = text(file, "expect", "");
    let (code, exit) = if expected == "ok" { ("none", 0) } else { (expected, 1) };
    assert_eq!((super::code(row), status), (code, Some(exit)), "{name}: {row}");
    assert_eq!(row["error"]["stun_code"], number(file, "stun-code"), "{name}");
    if exit == 1 {
        for sentence in ["message", "hint"] {
            assert!(!row["error"][sentence].as_str().unwrap().is_empty(), "{name}: {row}");
        }
    }
    let has = ["relayed_address", "lifetime_s", "relay"].map(|key| row.get(key).is_some());
    assert_eq!(has, [text(file, "kind", "turn") == "turn"; 3], "{name}: {row}");
    let found: BTreeSet<&str> =
        row["warnings"].as_array().unwrap().iter().map(|warning| warning["code"].as_str().unwrap()).collect();
    let expected_warnings = file.get("warns").map_or("", |warning| warning.as_str().unwrap());
    // Nothing listens at the relayed address of a fake server.
    let found: Vec<&str> = found.into_iter().filter(|code| *code != "relay-unreachable").collect();
    assert_eq!(found.join(" "), expected_warnings, "{name}: {row}");
    if let Some(at) = other {
        assert_eq!(row["address"], at.to_string(), "{name}: the row names who answered in the end");
    }
    for (key, value) in [
        ("sent", &row["relay"]["sent"]),
        ("received", &row["relay"]["received"]),
        ("relayed", &row["relayed_address"]),
    ] {
        if let Some(expected) = file.get(key) {
            let expected = expected.as_integer().map_or_else(|| expected.as_str().into(), Value::from);
            assert_eq!(*value, expected, "{name}: {row}");
        }
    }
    expected.to_owned()
}

#[test]
fn rows_of_turn_servers_have_all_keys_however_early_they_fail() {
    let closed = std::net::UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for server in
        [format!("turn:{closed}"), "turn:cowork-calls.invalid".into(), "turns:127.0.0.1?transport=udp".into()]
    {
        let (found, _) = rows_of(&Home::new().run(&format!("probe {server} --json --timeout 1s")));
        for key in ["relayed_address", "lifetime_s", "relay"] {
            assert_eq!(found[0].get(key), Some(&Value::Null), "{server}: {}", found[0]);
        }
        assert_eq!(found[0].get("bridge"), None);
    }
}

#[test]
fn a_user_name_too_long_for_a_request_is_an_error() {
    let script = Script { relays: true, ..Script::default() };
    let server = over_udp("127.0.0.1", script);
    let line = format!("probe turn:{server} --json --password-stdin --username {}", "u".repeat(509));
    let (found, status) = rows_of(&Home::new().run_with(&line, "secret"));
    assert_eq!((super::code(&found[0]), status, &found[0]["sent"]), ("unauthorized", Some(1), &0.into()));
    let message = found[0]["error"]["message"].as_str().unwrap();
    assert!(message.contains("509 bytes") && message.contains("508"), "{message}");
}

#[test]
fn each_fake_server_gets_the_code_that_its_file_expects() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fakes");
    let mut files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    // Several at once: most of the time is spent waiting for timeouts.
    let part = files.len().div_ceil(4);
    let found: Vec<Result<String, &PathBuf>> = thread::scope(|scope| {
        let workers: Vec<_> = files
            .chunks(part)
            .map(|files| scope.spawn(|| files.iter().map(attempt).collect::<Vec<_>>()))
            .collect();
        workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
    });
    // On a busy machine a probe may run out of time: what failed is checked once more, when nothing else runs.
    let seen: BTreeSet<String> =
        found.into_iter().map(|found| found.unwrap_or_else(|file| check_file(file))).collect();
    let covered = |code: &&str| seen.contains(*code) || ELSEWHERE.contains(code);
    let uncovered: Vec<_> =
        Code::ALL.iter().map(|code| code.as_str()).filter(|code| !covered(code)).collect();
    assert!(uncovered.is_empty(), "no file covers {uncovered:?}");
}

/// What [`check_file`] returns, or the file if it fails.
fn attempt(file: &PathBuf) -> Result<String, &PathBuf> {
    panic::catch_unwind(|| check_file(file)).map_err(|_| file)
}

fn check_file(path: &Path) -> String {
    let file = Document::parse(fs::read_to_string(path).unwrap()).unwrap();
    check(&path.file_stem().unwrap().to_string_lossy(), &file)
}
