//! The configured reactions, and those that participants send.

use std::thread;
use std::time::{Duration, Instant};

use base64::Engine as _;
use serde_json::{Value, json};

use crate::support::http::{Answer, request};
use crate::support::server::{ALICE, BOB, OWN, REACTION, Server, home, write_tokens};

const SETTINGS: &str = "[reactions]\nemojis = [\"👍\", \"❤️\", \"👋🏽\", \"👍\"]\n";

#[test]
fn reactions_are_listed_in_order_with_their_images() {
    let server = Server::with(SETTINGS, "");
    let list = server.get(REACTION, ALICE).json();
    let names: Vec<_> = list.as_array().unwrap().iter().map(|entry| entry["shortName"].clone()).collect();
    assert_eq!(names, [":thumbsup:", ":heart:", ":wave_tone3:"]);
    let map = server.get(OWN, ALICE).json();
    assert_eq!(
        map.as_object().unwrap().keys().collect::<Vec<_>>(),
        [":thumbsup:", ":heart:", ":wave_tone3:"]
    );
    for (entry, emoji) in list.as_array().unwrap().iter().zip(["👍", "❤️", "👋🏽"]) {
        let url = entry["imageURL"].as_str().unwrap();
        assert_eq!(map[entry["shortName"].as_str().unwrap()], url);
        let image = url.strip_prefix("data:image/svg+xml;base64,").unwrap();
        let image = base64::engine::general_purpose::STANDARD.decode(image).unwrap();
        let image = String::from_utf8(image).unwrap();
        assert!(image.starts_with("<svg xmlns=") && image.contains(&format!(">{emoji}</text>")), "{image}");
    }
}

#[test]
fn short_name_alias_and_emoji_are_accepted() {
    let server = Server::with(SETTINGS, "");
    let mut listener = server.listen(BOB);
    for (sent, name, emoji) in [
        (":thumbsup:", ":thumbsup:", "👍"),
        (":+1:", ":thumbsup:", "👍"),
        ("👍", ":thumbsup:", "👍"),
        ("👍\u{fe0f}", ":thumbsup:", "👍"),
        ("❤", ":heart:", "❤️"),
        ("❤️", ":heart:", "❤️"),
        (":wave_tone3:", ":wave_tone3:", "👋🏽"),
    ] {
        let answer = server.react(ALICE, sent);
        let calls = json!({"calls": [{"team": "t1", "channel": "c1", "participants": ["bob"]}]});
        assert_eq!((answer.status, answer.json()), (200, calls), "{sent}");
        let event = listener.next().unwrap();
        assert_eq!(event, json!({"reaction": name, "emoji": emoji, "user": "alice"}).to_string());
    }
}

#[test]
fn a_reaction_that_is_not_configured_is_rejected_and_not_sent() {
    let server = Server::with(SETTINGS, "");
    let mut listener = server.listen(BOB);
    for sent in [":tada:", "🎉", "👋", "👋🏿", "thumbsup", ":thumbsup", "", "👍👍", "x", " 👍", ":nonsense:"]
    {
        let answer = server.react(ALICE, sent);
        assert_eq!(answer.error(422), "reaction-not-allowed", "{sent}");
        let allowed = &answer.json()["error"]["allowed"];
        assert_eq!(allowed, &json!([":thumbsup:", ":heart:", ":wave_tone3:"]));
    }
    let own = server.post(OWN, BOB, r#"{"reaction":":tada:"}"#);
    assert_eq!(own.error(422), "reaction-not-allowed");
    assert_eq!(server.react(ALICE, "👍").status, 200);
    assert!(listener.next().unwrap().contains("👍"), "the first event is the first allowed reaction");
    assert_eq!(server.metric("reactions_total{result=\"accepted\"}"), "1");
    assert_eq!(server.metric("reactions_total{result=\"refused\"}"), "12");
}

#[test]
fn a_reaction_without_a_running_call_is_an_error() {
    let server = Server::start();
    assert_eq!(server.react(ALICE, "👍").error(404), "no-running-call");
    assert_eq!(server.post(OWN, ALICE, r#"{"reaction":"👍"}"#).error(404), "no-running-call");
    let listener = server.listen(BOB);
    assert_eq!(server.post(OWN, ALICE, r#"{"reaction":"👍"}"#).error(404), "no-running-call");
    let other = REACTION.replace("c1", "c2");
    assert_eq!(server.post(&other, ALICE, r#"{"reaction":"👍"}"#).error(404), "no-running-call");
    drop(listener);
    server.has_metric("listeners", "0");
    assert_eq!(server.react(ALICE, "👍").error(404), "no-running-call");
}

#[test]
fn bodies_without_a_reaction_are_rejected() {
    let server = Server::start();
    let _listener = server.listen(BOB);
    for (body, code) in [
        ("{", "invalid-json"),
        ("x", "invalid-json"),
        ("{\"reaction\":\"👍\"} x", "invalid-json"),
        ("[]", "bad-request"),
        ("{}", "bad-request"),
        ("\":tada:\"", "bad-request"),
        ("{\"reaction\":1}", "bad-request"),
        ("{\"reaction\":null}", "bad-request"),
        ("{\"Reaction\":\"👍\"}", "bad-request"),
    ] {
        assert_eq!(server.post(REACTION, ALICE, body).error(400), code, "{body}");
    }
    let deep = "[".repeat(8000);
    assert_eq!(server.post(REACTION, ALICE, &deep).error(400), "invalid-json");
    let good = request("POST", REACTION, ALICE, r#"{"reaction":"👍"}"#);
    for kind in ["text/plain", "", "application/x-www-form-urlencoded", "Application/JSON; charset=utf-8"] {
        let other = good.replace("application/json", kind);
        assert_eq!(server.raw(&other).status, 200, "what counts is the body, not '{kind}'");
    }
    let empty = request("POST", REACTION, ALICE, "")
        .replace("\r\n\r\n", "\r\nContent-Type: application/json\r\n\r\n");
    assert_eq!(server.raw(&empty).error(400), "invalid-json");
}

#[test]
fn names_are_percent_decoded_and_limited() {
    let server = Server::start();
    let path = |team: &str, end: &str| format!("/api/cowork/teams/{team}/channels/c%2F1/calls/{end}");
    let stream = server.connect();
    let mut listener =
        crate::support::http::Events::open(stream, &path("M%C3%BCnchen%20%F0%9F%91%8D", "events"), BOB);
    let answer = server.post(&path("M%c3%bcnchen%20%f0%9f%91%8d", "reaction"), ALICE, r#"{"reaction":"👍"}"#);
    let call = &answer.json()["calls"][0];
    assert_eq!((&call["team"], &call["channel"]), (&Value::from("München 👍"), &Value::from("c/1")));
    assert!(listener.next().is_some());
    for team in ["", "%00", "a%0Ab", "%FF", "%C2%85", &"x".repeat(257), &"%C3%BC".repeat(129)] {
        for end in ["reaction", "events"] {
            assert_eq!(server.get(&path(team, end), ALICE).error(400), "bad-request", "{team}");
        }
        let answer = server.post(&path(team, "reaction"), ALICE, r#"{"reaction":"👍"}"#);
        assert_eq!(answer.error(400), "bad-request", "{team}");
    }
    assert_eq!(server.get(&path(&"x".repeat(256), "reaction"), ALICE).status, 200);
}

/// Sends reactions until one is limited; returns its answer and the statuses of the others.
fn send_until_limited(server: &Server, token: &str) -> (Answer, Vec<u16>) {
    let mut statuses = Vec::new();
    for emoji in ["👍", "👍", "x"].iter().cycle().take(1000) {
        let answer = server.react(token, emoji);
        if answer.status == 429 {
            return (answer, statuses);
        }
        statuses.push(answer.status);
    }
    panic!("none of {} is limited", statuses.len());
}

#[test]
fn each_user_may_send_ten_a_second_in_bursts_of_thirty() {
    let server = Server::start();
    let mut listener = server.listen(BOB);
    let started = Instant::now();
    let earned = || usize::try_from(started.elapsed().as_millis()).unwrap() / 100 + 1;
    let (limited, sent) = send_until_limited(&server, ALICE);
    assert_eq!((limited.error(429).as_str(), limited.header("retry-after")), ("too-many-reactions", "1"));
    assert!((30..=30 + earned()).contains(&sent.len()), "{}", sent.len());
    let accepted = sent.iter().filter(|status| **status == 200).count();
    assert!(accepted < 30, "those that are not configured count as well");
    assert_eq!(server.metric("reactions_total{result=\"limited\"}"), "1");
    let own = server.post(OWN, BOB, r#"{"reaction":"🎉"}"#);
    assert_eq!(own.status, 200, "each user has a limit of their own");
    for _ in 0..accepted {
        assert!(listener.next().unwrap().contains("👍"));
    }
    assert!(listener.next().unwrap().contains("🎉"), "nobody received the one beyond the limit");

    write_tokens(&server.home, "alice:another-token-of-alice\n");
    server.logs("reloaded the tokens");
    let (_, more) = send_until_limited(&server, "another-token-of-alice");
    assert!(sent.len() + more.len() <= 30 + earned(), "another token of the same user does not help");
}

#[test]
fn reactions_at_a_human_pace_are_never_limited() {
    let server = Server::start();
    let _listener = server.listen(BOB);
    for _ in 0..40 {
        assert_eq!(server.react(ALICE, "👍").status, 200);
        thread::sleep(Duration::from_millis(100));
    }
    home("").run("serve --token-file tokens --reactions-per-second 0").fails(2, "--reactions-per-second");
}
