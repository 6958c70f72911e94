//! Transcripts: each command on the same settings, with its output, exit code and changes.
//!
//! In `transcripts/*.txt` a run begins with `$` and ends with a blank line that another run follows. `<` is
//! standard input, `!` standard error, `?` the exit status where it is not 0; `-` and `+` are the lines of the
//! file that are removed and added. Everything else is standard output. `FILE` is the path of the settings file.

use std::fs;
use std::path::Path;

use crate::support::program::Home;

const SETTINGS: &str = include_str!("transcripts/settings.toml");

/// Runs all commands of a transcript and compares the results with it.
#[track_caller]
fn holds(name: &str) -> usize {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/settings/transcripts").join(name);
    let text = fs::read_to_string(path).unwrap();
    let runs: Vec<&str> = text.split("\n\n$ ").map(|run| run.trim_start_matches("$ ").trim_end()).collect();
    for expected in &runs {
        let line = expected.lines().next().unwrap();
        let typed = expected.lines().filter_map(|line| line.strip_prefix("< "));
        let input: String = typed.map(|line| format!("{line}\n")).collect();
        assert_eq!(transcript(line, &input), *expected, "{name}: what is said and done by '{line}'");
    }
    runs.len()
}

fn transcript(line: &str, input: &str) -> String {
    let home = Home::with(SETTINGS);
    let run = home.run_with(line, input);
    let file = home.file().display().to_string();
    let mut text = vec![line.to_owned()];
    text.extend(input.lines().map(|line| format!("< {line}")));
    text.extend(run.stdout.replace(&file, "FILE").lines().map(str::to_owned));
    text.extend(
        run.stderr.replace(&file, "FILE").lines().map(|line| format!("! {line}").trim_end().to_owned()),
    );
    text.extend(run.status.filter(|status| *status != 0).map(|status| format!("? {status}")));
    text.extend(difference(SETTINGS, &home.text()));
    assert!(run.stdout.is_empty() || run.stdout.ends_with('\n'), "'{line}' ends its last line");
    text.join("\n")
}

/// The removed and the added lines, between those that are equal at both ends.
fn difference(before: &str, after: &str) -> Vec<String> {
    let (before, after): (Vec<_>, Vec<_>) = (before.split('\n').collect(), after.split('\n').collect());
    let start = before.iter().zip(&after).take_while(|(a, b)| a == b).count();
    let (before, after) = (&before[start..], &after[start..]);
    let end = before.iter().rev().zip(after.iter().rev()).take_while(|(a, b)| a == b).count();
    let marked = |mark: &str, lines: &[&str]| -> Vec<String> {
        lines[..lines.len() - end].iter().map(|line| format!("{mark} {line}").trim_end().to_owned()).collect()
    };
    [marked("-", before), marked("+", after)].concat()
}

#[test]
fn stun() {
    assert!(holds("stun.txt") > 30);
}

#[test]
fn turn() {
    assert!(holds("turn.txt") > 30);
}

#[test]
fn reactions() {
    assert!(holds("reactions.txt") > 20);
}

#[test]
fn all_settings() {
    assert!(holds("all.txt") > 20);
}

#[test]
fn a_difference_is_noticed() {
    assert_eq!(difference("a\nb\nc\n", "a\nB\nc\n"), ["- b", "+ B"]);
    assert_eq!(difference("a\nb\n", "a\nb"), ["-"]);
    assert_eq!(difference("a\n", "a\n\nb\n"), ["+ b", "+"]);
    assert!(difference("a\n", "a\n").is_empty());
}
