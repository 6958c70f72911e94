//! At a real pseudo-terminal: questions, answers, and a terminal that is as it was afterwards.

use std::process::Command;
use std::thread;
use std::time::Duration;

use rexpect::process::{Signal, WaitStatus};
use rexpect::session::{PtySession, spawn_command};

use crate::program::Home;

/// How long an answer may take, in ms.
const PATIENCE: u64 = 10_000;

/// The program at a terminal of its own.
fn at_terminal(home: &Home, line: &str) -> PtySession {
    let mut command = Command::new(env!("CARGO_BIN_EXE_cowork-calls"));
    command.args(line.split(' ')).env("HOME", home.path()).env("TERM", "xterm").env("NO_COLOR", "1");
    command.env_remove("COWORK_CALLS_CONFIG");
    spawn_command(command, Some(PATIENCE)).unwrap()
}

/// The program in a shell that tells afterwards how it ended and how the terminal is.
fn in_shell(home: &Home, line: &str) -> PtySession {
    let program = env!("CARGO_BIN_EXE_cowork-calls");
    let script =
        format!("trap : INT; stty sane cols 80; {program} {line}; echo \"status $?\"; stty -a; echo the end");
    let mut command = Command::new("sh");
    command
        .args(["-c", &script])
        .env("HOME", home.path())
        .env("TERM", "xterm")
        .env_remove("COWORK_CALLS_CONFIG");
    spawn_command(command, Some(PATIENCE)).unwrap()
}

#[track_caller]
fn ends(mut session: PtySession, status: i32) -> String {
    let rest = session.exp_eof().unwrap();
    match session.process().wait().unwrap() {
        WaitStatus::Exited(_, found) => assert_eq!(found, status, "{rest}"),
        other => panic!("{other:?}: {rest}"),
    }
    rest
}

#[test]
fn adding_asks_for_what_is_missing() {
    let home = Home::new();
    let mut session = at_terminal(&home, "stun add --first");
    session.exp_string("STUN server (host or host:port)").unwrap();
    session.send_line("stun.example.de").unwrap();
    session.exp_string("added stun:stun.example.de:3478").unwrap();
    ends(session, 0);
    assert_eq!(home.run("stun list --json").json()["servers"][0]["uri"], "stun:stun.example.de:3478");
}

#[test]
fn removing_offers_a_choice() {
    let home = Home::with("[stun]\nservers = [\"a\", \"b\", \"c\"]\n");
    let mut session = at_terminal(&home, "stun remove");
    session.exp_string("Remove which?").unwrap();
    session.exp_string("stun:c:3478").unwrap();
    // Mark the first, step down, mark the second.
    for key in [" ", "\u{1b}[B", " ", "\r"] {
        session.send(key).unwrap();
        session.flush().unwrap();
        thread::sleep(Duration::from_millis(50));
    }
    session.exp_string("removed stun:b:3478").unwrap();
    ends(session, 0);
    assert_eq!(home.text(), "[stun]\nservers = [\"c\"]\n");
}

#[test]
fn what_drops_something_asks_before() {
    const TEXT: &str =
        "[stun]\nservers = [\"a\"]\n[[turn.servers]]\nuri = 'a'\n[reactions]\nemojis = [\"🚀\"]\n";
    for line in ["stun clear", "turn clear", "reactions clear", "stun set b", "reactions set :tada:"] {
        let home = Home::with(TEXT);
        let mut session = at_terminal(&home, line);
        session.exp_string("this removes").unwrap();
        session.exp_string("Go on?").unwrap();
        session.send_line("n").unwrap();
        session.exp_string("nothing was changed").unwrap();
        ends(session, 1);
        assert_eq!(home.text(), TEXT, "{line}");

        for option in ["--yes", "--no-input"] {
            let home = Home::with(TEXT);
            let session = at_terminal(&home, &format!("{line} {option}"));
            assert!(!ends(session, 0).contains("Go on?"), "{line} {option}");
        }
        let mut session = at_terminal(&home, line);
        session.exp_string("Go on?").unwrap();
        session.send_line("y").unwrap();
        ends(session, 0);
        assert_ne!(home.text(), TEXT, "{line}");
    }
    let home = Home::with(TEXT);
    let session = at_terminal(&home, "stun set a b");
    assert!(!ends(session, 0).contains("Go on?"), "nothing is dropped");
    let mut session = at_terminal(&home, "config undo");
    session.exp_string("this goes back to version 1").unwrap();
    session.send_line("n").unwrap();
    ends(session, 1);
    assert!(home.text().contains("\"stun:b:3478\""));
}

#[test]
fn a_password_is_not_seen_while_it_is_typed() {
    let home = Home::new();
    let mut session = in_shell(&home, "turn add turn.example.de --username ada");
    session.exp_string("Password").unwrap();
    // What is typed before the terminal is silent would be echoed by it, not by the program.
    thread::sleep(Duration::from_millis(300));
    session.send_line("hunter2").unwrap();
    let shown = session.exp_string("the end").unwrap();
    assert!(!shown.contains("hunter2"), "{shown}");
    assert!(shown.contains("status 0") && shown.contains(" echo "), "{shown}");
    assert_eq!(home.run("turn list --json --show-secrets").json()["servers"][0]["password"], "hunter2");
}

#[test]
fn ctrl_c_at_a_question_changes_nothing_and_leaves_the_terminal_as_it_was() {
    for (line, question) in [
        ("turn add x --username ada", "Password"),
        ("stun add", "STUN server"),
        ("stun clear", "Go on?"),
        ("stun remove", "Remove which?"),
    ] {
        let text = "[stun]\nservers = [\"a\"]\n";
        let home = Home::with(text);
        let mut session = in_shell(&home, line);
        session.exp_string(question).unwrap();
        thread::sleep(Duration::from_millis(300));
        session.send_control('c').unwrap();
        let shown = session.exp_string("the end").unwrap();
        assert!(shown.contains("status 130"), "{line}: {shown}");
        for mode in ["echo", "icanon", "isig"] {
            assert!(shown.split_whitespace().any(|word| word == mode), "{line}: no {mode} in {shown}");
        }
        assert!(shown.contains("\u{1b}[?25h"), "{line}: the cursor is shown again");
        assert_eq!(home.text(), text);
    }
}

#[test]
fn sigterm_at_a_question_ends_with_143() {
    let home = Home::with("[stun]\nservers = [\"a\"]\n");
    for (line, question) in [("stun clear", "Go on?"), ("turn add x --username ada", "Password")] {
        let mut session = at_terminal(&home, line);
        session.exp_string(question).unwrap();
        thread::sleep(Duration::from_millis(300));
        session.process_mut().signal(Signal::SIGTERM).unwrap();
        ends(session, 143);
    }
    assert_eq!(home.text(), "[stun]\nservers = [\"a\"]\n");
}

#[test]
fn tables_fit_eighty_columns() {
    let long = "x".repeat(63);
    let home = Home::with(format!(
        "[[turn.servers]]\nuri = 'turns:{long}.example'\nusername = 'somebody-with-a-long-name'\nsecret = 's'\n"
    ));
    for line in ["turn list --quiet", "stun examples", "show --quiet"] {
        let mut session = in_shell(&home, line);
        let shown = session.exp_string("status 0").unwrap();
        let plain = strip_colour(&shown);
        let path = home.file().display().to_string();
        for line in plain.lines().filter(|line| !line.contains(&path)) {
            assert!(line.trim_end().chars().count() <= 80, "{line}");
        }
        assert!(shown.contains("\u{1b}[1m"), "headings are bold at a terminal");
    }
}

fn strip_colour(text: &str) -> String {
    let mut parts = text.split('\u{1b}');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |all, part| all + part.split_once('m').map_or(part, |(_, rest)| rest))
}
