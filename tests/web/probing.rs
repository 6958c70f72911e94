//! Probing while the Web API runs: what is loaded once and not in each round, and what the log says of the servers.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use serde_json::{Value, json};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::support::certificates::Authority;
use crate::support::fake_server::success;
use crate::support::scripted_server::{self, Script};
use crate::support::server::{Server, home, wait_for};

/// A STUN server over TLS that answers one request per connection. Returns its URI and how many it has answered.
fn stuns(authority: &Authority) -> (String, Arc<AtomicUsize>) {
    let [_, certificate, _, key] = authority.options("127.0.0.1", 2100);
    let chain = vec![CertificateDer::from_pem_file(certificate).unwrap()];
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(chain, PrivateKeyDer::from_pem_file(key).unwrap())
        .unwrap();
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let uri = format!("stuns:{}", listener.local_addr().unwrap());
    let answered = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&answered);
    thread::spawn(move || {
        while let Ok((tcp, client)) = listener.accept() {
            let mut stream = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), tcp);
            let mut request = vec![0; 20];
            // A client that does not trust the certificate disconnects.
            if stream.read_exact(&mut request).is_err() {
                continue;
            }
            let start = request.len();
            request.resize(start + usize::from(u16::from_be_bytes([request[2], request[3]])), 0);
            stream.read_exact(&mut request[start..]).unwrap();
            stream.write_all(&success(&request, client)).unwrap();
            counter.fetch_add(1, Ordering::Relaxed);
        }
    });
    (uri, answered)
}

#[test]
fn the_root_certificates_of_the_system_are_read_once_and_not_in_each_round() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new(folder.path());
    let (uri, answered) = stuns(&authority);
    let roots = folder.path().join("roots.pem");
    fs::copy(authority.file(), &roots).unwrap();
    let empty = tempfile::tempdir().unwrap();
    let server = Server::with_variables(
        home(&format!("[stun]\nservers = ['{uri}']\n")),
        "--probe-interval 200ms",
        &[("SSL_CERT_FILE", &roots), ("SSL_CERT_DIR", empty.path())],
    );
    let rounds = |count| {
        let goal = answered.load(Ordering::Relaxed) + count;
        let reached = || (answered.load(Ordering::Relaxed) >= goal).then_some(());
        wait_for(reached, || format!("{count} more rounds in which {uri} is trusted"));
    };
    rounds(1);
    fs::remove_file(&roots).unwrap();
    rounds(5);
    server.stop();
}

#[test]
fn the_log_names_a_server_once_when_it_fails_and_once_when_it_works_again() {
    // Each round is another client to a server.
    let start = |first: &str, then: &str| {
        let (answers, second) = (vec![first.to_owned()], Some(vec![then.to_owned()]));
        let script = Script { answers, second, ..Script::default() };
        format!("stun:{}", scripted_server::over_udp("127.0.0.1", script))
    };
    let log = |format: &str| {
        let [bad, back, good] = [("error 500", "error 500"), ("error 500", "good"), ("good", "good")]
            .map(|(first, then)| start(first, then));
        let settings = format!("[stun]\nservers = ['{bad}', '{back}', '{good}']\n");
        let server = Server::with(&settings, &format!("--probe-interval 200ms --log-format {format}"));
        server.logs(&format!("{back} works again"));
        (bad, back, server.stop())
    };

    let (bad, back, text) = log("text");
    let lines: Vec<_> = text.lines().filter_map(|line| line.split_once("Z ")).map(|(_, rest)| rest).collect();
    let fails = |uri: &str| {
        let address = uri.strip_prefix("stun:").unwrap();
        format!("warning: {uri} fails (server-error): {address} responded with error 500")
    };
    assert_eq!(lines.len(), 4, "{text}");
    assert!(lines[0].starts_with(&fails(&bad)) && lines[1].starts_with(&fails(&back)), "{text}");
    assert_eq!(lines[2..], [&format!("{back} works again"), "shutting down"]);

    let (bad, back, text) = log("json");
    let lines: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let lines: Vec<_> = lines.iter().filter(|line| line["server"].is_string()).collect();
    let parts = lines.iter().map(|line| json!([line["level"], line["server"], line["code"]]));
    let expected =
        json!([["warning", bad, "server-error"], ["warning", back, "server-error"], ["info", back, null]]);
    assert_eq!(Value::from_iter(parts), expected, "{text}");
}
