//! `cowork-calls probe` for scripts and monitoring: its formats, and lists of servers in files.

use std::collections::BTreeMap;
use std::io::{BufRead as _, BufReader};
use std::time::{Duration, Instant};

use crate::support::fake_server::{FakeServer, success};
use crate::support::program::Home;
use crate::support::stopwatch::in_time;
use serde_json::Value;

fn good_server() -> FakeServer {
    FakeServer::start("127.0.0.1", |request, client| vec![success(request, client)])
}

fn silent_server() -> FakeServer {
    FakeServer::start("127.0.0.1", |_, _| vec![])
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

#[test]
fn json_lines_are_printed_as_results_come_in_and_end_with_the_summary() {
    let (good, silent) = (good_server(), silent_server());
    let home = Home::new();
    let args = ["probe", &silent.uri(), &good.uri(), "--format", "jsonl", "--timeout", "1s"];
    // The first line is printed before the timeout.
    let lines = in_time(..Duration::from_millis(900), || {
        let mut child = home.command(args).spawn().unwrap();
        let started = Instant::now();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let lines: Vec<_> = lines.map(|line| (json(&line.unwrap()), started.elapsed())).collect();
        assert_eq!(child.wait().unwrap().code(), Some(1));
        let early = lines[0].1;
        (lines, early)
    });

    let [(first, _), (second, late), (end, _)] = &lines[..] else { panic!("{lines:?}") };
    assert_eq!((&first["uri"], &first["status"]), (&good.uri().into(), &"ok".into()));
    assert_eq!((&second["uri"], &second["error"]["code"]), (&silent.uri().into(), &"timeout".into()));
    assert!(*late >= Duration::from_millis(900), "{late:?}");
    assert_eq!((&end["summary"]["ok"], &end["summary"]["failed"]), (&1.into(), &1.into()));
    assert_eq!(end["revised"], Value::Array(vec![]));
}

#[test]
fn the_last_json_line_repeats_rows_that_the_comparison_changed() {
    let [one, other] = ["203.0.113.7:4000", "203.0.113.8:4000"].map(|seen| {
        FakeServer::start("127.0.0.1", move |request, _| vec![success(request, seen.parse().unwrap())])
    });
    let run = Home::new().run(&format!("probe {} {} --format jsonl", one.uri(), other.uri()));
    let end = json(run.stdout.lines().last().unwrap());
    let revised = end["revised"].as_array().unwrap();
    assert_eq!((run.status, revised.len()), (Some(0), 1), "{run:?}");
    assert_eq!(revised[0]["warnings"][0]["code"], "address-differs");
}

/// The samples in a text in Prometheus's format, which is checked as its parser does.
fn samples(text: &str) -> BTreeMap<String, f64> {
    let mut samples = BTreeMap::new();
    let mut family = "";
    let mut families = Vec::new();
    for line in text.lines() {
        match line.strip_prefix("# ") {
            Some(comment) => {
                let mut words = comment.splitn(3, ' ');
                let (kind, name) = (words.next().unwrap(), words.next().unwrap());
                if kind == "HELP" {
                    assert!(!families.contains(&name), "{name} is in one piece");
                    families.push(name);
                    family = name;
                } else {
                    assert_eq!((kind, name, words.next()), ("TYPE", family, Some("gauge")));
                }
            }
            None => {
                let (series, value) = line.rsplit_once(' ').unwrap();
                assert!(series.starts_with(&format!("{family}{{")) && series.ends_with('}'), "{line}");
                let value = value.parse().unwrap();
                assert!(samples.insert(series.to_owned(), value).is_none(), "{series} is there once");
            }
        }
    }
    samples
}

#[test]
fn metrics_report_state_and_round_trip_time() {
    let (good, silent) = (good_server(), silent_server());
    let line = format!("probe {} {} --format prometheus --timeout 300ms", good.uri(), silent.uri());
    let run = Home::new().run(&line);
    assert_eq!((run.status, &*run.stderr), (Some(1), ""));
    let out = &run.stdout;
    let samples = samples(out);
    let labels =
        |server: &FakeServer| format!("{{uri=\"{}\",transport=\"udp\",family=\"ipv4\"}}", server.uri());
    let value = |metric: &str, server| samples.get(&format!("{metric}{}", labels(server))).copied();
    assert_eq!(value("cowork_calls_probe_up", &good), Some(1.0), "{out}");
    assert_eq!(value("cowork_calls_probe_up", &silent), Some(0.0), "{out}");
    let rtt = value("cowork_calls_probe_rtt_seconds", &good).unwrap();
    assert!(rtt > 0.0 && rtt < 0.3, "{out}");
    assert_eq!(value("cowork_calls_probe_rtt_seconds", &silent), None, "{out}");
}

#[test]
fn servers_come_from_a_file_or_from_standard_input() {
    let (one, other) = (good_server(), good_server());
    let list = format!("# two servers\n\n{}\r\n  {} # the other\n", one.uri(), other.address);
    let home = Home::new();
    std::fs::write(home.path().join("list.txt"), &list).unwrap();
    for (from, input) in [("list.txt", ""), ("-", &*list)] {
        let run = home.run_with(&format!("probe --input {from} --json"), input);
        assert_eq!(run.status, Some(0), "{run:?}");
        let rows = &run.json()["results"];
        assert_eq!((&rows[0]["uri"], &rows[1]["uri"]), (&one.uri().into(), &other.uri().into()));
    }
    assert_eq!((one.requests(), other.requests()), (2, 2));
}

#[test]
fn a_blocked_port_is_explained_in_the_table() {
    Home::new().run("probe 127.0.0.1:9").ends(
        1,
        "  SERVER            OVER  TIME  YOUR ADDRESS\n\
         ✗ stun:127.0.0.1:9  UDP\n  \
           browsers block port 9 and never send to stun:127.0.0.1:9\n  \
           → use another port, such as 3478 or 443\n\n\
         1 server: failed. Calls that need it will not work.\n\
         1 server does not answer; a browser may search for up to 40 s (stun:127.0.0.1:9).\n",
        "",
    );
    let report = Home::new().run("probe 127.0.0.1:9 turn:127.0.0.1:22 --json").json();
    for row in report["results"].as_array().unwrap() {
        assert_eq!(row["error"]["code"], "port-blocked-in-browsers", "{row}");
    }
}

#[test]
fn credentials_named_on_the_command_line_must_exist() {
    Home::new()
        .run("probe turn:127.0.0.1:20009 --username ada --password-file /nowhere/pw")
        .fails(2, "error: cannot read /nowhere/pw: there is no such file\n");
}

#[test]
fn a_bad_line_is_an_error_and_nothing_is_probed() {
    let good = good_server();
    let home = Home::new();
    std::fs::write(home.path().join("list.txt"), format!("{}\nstun://b.example\n", good.uri())).unwrap();
    let error = home.run("probe --input list.txt --format jsonl").json_error(2);
    assert_eq!(error["code"], "invalid-address");
    assert_eq!(error["message"], "list.txt:2: remove '//'");
    assert_eq!(error["hint"], "write stun:HOST or turn:HOST");
    assert_eq!(good.requests(), 0);

    home.run("probe --input /nowhere/list.txt")
        .fails(2, "error: cannot read /nowhere/list.txt: there is no such file\nhint: name a readable file");
    home.run("probe a.example --input list.txt").fails(2, "cannot be used with");
    home.run_with("probe --input - --format prometheus", "# nothing\n")
        .fails(2, "error: standard input has no server to probe\nhint: write one address per line");
}
