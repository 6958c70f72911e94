//! The log: one line per request, without secrets and control characters.

use std::io::{BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use serde_json::Value;

use crate::support::http::{answer, request};
use crate::support::server::{ALICE, BOB, ICE, REACTION, Server, wait_for, write_tokens};

const SETTINGS: &str =
    "[[turn.servers]]\nuri = \"turn:a.example.de\"\nusername = \"cowork\"\npassword = \"hunter2\"\n";

fn some_requests(server: &Server) {
    server.get(ICE, ALICE);
    server.get(&format!("{ICE}?token={ALICE}&x=query-text"), "wrong-token-0123456789");
    server.get("/api/cowork/teams/%1B%5B31m/channels/c/calls/reaction", BOB);
    let _listener = server.listen(BOB);
    server.post(REACTION, ALICE, r#"{"reaction":"👍","text":"body-text"}"#);
    server.raw(&request("GET", "/\u{9b}31m\u{202e}x", "", ""));
}

#[test]
fn each_request_is_one_line() {
    let server = Server::with(SETTINGS, "");
    some_requests(&server);
    let log = server.stop();
    let mut lines = log.lines();
    let url = lines.next().unwrap().strip_prefix("listening on ").unwrap();
    assert!(url.starts_with("http://127.0.0.1:"), "{url}");
    assert_eq!(lines.next().unwrap(), format!("connection test page: {url}/"));
    let expected = [
        ("GET /api/cowork/calls/ice 200 ", "ms alice 127.0.0.1:"),
        ("GET /api/cowork/calls/ice 401 ", "ms - 127.0.0.1:"),
        ("GET /api/cowork/teams/%1B%5B31m/channels/c/calls/reaction 400 ", "ms bob 127.0.0.1:"),
        ("GET /api/cowork/teams/t1/channels/c1/calls/events 200 ", "ms bob 127.0.0.1:"),
        ("POST /api/cowork/teams/t1/channels/c1/calls/reaction 200 ", "ms alice 127.0.0.1:"),
    ];
    for (begin, end) in expected {
        let line = lines.next().unwrap();
        let (time, rest) = line.split_once(' ').unwrap();
        assert!(time.len() == 24 && time.ends_with('Z'), "{line}");
        assert!(rest.starts_with(begin) && rest.contains(end), "{line}");
    }
    assert_clean(&log);
}

#[test]
fn with_log_format_json_each_line_is_an_object() {
    let server = Server::with(SETTINGS, "--log-format json");
    some_requests(&server);
    let log = server.stop();
    let lines: Vec<Value> = log.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let url = lines[0]["url"].as_str().unwrap();
    assert!(url.starts_with("http://127.0.0.1:"), "{url}");
    assert_eq!(lines[1]["message"], format!("connection test page: {url}/"));
    assert_eq!(lines[1]["url"], format!("{url}/"));
    assert_eq!(lines[2]["path"], ICE);
    assert_eq!(lines[2]["status"], 200);
    assert_eq!(lines[2]["user"], "alice");
    assert_eq!(lines[3]["user"], Value::Null);
    assert!(lines[2]["ms"].is_f64() && lines[2]["peer"].as_str().unwrap().starts_with("127.0.0.1:"));
    assert!(lines.iter().all(|line| line["time"].is_string() && line["level"] == "info"));
    assert_clean(&log);
}

#[test]
fn the_end_of_a_stream_of_events_is_a_line_that_says_why() {
    for format in ["text", "json"] {
        let server = Server::with("", &format!("--log-format {format}"));
        let ended = |reason: &str, user: &str| match format {
            "text" => format!(" ({reason}) {user} 127.0.0.1:"),
            _ => format!(r#""reason":"{reason}","user":"{user}","team":"t1","channel":"c1","seconds":0."#),
        };
        drop(server.listen(ALICE));
        server.logs(&ended("left", "alice"));
        let _bob = server.listen(BOB);
        write_tokens(&server.home, &format!("alice:{ALICE}\n"));
        server.logs(&ended("revoked", "bob"));
        let _alice = server.listen(ALICE);
        let log = server.stop();
        assert!(log.contains(&ended("shutting down", "alice")), "{log}");
        let ends = if format == "text" { " events of t1/c1 ended after 0." } else { "\"events ended\"" };
        assert_eq!(log.matches(ends).count(), 3, "{log}");
    }
}

#[track_caller]
fn assert_clean(log: &str) {
    for secret in [ALICE, BOB, "hunter2", "wrong-token", "query-text", "body-text", "token="] {
        assert!(!log.contains(secret), "{secret} is in the log:\n{log}");
    }
    let harmful = |c: char| c != '\n' && (c.is_control() || c == '\u{202e}');
    assert!(!log.contains(harmful), "{log:?}");
}

#[test]
fn quiet_logs_no_requests() {
    let home = crate::support::server::home("");
    // No log says which port it is, so take one of an address that no other test uses.
    let free = TcpListener::bind("127.0.0.77:0").unwrap().local_addr().unwrap();
    let line = format!("serve --token-file tokens --listen {free} -q");
    let mut child = home.command(line.split(' ')).spawn().unwrap();
    let mut stream = wait_for(|| TcpStream::connect(free).ok(), || "the server".to_owned());
    stream.write_all(request("GET", ICE, ALICE, "").as_bytes()).unwrap();
    assert_eq!(answer(&mut BufReader::new(stream), false).unwrap().status, 200);
    let kill = std::process::Command::new("kill").arg(child.id().to_string()).status().unwrap();
    assert!(kill.success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let mut log = String::new();
    child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
    assert_eq!(log, "");
}
