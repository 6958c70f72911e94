//! Good manners in a shell: pipes, colour, full disks, no waiting.

use std::fs::OpenOptions;
use std::io::Read;
use std::process::Stdio;

use crate::program::Home;

#[test]
fn a_closed_pipe_ends_quietly() {
    let home = Home::new();
    let script = format!(
        "{0} reactions list | head -c 1; {0} completions bash | head -c 1",
        env!("CARGO_BIN_EXE_cowork-calls")
    );
    let output = home.command(["x"]).get_program().to_owned();
    assert!(!output.is_empty());
    let output = std::process::Command::new("bash")
        .args(["-c", &format!("set -o pipefail; {script}; echo status ${{PIPESTATUS[0]}}")])
        .env("HOME", home.path())
        .output()
        .unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert!(String::from_utf8_lossy(&output.stdout).ends_with("status 0\n"), "{output:?}");
}

#[test]
fn a_result_that_cannot_be_printed_is_a_failure() {
    let home = Home::new();
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = home.command(["show"]).stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8(output.stderr).unwrap().starts_with("error: cannot print the result: "));
}

#[test]
fn colour_only_where_it_is_wanted() {
    let home = Home::new();
    let stdout = |args: &[&str], no_color: bool| {
        let mut command = home.command(args);
        if no_color {
            command.env("NO_COLOR", "1");
        }
        String::from_utf8(command.output().unwrap().stdout).unwrap()
    };
    assert!(!stdout(&["show"], false).contains('\u{1b}'));
    assert!(stdout(&["show", "--color", "always"], false).contains("\u{1b}[1mSTUN servers\u{1b}[0m"));
    assert!(stdout(&["show", "--color", "always"], true).contains('\u{1b}'), "asked for outright");
    assert!(!stdout(&["show", "--color", "never"], false).contains('\u{1b}'));
}

#[test]
fn nothing_waits_without_a_terminal() {
    let home = Home::with("[stun]\nservers = ['a', 'b']\n[reactions]\nemojis = ['👍']\n");
    // The input stays open and silent: whoever waits for it hangs until the test runner ends the test.
    for line in
        ["stun add", "stun remove", "turn add", "turn edit", "turn add x --username u", "reactions add"]
    {
        let mut child = home.command(line.split(' ')).stdin(Stdio::piped()).spawn().unwrap();
        let kept_open = child.stdin.take();
        assert_eq!(child.wait().unwrap().code(), Some(2), "{line}");
        let mut error = String::new();
        child.stderr.take().unwrap().read_to_string(&mut error).unwrap();
        assert!(error.contains("is missing, and there is no terminal to ask at"), "{line}: {error}");
        drop(kept_open);
    }
    for line in ["stun clear", "reactions set ✋", "config undo"] {
        let mut child = home.command(line.split(' ')).stdin(Stdio::piped()).spawn().unwrap();
        let kept_open = child.stdin.take();
        assert_eq!(child.wait().unwrap().code(), Some(0), "{line}: confirmations count as given");
        drop(kept_open);
    }
}
