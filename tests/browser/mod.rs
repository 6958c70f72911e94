//! The connection test page in a real Chromium, with the program as its server and a real coturn.

mod addresses;
mod conditions;
mod page;
mod reactions;
mod servers;

use std::net::UdpSocket;

use crate::support::browser::Browser;
use crate::support::coturn::Coturn;
use crate::support::server::Server;

/// Must not appear in a report.
const PASSWORD: &str = "kiefernwald-7";
const WRONG: &str = "fichtenwald-8";
const TURN_USER: &str = "hannelore";

/// A coturn that relays between loopback addresses.
fn coturn() -> Coturn {
    let user = format!("{TURN_USER}:{PASSWORD}");
    Coturn::start_with(&[
        "--no-tls",
        "--no-dtls",
        "--no-rfc5780",
        "-a",
        "-u",
        &user,
        "-r",
        "example.test",
        "--allow-loopback-peers",
    ])
}

/// A server that stays silent as long as the socket is open.
fn silent() -> (UdpSocket, u16) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = socket.local_addr().unwrap().port();
    (socket, port)
}

fn stun(ports: &[u16]) -> String {
    let servers: Vec<String> = ports.iter().map(|port| format!("\"stun:127.0.0.1:{port}\"")).collect();
    format!("[stun]\nservers = [{}]\n", servers.join(", "))
}

fn turn(port: u16, transport: &str, password: &str) -> String {
    format!(
        "[[turn.servers]]\nuri = \"turn:127.0.0.1:{port}?transport={transport}\"\nusername = \"{TURN_USER}\"\npassword = \"{password}\"\n"
    )
}

/// Opens the page and starts the test with a token.
#[track_caller]
fn start(browser: &mut Browser, server: &Server, token: &str) {
    browser.go(&format!("http://{}/", server.address));
    browser.fill("#token", token);
    browser.click("#start");
}

/// Waits until the test is over.
#[track_caller]
fn finish(browser: &mut Browser) {
    browser.until("document.querySelector('#status:not(.waiting)')?.innerText");
    browser.until("document.querySelector('#start').ariaDisabled === 'false'");
}

/// Returns the value next to a label of the call.
#[track_caller]
fn fact(browser: &mut Browser, label: &str) -> String {
    let facts = browser.text("#call-facts");
    let mut lines = facts.lines();
    lines.find(|line| *line == label).unwrap_or_else(|| panic!("no '{label}' in\n{facts}"));
    lines.next().unwrap().to_owned()
}

/// Returns the whole number that a text starts with.
#[track_caller]
fn number(text: &str) -> u64 {
    let digits: String = text.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().unwrap_or_else(|_| panic!("'{text}' begins with no number"))
}
