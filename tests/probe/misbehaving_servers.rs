//! The probe against servers that misbehave, over real sockets on loopback: every code, and every limit.

use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use crate::support::fake_server::{FakeServer, blocked_server, success};
use crate::support::stopwatch::{in_time, timed};
use cowork_calls::config::address::{Kind, ServerUri};
use cowork_calls::probe::plan::{Options, Plan};
use cowork_calls::probe::report::code::Code;
use cowork_calls::probe::report::{Family, Report, Row, Status, Update, WarningCode};
use stun_types::attribute::{AlternateServer, ErrorCode};
use stun_types::message::{Message, MessageWrite, MessageWriteExt, MessageWriteVec};

/// Long enough for an answer on a busy machine, short enough for tests that wait for it to pass.
const SHORT: Duration = Duration::from_millis(300);

fn options(timeout: Duration) -> Options {
    Options { timeout, ..Options::default() }
}

fn probe(uris: &[&str], options: Options) -> Report {
    let servers = uris.iter().map(|uri| ServerUri::parse_any(uri, Kind::Stun).unwrap());
    cowork_calls::probe::run(&Plan::new(servers, options), std::future::pending(), &mut |_| ()).unwrap()
}

/// The only row of a probe of one server.
fn row(uri: &str, options: Options) -> Row {
    let mut results = probe(&[uri], options).results;
    assert_eq!(results.len(), 1, "{results:?}");
    results.remove(0)
}

fn good_server(ip: &str) -> FakeServer {
    FakeServer::start(ip, |request, client| vec![success(request, client)])
}

fn silent_server() -> FakeServer {
    FakeServer::start("127.0.0.1", |_, _| vec![])
}

/// The error of a probe of a server that answers like this.
#[track_caller]
fn failure_of(answer: impl Fn(&[u8], SocketAddr) -> Vec<Vec<u8>> + Send + 'static) -> (Code, Option<u16>) {
    let server = FakeServer::start("127.0.0.1", answer);
    let row = row(&server.uri(), options(SHORT));
    assert_eq!((row.status, row.sent, row.received, row.rtt_ms), (Status::Failed, 1, 0, None), "{row:?}");
    assert_eq!(row.address, Some(server.address));
    let error = row.error.unwrap();
    assert!(error.message.contains(&server.address.to_string()), "the sentence names the server: {error:?}");
    assert!(!error.hint.is_empty());
    (error.code, error.stun_code)
}

#[test]
fn a_good_answer_is_ok() {
    for ip in ["127.0.0.1", "::1"] {
        let server = good_server(ip);
        let row = row(&server.uri(), options(Duration::from_secs(5)));
        assert_eq!((row.status, row.sent, row.received), (Status::Ok, 1, 1), "{row:?}");
        assert_eq!(row.family, Some(Family::of(server.address)));
        assert_eq!(row.mapped_address.unwrap().ip(), server.address.ip());
        assert!(row.rtt_ms.unwrap().max < 5000.0);
        assert_eq!((row.software, row.error), (None, None));
    }
}

#[test]
fn every_wrong_answer_has_its_code() {
    assert_eq!(failure_of(|_, _| vec![]), (Code::Timeout, None));
    assert_eq!(failure_of(|_, _| vec![b"hello".to_vec()]), (Code::NotStun, None));
    assert_eq!(failure_of(|_, _| vec![vec![]]), (Code::NotStun, None), "an empty datagram");
    assert_eq!(failure_of(|_, _| vec![vec![0xff; 60_000]]), (Code::NotStun, None), "a huge one");
    assert_eq!(failure_of(|request, _| vec![request.to_vec()]), (Code::BadResponse, None), "an echo");

    let truncated = |request: &[u8], client| vec![success(request, client)[..24].to_vec()];
    assert_eq!(failure_of(truncated), (Code::BadResponse, None));
    let other_id = |request: &[u8], client| {
        let mut reply = success(request, client);
        reply[19] ^= 1;
        vec![reply]
    };
    assert_eq!(failure_of(other_id), (Code::Timeout, None), "foreign datagrams are ignored");
    let wrong_cookie = |request: &[u8], client| {
        let mut reply = success(request, client);
        reply[4] ^= 1;
        vec![reply]
    };
    assert_eq!(failure_of(wrong_cookie), (Code::NotStun, None));
    let no_address = |request: &[u8], _| {
        let request = Message::from_bytes(request).unwrap();
        vec![Message::builder_success(&request, MessageWriteVec::new()).finish()]
    };
    assert_eq!(failure_of(no_address), (Code::BadResponse, None));
}

#[test]
fn an_error_response_ends_the_probe_at_once_with_its_code() {
    for (stun_code, code) in [
        (300, Code::Redirected),
        (401, Code::CredentialsMissing),
        (403, Code::Forbidden),
        (420, Code::ServerError),
        (437, Code::AllocationMismatch),
        (438, Code::StaleNonce),
        (440, Code::FamilyUnsupported),
        (441, Code::WrongCredentials),
        (442, Code::TransportUnsupported),
        (443, Code::PeerFamilyMismatch),
        (486, Code::Quota),
        (500, Code::ServerError),
        (508, Code::InsufficientCapacity),
    ] {
        let server = FakeServer::start("127.0.0.1", move |request, _| {
            let request = Message::from_bytes(request).unwrap();
            let mut reply = Message::builder_error(&request, MessageWriteVec::new());
            reply.add_attribute(&ErrorCode::new(stun_code, "Not\u{1b} you").unwrap()).unwrap();
            reply.add_attribute(&AlternateServer::new("192.0.2.9:3478".parse().unwrap())).unwrap();
            vec![reply.finish()]
        });
        let started = Instant::now();
        let report = probe(&[&server.uri()], options(Duration::from_secs(5)));
        assert!(started.elapsed() < Duration::from_secs(2), "an error ends the probe before the timeout");
        let error = report.results[0].error.clone().unwrap();
        assert_eq!((error.code, error.stun_code), (code, Some(stun_code)));
        let named = if code == Code::Redirected { "192.0.2.9:3478" } else { "Not you)" };
        assert!(error.message.contains(named), "{}", error.message);
        let is_of_turn = error.message.contains("relay") || error.hint.contains("relay");
        assert!(!is_of_turn, "a STUN server relays nothing: {error:?}");
        assert!(report.summary.gathering_ms < Some(39_900.0), "a browser does not wait after an error");
    }
}

#[test]
fn a_closed_port_is_refused_at_once() {
    for ip in ["127.0.0.1", "::1"] {
        let closed = UdpSocket::bind((ip, 0)).unwrap().local_addr().unwrap();
        let started = Instant::now();
        let row = row(&format!("stun:{closed}"), options(Duration::from_secs(5)));
        assert!(started.elapsed() < Duration::from_secs(2));
        assert_eq!((row.status, row.error.unwrap().code), (Status::Failed, Code::Refused));
    }
}

#[test]
fn an_address_without_a_route_is_unreachable() {
    // The system refuses to send to the broadcast address from a plain socket, on every machine and network.
    let row = row("stun:255.255.255.255", options(SHORT));
    assert_eq!((row.status, row.error.unwrap().code), (Status::Failed, Code::Unreachable));
}

#[test]
fn a_name_that_does_not_resolve_is_a_dns_error() {
    // RFC 6761 reserves `.invalid`: it never resolves, with or without a network.
    let failed = row("stun:cowork-calls.invalid", options(Duration::from_secs(2)));
    assert_eq!((failed.family, failed.address, failed.sent), (None, None, 0));
    let error = failed.error.unwrap();
    assert_eq!(error.code, Code::Dns);
    assert!(error.message.contains("cowork-calls.invalid"), "{}", error.message);

    let only_ipv6 = Options { family: Some(Family::Ipv6), ..options(SHORT) };
    let wrong_family = row("stun:127.0.0.1", only_ipv6);
    assert_eq!((wrong_family.status, wrong_family.error.unwrap().code), (Status::Failed, Code::Dns));
}

#[test]
fn a_later_good_answer_wins_over_junk() {
    let server = FakeServer::serve("127.0.0.1", |socket, request, client| {
        let good = success(request, client);
        for datagram in [b"junk", &good[..24], &good[..]] {
            socket.send_to(datagram, client).unwrap();
        }
    });
    assert_eq!(row(&server.uri(), options(Duration::from_secs(5))).status, Status::Ok);
}

#[test]
fn a_lost_request_is_sent_again_after_half_a_second() {
    let seen = std::sync::atomic::AtomicUsize::new(0);
    let server = FakeServer::start("127.0.0.1", move |request, client| {
        let first = seen.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0;
        if first { vec![] } else { vec![success(request, client)] }
    });
    let row = row(&server.uri(), options(Duration::from_secs(5)));
    let rtt = row.rtt_ms.unwrap().max;
    assert_eq!((row.status, row.sent), (Status::Ok, 1));
    // The same request again, and others that tell how much the path loses.
    assert_eq!(server.requests(), 2 + 20);
    assert_eq!(row.warnings, [], "nothing else is lost");
    assert!((500.0..1500.0).contains(&rtt), "counted from the first request: {rtt}");
}

#[test]
fn answers_from_another_address_are_ignored() {
    let server = FakeServer::serve("127.0.0.1", |_, request, client| {
        let other_ip = UdpSocket::bind("127.0.0.2:0").unwrap();
        let other_port = UdpSocket::bind("127.0.0.1:0").unwrap();
        for stranger in [other_ip, other_port] {
            stranger.send_to(&success(request, client), client).unwrap();
        }
    });
    let error = row(&server.uri(), options(SHORT)).error.unwrap();
    assert_eq!(error.code, Code::Timeout);
    assert!(server.requests() > 0);
}

#[test]
fn a_flood_of_junk_does_not_outlast_the_timeout() {
    let flood = Duration::from_secs(2);
    let send_junk = move |socket: &UdpSocket, _: &[u8], client: SocketAddr| {
        let started = Instant::now();
        while started.elapsed() < flood {
            // The client may have closed its socket.
            let _ = socket.send_to(&[0xff; 1200], client);
        }
    };
    let measure = || {
        let server = FakeServer::serve("127.0.0.1", send_junk);
        timed(|| row(&server.uri(), options(SHORT)))
    };
    let error = in_time(SHORT..flood / 2, measure).error.unwrap();
    assert_eq!(error.code, Code::NotStun);
}

#[test]
fn a_list_takes_only_as_long_as_its_slowest_server() {
    let servers: Vec<_> = (0..4).map(|_| good_server("127.0.0.1")).chain([silent_server()]).collect();
    let uris: Vec<_> = servers.iter().map(FakeServer::uri).collect();
    let uris: Vec<_> = uris.iter().map(String::as_str).collect();
    let second = Duration::from_secs(1);
    let report = in_time(second..second.mul_f64(1.2), || timed(|| probe(&uris, options(second))));
    assert_eq!((report.summary.ok, report.summary.failed), (4, 1));
    assert_eq!(report.results.iter().map(|row| &*row.uri).collect::<Vec<_>>(), uris, "in list order");
    assert_eq!(report.summary.gathering_ms, Some(39_900.0));
    assert!(!report.is_good());
    assert!(report.results[4].delays_gathering(), "the row is the cause");
}

#[test]
fn rows_are_reported_as_they_come_in() {
    let (slow, fast) = (silent_server(), good_server("127.0.0.1"));
    let servers = [slow.uri(), fast.uri()].map(|uri| ServerUri::parse_any(&uri, Kind::Stun).unwrap());
    let mut seen = Vec::new();
    cowork_calls::probe::run(&Plan::new(servers, options(SHORT)), std::future::pending(), &mut |update| {
        seen.push(match update {
            Update::Row(row) => row.uri.clone(),
            Update::Progress(progress) => format!("{} of {}", progress.finished, progress.servers),
            Update::Probed(_) | Update::Quality(_) => panic!("it is not measured"),
        });
    })
    .unwrap();
    assert_eq!(seen, [&fast.uri(), "1 of 2", &slow.uri(), "2 of 2"]);
}

#[test]
fn a_count_makes_that_many_transactions() {
    let server = good_server("127.0.0.1");
    let row = row(&server.uri(), Options { count: 20, ..Options::default() });
    assert_eq!((row.sent, row.received, server.requests()), (20, 20, 20));
    let rtt = row.rtt_ms.unwrap();
    assert!(rtt.min <= rtt.median && rtt.median <= rtt.max && rtt.min > 0.0, "{rtt:?}");
}

#[test]
fn a_count_cut_off_by_the_timeout_is_ok_with_partial_answers() {
    let left = std::sync::atomic::AtomicUsize::new(3);
    let server = FakeServer::start("127.0.0.1", move |request, client| {
        let answers = left.load(std::sync::atomic::Ordering::Relaxed);
        left.store(answers.saturating_sub(1), std::sync::atomic::Ordering::Relaxed);
        if answers > 0 { vec![success(request, client)] } else { vec![] }
    });
    let row = row(&server.uri(), Options { count: 10, ..options(SHORT) });
    assert_eq!((row.status, row.sent, row.received), (Status::Ok, 4, 3), "{row:?}");
}

#[test]
fn a_failure_after_an_answer_leaves_the_row_ok() {
    for then in ["junk", "malformed", "error"] {
        let seen = std::sync::atomic::AtomicUsize::new(0);
        let server = FakeServer::start("127.0.0.1", move |request, client| {
            let good = success(request, client);
            if seen.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0 {
                return vec![good];
            }
            let message = Message::from_bytes(request).unwrap();
            let mut error = Message::builder_error(&message, MessageWriteVec::new());
            error.add_attribute(&ErrorCode::new(500, "no").unwrap()).unwrap();
            vec![match then {
                "junk" => b"junk".to_vec(),
                "malformed" => good[..24].to_vec(),
                _ => error.finish(),
            }]
        });
        let row = row(&server.uri(), Options { count: 3, ..options(SHORT) });
        assert_eq!((row.status, row.sent, row.received), (Status::Ok, 2, 1), "{then}: {row:?}");
        assert_eq!(row.error, None);
    }
}

#[test]
fn different_mapped_addresses_are_a_warning() {
    let honest = good_server("127.0.0.1");
    let [one, other] = ["203.0.113.7:4000", "203.0.113.8:4000"].map(|seen| {
        FakeServer::start("127.0.0.1", move |request, _| vec![success(request, seen.parse().unwrap())])
    });
    let report = probe(&[&honest.uri(), &one.uri(), &other.uri()], Options::default());
    let codes: Vec<Vec<_>> =
        report.results.iter().map(|row| row.warnings.iter().map(|warning| warning.code).collect()).collect();
    assert_eq!(codes, [vec![], vec![], vec![WarningCode::AddressDiffers]]);
    assert!(report.is_good(), "a warning is not a failure");
}

#[test]
fn a_server_on_a_port_that_browsers_block_fails_at_once_and_nothing_is_sent() {
    let server = blocked_server();
    let uris = [&*server.uri(), "stun:cowork-calls.invalid:9", "turn:127.0.0.1:81?transport=tcp"];
    // It is not looked up.
    let report = in_time(..Duration::from_millis(100), || timed(|| probe(&uris, Options::default())));
    for row in &report.results {
        let error = row.error.as_ref().unwrap();
        assert_eq!(
            (row.status, error.code, row.sent),
            (Status::Failed, Code::PortBlockedInBrowsers, 0),
            "{row:?}"
        );
        assert!(error.message.contains(&row.uri), "{error:?}");
        assert_eq!((row.family, row.address), (None, None));
    }
    assert_eq!(server.requests(), 0);
    // STUN may use most ports below 1024.
    assert_eq!(row("stun:127.0.0.1:81", options(SHORT)).error.unwrap().code, Code::Refused);
}

#[test]
fn hundreds_of_servers_stay_within_the_usual_limit_of_open_files() {
    let server = good_server("127.0.0.1");
    let port = server.address.port();
    // Every address of 127.0.0.0/8 is this machine, but only 127.0.0.1 has the server.
    let uris: Vec<_> = (1..=600).map(|n| format!("stun:127.0.{}.{}:{port}", n / 256, n % 256)).collect();
    let uris: Vec<_> = uris.iter().map(String::as_str).collect();
    let report = probe(&uris, Options::default());
    assert_eq!((report.summary.ok, report.summary.failed), (1, 599));
    assert!(report.results[1..].iter().all(|row| row.error.as_ref().unwrap().code == Code::Refused));
}

/// What scripts rely on, to the letter.
#[test]
fn the_json_of_a_report_has_exactly_these_keys() {
    let server = good_server("127.0.0.1");
    let good = probe(&[&server.uri()], Options::default());
    let (mapped, rtt) = (good.results[0].mapped_address.unwrap(), good.results[0].rtt_ms.unwrap());
    assert_eq!(
        serde_json::to_string(&good).unwrap(),
        format!(
            "{{\"results\":[{{\"uri\":\"{uri}\",\"kind\":\"stun\",\"position\":null,\"transport\":\"udp\",\"family\":\"ipv4\",\
             \"address\":\"{address}\",\"status\":\"ok\",\"sent\":1,\"received\":1,\
             \"rtt_ms\":{{\"min\":{rtt:?},\"median\":{rtt:?},\"max\":{rtt:?}}},\"mapped_address\":\"{mapped}\",\
             \"software\":null,\"tls\":null,\"country\":null,\"warnings\":[],\"error\":null}}],\
             \"summary\":{{\"ok\":1,\"failed\":0,\"skipped\":0,\"duration_ms\":{duration:?},\"gathering_ms\":{gathering:?}}}}}",
            uri = server.uri(),
            address = server.address,
            rtt = rtt.max,
            duration = good.summary.duration_ms,
            gathering = good.summary.gathering_ms.unwrap(),
        )
    );

    let bad = serde_json::to_value(row("stun:cowork-calls.invalid", options(SHORT))).unwrap();
    assert_eq!((&bad["family"], &bad["address"], &bad["rtt_ms"]), (&().into(), &().into(), &().into()));
    assert_eq!(bad["status"], "failed");
    let keys: Vec<_> = bad["error"].as_object().unwrap().keys().collect();
    assert_eq!(keys.len(), 4, "{keys:?}");
    assert_eq!((&bad["error"]["code"], &bad["error"]["stun_code"]), (&"dns".into(), &().into()));
}
