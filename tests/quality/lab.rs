//! A client, a path, and a real coturn for each scenario, at addresses of its own.

use std::fs::File;
use std::io::Write as _;
use std::net::{IpAddr, TcpStream};
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

use super::scenario::Scenario;
use crate::support::namespaces::Namespaces;
use crate::support::path::Path;
use crate::support::path::record::Passage;

/// How long all servers may take to start.
const STARTUP: Duration = Duration::from_secs(30);
/// Runs a program before all others, as on an idle machine: what else this machine does is not what is measured. Best effort.
const HURRIED: &str = "chrt -f -p 10 $$ >/dev/null; exec \"$@\"";
const USER: &str = "alice";
const PASSWORD: &str = "secret";

/// A running network.
pub(super) struct Lab {
    servers: Vec<Child>,
    folder: TempDir,
    path: Path,
    /// Dropped last: the servers run in it.
    namespaces: Namespaces,
}

/// What the program reports about a server, and what the path did to each packet meanwhile.
pub(super) struct Measured {
    pub(super) report: Value,
    pub(super) status: Option<i32>,
    pub(super) record: Vec<Passage>,
}

impl Lab {
    pub(super) fn start() -> Self {
        let (namespaces, devices) = Namespaces::with_devices();
        let (path, folder) = (Path::start(devices), tempfile::tempdir().unwrap());
        Lab { servers: Vec::new(), folder, path, namespaces }
    }

    /// Starts a coturn at the addresses of this number, and filters what it sends.
    pub(super) fn serve(&mut self, number: u8, scenario: &Scenario) {
        let folder = self.folder.path().join(number.to_string());
        std::fs::create_dir_all(&folder).unwrap();
        let path = |name: &str| folder.join(name).display().to_string();
        let output = File::create(path("output")).unwrap();
        let [ipv4, ipv6] = addresses(number).map(|ip| ip.to_string());
        let (pid, database, login) = (path("pid"), path("db"), format!("{USER}:{PASSWORD}"));
        let mut args = vec!["-c", HURRIED, "sh", "turnserver"];
        args.extend(["-n", "--no-cli", "--simple-log", "--log-file", "stdout", "--no-rfc5780", "--no-tls"]);
        args.extend([
            "--no-dtls",
            "--pidfile",
            &pid,
            "--userdb",
            &database,
            "-a",
            "-u",
            &login,
            "-r",
            "example.test",
        ]);
        args.extend(["-p", "3478", "-L", &ipv4, "-L", &ipv6, "-E", &ipv4, "-E", &ipv6]);
        let mut command = self.namespaces.command("server", "sh", &args);
        command.current_dir(&folder).stdout(output.try_clone().unwrap()).stderr(output);
        self.servers.push(command.stdin(Stdio::null()).spawn().unwrap());
        for (hook, rules) in [("input", &scenario.inbound), ("output", &scenario.outbound)] {
            if !rules.is_empty() {
                let rules = at(number, &rules.join("\n"));
                let chain = format!("chain {hook} {{ type filter hook {hook} priority mangle\n{rules}\n}}");
                self.namespaces.filter("server", &format!("table inet {hook}{number} {{ {chain} \n}}"));
            }
        }
        let started = Instant::now();
        let connects = || TcpStream::connect((addresses(number)[0], 3478)).is_ok();
        while !self.namespaces.enter("server", connects) {
            let log = || std::fs::read_to_string(folder.join("output"));
            assert!(started.elapsed() < STARTUP, "turnserver {number} does not start: {:?}", log());
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Measures a server from the client, with what its scenario does to the path.
    pub(super) fn measure(&self, number: u8, scenario: &Scenario) -> Measured {
        for ip in addresses(number) {
            self.path.impair_each(ip, scenario.impairments());
            self.path.record(ip);
        }
        let url = at(number, &scenario.url);
        let program = env!("CARGO_BIN_EXE_cowork-calls");
        let mut args = vec!["-c", HURRIED, "sh", program, "probe", &url];
        args.extend(["--quality", "--strict", "--json", "--timeout", "10s"]);
        args.extend(scenario.options.split_whitespace());
        if scenario.is_turn() {
            args.extend(["--username", USER, "--password-stdin"]);
        }
        let mut command = self.namespaces.command("client", "sh", &args);
        command.env("HOME", self.folder.path()).stdin(Stdio::piped());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // A probe without credentials reads nothing.
        let _ = child.stdin.take().unwrap().write_all(PASSWORD.as_bytes());
        // 'ip netns exec' and the shell have become the program.
        let signal_after = |after: u64, signal| {
            thread::sleep(Duration::from_millis(after));
            kill_process(Pid::from_child(&child), signal).unwrap();
        };
        if let Some(after) = scenario.interrupt_after {
            signal_after(after, Signal::INT);
        }
        if let Some([after, pause]) = scenario.pause {
            signal_after(after, Signal::STOP);
            signal_after(pause, Signal::CONT);
        }
        let output = child.wait_with_output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        let report = serde_json::from_slice(&output.stdout);
        let record = addresses(number).into_iter().flat_map(|ip| self.path.recorded(ip)).collect();
        Measured {
            report: report.unwrap_or_else(|_| panic!("probe {url}: {error}")),
            status: output.status.code(),
            record,
        }
    }
}

impl Drop for Lab {
    fn drop(&mut self) {
        for server in &mut self.servers {
            let _ = server.kill();
        }
        for server in &mut self.servers {
            let _ = server.wait();
        }
    }
}

/// Puts the addresses of a server into a text of its scenario.
fn at(number: u8, text: &str) -> String {
    let [ipv4, ipv6] = addresses(number).map(|ip| ip.to_string());
    text.replace("{4}", &ipv4).replace("{6}", &ipv6)
}

/// The addresses of a server.
fn addresses(number: u8) -> [IpAddr; 2] {
    [format!("203.0.113.{number}"), format!("2001:db8:2::{number}")].map(|ip| ip.parse().unwrap())
}
