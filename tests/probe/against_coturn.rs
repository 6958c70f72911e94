//! The probe against a real coturn on loopback, compared with other clients of the same server.

use std::net::SocketAddr;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::support::coturn::Coturn;
use crate::support::stopwatch::{in_time, timed};
use cowork_calls::config::address::{Kind, ServerUri};
use cowork_calls::probe::plan::{Options, Plan};
use cowork_calls::probe::report::{Report, Row, Status};
use stun_client::{Attribute, Class, Client};

fn probe(servers: &[String], options: Options) -> Report {
    let servers = servers.iter().map(|uri| ServerUri::parse_any(uri, Kind::Stun).unwrap());
    cowork_calls::probe::run(&Plan::new(servers, options), std::future::pending(), &mut |_| ()).unwrap()
}

/// The mapped address that the crate stun-client receives, and the address of its own socket.
fn stun_client(server: SocketAddr) -> (SocketAddr, SocketAddr) {
    let own = std::net::UdpSocket::bind((server.ip(), 0)).unwrap();
    let local = own.local_addr().unwrap();
    // It brings its own runtime; any executor can poll it.
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mapped = runtime.block_on(async move {
        let mut client = Client::from_socket(std::sync::Arc::new(own.into()), None);
        let answer = client.binding_request(server, None).await.unwrap();
        assert_eq!(answer.get_class(), Class::SuccessResponse);
        Attribute::get_xor_mapped_address(&answer).unwrap()
    });
    (mapped, local)
}

/// The output of coturn's own client.
fn turnutils_stunclient(server: SocketAddr) -> String {
    let output = Command::new("turnutils_stunclient")
        .args(["-p", &server.port().to_string(), &server.ip().to_string()])
        .stdin(Stdio::null())
        .output()
        .expect("turnutils_stunclient of the package coturn has to be installed for this test");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn only_row(report: Report) -> Row {
    let [row] = <[Row; 1]>::try_from(report.results).unwrap();
    row
}

#[test]
#[ignore = "needs coturn (tests/run.sh)"]
fn the_mapped_address_matches_that_of_other_clients() {
    let coturn = Coturn::start();
    for ip in ["127.0.0.1", "::1"] {
        let server = coturn.address(ip);
        let row = only_row(probe(&[format!("stun:{server}")], Options::default()));
        assert_eq!((row.status, row.sent, row.received), (Status::Ok, 1, 1), "{row:?}");
        assert_eq!(row.address, Some(server));
        assert!(row.software.as_deref().is_some_and(|name| name.starts_with("Coturn-")), "{row:?}");
        let mapped = row.mapped_address.unwrap();
        // Without a NAT the server sees the client's own address. Each client has its own socket, so the ports differ.
        assert_eq!(Some(mapped.ip()), row.local);

        let (theirs, local) = stun_client(server);
        assert_eq!(theirs, local, "stun-client receives the address of its own socket");
        assert_eq!(mapped.ip(), theirs.ip());
        let printed = turnutils_stunclient(server);
        let expected = format!("UDP reflexive addr: {}:", mapped.ip());
        let bracketed = format!("UDP reflexive addr: [{}]:", mapped.ip());
        assert!(printed.contains(&expected) || printed.contains(&bracketed), "{printed}");
    }
}

/// Runs the program with arguments, isolated from the settings of the user who runs the test.
fn cowork_calls(args: &[&str]) -> (i32, String, String) {
    let home = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_cowork-calls"))
        .args(args)
        .env_remove("COWORK_CALLS_CONFIG")
        .env_remove("XDG_CONFIG_HOME")
        .env("HOME", home.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
#[ignore = "needs coturn (tests/run.sh)"]
fn the_program_prints_json_and_exits_with_0_when_all_answer() {
    let coturn = Coturn::start();
    let (ipv4, ipv6) = (coturn.address("127.0.0.1").to_string(), coturn.address("::1").to_string());
    let (status, out, err) = cowork_calls(&["probe", &ipv6, &ipv4, &format!("stun:{ipv4}"), "--json"]);
    assert_eq!((status, &*err), (0, ""), "{out}");
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    let rows = report["results"].as_array().unwrap();
    assert_eq!(rows.len(), 2, "two spellings of one address are one row: {out}");
    for (row, (address, family)) in rows.iter().zip([(&ipv6, "ipv6"), (&ipv4, "ipv4")]) {
        assert_eq!(row["uri"], format!("stun:{address}"));
        assert_eq!((&row["address"], &row["family"]), (&(**address).into(), &family.into()));
        assert_eq!((&row["status"], &row["error"]), (&"ok".into(), &().into()));
        let mapped: SocketAddr = row["mapped_address"].as_str().unwrap().parse().unwrap();
        assert_eq!(mapped.ip(), address.parse::<SocketAddr>().unwrap().ip());
    }
    let gathering = report["summary"]["gathering_ms"].as_f64().unwrap();
    assert!((100.0..1000.0).contains(&gathering), "{gathering}");
}

#[test]
#[ignore = "needs coturn (tests/run.sh)"]
fn the_program_prints_a_hint_and_exits_with_1_when_a_server_fails() {
    let coturn = Coturn::start();
    let good = coturn.address("127.0.0.1");
    // No server listens on the same port of another loopback address.
    let dead = coturn.address("127.0.0.9");
    let (status, out, err) = cowork_calls(&["probe", &good.to_string(), &dead.to_string()]);
    assert_eq!((status, &*err), (1, ""), "{out}");
    let lines: Vec<_> = out.lines().collect();
    let begins = |line: usize, with: String| assert!(lines[line].starts_with(&with), "{with}: {out}");
    begins(0, "  SERVER".into());
    begins(1, format!("✓ stun:{good}  UDP/IPv4  "));
    assert!(lines[1].contains(" ms  127.0.0.1:"), "{out}");
    begins(2, format!("✗ stun:{dead}  UDP/IPv4"));
    begins(3, format!("  {dead} refused: nothing listens on this port"));
    begins(4, "  → start the service".into());
    begins(6, "2 servers: 1 ok, 1 failed.".into());
    let waits = "1 server does not answer; a browser may search for up to 40 s";
    begins(7, format!("{waits} (stun:{dead})."));
    assert_eq!(lines.len(), 8, "{out}");
}

#[test]
#[ignore = "needs coturn (tests/run.sh)"]
fn the_program_honours_its_options() {
    let coturn = Coturn::start();
    let ipv4 = coturn.address("127.0.0.1").to_string();
    let (status, out, _) = cowork_calls(&["probe", &ipv4, "-4", "--count", "5", "--format", "json"]);
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    let row = &report["results"][0];
    assert_eq!((status, &row["sent"], &row["received"]), (0, &5.into(), &5.into()), "{out}");

    let (status, out, _) = cowork_calls(&["probe", &ipv4, "-6", "--json"]);
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((status, &report["results"][0]["error"]["code"]), (1, &"dns".into()), "{out}");

    let silent = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let server = silent.local_addr().unwrap().to_string();
    let probe = || cowork_calls(&["probe", &server, "--timeout", "300ms", "--json"]);
    let limits = Duration::from_millis(300)..Duration::from_secs(1);
    let (status, out, _) = in_time(limits, || timed(probe));
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!((status, &report["results"][0]["error"]["code"]), (1, &"timeout".into()), "{out}");
}

#[test]
#[ignore = "needs coturn (tests/run.sh)"]
fn without_arguments_the_configured_servers_are_probed() {
    let coturn = Coturn::start();
    let (stun, turn) = (coturn.address("127.0.0.1").to_string(), coturn.address("::1").to_string());
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.toml");
    let settings = format!(
        "[stun]\nservers = [\"stun:{stun}\"]\n[[turn.servers]]\nuri = \"turn:{turn}?transport=udp\"\n"
    );
    std::fs::write(&file, settings).unwrap();
    let probed = |option: &[&str]| {
        let args = [&["--config", file.to_str().unwrap(), "probe", "--json"], option].concat();
        let (status, out, err) = cowork_calls(&args);
        assert_eq!(&*err, "", "{out}");
        let report: serde_json::Value = serde_json::from_str(&out).unwrap();
        let rows = report["results"].as_array().unwrap().iter();
        (status, rows.map(|row| format!("{} {}", row["kind"], row["status"])).collect::<Vec<_>>())
    };
    // This coturn does not relay to loopback addresses, where both ends of the relay are.
    let (ok, failed) = (r#""stun" "ok""#.to_owned(), r#""turn" "failed""#.to_owned());
    assert_eq!(probed(&[]), (1, vec![ok.clone(), failed.clone()]));
    assert_eq!(probed(&["--stun"]), (0, vec![ok]));
    assert_eq!(probed(&["--turn"]), (1, vec![failed]));

    let (status, out, err) = cowork_calls(&["probe", "http://x", "--json"]);
    assert_eq!((status, &*out), (2, ""));
    assert!(err.contains(r#""code":"invalid-address""#), "{err}");
}
