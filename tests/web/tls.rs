//! The Web API over TLS, and its certificate.

use std::io::{BufReader, Write as _};
use std::net::TcpStream;
use std::sync::Arc;

use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::support::certificates::Authority;
use crate::support::http::{Events, answer, request};
use crate::support::server::{ALICE, BOB, EVENTS, ICE, REACTION, Server, home, wait_for};

fn connect(server: &Server, authority: &Authority) -> StreamOwned<ClientConnection, TcpStream> {
    let mut roots = RootCertStore::empty();
    let authority = CertificateDer::from_pem_file(authority.file()).unwrap();
    roots.add(authority).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    StreamOwned::new(ClientConnection::new(Arc::new(config), name).unwrap(), server.connect())
}

#[test]
fn a_renewed_certificate_is_in_use_without_a_restart() {
    let home = home("");
    let old = Authority::new(home.path());
    let [_, certificate, _, key] = old.options("localhost", 2100);
    let server = Server::at(home, &format!("--tls-cert {certificate} --tls-key {key}"));
    let mut listener = Events::open(connect(&server, &old), EVENTS, BOB);

    // Replace the old files with those of another authority.
    let folder = tempfile::tempdir().unwrap();
    let new = Authority::new(folder.path());
    let [_, new_certificate, _, new_key] = new.options("localhost", 2100);
    std::fs::rename(new_certificate, &certificate).unwrap();
    server.logs("it does not match the certificate");
    let ask = |authority: &Authority| {
        let mut stream = connect(&server, authority);
        stream.write_all(request("POST", REACTION, ALICE, r#"{"reaction":"👍"}"#).as_bytes())?;
        Ok::<_, std::io::Error>(answer(&mut BufReader::new(stream), false).unwrap().status)
    };
    assert_eq!(ask(&old).unwrap(), 200, "the last good certificate stays in use");
    std::fs::copy(new_key, &key).unwrap();
    server.logs("reloaded the TLS certificate");
    assert_eq!(ask(&new).unwrap(), 200);
    assert!(ask(&old).is_err());
    assert!(listener.next().is_some() && listener.next().is_some(), "listeners stay connected");
    server.stop();
}

#[test]
fn an_unreadable_certificate_is_logged_once_and_reported_by_healthz() {
    let home = home("");
    let authority = Authority::new(home.path());
    let [_, certificate, _, key] = authority.options("localhost", 2100);
    let server = Server::at(home, &format!("--tls-cert {certificate} --tls-key {key}"));
    let health = || {
        let mut stream = connect(&server, &authority);
        stream.write_all(request("GET", "/healthz", "", "").as_bytes()).unwrap();
        answer(&mut BufReader::new(stream), false).unwrap().json()
    };
    let good = serde_json::json!({"status": "ok"});
    assert_eq!(health(), good);
    for (file, what) in [(&certificate, "certificate"), (&key, "key")] {
        let aside = format!("{file}.aside");
        std::fs::rename(file, &aside).unwrap();
        std::fs::create_dir(file).unwrap();
        server.logs(&format!("cannot use {file}: "));
        // About twenty checks of the files.
        std::thread::sleep(std::time::Duration::from_secs(1));
        let expected = format!("tls: the {what} cannot be used");
        assert_eq!(health(), serde_json::json!({"status": "degraded", "message": expected}));
        std::fs::remove_dir(file).unwrap();
        std::fs::rename(&aside, file).unwrap();
        wait_for(|| (health() == good).then_some(()), || "good health".to_owned());
        let log = server.log();
        assert_eq!(log.matches(&format!("cannot use {file}: ")).count(), 1, "{log}");
    }
    server.stop();
}

#[test]
fn the_server_speaks_only_tls_when_it_has_a_certificate() {
    let home = home("");
    let authority = Authority::new(home.path());
    let [_, certificate, _, key] = authority.options("localhost", 2100);
    let server = Server::at(home, &format!("--tls-cert {certificate} --tls-key {key}"));
    assert!(server.log().starts_with("listening on https://127.0.0.1:"));
    let silent = server.connect();

    let ask = |text: &str| {
        let mut stream = connect(&server, &authority);
        stream.write_all(text.as_bytes()).unwrap();
        answer(&mut BufReader::new(stream), false).unwrap()
    };
    assert_eq!(ask(&request("GET", ICE, ALICE, "")).status, 200);
    assert_eq!(ask(&request("GET", ICE, "", "")).error(401), "unauthorized");
    let mut events = Events::open(connect(&server, &authority), EVENTS, BOB);
    assert_eq!(ask(&request("POST", REACTION, ALICE, r#"{"reaction":"👍"}"#)).status, 200);
    assert!(events.next().unwrap().contains("👍"));

    let mut plain = server.connect();
    plain.write_all(request("GET", "/healthz", "", "").as_bytes()).unwrap();
    // The response, if any, is a TLS alert and not HTTP.
    let mut back = Vec::new();
    let _ = std::io::Read::read_to_end(&mut plain, &mut back);
    assert!(!back.starts_with(b"HTTP"), "{back:?}");

    server.signal("-TERM");
    assert_eq!(events.next(), None);
    drop(silent);
    assert_eq!(server.ended().0, Some(0));
}
