//! `cowork-calls probe --quality` on the command line: formats, exit codes, progress, the live table and interrupts.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use serde_json::Value;

use crate::support::coturn::Coturn;
use crate::support::fake_server::{FakeServer, success};
use crate::support::program::Home;
use crate::support::responder::Responder;
use crate::support::terminal::Terminal;

fn good_server() -> FakeServer {
    FakeServer::start("127.0.0.1", |request, client| vec![success(request, client)])
}

/// A server that answers the first request, and after that every second one.
fn lossy_server() -> FakeServer {
    let count = AtomicUsize::new(0);
    FakeServer::start("127.0.0.1", move |request, client| {
        let answers = count.fetch_add(1, Ordering::Relaxed).is_multiple_of(2);
        answers.then(|| success(request, client)).into_iter().collect()
    })
}

#[test]
fn a_stun_server_has_losses_and_round_trips_in_every_format() {
    let (good, lossy) = (good_server(), lossy_server());
    let home = Home::new();
    let line = format!("probe {} {} --quality", good.uri(), lossy.uri());

    let run = home.run(&format!("{line} --json"));
    assert_eq!((run.status, &*run.stderr), (Some(0), ""), "poor is not failed: {run:?}");
    let [first, second] = [0, 1].map(|index| run.json()["results"][index]["quality"].clone());
    assert_eq!((&first["grade"], &second["grade"]), (&"good".into(), &"poor".into()), "{first} {second}");
    for quality in [&first, &second] {
        assert_eq!(quality["server"]["sent"], 50, "{quality}");
        assert!(quality["server"]["rtt_ms"]["p50"].as_f64().unwrap() < 100.0, "{quality}");
        assert!(quality.get("up").is_none() && quality.get("largest_packet").is_none(), "{quality}");
    }
    assert_eq!((&first["server"]["received"], &second["server"]["received"]), (&50.into(), &25.into()));

    let table = home.run(&line);
    let text = &table.stdout;
    assert!(text.contains("\n  quality good (1 s): "), "{text}");
    assert!(text.contains("\n  0 of 50 requests lost, round trip "), "{text}");
    assert!(text.contains("\n  quality poor (1 s): "), "{text}");
    assert!(text.contains("\n2 servers: all ok."), "{text}");
    assert!(text.contains("\nQuality: 1 good, 1 poor.\n"), "{text}");

    let metrics = home.run(&format!("{line} --format prometheus")).stdout;
    for (server, grade) in [(&good, 2), (&lossy, 0)] {
        let labels = format!("{{uri=\"{}\",transport=\"udp\",family=\"ipv4\"}}", server.uri());
        let sample = format!("\ncowork_calls_probe_quality_grade{labels} {grade}\n");
        assert!(metrics.contains(&sample), "{metrics}");
    }
}

#[test]
fn json_lines_have_failed_rows_at_once_and_the_others_when_they_are_measured() {
    let good = good_server();
    let args = ["probe", &good.uri(), "127.0.0.1:9", "--quality", "--format", "jsonl"];
    let home = Home::new();
    let mut child = home.command(args).spawn().unwrap();
    let started = Instant::now();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let lines: Vec<(Value, Duration)> =
        lines.map(|line| (serde_json::from_str(&line.unwrap()).unwrap(), started.elapsed())).collect();
    assert_eq!(child.wait().unwrap().code(), Some(1));
    let [(failed, early), (measured, late), (end, _)] = &lines[..] else { panic!("{lines:?}") };
    assert_eq!(failed["error"]["code"], "port-blocked-in-browsers");
    assert!(failed.get("quality").is_none(), "{failed}");
    assert_eq!(measured["quality"]["grade"], "good", "{measured}");
    assert!(*late - *early > Duration::from_millis(900), "{early:?} {late:?}");
    assert_eq!(end["revised"], Value::Array(vec![]));
}

#[test]
fn a_poor_quality_is_exit_code_1_only_where_that_is_wanted() {
    let (good, lossy) = (good_server(), lossy_server());
    let home = Home::new();
    let status = |line: String| home.run(&line).status;
    assert_eq!(status(format!("probe {} --quality --strict --json", good.uri())), Some(0));
    assert_eq!(status(format!("probe {} {} --quality --strict", lossy.uri(), good.uri())), Some(1));
}

#[test]
fn a_probe_without_the_option_has_no_quality() {
    let good = good_server();
    let home = Home::new();
    let row = home.run(&format!("probe {} --json", good.uri())).json()["results"][0].clone();
    assert!(row.get("quality").is_none(), "{row}");
    let metrics = home.run(&format!("probe {} --format prometheus", good.uri())).stdout;
    assert!(!metrics.contains("quality"), "{metrics}");
    home.run("probe --duration 5s").fails(
        2,
        "arguments were not provided: --quality\nhint: usage: cowork-calls probe --quality --duration",
    );
    home.run("probe --strict").fails(2, "--audit|--quality");
    home.run("probe --quality --self-test").fails(2, "cannot be used with '--self-test'");
    home.run("probe --quality --audit").fails(2, "cannot be used with '--audit'");
}

#[test]
fn the_progress_line_counts_down() {
    let (one, other) = (good_server(), good_server());
    let home = Home::new();
    let line = format!("probe {} {} --quality", one.uri(), other.uri());
    let mut terminal = Terminal::of_width(&home, &line, 80);
    terminal.shows(&format!("measuring the quality of {}, 1 of 2, ", one.uri()));
    terminal.shows(" s left …");
    assert_eq!(terminal.screen().lines().count(), 1, "one line: {}", terminal.screen());
    terminal.shows(&format!("measuring the quality of {}, 2 of 2, ", other.uri()));
    terminal.shows("Quality: all good.");
    assert!(!terminal.screen().contains("measuring"), "{}", terminal.screen());
    terminal.ends(0);
}

#[test]
fn the_live_table_has_the_last_grade_and_says_what_is_measured() {
    let (lossy, good) = (lossy_server(), good_server());
    let line = format!("probe {} {} --quality --watch --interval 60s --color never", lossy.uri(), good.uri());
    let home = Home::new();
    let mut terminal = Terminal::of_width(&home, &line, 120);
    // Rows are there before their quality is known.
    terminal.shows("2 of 2 ok · round 0 · every 60s · measuring quality 1 of 2, ");
    terminal.shows("  …        ▁");
    terminal.shows("measuring quality 2 of 2, ");
    terminal.shows("next round in ");
    // The last line of the frame.
    terminal.shows(" of 50 requests were lost (good: at most 1)");
    let screen = terminal.screen();
    assert!(screen.contains("  QUALITY  HISTORY\n"), "{screen}");
    terminal.types("q");
    let rest = terminal.ends(0);
    assert!(rest.contains("  poor     ▁") && rest.contains("  good     ▁"), "{rest}");
    assert!(rest.contains("2 of 2 ok · round 1 · ended"), "recorded once: {rest}");
    assert!(rest.contains("of 50 requests were lost (good: at most 1)\r\n✓"), "the reason is below: {rest}");

    let mut child =
        home.command(["probe", &lossy.uri(), "--quality", "--watch", "--interval", "60s"]).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(first.contains(" quality poor: "), "{first}");
}

#[test]
fn long_lists_are_warned_of_and_an_interrupt_leaves_the_rest_without_a_grade() {
    let requests = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&requests);
    let responder = Responder::start(move |request| {
        counter.fetch_add(1, Ordering::Relaxed);
        Some(success(request.bytes, request.client.into()))
    });
    let list: String = (0..700).map(|n| format!("{}\n", responder.server(n))).collect();
    let home = Home::new();
    let mut child =
        home.command(["probe", "--input", "-", "--quality"]).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(list.as_bytes()).unwrap();
    let mut warning = String::new();
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut warning).unwrap();
    assert!(
        warning.starts_with("warning: measuring the quality of 700 rows one after the other takes about 1"),
        "{warning}"
    );
    // Each server gets one request, or a few, before the first one is measured.
    let started = Instant::now();
    while requests.load(Ordering::Relaxed) < 720 {
        assert!(started.elapsed() < Duration::from_secs(20), "{requests:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
    let interrupt = |child: &Child| kill(Pid::from_raw(child.id().try_into().unwrap()), Signal::SIGINT);
    interrupt(&child).unwrap();
    let mut text = String::new();
    child.stdout.take().unwrap().read_to_string(&mut text).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    assert_eq!(text.matches('✓').count(), 700, "{text}");
    assert!(text.matches("quality ").count() < 3, "{text}");

    fs::write(home.path().join("list"), list).unwrap();
    let mut rounds = home.command(["probe", "--input", "list", "--quality", "--watch"]).spawn().unwrap();
    let mut again = String::new();
    BufReader::new(rounds.stderr.take().unwrap()).read_line(&mut again).unwrap();
    assert_eq!(again, warning, "rounds are warned of as well");
    interrupt(&rounds).unwrap();
    assert_eq!(rounds.wait().unwrap().code(), Some(130));
}

#[test]
#[ignore = "needs coturn (tests/run.sh)"]
fn an_interrupt_shows_what_was_measured_through_a_relay() {
    let user = ["--lt-cred-mech", "--realm", "example.org", "--user", "alice:secret"];
    let coturn = Coturn::start_with(&[&user[..], &["--no-tls", "--allow-loopback-peers"]].concat());
    let uri = format!("turn:127.0.0.1:{}?transport=udp", coturn.port);
    let home = Home::with(format!(
        "[[turn.servers]]\nuri = \"{uri}\"\nusername = \"alice\"\npassword = \"secret\"\n"
    ));
    let mut terminal = Terminal::of_width(&home, "probe --turn --quality --duration 1m", 80);
    terminal.shows("measuring the quality of ");
    std::thread::sleep(Duration::from_secs(3));
    terminal.types("\u{3}");
    // The grade is that of this machine as well, which may be busy.
    terminal.shows("Quality: ");
    let screen = terminal.screen();
    assert!(!screen.contains("(60 s): "), "{screen}");
    for part in ["quality ", "PATH    LOST  ", "up      ", "down    ", "server  "] {
        assert!(screen.contains(&format!("\n     {part}")), "{part} in {screen}");
    }
    terminal.ends(130);
}
