//! `probe --audit`: against a real coturn whose configuration gets the lines that the audit advises, and against fake
//! servers.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{code, rows_of};
use crate::support::coturn::{Coturn, free_port};
use crate::support::namespaces::Namespaces;
use crate::support::program::Home;
use crate::support::scripted_server::{Script, over_tcp, over_udp};
use crate::support::stopwatch::{in_time, timed};
use crate::support::terminal::Terminal;

const LOGIN: &str = "--username alice --password-stdin";

/// Audits servers that are not configured.
#[track_caller]
fn audit(line: &str) -> (Vec<Value>, Option<i32>) {
    let run = Home::new().run_with(&format!("probe {line} --audit --yes --json {LOGIN}"), "secret");
    rows_of(&run)
}

/// The findings of a row, each as `severity code`.
fn findings(row: &Value) -> BTreeSet<String> {
    let findings = row["audit"]["findings"].as_array().unwrap_or_else(|| panic!("{row}"));
    let text = |finding: &Value, key: &str| finding[key].as_str().unwrap().to_owned();
    findings.iter().map(|finding| text(finding, "severity") + " " + &text(finding, "code")).collect()
}

fn unknown(row: &Value) -> Vec<&str> {
    row["audit"]["unknown"].as_array().unwrap().iter().map(|what| what.as_str().unwrap()).collect()
}

/// What a coturn without rules of its own allows.
const USUAL: [&str; 11] = [
    "medium cloud-peers",
    "high link-local-peers",
    "high private-peers",
    "high carrier-grade-peers",
    "high unique-local-peers",
    "high mapped-peers",
    "medium nat64-peers",
    "medium 6to4-peers",
    "medium tcp-relay",
    "medium own-address-peers",
    "low multicast-peers",
];

fn set<'a>(codes: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    codes.into_iter().map(str::to_owned).collect()
}

/// A coturn on a machine of its own, behind a router. It listens on two addresses of each family, as the NAT tests of
/// RFC 5780 need, and relays from the first ones.
struct Site {
    /// Where the server responds.
    answers: &'static str,
    server: Option<Child>,
    folder: TempDir,
    namespaces: Namespaces,
}

const PUBLIC: &str = "
    listening-ip=203.0.113.10
    listening-ip=203.0.113.11
    listening-ip=2001:db8:2::10
    listening-ip=2001:db8:2::11
    relay-ip=203.0.113.10
    relay-ip=2001:db8:2::10
";

const CONFIGURATION: &str = "
    realm=example.test
    user=alice:secret
    no-cli
    no-tls
    no-dtls
    relay-threads=1
    simple-log
    log-file=stdout
";

impl Site {
    fn new() -> Self {
        let (folder, namespaces) = (tempfile::tempdir().unwrap(), Namespaces::with_cable());
        Site { answers: "203.0.113.10 [2001:db8:2::11]", server: None, folder, namespaces }
    }

    /// A site whose server has the private addresses 10.7.0.5 and 10.7.0.6, which the client reaches; packets to 203.0.113.10
    /// go to the first.
    fn private() -> Self {
        let mut site = Site::new();
        site.answers = "10.7.0.5";
        for (role, command) in [
            ("server", "addr add 10.7.0.5/32 dev lo"),
            ("server", "addr add 10.7.0.6/32 dev lo"),
            ("router", "route add 10.7.0.0/16 via 203.0.113.10"),
        ] {
            let args: Vec<_> = command.split(' ').collect();
            assert!(site.namespaces.command(role, "ip", &args).status().unwrap().success(), "{command}");
        }
        site.namespaces.filter(
            "server",
            "table ip nat {
                chain prerouting {
                    type nat hook prerouting priority dstnat
                    iifname wan ip daddr 203.0.113.10 dnat to 10.7.0.5
                }
                chain postrouting {
                    type nat hook postrouting priority srcnat
                    oifname wan ip saddr 10.7.0.5 ct direction original snat to 203.0.113.10
                }
            }",
        );
        site
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).to_str().unwrap().to_owned()
    }

    /// Starts the server with more lines in its configuration.
    fn serve(&mut self, more: &str) {
        self.stop();
        let files = format!("pidfile={}\nuserdb={}\n", self.path("pid"), self.path("db"));
        let lines: String =
            (CONFIGURATION.to_owned() + more).lines().map(|line| line.trim().to_owned() + "\n").collect();
        fs::write(self.path("turnserver.conf"), lines + &files).unwrap();
        let output = File::create(self.path("output")).unwrap();
        let mut command =
            self.namespaces.command("server", "turnserver", &["-c", &self.path("turnserver.conf")]);
        command.current_dir(self.folder.path()).stdout(output.try_clone().unwrap()).stderr(output);
        self.server = Some(command.spawn().unwrap());
        let started = Instant::now();
        while !self.program(&format!("probe {} --timeout 100ms --quiet", self.answers)).0.success() {
            let log = fs::read_to_string(self.path("output")).unwrap();
            assert!(started.elapsed() < Duration::from_secs(10), "turnserver does not start: {log}");
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn stop(&mut self) {
        if let Some(mut server) = self.server.take() {
            let _ = server.kill();
            let _ = server.wait();
        }
    }

    /// Runs the program on the client.
    fn program(&self, line: &str) -> (std::process::ExitStatus, String) {
        let args: Vec<_> = line.split_whitespace().collect();
        let program = env!("CARGO_BIN_EXE_cowork-calls");
        let output =
            self.namespaces.command("client", program, &args).env("HOME", self.folder.path()).output();
        let output = output.unwrap();
        (output.status, String::from_utf8(output.stdout).unwrap() + &String::from_utf8_lossy(&output.stderr))
    }

    /// Probes with alice's password, in JSON.
    #[track_caller]
    fn rows(&self, line: &str) -> (Vec<Value>, Option<i32>) {
        fs::write(self.path("pw"), "secret").unwrap();
        let (status, text) = self.program(&format!(
            "probe {line} --yes --json --username alice --password-file {}",
            self.path("pw")
        ));
        let report: Value = serde_json::from_str(&text).unwrap_or_else(|_| panic!("{text}"));
        (report["results"].as_array().unwrap().clone(), status.code())
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        self.stop();
    }
}

/// The lines of all findings of all rows, each once.
fn lines(rows: &[Value]) -> String {
    let findings = rows.iter().flat_map(|row| row["audit"]["findings"].as_array().unwrap());
    let lines: BTreeSet<&str> = findings
        .flat_map(|finding| finding["lines"].as_array().unwrap())
        .map(|line| line.as_str().unwrap())
        .collect();
    lines.into_iter().map(|line| line.to_owned() + "\n").collect()
}

const SERVERS: &str = "turn:203.0.113.10 turn:203.0.113.10?transport=tcp turn:[2001:db8:2::10]";

/// Audits servers, pastes the advised lines, and asserts that they close all findings, and that two relays still exchange
/// data. Lines that could end calls are comments; uncommented, they close the rest.
#[track_caller]
fn closes(site: &mut Site, servers: &str, more: &str, expected: &[&str]) {
    site.serve(more);
    let (open, status) = site.rows(&format!("{servers} --audit"));
    assert_eq!(status, Some(i32::from(expected.iter().any(|code| code.starts_with("high")))), "{open:?}");
    for row in &open {
        assert_eq!(row["status"], "ok", "{row}");
        assert_eq!(findings(row), set(expected.iter().copied()), "{row}");
        assert_eq!(unknown(row), [""; 0], "{row}");
    }
    let (before, _) = site.rows(servers);
    let advised = lines(&open);
    for pasted in [advised.clone(), advised.replace("# denied-peer-ip=", "denied-peer-ip=")] {
        site.serve(&format!("{more}\n{pasted}"));
        let (closed, status) = site.rows(&format!("{servers} --audit"));
        let undecided = ["medium own-address-peers", "medium private-peers"];
        let left = if pasted == advised { set(undecided) } else { set([]) };
        for row in &closed {
            assert!(findings(row).is_subset(&left) && unknown(row).is_empty(), "{row}");
        }
        assert_eq!(status, Some(0));
        // Several times, since relays are taken in turns.
        for _ in 0..3 {
            let (after, status) = site.rows(servers);
            assert_eq!(status, Some(0), "{after:?} with {pasted}");
            for (before, after) in before.iter().zip(&after) {
                assert_eq!(after["relay"]["received"], 10, "{after}");
                assert_eq!(
                    after["warnings"], before["warnings"],
                    "calls with one side relayed work as before"
                );
            }
        }
    }
}

#[test]
#[ignore = "needs root, nftables and coturn (tests/run.sh)"]
fn the_advised_lines_close_all_findings_and_calls_between_two_relays_still_work() {
    let mut site = Site::new();
    closes(&mut site, SERVERS, &format!("{PUBLIC}lt-cred-mech"), &USUAL);
    let with_loopback = [&USUAL[..], &["high loopback-peers"]].concat();
    closes(&mut site, SERVERS, &format!("{PUBLIC}lt-cred-mech\nallow-loopback-peers"), &with_loopback);
}

/// What is found over IPv4 alone, where the server has one address.
const IPV4: [&str; 6] = [
    "high link-local-peers",
    "high private-peers",
    "high carrier-grade-peers",
    "medium cloud-peers",
    "medium tcp-relay",
    "low multicast-peers",
];

#[test]
#[ignore = "needs root, nftables and coturn (tests/run.sh)"]
fn a_relay_behind_nat_stays_allowed() {
    let mut site = Site::private();
    let behind = "listening-ip=10.7.0.5\nrelay-ip=10.7.0.5\nlt-cred-mech\nexternal-ip=203.0.113.10";
    closes(&mut site, "turn:203.0.113.10", &format!("{behind}/10.7.0.5"), &IPV4);
    // Without its private part coturn denies its own relay, which the audit then says; a comment says how to mend it.
    site.serve(behind);
    let (open, _) = site.rows("turn:203.0.113.10 --audit");
    let advised = lines(&open);
    assert!(advised.contains("# behind NAT write external-ip=PUBLIC/PRIVATE"), "{advised}");
    site.serve(&format!("{behind}\n{advised}"));
    assert_eq!(code(&site.rows("turn:203.0.113.10").0[0]), "forbidden");
    let (denied, status) = site.rows("turn:203.0.113.10 --audit");
    assert_eq!((findings(&denied[0]), status), (set(["high own-relay-denied"]), Some(1)));
}

#[test]
#[ignore = "needs root, nftables and coturn (tests/run.sh)"]
fn private_relays_stay_allowed() {
    let mut site = Site::private();
    let of_network = IPV4.map(|code| code.replace("high private-peers", "medium private-peers"));
    let expected: Vec<_> = of_network.iter().map(String::as_str).collect();
    let one = "listening-ip=10.7.0.5\nrelay-ip=10.7.0.5\nlt-cred-mech";
    closes(&mut site, "turn:10.7.0.5", one, &expected);
    closes(
        &mut site,
        "turn:10.7.0.5",
        &format!("{one}\nlistening-ip=10.7.0.6\nrelay-ip=10.7.0.6"),
        &expected,
    );
}

#[test]
#[ignore = "needs root, nftables and coturn (tests/run.sh)"]
fn a_relay_without_a_login_is_the_worst_finding_and_gets_the_line_that_asks_for_one() {
    let mut site = Site::new();
    let open = format!("{PUBLIC}no-auth");
    site.serve(&open);
    let (rows, status) = site.rows(&format!("{SERVERS} --audit"));
    assert_eq!(status, Some(1));
    let expected = [&USUAL[..], &["high open-relay"]].concat();
    for row in &rows {
        assert_eq!((&row["status"], findings(row)), (&json!("ok"), set(expected.iter().copied())), "{row}");
    }
    // As a comment: with no-auth coturn would not start, and without users nobody could log in.
    let advised = lines(&rows);
    assert!(advised.contains("# instead of no-auth: lt-cred-mech and user=NAME:PASSWORD\n"), "{advised}");
    site.serve(&format!("{open}\n{advised}"));
    let (rows, _) = site.rows(&format!("{SERVERS} --audit"));
    let left = set(["high open-relay", "medium own-address-peers"]);
    assert!(rows.iter().all(|row| findings(row) == left), "{rows:?}");
    site.serve(&format!("{PUBLIC}lt-cred-mech\n{advised}"));
    let (rows, status) = site.rows(&format!("{SERVERS} --audit"));
    assert!(rows.iter().all(|row| findings(row) == set(["medium own-address-peers"])), "{rows:?}");
    assert_eq!((status, site.rows(SERVERS).1), (Some(0), Some(0)));
}

#[test]
#[ignore = "needs root, nftables and coturn (tests/run.sh)"]
fn the_exported_configuration_leaves_nothing_to_find() {
    let mut site = Site::new();
    let home = Home::new();
    let server = |uri: &str| json!({"uri": uri, "username": "alice", "password": "secret"});
    let servers = ["turn:203.0.113.10", "turn:203.0.113.10?transport=tcp"].map(server);
    home.run_with("config apply - --quiet", &json!({"turn": {"servers": servers}}).to_string()).prints("");
    let fragment = home.run("config export --format coturn").stdout;
    // Those of the test are the same, and coturn takes each once.
    let own = |line: &&str| {
        !["realm=", "user=", "no-tls", "no-dtls", "listening-port="].iter().any(|key| line.starts_with(key))
    };
    let of_test: String = fragment.lines().filter(own).map(|line| line.to_owned() + "\n").collect();
    site.serve(&(PUBLIC.to_owned() + &of_test));
    let (rows, status) = site.rows(&format!("{SERVERS} --audit"));
    let left = set(["medium own-address-peers"]);
    assert!(rows.iter().all(|row| findings(row).is_subset(&left) && unknown(row).is_empty()), "{rows:?}");
    assert_eq!(status, Some(0));
    assert_eq!(site.rows(SERVERS).1, Some(0));
}

#[test]
#[ignore = "needs coturn (tests/run.sh)"]
fn a_relay_on_loopback_is_a_finding() {
    let options = ["-a", "-u", "alice:secret", "-r", "example.test", "--no-tls", "--no-dtls", "--no-rfc5780"];
    let coturn = Coturn::start_with(&[&options[..], &["--allow-loopback-peers"]].concat());
    let server = format!("turn:127.0.0.1:{}", coturn.port);
    let (rows, status) = audit(&server);
    assert_eq!(status, Some(1));
    let loopback = &rows[0]["audit"]["findings"][0];
    assert_eq!(loopback["code"], "loopback-peers");
    assert!(loopback["message"].as_str().unwrap().contains("remove allow-loopback-peers"), "{loopback}");
    let expected =
        ["denied-peer-ip=127.0.0.0-127.255.255.255", "denied-peer-ip=::1", "# remove allow-loopback-peers"];
    assert_eq!(loopback["lines"], json!(expected));
    assert!(!lines(&rows).contains("\nallowed-peer-ip"), "no relay belongs there");
    drop(coturn);
    // These lines close all findings, also where allow-loopback-peers stays.
    let port = free_port();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("turnserver.conf");
    let usual = format!(
        "listening-port={port}\nrealm=example.test\nlt-cred-mech\nuser=alice:secret\nno-tls\nno-dtls\n"
    );
    fs::write(&file, usual + &lines(&rows)).unwrap();
    let _coturn = Coturn::start_from(&file, port);
    let (closed, status) = audit(&format!("turn:127.0.0.1:{port}"));
    assert_eq!((&closed[0]["audit"], status), (&json!({"findings": [], "unknown": []}), Some(0)));
    // Without a relay of the other family there is nothing to find in it.
    let one = Coturn::start_for_each_family(&options);
    let (rows, _) = audit(&format!("turn:127.0.0.1:{}", one[0].port));
    assert_eq!(unknown(&rows[0]), [""; 0]);
    assert!(findings(&rows[0]).is_disjoint(&set(["high unique-local-peers", "high mapped-peers"])));
}

#[test]
#[ignore = "needs coturn (tests/run.sh)"]
fn an_audit_sends_nothing_and_leaves_no_allocation() {
    // Alice may have one allocation: the audit waits until coturn has ended the one before.
    let options = ["-a", "-u", "alice:secret", "-r", "example.test", "--no-tls", "--no-dtls", "--verbose"];
    let coturn = Coturn::start_with(&[&options[..], &["--user-quota=1", "--no-rfc5780"]].concat());
    let server = format!("turn:127.0.0.1:{}", coturn.port);
    let (rows, _) = audit(&format!("{server} --timeout 10s"));
    assert_eq!(unknown(&rows[0]), [""; 0], "{rows:?}");
    thread::sleep(Duration::from_millis(1500));
    let log = coturn.log();
    assert!(log.contains("lifetime=0"), "{log}");
    let usages: Vec<_> = log.lines().filter(|line| line.contains("peer usage: ")).collect();
    assert!(
        !usages.is_empty() && usages.iter().all(|line| line.contains("rp=0") && line.contains("sp=0")),
        "{usages:?}"
    );
    assert!(!log.contains("CHANNEL_BIND"), "{log}");
}

fn fake(permission: &[&str], answers: &[&str], second: &[&str]) -> String {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let script = Script {
        answers: texts(answers),
        second: Some(texts(second)),
        permission: texts(permission),
        ..Script::default()
    };
    format!("turn:{}", over_udp("127.0.0.1", script))
}

/// A server that closes the connection when a permission is requested.
fn hanging_up() -> Script {
    Script { permission: vec!["close".to_owned()], ..Script::default() }
}

#[test]
fn what_is_not_answered_is_unknown() {
    let refused = ["error 403"];
    let good = ["good"];
    let one = |server: &str| {
        let (rows, status) = audit(&format!("{server} --timeout 700ms"));
        (rows[0].clone(), status)
    };
    // The server has no relay of the other family, and nothing listens for TCP.
    let (row, status) = one(&fake(&refused, &good, &["challenge", "error 440"]));
    assert_eq!((&row["audit"], status), (&json!({"findings": [], "unknown": []}), Some(0)));
    let (row, _) = one(&fake(&["error 443"], &good, &["challenge", "error 440"]));
    assert_eq!(row["audit"], json!({"findings": [], "unknown": []}));
    for (permission, second, expected) in [
        (&["error 500"][..], "error 440", "responded with error 500"),
        (&["error 438"], "error 440", "rejects the nonce of this request as stale (error 438"),
        (&["error 403", "error 403", "silence"], "error 440", "no response from"),
        (&["raw 00"], "error 440", "responds, but not with STUN"),
        (&["missigned error 403", "unsigned done"], "error 440", "its signature is missing"),
        (&refused, "error 486", "whether it relays to IPv6 addresses: 127.0.0.1"),
        (&refused, "error 508", "no capacity left"),
        (&refused, "silence", "whether it relays to IPv6 addresses: "),
        (&refused, "allocated", "granted a relay at 127.0.0.1 instead"),
    ] {
        let (row, status) = one(&fake(permission, &good, &["challenge", second]));
        assert!(findings(&row).is_empty(), "{row}");
        assert!(unknown(&row).iter().any(|what| what.contains(expected)), "{expected}: {row}");
        // A server that answers none of these requests was not audited.
        let is_known = permission.iter().any(|answer| answer.contains("403"));
        assert_eq!(
            (row["status"].as_str().unwrap(), status),
            if is_known { ("ok", Some(0)) } else { ("failed", Some(1)) },
            "{row}"
        );
    }
}

#[test]
fn a_server_that_could_not_be_audited_has_no_clean_verdict() {
    for (server, expected) in [
        (fake(&["good"], &["challenge", "error 401"], &["error 401"]), "unauthorized"),
        (fake(&["good"], &["silence"], &["silence"]), "timeout"),
        (fake(&["silence"], &["good"], &["good"]), "timeout"),
        (format!("turn:{}?transport=tcp", over_tcp("127.0.0.1", hanging_up())), "not-stun"),
        (fake(&["good"], &["alternate 127.0.0.9:3478"], &["good"]), "redirected"),
        ("turn:127.0.0.1:9".to_owned(), "refused"),
        ("turn:no-such-host.invalid".to_owned(), "dns"),
    ] {
        let (rows, status) = audit(&format!("{server} --timeout 700ms"));
        assert_eq!((code(&rows[0]), status), (expected, Some(1)), "{rows:?}");
        // The fake server over TCP grants every kind of relay.
        let has_no_peers = findings(&rows[0]).is_subset(&set(["medium tcp-relay"]));
        assert!(!unknown(&rows[0]).is_empty() && has_no_peers, "{rows:?}");
    }
}

#[test]
fn an_open_or_nameless_relay_of_the_other_family_is_found() {
    let (rows, status) = audit(&fake(&["error 403"], &["good"], &["allocated [2001:db8::9]:9"]));
    assert_eq!((findings(&rows[0]).contains("high open-relay"), status), (true, Some(1)), "{rows:?}");
    let (rows, status) = audit(&fake(&["good"], &["good"], &["challenge", "allocated [::]:9"]));
    assert_eq!((findings(&rows[0]).contains("high unique-local-peers"), status), (true, Some(1)), "{rows:?}");
    // IPv6 alone.
    let (rows, _) =
        audit(&fake(&["good"], &["challenge", "error 440"], &["challenge", "allocated [2001:db8::9]:9"]));
    assert!(findings(&rows[0]).contains("high unique-local-peers"), "{rows:?}");
}

#[test]
fn with_strict_what_is_unknown_is_a_failure() {
    let run = |options: &str| {
        let server = fake(&["error 403"], &["good"], &["challenge", "error 500"]);
        let line = format!("probe {server} --audit --yes {LOGIN} {options}");
        Home::new().run_with(&line, "secret")
    };
    let usual = run("");
    assert_eq!(usual.status, Some(0));
    assert!(usual.stdout.ends_with("1 server: no findings, 1 unknown.\n"), "{}", usual.stdout);
    assert_eq!(run("--strict").status, Some(1));
}

#[test]
fn an_interrupted_audit_reports_what_it_has_found_out() {
    let server = fake(&["done", "done", "silence"], &["allocated"], &["silence"]);
    let home = Home::new();
    fs::write(home.path().join("pw"), "secret").unwrap();
    let line =
        format!("probe {server} --audit --yes --json --timeout 30s --username alice --password-file pw");
    let child = home.command(line.split(' ')).spawn().unwrap();
    thread::sleep(Duration::from_millis(1500));
    let (started, pid) = (Instant::now(), child.id().to_string());
    assert!(Command::new("kill").args(["-s", "INT", &pid]).status().unwrap().success());
    let run = child.wait_with_output().unwrap();
    assert!(started.elapsed() < Duration::from_secs(10), "it does not wait for the timeout");
    assert_eq!(run.status.code(), Some(130));
    let report: Value = serde_json::from_slice(&run.stdout).unwrap();
    let row = &report["results"][0];
    assert_eq!(code(row), "interrupted");
    assert_eq!(findings(row), set(["high open-relay", "high unspecified-peers"]), "{row}");
    let unknown = unknown(row);
    assert!(unknown.iter().all(|what| what.ends_with(": the audit was interrupted")), "{unknown:?}");
    assert_eq!(unknown.len(), 2, "the other peers, and the other family: {unknown:?}");
}

#[test]
fn a_server_that_was_not_audited_has_no_findings_in_metrics() {
    let line = format!("probe turn:127.0.0.1:9 --audit --yes {LOGIN} --format prometheus");
    let metrics = Home::new().run_with(&line, "secret").stdout;
    assert!(!metrics.contains("\ncowork_calls_probe_audit_findings{"), "neither safe nor unsafe: {metrics}");
    assert!(metrics.contains("\ncowork_calls_probe_audit_unknown{"), "{metrics}");
}

#[test]
fn hostile_servers_do_not_hold_an_audit_up() {
    const TIMEOUT: Duration = Duration::from_millis(700);
    let everything = ["allocated 0.0.0.0:1", "allocated [::1]:9", "allocated 255.255.255.255:9"];
    let mut servers: Vec<String> =
        everything.iter().map(|answer| fake(&["good"], &["challenge", answer], &[answer])).collect();
    servers.push(fake(&["error 438"], &["good"], &["error 438"]));
    servers.push(fake(&["good", "silence"], &["good"], &["challenge", "silence"]));
    servers.push(fake(&["raw ff"], &["good"], &["raw ff"]));
    let endless = Script { permission: vec!["endless 01010000".to_owned()], ..Script::default() };
    servers.push(format!("turn:{}?transport=tcp", over_tcp("127.0.0.1", endless)));
    servers.push(format!("turn:{}?transport=tcp", over_tcp("127.0.0.1", hanging_up())));
    let line = format!("{} --timeout {TIMEOUT:?}", servers.join(" "));
    // The releases may take half a second more.
    let rows = in_time(..TIMEOUT + Duration::from_secs(1), || timed(|| audit(&line).0));
    assert_eq!(rows.len(), servers.len());
    for row in &rows {
        assert!(!unknown(row).is_empty(), "{row}");
    }
}

#[test]
fn a_server_that_grants_everything_has_all_findings_in_every_format() {
    // A server knows which client comes first.
    let start = || fake(&["done"], &["allocated"], &["allocated [2001:db8::9]:9"]);
    let run = |server: &str, format: &str| {
        let line = format!("probe {server} --audit --yes --timeout 1s {LOGIN} --format {format}");
        let run = Home::new().run_with(&line, "secret");
        assert_eq!(run.status, Some(1), "{format}");
        run.stdout
    };
    let report: Value = serde_json::from_str(&run(&start(), "json")).unwrap();
    let found = findings(&report["results"][0]);
    let expected =
        USUAL.into_iter().filter(|code| !code.ends_with("tcp-relay") && !code.ends_with("own-address-peers"));
    let more = ["high open-relay", "high loopback-peers", "high unspecified-peers"];
    assert_eq!(found, set(expected.chain(more)));
    let table = run(&start(), "table");
    assert!(table.contains("\n  high     grants relays to everyone"), "{table}");
    assert!(table.contains("\n1 server: 8 high, 3 medium, 1 low.\n"), "{table}");
    let block = table.split("already win over them:\n\n").nth(1).unwrap();
    let first =
        "# instead of no-auth: lt-cred-mech and user=NAME:PASSWORD\ndenied-peer-ip=0.0.0.0-0.255.255.255\n";
    assert!(block.starts_with(first), "{block}");
    assert!(block.ends_with("\n# remove allow-loopback-peers\nallowed-peer-ip=2001:db8::9\n"), "{block}");
    let server = start();
    let metrics = run(&server, "prometheus");
    let labels = format!("uri=\"{server}?transport=udp\",transport=\"udp\",family=\"ipv4\"");
    for (severity, count) in [("high", 8), ("medium", 3), ("low", 1)] {
        let line =
            format!("\ncowork_calls_probe_audit_findings{{{labels},severity=\"{severity}\"}} {count}\n");
        assert!(metrics.contains(&line), "{line} in {metrics}");
    }
    assert!(metrics.contains(&format!("\ncowork_calls_probe_audit_unknown{{{labels}}} 0\n")), "{metrics}");
    let jsonl = run(&start(), "jsonl");
    let row: Value = serde_json::from_str(jsonl.lines().next().unwrap()).unwrap();
    assert_eq!(findings(&row), found);
}

#[test]
fn servers_that_are_not_configured_need_a_confirmation() {
    let start = || fake(&["error 403"], &["good"], &["challenge", "error 440"]);
    let (server, other) = (start(), start());
    let home = Home::new();
    let run = home.run_with(&format!("probe {server} --audit {LOGIN}"), "secret");
    run.fails(2, "is not configured, and an audit is only for servers of your own");
    let error = home.run_with(&format!("probe {server} --audit --json {LOGIN}"), "secret").json_error(2);
    assert_eq!(error["code"], "missing-value");

    fs::write(home.path().join("pw"), "secret").unwrap();
    let mut terminal =
        Terminal::run(&home, &format!("probe {server} --audit --username alice --password-file pw"));
    terminal.shows("Audit all the same? [y/N] ");
    terminal.types("\r");
    terminal.ends(1);

    // A configured server is one's own.
    home.run_with(&format!("turn add {server} {LOGIN} --quiet"), "secret").prints("");
    let run = home.run("probe --audit");
    assert_eq!(run.status, Some(0), "{run:?}");
    assert!(
        run.stdout.contains("no findings") && run.stdout.ends_with("1 server: no findings.\n"),
        "{}",
        run.stdout
    );
    // So it is at its position, of the TURN servers.
    let settings = json!({
        "stun": {"servers": ["stun:127.0.0.1:9"]},
        "turn": {"servers": [{"uri": other, "username": "alice", "password": "secret"}]},
    });
    home.run_with("config apply - --quiet --yes", &settings.to_string()).prints("");
    assert_eq!(home.run("probe 1 --audit").stdout.matches("no findings").count(), 2);
}

#[test]
fn only_turn_servers_are_audited() {
    let home = Home::with("[stun]\nservers = ['stun:127.0.0.1:9']\n");
    home.run("probe --audit").prints("There are no servers to probe.\n");
    home.run("probe stun:a --audit --yes")
        .fails(2, "only TURN servers can be audited, and stun:a:3478 is a STUN server");
    // A bare host is a TURN server.
    let run = home.run("probe 127.0.0.1:9 --audit --yes --json");
    assert_eq!(rows_of(&run).0[0]["uri"], "turn:127.0.0.1:9?transport=udp");
    fs::write(home.path().join("list"), "stun:127.0.0.1:9\n127.0.0.1:9\n").unwrap();
    assert_eq!(rows_of(&home.run("probe --input list --audit --yes --json")).0.len(), 1);
    home.run_with("probe --input - --audit --yes", "stun:a\n").fails(2, "only TURN servers can be audited");
    for option in ["--stun", "--self-test", "--count 3"] {
        home.run(&format!("probe --audit {option}")).fails(2, "cannot be used with");
    }
}

#[test]
fn rounds_of_an_audit_count_its_findings() {
    let server = fake(&["good"], &["good"], &["good"]);
    let home = Home::new();
    fs::write(home.path().join("pw"), "secret").unwrap();
    let line =
        format!("probe {server} --audit --yes --watch --interval 200ms --username alice --password-file pw");
    let mut child = home.command(line.split(' ')).spawn().unwrap();
    let mut output = BufReader::new(child.stdout.take().unwrap());
    let mut lines = [String::new(), String::new()];
    lines.iter_mut().for_each(|line| assert!(output.read_line(line).unwrap() > 0));
    let pid = child.id().to_string();
    assert!(Command::new("kill").args(["-s", "INT", &pid]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(130));
    for line in lines {
        assert!(line.ends_with(" audit: 5 high, 1 medium, 1 low, 1 unknown\n"), "{line}");
    }
}
