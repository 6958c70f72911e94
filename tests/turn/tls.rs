//! TLS: valid certificates, each kind of invalid one, and servers that do not speak TLS.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use super::{RELAYS, code, rows, rows_of};
use crate::support::certificates::Authority;
use crate::support::coturn::Coturn;
use crate::support::program::Home;
use crate::support::stopwatch::{in_time, timed};

#[track_caller]
fn row(line: &str) -> Value {
    rows_of(&Home::new().run(&format!("probe {line} --json"))).0.remove(0)
}

#[test]
#[ignore = "needs coturn (tests/run.sh)"]
fn each_rejected_certificate_has_its_code() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new(folder.path());
    let ca = authority.file();
    for (name, year, expected) in
        [("127.0.0.1", 2099, "none"), ("127.0.0.1", 2021, "tls-expired"), ("other.test", 2099, "tls-name")]
    {
        let certificate = authority.options(name, year);
        let coturn = Coturn::start_with(
            &[&["--no-auth", "--no-dtls"], &certificate.each_ref().map(String::as_str)[..]].concat(),
        );
        let server = format!("stuns:127.0.0.1:{}", coturn.tls_port);
        let trusted = row(&format!("{server} --ca-file {ca}"));
        assert_eq!(code(&trusted), expected, "{trusted}");
        let tls = &trusted["tls"];
        assert_eq!(tls["subject"], format!("CN={name}"));
        assert_eq!(tls["issuer"], "CN=test authority");
        let problem = if expected == "none" { Value::Null } else { expected.into() };
        assert_eq!(tls["problem"], problem);
        // coturn 4.6.1 speaks 1.2.
        let spoken = tls["version"].as_str();
        assert_eq!(
            spoken.is_some_and(|version| ["TLSv1.2", "TLSv1.3"].contains(&version)),
            expected == "none"
        );
        assert_eq!(tls["not_after"], format!("{year}-01-01T00:00:00Z"));
        assert_eq!(
            (&tls["name_matches"], &tls["trusted"]),
            (&Value::from(name == "127.0.0.1"), &Value::from(expected == "none"))
        );
        let untrusted = row(&server);
        assert_eq!(
            code(&untrusted),
            if year == 2021 { "tls-expired" } else { "tls-untrusted" },
            "{untrusted}"
        );
        let run = Home::new().run(&format!("probe {server} --insecure"));
        assert_eq!(run.status, Some(0), "{}", run.stdout);
        assert!(run.stderr.contains("NOT checked"), "{}", run.stderr);
        assert!(run.stdout.contains("clients will reject the certificate (tls-"), "{}", run.stdout);
        let insecure = row(&format!("{server} --insecure"));
        assert_eq!((code(&insecure), &insecure["tls"]["trusted"]), ("none", &Value::from(false)));
        let tcp = row(&format!("stun:127.0.0.1:{} --transport tcp", coturn.port));
        assert_eq!((code(&tcp), &tcp["transport"]), ("none", &Value::from("tcp")));
        let tls = row(&format!("stun:127.0.0.1:{} --transport tls --insecure", coturn.tls_port));
        assert_eq!((code(&tls), &tls["transport"]), ("none", &Value::from("tls")));
    }
    let run = Home::new().run("probe stuns:127.0.0.1 --ca-file nowhere.pem");
    run.fails(2, "cannot use nowhere.pem");
    // A broken certificate is not skipped, wherever it is in the file.
    let home = Home::new();
    let good = fs::read_to_string(&ca).unwrap();
    for broken in
        ["-----BEGIN CERTIFICATE-----\n!!!\n-----END CERTIFICATE-----\n", &good.replace("MII", "AAA")]
    {
        fs::write(home.path().join("two.pem"), format!("{good}{broken}")).unwrap();
        let run = home.run("probe stuns:127.0.0.1 --ca-file two.pem");
        run.fails(2, "its certificate 2 is broken");
    }
}

#[test]
#[ignore = "needs coturn (tests/run.sh)"]
fn the_roots_of_the_system_are_trusted() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new(folder.path());
    let certificate = authority.options("127.0.0.1", 2099);
    let coturn = Coturn::start_with(
        &[&["--no-auth", "--no-dtls"], &certificate.each_ref().map(String::as_str)[..]].concat(),
    );
    let server = format!("stuns:127.0.0.1:{}", coturn.tls_port);
    let empty = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("none.pem"), "").unwrap();
    let home = Home::new();
    for (roots, expected) in [("ca.pem", "none"), ("none.pem", "tls-untrusted")] {
        // A substitute for the system's roots, even where it has none.
        let roots = folder.path().join(roots);
        let mut command = home.command(["probe", &server, "--json"]);
        let output = command.env("SSL_CERT_FILE", roots).env("SSL_CERT_DIR", empty.path()).output().unwrap();
        let report: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(code(&report["results"][0]), expected, "{report}");
        assert_eq!(report["results"][0]["tls"]["trusted"], expected == "none");
    }
}

#[test]
#[ignore = "needs coturn (tests/run.sh)"]
fn a_self_signed_certificate_is_distinguished_from_one_of_an_unknown_authority() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new(folder.path());
    let of_authority = authority.options("127.0.0.1", 2099);
    let by_itself = authority.options_self_signed("127.0.0.1");
    for (certificate, says) in
        [(of_authority, "its issuer is CN=test authority"), (by_itself, "it is self-signed")]
    {
        let coturn = Coturn::start_with(
            &[&["--no-auth", "--no-dtls"], &certificate.each_ref().map(String::as_str)[..]].concat(),
        );
        let row = row(&format!("stuns:127.0.0.1:{}", coturn.tls_port));
        assert_eq!(code(&row), "tls-untrusted");
        assert!(row["error"]["message"].as_str().unwrap().contains(says), "{row}");
    }
}

#[test]
#[ignore = "needs coturn (tests/run.sh)"]
fn a_ca_certificate_and_one_not_yet_valid_have_hints() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new(folder.path());
    let of_authority = authority.options_with_ca();
    let of_tomorrow = authority.options_from("127.0.0.1", 2098);
    for (certificate, expected, says, hint) in [
        (of_authority, "tls-untrusted", "a CA certificate", "(CA:FALSE)"),
        (of_tomorrow, "tls-expired", "not valid before 2098-01-01T00:00:00Z", "the clocks"),
    ] {
        let coturn = Coturn::start_with(
            &[&["--no-auth", "--no-dtls"], &certificate.each_ref().map(String::as_str)[..]].concat(),
        );
        let server = format!("stun:127.0.0.1:{} --transport tls", coturn.tls_port);
        let row = row(&format!("{server} --ca-file {}", authority.file()));
        assert_eq!(code(&row), expected, "{row}");
        assert!(row["error"]["message"].as_str().unwrap().contains(says), "{row}");
        assert!(row["error"]["hint"].as_str().unwrap().contains(hint), "{row}");
        assert_eq!(row["warnings"], serde_json::json!([]));
    }
}

#[test]
#[ignore = "needs coturn (tests/run.sh)"]
fn an_expired_certificate_is_reported_even_without_system_roots() {
    let folder = tempfile::tempdir().unwrap();
    let certificate = Authority::new(folder.path()).options("127.0.0.1", 2021);
    let coturn = Coturn::start_with(
        &[&["--no-auth", "--no-dtls"], &certificate.each_ref().map(String::as_str)[..]].concat(),
    );
    fs::write(folder.path().join("none.pem"), "").unwrap();
    let empty = tempfile::tempdir().unwrap();
    let server = format!("stun:127.0.0.1:{}", coturn.tls_port);
    let home = Home::new();
    let mut command = home.command(["probe", &server, "--transport", "tls", "--json"]);
    command.env("SSL_CERT_FILE", folder.path().join("none.pem")).env("SSL_CERT_DIR", empty.path());
    let report: Value = serde_json::from_slice(&command.output().unwrap().stdout).unwrap();
    let row = &report["results"][0];
    assert_eq!((code(row), &row["warnings"]), ("tls-expired", &serde_json::json!([])), "{row}");
}

#[test]
#[ignore = "needs coturn (tests/run.sh)"]
fn a_certificate_about_to_expire_is_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new(folder.path());
    let certificate = authority.options_in_days("127.0.0.1", 10);
    let coturn = Coturn::start_with(
        &[&["--no-auth", "--no-dtls"], &certificate.each_ref().map(String::as_str)[..]].concat(),
    );
    let row =
        row(&format!("stun:127.0.0.1:{} --transport tls --ca-file {}", coturn.tls_port, authority.file()));
    assert_eq!((code(&row), row["status"].as_str()), ("none", Some("ok")));
    assert_eq!(row["warnings"][0]["code"], "certificate-expires");
    assert!(row["warnings"][0]["message"].as_str().unwrap().contains("the certificate expires in "), "{row}");
}

#[test]
#[ignore = "needs coturn (tests/run.sh)"]
fn transports_that_browsers_replace_are_probed_over_tls_with_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new(folder.path());
    let certificate = authority.options("127.0.0.1", 2099);
    let coturn = Coturn::start_with(&[&RELAYS, &certificate.each_ref().map(String::as_str)[..]].concat());
    let (port, ca) = (coturn.tls_port, authority.file());
    let line = format!(
        "stuns:127.0.0.1:{port} turns:127.0.0.1:{port}?transport=udp turns:127.0.0.1:{port}?transport=tcp --ca-file {ca}"
    );
    let (rows, status) = rows(&line, "secret");
    assert_eq!((rows.len(), status), (3, Some(0)), "{rows:?}");
    let warnings: Vec<_> = rows.iter().map(|row| &row["warnings"]).collect();
    let expected = [
        json!([{
            "code": "transport-not-in-browsers",
            "message": "this is STUN over TLS, which browsers do not support; Chromium sends plain UDP to this port instead, Firefox rejects the whole list: use 'stun:' with the server's UDP port"
        }]),
        json!([{
            "code": "transport-not-in-browsers",
            "message": "this is TURN over DTLS, which browsers do not support; they use TLS over TCP instead: use '?transport=tcp'"
        }]),
        json!([]),
    ];
    assert_eq!(warnings, expected.each_ref());
    for row in &rows {
        assert_eq!((&row["transport"], &row["status"]), (&json!("tls"), &json!("ok")), "{row}");
    }
    assert_eq!(rows[1]["relay"]["received"], 10);
}

/// A TCP server that reads once and then runs `answer` on the connection.
fn tcp_server(answer: impl Fn(&mut std::net::TcpStream) + Send + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        if let Ok((mut stream, _)) = listener.accept() {
            let mut buffer = [0; 512];
            let _ = stream.read(&mut buffer);
            answer(&mut stream);
        }
    });
    port
}

#[test]
fn servers_of_other_protocols_are_detected_within_the_timeout() {
    let text = |stream: &mut std::net::TcpStream| drop(stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n"));
    assert_eq!(code(&row(&format!("stun:127.0.0.1:{} --transport tcp", tcp_server(text)))), "not-stun");
    assert_eq!(code(&row(&format!("stuns:127.0.0.1:{}", tcp_server(text)))), "tls-handshake");
    assert_eq!(
        code(&row(&format!("stun:127.0.0.1:{} --transport tcp", tcp_server(|_| ())))),
        "not-stun",
        "it just closes"
    );
    assert_eq!(code(&row(&format!("stuns:127.0.0.1:{}", tcp_server(|_| ())))), "tls-handshake");

    // No answer at all, as behind a firewall: browsers wait for it until their handshake times out.
    let silently = |_: &mut std::net::TcpStream| thread::sleep(Duration::from_secs(5));
    let report =
        Home::new().run(&format!("probe stuns:127.0.0.1:{} --timeout 500ms --json", tcp_server(silently)));
    let report: Value = serde_json::from_str(&report.stdout).unwrap();
    let error = &report["results"][0]["error"];
    assert_eq!((&error["code"], &report["summary"]["gathering_ms"]), (&"timeout".into(), &30_100.0.into()));
    assert!(error["message"].as_str().unwrap().starts_with("the TLS handshake with 127.0.0.1:"), "{error}");

    // A byte a second, and endless bytes.
    let slowly = |stream: &mut std::net::TcpStream| {
        for byte in [1, 1, 0, 12, 0x21, 0x12, 0xa4, 0x42, 0, 0] {
            let _ = stream.write_all(&[byte]);
            thread::sleep(Duration::from_secs(1));
        }
    };
    let endlessly = |stream: &mut std::net::TcpStream| {
        while stream
            .write_all(
                &[1, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12].repeat(100),
            )
            .is_ok()
        {}
    };
    for (port, option) in [
        (tcp_server(slowly), "stun:127.0.0.1:PORT --transport tcp"),
        (tcp_server(endlessly), "stun:127.0.0.1:PORT --transport tcp"),
        (tcp_server(slowly), "stuns:127.0.0.1:PORT"),
        (tcp_server(endlessly), "stuns:127.0.0.1:PORT"),
        (tcp_server(endlessly), "turn:127.0.0.1:PORT?transport=tcp"),
    ] {
        let line = format!("{} --timeout 1s", option.replace("PORT", &port.to_string()));
        let found = in_time(..Duration::from_millis(1900), || timed(|| row(&line)));
        assert_eq!(found["status"], "failed", "{found}");
    }
}
