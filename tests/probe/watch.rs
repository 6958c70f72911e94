//! `cowork-calls probe --watch`: a live table at a real pseudo-terminal, lines and documents elsewhere.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::support::fake_server::{FakeServer, blocked_server, success};
use crate::support::program::Home;
use crate::support::terminal::{ECHOING, Terminal};
use rexpect::process::{Signal, WaitStatus};
use rexpect::session::{PtySession, spawn_command};
use serde_json::Value;

/// How long something may take to appear, in ms.
const PATIENCE: u64 = 10_000;
const SECOND_SCREEN: &str = "\u{1b}[?1049h";
const FIRST_SCREEN: &str = "\u{1b}[?1049l";
const CURSOR: &str = "\u{1b}[?25h";
const CLEAR_LINE: &str = "\u{1b}[K";

fn good_server() -> FakeServer {
    FakeServer::start("127.0.0.1", |request, client| vec![success(request, client)])
}

fn silent_server() -> FakeServer {
    FakeServer::start("127.0.0.1", |_, _| vec![])
}

/// The program at a terminal of its own.
fn at_terminal(home: &Home, line: &str) -> PtySession {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cowork-calls"));
    command.args(line.split(' ')).env("HOME", home.path()).env("TERM", "xterm").env("NO_COLOR", "1");
    spawn_command(command, Some(PATIENCE)).unwrap()
}

/// Waits for a text. The test's terminal treats each byte as a character.
#[track_caller]
fn shows(session: &mut PtySession, text: &str) {
    let bytes: String = text.bytes().map(char::from).collect();
    if session.exp_string(&bytes).is_err() {
        panic!("'{text}' does not appear");
    }
}

/// The rest of the output; the program must exit with this status.
#[track_caller]
fn ends(mut session: PtySession, status: i32) -> String {
    let rest = session.exp_eof().unwrap();
    match session.process().wait().unwrap() {
        WaitStatus::Exited(_, found) => assert_eq!(found, status, "{rest}"),
        other => panic!("{other:?}: {rest}"),
    }
    String::from_utf8(rest.chars().map(|c| u8::try_from(c).unwrap()).collect()).unwrap()
}

#[test]
fn the_table_uses_the_alternate_screen_and_ctrl_c_restores_the_first() {
    let (home, good, silent) = (Home::new(), good_server(), silent_server());
    let line = format!("probe {} {} --watch --interval 200ms --timeout 200ms", good.uri(), silent.uri());
    let mut session = at_terminal(&home, &line);
    shows(&mut session, SECOND_SCREEN);
    shows(&mut session, "1 of 2 ok · round 3");
    shows(&mut session, &format!("✓ {}", good.uri()));
    shows(&mut session, "0.0%");
    shows(&mut session, &format!("✗ {}", silent.uri()));
    shows(&mut session, "100.0%");
    shows(&mut session, "×××");
    shows(&mut session, "no response from");
    session.send_control('c').unwrap();
    let rest = ends(session, 130);
    let (_, after) = rest.split_once(FIRST_SCREEN).unwrap();
    assert!(rest.contains(&format!("{CURSOR}{FIRST_SCREEN}")), "the cursor is shown again: {rest:?}");
    assert!(after.contains(&format!("✓ {}", good.uri())), "what was seen last stays: {after:?}");
    assert!(!after.contains('\u{1b}'), "nothing else is changed: {after:?}");
}

#[test]
fn a_signal_during_a_round_ends_it_at_once() {
    let (home, silent) = (Home::new(), silent_server());
    let mut session = at_terminal(&home, &format!("probe {} --watch --timeout 60s", silent.uri()));
    shows(&mut session, "probing");
    std::thread::sleep(Duration::from_millis(300));
    let started = Instant::now();
    session.process_mut().signal(Signal::SIGTERM).unwrap();
    let rest = ends(session, 143);
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    assert!(rest.contains(&format!("{CURSOR}{FIRST_SCREEN}")), "{rest:?}");
    assert!(!rest.contains("100.0%"), "a probe that was cut off is not a loss: {rest:?}");
}

#[test]
fn an_error_leaves_the_terminal_as_it_was() {
    let session = at_terminal(&Home::new(), "probe 127.0.0.1:20009 --watch --ca-file /nowhere");
    let rest = ends(session, 2);
    assert!(rest.contains("cannot use /nowhere") && !rest.contains(SECOND_SCREEN), "{rest:?}");
}

#[test]
fn q_ends_the_live_table_with_success_at_every_width() {
    let good = good_server();
    let home = Home::with(format!("[stun]\nservers = [\"{}\"]\n", good.uri()));
    for (columns, row) in [
        (40, format!("1  ✓ {}\r\n     over: UDP/IPv4  loss: 0.0%", good.uri())),
        (80, format!("1  ✓ {}  UDP/IPv4  0.0%", good.uri())),
        (200, format!("1  ✓ {}  UDP/IPv4  0.0%", good.uri())),
    ] {
        let mut terminal = Terminal::of_width(&home, "probe --watch --interval 60s --color never", columns);
        terminal.shows("q or Ctrl-C stops");
        terminal.await_modes(ECHOING);
        // It counts down meanwhile, and only q ends it.
        terminal.shows("next round in");
        terminal.types("x\r");
        terminal.types("q");
        let rest = terminal.ends(0);
        let (_, after) = rest.split_once(FIRST_SCREEN).unwrap();
        assert!(after.replace(CLEAR_LINE, "").contains(&row), "{columns}: {after:?}");
        assert!(after.contains("ended"), "{after:?}");
    }
}

#[test]
fn a_signal_restores_the_modes_of_the_terminal() {
    let (home, silent) = (Home::new(), silent_server());
    let line = format!("probe {} --watch --timeout 60s", silent.uri());
    let mut terminal = Terminal::run(&home, &line);
    terminal.shows("q or Ctrl-C stops");
    terminal.await_modes(ECHOING);
    terminal.signal(Signal::SIGTERM);
    terminal.ends(143);
    // A key during a round ends it, too.
    let mut terminal = Terminal::run(&home, &line);
    terminal.shows("q or Ctrl-C stops");
    terminal.await_modes(ECHOING);
    terminal.types("q");
    terminal.ends(0);
}

#[test]
fn ctrl_z_does_not_leave_the_shell_on_the_screen_of_the_live_table() {
    let (home, good) = (Home::new(), good_server());
    for input in ["", "< /dev/null"] {
        let line = format!("probe {} --watch --interval 500ms {input}", good.uri());
        let mut terminal = Terminal::with(&home, r#"bash -mc '"$@"; echo "shell: $?"'"#, &line);
        terminal.shows("next round in");
        terminal.types("\u{1a}");
        terminal.shows("probing…");
        terminal.types(if input.is_empty() { "q" } else { "\u{3}" });
        terminal.shows(if input.is_empty() { "shell: 0" } else { "shell: 130" });
        terminal.ends(0);
    }
}

#[test]
fn without_keys_the_live_table_names_only_ctrl_c() {
    let (home, good) = (Home::new(), good_server());
    let mut terminal = Terminal::run(&home, &format!("probe {} --watch < /dev/null", good.uri()));
    let before = terminal.shows("Ctrl-C stops");
    assert!(!before.contains("q or"), "{before:?}");
    terminal.signal(Signal::SIGINT);
    terminal.ends(130);
}

#[test]
fn a_short_interval_is_counted_down_in_tenths_of_a_second() {
    let (home, good) = (Home::new(), good_server());
    let line = format!("probe {} --watch --interval 500ms", good.uri());
    let mut terminal = Terminal::run(&home, &line);
    terminal.shows("next round in 0.1s");
    terminal.types("q");
    let rest = terminal.ends(0);
    assert!(!rest.contains("in 1s") && !rest.contains("in 1.0s"), "{rest:?}");
}

/// The program without a terminal.
fn without_terminal(home: &Home, line: &str) -> (Child, impl Iterator<Item = String> + use<>) {
    let mut child = home.command(line.split(' ')).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    (child, lines)
}

#[track_caller]
fn interrupt(mut child: Child) {
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
}

#[test]
fn without_a_terminal_each_round_prints_a_line_for_each_server() {
    // The second request is lost.
    let requests = AtomicUsize::new(0);
    let flaky = FakeServer::start("127.0.0.1", move |request, client| {
        if requests.fetch_add(1, Ordering::Relaxed) == 1 { vec![] } else { vec![success(request, client)] }
    });
    let home = Home::new();
    let line = format!("probe {} --watch --interval 300ms --timeout 200ms", flaky.uri());
    let (child, lines) = without_terminal(&home, &line);
    let lines: Vec<String> = lines.take(4).collect();
    interrupt(child);
    for (line, (verdict, loss)) in
        lines.iter().zip([("ok", "0.0%"), ("failed", "50.0%"), ("ok", "33.3%"), ("ok", "25.0%")])
    {
        let (time, rest) = line.split_once(' ').unwrap();
        assert!(time.len() == 20 && time.ends_with('Z'), "{line}");
        assert!(rest.starts_with(&format!("{verdict} {} UDP/IPv4 ", flaky.uri())), "{line}");
        assert!(rest.contains(&format!("loss {loss}")), "{line}");
        assert_eq!(rest.contains("timeout: no response"), verdict == "failed", "{line}");
    }
}

#[test]
fn each_round_reports_a_blocked_port_without_sending_anything() {
    let (home, blocked) = (Home::new(), blocked_server());
    let line = format!("probe {} --watch --interval 200ms", blocked.uri());
    let (child, lines) = without_terminal(&home, &line);
    let lines: Vec<String> = lines.take(2).collect();
    interrupt(child);
    for line in &lines {
        assert!(line.contains("port-blocked-in-browsers: browsers block port 10080"), "{line}");
    }
    assert_eq!((lines.len(), blocked.requests()), (2, 0));
}

#[test]
fn json_documents_are_printed_once_a_round() {
    let (home, good) = (Home::new(), good_server());
    let line = format!("probe {} --watch --interval 200ms --format", good.uri());
    let started = Instant::now();
    let (child, lines) = without_terminal(&home, &format!("{line} json"));
    let documents: Vec<Value> = lines.take(3).map(|line| serde_json::from_str(&line).unwrap()).collect();
    interrupt(child);
    assert!(documents.iter().all(|document| document["summary"]["ok"] == 1), "{documents:?}");
    let elapsed = started.elapsed();
    assert!(elapsed >= Duration::from_millis(400), "from start to start: {elapsed:?}");

    let (child, lines) = without_terminal(&home, &format!("{line} jsonl"));
    let rows: Vec<Value> = lines.take(4).map(|line| serde_json::from_str(&line).unwrap()).collect();
    interrupt(child);
    let kinds: Vec<bool> = rows.iter().map(|row| row["summary"].is_null()).collect();
    assert_eq!(kinds, [true, false, true, false]);

    let (child, lines) = without_terminal(&home, &format!("{line} prometheus"));
    let up = lines.filter(|line| line.starts_with("cowork_calls_probe_up{")).take(2).collect::<Vec<_>>();
    interrupt(child);
    assert!(up.iter().all(|line| line.ends_with(" 1")), "{up:?}");
}

#[test]
fn a_closed_pipe_ends_the_watch() {
    let (home, good) = (Home::new(), good_server());
    let line = format!("probe {} --watch --interval 200ms", good.uri());
    let (mut child, mut lines) = without_terminal(&home, &line);
    assert!(lines.next().is_some());
    drop(lines);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn an_interval_requires_watch_and_must_not_be_zero() {
    let home = Home::new();
    home.run("probe 127.0.0.1 --interval 1s").fails(2, "--watch");
    home.run("probe 127.0.0.1 --watch --interval 100ms").fails(2, "expected at least 200ms");
    home.run("probe --watch --self-test").fails(2, "cannot be used with");
}
