//! What remains of secrets in the memory of the program once they are no longer needed.

use std::fs::{self, File};
use std::net::UdpSocket;
use std::os::unix::fs::FileExt;
use std::thread;
use std::time::{Duration, Instant};

use crate::support::program::Home;
use crate::support::terminal::Terminal;

const MARKER: &str = "hunter2-in-memory";

/// How often the marker is in the memory of a process.
fn found_in(process: u32) -> usize {
    let maps = fs::read_to_string(format!("/proc/{process}/maps")).unwrap();
    let memory = File::open(format!("/proc/{process}/mem")).unwrap();
    let writable =
        maps.lines().filter(|line| line.split(' ').nth(1).is_some_and(|mode| mode.starts_with("rw")));
    let mut found = 0;
    for line in writable {
        let (start, end) = line.split(' ').next().unwrap().split_once('-').unwrap();
        let [start, end] = [start, end].map(|address| u64::from_str_radix(address, 16).unwrap());
        let mut bytes = vec![0; usize::try_from(end - start).unwrap()];
        // Some pages may not be mapped.
        let length = memory.read_at(&mut bytes, start).unwrap_or(0);
        found += bytes[..length].windows(MARKER.len()).filter(|part| *part == MARKER.as_bytes()).count();
    }
    found
}

/// Runs a probe of a server that never answers, and searches its memory after its first request.
fn while_it_waits(option: &str) -> usize {
    let server = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = server.local_addr().unwrap().port();
    let home = Home::with(format!(
        "[stun]\nservers = ['stun:127.0.0.1:{port}']\n\n[[turn.servers]]\nuri = 'turn:127.0.0.1:{port}'\n\
         username = 'u'\npassword = '{MARKER}'\n\n[[turn.servers]]\nuri = 'turn:127.0.0.1:{}'\nsecret = '{MARKER}'\n",
        port - 1
    ));
    let mut probe = home.command(["probe", option, "--timeout", "10s"]).spawn().unwrap();
    server.recv(&mut [0; 64]).unwrap();
    let found = found_in(probe.id());
    probe.kill().unwrap();
    probe.wait().unwrap();
    found
}

#[test]
fn unneeded_secrets_are_nowhere_in_memory() {
    // The settings were read, parsed and checked; after that only the STUN servers are needed.
    assert_eq!(while_it_waits("--stun"), 0);
    assert!(while_it_waits("--turn") > 0, "a password about to be used is found, so the search works");
}

#[test]
fn a_password_typed_at_a_prompt_is_nowhere_in_memory_after_esc() {
    let home = Home::new();
    let mut terminal = Terminal::run(&home, "setup");
    for (question, answer) in [
        ("STUN servers to use:", "\r"),
        ("Enter a TURN server?", "y\r"),
        ("TURN server (empty to finish):", "127.0.0.1:20009\r"),
        ("How do clients authenticate:", "\r"),
        ("User name:", "ada\r"),
        ("Password:", MARKER),
    ] {
        terminal.asks_for_a_key(question);
        terminal.types(answer);
    }
    let started = Instant::now();
    while found_in(terminal.process()) == 0 {
        assert!(started.elapsed() < Duration::from_secs(10), "what is typed is found, so the search works");
        thread::sleep(Duration::from_millis(10));
    }
    terminal.types("\u{1b}");
    terminal.asks_for_a_key("TURN server (empty to finish):");
    assert_eq!(found_in(terminal.process()), 0);
    terminal.types("\u{3}");
    terminal.ends(130);
}
