//! What the README shows is what the program does: its examples are run, a fresh home for each heading.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

const README: &str = include_str!("../README.md");

/// A command of an example and what it printed.
struct Example {
    command: String,
    printed: String,
}

/// The examples below each heading: those in blocks marked `console`.
fn examples() -> Vec<Vec<Example>> {
    let mut sections = vec![Vec::new()];
    let mut in_block = false;
    for line in README.lines() {
        match line {
            "```console" => in_block = true,
            "```" => in_block = false,
            line if in_block => {
                let section = sections.last_mut().unwrap();
                match line.strip_prefix("$ ") {
                    Some(command) => {
                        section.push(Example { command: command.to_owned(), printed: String::new() });
                    }
                    None => section.last_mut().unwrap().printed.push_str(&format!("{line}\n")),
                }
            }
            line if line.starts_with("## ") || line.starts_with("### ") => sections.push(Vec::new()),
            _ => {}
        }
    }
    sections
}

fn run(command: &str, home: &Path) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_cowork-calls"));
    let path = format!("{}:/usr/bin:/bin", program.parent().unwrap().display());
    let output = Command::new("sh")
        .args(["-c", &format!("{{ {command}\n}} 2>&1")])
        .current_dir(home)
        .env_clear()
        .env("PATH", path)
        .env("HOME", home)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap().replace(home.to_str().unwrap(), "/home/ada");
    text.lines().map(|line| without_time(line) + "\n").collect()
}

/// The time of a line of the history becomes that of the README.
fn without_time(line: &str) -> String {
    let is_time = |word: &str| {
        let shape: String = word.chars().map(|c| if c.is_ascii_digit() { '0' } else { c }).collect();
        shape == "0000-00-00 00:00:00"
    };
    let found = line.char_indices().map(|(at, _)| at).find(|at| line.get(*at..at + 19).is_some_and(is_time));
    found.map_or_else(
        || line.to_owned(),
        |at| format!("{}2026-11-24 09:14:02{}", &line[..at], &line[at + 19..]),
    )
}

#[test]
fn the_examples_print_what_the_readme_shows() {
    let mut count = 0;
    for section in examples() {
        let home = tempfile::tempdir().unwrap();
        fs::write(home.path().join("turn.pw"), "hunter2\n").unwrap();
        for Example { command, printed } in section {
            assert_eq!(run(&command, home.path()), printed, "$ {command}");
            count += 1;
        }
    }
    assert!(count >= 15, "only {count} examples were found");
}

#[test]
fn the_readme_names_every_command() {
    let help = |args: &[&str]| {
        let output =
            Command::new(env!("CARGO_BIN_EXE_cowork-calls")).args(args).arg("--help").output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let commands = |text: &str| -> Vec<String> {
        // From the usage to the options; the first help has its commands in groups.
        let lines = text.lines().skip_while(|line| !line.starts_with("Usage:")).skip(1);
        let lines = lines.take_while(|line| !line.ends_with("ptions:"));
        let names = lines.filter_map(|line| line.strip_prefix("  ")?.split(' ').next());
        names.filter(|name| name.starts_with(|c: char| c.is_ascii_lowercase())).map(str::to_owned).collect()
    };
    let top = commands(&help(&[]));
    assert!(top.len() >= 12, "{top:?}");
    let reference = README.split("### Commands").nth(1).unwrap().split("###").next().unwrap();
    for command in &top {
        for inner in commands(&help(&[command])) {
            let both = format!("{command} {inner}");
            assert!(reference.contains(&both), "the README's table lacks '{both}'");
        }
        assert!(reference.contains(&format!("`{command}")), "the README's table lacks '{command}'");
    }
}

#[test]
fn the_readme_explains_every_code() {
    for code in cowork_calls::probe::report::code::Code::ALL {
        let line = format!("| `{}` | {} | {} |", code.as_str(), code.sentence(), code.remedy());
        assert!(README.contains(&line), "the README lacks the line\n{line}");
    }
}
