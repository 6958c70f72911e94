//! The installation of `docs/machines.md`, from its blocks as they stand there, on machines with network namespaces of their
//! own: three NATS servers, three `serve`, a load balancer, and an admin. Only the folders /etc, /var and /root are others.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;
use tokio_rustls::rustls::{ClientConnection, StreamOwned};

use crate::support::certificates::Authority;
use crate::support::http::{Answer, answer, request};
use crate::support::nats::newer_program;
use crate::support::switch::Switch;

pub(super) const NODES: [&str; 3] = ["n1", "n2", "n3"];
pub(super) const REPLICAS: [&str; 3] = ["calls1", "calls2", "calls3"];
/// The one that the page's options trust has this place.
const BALANCER: &str = "lb";
pub(super) const ADMIN: &str = "admin";
const PATIENCE: Duration = Duration::from_secs(30);

/// A connection over TLS.
pub(super) type Secure = StreamOwned<ClientConnection, TcpStream>;

/// The machines and what runs on them.
pub(super) struct Site {
    switch: Switch,
    folder: TempDir,
    authority: Authority,
    running: Mutex<BTreeMap<&'static str, Child>>,
}

/// A block of the page: the one at this place among those in its language.
pub(super) fn block(language: &str, place: usize) -> String {
    let page = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/machines.md")).unwrap();
    let mut lines = page.lines();
    let start = format!("```{language}");
    let mut indent = 0;
    for _ in 0..=place {
        let found = lines.find(|line| line.trim_start() == start);
        let found = found.unwrap_or_else(|| panic!("the page has no {language} {place}"));
        indent = found.len() - start.len();
    }
    let block = lines.take_while(|line| line.trim_start() != "```");
    block.map(|line| line.get(indent..).unwrap_or_default().to_owned() + "\n").collect()
}

impl Site {
    /// Configures all machines.
    pub(super) fn new() -> Self {
        let machines = [&NODES[..], &REPLICAS[..], &[BALANCER, ADMIN]].concat();
        let folder = tempfile::tempdir().unwrap();
        // nginx drops its privileges, and so do the paths.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let authority = Authority::new(folder.path());
        let switch = Switch::with(&machines);
        assert!(block("systemd", 0).contains(&format!("--trusted-proxy {}\n", switch.address(BALANCER))));
        let site = Site { switch, folder, authority, running: Mutex::default() };
        site.give_files(&machines);
        site
    }

    /// Gives each machine the files that the page takes for granted: certificates, passwords, tokens.
    fn give_files(&self, machines: &[&str]) {
        let [_, certificate, _, key] = self.authority.options("*.example.de", 2050);
        for machine in machines {
            for folder in
                ["etc/nats", "etc/ssl/private", "etc/nginx/conf.d", "etc/cowork-calls", "root", "var/backups"]
            {
                fs::create_dir_all(self.path(machine, folder)).unwrap();
            }
            let copy = |from: &str, to: &str| fs::copy(from, self.path(machine, to)).unwrap();
            copy(&self.authority.file(), "etc/ssl/calls-ca.pem");
            for to in ["etc/nats/cert.pem", "etc/ssl/calls.pem"] {
                copy(&certificate, to);
            }
            for to in ["etc/nats/key.pem", "etc/ssl/private/calls.key"] {
                copy(&key, to);
            }
        }
        self.shell(NODES[0], "sh", 1, &[]);
        let secrets = fs::read(self.path(NODES[0], "etc/nats/secrets")).unwrap();
        for node in NODES {
            fs::write(self.path(node, "etc/nats/secrets"), &secrets).unwrap();
        }
        for replica in REPLICAS {
            self.write_private(
                replica,
                "etc/cowork-calls/engine",
                &format!("serve:{}\n", self.secret("SERVE_PASSWORD")),
            );
            self.write_private(
                replica,
                "etc/cowork-calls/tokens",
                "alice:token-of-alice-0123\nbob:token-of-bob-456789\n",
            );
        }
    }

    fn write_private(&self, machine: &str, path: &str, text: &str) {
        let path = self.path(machine, path);
        fs::write(&path, text).unwrap();
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// A generated password, or the key.
    pub(super) fn secret(&self, name: &str) -> String {
        let secrets = self.variables(NODES[0]);
        secrets.into_iter().find(|(own, _)| own == name).unwrap().1
    }

    fn variables(&self, node: &str) -> Vec<(String, String)> {
        let text = fs::read_to_string(self.path(node, "etc/nats/secrets")).unwrap();
        text.lines()
            .map(|line| line.split_once('=').unwrap())
            .map(|(a, b)| (a.to_owned(), b.to_owned()))
            .collect()
    }

    /// A file or folder of a machine.
    pub(super) fn path(&self, machine: &str, path: &str) -> PathBuf {
        self.folder.path().join(machine).join(path)
    }

    /// A text with the folders of a machine.
    fn of(&self, machine: &str, text: &str) -> String {
        let mut text = text.replace("/usr/bin/cowork-calls", env!("CARGO_BIN_EXE_cowork-calls"));
        for folder in ["/etc/", "/var/", "/root/"] {
            text = text.replace(folder, &format!("{}/{machine}{folder}", self.folder.path().display()));
        }
        text
    }

    /// Runs a block as a shell script on a machine; it must succeed. Returns what it prints.
    #[track_caller]
    pub(super) fn shell(
        &self,
        machine: &str,
        language: &str,
        place: usize,
        variables: &[(&str, &str)],
    ) -> String {
        let script = block(language, place);
        self.script(machine, &script, variables)
    }

    #[track_caller]
    fn script(&self, machine: &str, script: &str, variables: &[(&str, &str)]) -> String {
        let script = format!("set -eu\n{}", self.of(machine, script));
        let output = self
            .command(machine, "sh")
            .args(["-c", &script])
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        assert!(output.status.success(), "{script}\n{}{}", text(&output.stdout), text(&output.stderr));
        text(&output.stdout)
    }

    /// A command on a machine, with the program on its PATH.
    fn command(&self, machine: &str, program: &str) -> Command {
        let own = Path::new(env!("CARGO_BIN_EXE_cowork-calls")).parent().unwrap();
        let mut command = self.switch.command(machine, program);
        command.env_clear().env("PATH", format!("{}:/usr/sbin:/usr/bin:/sbin:/bin", own.display()));
        command.env("HOME", self.path(machine, "root")).stdin(Stdio::null());
        command
    }

    /// Runs the program as the admin, with these settings.
    pub(super) fn admin(&self, settings: &str, line: &str) -> Output {
        let mut command = self.command(ADMIN, "cowork-calls");
        command.envs(self.admin_variables(settings)).args(line.split_whitespace()).output().unwrap()
    }

    pub(super) fn admin_variables(&self, settings: &str) -> [(&'static str, String); 3] {
        let path = |path: &str| self.path(ADMIN, path).display().to_string();
        [
            ("COWORK_CALLS_CONFIG", settings.to_owned()),
            ("COWORK_CALLS_ENGINE_CREDENTIALS", path("root/engine")),
            ("COWORK_CALLS_ENGINE_CA", path("etc/ssl/calls-ca.pem")),
        ]
    }

    /// The address of the settings on these nodes.
    pub(super) fn settings(nodes: &[&str]) -> String {
        let hosts: Vec<_> = nodes.iter().map(|node| format!("{node}.example.de:4222")).collect();
        format!("nats://{}/calls", hosts.join(","))
    }

    /// Starts the NATS servers, and waits until they are ready.
    pub(super) fn start_nodes(&self) {
        for node in NODES {
            let config = self.of(node, &block("nats", 0));
            let config = config.replace("server_name: n1\n", &format!("server_name: {node}\n"));
            let file = self.path(node, "etc/nats-server.conf");
            fs::write(&file, config).unwrap();
            let mut command = self.command(node, &newer_program());
            command.arg("-c").arg(file).envs(self.variables(node));
            self.spawn(node, command);
        }
        for node in NODES {
            self.wait_for(node, || {
                let stream = self.connect(node, "127.0.0.1:8222");
                stream
                    .and_then(|stream| get(stream, "/healthz", ""))
                    .is_some_and(|answer| answer.status == 200)
            });
        }
    }

    /// Starts a replica as systemd does from the lines that the page adds to its unit.
    pub(super) fn start_replica(&self, replica: &'static str) {
        let unit = self.of(replica, &block("systemd", 0)).replace("\\\n", "");
        let credentials = self.path(replica, "credentials").display().to_string();
        fs::create_dir_all(&credentials).unwrap();
        let values = |key: &str| -> Vec<String> {
            unit.lines().filter_map(|line| line.strip_prefix(key)).map(str::to_owned).collect()
        };
        for credential in values("LoadCredential=") {
            let (name, file) = credential.split_once(':').unwrap();
            fs::copy(file, format!("{credentials}/{name}")).unwrap();
        }
        let [clear, line] = &values("ExecStart=")[..] else { panic!("{unit}") };
        assert_eq!(clear, "");
        let line = line.replace("${CREDENTIALS_DIRECTORY}", &credentials);
        let mut words = line.split_whitespace();
        let mut command = self.command(replica, words.next().unwrap());
        let variables =
            values("Environment=").into_iter().map(|variable| variable.replace("%d", &credentials));
        command
            .args(words)
            .envs(variables.filter_map(|v| v.split_once('=').map(|(a, b)| (a.to_owned(), b.to_owned()))));
        self.spawn(replica, command);
        self.wait_for(replica, || self.log(replica).contains("listening on https://"));
    }

    /// Stops a replica as systemd does.
    pub(super) fn stop_replica(&self, replica: &'static str) {
        let mut child = self.running.lock().unwrap().remove(replica).unwrap();
        assert!(Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap().success());
        let status = child.wait().unwrap();
        assert!(status.success(), "{replica}: {status}\n{}", self.log(replica));
    }

    /// Restarts a replica as the page says, and waits until it is back.
    pub(super) fn upgrade(&self, replica: &'static str) {
        let block = block("sh", 3);
        let wait = block.strip_prefix("systemctl restart cowork-calls\n").unwrap();
        self.stop_replica(replica);
        self.start_replica(replica);
        self.script(replica, wait, &[]);
    }

    /// Starts nginx with the page's configuration.
    pub(super) fn start_balancer(&self) {
        let own = self.of(BALANCER, &block("nginx", 0));
        let file = self.path(BALANCER, "etc/nginx/conf.d/cowork-calls.conf");
        fs::write(&file, own).unwrap();
        let folder = self.path(BALANCER, "").display().to_string();
        let main = format!(
            "daemon off; pid {folder}pid; error_log {folder}error.log; user root;\n\
             events {{}}\nhttp {{ access_log {folder}access.log; include {}; }}\n",
            file.display()
        );
        let config = self.path(BALANCER, "etc/nginx/nginx.conf");
        fs::write(&config, main).unwrap();
        let mut command = self.command(BALANCER, "nginx");
        command.arg("-c").arg(config);
        self.spawn(BALANCER, command);
        self.wait_for(BALANCER, || self.connect(BALANCER, "127.0.0.1:443").is_some());
    }

    fn spawn(&self, machine: &'static str, mut command: Command) {
        let log = File::options().create(true).append(true).open(self.path(machine, "log")).unwrap();
        let child = command.stdout(log.try_clone().unwrap()).stderr(log).spawn();
        self.running.lock().unwrap().insert(machine, child.unwrap());
    }

    fn log(&self, machine: &str) -> String {
        fs::read_to_string(self.path(machine, "log")).unwrap_or_default()
    }

    #[track_caller]
    fn wait_for(&self, machine: &str, is_done: impl Fn() -> bool) {
        let started = Instant::now();
        while !is_done() {
            assert!(started.elapsed() < PATIENCE, "{machine}:\n{}", self.log(machine));
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn connect(&self, machine: &str, to: &str) -> Option<TcpStream> {
        let to: SocketAddr = to.parse().unwrap();
        let stream = self.switch.enter(machine, || TcpStream::connect(to)).ok()?;
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        Some(stream)
    }

    /// A client's connection to the load balancer.
    pub(super) fn client(&self) -> Secure {
        self.secure(&format!("{}:443", self.switch.address(BALANCER)))
    }

    /// A connection to a replica itself.
    pub(super) fn client_of(&self, replica: &str) -> Secure {
        self.secure(&format!("{}:8443", self.switch.address(replica)))
    }

    fn secure(&self, address: &str) -> Secure {
        let stream = self.connect(ADMIN, address).unwrap();
        StreamOwned::new(self.authority.client_of("calls.example.de"), stream)
    }

    /// A request to a replica itself.
    pub(super) fn get(&self, replica: &str, path: &str) -> Answer {
        get(self.client_of(replica), path, "").unwrap()
    }

    /// Pulls the cable of a machine.
    pub(super) fn pull(&self, machine: &str) {
        self.switch.pull(machine);
    }

    /// Plugs it in again.
    pub(super) fn plug(&self, machine: &str) {
        self.switch.plug(machine);
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        for (_, mut child) in std::mem::take(&mut *self.running.lock().unwrap()) {
            // nginx ends its own children on SIGTERM.
            let _ = Command::new("kill").args(["-TERM", &child.id().to_string()]).status();
            let _ = child.wait();
        }
    }
}

/// A request; nothing if the connection ends.
pub(super) fn get(mut stream: impl Read + Write, path: &str, token: &str) -> Option<Answer> {
    let request = request("GET", path, token, "").replace("Host: localhost", "Host: calls.example.de");
    stream.write_all(request.as_bytes()).ok()?;
    answer(&mut BufReader::new(stream), false)
}
