//! The host that a request names, which protects from pages whose name suddenly leads to this server (DNS rebinding).

use crate::support::http::request;
use crate::support::server::{ALICE, EVENTS, ICE, OWN, REACTION, Server, home};

const PATHS: [&str; 10] =
    ["/", "/healthz", "/metrics", "/openapi.json", "/nothing", "/api/nothing", ICE, OWN, REACTION, EVENTS];

/// A request with these lines instead of its Host header.
fn with_host(path: &str, lines: &str) -> String {
    request("GET", path, ALICE, "").replace("Host: localhost\r\n", lines)
}

#[test]
fn a_missing_doubled_or_invalid_host_is_a_bad_request() {
    let server = Server::start();
    for lines in [
        "",
        "Host: localhost\r\nHost: localhost\r\n",
        "Host: localhost\r\nHost: other.example.de\r\n",
        "Host:\r\n",
        "Host: a b\r\n",
        "Host: user@localhost\r\n",
        "Host: localhost:x\r\n",
        "Host: http://localhost/\r\n",
        "Host: [::1\r\n",
        "Host: \u{1b}[31m\r\n",
    ] {
        for path in ["/", "/healthz", "/nothing", ICE] {
            let answer = server.raw(&with_host(path, lines));
            if answer.header("content-type").is_empty() {
                // HTTP itself rejects control characters.
                assert_eq!(answer.status, 400, "{lines:?}");
            } else {
                assert_eq!(answer.error(400), "bad-request", "{path} {lines:?}");
            }
        }
    }
    let old = with_host("/healthz", "").replace("HTTP/1.1", "HTTP/1.0");
    assert_eq!(server.raw(&old).status, 200, "HTTP/1.0 has no Host header");
    assert_eq!(
        server.raw(&old.replace("\r\n\r\n", "\r\nHost: a\r\nHost: a\r\n\r\n")).error(400),
        "bad-request"
    );
    assert_eq!(server.raw(&with_host("/healthz", "Host: any.example.de:1\r\n")).status, 200);
}

#[test]
fn with_public_names_every_path_rejects_requests_for_other_hosts() {
    let server = Server::with("", "--public-name Calls.example.de. --public-name münchen.example");
    for path in PATHS {
        for host in
            ["evil.example", "evil.example:8443", "x.calls.example.de", "calls.example.de.evil.example"]
        {
            let answer = server.raw(&with_host(path, &format!("Host: {host}\r\n")));
            assert_eq!(answer.error(421), "misdirected-request", "{path} {host}");
            assert_eq!(answer.header("x-content-type-options"), "nosniff");
        }
        let absolute = with_host(path, "Host: calls.example.de\r\n");
        let absolute = absolute.replacen(path, &format!("http://evil.example{path}"), 1);
        assert_eq!(server.raw(&absolute).error(421), "misdirected-request", "{path}");
    }
    for host in [
        "calls.example.de",
        "CALLS.example.DE.:443",
        "xn--mnchen-3ya.example",
        "münchen.example",
        "localhost:8443",
        "127.0.0.1",
        "192.0.2.1:1",
        "[2001:db8::1]:8443",
    ] {
        let answer = server.raw(&with_host("/healthz", &format!("Host: {host}\r\n")));
        assert_eq!(answer.status, 200, "{host}: {answer:?}");
    }
    let absolute = with_host("http://calls.example.de/healthz", "Host: evil.example\r\n");
    assert_eq!(server.raw(&absolute).status, 200, "the URL counts instead of the header");
    assert_eq!(server.metric(r#"http_requests_total{route="/healthz",method="GET",status="421"}"#), "5");
    assert!(server.stop().contains("GET /healthz 421 "));
}

#[test]
fn a_public_name_is_a_host_name_without_scheme_and_port() {
    let home = home("");
    for name in
        ["https://calls.example.de", "calls.example.de:8443", "192.0.2.1", "[::1]", "*.example.de", "a/b"]
    {
        home.run(&format!("serve --token-file tokens --public-name {name}"))
            .fails(2, "expected a host name without scheme and port, such as calls.example.de");
    }
}
