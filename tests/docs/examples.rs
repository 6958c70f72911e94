//! The examples of the pages: commands in `console` blocks, and what they print.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

/// A home folder for the examples below one heading.
pub(super) fn home() -> TempDir {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("turn.pw"), "hunter2\n").unwrap();
    home
}

/// The page with what the commands of its `console` blocks print now. The examples below a heading share a home.
pub(super) fn with_output(page: &str) -> String {
    let mut fresh = String::new();
    let mut home = home();
    let mut fence: Option<&str> = None;
    let mut lines = page.lines().peekable();
    while let Some(line) = lines.next() {
        writeln!(fresh, "{line}").unwrap();
        if let Some(info) = line.strip_prefix("```") {
            fence = if fence.is_none() { Some(info) } else { None };
        } else if fence.is_none() && (line.starts_with("## ") || line.starts_with("### ")) {
            home = self::home();
        } else if fence == Some("console") {
            let command = line.strip_prefix("$ ").unwrap_or_else(|| panic!("'{line}' is not a command"));
            let mut old = String::new();
            while let Some(line) = lines.next_if(|line| !line.starts_with("$ ") && *line != "```") {
                writeln!(old, "{line}").unwrap();
            }
            let new = run(command, home.path());
            fresh += if without_measurements(&old) == without_measurements(&new) { &old } else { &new };
        }
    }
    fresh
}

pub(super) fn run(command: &str, home: &Path) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_cowork-calls"));
    let output = Command::new("sh")
        .args(["-c", &format!("{{ {command}\n}} 2>&1")])
        .current_dir(home)
        .env_clear()
        .env("PATH", format!("{}:/usr/bin:/bin", program.parent().unwrap().display()))
        .env("HOME", home)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap().replace(home.to_str().unwrap(), "/home/ada");
    text.lines().map(|line| with_fixed_time(line) + "\n").collect()
}

/// The line with the date and time in it, if there is one, replaced by that of the documentation.
fn with_fixed_time(line: &str) -> String {
    let is_time = |word: &str| {
        let shape: String = word.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        shape == "0000-00-00 00:00:00" || shape == "0000-00-00T00:00:00"
    };
    let mut line = line.to_owned();
    let starts: Vec<_> = line.char_indices().map(|(at, _)| at).collect();
    for at in starts {
        if line.get(at..at + 19).is_some_and(is_time) {
            line.replace_range(at..at + 10, "2026-11-24");
            line.replace_range(at + 11..at + 19, "09:14:02");
        }
    }
    line
}

/// The text without what differs between runs: decimal numbers, times, ports on loopback, and widths of columns.
pub(super) fn without_measurements(text: &str) -> String {
    let mut masked = String::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|c: char| !(c.is_ascii_digit() || c == '.')).unwrap_or(rest.len());
        let number = &rest[..end];
        let is_port = masked.ends_with("127.0.0.1:") || masked.ends_with("[::1]:");
        let is_time = number.matches('.').count() == 1 || rest[end..].starts_with(" ms");
        if !number.is_empty() && (is_port || is_time) {
            masked.push('N');
            rest = &rest[end..];
        } else if !number.is_empty() {
            masked += number;
            rest = &rest[end..];
        } else {
            if first != ' ' || !masked.ends_with(' ') {
                masked.push(first);
            }
            rest = &rest[first.len_utf8()..];
        }
    }
    masked
}
