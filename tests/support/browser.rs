//! A real, headless Chromium, controlled through chromedriver (WebDriver is JSON over HTTP); it ends on drop.

use std::fs;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::http::answer;
use super::memory;
use super::namespaces::Namespaces;

/// How long something in the page may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);
/// Headless, without the internet, and with a fake camera that needs no permission.
const FLAGS: [&str; 12] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--window-size=1000,1400",
];

/// Peer connections over loopback; they make everything else time out that only other interfaces reach.
const LOOPBACK: &str = "--allow-loopback-in-peer-connection";

/// A browser with one window.
pub(crate) struct Browser {
    driver: Child,
    connection: BufReader<TcpStream>,
    session: String,
    folder: TempDir,
}

impl Browser {
    /// Starts a browser that prefers `language`. Fails if Chromium is missing: a test that is skipped silently
    /// proves nothing.
    pub(crate) fn start(language: &str) -> Self {
        Self::start_with(language, &[])
    }

    /// Starts a browser with more flags.
    pub(crate) fn start_with(language: &str, flags: &[&str]) -> Self {
        let flags = [&[LOOPBACK], flags].concat();
        Self::start_by(Command::new("chromedriver"), &|to| TcpStream::connect(to), language, &flags)
    }

    /// Starts a browser on the client of a network.
    pub(crate) fn start_in(network: &Namespaces, flags: &[&str]) -> Self {
        let connect = |to| network.enter("client", || TcpStream::connect(to));
        Self::start_by(network.command("client", "chromedriver", &[]), &connect, "en", flags)
    }

    fn start_by(
        mut driver: Command,
        connect: &dyn Fn(SocketAddr) -> io::Result<TcpStream>,
        language: &str,
        flags: &[&str],
    ) -> Self {
        let folder = memory::folder();
        let mut driver = driver
            .args(["--port=0", "--log-level=SEVERE"])
            .env("HOME", folder.path())
            .env("LANGUAGE", language)
            .current_dir(folder.path())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver of the package chromium-driver has to be installed for this test");
        let mut lines = BufReader::new(driver.stdout.take().unwrap()).lines();
        let port = lines.find_map(|line| {
            let line = line.unwrap();
            line.split("started successfully on port ").nth(1)?.trim_end_matches('.').parse::<u16>().ok()
        });
        let port = port.expect("chromedriver names its port");
        thread::spawn(move || lines.for_each(drop));
        let connection = BufReader::new(connect(([127, 0, 0, 1], port).into()).unwrap());
        connection.get_ref().set_read_timeout(Some(PATIENCE)).unwrap();
        let mut browser = Browser { driver, connection, session: String::new(), folder };
        browser.open(language, flags);
        browser
    }

    fn open(&mut self, language: &str, more: &[&str]) {
        let mut flags: Vec<String> = FLAGS.iter().chain(more).map(ToString::to_string).collect();
        flags.push(format!("--user-data-dir={}", self.folder.path().join("profile").display()));
        flags.push(format!("--lang={language}"));
        let capabilities = json!({
            "goog:chromeOptions": {"args": flags, "prefs": {"intl.accept_languages": language}},
            "goog:loggingPrefs": {"browser": "ALL"},
        });
        let session = self.send("POST", "", &json!({"capabilities": {"alwaysMatch": capabilities}}));
        self.session = format!("/{}", session["sessionId"].as_str().unwrap());
    }

    /// Runs a WebDriver command and returns its result; an error fails the test.
    #[track_caller]
    fn send(&mut self, method: &str, path: &str, body: &Value) -> Value {
        let body = if method == "POST" { body.to_string() } else { String::new() };
        let path = format!("/session{}{path}", self.session);
        let length = body.len();
        let head = format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n");
        self.connection.get_mut().write_all((head + &body).as_bytes()).unwrap();
        let found = answer(&mut self.connection, false).unwrap();
        let value: Value = serde_json::from_str(&found.body).unwrap();
        assert_eq!(found.status, 200, "{method} {path}: {}", value["value"]["message"]);
        value["value"].clone()
    }

    #[track_caller]
    fn post(&mut self, path: &str, body: &Value) -> Value {
        self.send("POST", path, body)
    }

    #[track_caller]
    pub(crate) fn go(&mut self, url: &str) {
        self.post("/url", &json!({ "url": url }));
    }

    /// Runs JavaScript and returns its result; promises are awaited.
    #[track_caller]
    pub(crate) fn run(&mut self, script: &str) -> Value {
        self.post("/execute/sync", &json!({"script": script, "args": []}))
    }

    /// The visible lines of an element without empty ones; nothing if it is hidden.
    #[track_caller]
    pub(crate) fn text(&mut self, selector: &str) -> String {
        let script = format!(
            "const at = document.querySelector({}); return at.checkVisibility() ? at.innerText : ''",
            json!(selector)
        );
        let shown = self.run(&script);
        let lines = shown.as_str().unwrap().lines().filter(|line| !line.trim().is_empty());
        lines.collect::<Vec<_>>().join("\n")
    }

    /// Waits until an expression is true in the page.
    #[track_caller]
    pub(crate) fn until(&mut self, expression: &str) {
        self.until_within(expression, PATIENCE);
    }

    /// Waits that long until an expression is true in the page.
    #[track_caller]
    pub(crate) fn until_within(&mut self, expression: &str, patience: Duration) {
        let started = Instant::now();
        while self.run(&format!("return Boolean({expression})")) != json!(true) {
            let shown = || "return document.body.innerText";
            assert!(started.elapsed() < patience, "waited for {expression} in\n{}", self.run(shown()));
            thread::sleep(Duration::from_millis(20));
        }
    }

    /// Clicks an element as a mouse does.
    #[track_caller]
    pub(crate) fn click(&mut self, selector: &str) {
        let element = self.element(selector);
        self.post(&format!("/element/{element}/click"), &json!({}));
    }

    /// Replaces the text of an input element.
    #[track_caller]
    pub(crate) fn fill(&mut self, selector: &str, text: &str) {
        let element = self.element(selector);
        self.post(&format!("/element/{element}/clear"), &json!({}));
        self.post(&format!("/element/{element}/value"), &json!({ "text": text }));
    }

    #[track_caller]
    fn element(&mut self, selector: &str) -> String {
        let found = self.post("/element", &json!({"using": "css selector", "value": selector}));
        found.as_object().unwrap().values().next().unwrap().as_str().unwrap().to_owned()
    }

    /// Presses keys wherever the focus is.
    #[track_caller]
    pub(crate) fn press(&mut self, keys: &str) {
        let strokes: Vec<Value> = keys
            .chars()
            .flat_map(|key| ["keyDown", "keyUp"].map(|kind| json!({"type": kind, "value": key.to_string()})))
            .collect();
        self.post("/actions", &json!({"actions": [{"type": "key", "id": "keyboard", "actions": strokes}]}));
    }

    /// Runs a command of the DevTools protocol.
    #[track_caller]
    pub(crate) fn devtools(&mut self, command: &str, params: &Value) -> Value {
        self.post("/goog/cdp/execute", &json!({"cmd": command, "params": params}))
    }

    /// The messages of the console since the last call: script errors, policy violations, failed requests.
    #[track_caller]
    pub(crate) fn console(&mut self) -> Vec<String> {
        let entries = self.post("/se/log", &json!({"type": "browser"}));
        let text = |entry: &Value| entry["message"].as_str().unwrap().to_owned();
        entries.as_array().unwrap().iter().map(text).collect()
    }

    /// Opens another window and switches to it; returns both windows.
    #[track_caller]
    pub(crate) fn open_window(&mut self) -> (String, String) {
        let handle = |value: &Value| value.as_str().unwrap().to_owned();
        let first = handle(&self.send("GET", "/window", &Value::Null));
        let second = handle(&self.post("/window/new", &json!({"type": "window"}))["handle"]);
        self.switch_to(&second);
        (first, second)
    }

    #[track_caller]
    pub(crate) fn switch_to(&mut self, window: &str) {
        self.post("/window", &json!({ "handle": window }));
    }

    /// Sets the size of the page in CSS pixels.
    #[track_caller]
    pub(crate) fn resize(&mut self, width: u32, height: u32) {
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false});
        self.devtools("Emulation.setDeviceMetricsOverride", &size);
    }

    /// Saves a screenshot of the whole page to the folder in `SCREENSHOTS`, if it is set.
    pub(crate) fn screenshot(&mut self, name: &str) {
        let Some(folder) = std::env::var_os("SCREENSHOTS") else { return };
        let options = json!({"captureBeyondViewport": true});
        let data = self.devtools("Page.captureScreenshot", &options)["data"].as_str().unwrap().to_owned();
        use base64::Engine as _;
        let bytes = base64::engine::general_purpose::STANDARD.decode(data).unwrap();
        fs::write(PathBuf::from(folder).join(format!("{name}.png")), bytes).unwrap();
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        // A regular end of the session ends the browser's processes; nothing here may panic a second time.
        let request = format!("DELETE /session{} HTTP/1.1\r\nHost: localhost\r\n\r\n", self.session);
        let stream = self.connection.get_mut();
        let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
        let _ = stream.write_all(request.as_bytes());
        let _ = self.connection.read_line(&mut String::new());
        let _ = self.driver.kill();
        let _ = self.driver.wait();
        for pid in running_in(self.folder.path()) {
            let _ = Command::new("kill").args(["-KILL", &pid]).stderr(Stdio::null()).status();
        }
    }
}

/// The processes with a folder in their command line.
fn running_in(folder: &Path) -> Vec<String> {
    let folder = folder.to_str().unwrap_or_default();
    let processes = fs::read_dir("/proc").into_iter().flatten().flatten();
    let is_ours = |path: &Path| {
        fs::read(path.join("cmdline")).is_ok_and(|line| String::from_utf8_lossy(&line).contains(folder))
    };
    let ours = processes.filter(|process| is_ours(&process.path()));
    ours.map(|process| process.file_name().to_string_lossy().into_owned()).collect()
}
