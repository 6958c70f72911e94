//! A path between two network namespaces that delays, loses and limits packets as a test says.
//!
//! It carries IP packets between two TUN devices. Each server address has an impairment, which holds for its packets in
//! both directions; what happened to them is counted. Which packets are lost depends on their number among those of the
//! same client's socket, so that each program that measures a server meets the same losses.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::os::fd::AsFd as _;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use nix::poll::{PollFd, PollFlags, ppoll};
use nix::sys::time::TimeSpec;
use tappers::Tun;

/// How long the thread waits for packets before it looks whether the test is over.
const PAUSE: Duration = Duration::from_millis(50);
/// How much of a limited rate may come at once, as time.
const BURST: Duration = Duration::from_secs(1);

/// What a path does to the packets of a server, in each direction.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Impairment {
    /// How long each packet takes.
    pub(crate) delay: Duration,
    /// The largest IP packet that passes; larger ones vanish.
    pub(crate) largest: Option<usize>,
    /// The percentage of packets that are lost, in an order that is the same for each client's socket; the first packet to
    /// the server is among them.
    pub(crate) loss: u8,
    /// How many bytes a second pass; what exceeds them is lost.
    pub(crate) rate: Option<u32>,
}

/// How many packets of a server passed, and how many were lost for each reason.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Counts {
    pub(crate) passed: usize,
    pub(crate) too_large: usize,
    pub(crate) lost: usize,
    pub(crate) over_rate: usize,
}

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

/// A server's impairment, and the state of both directions: to the server and back.
#[derive(Default)]
struct Server {
    impairment: Impairment,
    directions: [Direction; 2],
}

#[derive(Default)]
struct Direction {
    counts: Counts,
    /// How many packets of each client's socket were up for being lost.
    numbers: HashMap<Socket, u64>,
    /// When all packets so far have passed at the limited rate.
    busy_until: Option<Instant>,
}

/// A client's socket: protocol, address and port.
type Socket = (u8, IpAddr, u16);

/// Packets under way: when each arrives, its number, where it goes, its bytes.
type UnderWay = BinaryHeap<Reverse<(Instant, u64, usize, Vec<u8>)>>;

impl Path {
    /// Carries packets between the client's side and the server's side.
    pub(crate) fn start(sides: [Tun; 2]) -> Self {
        let shared = Arc::<Shared>::default();
        let thread = std::thread::spawn({
            let shared = Arc::clone(&shared);
            move || carry(&sides, &shared)
        });
        Path { shared, thread: Some(thread) }
    }

    /// Sets what happens to the packets of a server from now on, and counts them from zero.
    pub(crate) fn impair(&self, server: IpAddr, impairment: Impairment) {
        let fresh = Server { impairment, ..Server::default() };
        self.shared.servers.lock().unwrap().insert(server, fresh);
    }

    /// What has happened to the packets of a server so far, to it and from it.
    pub(crate) fn counts(&self, server: IpAddr) -> [Counts; 2] {
        let servers = self.shared.servers.lock().unwrap();
        servers.get(&server).map(|server| [0, 1].map(|to| server.directions[to].counts)).unwrap_or_default()
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

fn carry(sides: &[Tun; 2], shared: &Shared) {
    let mut under_way = UnderWay::new();
    let mut number = 0;
    let mut buffer = [0; 65536];
    while !shared.stop.load(Ordering::Relaxed) {
        wait(sides, under_way.peek().map(|Reverse((at, ..))| *at));
        for from in [0, 1] {
            while let Ok(length) = sides[from].recv(&mut buffer) {
                let packet = &buffer[..length];
                if let Some(delay) = admit(shared, packet, from) {
                    number += 1;
                    under_way.push(Reverse((Instant::now() + delay, number, 1 - from, packet.to_owned())));
                }
            }
        }
        while under_way.peek().is_some_and(|Reverse((at, ..))| *at <= Instant::now()) {
            let Some(Reverse((_, _, to, packet))) = under_way.pop() else { break };
            // The other side may be gone at the end of a test.
            let _ = sides[to].send(&packet);
        }
    }
}

/// Waits for a packet, or until the next one arrives.
fn wait(sides: &[Tun; 2], next: Option<Instant>) {
    let longest = next.map_or(PAUSE, |at| at.saturating_duration_since(Instant::now()).min(PAUSE));
    let mut files = [0, 1].map(|side| PollFd::new(sides[side].as_fd(), PollFlags::POLLIN));
    let _ = ppoll(&mut files, Some(TimeSpec::from_duration(longest)), None);
}

/// Counts a packet, and says how long it takes; nothing if it is lost.
fn admit(shared: &Shared, packet: &[u8], from: usize) -> Option<Duration> {
    let [source, target] = addresses(packet)?;
    let (server, client) = if from == 0 { (target, source) } else { (source, target) };
    let mut servers = shared.servers.lock().unwrap();
    let Server { impairment, directions } = servers.entry(server).or_default();
    let Direction { counts, numbers, busy_until } = &mut directions[from];
    if impairment.largest.is_some_and(|largest| packet.len() > largest) {
        counts.too_large += 1;
        return None;
    }
    if impairment.loss > 0 {
        let (protocol, ports) = ports(packet)?;
        let number = numbers.entry((protocol, client, ports[from])).or_default();
        *number += 1;
        // The other direction has another order.
        if random(*number * 2 + from as u64) % 100 < u64::from(impairment.loss) {
            counts.lost += 1;
            return None;
        }
    }
    if let Some(rate) = impairment.rate {
        let now = Instant::now();
        let start = busy_until.map_or(now, |until| until.max(now));
        if start > now + BURST {
            counts.over_rate += 1;
            return None;
        }
        *busy_until = Some(start + Duration::from_secs_f64(packet.len() as f64 / f64::from(rate)));
    }
    counts.passed += 1;
    Some(impairment.delay)
}

/// The source and the destination of an IP packet.
fn addresses(packet: &[u8]) -> Option<[IpAddr; 2]> {
    let ipv4 = |at: usize| Some(Ipv4Addr::from(<[u8; 4]>::try_from(packet.get(at..at + 4)?).ok()?));
    let ipv6 = |at: usize| Some(Ipv6Addr::from(<[u8; 16]>::try_from(packet.get(at..at + 16)?).ok()?));
    match packet.first()? >> 4 {
        4 => Some([ipv4(12)?.into(), ipv4(16)?.into()]),
        6 => Some([ipv6(8)?.into(), ipv6(24)?.into()]),
        _ => None,
    }
}

/// The protocol of an IP packet without extension headers, and its source and destination port; other protocols than TCP
/// and UDP have the first bytes of their payload in place of ports.
fn ports(packet: &[u8]) -> Option<(u8, [u16; 2])> {
    let (protocol, header) = match packet.first()? {
        first if first >> 4 == 4 => (*packet.get(9)?, usize::from(first & 15) * 4),
        _ => (*packet.get(6)?, 40),
    };
    let port = |at: usize| Some(u16::from_be_bytes([*packet.get(at)?, *packet.get(at + 1)?]));
    Some((protocol, [port(header)?, port(header + 2)?]))
}

/// A number that looks random (the mixer of SplitMix64).
fn random(seed: u64) -> u64 {
    let mut mixed = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
