//! `openapi.json` matches the server: its paths are the routes, and it describes each response.

use std::collections::BTreeSet;
use std::io::Write as _;

use crate::support::http::{Answer, request};
use crate::support::openapi::{document, pattern};
use crate::support::server::{ALICE, BOB, EVENTS, ICE, OWN, REACTION, Server, home, write_tokens};

#[test]
fn its_paths_are_the_routes() {
    let source = include_str!("../../src/web/routes.rs");
    let routes: BTreeSet<_> =
        source.split(".route(").skip(1).map(|rest| rest.split('"').nth(1).unwrap().to_owned()).collect();
    let document = document();
    let described: BTreeSet<_> = document["paths"].as_object().unwrap().keys().cloned().collect();
    assert_eq!(routes, described);
    assert!(routes.len() >= 8);
}

#[test]
fn the_server_serves_the_document() {
    assert_eq!(Server::start().get("/openapi.json", "").json(), document());
}

#[test]
fn every_described_response_occurs() {
    let server = Server::with("", "--max-listeners 1 --public-name calls.example.de");
    let long = "x".repeat(17 * 1024);
    let good = r#"{"reaction":":tada:"}"#;
    let text_body = request("POST", REACTION, ALICE, good).replace("application/json", "text/plain");
    let mut seen = BTreeSet::new();
    let mut see = |method: &str, path: &str, answer: Answer| {
        let document = document();
        seen.insert(format!("{method} {} {}", pattern(&document, path).unwrap(), answer.status));
    };
    for path in ["/", "/healthz", "/metrics", "/openapi.json"] {
        see("get", path, server.get(path, ""));
    }
    for path in [REACTION, OWN, ICE, EVENTS] {
        see("get", path, server.get(path, "nobody's"));
    }
    for path in [REACTION, OWN, ICE] {
        see("get", path, server.get(path, ALICE));
    }
    for path in [REACTION, EVENTS] {
        let bad = path.replace("t1", "%00");
        see("get", &bad, server.get(&bad, ALICE));
    }
    for path in [REACTION, OWN] {
        for (token, body) in
            [("", good), (ALICE, "{"), (ALICE, good), (ALICE, &*long), (ALICE, r#"{"reaction":"x"}"#)]
        {
            see("post", path, server.post(path, token, body));
        }
        see("post", path, server.raw(&text_body.replace(REACTION, path)));
    }
    for (path, methods) in document()["paths"].as_object().unwrap() {
        for method in ["GET", "POST"].iter().filter(|method| methods[method.to_ascii_lowercase()].is_object())
        {
            for host in ["other.example.de", "a b"] {
                let asked = request(method, path, "", "").replace("localhost", host);
                see(&method.to_ascii_lowercase(), path, server.raw(&asked));
            }
        }
    }
    let home = home("");
    write_tokens(&home, &format!("alice:{ALICE} rooms=t1/c1\n"));
    let only = Server::at(home, "--max-listeners-per-user 1 --reactions-per-second 1");
    let _own = only.listen(ALICE);
    see("get", EVENTS, only.get(EVENTS, ALICE));
    for (method, path) in [("get", EVENTS), ("get", REACTION), ("post", REACTION)] {
        let other = path.replace("c1", "c2");
        see(method, &other, only.raw(&request(&method.to_ascii_uppercase(), &other, ALICE, "")));
    }
    for path in [REACTION, OWN] {
        for _ in 0..4 {
            see("post", path, only.post(path, ALICE, good));
        }
    }
    let proxied = Server::with("", "--trusted-proxy 127.0.0.1 --max-connections-per-address 1");
    let mut own = proxied.connect();
    let forwarded = |text: String| text.replace("Host:", "X-Forwarded-For: 192.0.2.1\r\nHost:");
    own.write_all(forwarded(request("GET", EVENTS, ALICE, "")).as_bytes()).unwrap();
    proxied.has_metric("listeners", "1");
    for (path, methods) in document()["paths"].as_object().unwrap() {
        for method in ["GET", "POST"].iter().filter(|method| methods[method.to_ascii_lowercase()].is_object())
        {
            let asked = forwarded(request(method, path, "", ""));
            see(&method.to_ascii_lowercase(), path, proxied.raw(&asked));
        }
    }
    let _listener = server.listen(BOB);
    see("get", EVENTS, server.get(EVENTS, ALICE));
    see("post", REACTION, server.post(REACTION, ALICE, good));
    see("post", OWN, server.post(OWN, BOB, good));

    let mut described = BTreeSet::new();
    for (path, methods) in document()["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap().iter().filter(|(_, o)| o.is_object()) {
            let statuses = operation["responses"].as_object().unwrap().keys();
            described.extend(statuses.map(|status| format!("{method} {path} {status}")));
        }
    }
    // Other tests cover those that take a while, occur only during shutdown or need an engine.
    let elsewhere = |line: &String| {
        let is_of_engine = line.starts_with("post ") && line.ends_with(" 503");
        is_of_engine || line.ends_with(" 408") || line.ends_with("/events 200")
    };
    described.retain(|line| !elsewhere(line));
    assert_eq!(seen, described);
}
