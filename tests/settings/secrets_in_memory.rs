//! What remains of secrets in the memory of the program once they are no longer needed.

use std::fs::{self, File};
use std::net::UdpSocket;
use std::os::unix::fs::FileExt;
use std::process::Child;

use crate::support::program::Home;

const MARKER: &str = "hunter2-in-memory";

/// How often the marker is in the memory of a process.
fn found_in(process: &Child) -> usize {
    let maps = fs::read_to_string(format!("/proc/{}/maps", process.id())).unwrap();
    let memory = File::open(format!("/proc/{}/mem", process.id())).unwrap();
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
    let found = found_in(&probe);
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
