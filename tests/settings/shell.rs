//! The program in a shell: closed pipes, full disks, colour, signals, and no waiting for input.

use std::fs::OpenOptions;
use std::io::{self, Read, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::support::program::Home;
use crate::support::terminal::Terminal;

#[test]
fn a_closed_pipe_ends_quietly() {
    let home = Home::new();
    for line in ["stun list", "show --json", "reactions list", "completions bash", "--help", "stun add x"] {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let output = home.command(line.split(' ')).stdout(writer).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{line}");
        assert_eq!(output.status.code(), Some(0), "{line}");
    }
    assert!(home.text().contains("stun:x:3478"), "the edit is done even though its result cannot be printed");
}

#[test]
fn a_result_that_cannot_be_printed_is_a_failure() {
    let home = Home::new();
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = home.command(["show"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        String::from_utf8(output.stderr).unwrap(),
        "error: cannot print the result: the disk is full\nhint: check the disk or pipe that it goes to\n"
    );
}

#[test]
fn colour_only_where_it_is_wanted() {
    let home = Home::new();
    let run = |args: &[&str], variable: &str| {
        let output = home.command(args).env(variable, "1").output().unwrap();
        String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
    };
    assert!(!run(&["show"], "X").contains('\u{1b}'), "no terminal");
    assert!(run(&["show", "--color", "always"], "X").contains("\u{1b}[1mSTUN servers\u{1b}[0m"));
    assert!(run(&["show", "--color", "always"], "NO_COLOR").contains('\u{1b}'), "requested explicitly");
    assert!(!run(&["show", "--color", "never"], "X").contains('\u{1b}'));
    assert_eq!(
        run(&["stun", "add", "x:0", "--color", "always"], "X"),
        "\u{1b}[31merror:\u{1b}[0m 'x:0': '0' is not a port\n\u{1b}[2mhint:\u{1b}[0m use a port number from 1 to 65535\n"
    );
    for (line, is_coloured) in [
        (&["--color", "always", "stn"][..], true),
        (&["--color=always", "--help"], true),
        (&["--color", "never", "stn"], false),
        (&["--help"], false),
    ] {
        assert_eq!(run(line, "X").contains('\u{1b}'), is_coloured, "{line:?}");
    }
    assert!(!run(&["show", "--json", "--color", "always"], "X").contains('\u{1b}'), "JSON has no colour");
}

#[test]
fn nothing_waits_without_a_terminal() {
    let home = Home::with("[stun]\nservers = ['a', 'b']\n[reactions]\nemojis = ['👍']\n");
    // The input stays open and silent: a command that reads it hangs until the test runner stops the test.
    for line in [
        "stun add",
        "stun remove",
        "turn add",
        "turn edit",
        "turn edit 1",
        "turn remove",
        "turn add x --username u",
        "reactions add",
        "reactions remove",
    ] {
        let mut child = home.command(line.split(' ')).stdin(Stdio::piped()).spawn().unwrap();
        let kept_open = child.stdin.take();
        assert_eq!(child.wait().unwrap().code(), Some(2), "{line}");
        let mut error = String::new();
        child.stderr.take().unwrap().read_to_string(&mut error).unwrap();
        assert!(error.contains("error: no terminal for prompting: "), "{line}: {error}");
        assert!(error.contains("\nhint: "), "{line}: {error}");
        drop(kept_open);
    }
    for line in
        ["stun clear", "stun set b", "turn clear", "reactions set ✋", "reactions clear", "config undo"]
    {
        let mut child = home.command(line.split(' ')).stdin(Stdio::piped()).spawn().unwrap();
        let kept_open = child.stdin.take();
        assert_eq!(child.wait().unwrap().code(), Some(0), "{line}: confirmations count as given");
        drop(kept_open);
    }
}

#[test]
fn a_signal_while_a_secret_is_awaited_ends_with_its_own_code() {
    let home = Home::new();
    for (signal, status) in [("HUP", 129), ("INT", 130), ("QUIT", 131), ("TERM", 143)] {
        for line in ["turn add a --username u --password-stdin", "turn set -"] {
            let mut child = home.command(line.split(' ')).stdin(Stdio::piped()).spawn().unwrap();
            let mut input = child.stdin.take().unwrap();
            input.write_all(b"half a secr").unwrap();
            // It has read everything, so it waits for more, and its handlers are installed.
            wait_until(|| rustix::io::ioctl_fionread(&input).unwrap() == 0);
            let id = child.id().to_string();
            assert!(Command::new("kill").args(["-s", signal, &id]).status().unwrap().success());
            assert_eq!(child.wait().unwrap().code(), Some(status), "{line}");
        }
    }
    assert!(!home.file().exists());
}

#[test]
fn no_command_panics_when_it_may_open_few_files() {
    let home = Home::new();
    for files in 3..10 {
        for line in [
            "stun list",
            "stun add a.example",
            "config check",
            "config undo",
            "probe 127.0.0.1:20009",
            "probe turn:127.0.0.1:20009",
            "probe --self-test",
            "nat 127.0.0.1:20009 --timeout 100ms",
        ] {
            let script = format!("ulimit -n {files}; exec {} {line}", env!("CARGO_BIN_EXE_cowork-calls"));
            let mut command = Command::new("sh");
            command.args(["-c", &script]).env_clear().env("HOME", home.path()).env("PATH", "/usr/bin:/bin");
            let output = command.stdin(Stdio::null()).output().unwrap();
            let error = String::from_utf8_lossy(&output.stderr);
            // 127 is the dynamic loader, which cannot open the libraries.
            assert!(matches!(output.status.code(), Some(0..=3 | 127)), "{files} files, {line}: {error}");
            assert!(!error.contains("panicked"), "{files} files, {line}: {error}");
        }
    }
}

fn wait_until(condition: impl Fn() -> bool) {
    let started = Instant::now();
    while !condition() {
        assert!(started.elapsed() < Duration::from_secs(10), "the condition was never met");
        std::thread::yield_now();
    }
}

#[test]
fn standard_input_at_a_terminal_says_what_it_waits_for() {
    let home = Home::new();
    for (line, what, typed, status) in [
        ("config apply --yes -", "settings", "[stun]\rservers = [\"a\"]\r", 0),
        ("config diff -", "settings", "[stun]\rservers = [\"b\"]\r", 1),
        ("turn set -", "TURN servers", "[{\"uri\":\"t\"}]\r", 0),
        ("probe --timeout 1ms --input -", "servers", "127.0.0.1:9\r", 1),
    ] {
        let mut terminal = Terminal::run(&home, line);
        terminal.shows(&format!("reading {what} from the terminal; end with Ctrl-D\r\n"));
        terminal.types(typed);
        terminal.types("\x04");
        terminal.ends(status);
    }
    assert_eq!(home.run("stun list --json").json()["servers"][0]["uri"], "stun:a:3478");
    for line in ["config diff - --quiet", "config diff - --json"] {
        let mut terminal = Terminal::run(&home, line);
        terminal.types("x\r");
        terminal.types("\x04");
        assert!(!terminal.ends(2).contains("reading"), "{line}");
    }
    assert!(!home.run_with("config diff -", "x").stderr.contains("reading"));
}
