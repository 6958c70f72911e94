//! `cowork-calls serve` on a port of its own, with its log; each answer is checked against `openapi.json`.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::http::{Answer, Events, answer, request};
use super::openapi;
use super::program::Home;

pub(crate) const ALICE: &str = "token-of-alice-0123";
pub(crate) const BOB: &str = "token-of-bob-456789";
pub(crate) const REACTION: &str = "/api/cowork/teams/t1/channels/c1/calls/reaction";
pub(crate) const EVENTS: &str = "/api/cowork/teams/t1/channels/c1/calls/events";
pub(crate) const OWN: &str = "/api/cowork/user/calls/reaction";
pub(crate) const ICE: &str = "/api/cowork/calls/ice";

/// How long something may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(10);

/// A running server.
pub(crate) struct Server {
    pub(crate) home: Home,
    pub(crate) address: SocketAddr,
    child: Child,
    log: Arc<Mutex<String>>,
    reader: Option<JoinHandle<()>>,
}

/// A home with the tokens of alice and bob.
pub(crate) fn home(settings: &str) -> Home {
    let home = if settings.is_empty() { Home::new() } else { Home::with(settings) };
    write_tokens(&home, &format!("# who may\nalice:{ALICE}\n\nbob:{BOB}\n"));
    home
}

pub(crate) fn write_tokens(home: &Home, text: &str) {
    let file = home.path().join("tokens");
    fs::write(&file, text).unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
}

/// Replaces the token file as editors do: the next request has to know it.
pub(crate) fn replace_tokens(server: &Server, text: &str) {
    let new = server.home.path().join("tokens.new");
    fs::write(&new, text).unwrap();
    fs::rename(new, server.home.path().join("tokens")).unwrap();
}

impl Server {
    /// Starts a server with the default settings.
    pub(crate) fn start() -> Self {
        Server::with("", "")
    }

    /// Starts a server with these settings and options.
    #[track_caller]
    pub(crate) fn with(settings: &str, options: &str) -> Self {
        Server::at(home(settings), options)
    }

    #[track_caller]
    pub(crate) fn at(home: Home, options: &str) -> Self {
        Server::with_variables(home, options, &[])
    }

    #[track_caller]
    pub(crate) fn with_variables(home: Home, options: &str, variables: &[(&str, &Path)]) -> Self {
        Server::through(home, &[], options, variables)
    }

    /// Starts a server by another program, such as a shell with a limit, which replaces itself with the arguments.
    #[track_caller]
    pub(crate) fn through(home: Home, program: &[&str], options: &str, variables: &[(&str, &Path)]) -> Self {
        let listen = if options.contains("--listen") { "" } else { "--listen 127.0.0.1:0" };
        let line = format!("serve --token-file tokens {listen} {options}");
        let mut command = home.command(line.split_whitespace());
        if let [program, arguments @ ..] = program {
            let own = std::mem::replace(&mut command, Command::new(program));
            command.args(arguments).arg(own.get_program()).args(own.get_args());
            command.current_dir(home.path()).env("HOME", home.path()).stderr(Stdio::piped());
        }
        let mut child = command.envs(variables.iter().copied()).spawn().unwrap();
        let mut stderr = BufReader::new(child.stderr.take().unwrap());
        let mut first = String::new();
        stderr.read_line(&mut first).unwrap();
        let address = first.split("://").nth(1).unwrap_or_else(|| panic!("{first}"));
        let end = address.find(|c: char| c != '.' && c != ':' && !c.is_ascii_digit()).unwrap();
        let address = address[..end].parse().unwrap();
        let log = Arc::new(Mutex::new(first));
        let own = Arc::clone(&log);
        let reader = thread::spawn(move || {
            for line in stderr.lines() {
                *own.lock().unwrap() += &(line.unwrap() + "\n");
            }
        });
        Server { home, address, child, log, reader: Some(reader) }
    }

    /// Everything logged so far.
    pub(crate) fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Waits until the log has `text`.
    #[track_caller]
    pub(crate) fn logs(&self, text: &str) {
        wait_for(|| self.log().contains(text).then_some(()), || format!("'{text}' in\n{}", self.log()));
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        stream
    }

    /// Sends bytes over a new connection, and returns the answer.
    #[track_caller]
    pub(crate) fn raw(&self, bytes: &str) -> Answer {
        let mut stream = self.connect();
        stream.write_all(bytes.as_bytes()).unwrap();
        let (method, rest) = bytes.split_once(' ').unwrap();
        let found = answer(&mut BufReader::new(stream), method == "HEAD").unwrap();
        openapi::check(method, rest.split(' ').next().unwrap(), &found);
        found
    }

    #[track_caller]
    pub(crate) fn get(&self, path: &str, token: &str) -> Answer {
        self.raw(&request("GET", path, token, ""))
    }

    #[track_caller]
    pub(crate) fn post(&self, path: &str, token: &str, body: &str) -> Answer {
        self.raw(&request("POST", path, token, body))
    }

    /// Sends a reaction to the call of `c1`.
    #[track_caller]
    pub(crate) fn react(&self, token: &str, reaction: &str) -> Answer {
        self.post(REACTION, token, &serde_json::json!({"reaction": reaction}).to_string())
    }

    /// Listens to the call of `c1`.
    #[track_caller]
    pub(crate) fn listen(&self, token: &str) -> Events<TcpStream> {
        Events::open(self.connect(), EVENTS, token)
    }

    /// The value of a metric, with its labels.
    #[track_caller]
    pub(crate) fn metric(&self, name: &str) -> String {
        let text = self.get("/metrics", "").body;
        let line = text.lines().find_map(|line| line.strip_prefix(&format!("cowork_calls_{name} ")));
        line.unwrap_or_else(|| panic!("no {name} in\n{text}")).to_owned()
    }

    /// Waits until a metric has this value.
    #[track_caller]
    pub(crate) fn has_metric(&self, name: &str, value: &str) {
        wait_for(
            || (self.metric(name) == value).then_some(()),
            || format!("{name} to be {value}, not {}", self.metric(name)),
        );
    }

    /// Runs the command line with the same settings.
    #[track_caller]
    pub(crate) fn command(&self, line: &str) {
        let run = self.home.run(line);
        assert_eq!(run.status, Some(0), "{run:?}");
    }

    pub(crate) fn signal(&self, name: &str) {
        let status = Command::new("kill").args([name, &self.pid().to_string()]).status().unwrap();
        assert!(status.success());
    }

    /// Waits for the end; returns the exit code and the whole log.
    pub(crate) fn ended(mut self) -> (Option<i32>, String) {
        let status = self.child.wait().unwrap().code();
        self.reader.take().unwrap().join().unwrap();
        (status, self.log())
    }

    /// Stops the server with SIGTERM; returns the whole log.
    #[track_caller]
    pub(crate) fn stop(self) -> String {
        self.signal("-TERM");
        let (status, log) = self.ended();
        assert_eq!(status, Some(0), "{log}");
        log
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It has ended already if the test stopped it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Waits until `look` returns something.
#[track_caller]
pub(crate) fn wait_for<T>(mut look: impl FnMut() -> Option<T>, what: impl Fn() -> String) -> T {
    let started = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(started.elapsed() < PATIENCE, "waited for {}", what());
        thread::sleep(Duration::from_millis(5));
    }
}
