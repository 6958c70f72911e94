//! The path in user space that other tests rely on: what it carries, delays and loses.

use std::net::{IpAddr, UdpSocket};
use std::time::{Duration, Instant};

use crate::support::namespaces::Namespaces;
use crate::support::path::Path;
use crate::support::path::impairment::{Choice, Counts, Impairment, Packets};
use crate::support::path::record::{Passage, What};
use crate::support::stopwatch::{in_time, timed};

const SERVER: &str = "203.0.113.10";
const SERVER_6: &str = "2001:db8:2::10";
/// The bytes of the headers of IPv4 and UDP.
const HEADERS: usize = 28;

/// A path, and a socket of the client and one of the server, connected to each other.
fn connect(impairment: Impairment, server: &str, client: &str) -> (Namespaces, Path, UdpSocket, UdpSocket) {
    let (namespaces, devices) = Namespaces::with_devices();
    let path = Path::start(devices);
    let bind = |role, ip: &str| namespaces.enter(role, || UdpSocket::bind((ip, 5000)).unwrap());
    let (client_socket, server_socket) = (bind("client", client), bind("server", server));
    client_socket.connect((server, 5000)).unwrap();
    server_socket.connect((client, 5000)).unwrap();
    for socket in [&client_socket, &server_socket] {
        socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    }
    // The first packets wait until the client and the router have found each other's hardware addresses.
    client_socket.send(b"first").unwrap();
    server_socket.recv(&mut [0; 10]).unwrap();
    server_socket.send(b"first").unwrap();
    client_socket.recv(&mut [0; 10]).unwrap();
    path.impair(server.parse().unwrap(), impairment);
    (namespaces, path, client_socket, server_socket)
}

/// Waits until so many packets to the server were handled, and returns the counts of both directions.
fn counts(path: &Path, server: &str, packets: usize) -> [Counts; 2] {
    let ip: IpAddr = server.parse().unwrap();
    let started = Instant::now();
    loop {
        let [to, from] = path.counts(ip);
        if to.passed + to.lost + to.too_large + to.over_rate == packets {
            return [to, from];
        }
        assert!(started.elapsed() < Duration::from_secs(5), "{to:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
#[ignore = "needs root and iproute2 (tests/run.sh)"]
fn the_path_delays_packets_in_both_directions() {
    let delay = Duration::from_millis(100);
    for (server_ip, client_ip) in [(SERVER, "198.51.100.2"), (SERVER_6, "2001:db8:1::2")] {
        let impairment = Impairment { delay, ..Impairment::default() };
        let (_namespaces, path, client, server) = connect(impairment, server_ip, client_ip);
        let there_and_back = || {
            path.impair(server_ip.parse().unwrap(), impairment);
            client.send(b"there").unwrap();
            let mut buffer = [0; 10];
            assert_eq!(server.recv(&mut buffer).unwrap(), 5);
            server.send(b"back").unwrap();
            assert_eq!(client.recv(&mut buffer).unwrap(), 4);
        };
        in_time(2 * delay..3 * delay, || timed(there_and_back));
        let once = Counts { passed: 1, ..Counts::default() };
        assert_eq!(path.counts(server_ip.parse().unwrap()), [once, once]);
    }
}

#[test]
#[ignore = "needs root and iproute2 (tests/run.sh)"]
fn packets_over_the_largest_size_vanish() {
    let impairment = Impairment { largest: Some(1280), ..Impairment::default() };
    let (_namespaces, path, client, server) = connect(impairment, SERVER, "198.51.100.2");
    client.send(&[0; 1281 - HEADERS]).unwrap();
    client.send(&[0; 1280 - HEADERS]).unwrap();
    let mut buffer = [0; 2000];
    assert_eq!(server.recv(&mut buffer).unwrap(), 1280 - HEADERS);
    let expected = Counts { passed: 1, too_large: 1, ..Counts::default() };
    assert_eq!(counts(&path, SERVER, 2), [expected, Counts::default()]);
}

#[test]
#[ignore = "needs root and iproute2 (tests/run.sh)"]
fn the_path_loses_the_same_packets_in_each_run() {
    let lost = [0, 1].map(|_| {
        let impairment = Impairment { loss: 30, ..Impairment::default() };
        let (_namespaces, path, client, server) = connect(impairment, SERVER, "198.51.100.2");
        (0..100).for_each(|number: u8| assert_eq!(client.send(&[number]).unwrap(), 1));
        let [to, _] = counts(&path, SERVER, 100);
        let mut buffer = [0; 10];
        let received: Vec<u8> =
            (0..to.passed).map(|_| server.recv(&mut buffer).map(|_| buffer[0]).unwrap()).collect();
        assert!((20..=40).contains(&to.lost), "{to:?}");
        received
    });
    assert_eq!(lost[0], lost[1]);
}

#[test]
#[ignore = "needs root and iproute2 (tests/run.sh)"]
fn each_socket_of_a_client_loses_the_same_packets() {
    let impairment = Impairment { loss: 30, ..Impairment::default() };
    let (namespaces, path, first, server) = connect(impairment, SERVER, "198.51.100.2");
    // A connected socket hears nobody else.
    drop(server);
    let server = namespaces.enter("server", || UdpSocket::bind((SERVER, 5000))).unwrap();
    let second = namespaces.enter("client", || UdpSocket::bind("198.51.100.2:5001")).unwrap();
    second.connect((SERVER, 5000)).unwrap();
    server.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    // The one sends three packets for each packet of the other.
    for number in 0..50 {
        (0..3).for_each(|each| assert_eq!(first.send(&[number * 3 + each]).unwrap(), 1));
        assert_eq!(second.send(&[number]).unwrap(), 1);
    }
    let [to, _] = counts(&path, SERVER, 200);
    let mut received = [Vec::new(), Vec::new()];
    for _ in 0..to.passed {
        let mut buffer = [0; 10];
        let (_, sender) = server.recv_from(&mut buffer).unwrap();
        received[usize::from(sender.port() == 5001)].push(buffer[0]);
    }
    let [first, second] = received;
    assert!((30..=40).contains(&second.len()), "{second:?}");
    assert_eq!(first.into_iter().filter(|number| *number < 50).collect::<Vec<_>>(), second);
}

#[test]
#[ignore = "needs root and iproute2 (tests/run.sh)"]
fn what_exceeds_the_rate_is_lost() {
    let impairment = Impairment { rate: Some(10_000), ..Impairment::default() };
    let (_namespaces, path, client, _server) = connect(impairment, SERVER, "198.51.100.2");
    for _ in 0..30 {
        client.send(&[0; 1000 - HEADERS]).unwrap();
    }
    // A second's worth may come at once, and the packet that crosses the line still passes.
    let [to, _] = counts(&path, SERVER, 30);
    assert!((11..=12).contains(&to.passed) && to.over_rate == 30 - to.passed, "{to:?}");
}

/// Sends this many numbered datagrams, `pause` apart, and returns the numbers that arrive, in their order.
fn sent(impairment: Impairment, datagrams: u8, pause: Duration) -> (Vec<u8>, Vec<Passage>) {
    let (_namespaces, path, client, server) = connect(impairment, SERVER, "198.51.100.2");
    path.record(SERVER.parse().unwrap());
    for number in 0..datagrams {
        client.send(&[number]).unwrap();
        std::thread::sleep(pause);
    }
    server.set_read_timeout(Some(Duration::from_millis(500))).unwrap();
    let mut buffer = [0; 10];
    let received = std::iter::from_fn(|| server.recv(&mut buffer).is_ok().then_some(buffer[0])).collect();
    (received, path.recorded(SERVER.parse().unwrap()))
}

/// What the record says about the order of arrival.
fn order(record: &[Passage]) -> Vec<u8> {
    let mut left: Vec<_> =
        record.iter().enumerate().flat_map(|(n, p)| p.left.iter().map(move |at| (*at, n))).collect();
    left.sort();
    left.iter().map(|(_, number)| u8::try_from(*number).unwrap()).collect()
}

#[test]
#[ignore = "needs root and iproute2 (tests/run.sh)"]
fn the_path_loses_overtakes_and_repeats_exactly_the_chosen_packets() {
    let impairment = Impairment {
        delay: Duration::from_millis(5),
        lost: Choice { first: 10, run: 2, every: 20 },
        late: (Choice { first: 5, run: 1, every: 20 }, Duration::from_millis(50)),
        twice: Choice { first: 7, run: 1, every: 0 },
        ..Impairment::default()
    };
    let (received, record) = sent(impairment, 30, Duration::from_millis(10));
    let mut sorted = received.clone();
    sorted.sort_unstable();
    let expected = (0..30).filter(|n| ![10, 11].contains(n)).flat_map(|n| vec![n; 1 + usize::from(n == 7)]);
    assert_eq!(sorted, expected.collect::<Vec<u8>>());
    assert_eq!(order(&record), received);
    for late in [5, 25] {
        let place = |number| received.iter().position(|other| *other == number).unwrap();
        assert!(place(late) > place(late + 2), "{received:?}");
    }
}

#[test]
#[ignore = "needs root and iproute2 (tests/run.sh)"]
fn jitter_delays_packets_by_chance_and_keeps_their_order() {
    let [delay, jitter] = [20, 30].map(Duration::from_millis);
    let (received, record) = sent(Impairment { delay, jitter, ..Impairment::default() }, 100, jitter / 10);
    assert_eq!(received, (0..100).collect::<Vec<u8>>());
    let took: Vec<Duration> = record.iter().map(|passage| passage.left[0] - passage.came).collect();
    let (least, most) = (took.iter().min().unwrap(), took.iter().max().unwrap());
    assert!((delay..delay + jitter / 4).contains(least) && *most > delay + jitter / 4 * 3, "{took:?}");
}

#[test]
#[ignore = "needs root and iproute2 (tests/run.sh)"]
fn packets_wait_for_a_gate_and_leave_together() {
    let gate = Duration::from_millis(100);
    let (received, record) = sent(Impairment { gate, ..Impairment::default() }, 15, gate / 10);
    assert_eq!(received, (0..15).collect::<Vec<u8>>());
    // The first one opens it, and a few of those that follow come before it does so again.
    assert!(record[0].left[0] - record[0].came >= gate, "{record:?}");
    assert!(record[3].left[0] - record[0].left[0] < gate / 2, "{record:?}");
    assert!(record[14].left[0] - record[0].left[0] >= gate / 2, "{record:?}");
}

#[test]
#[ignore = "needs root and iproute2 (tests/run.sh)"]
fn packets_wait_in_the_queue_of_a_rate() {
    let queue = Some(Duration::from_millis(100));
    let impairment = Impairment { rate: Some(HEADERS as u32 * 100 + 100), queue, ..Impairment::default() };
    let (received, record) = sent(impairment, 30, Duration::ZERO);
    // Each takes 10 ms; the one that comes when the queue has 100 ms to go still waits.
    assert!((10..=12).contains(&received.len()), "{received:?}");
    let took = |number: usize| record[number].left[0] - record[number].came;
    in_time(Duration::from_millis(10)..Duration::from_millis(20), || ((), took(0)));
    in_time(Duration::from_millis(85)..Duration::from_millis(110), || ((), took(9)));
}

#[test]
#[ignore = "needs root and iproute2 (tests/run.sh)"]
fn each_direction_and_each_kind_of_packets_has_its_own_impairment() {
    let (_namespaces, path, client, server) = connect(Impairment::default(), SERVER, "198.51.100.2");
    let all = Choice { first: 0, run: 1, every: 1 };
    let losing = |packets| Impairment { packets, lost: all, ..Impairment::default() };
    path.record(SERVER.parse().unwrap());
    path.impair_each(SERVER.parse().unwrap(), [losing(Packets::Relayed), losing(Packets::Stun)]);
    let stun = [0, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
    let channel = [0x40, 0, 0, 3, 7, 8, 9, 0];
    let mut buffer = [0; 100];
    client.send(&channel).unwrap();
    client.send(&stun).unwrap();
    assert_eq!(server.recv(&mut buffer).unwrap(), stun.len());
    server.send(&stun).unwrap();
    server.send(&channel).unwrap();
    assert_eq!(client.recv(&mut buffer).unwrap(), channel.len());
    let lost = Counts { passed: 1, lost: 1, ..Counts::default() };
    assert_eq!(path.counts(SERVER.parse().unwrap()), [lost, lost]);
    let record = path.recorded(SERVER.parse().unwrap());
    let facts: Vec<_> =
        record.iter().map(|passage| (passage.from, passage.left.len(), passage.length)).collect();
    let (channel, stun) = (HEADERS + channel.len(), HEADERS + stun.len());
    assert_eq!(facts, [(0, 0, channel), (0, 1, stun), (1, 0, stun), (1, 1, channel)]);
    assert_eq!(record[1].what, What::Stun(1, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]));
    let [What::Channel { hash, length: 3, .. }, What::Channel { hash: other, .. }] =
        [record[0].what, record[3].what]
    else {
        panic!("{record:?}");
    };
    assert_eq!((hash, record[0].client), (other, record[3].client));
}
