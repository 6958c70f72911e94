//! `cowork-calls serve` as a whole process under load: 1,000 users listen to one call, 100 reactions a second come for
//! ten seconds, and one more listener never reads: `cargo bench --bench serve`.
//!
//! `cargo bench --bench serve -- 3` does the same with three replicas, which Debian's nats-server connects: reactions are
//! sent to the first, and the users listen to the others. Before that, 10 reactions a second show how long a single one takes.
//!
//! Each listener holds every chunk that it receives against the one that has to come next, so that nothing is lost,
//! doubled or out of order. A reaction's time runs from when it was due, even if it was sent late, until a listener
//! has read it. The listeners run in this process and share the machine's cores with the servers: one thread reads
//! their sockets in turn.

#![allow(missing_docs, clippy::expect_used, clippy::unwrap_used, clippy::panic, clippy::print_stdout)]

use std::env;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader, ErrorKind, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::thread;
use std::time::{Duration, Instant};

use rustix::net::{AddressFamily, SocketType, connect, socket, sockopt};
use rustix::process::{Resource, getrlimit, setrlimit};

const LISTENERS: usize = 1000;
/// How long the listeners rest before they read again.
const REST: Duration = Duration::from_millis(2);
/// How long the last reaction may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// As many reactions as this server has to bear.
const MANY: Load =
    Load { reactions: 1000, every: Duration::from_millis(10), most_p99: Duration::from_millis(250) };
/// So few that none waits for another.
const FEW: Load =
    Load { reactions: 100, every: Duration::from_millis(100), most_p99: Duration::from_millis(50) };
const MOST_MEMORY_KIB: u64 = 128 * 1024;
/// How often Linux ticks, as far as programs are told.
const TICKS: f64 = 100.0;
const CALL: &str = "/api/cowork/teams/t1/channels/c1/calls";
const EMOJIS: [(&str, &str); 7] = [
    (":thumbsup:", "👍"),
    (":thumbsdown:", "👎"),
    (":clap:", "👏"),
    (":joy:", "😂"),
    (":open_mouth:", "😮"),
    (":tada:", "🎉"),
    (":hand:", "✋"),
];

/// How many reactions come, how often, and within which time 99 of 100 deliveries are to be there.
#[derive(Clone, Copy)]
struct Load {
    reactions: usize,
    every: Duration,
    most_p99: Duration,
}

/// When each reaction was due.
type Due = [OnceLock<Instant>];

fn main() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    setrlimit(Resource::Nofile, limit).unwrap();
    match env::args().find_map(|argument| argument.parse().ok()) {
        Some(replicas @ 2..) => [FEW, MANY].iter().for_each(|load| measure(replicas, *load)),
        _ => measure(1, MANY),
    }
}

fn measure(replicas: usize, load: Load) {
    let folder = tempfile::tempdir().unwrap();
    let engine = (replicas > 1).then(|| Engine::start(folder.path()));
    let settings = engine.as_ref().map(|engine| engine.settings.clone());
    let start = |n| Server::start(folder.path(), n, settings.as_deref());
    let servers: Vec<_> = (0..replicas).map(start).collect();
    // The first one has listeners only if there are no others.
    let others = &servers[usize::from(replicas > 1)..];
    for server in servers.iter().filter(|_| replicas > 1) {
        server.wait_for(&format!("cowork_calls_replicas {replicas}\n"));
    }
    let open = |n: usize| Listener::open(others[n % others.len()].address, n);
    let mut listeners: Vec<_> = (0..LISTENERS).map(open).collect();
    let slow = never_reads(others[0].address);
    others[0].wait_for(&format!("cowork_calls_listeners {}\n", LISTENERS.div_ceil(others.len()) + 1));

    let emojis = sequence(load.reactions);
    let expected: Vec<_> = emojis.iter().map(|(name, emoji)| event(name, emoji)).collect();
    let due: Vec<_> = emojis.iter().map(|_| OnceLock::new()).collect();
    let used = || servers.iter().map(Server::cpu).sum::<f64>();
    let (cpu, machine, started) = (used(), busy(), Instant::now());
    let (mut times, own, sent) = thread::scope(|scope| {
        let reader = scope.spawn(|| read_all(&mut listeners, &expected, &due, load));
        send(servers[0].address, &emojis, &due, load.every);
        let sent = started.elapsed();
        let (times, own) = reader.join().unwrap();
        (times, own, sent)
    });
    let elapsed = started.elapsed();
    let (cpu, machine) = (used() - cpu, busy() - machine);
    let memory = servers.iter().map(Server::memory).max().unwrap();
    let is_cut = others[0].metrics().contains("cowork_calls_listeners_dropped_total 1\n");
    times.sort_unstable();
    let within = |share: f64| ms(times[((times.len() - 1) as f64 * share) as usize]);
    println!(
        "{replicas} replicas, {LISTENERS} listeners, {} reactions, each received once and in order by every listener",
        load.reactions
    );
    let deliveries = times.len() as f64;
    println!("deliveries   {:>9.0} a second", deliveries / elapsed.as_secs_f64());
    println!("within (ms)  {:>9.1} half   {:.1} 99 %   {:.1} all", within(0.5), within(0.99), within(1.0));
    println!("             at most {} for 99 %", load.most_p99.as_millis());
    println!("memory       {memory:>9} KiB   (at most {MOST_MEMORY_KIB} each)");
    let cores = |time: f64| 100.0 * time / elapsed.as_secs_f64();
    let (own, other) = (cores(own), cores(machine - cpu - own));
    println!(
        "processor    {:>9.0} % of one core, so {:.0} deliveries for each second of it; {own:.0} % to listen, {other:.0} % for the rest of the machine",
        cores(cpu),
        deliveries / cpu
    );
    println!("the listener that never reads {}\n", if is_cut { "was cut off" } else { "held nobody up" });

    assert_eq!(times.len(), LISTENERS * load.reactions);
    let most = load.every * load.reactions as u32 + load.most_p99;
    assert!(sent <= most, "the reactions were accepted only within {sent:?}");
    assert!(within(0.99) <= ms(load.most_p99) && memory <= MOST_MEMORY_KIB, "too slow or too large");
    // Nothing comes twice: whatever were left would come before the end.
    drop(servers);
    for listener in &mut listeners {
        listener.stream.set_nonblocking(false).unwrap();
        let mut rest = Vec::new();
        listener.stream.read_to_end(&mut rest).unwrap();
        let rest = [listener.waiting.as_slice(), &rest].concat();
        assert!(!String::from_utf8_lossy(&rest).contains("event"), "something came twice");
    }
    drop((slow, engine));
}

/// An order that does not repeat itself.
fn sequence(length: usize) -> Vec<(&'static str, &'static str)> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        EMOJIS[(state >> 16) as usize % EMOJIS.len()]
    };
    (0..length).map(|_| next()).collect()
}

fn event(name: &str, emoji: &str) -> Vec<u8> {
    let user = user(0);
    format!(
        "event: reaction\ndata: {{\"reaction\":\"{name}\",\"emoji\":\"{emoji}\",\"user\":\"{user}\"}}\n\n"
    )
    .into_bytes()
}

fn user(n: usize) -> String {
    format!("user-{n:04}")
}

fn token(n: usize) -> String {
    format!("token-of-user-{n:06}")
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

/// The program, with its log in a file.
struct Server {
    child: Child,
    address: SocketAddr,
}

impl Server {
    /// Starts the server number `n`, with settings in a file or at this address.
    fn start(folder: &Path, n: usize, settings: Option<&str>) -> Self {
        let list: Vec<_> = EMOJIS.iter().map(|(_, emoji)| format!("\"{emoji}\"")).collect();
        let file = folder.join("config.toml");
        fs::write(&file, format!("[reactions]\nemojis = [{}]\n", list.join(", "))).unwrap();
        let program = || {
            let mut command = Command::new(env!("CARGO_BIN_EXE_cowork-calls"));
            let address = settings.map_or(file.as_os_str(), OsStr::new);
            command.current_dir(folder).env("HOME", folder).arg("--config").arg(address);
            command
        };
        if settings.is_some() {
            let applied = program().args(["config", "apply", "--quiet"]).arg(&file).status().unwrap();
            assert!(applied.success());
        }
        let tokens: Vec<_> = (0..=LISTENERS).map(|n| format!("{}:{}\n", user(n), token(n))).collect();
        fs::write(folder.join("tokens"), tokens.concat()).unwrap();
        let log = folder.join(format!("log-{n}"));
        let mut child = program()
            .args(["serve", "--listen", "127.0.0.1:0", "--token-file", "tokens"])
            .args(["--reactions-per-second", "100"])
            .stdin(Stdio::null())
            .stderr(File::create(&log).unwrap())
            .spawn()
            .unwrap();
        loop {
            let text = fs::read_to_string(&log).unwrap();
            if let Some((first, _)) = text.split_once('\n') {
                let address =
                    first.rsplit("://").next().unwrap().parse().unwrap_or_else(|_| panic!("{text}"));
                return Server { child, address };
            }
            assert!(child.try_wait().unwrap().is_none(), "the server did not start");
            thread::sleep(Duration::from_millis(5));
        }
    }

    fn metrics(&self) -> String {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.write_all(b"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        text
    }

    /// Waits until its metrics have this line.
    fn wait_for(&self, line: &str) {
        while !self.metrics().contains(line) {
            thread::sleep(Duration::from_millis(5));
        }
    }

    /// The most memory that it ever had, in KiB.
    fn memory(&self) -> u64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.strip_suffix("kB"));
        peak.unwrap().trim().parse().unwrap()
    }

    /// How long it had a core, in s.
    fn cpu(&self) -> f64 {
        cpu(&format!("/proc/{}/stat", self.child.id()))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let pid = self.child.id().to_string();
        let _ = Command::new("kill").args(["-TERM", &pid]).status();
        let _ = self.child.wait();
    }
}

/// A nats-server, with its log in a file.
struct Engine {
    child: Child,
    settings: String,
}

impl Engine {
    fn start(folder: &Path) -> Self {
        // Free a moment ago.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let path = env::var("PATH").unwrap_or_default() + ":/usr/sbin";
        let child = Command::new("nats-server")
            .args(["-a", "127.0.0.1", "-p", &port.to_string(), "-js", "-sd", "js", "-l", "nats.log"])
            .current_dir(folder)
            .env("PATH", path)
            .spawn()
            .expect("this measurement needs the Debian package nats-server");
        while TcpStream::connect(("127.0.0.1", port)).is_err() {
            thread::sleep(Duration::from_millis(5));
        }
        Engine { child, settings: format!("nats://127.0.0.1:{port}/bench") }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// How long a process or thread had a core, in s.
fn cpu(stat: &str) -> f64 {
    let text = fs::read_to_string(stat).unwrap();
    let fields: Vec<_> = text.rsplit_once(')').unwrap().1.split_whitespace().collect();
    let ticks = |n: usize| fields[n].parse::<f64>().unwrap();
    (ticks(11) + ticks(12)) / TICKS
}

/// How long the cores of this machine were busy, in s; the kernel's work for connections is among it.
fn busy() -> f64 {
    let text = fs::read_to_string("/proc/stat").unwrap();
    let fields: Vec<f64> =
        text.lines().next().unwrap().split_whitespace().skip(1).map(|field| field.parse().unwrap()).collect();
    // All but the fourth and fifth, which are idle.
    (fields[..3].iter().sum::<f64>() + fields[5..8].iter().sum::<f64>()) / TICKS
}

/// Who listens to the call.
struct Listener {
    stream: TcpStream,
    /// What is not yet a whole chunk.
    waiting: Vec<u8>,
    received: usize,
}

impl Listener {
    fn open(address: SocketAddr, n: usize) -> Self {
        let mut stream = TcpStream::connect(address).unwrap();
        ask(&mut stream, n);
        let mut waiting = Vec::new();
        let mut byte = [0];
        // A comment and the first id.
        while !waiting.ends_with(b"\n\n\r\n") {
            stream.read_exact(&mut byte).unwrap();
            waiting.extend(byte);
        }
        stream.set_nonblocking(true).unwrap();
        waiting.clear();
        Listener { stream, waiting, received: 0 }
    }

    /// Takes what has come; how many reactions are among it.
    fn read(&mut self, buffer: &mut [u8], expected: &[Vec<u8>]) -> usize {
        match self.stream.read(buffer) {
            Ok(0) => panic!("a listener that reads was cut off"),
            Ok(count) => self.waiting.extend(&buffer[..count]),
            Err(error) if error.kind() == ErrorKind::WouldBlock => return 0,
            Err(error) => panic!("{error}"),
        }
        let (mut used, mut reactions) = (0, 0);
        while let Some((data, length)) = chunk(&self.waiting[used..]) {
            if !data.starts_with(b":") {
                let id = data.iter().position(|byte| *byte == b'\n').unwrap();
                let data = &data[id + 1..];
                let next = expected.get(self.received + reactions).map(Vec::as_slice);
                assert!(next == Some(data), "{} instead of what is next", String::from_utf8_lossy(data));
                reactions += 1;
            }
            used += length;
        }
        self.waiting.drain(..used);
        reactions
    }
}

/// The first chunk, if it is whole, and how long it is with its frame.
fn chunk(bytes: &[u8]) -> Option<(&[u8], usize)> {
    let end = bytes.windows(2).position(|pair| pair == b"\r\n")?;
    let size = usize::from_str_radix(std::str::from_utf8(&bytes[..end]).unwrap(), 16).unwrap();
    let data = bytes.get(end + 2..end + 2 + size)?;
    let length = end + 2 + size + 2;
    (bytes.len() >= length).then_some((data, length))
}

fn ask(stream: &mut TcpStream, n: usize) {
    let token = token(n);
    let head = format!("GET {CALL}/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
}

/// One more listener, with little room for what it does not read.
fn never_reads(address: SocketAddr) -> TcpStream {
    let socket = socket(AddressFamily::INET, SocketType::STREAM, None).unwrap();
    sockopt::set_socket_recv_buffer_size(&socket, 4096).unwrap();
    connect(&socket, &address).unwrap();
    let mut stream = TcpStream::from(socket);
    ask(&mut stream, LISTENERS);
    stream
}

/// Sends each reaction when it is due, over one connection, so that their order is certain.
fn send(address: SocketAddr, emojis: &[(&str, &str)], due: &Due, every: Duration) {
    let mut stream = BufReader::new(TcpStream::connect(address).unwrap());
    let token = token(0);
    let started = Instant::now();
    for (n, (name, _)) in emojis.iter().enumerate() {
        let at = started + every * n as u32;
        thread::sleep(at.saturating_duration_since(Instant::now()));
        due[n].set(at).unwrap();
        let body = format!("{{\"reaction\":\"{name}\"}}");
        let length = body.len();
        let request = format!(
            "POST {CALL}/reaction HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        );
        stream.get_mut().write_all(request.as_bytes()).unwrap();
        assert_eq!(answer(&mut stream), "HTTP/1.1 200 OK");
    }
}

/// Reads an answer; its first line.
fn answer(stream: &mut BufReader<TcpStream>) -> String {
    let (mut first, mut length) = (String::new(), 0);
    stream.read_line(&mut first).unwrap();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).unwrap();
        match line.trim_end().split_once(": ") {
            Some(("content-length", value)) => length = value.parse().unwrap(),
            Some(_) => {}
            None => break,
        }
    }
    stream.read_exact(&mut vec![0; length]).unwrap();
    first.trim_end().to_owned()
}

/// Reads until every listener has every reaction; how long each delivery took, and how long this had a core.
fn read_all(listeners: &mut [Listener], expected: &[Vec<u8>], due: &Due, load: Load) -> (Vec<Duration>, f64) {
    let all = LISTENERS * load.reactions;
    let mut times = Vec::with_capacity(all);
    let mut buffer = vec![0; 64 * 1024];
    let last = Instant::now() + load.every * load.reactions as u32 + PATIENCE;
    while times.len() < all {
        assert!(Instant::now() < last, "only {} deliveries came in time", times.len());
        for listener in &mut *listeners {
            let reactions = listener.read(&mut buffer, expected);
            let now = Instant::now();
            let received = listener.received..listener.received + reactions;
            listener.received = received.end;
            times.extend(due[received].iter().map(|due| now.saturating_duration_since(*due.get().unwrap())));
        }
        thread::sleep(REST);
    }
    (times, cpu("/proc/thread-self/stat"))
}
