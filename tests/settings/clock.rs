//! Clocks that jump, and years after 2038: the program runs under `faketime`, which sets its clock.

use std::fs;

use serde_json::Value;

use crate::support::program::Home;

/// Runs a line on a given day.
fn run_on(home: &Home, day: &str, line: &str) -> String {
    let program = home.command(line.split(' '));
    let mut faked = std::process::Command::new("faketime");
    faked.arg(format!("{day} 12:00:00")).arg(program.get_program()).args(program.get_args());
    faked.env_clear().env("HOME", home.path()).env("PATH", "/usr/bin:/bin").env("TZ", "UTC");
    let output = faked.output().expect("faketime is installed: tests/run.sh does that");
    assert!(output.status.success(), "'{line}' on {day}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
#[ignore = "needs faketime (tests/run.sh)"]
fn the_history_is_ordered_by_number_whatever_the_clock_does() {
    let home = Home::new();
    for (day, server) in [("2040-01-19", "a"), ("2026-05-01", "b"), ("2106-02-08", "c"), ("1999-01-01", "d")]
    {
        run_on(&home, day, &format!("stun add {server}"));
    }
    let history: Value = serde_json::from_str(&run_on(&home, "2030-01-01", "config history --json")).unwrap();
    let versions = history["versions"].as_array().unwrap();
    let found: Vec<_> =
        versions.iter().map(|v| (v["id"].as_u64().unwrap(), &v["time"].as_str().unwrap()[..10])).collect();
    let expected =
        [(1, "2040-01-19"), (2, "2040-01-19"), (3, "2026-05-01"), (4, "2106-02-08"), (5, "1999-01-01")];
    assert_eq!(found, expected);
    assert_eq!(run_on(&home, "1980-01-01", "config undo"), "restored version 4\n");
    assert!(home.text().contains("\"stun:c:3478\"") && !home.text().contains("\"stun:d:3478\""));
    assert_eq!(run_on(&home, "2200-01-01", "config undo"), "restored version 5\n");
    assert!(home.text().contains("\"stun:d:3478\""));
}

#[test]
fn a_version_with_an_impossible_time_is_ignored() {
    let home = Home::new();
    home.run("stun add a --quiet").prints("");
    let history = home.file().with_file_name(".config.toml.history");
    for time in ["253402300800000", "9223372036854775807", "18446744073709551615"] {
        fs::write(history.join(format!("00000003_{time}_1_stun-add.toml")), "#").unwrap();
        let found = home.run("config history --json").json();
        assert_eq!(found["versions"].as_array().unwrap().len(), 2, "{time}");
        home.run("config history");
    }
    fs::write(history.join("00000003_253402300799000_1_stun-add.toml"), "#").unwrap();
    assert_eq!(home.run("config history --json").json()["versions"][2]["time"], "9999-12-31T23:59:59Z");
}
