//! A real, headless Firefox, controlled by WebDriver BiDi (JSON over a WebSocket); it ends on drop.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::net::TcpStream;
use std::process::{Child, Stdio};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tungstenite::{Message, WebSocket};

use super::memory;
use super::namespaces::Namespaces;

/// How long a command may take: a script that measures servers takes as long as their timeouts.
const PATIENCE: Duration = Duration::from_secs(90);
/// Without the internet, and with host candidates that show their addresses, since nothing resolves mDNS names here.
const PREFERENCES: &str = r#"
user_pref("app.update.enabled", false);
user_pref("browser.shell.checkDefaultBrowser", false);
user_pref("browser.startup.page", 0);
user_pref("datareporting.policy.dataSubmissionEnabled", false);
user_pref("media.peerconnection.ice.obfuscate_host_addresses", false);
user_pref("network.captive-portal-service.enabled", false);
user_pref("network.connectivity-service.enabled", false);
user_pref("services.settings.server", "");
user_pref("toolkit.telemetry.enabled", false);
"#;

/// A browser with one window.
pub(crate) struct Firefox {
    process: Child,
    socket: WebSocket<TcpStream>,
    context: String,
    commands: u64,
    _folder: TempDir,
}

impl Firefox {
    /// Starts a browser on the client of a network. Fails if Firefox is missing: a test that is skipped silently proves
    /// nothing.
    pub(crate) fn start_in(network: &Namespaces) -> Self {
        let folder = memory::folder();
        fs::write(folder.path().join("user.js"), PREFERENCES).unwrap();
        let profile = folder.path().display().to_string();
        let args = ["--headless", "--no-remote", "--remote-debugging-port", "0", "--profile", &profile];
        let mut command = network.command("client", "firefox-esr", &args);
        command.env("HOME", folder.path()).stdout(Stdio::null()).stderr(Stdio::piped());
        let mut process = command.spawn().unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines().map_while(Result::ok);
        let url = lines.find_map(|line| Some(line.split_once("WebDriver BiDi listening on ")?.1.to_owned()));
        let url = url.expect("firefox-esr has to be installed for this test, and names its port");
        thread::spawn(move || lines.for_each(drop));
        let address = url.trim().trim_start_matches("ws://").to_owned();
        let stream = network.enter("client", || TcpStream::connect(&address)).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let (socket, _) = tungstenite::client(format!("{}/session", url.trim()), stream).unwrap();
        let mut browser = Firefox { process, socket, context: String::new(), commands: 0, _folder: folder };
        browser.send("session.new", &json!({"capabilities": {}}));
        let tree = browser.send("browsingContext.getTree", &json!({}));
        browser.context = tree["contexts"][0]["context"].as_str().unwrap().to_owned();
        browser
    }

    /// Runs a command and returns its result; an error fails the test.
    #[track_caller]
    fn send(&mut self, method: &str, params: &Value) -> Value {
        self.commands += 1;
        let command = json!({"id": self.commands, "method": method, "params": params});
        self.socket.send(Message::text(command.to_string())).unwrap();
        loop {
            let Message::Text(text) = self.socket.read().unwrap() else { continue };
            let message: Value = serde_json::from_str(&text).unwrap();
            // Anything else is an event.
            if message["id"] == self.commands {
                assert_eq!(message["type"], "success", "{method}: {message}");
                return message["result"].clone();
            }
        }
    }

    /// Runs JavaScript, waits for the promise that it ends with, and returns its result.
    #[track_caller]
    pub(crate) fn run(&mut self, script: &str, promise: &str) -> Value {
        let expression = format!("{script}\n({promise}).then(JSON.stringify)");
        let target = json!({"context": self.context});
        let params = json!({"expression": expression, "target": target, "awaitPromise": true});
        let result = self.send("script.evaluate", &params);
        let text = result["result"]["value"].as_str();
        serde_json::from_str(text.unwrap_or_else(|| panic!("{promise}: {result}"))).unwrap()
    }
}

impl Drop for Firefox {
    fn drop(&mut self) {
        // A regular end ends the content processes too; nothing here may panic a second time.
        let end = json!({"id": self.commands + 1, "method": "browser.close", "params": {}});
        let _ = self.socket.get_mut().set_read_timeout(Some(Duration::from_secs(5)));
        let _ = self.socket.send(Message::text(end.to_string()));
        let _ = self.socket.read();
        for _ in 0..100 {
            if !matches!(self.process.try_wait(), Ok(None)) {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
