//! A real coturn on loopback, on free ports and in a folder of its own; it stops on drop.

use std::fs::File;
use std::io::Read;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

/// How long a server may take to start.
const STARTUP: Duration = Duration::from_secs(10);
/// How often another port is tried if another process has taken it.
const ATTEMPTS: u32 = 5;
/// A Binding request without attributes.
const REQUEST: [u8; 20] = [0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

/// A running turnserver.
pub(crate) struct Coturn {
    /// Its port for UDP and TCP, on 127.0.0.1 and ::1.
    pub(crate) port: u16,
    /// Its port for TLS, where it has a certificate.
    pub(crate) tls_port: u16,
    process: Child,
    _folder: TempDir,
}

impl Coturn {
    /// Starts a server and waits until it answers. Fails if turnserver is missing: a test that is skipped
    /// silently proves nothing.
    pub(crate) fn start() -> Self {
        Self::start_with(&["--no-tls", "--no-dtls", "--no-rfc5780"])
    }

    /// Starts a server with options of its own.
    pub(crate) fn start_with(options: &[&str]) -> Self {
        let mut log = String::new();
        for _ in 0..ATTEMPTS {
            match Self::try_start(
                &[("127.0.0.1", "127.0.0.1"), ("::1", "::1")],
                free_port(),
                free_port(),
                options,
            ) {
                Ok(server) => return server,
                Err(what) => log = what,
            }
        }
        panic!("turnserver does not start: {log}");
    }

    /// Starts two servers on one port, one for IPv4 and one for IPv6; the second relays nothing to the first.
    pub(crate) fn start_for_each_family(options: &[&str]) -> [Self; 2] {
        let mut log = String::new();
        for _ in 0..ATTEMPTS {
            let port = free_port();
            let start = |ip, relay, more: &[&str]| {
                Self::try_start(&[(ip, relay)], port, free_port(), &[options, more].concat())
            };
            let ipv4 = start("127.0.0.1", "127.0.0.1", &[]);
            let ipv6 = start("::1", "127.0.0.2", &["--denied-peer-ip=127.0.0.1"]);
            match (ipv4, ipv6) {
                (Ok(ipv4), Ok(ipv6)) => return [ipv4, ipv6],
                (Err(what), _) | (_, Err(what)) => log = what,
            }
        }
        panic!("turnserver does not start: {log}");
    }

    /// Starts a server from a configuration file that names its port, on 127.0.0.1.
    pub(crate) fn start_from(file: &std::path::Path, port: u16) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).into_os_string();
        let output = File::create(path("output")).unwrap();
        let process = Command::new("turnserver")
            .arg("-c")
            .arg(file)
            .args([
                "--no-cli",
                "--simple-log",
                "--log-file",
                "stdout",
                "--no-rfc5780",
                "--allow-loopback-peers",
            ])
            .args(["--pidfile".into(), path("pid"), "--userdb".into(), path("db")])
            .args(["-L", "127.0.0.1", "-E", "127.0.0.1"])
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(output.try_clone().unwrap())
            .stderr(output)
            .spawn()
            .expect("turnserver of the package coturn has to be installed for this test");
        let server = Coturn { port, tls_port: 0, process, _folder: folder };
        let started = Instant::now();
        while !is_answering("127.0.0.1", port) {
            let log = || std::fs::read_to_string(server._folder.path().join("output"));
            assert!(started.elapsed() < STARTUP, "turnserver does not start: {:?}", log());
        }
        server
    }

    /// Starts a server that listens on the first and relays from the second address of each pair.
    fn try_start(ips: &[(&str, &str)], port: u16, tls_port: u16, options: &[&str]) -> Result<Self, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).into_os_string();
        let output = File::create(path("output")).unwrap();
        let process = Command::new("turnserver")
            .args(["-n", "--no-cli", "--simple-log", "--log-file"])
            .args(["stdout".into(), "--pidfile".into(), path("pid"), "--userdb".into(), path("db")])
            .args(ips.iter().flat_map(|(ip, relay)| ["-L", ip, "-E", relay]))
            .args(["-p", &port.to_string()])
            .args(["--tls-listening-port", &tls_port.to_string()])
            .args(options)
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(output.try_clone().unwrap())
            .stderr(output)
            .spawn()
            .expect("turnserver of the package coturn has to be installed for this test");
        let mut server = Coturn { port, tls_port, process, _folder: folder };
        let started = Instant::now();
        while started.elapsed() < STARTUP {
            if server.process.try_wait().unwrap().is_some() {
                break;
            }
            if ips.iter().all(|(ip, _)| is_answering(ip, port)) {
                return Ok(server);
            }
        }
        let mut log = String::new();
        let _ =
            File::open(server._folder.path().join("output")).map(|mut file| file.read_to_string(&mut log));
        Err(log)
    }

    /// What it has logged so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(self._folder.path().join("output")).unwrap()
    }

    /// Its address on a loopback IP address.
    pub(crate) fn address(&self, ip: &str) -> SocketAddr {
        SocketAddr::new(ip.parse().unwrap(), self.port)
    }
}

impl Drop for Coturn {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// A port that is free over UDP and TCP, on both loopback addresses.
pub(crate) fn free_port() -> u16 {
    for _ in 0..100 {
        let udp = UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = udp.local_addr().unwrap().port();
        let others = (
            UdpSocket::bind(("::1", port)),
            TcpListener::bind(("127.0.0.1", port)),
            TcpListener::bind(("::1", port)),
        );
        if let (Ok(_), Ok(_), Ok(_)) = others {
            return port;
        }
    }
    panic!("no free port on loopback");
}

/// Whether a server answers a Binding request at once.
fn is_answering(ip: &str, port: u16) -> bool {
    let socket = UdpSocket::bind((ip, 0)).unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(50))).unwrap();
    socket.connect((ip, port)).unwrap();
    let mut buffer = [0; 1500];
    let sent = socket.send(&REQUEST).is_ok();
    let answered = sent && socket.recv(&mut buffer).is_ok();
    if !answered {
        // A closed port is refused at once; give the server time.
        std::thread::sleep(Duration::from_millis(10));
    }
    answered
}
