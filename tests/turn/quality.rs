//! The quality of calls through a real coturn: both directions over each transport, and what an interrupt leaves.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use cowork_calls::config::address::{Kind, ServerUri};
use cowork_calls::config::turn::{Login, Secret};
use cowork_calls::probe;
use cowork_calls::probe::plan::{Media, Options, Plan, Server, Trust};
use cowork_calls::probe::report::quality::{Direction, Grade, LargestPacket, ServerLeg};
use cowork_calls::probe::report::{Family, Report, Status, Transport, Update};
use cowork_calls::probe::source::Source;

use super::RELAYS;
use crate::support::certificates::Authority;
use crate::support::coturn::Coturn;
use crate::support::scripted_server::{self, Script};

const SECOND: Duration = Duration::from_secs(1);

fn plan(uris: &[String], options: Options) -> Plan {
    let server = |uri: &String| Server {
        uri: ServerUri::parse_any(uri, Kind::Turn).unwrap(),
        login: Some(Login { username: "alice".into(), password: Secret::new("secret".into()) }),
        source: Source::default(),
    };
    Plan::new(uris.iter().map(server), options)
}

fn options(duration: Duration, bitrate: u32) -> Options {
    Options { quality: Some(Media { duration, bitrate }), ..Options::default() }
}

/// Measures, and returns the report and what was reported meanwhile.
fn measure(uris: &[String], options: Options) -> (Report, Vec<String>) {
    let mut seen = Vec::new();
    let mut on_update = |update: Update<'_>| seen.extend(described(update));
    let report = probe::run(&plan(uris, options), std::future::pending(), &mut on_update).unwrap();
    (report, seen)
}

fn described(update: Update<'_>) -> Option<String> {
    match update {
        Update::Row(row) if row.quality.is_some() => Some(format!("measured {}", row.uri)),
        Update::Row(row) => Some(format!("probed {}", row.uri)),
        Update::Quality(now) => {
            Some(format!("{} of {}, then {:?}: {}", now.number, now.rows, now.rest, now.row.uri))
        }
        Update::Probed(_) | Update::Progress(_) => None,
    }
}

#[test]
#[ignore = "needs coturn (tests/run.sh)"]
fn media_passes_both_ways_over_every_transport_and_family() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new(folder.path());
    let certificate = authority.options("localhost", 2099);
    let coturn = Coturn::start_with(&[&RELAYS[..], &certificate.each_ref().map(String::as_str)].concat());
    let (port, tls) = (coturn.port, coturn.tls_port);
    let uris = [
        format!("turn:127.0.0.1:{port}?transport=udp"),
        format!("turn:127.0.0.1:{port}?transport=tcp"),
        format!("turn:[::1]:{port}?transport=udp"),
        format!("turns:localhost:{tls}?transport=tcp"),
    ];
    let trust = Trust::new(Some(authority.file().as_ref()), false).unwrap();
    let family = Some(Family::Ipv4);
    let (report, seen) = measure(&uris[..3], options(SECOND, 1_500_000));
    let (over_tls, _) = measure(&uris[3..], Options { trust, family, ..options(SECOND, 1_500_000) });
    let rows: Vec<_> = report.results.iter().chain(&over_tls.results).collect();
    assert_eq!(rows.len(), 4);
    for row in rows {
        let quality = row.quality.as_ref().unwrap_or_else(|| panic!("{row:?}"));
        assert_eq!((quality.grade, quality.duration_s), (Grade::Good, 1.0), "{quality:?}");
        // A busy machine sends less, and not faster afterwards.
        let ServerLeg { sent, received, .. } = quality.server;
        assert!((17..=20).contains(&sent) && received == sent, "{quality:?}");
        let needed_bytes = if row.family == Some(Family::Ipv4) { 1288 } else { 1308 };
        let largest =
            (row.transport == Transport::Udp).then_some(LargestPacket { bytes: 1500, needed_bytes });
        assert_eq!(quality.largest_packet, largest);
        for direction in [quality.up.unwrap(), quality.down.unwrap()] {
            let Direction {
                lost_percent, longest_burst, duplicates, reordered_percent, kbit_s, trip_ms, ..
            } = direction;
            assert_eq!(
                (lost_percent, longest_burst, duplicates, reordered_percent),
                (0.0, 0, 0, 0.0),
                "{quality:?}"
            );
            // 64 kbit/s of audio and 1500 of video.
            assert!((1300.0..=1564.0).contains(&kbit_s) && trip_ms.is_some(), "{quality:?}");
        }
    }
    let expected = [
        format!("1 of 3, then 3s: {}", uris[0]),
        format!("measured {}", uris[0]),
        format!("2 of 3, then 1.5s: {}", uris[1]),
        format!("measured {}", uris[1]),
        format!("3 of 3, then 0ns: {}", uris[2]),
        format!("measured {}", uris[2]),
    ];
    assert_eq!(seen, expected, "one after the other");
}

/// Waits until all allocations have ended, which takes coturn a second, or 600 s without a release. Returns how many there were.
#[track_caller]
fn allocations_that_end(coturn: &Coturn) -> usize {
    let started = Instant::now();
    loop {
        let log = coturn.log();
        let [created, deleted] = [": new, ", ": delete: "].map(|text| log.matches(text).count());
        if created == deleted {
            return created;
        }
        assert!(started.elapsed() < 8 * SECOND, "{created} created, {deleted} deleted: {log}");
        std::thread::sleep(SECOND / 10);
    }
}

#[test]
#[ignore = "needs coturn (tests/run.sh)"]
fn an_interrupt_reports_what_was_measured_and_begins_nothing_else() {
    let coturn = Coturn::start_with(&[&RELAYS[..], &["--no-tls", "--verbose"]].concat());
    let uris =
        ["udp", "tcp"].map(|transport| format!("turn:127.0.0.1:{}?transport={transport}", coturn.port));
    let began = AtomicBool::new(false);
    let interrupt = async {
        while !began.load(Ordering::SeqCst) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        tokio::time::sleep(2 * SECOND).await;
    };
    let mut seen = Vec::new();
    let report = probe::run(&plan(&uris, options(60 * SECOND, 1_500_000)), interrupt, &mut |update| {
        began.fetch_or(matches!(update, Update::Quality(_)), Ordering::SeqCst);
        seen.extend(described(update));
    });
    let report = report.unwrap();
    assert!(report.is_interrupted);
    let [measured, other] = &report.results[..] else { panic!("{report:?}") };
    let quality = measured.quality.as_ref().unwrap();
    assert!((0.5..3.0).contains(&quality.duration_s), "{quality:?}");
    assert_eq!((quality.grade, quality.up.unwrap().lost_percent), (Grade::Good, 0.0), "{quality:?}");
    assert!(other.quality.is_none() && other.status == Status::Ok, "{other:?}");
    let expected = [
        format!("1 of 2, then 60.5s: {}", uris[0]),
        format!("measured {}", uris[0]),
        format!("probed {}", uris[1]),
    ];
    assert_eq!(seen, expected);
    assert_eq!(allocations_that_end(&coturn), 6);
}

#[test]
#[ignore = "needs coturn (tests/run.sh)"]
fn a_stun_server_gets_50_requests_within_a_second() {
    let coturn = Coturn::start();
    let uris = [format!("stun:127.0.0.1:{}", coturn.port), "stun:127.0.0.1:9".to_owned()];
    let (report, seen) = measure(&uris, options(60 * SECOND, 1_500_000));
    let [row, failed] = &report.results[..] else { panic!("{report:?}") };
    let quality = row.quality.as_ref().unwrap();
    assert_eq!(
        (quality.server.sent, quality.server.received, quality.grade),
        (50, 50, Grade::Good),
        "{quality:?}"
    );
    assert!(quality.up.is_none() && quality.down.is_none() && quality.pace_ms.is_none());
    assert!((0.9..=1.0).contains(&quality.duration_s), "{quality:?}");
    assert!(failed.quality.is_none());
    let [ok, failed] = [&uris[0], &uris[1]];
    assert_eq!(
        seen,
        [format!("probed {failed}"), format!("1 of 1, then 0ns: {ok}"), format!("measured {ok}")]
    );
}

#[test]
#[ignore = "needs coturn (tests/run.sh)"]
fn a_call_outlives_allocations_permissions_channels_nonces_and_the_quota() {
    let short =
        ["--max-allocate-lifetime=6", "--permission-lifetime=4", "--channel-lifetime=4", "--stale-nonce=3"];
    let coturn = Coturn::start_with(&[&RELAYS[..], &short, &["--no-tls", "--user-quota=2"]].concat());
    let uris = [format!("turn:127.0.0.1:{}?transport=udp", coturn.port)];
    let (report, _) = measure(&uris, options(7 * SECOND, 100_000));
    let quality = report.results[0].quality.as_ref().unwrap();
    assert_eq!((quality.grade, quality.duration_s), (Grade::Good, 7.0), "{quality:?}");
    assert_eq!([quality.up, quality.down].map(|way| way.unwrap().lost_percent), [0.0, 0.0], "{quality:?}");
}

#[test]
#[ignore = "needs coturn (tests/run.sh)"]
fn an_interrupt_at_any_instant_leaves_no_allocation() {
    let coturn = Coturn::start_with(&[&RELAYS[..], &["--no-tls", "--verbose"]].concat());
    for (number, transport) in ["udp", "tcp"].into_iter().cycle().take(24).enumerate() {
        let uris = [format!("turn:127.0.0.1:{}?transport={transport}", coturn.port)];
        let began = AtomicBool::new(false);
        let interrupt = async {
            while !began.load(Ordering::SeqCst) {
                tokio::task::yield_now().await;
            }
            tokio::time::sleep(Duration::from_millis(number as u64 / 2)).await;
        };
        let plan = plan(&uris, options(60 * SECOND, 1_500_000));
        let mut on_update = |update: Update<'_>| {
            began.fetch_or(matches!(update, Update::Quality(_)), Ordering::SeqCst);
        };
        let report = probe::run(&plan, interrupt, &mut on_update).unwrap();
        assert!(report.is_interrupted);
        assert_eq!(report.results[0].quality, None, "there is no grade of less than a second");
    }
    assert!(allocations_that_end(&coturn) >= 48);
}

#[test]
#[ignore = "needs coturn (tests/run.sh)"]
fn a_server_that_stops_during_a_call_is_poor() {
    for (transport, reason) in [
        ("tcp", "the connection to the server broke after 0."),
        ("udp", ": nothing arrived any more after 0."),
    ] {
        let coturn = Coturn::start_with(&[&RELAYS[..], &["--no-tls"]].concat());
        let uris = [format!("turn:127.0.0.1:{}?transport={transport}", coturn.port)];
        let mut running = Some(coturn);
        let mut stop = None;
        let mut on_update = |update: Update<'_>| {
            if let Update::Quality(_) = update
                && let Some(coturn) = running.take()
            {
                stop = Some(std::thread::spawn(move || {
                    std::thread::sleep(SECOND * 3 / 4);
                    drop(coturn);
                }));
            }
        };
        let plan = plan(&uris, options(2 * SECOND, 1_500_000));
        let report = probe::run(&plan, std::future::pending(), &mut on_update).unwrap();
        let quality = report.results[0].quality.as_ref().unwrap();
        assert_eq!(quality.grade, Grade::Poor, "{quality:?}");
        assert!(quality.reason.contains(reason), "{quality:?}");
        let up = quality.up.unwrap();
        assert!(up.kbit_s > 100.0 && up.trip_ms.is_some(), "what arrived before counts: {quality:?}");
        stop.unwrap().join().unwrap();
    }
}

#[test]
fn renewals_that_are_refused_are_poor_and_end() {
    for (refusal, what) in [("error 437", "437"), ("error 438", "438")] {
        let script = Script {
            answers: vec!["challenge".to_owned(), "allocated 3".to_owned()],
            has_sockets: true,
            refresh: vec!["good".to_owned(), refusal.to_owned()],
            ..Script::default()
        };
        let uris = [format!("turn:{}?transport=udp", scripted_server::over_udp("127.0.0.1", script))];
        let (report, _) = measure(&uris, options(3 * SECOND / 2, 1_500_000));
        let quality = report.results[0].quality.as_ref().unwrap_or_else(|| panic!("{report:?}"));
        assert_eq!((quality.grade, quality.up.unwrap().lost_percent), (Grade::Poor, 0.0), "{quality:?}");
        assert!(quality.reason.starts_with("the server did not renew the relay after 1."), "{quality:?}");
        assert!(quality.reason.contains(what), "{quality:?}");
    }
}

#[test]
#[ignore = "needs coturn (tests/run.sh)"]
fn a_quota_that_the_usual_probe_has_used_up_leaves_time_for_a_call() {
    let coturn = Coturn::start_with(&[&RELAYS[..], &["--no-tls", "--user-quota=2"]].concat());
    let uris = [format!("turn:127.0.0.1:{}?transport=udp", coturn.port)];
    let (report, _) = measure(&uris, Options { timeout: SECOND, ..options(SECOND, 1_500_000) });
    let quality = report.results[0].quality.as_ref().unwrap();
    assert_eq!((quality.grade, quality.duration_s), (Grade::Good, 1.0), "{quality:?}");
}

#[test]
fn a_call_follows_a_redirect() {
    let relays = Script { has_sockets: true, ..Script::default() };
    let other = scripted_server::over_udp("127.0.0.1", relays.clone());
    // The two clients of the usual probe are served, and those of the call are not.
    let later = Some(vec!["alternate other".to_owned()]);
    let server = scripted_server::over_udp("127.0.0.1", Script { later, other: Some(other), ..relays });
    let (report, _) = measure(&[format!("turn:{server}?transport=udp")], options(SECOND, 1_500_000));
    let row = &report.results[0];
    assert_eq!((row.status, row.redirected), (Status::Ok, false));
    let quality = row.quality.as_ref().unwrap();
    assert_eq!((quality.grade, quality.duration_s), (Grade::Good, 1.0), "{quality:?}");
}
