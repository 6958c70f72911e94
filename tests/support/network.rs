//! A client, a router and a STUN server, each in a network namespace of its own, with a real coturn and real
//! packet filters. Everything is removed on drop.
//!
//! ```text
//! client 198.51.100.2 ── .1 router 203.0.113.1 ── .10, .11 server
//! 2001:db8:1::2 ── ::1 router 2001:db8:2::1 ── ::10, ::11 server
//! ```

use std::fs::{self, File};
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long the server may take to start.
const STARTUP: Duration = Duration::from_secs(10);
/// The prefix of the names of namespaces; the test's process id and a number follow.
const PREFIX: &str = "cowork-calls-test";
/// Where the tools are, for users whose PATH lacks `sbin`.
const PATH: &str = "/usr/sbin:/usr/bin:/sbin:/bin";

/// The namespaces and the server.
pub(crate) struct Network {
    name: String,
    server: Option<Child>,
    folder: TempDir,
}

impl Network {
    /// Starts a network whose router has these nft rules, and waits until the server answers.
    /// Fails if a tool is missing: a test that is skipped silently proves nothing.
    pub(crate) fn start(rules: &str) -> Self {
        static NETWORKS: AtomicU32 = AtomicU32::new(0);
        remove_stale();
        let number = NETWORKS.fetch_add(1, Ordering::Relaxed);
        let name = format!("{PREFIX}-{}-{number}", std::process::id());
        let mut network = Network { name, server: None, folder: tempfile::tempdir().unwrap() };
        network.build();
        network.route_by(rules);
        network.serve();
        network
    }

    /// Adds nft rules to those of the router.
    pub(crate) fn route_by(&self, rules: &str) {
        run_with_input(&mut self.command_in("router", "nft", &["-f", "-"]), rules);
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
        let mut command = self.command_in(role, env!("CARGO_BIN_EXE_cowork-calls"), args);
        command.env("HOME", self.folder.path()).output().unwrap()
    }

    fn namespace(&self, role: &str) -> String {
        format!("{}-{role}", self.name)
    }

    /// A command in a namespace, without a terminal and without the settings of the user who runs the test.
    fn command_in(&self, role: &str, program: &str, args: &[&str]) -> Command {
        let mut command = base_command("ip");
        command.args(["netns", "exec", &self.namespace(role), program]).args(args);
        command
    }

    fn build(&self) {
        let [client, router, server] = ["client", "router", "server"].map(|role| self.namespace(role));
        ip(&format!(
            "netns add {client}
             netns add {router}
             netns add {server}
             link add lan netns {client} type veth peer name lan netns {router}
             link add wan netns {router} type veth peer name wan netns {server}"
        ));
        // Otherwise IPv6 addresses take a second until they can be used.
        let no_detection = "for file in /proc/sys/net/ipv6/conf/*/accept_dad; do echo 0 >$file; done";
        for role in ["client", "router", "server"] {
            run_with_input(&mut self.command_in(role, "sh", &["-ec", no_detection]), "");
        }
        let within = |namespace: &str, commands: &str| {
            run_with_input(base_command("ip").args(["-n", namespace, "-batch", "-"]), &trim_lines(commands));
        };
        within(
            &client,
            "link set lo up
             addr add 198.51.100.2/24 dev lan
             addr add 2001:db8:1::2/64 dev lan nodad
             link set lan up
             route add default via 198.51.100.1
             route add default via 2001:db8:1::1",
        );
        within(
            &router,
            "link set lo up
             addr add 198.51.100.1/24 dev lan
             addr add 203.0.113.1/24 dev wan
             addr add 2001:db8:1::1/64 dev lan nodad
             addr add 2001:db8:2::1/64 dev wan nodad
             link set lan up
             link set wan up",
        );
        within(
            &server,
            "link set lo up
             addr add 203.0.113.10/24 dev wan
             addr add 203.0.113.11/24 dev wan
             addr add 2001:db8:2::10/64 dev wan nodad
             addr add 2001:db8:2::11/64 dev wan nodad
             link set wan up
             route add 198.51.100.0/24 via 203.0.113.1
             route add 2001:db8:1::/64 via 2001:db8:2::1",
        );
        let forward = "echo 1 >/proc/sys/net/ipv4/ip_forward; echo 1 >/proc/sys/net/ipv6/conf/all/forwarding";
        run_with_input(&mut self.command_in("router", "sh", &["-ec", forward]), "");
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
        let mut command = self.command_in("server", "turnserver", &args);
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
        for role in ["client", "router", "server"] {
            remove(&self.namespace(role));
        }
    }
}

/// Removes what killed tests have left behind.
fn remove_stale() {
    let Ok(namespaces) = fs::read_dir("/run/netns") else { return };
    for namespace in namespaces.flatten() {
        let name = namespace.file_name().into_string().unwrap_or_default();
        let pid = name.strip_prefix(PREFIX).and_then(|rest| rest.split('-').nth(1));
        if pid.is_some_and(|pid| !Path::new("/proc").join(pid).exists()) {
            remove(&name);
        }
    }
}

fn remove(namespace: &str) {
    let _ = base_command("ip").args(["netns", "delete", namespace]).stderr(Stdio::null()).status();
}

fn base_command(name: &str) -> Command {
    let mut command = Command::new(name);
    command.env_clear().env("PATH", PATH).stdin(Stdio::null());
    command
}

/// Runs `ip` commands, one a line.
fn ip(commands: &str) {
    run_with_input(base_command("ip").args(["-batch", "-"]), &trim_lines(commands));
}

fn trim_lines(lines: &str) -> String {
    lines.lines().map(|line| line.trim().to_owned() + "\n").collect()
}

/// Runs a command with this input; it must succeed.
fn run_with_input(command: &mut Command, input: &str) {
    let child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let needs =
        "this test builds networks: it needs the Debian packages iproute2, nftables and coturn, and root";
    let mut child = child.expect(needs);
    // A command that fails early does not read its input.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} fails: {error}({needs})");
}
