//! A path between two network namespaces that delays, loses, reorders, repeats and limits packets as a test says.
//!
//! It carries IP packets between two TUN devices. Each server address has an impairment for each direction; what happened
//! to its packets is counted, and recorded packet by packet where a test wants to compute figures from it. Which packets
//! are chosen depends on their number among those of the same client's socket, so that each program that measures a
//! server meets the same losses.

pub(crate) mod impairment;
pub(crate) mod packet;
pub(crate) mod record;

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet};
use std::net::IpAddr;
use std::os::fd::AsFd as _;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::time::TimeSpec;
use tappers::Tun;

use impairment::{Counts, Impairment, Lane};
use packet::{Packet, Socket};
use record::Passage;

/// How long the thread waits for packets before it looks whether the test is over.
const PAUSE: Duration = Duration::from_millis(50);

/// A running path; it stops on drop.
pub(crate) struct Path {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Shared {
    stop: AtomicBool,
    servers: Mutex<HashMap<IpAddr, Server>>,
}

/// Both directions of a server: to it and back; and what became of each packet, if that is recorded.
#[derive(Default)]
struct Server {
    lanes: [Lane; 2],
    /// The client's sockets that have sent a Binding request.
    binding: HashSet<Socket>,
    record: Option<Vec<Passage>>,
}

/// A packet under way.
struct UnderWay {
    /// The side that it goes to.
    to: usize,
    bytes: Arc<[u8]>,
    server: IpAddr,
    /// Its place in the record of the server.
    recorded: Option<usize>,
}

/// Packets under way by the time when they arrive, and by their number.
type Queue = BinaryHeap<Reverse<(Instant, u64)>>;

impl Path {
    /// Carries packets between the client's side and the server's side.
    pub(crate) fn start(sides: [Tun; 2]) -> Self {
        let shared = Arc::<Shared>::default();
        let thread = std::thread::spawn({
            let shared = Arc::clone(&shared);
            move || Carrier::default().run(&sides, &shared)
        });
        Path { shared, thread: Some(thread) }
    }

    /// Sets what happens to the packets of a server from now on, in both directions, and counts them from zero.
    pub(crate) fn impair(&self, server: IpAddr, impairment: Impairment) {
        self.impair_each(server, [impairment, impairment]);
    }

    /// The same with an impairment for the packets to the server and one for those from it.
    pub(crate) fn impair_each(&self, server: IpAddr, impairments: [Impairment; 2]) {
        let mut servers = self.shared.servers.lock().unwrap();
        servers.entry(server).or_default().lanes = impairments.map(Lane::new);
    }

    /// Records from now on what happens to each packet of a server.
    pub(crate) fn record(&self, server: IpAddr) {
        self.shared.servers.lock().unwrap().entry(server).or_default().record = Some(Vec::new());
    }

    /// What has happened to each packet of a server since [`Path::record`], in the order in which they came; what is under
    /// way has not left.
    pub(crate) fn recorded(&self, server: IpAddr) -> Vec<Passage> {
        let servers = self.shared.servers.lock().unwrap();
        servers.get(&server).and_then(|server| server.record.clone()).unwrap_or_default()
    }

    /// What has happened to the packets of a server so far, to it and from it.
    pub(crate) fn counts(&self, server: IpAddr) -> [Counts; 2] {
        let servers = self.shared.servers.lock().unwrap();
        servers.get(&server).map(|server| [0, 1].map(|to| server.lanes[to].counts)).unwrap_or_default()
    }
}

impl Drop for Path {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Carries the packets.
#[derive(Default)]
struct Carrier {
    queue: Queue,
    under_way: HashMap<u64, UnderWay>,
    /// The number of the last packet.
    number: u64,
}

impl Carrier {
    fn run(&mut self, sides: &[Tun; 2], shared: &Shared) {
        hurry();
        let mut buffer = [0; 65536];
        while !shared.stop.load(Ordering::Relaxed) {
            wait(sides, self.queue.peek().map(|Reverse((at, _))| *at));
            for from in [0, 1] {
                while let Ok(length) = sides[from].recv(&mut buffer) {
                    self.receive(&buffer[..length], from, shared);
                    self.send_due(sides, shared);
                }
            }
            self.send_due(sides, shared);
        }
    }

    /// Takes in a packet from a side, or loses it.
    fn receive(&mut self, bytes: &[u8], from: usize, shared: &Shared) {
        let now = Instant::now();
        let Some(packet) = Packet::parse(bytes) else { return };
        let server = packet.addresses[1 - from];
        let mut servers = shared.servers.lock().unwrap();
        let Server { lanes, binding, record } = servers.entry(server).or_default();
        let trips = lanes[from].admit(&packet, from, binding, now);
        let recorded = record.as_mut().map(|record| {
            record.push(Passage::new(&packet, from, now));
            record.len() - 1
        });
        let bytes: Arc<[u8]> = bytes.into();
        for trip in trips {
            self.number += 1;
            self.queue.push(Reverse((now + trip, self.number)));
            let under_way = UnderWay { to: 1 - from, bytes: Arc::clone(&bytes), server, recorded };
            self.under_way.insert(self.number, under_way);
        }
    }

    /// Delivers the packets whose time has come.
    fn send_due(&mut self, sides: &[Tun; 2], shared: &Shared) {
        while self.queue.peek().is_some_and(|Reverse((at, _))| *at <= Instant::now()) {
            let Some(Reverse((_, number))) = self.queue.pop() else { break };
            let Some(UnderWay { to, bytes, server, recorded }) = self.under_way.remove(&number) else {
                break;
            };
            let left = Instant::now();
            // The other side may be gone at the end of a test.
            let _ = sides[to].send(&bytes);
            let mut servers = shared.servers.lock().unwrap();
            let record = servers.get_mut(&server).and_then(|server| server.record.as_mut());
            if let (Some(record), Some(at)) = (record, recorded)
                && let Some(passage) = record.get_mut(at)
            {
                passage.left.push(left);
            }
        }
    }
}

/// Lets this thread run before all others, since a path has to be on time while other tests compute. Best effort.
fn hurry() {
    let thread = std::fs::read_link("/proc/thread-self").unwrap();
    let _ = Command::new("chrt")
        .args(["-f", "-p", "20"])
        .arg(thread.file_name().unwrap())
        .stdout(Stdio::null())
        .status();
}

/// Waits for a packet, or until the next one arrives.
fn wait(sides: &[Tun; 2], next: Option<Instant>) {
    let longest = next.map_or(PAUSE, |at| at.saturating_duration_since(Instant::now()).min(PAUSE));
    let mut files = [0, 1].map(|side| PollFd::new(sides[side].as_fd(), PollFlags::POLLIN));
    let _ = ppoll(&mut files, Some(TimeSpec::from_duration(longest)), None);
}
