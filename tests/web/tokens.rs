//! The token file while the server runs: who gets in, where, and until when.

use std::fs;
use std::io::{BufReader, Write as _};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use cowork_calls::web::tokens::line::parse_line;
use serde_json::json;

use crate::support::http::{Events, answer, request};
use crate::support::openapi;
use crate::support::server::{
    ALICE, BOB, EVENTS, ICE, OWN, REACTION, Server, home, replace_tokens, wait_for, write_tokens,
};
use crate::support::stopwatch::{in_time, timed};

/// `printf token-of-alice-0123 | sha256sum`
const HASH_OF_ALICE: &str = "sha256:d61c42bbe251d155c657951e2e3968528628b51702aea3ef3f505ec94a45a115";

/// What the log says in addition to each mistake.
const NO_RESTART: &str =
    "warning: tokens: serve does not start with this file; correct it before the next restart\n";

fn health(server: &Server) -> String {
    let health = server.get("/healthz", "").json();
    format!("{} {}", health["status"].as_str().unwrap(), health["message"].as_str().unwrap_or_default())
}

fn until(time: SystemTime) -> String {
    humantime::format_rfc3339_millis(time).to_string()
}

#[test]
fn an_emptied_or_missing_file_lets_nobody_in_and_takes_all_out() {
    let empty = "it contains no token; expected one name:token per line";
    let server = Server::start();
    for (text, message) in [(Some(""), empty), (Some("# nobody\n"), empty), (None, "there is no such file")] {
        in_time(..Duration::from_secs(2), || {
            write_tokens(&server.home, &format!("alice:{ALICE}\nbob:{BOB}\n"));
            wait_for(|| (server.get(ICE, ALICE).status == 200).then_some(()), || "the tokens".to_owned());
            let mut listener = server.listen(ALICE);
            match text {
                Some(text) => write_tokens(&server.home, text),
                None => fs::remove_file(server.home.path().join("tokens")).unwrap(),
            }
            let ((), took) = timed(|| server.has_metric("listeners", "0"));
            assert_eq!(listener.next(), None, "{message}");
            ((), took)
        });
        assert_eq!(server.get(ICE, ALICE).error(401), "unauthorized", "{message}");
        assert_eq!(health(&server), format!("degraded tokens: {message}; tokens: a restart would fail"));
        server.logs(&format!("warning: tokens: {message}\n"));
        server.logs(NO_RESTART);
        write_tokens(&server.home, &format!("alice:{ALICE}\nbob:{BOB}\n"));
        wait_for(|| (server.get(ICE, ALICE).status == 200).then_some(()), || "the tokens".to_owned());
        assert_eq!(health(&server), "ok ");
    }
    assert!(server.stop().contains("revoked"));
}

#[test]
fn a_file_that_cannot_be_read_leaves_the_last_tokens_in_effect() {
    let server = Server::start();
    let mut listener = server.listen(BOB);
    let file = server.home.path().join("tokens");
    fs::rename(&file, file.with_extension("old")).unwrap();
    fs::create_dir(&file).unwrap();
    server.logs("is a folder, not a regular file; still using the last good tokens");
    assert_eq!(server.react(ALICE, "👍").status, 200);
    assert!(listener.next().is_some());
    assert_eq!(health(&server), "degraded tokens: the file cannot be read");
}

#[test]
fn a_line_with_an_error_is_out_and_the_others_stay() {
    let server = Server::start();
    let mut of_alice = server.listen(ALICE);
    let mut of_bob = server.listen(BOB);
    write_tokens(&server.home, &format!("alice {ALICE}\nbob:{BOB}\n\nbob:another-token-01234\n"));
    server.has_metric("listeners", "1");
    assert_eq!(of_alice.next(), None);
    assert_eq!(server.get(ICE, ALICE).error(401), "unauthorized");
    assert_eq!(server.react(BOB, "👍").status, 200);
    assert!(of_bob.next().unwrap().contains("👍"));
    assert_eq!(
        health(&server),
        "degraded tokens: line 1 is ignored; tokens: line 4 is ignored; tokens: a restart would fail"
    );
    server.logs(NO_RESTART);
    for (count, more) in [(30, "20 more lines are ignored"), (11, "1 more line is ignored")] {
        let lines: Vec<_> = (0..count).map(|number| format!("bob{number}\n")).collect();
        write_tokens(&server.home, &format!("bob:{BOB}\n{}", lines.concat()));
        server.logs(&format!("tokens: {more}\n"));
        let expected = format!("line 11 is ignored; tokens: {more}; tokens: a restart would fail");
        assert!(health(&server).ends_with(&expected), "{}", health(&server));
    }
    let log = server.stop();
    assert!(log.contains("warning: tokens:1: expected name:token"), "{log}");
    assert!(log.contains("warning: tokens:4: this name already has a token"), "{log}");
    assert!(!log.contains(ALICE) && !log.contains("another-token"), "{log}");
}

#[test]
fn a_token_can_be_for_some_rooms_only() {
    let home = home("");
    let tokens = |rooms: &str| format!("alice:{HASH_OF_ALICE} rooms={rooms}\nbob:{BOB}\n");
    write_tokens(&home, &tokens("t1/c1,t%2F2/*"));
    let server = Server::at(home, "");
    let _bob = server.listen(BOB);
    assert_eq!(server.react(ALICE, "👍").status, 200);
    assert_eq!(server.get(ICE, ALICE).status, 200);
    assert_eq!(server.get(ICE, HASH_OF_ALICE).status, 401, "the text of a hash is not a token");
    let running = REACTION.replace("c1", "c2");
    let _other = Events::open(server.connect(), &EVENTS.replace("c1", "c2"), BOB);
    for path in [&running, &REACTION.replace("c1", "none"), &REACTION.replace("t1", "T1")] {
        assert_eq!(server.get(path, ALICE).error(403), "not-a-member", "{path}");
        assert_eq!(server.raw(&request("HEAD", path, ALICE, "")).status, 403);
        let answer = server.post(path, ALICE, r#"{"reaction":"👍"}"#);
        assert_eq!(answer.error(403), "not-a-member", "{path}");
        assert!(!answer.body.contains("bob"), "{}", answer.body);
        let events = path.replace("reaction", "events");
        assert_eq!(server.get(&events, ALICE).error(403), "not-a-member", "{path}");
    }
    let mut stays = server.listen(ALICE);
    let mut leaves = Events::open(server.connect(), &EVENTS.replace("t1", "t%2F2"), ALICE);
    let own = || server.post(OWN, ALICE, r#"{"reaction":"👍"}"#).json();
    assert_eq!(own()["calls"].as_array().unwrap().len(), 2);
    write_tokens(&server.home, &tokens("t1/*"));
    server.has_metric("listeners", "3");
    while leaves.next().is_some() {}
    let only = json!({"calls": [{"team": "t1", "channel": "c1", "participants": ["alice", "bob"]}]});
    assert_eq!(own(), only);
    assert!(stays.next().is_some());
    assert_eq!(server.react(ALICE, "👍").status, 200);
    assert_eq!(server.post(&running, ALICE, r#"{"reaction":"👍"}"#).status, 200);
}

#[test]
fn a_token_ends_while_the_server_runs() {
    let settings = "[[turn.servers]]\nuri = 'turn:a.example.de'\nsecret = 'north'\n";
    let home = home(settings);
    let later = SystemTime::now() + Duration::from_secs(3600);
    let text = |end: SystemTime| {
        let (alice, bob) = (until(end), until(later + Duration::from_secs(3600)));
        format!(
            "alice:{ALICE} until={alice}\nbob:{BOB} until={bob}\nold:token-of-old-012345 until=2020-01-01T00:00:00+01:00\ncarol:token-of-carol-01234\n"
        )
    };
    write_tokens(&home, &text(later));
    let server = Server::at(home, "");
    server.logs("warning: tokens:3: the token ended at 2019-12-31T23:00:00Z");
    assert_eq!(server.get(ICE, "token-of-old-012345").error(401), "unauthorized");
    assert_eq!(health(&server), "ok ");
    let _of_bob = server.listen(BOB);
    let expiry = |token: &str| -> u64 {
        let ice = server.get(ICE, token).json();
        let servers = ice["iceServers"].as_array().unwrap();
        let name = servers.last().unwrap()["username"].as_str().unwrap().to_owned();
        name.split(':').next().unwrap().parse().unwrap()
    };
    let seconds = |time: SystemTime| time.duration_since(UNIX_EPOCH).unwrap().as_secs();
    assert_eq!(expiry(ALICE), seconds(later), "no credentials outlive the token");
    assert_eq!(expiry(BOB), seconds(later + Duration::from_secs(3600)));
    let usual = seconds(SystemTime::now()) + 8 * 3600;
    assert!((usual - 60..=usual).contains(&expiry("token-of-carol-01234")), "8 hours without --ttl");
    let edit = |end: SystemTime| {
        let reloads = || server.log().matches("reloaded the tokens").count();
        let before = reloads();
        replace_tokens(&server, &text(end));
        wait_for(|| (reloads() == before + 1).then_some(()), || "one reload".to_owned());
    };
    in_time(..Duration::from_secs(1), || {
        edit(later);
        let mut of_alice = server.listen(ALICE);
        let end = SystemTime::now() + Duration::from_secs(2);
        edit(end);
        let edited = server.log();
        server.has_metric("listeners", "1");
        let late = SystemTime::now().duration_since(end).expect("not before the end");
        assert_eq!(of_alice.next(), None);
        assert_eq!(server.get(ICE, ALICE).error(401), "unauthorized");
        server.logs("the token of 'alice' has ended");
        let reloads = |log: &str| log.matches("reloaded").count();
        assert_eq!(reloads(&server.log()), reloads(&edited), "nothing was edited then");
        ((), late)
    });
    assert_eq!(server.metric("listeners"), "1");
}

#[test]
fn an_unknown_token_is_answered_after_a_second_and_counted() {
    let server = Server::start();
    let took = |token: &str| {
        let started = Instant::now();
        assert_eq!(server.get(ICE, token).error(401), "unauthorized");
        started.elapsed()
    };
    let mut failed = 0;
    let at_once = ..Duration::from_millis(900);
    in_time(at_once, || {
        failed += 20;
        std::thread::scope(|scope| {
            for _ in 0..20 {
                scope.spawn(|| {
                    let took = took("an-unknown-token");
                    assert!(took >= Duration::from_secs(1), "{took:?}");
                });
            }
            timed(|| assert_eq!(server.get(ICE, ALICE).status, 200, "others do not wait"))
        })
    });
    assert_eq!(server.metric("failed_tokens_total"), failed.to_string());
    // Without a token there is nothing to guess.
    in_time(at_once, || ((), took("")));
    assert_eq!(server.metric("failed_tokens_total"), failed.to_string());
}

#[test]
fn unknown_tokens_are_refused_at_once_while_512_wait() {
    let server = Server::start();
    let mut streams: Vec<_> = (0..600).map(|_| server.connect()).collect();
    for stream in &mut streams {
        stream.write_all(request("GET", ICE, "an-unknown-token", "").as_bytes()).unwrap();
    }
    let answers: Vec<_> =
        streams.into_iter().map(|stream| answer(&mut BufReader::new(stream), false).unwrap()).collect();
    let (waited, refused): (Vec<_>, Vec<_>) = answers.iter().partition(|answer| answer.status == 401);
    assert!(waited.len() >= 512 && !refused.is_empty(), "{} waited", waited.len());
    for answer in refused {
        openapi::check("GET", ICE, answer);
        assert_eq!(answer.error(429), "too-many-failed-tokens");
        assert_eq!((answer.header("retry-after"), answer.header("connection")), ("1", "close"));
    }
    assert_eq!(server.metric("failed_tokens_total"), "600");
    let log = server.stop();
    let times = |status: &str| log.lines().filter(|line| line.contains(status)).map(ms).collect::<Vec<_>>();
    assert!(times(" 401 ").into_iter().all(|ms| ms >= 1000.0), "{log}");
    assert!(times(" 429 ").into_iter().any(|ms| ms < 500.0), "{log}");
}

/// How long the response to a request took, in ms, as the log says.
fn ms(line: &str) -> f64 {
    let before = line.split("ms ").next().unwrap();
    before.rsplit(' ').next().unwrap().parse().unwrap()
}

#[test]
fn serve_makes_the_hash_of_a_token() {
    // Broken settings, which this command does not read.
    let home = crate::support::program::Home::with("[stun");
    let line = format!("{HASH_OF_ALICE}\n");
    home.run_with("serve --hash-token", ALICE).ends(0, &line, "");
    home.run_with("serve --hash-token", &format!("{ALICE}\n")).ends(0, &line, "");
    let run = home.run_with("serve --hash-token --json", &format!("{ALICE}\n"));
    assert_eq!(run.json(), json!({"hash": HASH_OF_ALICE}));
    let run = home.run_with("serve --hash-token", "short\n");
    assert_eq!(run.status, Some(0));
    assert!(run.stderr.starts_with("warning: the token is shorter than 16 characters"), "{run:?}");
    let run = home.run_with("serve --hash-token --json", "short\n");
    assert_eq!(run.json()["warnings"][0]["code"], "short-token");
    for (input, why) in [
        ("", "empty"),
        ("\n", "empty"),
        ("two words\n", "expected a token of 1 to 1024 ASCII characters without spaces"),
        ("pässword\n", "expected a token of 1 to 1024"),
        ("one\ntwo\n", "several lines"),
        (HASH_OF_ALICE, "this is the hash of a token, not a token"),
    ] {
        let run = home.run_with("serve --hash-token", input);
        run.fails(2, why);
        assert!(!run.stderr.contains("words") && run.stdout.is_empty(), "{run:?}");
    }
    home.run_with("serve --hash-token --token-file tokens", ALICE).fails(2, "--token-file");
    home.run_with("serve --hash-token --listen 127.0.0.1:0", ALICE).fails(2, "--listen");
}

#[test]
fn the_documented_token_file_is_valid() {
    let page = include_str!("../../docs/web-api.md");
    let example = page.split("```tokens\n").nth(1).unwrap().split("```").next().unwrap();
    let lines: Vec<_> = example.lines().filter(|line| !line.starts_with('#')).collect();
    let users = lines.iter().map(|line| parse_line(line).unwrap());
    let names: Vec<_> =
        users.map(|user| (user.name, user.rooms.contain("x", "all-hands"), user.until.is_some())).collect();
    assert_eq!(names, [("alice", true, false), ("bob", false, false), ("Carol Jones", true, true)]);
}
