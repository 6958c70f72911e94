//! The network with all servers of the conditions, each at addresses of its own.

use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{IpAddr, TcpListener, TcpStream, UdpSocket};
use std::process::{Child, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;

use super::table::{Certificate, Condition, Login, Server, Tcp, at, ipv4, ipv6};
use crate::support::certificates::Authority;
use crate::support::dns;
use crate::support::namespaces::Namespaces;
use crate::support::path::Path;
use crate::support::path::impairment::Impairment;
use crate::support::scripted_server::{self, Script};

/// How long all servers may take to start.
const STARTUP: Duration = Duration::from_secs(30);
/// Where the name server is.
const NAME_SERVER: &str = "203.0.113.250";
pub(super) const USER: &str = "alice";
pub(super) const PASSWORD: &str = "secret";
/// What home routers do.
const NAT: &str = "
    table ip nat {
        chain postrouting {
            type nat hook postrouting priority srcnat
            oifname wan masquerade
        }
    }";

/// A running network.
pub(super) struct Lab {
    servers: Vec<Child>,
    folder: TempDir,
    path: Path,
    /// Dropped last: the servers run in it.
    pub(super) namespaces: Namespaces,
    /// The hashes of the public keys of the certificates that are good, in Base64.
    pub(super) trusted: Vec<String>,
}

impl Lab {
    pub(super) fn start() -> Self {
        let (namespaces, devices) = Namespaces::with_devices();
        let path = Path::start(devices);
        namespaces.filter("router", NAT);
        namespaces.enter("server", || {
            let socket = UdpSocket::bind((NAME_SERVER, 53)).unwrap();
            thread::spawn(move || serve_names(&socket));
        });
        namespaces.set_name_server(NAME_SERVER);
        let folder = tempfile::tempdir().unwrap();
        Lab { servers: Vec::new(), folder, path, namespaces, trusted: Vec::new() }
    }

    /// Puts a condition at the addresses of this number.
    pub(super) fn add(&mut self, number: u8, condition: &Condition) {
        self.impair(number, condition.impairment());
        for (role, hook, rules) in
            [("router", "forward", &condition.router), ("server", "input", &condition.inbound)]
        {
            if !rules.is_empty() {
                let rules = at(number, &rules.join("\n"));
                let chain = format!("chain {hook} {{ type filter hook {hook} priority filter\n{rules}\n}}");
                self.namespaces.filter(role, &format!("table inet filter{number} {{ {chain} \n}}"));
            }
        }
        match &condition.server {
            Server::Nothing => {}
            Server::Coturn { options, certificate, auth, relay } => {
                let mut options: Vec<String> = options.iter().map(|option| at(number, option)).collect();
                if *auth {
                    options.extend(
                        ["-a", "-u", &format!("{USER}:{PASSWORD}"), "-r", "example.test"].map(Into::into),
                    );
                } else {
                    options.push("--no-auth".into());
                }
                if let Some(certificate) = certificate {
                    options.extend(self.certify(number, *certificate));
                }
                self.coturn(number, &at(number, relay.as_deref().unwrap_or("{4}")), &options);
            }
            Server::Script { answers, refresh } => {
                let mut script = Script { answers: answers.clone(), has_sockets: true, ..Script::default() };
                if let Some(refresh) = refresh {
                    script.refresh.clone_from(refresh);
                }
                self.namespaces.enter("server", || {
                    scripted_server::over_udp_at((ipv4(number), 3478).into(), script);
                });
            }
            Server::Tcp(how) => {
                let how = *how;
                self.namespaces.enter("server", || {
                    let listener = TcpListener::bind((ipv4(number), 3478)).unwrap();
                    thread::spawn(move || {
                        listener.incoming().flatten().for_each(|stream| accept(stream, how));
                    });
                });
            }
        }
    }

    pub(super) fn impair(&self, number: u8, impairment: Impairment) {
        for ip in [ipv4(number), ipv6(number)] {
            self.path.impair(ip, impairment);
        }
    }

    /// Starts a coturn, without waiting for it.
    pub(super) fn coturn(&mut self, number: u8, relay: &str, options: &[String]) {
        let folder = self.folder.path().join(number.to_string());
        std::fs::create_dir_all(&folder).unwrap();
        let path = |name: &str| folder.join(name).display().to_string();
        let output = File::create(path("output")).unwrap();
        let listen = [ipv4(number), ipv6(number)].map(|ip| ip.to_string());
        let mut args = ["-n", "--no-cli", "--simple-log", "--log-file", "stdout", "--no-rfc5780"].to_vec();
        let (pid, database) = (path("pid"), path("db"));
        args.extend(["--pidfile", &pid, "--userdb", &database, "-p", "3478", "-E", relay]);
        args.extend(["-L", &listen[0], "-L", &listen[1]]);
        args.extend(options.iter().map(String::as_str));
        let mut command = self.namespaces.command("server", "turnserver", &args);
        command.current_dir(&folder).stdout(output.try_clone().unwrap()).stderr(output);
        self.servers.push(command.stdin(Stdio::null()).spawn().unwrap());
    }

    /// Waits until each coturn of these numbers accepts connections.
    pub(super) fn wait(&self, numbers: &[u8]) {
        let started = Instant::now();
        for number in numbers {
            let connects = || TcpStream::connect((ipv4(*number), 3478)).is_ok();
            while !self.namespaces.enter("server", connects) {
                let log =
                    || std::fs::read_to_string(self.folder.path().join(number.to_string()).join("output"));
                assert!(started.elapsed() < STARTUP, "turnserver {number} does not start: {:?}", log());
                thread::sleep(Duration::from_millis(20));
            }
        }
    }

    /// The options that give coturn a certificate for its IPv4 address.
    pub(super) fn certify(&mut self, number: u8, kind: Certificate) -> [String; 4] {
        let folder = self.folder.path().join(number.to_string());
        std::fs::create_dir_all(&folder).unwrap();
        let authority = Authority::new(&folder);
        let ip = ipv4(number).to_string();
        let options = match kind {
            Certificate::Good => authority.options(&ip, 2040),
            Certificate::Expired => authority.options(&ip, 2021),
            Certificate::OtherName => authority.options("elsewhere.test", 2040),
            Certificate::SelfSigned => authority.options_self_signed(&ip),
        };
        if matches!(kind, Certificate::Good) {
            self.trusted.push(key_hash(&std::fs::read(&options[1]).unwrap()));
        }
        options
    }

    /// Probes a server from the client: the exit code and the report.
    pub(super) fn probe(&self, number: u8, url: &str, login: Login) -> (bool, serde_json::Value) {
        let url = at(number, url);
        let mut args = vec!["probe", &url, "--json"];
        let authority = self.folder.path().join(number.to_string()).join("ca.pem").display().to_string();
        if std::path::Path::new(&authority).exists() {
            args.extend(["--ca-file", &authority]);
        }
        let password = if login == Login::WrongPassword { "wrong" } else { PASSWORD };
        if url.starts_with("turn") && login != Login::None {
            args.extend(["--username", USER, "--password-stdin"]);
        }
        let mut command = self.namespaces.command("client", env!("CARGO_BIN_EXE_cowork-calls"), &args);
        command.env("HOME", self.folder.path()).stdin(Stdio::piped());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        // A probe without credentials reads nothing.
        let _ = child.stdin.take().unwrap().write_all(password.as_bytes());
        let output = child.wait_with_output().unwrap();
        let error = String::from_utf8_lossy(&output.stderr);
        let report = serde_json::from_slice(&output.stdout);
        (output.status.success(), report.unwrap_or_else(|_| panic!("probe {url}: {error}")))
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

/// The hash of the public key of a certificate, as Chromium's command line has it.
fn key_hash(pem: &[u8]) -> String {
    let (_, pem) = x509_parser::pem::parse_x509_pem(pem).unwrap();
    let key = pem.parse_x509().unwrap().public_key().raw.to_vec();
    base64::engine::general_purpose::STANDARD.encode(Sha256::digest(key))
}

/// Answers with the addresses of the servers. Other names do not exist, and those that begin with `dead` get no answer.
fn serve_names(socket: &UdpSocket) {
    let mut buffer = [0; 1500];
    while let Ok((length, client)) = socket.recv_from(&mut buffer) {
        let (query, socket) = (buffer[..length].to_vec(), socket.try_clone().unwrap());
        thread::spawn(move || {
            if let Some(answer) = dns::answer_with(&query, addresses) {
                let _ = socket.send_to(&answer, client);
            }
        });
    }
}

/// The addresses of a server by its name, after 2 s if it begins with `slow-`.
fn addresses(name: &str) -> Option<Vec<IpAddr>> {
    let (rest, is_slow) = name.strip_prefix("slow-").map_or((name, false), |rest| (rest, true));
    let (rest, is_ipv6) = rest.strip_prefix("v6-").map_or((rest, false), |rest| (rest, true));
    let number = rest.strip_prefix("server")?.strip_suffix(".test")?.parse().ok()?;
    if is_slow {
        thread::sleep(Duration::from_secs(2));
    }
    Some(if is_ipv6 { vec![ipv6(number)] } else { vec![ipv4(number), ipv6(number)] })
}

/// Serves a TCP connection until the client closes it.
fn accept(mut stream: TcpStream, how: Tcp) {
    thread::spawn(move || {
        if let Tcp::Closes = how {
            return;
        }
        let mut buffer = [0; 1500];
        while stream.read(&mut buffer).is_ok_and(|length| length > 0) {
            if let Tcp::Http = how {
                let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
            }
        }
    });
}
