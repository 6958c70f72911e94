//! Processes that edit and undo concurrently, between hand edits: every reported success is kept.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Child;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::program::{Home, Run};

/// How many processes run concurrently.
const PROCESSES: usize = 200;

/// Every version that was in the history, by its number: its command and its text. The program removes old
/// versions, so they are collected while the processes run.
type Versions = BTreeMap<u64, (String, String)>;

fn collect_versions(history: &Path, versions: &mut Versions) {
    for entry in fs::read_dir(history).into_iter().flatten().flatten() {
        let name = entry.file_name().into_string().unwrap();
        let parts: Vec<&str> = name.trim_end_matches(".toml").splitn(4, '_').collect();
        let [id, _, length, command] = parts[..] else { continue };
        let id = id.parse().unwrap();
        if versions.contains_key(&id) {
            continue;
        }
        // It may be removed at this moment.
        let Ok(text) = fs::read_to_string(entry.path()) else { continue };
        // A file that an editor writes in place can be moved into the history before the editor has finished.
        if command != "hand-edit" {
            assert_eq!(text.len().to_string(), length, "{name}");
        }
        versions.insert(id, (command.to_owned(), text));
    }
}

/// The line of the process number `number`.
fn line(number: usize) -> String {
    let line = match number % 5 {
        0 | 1 => format!("stun add s{number}.example"),
        2 => format!("stun remove h{number}.example"),
        3 => format!("stun move m{number}.example 1"),
        _ => "config undo".to_owned(),
    };
    format!("{line} --json")
}

/// Edits as editors do: half of them write the file in place, half write a new file and rename it.
fn edit_by_hand(file: &Path, original: &str, number: usize) {
    let now = fs::read_to_string(file).unwrap_or_default();
    // Right after a truncation there is nothing to edit.
    let now = if now.is_empty() { original.to_owned() } else { now };
    let text = format!("# by hand {number}\n{now}");
    if number.is_multiple_of(2) {
        fs::write(file, text).unwrap();
    } else {
        let new = file.with_extension("swp");
        fs::write(&new, text).unwrap();
        fs::rename(&new, file).unwrap();
    }
}

fn outcomes_of(children: Vec<(String, Child)>) -> Vec<(String, Option<Value>)> {
    let outcome = |(line, child): (String, Child)| {
        let output = child.wait_with_output().unwrap();
        let error = String::from_utf8(output.stderr).unwrap();
        let done = match output.status.code() {
            Some(0) => Some(serde_json::from_slice(&output.stdout).unwrap()),
            // Five hand edits in a row, nothing to undo yet, or an undo has removed the entry to move.
            Some(3) if error.contains("\"config-keeps-changing\"") => None,
            Some(1) if error.contains("\"nothing-to-undo\"") => None,
            Some(2) if error.contains("\"not-found\"") => None,
            status => panic!("'{line}' ended with {status:?}: {error}"),
        };
        (line, done)
    };
    children.into_iter().map(outcome).collect()
}

#[test]
fn every_success_reported_by_two_hundred_processes_is_kept() {
    // An early undo to the beginning may leave little to remove.
    assert!((0..5).any(|_| least_successes() > 5), "each kind of command succeeds now and then");
}

/// Runs all of them concurrently and checks each report against the history. Returns how often the kind of command
/// with the fewest successes succeeded.
fn least_successes() -> usize {
    // The entries to remove and to move exist.
    let names = (0..PROCESSES).filter_map(|n| match n % 5 {
        2 => Some(format!("'h{n}.example'")),
        3 => Some(format!("'m{n}.example'")),
        _ => None,
    });
    let original = format!("# head\n[stun]\nservers = [{}]\n", names.collect::<Vec<_>>().join(", "));
    let home = Home::with(&original);
    home.run("stun add first.example --quiet").prints("");
    let original = home.text();
    let history: PathBuf = home.file().with_file_name(".config.toml.history");
    let (mut versions, over) = (Versions::new(), AtomicBool::new(false));

    let outcomes = thread::scope(|scope| {
        let gatherer = scope.spawn(|| {
            while !over.load(Ordering::SeqCst) {
                collect_versions(&history, &mut versions);
                thread::sleep(Duration::from_millis(2));
            }
            collect_versions(&history, &mut versions);
        });
        let by_hand = scope.spawn(|| {
            let mut number = 0;
            while !over.load(Ordering::SeqCst) {
                edit_by_hand(&home.file(), &original, number);
                number += 1;
                thread::sleep(Duration::from_millis(30));
            }
            number
        });
        let children = (0..PROCESSES).map(|number| {
            let line = line(number);
            let child = home.command(line.split(' ')).spawn().unwrap();
            (line, child)
        });
        let outcomes = outcomes_of(children.collect());
        over.store(true, Ordering::SeqCst);
        gatherer.join().unwrap();
        assert!(by_hand.join().unwrap() > 5, "there were hand edits meanwhile");
        outcomes
    });

    assert!(home.run("stun list --json --quiet").json()["servers"].is_array(), "the file can be read");
    for (id, (command, text)) in &versions {
        // A file that was read right after a truncation was empty, and an undo may restore that.
        let may_be_empty = command == "hand-edit" || command == "config-undo";
        assert!(may_be_empty && text.is_empty() || text.contains("[stun]"), "version {id} is whole: {text}");
    }
    let successes = |command: &str| -> Vec<&(String, Option<Value>)> {
        let changed = |done: &Option<Value>| done.as_ref().is_some_and(|done| done["changed"] == true);
        outcomes.iter().filter(|(line, done)| line.starts_with(command) && changed(done)).collect()
    };
    let mut least = PROCESSES;
    for command in ["stun add", "stun remove", "stun move", "config undo"] {
        let saved = versions.values().filter(|(saved, _)| *saved == command.replace(' ', "-")).count();
        // The first server was added before.
        let expected = successes(command).len() + usize::from(command == "stun add");
        assert_eq!(saved, expected, "each '{command}' that was reported is one version, and no other is");
        least = least.min(expected);
    }
    let texts = |command: &str| -> Vec<&str> {
        let of = versions.values().filter(|(saved, _)| *saved == command.replace(' ', "-"));
        of.map(|(_, text)| text.as_str()).collect()
    };
    for (line, _) in successes("stun add") {
        let entry = format!("\"stun:{}:3478\"", line.split(' ').nth(2).unwrap());
        assert!(texts("stun add").iter().any(|text| text.contains(&entry)), "{line}");
    }
    for (line, _) in successes("stun remove") {
        let entry = format!("'{}'", line.split(' ').nth(2).unwrap());
        assert!(texts("stun remove").iter().any(|text| !text.contains(&entry)), "{line}");
    }
    for (line, _) in successes("stun move") {
        let entry = format!("servers = ['{}'", line.split(' ').nth(2).unwrap());
        assert!(texts("stun move").iter().any(|text| text.contains(&entry)), "{line}");
    }
    for (line, done) in successes("config undo") {
        let restored = done.as_ref().unwrap()["restored"].as_u64().unwrap();
        let (command, text) = &versions[&restored];
        let is_there = texts("config undo").contains(&text.as_str());
        assert!(is_there || command == "hand-edit", "{line}: version {restored}");
    }
    least
}

#[test]
fn an_undo_in_effect_succeeds_though_the_file_is_broken_right_after() {
    let home = Home::with("[stun]\nservers = [\"a\"]\n");
    home.run("stun add b --quiet").prints("");
    let (restored, newest) = ("[stun]\nservers = [\"a\"]\n", home.text());
    for _ in 0..20 {
        let broken = thread::scope(|scope| {
            let child = home.command(["config", "undo", "1"]).spawn().unwrap();
            // Another process breaks the file in the instant after the undo.
            let breaker = scope.spawn(|| {
                let started = Instant::now();
                while home.text() != restored && started.elapsed() < Duration::from_secs(10) {}
                fs::write(home.file(), "[stun").unwrap();
            });
            let output = child.wait_with_output().unwrap();
            let run = Run::of("config undo 1", output);
            breaker.join().unwrap();
            run.prints("restored version 1\n");
            home.text()
        });
        assert_eq!(broken, "[stun");
        fs::write(home.file(), &newest).unwrap();
    }
}
