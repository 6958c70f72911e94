//! A client, a router and a STUN server, each in a network namespace of its own (see `namespaces`), with a real coturn
//! and real packet filters. Everything is removed on drop.

use std::fs::{self, File};
use std::process::{Child, Output};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::namespaces::Namespaces;

/// How long the server may take to start.
const STARTUP: Duration = Duration::from_secs(10);

/// The namespaces and the server.
pub(crate) struct Network {
    server: Option<Child>,
    folder: TempDir,
    namespaces: Namespaces,
}

impl Network {
    /// Starts a network whose router has these nft rules, and waits until the server answers.
    /// Fails if a tool is missing: a test that is skipped silently proves nothing.
    pub(crate) fn start(rules: &str) -> Self {
        let namespaces = Namespaces::with_cable();
        let mut network = Network { server: None, folder: tempfile::tempdir().unwrap(), namespaces };
        network.route_by(rules);
        network.serve();
        network
    }

    /// Adds nft rules to those of the router.
    pub(crate) fn route_by(&self, rules: &str) {
        self.namespaces.filter("router", rules);
    }

    /// Runs `cowork-calls nat` on the client: its exit code, standard output, standard error and duration.
    pub(crate) fn nat(&self, line: &str) -> (Option<i32>, String, String, Duration) {
        let args: Vec<_> = ["nat"].into_iter().chain(line.split_whitespace()).collect();
        let started = Instant::now();
        let output = self.program("client", &args);
        let text = |bytes| String::from_utf8(bytes).unwrap();
        (output.status.code(), text(output.stdout), text(output.stderr), started.elapsed())
    }

    /// Runs the program in a namespace.
    pub(crate) fn program(&self, role: &str, args: &[&str]) -> Output {
        let mut command = self.namespaces.command(role, env!("CARGO_BIN_EXE_cowork-calls"), args);
        command.env("HOME", self.folder.path()).output().unwrap()
    }

    /// Starts coturn, which listens on 3478 and 3479 of each address, including two loopback addresses.
    fn serve(&mut self) {
        let path = |name: &str| self.folder.path().join(name).to_str().unwrap().to_owned();
        let output = File::create(path("output")).unwrap();
        let (pid, database) = (path("pid"), path("db"));
        let mut args = vec!["-n", "--no-cli", "--no-auth", "--no-tls", "--no-dtls", "--simple-log"];
        args.extend(["--log-file", "stdout", "--pidfile", &pid, "--userdb", &database, "-p", "3478"]);
        for address in
            ["203.0.113.10", "203.0.113.11", "2001:db8:2::10", "2001:db8:2::11", "127.0.0.1", "127.0.0.2"]
        {
            args.extend(["-L", address]);
        }
        let mut command = self.namespaces.command("server", "turnserver", &args);
        command.current_dir(self.folder.path()).stdout(output.try_clone().unwrap()).stderr(output);
        self.server = Some(command.spawn().unwrap());
        let started = Instant::now();
        while !self.answers() {
            let log = fs::read_to_string(path("output")).unwrap();
            let gone = self.server.as_mut().is_some_and(|server| server.try_wait().unwrap().is_some());
            assert!(
                !gone && started.elapsed() < STARTUP,
                "turnserver (package coturn) does not start: {log}"
            );
        }
    }

    /// Whether the server answers the client. The second address is not probed, because that would open filters.
    fn answers(&self) -> bool {
        let args = ["probe", "203.0.113.10", "[2001:db8:2::10]", "--timeout", "100ms", "--quiet"];
        let answers = self.program("client", &args).status.success();
        if !answers {
            // A closed port is refused at once; give the server time.
            std::thread::sleep(Duration::from_millis(10));
        }
        answers
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        if let Some(mut server) = self.server.take() {
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}
