//! The servers of `probe --self-test`, as coturn's own client and this program's probe see them.

use std::io::{ErrorKind, Write as _};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::support::fake_server::{FakeServer, success};
use crate::support::program::Home;
use crate::support::server::wait_for;
use cowork_calls::config::address::Host;
use cowork_calls::config::turn::{Login, Secret};
use cowork_calls::probe::loopback_server::Servers;
use cowork_calls::probe::plan::{Options, Plan, Server};
use cowork_calls::probe::report::Status;

/// Lets coturn's client send 20 datagrams between two relays of a server and back; returns its output.
fn turnutils_uclient(server: &Server, login: &Login) -> (bool, String) {
    let Host::Ip(ip) = server.uri.host else { unreachable!("the servers have no names") };
    let output = Command::new("timeout")
        .args(["20", "turnutils_uclient", "-y", "-c", "-n", "10", "-m", "1", "-l", "100"])
        .args(["-u", &login.username, "-w", login.password.expose()])
        .args(if ip.is_ipv6() { &["-x"][..] } else { &[] })
        .args(["-p", &server.uri.port.to_string(), &ip.to_string()])
        .stdin(Stdio::null())
        .output()
        .expect("turnutils_uclient of the package coturn has to be installed for this test");
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8_lossy(&text).into_owned())
}

#[test]
fn the_servers_answer_binding_requests() {
    let servers = Servers::start().unwrap();
    let report = cowork_calls::probe::run(
        &Plan::new(servers.stun(), Options::default()),
        std::future::pending(),
        &mut |_| (),
    )
    .unwrap();
    assert!(!report.results.is_empty() && report.results.iter().all(|row| row.status == Status::Ok));
    for row in report.results {
        assert_eq!(row.mapped_address.unwrap().ip(), row.address.unwrap().ip());
    }
}

#[test]
#[ignore = "needs coturn (tests/run.sh)"]
fn the_servers_relay_for_coturns_client_only_with_the_right_password() {
    let servers = Servers::start().unwrap();
    // Its client takes seconds.
    thread::scope(|scope| {
        for server in servers.turn() {
            scope.spawn(move || relays_only_with_the_password(&server));
        }
    });
}

fn relays_only_with_the_password(server: &Server) {
    let mut login = server.login.clone().unwrap();
    let (good, text) = turnutils_uclient(server, &login);
    assert!(good && text.contains("tot_send_msgs=20, tot_recv_msgs=20"), "{}: {text}", server.uri);
    assert!(text.contains("Total lost packets 0 (0.000000%)"), "{text}");

    login.password = Secret::new("wrong".to_owned());
    let (good, text) = turnutils_uclient(server, &login);
    assert!(!good && text.contains("Cannot complete Allocation"), "{}: {text}", server.uri);
}

#[test]
fn the_self_test_reports_what_this_machine_can_do() {
    let home = Home::new();
    let run = home.run("probe --self-test");
    assert_eq!((run.status, &*run.stderr), (Some(0), ""), "{run:?}");
    assert!(run.stdout.contains("✓ stun:127.0.0.1:") && run.stdout.contains("✓ turn:127.0.0.1:"), "{run:?}");
    assert!(run.stdout.lines().last().unwrap().starts_with("STUN and TURN work on this machine."), "{run:?}");

    let run = home.run("probe --self-test -4 --json");
    let report = run.json();
    let rows = report["results"].as_array().unwrap();
    let kinds: Vec<_> = rows.iter().map(|row| row["kind"].as_str().unwrap()).collect();
    assert_eq!((run.status, &*kinds), (Some(0), &["stun", "turn"][..]), "{run:?}");
    assert!(rows.iter().all(|row| row["uri"].as_str().unwrap().contains(":127.0.0.1:")), "{run:?}");
    assert_eq!(rows[1]["relay"]["received"], 10);

    home.run("probe --self-test a.example").fails(2, "cannot be used with");
}

#[test]
fn a_signal_ends_a_probe_whose_output_nobody_reads() {
    let (_reader, mut full) = std::io::pipe().unwrap();
    rustix::io::ioctl_fionbio(&full, true).unwrap();
    while full.write(&[b'x'; 4096]).is_ok() {}
    assert_eq!(full.write(b"x").unwrap_err().kind(), ErrorKind::WouldBlock);
    rustix::io::ioctl_fionbio(&full, false).unwrap();

    let home = Home::new();
    let mut child = home.command(["probe", "--self-test", "-4", "--json"]).stdout(full).spawn().unwrap();
    // The first signals may arrive while allocations are released.
    for _ in 0..200 {
        thread::sleep(Duration::from_millis(100));
        if let Some(status) = child.try_wait().unwrap() {
            assert_eq!(status.code(), Some(143));
            return;
        }
        assert!(Command::new("kill").arg(child.id().to_string()).status().unwrap().success());
    }
    child.kill().unwrap();
    panic!("the probe does not end");
}

#[test]
fn a_signal_prints_the_rows_that_are_known_in_every_format() {
    let good = FakeServer::start("127.0.0.1", |request, client| vec![success(request, client)]);
    let silent = FakeServer::start("127.0.0.1", |_, _| vec![]);
    for (signal, exit) in [("HUP", 129), ("INT", 130), ("QUIT", 131), ("TERM", 143)] {
        for format in ["table", "json", "jsonl", "prometheus"] {
            let home = Home::new();
            let line =
                format!("probe {} {} --timeout 60s --format {format} --quiet", good.uri(), silent.uri());
            let before = good.requests();
            let child = home.command(line.split(' ')).spawn().unwrap();
            wait_for(|| (good.requests() > before).then_some(()), || "no request".to_owned());
            // It reads the response, and holds signals from 50 ms on.
            thread::sleep(Duration::from_millis(300));
            let id = child.id().to_string();
            assert!(Command::new("kill").args(["-s", signal, &id]).status().unwrap().success());
            let output = child.wait_with_output().unwrap();
            let text = String::from_utf8(output.stdout).unwrap();
            assert_eq!(output.status.code(), Some(exit), "{signal}: {text}");
            assert!(text.contains(&good.uri()), "{format}: {text}");
        }
    }
}
