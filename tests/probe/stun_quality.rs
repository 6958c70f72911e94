//! The quality of the path to STUN servers, in process against fake ones.

use std::net::UdpSocket;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use cowork_calls::config::address::{Kind, ServerUri};
use cowork_calls::probe;
use cowork_calls::probe::plan::{Media, Options, Plan};
use cowork_calls::probe::report::quality::{Grade, Quality};
use cowork_calls::probe::report::{Row, Transport, WarningCode};

use crate::support::fake_server::{FakeServer, success};
use crate::support::scripted_server::{self, Script};

/// A server that answers the first request, which makes its row ok, and the requests after it for which `answers` is true;
/// they are counted from 1.
fn server(socket: UdpSocket, answers: impl Fn(usize) -> bool + Send + 'static) -> FakeServer {
    let count = AtomicUsize::new(0);
    FakeServer::serve_on(socket, move |socket, request, client| {
        let number = count.fetch_add(1, Ordering::Relaxed);
        if number == 0 || answers(number) {
            socket.send_to(&success(request, client), client).unwrap();
        }
    })
}

fn loopback() -> UdpSocket {
    UdpSocket::bind("127.0.0.1:0").unwrap()
}

fn measured(server: &FakeServer) -> Row {
    measured_over(Transport::Udp, &server.uri())
}

fn measured_over(transport: Transport, uri: &str) -> Row {
    let media = Media { duration: Duration::from_secs(60), bitrate: 1_500_000 };
    let options = Options { quality: Some(media), transport, ..Options::default() };
    let plan = Plan::new([ServerUri::parse_any(uri, Kind::Stun).unwrap()], options);
    probe::run(&plan, std::future::pending(), &mut |_| {}).unwrap().results.remove(0)
}

#[track_caller]
fn assert_graded(row: &Row, received: u32, grade: Grade, reason: &str) {
    let Quality { server, .. } = row.quality.as_deref().unwrap();
    assert_eq!((server.sent, server.received), (50, received), "{row:?}");
    let Quality { grade: found, reason: why, .. } = row.quality.as_deref().unwrap();
    assert_eq!((*found, &**why), (grade, reason));
}

#[test]
fn one_lost_request_is_no_verdict_and_two_are_poor() {
    let row = measured(&server(loopback(), |number| number != 10));
    assert_graded(&row, 49, Grade::Good, "everything measured is within the limits of a good call");
    assert_eq!(row.quality.unwrap().server.lost_percent, 2.0);
    let row = measured(&server(loopback(), |number| number != 10 && number != 40));
    assert_graded(&row, 48, Grade::Poor, "2 of 50 requests were lost (good: at most 1)");
}

#[test]
fn a_server_that_falls_silent_is_poor() {
    let row = measured(&server(loopback(), |_| false));
    assert_graded(&row, 0, Grade::Poor, "none of 50 requests was answered");
    let quality = row.quality.unwrap();
    assert!(quality.server.rtt_ms.is_none() && quality.server.lost_percent == 100.0, "{quality:?}");
}

#[test]
fn responses_with_a_ttl_of_1_are_a_warning() {
    let is_warned = |ttl| {
        let socket = loopback();
        socket.set_ttl(ttl).unwrap();
        let row = measured(&server(socket, |_| true));
        assert_eq!(row.quality.unwrap().grade, Grade::Good);
        row.warnings.iter().any(|warning| warning.code == WarningCode::Ttl1)
    };
    assert_eq!([1, 2].map(is_warned), [true, false]);
}

#[test]
fn a_flood_of_copies_and_junk_changes_nothing() {
    let flooding = FakeServer::start("127.0.0.1", |request, client| {
        let copies = vec![success(request, client); 200];
        let junk = (0..200_u8).map(|number| vec![number; 1000]);
        copies.into_iter().chain(junk).collect()
    });
    let started = Instant::now();
    let row = measured(&flooding);
    assert!(started.elapsed() < Duration::from_secs(10), "{:?}", started.elapsed());
    let server = row.quality.unwrap().server;
    assert_eq!(server.sent, 50);
    // What has no room in the receive buffer is lost.
    assert!((1..=50).contains(&server.received), "{server:?}");
}

#[test]
fn a_server_over_tcp_that_closes_the_connection_is_poor() {
    let mut answers = vec!["good".to_owned(); 15];
    answers.push("close".to_owned());
    let server = scripted_server::over_tcp("127.0.0.1", Script { answers, ..Script::default() });
    let row = measured_over(Transport::Tcp, &format!("stun:{server}"));
    let quality = row.quality.unwrap();
    assert_eq!((quality.grade, quality.server.received), (Grade::Poor, 15), "{quality:?}");
    assert!(quality.reason.starts_with("the connection to the server broke after 0.3 s: "), "{quality:?}");
}
