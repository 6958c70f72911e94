//! Hundreds of servers over one shared socket: the results are the same as with a socket for each server.

use std::collections::HashSet;
use std::net::{SocketAddr, UdpSocket};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::support::fake_server::{FakeServer, blocked_server, success};
use crate::support::program::Home;
use crate::support::responder::{Request, Responder};
use crate::support::stopwatch::{in_time, timed};
use cowork_calls::config::address::{Kind, ServerUri};
use cowork_calls::probe::plan::{Options, Plan};
use cowork_calls::probe::report::code::Code;
use cowork_calls::probe::report::{Report, Row, Status, Transport, Update};
use stun_types::attribute::ErrorCode;
use stun_types::message::{Message, MessageWrite as _, MessageWriteExt as _, MessageWriteVec};

/// More than get a socket each.
const MANY: usize = 100;

fn options(timeout: Duration) -> Options {
    Options { timeout, ..Options::default() }
}

fn probe(servers: impl IntoIterator<Item = String>, options: Options) -> Report {
    let servers = servers.into_iter().map(|uri| ServerUri::parse_any(&uri, Kind::Stun).unwrap());
    cowork_calls::probe::run(&Plan::new(servers, options), std::future::pending(), &mut |_| ()).unwrap()
}

fn uris_of(responder: &Responder, count: usize) -> Vec<String> {
    (0..count).map(|n| responder.server(n).to_string()).collect()
}

fn success_for(request: &Request<'_>) -> Option<Vec<u8>> {
    Some(success(request.bytes, request.client.into()))
}

/// The number of the server in [`all`].
fn number(request: &Request<'_>) -> usize {
    usize::from(request.server.octets()[3])
}

fn code(row: &Row) -> Option<Code> {
    row.error.as_ref().map(|error| error.code)
}

#[test]
fn many_servers_share_one_socket_and_each_row_is_complete() {
    let clients = Arc::new(Mutex::new(HashSet::new()));
    let seen = Arc::clone(&clients);
    let responder = Responder::start(move |request| {
        seen.lock().unwrap().insert(request.client);
        success_for(&request)
    });
    let servers = uris_of(&responder, 3000);
    let started = Instant::now();
    let report = probe(servers.clone(), Options::default());
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
    let clients: Vec<SocketAddr> = clients.lock().unwrap().iter().map(|client| (*client).into()).collect();
    assert_eq!(clients.len(), 1, "{clients:?}");

    assert_eq!((report.summary.ok, report.results.len()), (3000, 3000), "{:?}", report.summary);
    for (row, server) in report.results.iter().zip(&servers) {
        assert_eq!(row.uri, format!("stun:{server}"), "in list order");
        assert_eq!(row.address.unwrap().to_string(), *server);
        assert_eq!((row.sent, row.received, row.mapped_address), (1, 1, Some(clients[0])));
        assert_eq!(row.local, Some(clients[0].ip()), "so that mapped addresses can be compared");
        let rtt = row.rtt_ms.unwrap();
        assert!(rtt.min > 0.0 && rtt.min == rtt.max, "{rtt:?}");
    }
}

#[test]
fn a_list_takes_only_as_long_as_its_slowest_server() {
    let silent = |n: usize| n.is_multiple_of(5);
    let responder =
        Responder::start(move |request| if silent(number(&request)) { None } else { success_for(&request) });
    let second = Duration::from_secs(1);
    let measure = || timed(|| probe(uris_of(&responder, MANY), options(second)));
    let report = in_time(second..second.mul_f64(1.2), measure);
    assert_eq!((report.summary.ok, report.summary.failed), (80, 20));
    for (n, row) in report.results.iter().enumerate() {
        assert_eq!(code(row), silent(n).then_some(Code::Timeout), "{row:?}");
    }
}

#[test]
fn every_wrong_answer_has_its_code() {
    let responder = Responder::start(|request| {
        let mut answer = success_for(&request)?;
        match number(&request) % 6 {
            0 => return None,
            1 => answer = b"hello".to_vec(),
            2 => answer.truncate(24),
            3 => answer[19] ^= 1,
            4 => {
                let request = Message::from_bytes(request.bytes).unwrap();
                let mut error = Message::builder_error(&request, MessageWriteVec::new());
                error.add_attribute(&ErrorCode::new(500, "no").unwrap()).unwrap();
                answer = error.finish();
            }
            _ => {}
        }
        Some(answer)
    });
    let report = probe(uris_of(&responder, MANY), options(Duration::from_millis(400)));
    let expected = [
        Some(Code::Timeout),
        Some(Code::NotStun),
        Some(Code::BadResponse),
        Some(Code::Timeout),
        Some(Code::ServerError),
        None,
    ];
    for (n, row) in report.results.iter().enumerate() {
        assert_eq!(code(row), expected[n % 6], "{row:?}");
        assert_eq!((row.sent, row.received), (1, u32::from(n % 6 == 5)));
    }
}

#[test]
fn answers_from_another_address_are_ignored() {
    let stranger = UdpSocket::bind("127.0.0.2:0").unwrap();
    let sent = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&sent);
    let responder = Responder::start(move |request| {
        stranger.send_to(&success(request.bytes, request.client.into()), request.client).unwrap();
        count.fetch_add(1, Ordering::Relaxed);
        None
    });
    let report = probe(uris_of(&responder, MANY), options(Duration::from_millis(300)));
    assert_eq!((report.summary.ok, sent.load(Ordering::Relaxed)), (0, MANY));
    assert!(report.results.iter().all(|row| code(row) == Some(Code::Timeout)));
}

#[test]
fn lost_requests_are_sent_again_after_half_a_second() {
    let seen = Mutex::new(HashSet::new());
    let responder = Responder::start(move |request| {
        let first = seen.lock().unwrap().insert(request.server);
        if first && number(&request).is_multiple_of(3) { None } else { success_for(&request) }
    });
    let report = probe(uris_of(&responder, MANY), Options::default());
    assert_eq!(report.summary.ok, MANY);
    for (n, row) in report.results.iter().enumerate() {
        let rtt = row.rtt_ms.unwrap().max;
        assert_eq!((500.0..1500.0).contains(&rtt), n % 3 == 0, "{row:?}");
        assert_eq!((row.sent, row.received), (1, 1), "a retransmission is not a transaction");
    }
}

#[test]
fn closed_ports_are_refused_over_both_families_at_once() {
    let closed = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let closed6 = UdpSocket::bind("[::1]:0").unwrap().local_addr().unwrap().port();
    let servers = (1..=MANY).map(|n| format!("127.2.0.{n}:{closed}")).chain([format!("[::1]:{closed6}")]);
    let started = Instant::now();
    let report = probe(servers, Options::default());
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
    assert!(report.results.iter().all(|row| code(row) == Some(Code::Refused)), "{:?}", report.results);
}

#[test]
fn a_count_makes_that_many_transactions() {
    let responder = Responder::start(|request| success_for(&request));
    let report = probe(uris_of(&responder, MANY), Options { count: 3, ..Options::default() });
    for row in &report.results {
        let rtt = row.rtt_ms.unwrap();
        assert_eq!((row.status, row.sent, row.received), (Status::Ok, 3, 3));
        assert!(rtt.min <= rtt.median && rtt.median <= rtt.max, "{rtt:?}");
    }
}

#[test]
fn names_and_other_kinds_of_servers_are_in_the_same_report() {
    let responder = Responder::start(|request| success_for(&request));
    let ipv6 = FakeServer::start("::1", |request, client| vec![success(request, client)]);
    let mut servers = uris_of(&responder, MANY);
    servers.insert(3, format!("localhost:{}", responder.server(0).port()));
    servers.insert(5, "cowork-calls.invalid".to_owned());
    servers.insert(7, "turns:127.0.0.1:20009?transport=udp".to_owned());
    servers.insert(8, "stun:cowork-calls.invalid:5060".to_owned());
    servers.insert(9, ipv6.uri());
    let plan = servers.iter().map(|uri| ServerUri::parse_any(uri, Kind::Stun).unwrap());
    let mut finished = 0;
    let mut show = |update: Update<'_>| {
        if let Update::Progress(progress) = update {
            finished = progress.finished;
        }
    };
    let report = cowork_calls::probe::run(
        &Plan::new(plan, options(Duration::from_secs(2))),
        std::future::pending(),
        &mut show,
    )
    .unwrap();
    assert_eq!(finished, MANY + 5, "each server is finished once");
    let of = |uri: &str| report.results.iter().find(|row| row.uri.starts_with(uri)).unwrap();
    assert_eq!(of("stun:localhost").status, Status::Ok);
    assert_eq!(code(of("stun:cowork-calls.invalid:3478")), Some(Code::Dns));
    assert_eq!(
        code(of("stun:cowork-calls.invalid:5060")),
        Some(Code::PortBlockedInBrowsers),
        "it is not looked up"
    );
    assert_eq!((of("turns:").transport, code(of("turns:"))), (Transport::Tls, Some(Code::Refused)));
    assert_eq!(of("stun:[::1]").mapped_address.unwrap().ip(), ipv6.address.ip());
    assert_eq!((report.summary.ok, ipv6.requests()), (MANY + 2, 1));
}

#[test]
fn servers_on_blocked_ports_are_not_probed_among_thousands() {
    let server = blocked_server();
    let responder = Responder::start(|request| success_for(&request));
    let mut servers = uris_of(&responder, 3000);
    servers.extend((0..1000).map(|n| format!("127.77.{}.{}:10080", n / 200, n % 200)));
    let report = probe(servers, Options::default());
    assert_eq!((report.summary.ok, report.summary.failed), (3000, 1000));
    assert!(
        report.results[3000..]
            .iter()
            .all(|row| code(row) == Some(Code::PortBlockedInBrowsers) && row.sent == 0)
    );
    assert_eq!(server.requests(), 0);
}

#[test]
fn ctrl_c_also_ends_a_probe_that_has_to_clean_up() {
    let responder = Responder::start(|_| None);
    let home = Home::new();
    let list: String = uris_of(&responder, MANY).iter().map(|server| format!("{server}\n")).collect();
    std::fs::write(home.path().join("list.txt"), format!("{list}turn:127.0.0.1:20009\n")).unwrap();
    let child = home.command(["probe", "--input", "list.txt", "--timeout", "30s", "--json"]).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(500));
    let killed = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let started = Instant::now();
    let output = child.wait_with_output().unwrap();
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    assert_eq!(output.status.code(), Some(130));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["summary"]["failed"], MANY + 1, "known results are reported");
}

#[test]
fn twenty_thousand_turn_servers_take_little_memory() {
    let home = Home::new();
    // Nothing listens there. The limit is on what the program writes to, without its code.
    let list: String =
        (0..20_000).map(|n| format!("turn:127.1.{}.{}:20009\n", n / 250, n % 250 + 1)).collect();
    std::fs::write(home.path().join("list.txt"), list).unwrap();
    let script = format!(
        "ulimit -d {} && exec {} probe --input list.txt --json --timeout 60s",
        32 * 1024,
        env!("CARGO_BIN_EXE_cowork-calls")
    );
    let mut command = Command::new("sh");
    command.args(["-c", &script]).current_dir(home.path()).env_clear().env("HOME", home.path());
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", String::from_utf8_lossy(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["summary"]["failed"], 20_000);
}
