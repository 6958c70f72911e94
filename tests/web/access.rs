//! Access: what needs a token and what is public.

use std::thread;

use crate::support::http::request;
use crate::support::server::{ALICE, BOB, EVENTS, ICE, OWN, REACTION, Server, write_tokens};

#[test]
fn the_whole_api_needs_a_token() {
    let server = Server::start();
    let with = |path: &str, header: &str| {
        server.raw(&request("GET", path, "", "").replacen("\r\n\r\n", &format!("\r\n{header}\r\n\r\n"), 1))
    };
    let check = |path: &str| {
        for header in [
            "X: y".to_owned(),
            "Authorization: Bearer".to_owned(),
            "Authorization: Bearer ".to_owned(),
            format!("Authorization: Basic {ALICE}"),
            format!("Authorization: Bearer {ALICE}x"),
            format!("Authorization: Bearer {}", &ALICE[1..]),
            format!("Authorization: Bearer alice:{ALICE}"),
            format!("Authorization: Bearer nobody\r\nAuthorization: Bearer {ALICE}"),
        ] {
            let answer = with(path, &header);
            assert_eq!(answer.error(401), "unauthorized", "{path} {header}");
            assert_eq!(answer.header("www-authenticate"), "Bearer");
        }
    };
    // At once, because each unknown token takes a second.
    thread::scope(|scope| {
        for path in [REACTION, EVENTS, OWN, ICE, "/api/cowork/nothing", "/api/"] {
            scope.spawn(move || check(path));
        }
    });
    for path in [REACTION, OWN] {
        assert_eq!(server.post(path, "", r#"{"reaction":"👍"}"#).error(401), "unauthorized");
    }
    assert_eq!(with(ICE, &format!("authorization: bearer {ALICE}")).status, 200);
    assert_eq!(server.get(&format!("{ICE}?token={ALICE}"), "").error(401), "unauthorized");
}

#[test]
fn public_paths_need_no_token() {
    let server = Server::start();
    for (path, kind) in [
        ("/healthz", "application/json"),
        ("/metrics", "text/plain; version=0.0.4; charset=utf-8"),
        ("/openapi.json", "application/json"),
        ("/", "text/html; charset=utf-8"),
    ] {
        let answer = server.get(path, "");
        assert_eq!((answer.status, answer.header("content-type")), (200, kind));
        assert_eq!(answer.header("x-content-type-options"), "nosniff");
        assert!(!answer.body.is_empty());
        let head = server.raw(&request("HEAD", path, "", ""));
        assert_eq!((head.status, head.header("content-type")), (200, kind));
    }
    assert_eq!(server.get("/api", "").status, 401);
    assert_eq!(server.get("/healthz", "").body, r#"{"status":"ok"}"#);
    let page = server.get("/", "");
    let policy = page.header("content-security-policy");
    assert!(policy.starts_with("default-src 'none'; script-src "), "{policy}");
    assert!(!policy.contains("unsafe"), "{policy}");
}

#[test]
fn other_paths_and_methods_are_errors_as_json() {
    let server = Server::start();
    for path in ["/nothing", "/api/cowork/nothing", "/healthz/", "//api"] {
        assert_eq!(server.get(path, ALICE).error(404), "not-found", "{path}");
    }
    for (method, path, allow) in
        [("PUT", REACTION, "GET,HEAD,POST"), ("DELETE", "/healthz", "GET,HEAD"), ("POST", EVENTS, "GET,HEAD")]
    {
        let answer = server.raw(&request(method, path, ALICE, ""));
        assert_eq!((answer.error(405).as_str(), answer.header("allow")), ("method-not-allowed", allow));
    }
}

#[test]
fn changed_tokens_take_effect_at_once_and_remove_users_without_one_from_calls() {
    let server = Server::start();
    let mut of_alice = server.listen(ALICE);
    let mut of_bob = server.listen(BOB);
    write_tokens(&server.home, &format!("carol:{}\nbob:{BOB}\n", "c".repeat(16)));
    server.has_metric("listeners", "1");
    assert_eq!(of_alice.next(), None, "alice is removed");
    assert_eq!(server.get(ICE, ALICE).error(401), "unauthorized");
    assert_eq!(server.get(ICE, &"c".repeat(16)).status, 200);
    assert_eq!(server.react(BOB, "👍").status, 200);
    assert!(of_bob.next().unwrap().contains("👍"), "bob stays");

    write_tokens(&server.home, "carol\n");
    server.logs("tokens:1: expected name:token");
    server.has_metric("listeners", "0");
    assert_eq!(of_bob.next(), None, "nobody is left");
    assert_eq!(server.get(ICE, BOB).error(401), "unauthorized");
}
