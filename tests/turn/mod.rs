//! `cowork-calls probe` of TURN servers, and of STUN over TCP and TLS, against a real coturn and fake servers.

mod audit;
mod country;
mod error_codes;
mod mmdb;
mod quality;
mod relay;
mod tls;

use crate::support::program::{Home, Run};
use serde_json::Value;

/// The options for a coturn that relays between loopback addresses for alice.
const RELAYS: [&str; 7] =
    ["-a", "-u", "alice:secret", "-r", "example.test", "--allow-loopback-peers", "--no-dtls"];

/// Probes with alice's password, and returns the rows.
#[track_caller]
fn rows(line: &str, password: &str) -> (Vec<Value>, Option<i32>) {
    let run =
        Home::new().run_with(&format!("probe {line} --json --username alice --password-stdin"), password);
    rows_of(&run)
}

#[track_caller]
fn rows_of(run: &Run) -> (Vec<Value>, Option<i32>) {
    assert!(!run.stdout.is_empty(), "{}", run.stderr);
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    (report["results"].as_array().unwrap().clone(), run.status)
}

/// The code of a row's error.
fn code(row: &Value) -> &str {
    row["error"]["code"].as_str().unwrap_or("none")
}
