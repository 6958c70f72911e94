//! Relaying through a real coturn: data, errors, logins, and the release of every allocation.

use std::collections::BTreeSet;
use std::fs;
use std::net::UdpSocket;
use std::os::unix::process::ExitStatusExt as _;
use std::process::{Command, Output};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::{RELAYS, code, rows, rows_of};
use crate::support::certificates::Authority;
use crate::support::coturn::Coturn;
use crate::support::program::Home;
use crate::support::scripted_server::{self, Script};
use crate::support::stopwatch::{in_time, timed};

fn start_relaying(more: &[&str]) -> Coturn {
    Coturn::start_with(&[&RELAYS[..], more].concat())
}

#[test]
#[ignore = "needs coturn (tests/run.sh)"]
fn data_is_relayed_over_every_transport_and_family() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new(folder.path());
    let certificate = authority.options("localhost", 2099);
    let coturn = start_relaying(&certificate.each_ref().map(String::as_str));
    let (port, tls) = (coturn.port, coturn.tls_port);
    let line = format!(
        "turn:127.0.0.1:{port} turn:127.0.0.1:{port}?transport=tcp turn:[::1]:{port} turn:[::1]:{port}?transport=tcp turns:localhost:{tls} --count 5 --ca-file {}",
        authority.file()
    );
    let (rows, status) = rows(&line, "secret");
    assert_eq!(status, Some(0), "{rows:?}");
    assert!(rows.len() >= 5);
    for row in rows {
        assert_eq!((&row["kind"], &row["status"]), (&Value::from("turn"), &Value::from("ok")), "{row}");
        assert_eq!(
            (&row["relay"]["sent"], &row["relay"]["received"]),
            (&Value::from(5), &Value::from(5)),
            "{row}"
        );
        assert!(row["relay"]["rtt_ms"]["median"].as_f64().unwrap() > 0.0);
        assert!(row["relayed_address"].as_str().unwrap().contains(':'));
        assert_eq!(row["lifetime_s"], 600);
        assert_eq!(row["tls"].is_null(), row["transport"] != "tls");
    }
}

/// Waits until both of alice's allocations are free: coturn takes a second to end one, or 600 s without a release.
#[track_caller]
fn wait_until_free(server: &str) {
    let started = Instant::now();
    loop {
        let (found, status) = rows(server, "secret");
        if status == Some(0) {
            return;
        }
        assert!(started.elapsed() < Duration::from_secs(8), "{found:?}");
        thread::sleep(Duration::from_millis(200));
    }
}

/// coturn takes about a second to end an allocation that was released.
const ENDING: Duration = Duration::from_millis(1500);

/// Starts a probe with alice's password and sends it a signal after `after`. Returns its output and how long it
/// took to end.
fn interrupt(signal: &str, line: &str, after: Duration) -> (Output, Duration) {
    let home = Home::new();
    fs::write(home.path().join("pw"), "secret").unwrap();
    let line = format!("probe {line} --json --username alice --password-file pw");
    let child = home.command(line.split(' ')).spawn().unwrap();
    thread::sleep(after);
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-s", signal, &pid]).status().unwrap().success());
    let started = Instant::now();
    (child.wait_with_output().unwrap(), started.elapsed())
}

#[test]
#[ignore = "needs coturn (tests/run.sh)"]
fn every_allocation_is_released() {
    // Alice may have two allocations, and a probe needs two.
    let coturn = start_relaying(&["--user-quota=2", "--no-tls"]);
    let server = format!("turn:127.0.0.1:{}", coturn.port);
    for _ in 0..3 {
        wait_until_free(&server);
    }
    // Ctrl-C and SIGTERM while data is being relayed.
    for (signal, expected) in [("INT", 130), ("TERM", 143)] {
        thread::sleep(ENDING);
        let line = format!("{server} --count 10000 --timeout 30s");
        let (output, _) = interrupt(signal, &line, Duration::from_millis(400));
        assert_eq!(output.status.code(), Some(expected), "{signal}");
        wait_until_free(&server);
    }
}

#[test]
#[ignore = "needs coturn (tests/run.sh)"]
fn allocations_are_released_after_a_failure() {
    // The peers are forbidden, so each probe fails after it has made its allocations.
    let options =
        ["-a", "-u", "alice:secret", "-r", "example.test", "--no-tls", "--no-dtls", "--user-quota=2"];
    let coturn = Coturn::start_with(&options);
    for transport in ["udp", "tcp", "udp"] {
        let (found, _) = rows(&format!("turn:127.0.0.1:{}?transport={transport}", coturn.port), "secret");
        assert_eq!(code(&found[0]), "forbidden", "{found:?}");
        thread::sleep(ENDING);
    }
}

/// The sessions in coturn's log that were granted an allocation, and those of them that released it.
fn allocations(log: &str) -> (BTreeSet<&str>, BTreeSet<&str>) {
    let sessions = |what: &[&str]| {
        let lines = log.lines().filter(|line| what.iter().all(|part| line.contains(part)));
        lines.map(|line| line.split("session ").nth(1).unwrap().split(':').next().unwrap()).collect()
    };
    (sessions(&[": new, "]), sessions(&[": refreshed, ", "lifetime=0"]))
}

#[test]
#[ignore = "needs coturn (tests/run.sh)"]
fn a_signal_at_any_instant_leaves_no_allocation() {
    signal_at_any_instant("", Some(0));
}

#[test]
#[ignore = "needs coturn (tests/run.sh)"]
fn a_signal_at_any_instant_of_an_audit_leaves_no_allocation() {
    // The relay on loopback is a finding.
    signal_at_any_instant(" --audit --yes", Some(1));
}

/// Interrupts probes that otherwise end with `done`.
fn signal_at_any_instant(options: &str, done: Option<i32>) {
    let coturn = start_relaying(&["--no-tls", "--verbose"]);
    let line = format!("turn:127.0.0.1:{}{options}", coturn.port);
    let runs = std::env::var("COWORK_CALLS_INTERRUPTED_RUNS").map_or(60, |runs| runs.parse().unwrap());
    let signals = [("HUP", 129), ("INT", 130), ("QUIT", 131), ("TERM", 143)];
    let mut interrupted = 0;
    for run in 0..runs {
        let (signal, expected) = signals[run % signals.len()];
        let after = Duration::from_micros(4000 + 300 * (run as u64 % 60));
        let (output, _) = interrupt(signal, &line, after);
        // Before the program has its handlers, the system ends it.
        let exit = output.status.code().or_else(|| output.status.signal().map(|signal| 128 + signal));
        assert!([done, Some(expected)].contains(&exit), "{signal}: {output:?}");
        interrupted += usize::from(exit == Some(expected));
    }
    // coturn writes its log a little later.
    thread::sleep(ENDING);
    let log = coturn.log();
    let (granted, released) = allocations(&log);
    // An audit takes a few milliseconds.
    let least = if options.is_empty() { runs / 4 } else { runs / 20 };
    assert!(interrupted > least && granted.len() > runs / 4, "{interrupted}, {}", granted.len());
    let left: Vec<_> = granted.difference(&released).collect();
    assert!(left.is_empty(), "{} of {} allocations are left: {left:?}", left.len(), granted.len());
}

#[test]
fn a_signal_ends_a_probe_that_waits_for_an_answer() {
    let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = silent.local_addr().unwrap();
    for (signal, expected) in [("HUP", 129), ("INT", 130), ("QUIT", 131), ("TERM", 143)] {
        let line = format!("turn:{address} stun:{address} turn:{address}?transport=udp --timeout 1m");
        let output =
            in_time(..Duration::from_millis(800), || interrupt(signal, &line, Duration::from_millis(400)));
        assert_eq!(output.status.code(), Some(expected), "{signal}");
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        let codes: Vec<_> = report["results"].as_array().unwrap().iter().map(code).collect();
        assert_eq!(codes, ["interrupted", "interrupted"], "each server has its row");
    }
}

#[test]
fn a_lost_release_is_retransmitted() {
    // The first Refresh extends the allocation. The next two, which release it, get no answer; the fourth does.
    let refresh = ["good", "silence", "silence", "good"].map(str::to_owned).to_vec();
    let server =
        scripted_server::over_udp("127.0.0.1", Script { refresh, relays: true, ..Script::default() });
    let probe = || rows(&format!("turn:{server} --count 1"), "secret");
    // One second shows that nothing listens at the relayed address.
    let (found, status) = in_time(Duration::from_millis(1200)..Duration::from_millis(1900), || timed(probe));
    assert_eq!((code(&found[0]), status), ("none", Some(0)));
}

#[test]
#[ignore = "needs coturn (tests/run.sh)"]
fn ipv6_relays_reach_each_other() {
    let coturn = start_relaying(&["--no-tls", "--allocation-default-address-family=ipv6"]);
    for ip in ["127.0.0.1", "[::1]"] {
        let (found, status) = rows(&format!("turn:{ip}:{} --count 3", coturn.port), "secret");
        assert_eq!((code(&found[0]), status), ("none", Some(0)), "{found:?}");
        assert!(found[0]["relayed_address"].as_str().unwrap().starts_with("[::1]:"), "{found:?}");
        assert_eq!(found[0]["relay"]["received"], 3);
    }
}

#[test]
#[ignore = "needs coturn (tests/run.sh)"]
fn a_probe_does_not_exceed_the_quota_by_its_own_allocations() {
    // Three rows need six allocations, of which alice may have four at a time.
    let coturn = start_relaying(&["--no-tls", "--user-quota=4"]);
    let port = coturn.port;
    let line = format!("turn:127.0.0.1:{port} turn:[::1]:{port} turn:127.0.0.1:{port}?transport=tcp");
    let (found, status) = rows(&line, "secret");
    assert_eq!(status, Some(0), "{found:?}");
}

#[test]
#[ignore = "needs coturn (tests/run.sh)"]
fn a_server_without_authentication_is_of_no_use_to_browsers() {
    let coturn = Coturn::start_with(&["--no-auth", "--allow-loopback-peers", "--no-tls", "--no-dtls"]);
    let server = format!("turn:127.0.0.1:{}", coturn.port);
    for (found, status) in
        [rows(&server, "secret"), rows_of(&Home::new().run(&format!("probe {server} --json")))]
    {
        assert_eq!((code(&found[0]), status), ("authentication-missing", Some(1)), "{found:?}");
    }
}

#[test]
#[ignore = "needs coturn (tests/run.sh)"]
fn each_refusal_of_coturn_has_its_code() {
    let coturn = start_relaying(&["--user-quota=1", "--no-tls"]);
    let server = format!("turn:127.0.0.1:{}", coturn.port);
    let (found, status) = rows(&server, "wrong");
    assert_eq!(
        (code(&found[0]), &found[0]["error"]["stun_code"], status),
        ("unauthorized", &Value::from(401), Some(1))
    );
    let (found, _) = rows(&server, "secret");
    assert_eq!((code(&found[0]), &found[0]["error"]["stun_code"]), ("quota", &Value::from(486)), "{found:?}");
    let (found, status) = rows_of(&Home::new().run(&format!("probe {server} --json")));
    assert_eq!((code(&found[0]), status), ("credentials-missing", Some(1)));

    let strict =
        Coturn::start_with(&["-a", "-u", "alice:secret", "-r", "example.test", "--no-tls", "--no-dtls"]);
    let (found, _) = rows(&format!("turn:127.0.0.1:{}", strict.port), "secret");
    assert_eq!((code(&found[0]), &found[0]["error"]["stun_code"]), ("forbidden", &Value::from(403)));
    assert!(found[0]["relayed_address"].is_string(), "the relay was granted before the failure");

    let no_udp = start_relaying(&["--no-udp-relay", "--no-tls"]);
    let (found, _) = rows(&format!("turn:127.0.0.1:{}", no_udp.port), "secret");
    assert_eq!(
        (code(&found[0]), &found[0]["error"]["stun_code"]),
        ("transport-unsupported", &Value::from(442)),
        "{found:?}"
    );
}

#[test]
#[ignore = "needs coturn (tests/run.sh)"]
fn a_shared_secret_creates_credentials_that_coturn_accepts() {
    let options = [
        "--use-auth-secret",
        "--static-auth-secret=north",
        "-r",
        "example.test",
        "--allow-loopback-peers",
        "--no-tls",
        "--no-dtls",
    ];
    let coturn = Coturn::start_with(&options);
    let server = format!("turn:127.0.0.1:{}", coturn.port);
    let home = Home::new();
    for (secret, expected) in [("north", "none"), ("south", "unauthorized")] {
        for user in ["", "--username cowork"] {
            let (found, _) =
                rows_of(&home.run_with(&format!("probe {server} --json --secret-stdin {user}"), secret));
            assert_eq!(code(&found[0]), expected, "{secret} {user}");
        }
    }
    // A file that the settings name by a relative path.
    home.run("stun set x");
    fs::write(home.file().with_file_name("turn.secret"), "north\n").unwrap();
    fs::write(home.file(), format!("[[turn.servers]]\nuri = '{server}'\nsecret-file = 'turn.secret'\n"))
        .unwrap();
    let (found, status) = rows_of(&home.run("probe --turn --json"));
    assert_eq!((code(&found[0]), status), ("none", Some(0)));
    let (found, _) = rows_of(&home.run(&format!("probe {server} --json")));
    assert_eq!(code(&found[0]), "none", "a configured server has its own credentials");
    fs::remove_file(home.file().with_file_name("turn.secret")).unwrap();
    let run = home.run("probe --turn");
    assert_eq!(run.stderr, "", "the row says it");
    for part in ["asks for credentials, and turn.secret cannot be read", "there is no such file"] {
        assert!(run.stdout.contains(part), "{run:?}");
    }
}

/// Probes a name that resolves to 127.0.0.1 and ::1, in a mount namespace of its own.
fn probe_dual_stack(port: u16, format: &str) -> Output {
    let home = Home::new();
    fs::write(home.path().join("pw"), "secret").unwrap();
    fs::write(home.path().join("hosts"), "127.0.0.1 both.test\n::1 both.test\n").unwrap();
    let script = format!(
        "mount --bind {0}/hosts /etc/hosts && exec {1} probe turn:both.test:{port} --format {format} --username alice --password-file {0}/pw",
        home.path().display(),
        env!("CARGO_BIN_EXE_cowork-calls"),
    );
    Command::new("unshare").args(["--mount", "sh", "-c", &script]).output().unwrap()
}

/// The rows of such a probe.
fn rows_of_dual_stack(output: &Output) -> Vec<Value> {
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    report["results"].as_array().unwrap().clone()
}

#[test]
#[ignore = "needs root and coturn (tests/run.sh)"]
fn ipv6_and_ipv4_clients_meet_over_a_dual_stack_server() {
    let coturn = start_relaying(&["--no-tls"]);
    let output = probe_dual_stack(coturn.port, "json");
    let rows = rows_of_dual_stack(&output);
    let families: Vec<_> = rows.iter().map(|row| row["family"].as_str().unwrap()).collect();
    assert_eq!(families, ["ipv4", "ipv6"]);
    assert!(rows[0]["bridge"].is_null(), "on one row only");
    let bridge = &rows[1]["bridge"];
    assert_eq!((&bridge["status"], &bridge["received"]), (&Value::from("ok"), &Value::from(10)), "{bridge}");
    assert_eq!(output.status.code(), Some(0));
}

#[test]
#[ignore = "needs root and coturn (tests/run.sh)"]
fn two_servers_of_one_name_that_cannot_bridge_are_a_failure() {
    let apart = Coturn::start_for_each_family(&[&RELAYS[..], &["--no-tls"]].concat());
    let output = probe_dual_stack(apart[0].port, "json");
    let rows = rows_of_dual_stack(&output);
    assert!(rows.iter().all(|row| row["status"] == "ok"), "{rows:?}");
    let bridge = &rows[1]["bridge"];
    assert_eq!(
        (&bridge["status"], &bridge["received"]),
        (&Value::from("failed"), &Value::from(0)),
        "{bridge}"
    );
    assert_eq!(bridge["error"]["code"], "forbidden", "{bridge}");
    assert_eq!(output.status.code(), Some(1), "relaying between families does not work");
    let output = probe_dual_stack(apart[0].port, "table");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("IPv6 to IPv4: "), "{text}");
    assert!(text.contains("1 server: failed. Some calls that need it will not work."), "{text}");
}

#[test]
#[ignore = "needs coturn (tests/run.sh)"]
fn a_relay_that_carries_too_little_for_a_call_is_throttled() {
    for (bytes_a_second, expected) in [("10000", "throttled"), ("25000", "throttled"), ("250000", "none")] {
        let coturn = start_relaying(&["--no-tls", &format!("--max-bps={bytes_a_second}")]);
        let server = format!("turn:127.0.0.1:{}", coturn.port);
        let (found, _) = rows(&server, "secret");
        assert_eq!(code(&found[0]), expected, "{bytes_a_second}: {found:?}");
    }
}
