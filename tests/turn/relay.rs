//! Data through a real coturn, and nothing left behind.

use std::fs;
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::certificates::Authority;
use crate::coturn::Coturn;
use crate::program::Home;
use crate::{RELAYS, code, rows, rows_of};

fn relaying(more: &[&str]) -> Coturn {
    Coturn::start_with(&[&RELAYS[..], more].concat())
}

#[test]
fn data_goes_through_every_transport_and_family() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new(folder.path());
    let certificate = authority.options("localhost", 2099);
    let coturn = relaying(&certificate.each_ref().map(String::as_str));
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

/// Alice's two allocations are free within moments: coturn takes a second to end one, and 600 s without a release.
#[track_caller]
fn works_soon(server: &str) {
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

#[test]
fn no_allocation_is_left_behind() {
    // Two allocations are all that alice may have, and a probe needs two.
    let coturn = relaying(&["--user-quota=2", "--no-tls"]);
    let server = format!("turn:127.0.0.1:{}", coturn.port);
    for _ in 0..3 {
        works_soon(&server);
    }
    // Ctrl-C and SIGTERM while data goes to and fro.
    for (signal, expected) in [("INT", 130), ("TERM", 143)] {
        // Until coturn has ended the allocations of the run before.
        thread::sleep(Duration::from_millis(1500));
        let home = Home::new();
        fs::write(home.path().join("pw"), "secret").unwrap();
        let line = format!("probe {server} --count 10000 --timeout 30s --username alice --password-file pw");
        let child = home.command(line.split(' ')).stdout(Stdio::null()).spawn().unwrap();
        thread::sleep(Duration::from_millis(400));
        let pid = child.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &pid]).status().unwrap().success());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(expected), "{signal}");
        works_soon(&server);
    }
}

#[test]
fn what_coturn_refuses_has_its_code() {
    let coturn = relaying(&["--user-quota=1", "--no-tls"]);
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
    assert!(found[0]["relayed_address"].is_string(), "so far it came");

    let no_udp = relaying(&["--no-udp-relay", "--no-tls"]);
    let (found, _) = rows(&format!("turn:127.0.0.1:{}", no_udp.port), "secret");
    assert_eq!(
        (code(&found[0]), &found[0]["error"]["stun_code"]),
        ("transport-unsupported", &Value::from(442)),
        "{found:?}"
    );
}

#[test]
fn a_shared_secret_makes_credentials_that_hold() {
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
    assert!(
        run.stderr.contains("the credentials of turn:") && run.stdout.contains("asks for a user name"),
        "{run:?}"
    );
}

#[test]
fn ipv6_and_ipv4_clients_meet_over_a_dual_stack_server() {
    let coturn = relaying(&["--no-tls"]);
    let home = Home::new();
    fs::write(home.path().join("pw"), "secret").unwrap();
    fs::write(home.path().join("hosts"), "127.0.0.1 both.test\n::1 both.test\n").unwrap();
    // A name with both families, in a mount namespace of its own.
    let script = format!(
        "mount --bind {}/hosts /etc/hosts && exec {} probe turn:both.test:{} --json --username alice --password-file {}/pw",
        home.path().display(),
        env!("CARGO_BIN_EXE_cowork-calls"),
        coturn.port,
        home.path().display(),
    );
    let output = Command::new("unshare").args(["--mount", "sh", "-c", &script]).output().unwrap();
    let report: Value = serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)));
    let rows = report["results"].as_array().unwrap();
    let families: Vec<_> = rows.iter().map(|row| row["family"].as_str().unwrap()).collect();
    assert_eq!(families, ["ipv4", "ipv6"]);
    assert!(rows[0]["bridge"].is_null(), "on one row only");
    let bridge = &rows[1]["bridge"];
    assert_eq!((&bridge["status"], &bridge["received"]), (&Value::from("ok"), &Value::from(10)), "{bridge}");
    assert_eq!(output.status.code(), Some(0));
}
