//! Slow name lookups: an isolated network with a DNS server that does not answer for some names.

use std::fs;
use std::net::{SocketAddr, UdpSocket};
use std::process::{Command, Output, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::support::dns;
use crate::support::fake_server::{FakeServer, success};
use crate::support::program::Home;
use nix::sched::{CloneFlags, unshare};
use serde_json::Value;

/// Where the tools are, for users whose PATH lacks `sbin`.
const PATH: &str = "/usr/sbin:/usr/bin:/sbin:/bin";
const NEEDS: &str = "this test makes a network of its own: it needs root";

/// The network: a DNS server, and a STUN server at 127.0.0.1:3478. Sockets bound here stay in it.
struct Network {
    home: Home,
    _servers: [FakeServer; 2],
}

impl Network {
    /// Moves this thread, and what it starts, into a new network. Each test has a thread of its own.
    fn start() -> Self {
        unshare(CloneFlags::CLONE_NEWNET).expect(NEEDS);
        let mut ip = Command::new("ip");
        ip.args(["link", "set", "lo", "up"]).env("PATH", PATH);
        let up = ip.status().expect("the Debian package iproute2 is missing");
        assert!(up.success());
        let home = Home::new();
        // A name without an answer occupies its thread for three seconds.
        fs::write(home.path().join("resolv.conf"), "nameserver 127.0.0.1\noptions timeout:3 attempts:1\n")
            .unwrap();
        let dns = FakeServer::serve_on(UdpSocket::bind("127.0.0.1:53").unwrap(), |socket, query, client| {
            if let Some(answer) = dns::answer(query) {
                let _ = socket.send_to(&answer, client);
            }
        });
        let stun =
            FakeServer::serve_on(UdpSocket::bind("127.0.0.1:3478").unwrap(), |socket, request, client| {
                let _ = socket.send_to(&success(request, client), client);
            });
        Network { home, _servers: [dns, stun] }
    }

    /// Probes the servers of a list, with the network's own DNS.
    fn probe(&self, list: &str, options: &str) -> (Value, Duration) {
        fs::write(self.home.path().join("list.txt"), list).unwrap();
        let script = "mount --bind resolv.conf /etc/resolv.conf && exec \"$@\"";
        let mut command = Command::new("unshare");
        command.args(["-m", "sh", "-c", script, "sh", env!("CARGO_BIN_EXE_cowork-calls")]);
        command.args(["probe", "--input", "list.txt", "--json"]).args(options.split(' '));
        command.env_clear().env("HOME", self.home.path()).env("PATH", PATH);
        command
            .current_dir(self.home.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let started = Instant::now();
        let Output { stdout, stderr, .. } = ends_within(command, Duration::from_secs(20));
        let report = serde_json::from_slice(&stdout);
        (report.unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&stderr))), started.elapsed())
    }
}

/// Runs a command, and kills it if it does not end.
fn ends_within(mut command: Command, limit: Duration) -> Output {
    let child = command.spawn().expect(NEEDS);
    let id = child.id().to_string();
    let (sender, receiver) = std::sync::mpsc::channel();
    thread::spawn(move || sender.send(child.wait_with_output().unwrap()));
    receiver.recv_timeout(limit).unwrap_or_else(|_| {
        let _ = Command::new("kill").args(["-KILL", &id]).status();
        panic!("it hangs");
    })
}

/// More servers than get a socket each, at ports without a server.
fn refused() -> String {
    (20_000..20_070).map(|port| format!("{}\n", SocketAddr::from(([127, 0, 0, 1], port)))).collect()
}

#[test]
#[ignore = "needs root and iproute2 (tests/run.sh)"]
fn a_name_that_fails_last_ends_the_probe() {
    let network = Network::start();
    let (report, elapsed) = network.probe(&format!("{}dead.test\n", refused()), "--timeout 1s");
    assert!(elapsed < Duration::from_secs(3), "{elapsed:?}");
    assert_eq!((&report["summary"]["ok"], &report["summary"]["failed"]), (&0.into(), &71.into()));
    assert_eq!(report["results"][70]["error"]["code"], "dns");
}

#[test]
#[ignore = "needs root and iproute2 (tests/run.sh)"]
fn failing_lookups_do_not_shorten_the_timeout_of_other_servers() {
    let network = Network::start();
    let dead: String = (0..300).map(|n| format!("dead{n}.test\n")).collect();
    let good: String = (0..40).map(|n| format!("good{n}.test\n")).collect();
    let (report, elapsed) = network.probe(&format!("{dead}{good}"), "-4 --timeout 500ms");
    assert_eq!(
        (&report["summary"]["ok"], &report["summary"]["failed"]),
        (&40.into(), &300.into()),
        "{}",
        report["results"][339]
    );
    // Three hundred names without an answer take two turns of the system's resolver.
    assert!(elapsed < Duration::from_secs(8), "{elapsed:?}");
}
