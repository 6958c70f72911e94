//! `cowork-calls probe` of 10,000 UDP servers as a whole process, against a bare loop of `sendmmsg` and `recvmmsg`
//! that asks the same servers in the same run: `cargo bench --bench bulk`.
//!
//! The servers are 10,000 addresses of 127.0.0.0/8 behind one socket, which answers from the address that was
//! asked (IP_PKTINFO). It runs in this process, so both sides share the machine's cores with it.

#![allow(missing_docs, clippy::unwrap_used, clippy::print_stdout)]

#[allow(dead_code)]
#[path = "../tests/support/responder.rs"]
mod responder;

use std::fs::{self, File};
use std::io::{BufReader, IoSlice, IoSliceMut, Write as _};
use std::net::{Ipv4Addr, SocketAddr, SocketAddrV4, UdpSocket};
use std::os::fd::AsRawFd as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use nix::sys::socket::{MsgFlags, MultiHeaders, SockaddrIn, recvmmsg, setsockopt, sockopt};
use responder::{Request, Responder};
use rustix::net::{MMsgHdr, SendAncillaryBuffer, SendFlags, SocketAddrAny, sendmmsg};
use serde_json::Value;

const SERVERS: usize = 10_000;
const BATCH: usize = 64;
const ROUNDS: usize = 11;
/// What the design allows.
const MOST_RATIO: f64 = 4.0;
const MOST_MEMORY_KIB: u64 = 32 * 1024;
/// A Binding request without attributes.
const REQUEST: [u8; 20] = [0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

fn main() {
    let responder = Responder::start(|request| Some(answer(&request)));
    let folder = tempfile::tempdir().unwrap();
    let servers: Vec<SocketAddrV4> = (0..SERVERS).map(|n| responder.server(n)).collect();
    let list = folder.path().join("list.txt");
    let mut file = File::create(&list).unwrap();
    for server in &servers {
        writeln!(file, "{server}").unwrap();
    }

    let (mut bare, mut ours, mut lost, mut memory) = (Vec::new(), Vec::new(), 0, 0);
    for _ in 0..ROUNDS {
        let started = Instant::now();
        lost += SERVERS - bare_loop(&servers);
        bare.push(started.elapsed());
        let (elapsed, peak) = probe(&list, folder.path());
        ours.push(elapsed);
        memory = memory.max(peak);
    }
    let (bare, ours) = (median(bare), median(ours));
    let ratio = ours.as_secs_f64() / bare.as_secs_f64();
    let rate = |time: Duration| SERVERS as f64 / time.as_secs_f64();
    println!("{SERVERS} servers, medians of {ROUNDS} rounds");
    println!("bare loop          {bare:>10.1?}   {:>7.0} servers/s   {lost} answers lost in all", rate(bare));
    println!(
        "cowork-calls probe {ours:>10.1?}   {:>7.0} servers/s   whole process, --json to a file",
        rate(ours)
    );
    println!("ratio              {ratio:>10.2}   (at most {MOST_RATIO})");
    println!("memory             {memory:>6} KiB   (at most {MOST_MEMORY_KIB})");
    assert!(ratio <= MOST_RATIO && memory <= MOST_MEMORY_KIB, "too slow or too large");
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2]
}

/// Probes the list with the program; says how long the process took, and how much memory it had, in KiB.
///
/// The memory is that of the process at the end: what `getrusage` says of a child includes this process, which
/// it was for an instant.
fn probe(list: &Path, home: &Path) -> (Duration, u64) {
    let path = home.join("out.json");
    let started = Instant::now();
    let mut child = Command::new(env!("CARGO_BIN_EXE_cowork-calls"))
        .args(["probe", "--json", "--input"])
        .arg(list)
        .env("HOME", home)
        .stdin(Stdio::null())
        .stdout(File::create(&path).unwrap())
        .spawn()
        .unwrap();
    let mut memory = 0;
    let status = loop {
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.strip_suffix("kB"));
        memory = peak.map_or(memory, |peak| peak.trim().parse().unwrap());
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        std::thread::sleep(Duration::from_millis(1));
    };
    let elapsed = started.elapsed();
    let report: Value = serde_json::from_reader(BufReader::new(File::open(&path).unwrap())).unwrap();
    assert!(status.success() && report["summary"]["ok"] == SERVERS, "{status} {}", report["summary"]);
    (elapsed, memory)
}

/// Asks each server once, as fast as it goes, and counts the answers.
fn bare_loop(servers: &[SocketAddrV4]) -> usize {
    let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
    setsockopt(&socket, sockopt::RcvBuf, &(8 * 1024 * 1024)).unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let mut headers = MultiHeaders::<SockaddrIn>::preallocate(BATCH, None);
    let mut buffers = [[0; 2048]; BATCH];
    let mut receive = |flags| {
        let mut slices: Vec<_> = buffers.iter_mut().map(|buffer| [IoSliceMut::new(buffer)]).collect();
        recvmmsg(socket.as_raw_fd(), &mut headers, &mut slices, flags, None).map_or(0, Iterator::count)
    };
    let mut answers = 0;
    for batch in servers.chunks(BATCH) {
        let addresses: Vec<_> =
            batch.iter().map(|server| SocketAddrAny::from(SocketAddr::V4(*server))).collect();
        let request = [IoSlice::new(&REQUEST)];
        let mut controls: Vec<_> = batch.iter().map(|_| SendAncillaryBuffer::default()).collect();
        let parts = addresses.iter().zip(&mut controls);
        let mut messages: Vec<_> =
            parts.map(|(to, control)| MMsgHdr::new_with_addr(to, &request, control)).collect();
        assert_eq!(sendmmsg(&socket, &mut messages, SendFlags::empty()).unwrap(), batch.len());
        answers += receive(MsgFlags::MSG_DONTWAIT);
    }
    while answers < servers.len() {
        match receive(MsgFlags::MSG_WAITFORONE) {
            0 => break,
            count => answers += count,
        }
    }
    answers
}

/// The success response with XOR-MAPPED-ADDRESS (RFC 8489, section 14.2).
fn answer(request: &Request<'_>) -> Vec<u8> {
    let mut answer = vec![0x01, 0x01, 0x00, 0x0c];
    answer.extend(&request.bytes[4..20]);
    answer.extend([0x00, 0x20, 0x00, 0x08, 0x00, 0x01]);
    answer.extend((request.client.port() ^ 0x2112).to_be_bytes());
    answer.extend((request.client.ip().to_bits() ^ 0x2112_a442).to_be_bytes());
    answer
}
