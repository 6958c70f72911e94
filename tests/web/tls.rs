//! The Web API over TLS, and its certificate.

use std::fs;
use std::io::{BufReader, Write as _};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use tokio_rustls::rustls::time_provider::TimeProvider;
use tokio_rustls::rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::support::certificates::Authority;
use crate::support::http::{Events, answer, request};
use crate::support::server::{ALICE, BOB, EVENTS, ICE, REACTION, Server, home, wait_for};

/// A connection of a client with this clock.
fn connect_in(
    year: Year,
    server: &Server,
    authority: &Authority,
) -> StreamOwned<ClientConnection, TcpStream> {
    let mut roots = RootCertStore::empty();
    let authority = CertificateDer::from_pem_file(authority.file()).unwrap();
    roots.add(authority).unwrap();
    let config = ClientConfig::builder_with_details(Arc::new(ring::default_provider()), Arc::new(year))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from("localhost").unwrap();
    StreamOwned::new(ClientConnection::new(Arc::new(config), name).unwrap(), server.connect())
}

fn connect(server: &Server, authority: &Authority) -> StreamOwned<ClientConnection, TcpStream> {
    connect_in(Year::THIS, server, authority)
}

/// The clock of a client.
#[derive(Clone, Copy, Debug)]
struct Year(Option<u64>);

impl Year {
    const THIS: Year = Year(None);

    /// The middle of a year, more or less.
    const fn of(year: u64) -> Self {
        Year(Some((year - 1970) * 31_556_952 + 15_000_000))
    }
}

impl TimeProvider for Year {
    fn current_time(&self) -> Option<UnixTime> {
        Some(
            self.0.map_or_else(UnixTime::now, |seconds| {
                UnixTime::since_unix_epoch(Duration::from_secs(seconds))
            }),
        )
    }
}

/// The health that a client with this clock gets.
fn health_in(year: Year, server: &Server, authority: &Authority) -> Value {
    let mut stream = connect_in(year, server, authority);
    stream.write_all(request("GET", "/healthz", "", "").as_bytes()).unwrap();
    answer(&mut BufReader::new(stream), false).unwrap().json()
}

#[track_caller]
fn becomes_healthy(server: &Server, authority: &Authority) {
    let health = || health_in(Year::THIS, server, authority);
    wait_for(|| (health() == json!({"status": "ok"})).then_some(()), || format!("health, not {}", health()));
}

#[test]
fn a_corrupt_certificate_of_the_chain_is_reported_by_its_position() {
    let home = home("");
    let authority = Authority::new(home.path());
    let [_, certificate, _, key] = authority.options("localhost", 2100);
    let leaf = fs::read_to_string(&certificate).unwrap();
    let root = fs::read_to_string(authority.file()).unwrap();
    let corrupt = "-----BEGIN CERTIFICATE-----\nMII!\n-----END CERTIFICATE-----\n";
    fs::write(&certificate, format!("{leaf}{corrupt}{root}")).unwrap();
    let options = format!("--tls-cert {certificate} --tls-key {key}");
    let server = Server::at(home, &options);
    server.logs(&format!("warning: {certificate}: certificate 2 of the chain is corrupt; "));
    let expected = json!({"status": "degraded", "message": "tls: certificate 2 of the chain is corrupt"});
    assert_eq!(health_in(Year::THIS, &server, &authority), expected);
    fs::write(&certificate, &leaf).unwrap();
    becomes_healthy(&server, &authority);
    // Base64 without a certificate in it, at a reload.
    fs::write(&certificate, format!("{leaf}{root}{}", corrupt.replace("MII!", "AAAA"))).unwrap();
    server.logs(&format!("warning: {certificate}: certificate 3 of the chain is corrupt; "));
    fs::write(&certificate, format!("{corrupt}{leaf}")).unwrap();
    server.logs(&format!("cannot use {certificate}: its first certificate is corrupt; still using"));
    assert_eq!(health_in(Year::THIS, &server, &authority)["status"], "degraded");
}

#[test]
fn a_key_that_others_can_read_is_reported() {
    let home = home("");
    let authority = Authority::new(home.path());
    let [_, certificate, _, key] = authority.options("localhost", 2100);
    let mode = |mode: u32| fs::set_permissions(&key, fs::Permissions::from_mode(mode)).unwrap();
    mode(0o644);
    let server = Server::at(home, &format!("--tls-cert {certificate} --tls-key {key}"));
    server.logs(&format!("warning: {key}: other users can read the private key; run 'chmod o=' on it"));
    let expected = json!({"status": "degraded", "message": "tls: other users can read the private key"});
    assert_eq!(health_in(Year::THIS, &server, &authority), expected);
    mode(0o640);
    becomes_healthy(&server, &authority);
}

#[test]
fn a_certificate_that_is_not_valid_now_is_reported() {
    let home = home("");
    let authority = Authority::new(home.path());
    let [_, certificate, _, key] = authority.options("localhost", 2024);
    let server = Server::at(home, &format!("--tls-cert {certificate} --tls-key {key}"));
    let expired = "the certificate expired on 2024-01-01T00:00:00Z";
    server.logs(&format!("warning: {certificate}: {expired}"));
    let health = |year| health_in(Year::of(year), &server, &authority)["message"].clone();
    assert_eq!(health(2022), format!("tls: {expired}"));

    // At a reload.
    let folder = tempfile::tempdir().unwrap();
    let other = Authority::new(folder.path());
    let [_, later, _, later_key] = other.options_from("localhost", 2090);
    fs::copy(later_key, &key).unwrap();
    fs::copy(later, &certificate).unwrap();
    let early = "the certificate is not valid before 2090-01-01T00:00:00Z";
    server.logs(&format!("warning: {certificate}: {early}"));
    assert_eq!(health_in(Year::of(2095), &server, &other)["message"], format!("tls: {early}"));
}

#[test]
fn a_certificate_that_expires_while_it_is_in_use_is_logged_once() {
    let start = |left| {
        let home = home("");
        let authority = Authority::new(home.path());
        let [_, certificate, _, key] = authority.options_in("localhost", Duration::from_secs(left));
        let server = Server::at(home, &format!("--tls-cert {certificate} --tls-key {key}"));
        let health = health_in(Year::of(2022), &server, &authority);
        (server, authority, certificate, health)
    };
    let good = json!({"status": "ok"});
    // A busy machine may need longer than the first certificate lasts.
    let mut starts = [4, 30].into_iter().map(start);
    let started = starts.find(|(_, _, _, health)| *health == good);
    let (server, authority, certificate, _) = started.expect("good health before the certificate expires");
    server.logs(&format!("warning: {certificate}: the certificate expires in 0 days, on "));
    let expired = format!("error: {certificate}: the certificate expired on ");
    let latest = Instant::now() + Duration::from_secs(40);
    while !server.log().contains(&expired) {
        assert!(Instant::now() < latest, "{}", server.log());
        std::thread::sleep(Duration::from_millis(50));
    }
    let message = health_in(Year::of(2022), &server, &authority)["message"].clone();
    assert!(message.as_str().unwrap().starts_with("tls: the certificate expired on 20"), "{message}");
    std::thread::sleep(Duration::from_millis(2200));
    let log = server.stop();
    assert_eq!(log.matches("the certificate expired on ").count(), 1, "{log}");
}

#[test]
fn hsts_is_sent_with_every_response_if_wanted() {
    let found = |options: &str| {
        let home = home("");
        let authority = Authority::new(home.path());
        let [_, certificate, _, key] = authority.options("localhost", 2100);
        let server = Server::at(home, &format!("--tls-cert {certificate} --tls-key {key} {options}"));
        ["/healthz", "/", ICE, "/nothing"].map(|path| {
            let mut stream = connect(&server, &authority);
            stream.write_all(request("GET", path, "", "").as_bytes()).unwrap();
            let answer = answer(&mut BufReader::new(stream), false).unwrap();
            answer.header("strict-transport-security").to_owned()
        })
    };
    assert_eq!(found("--hsts"), ["max-age=63072000"; 4]);
    assert_eq!(found(""), [""; 4]);
    home("").run("serve --token-file tokens --hsts").fails(2, "--tls-cert");
}

#[test]
fn hsts_is_not_sent_over_plain_http() {
    // RFC 6797 section 7.2.
    let home = home("");
    let authority = Authority::new(home.path());
    let [_, certificate, _, key] = authority.options("localhost", 2100);
    let server = Server::at(home, &format!("--tls-cert {certificate} --tls-key {key} --hsts"));
    let mut plain = server.connect();
    plain.write_all(request("GET", "/healthz", "", "").as_bytes()).unwrap();
    let found = answer(&mut BufReader::new(plain), false).unwrap();
    assert_eq!(found.error(400), "https-required");
    assert_eq!(found.header("strict-transport-security"), "");
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
    let found = answer(&mut BufReader::new(plain), false).unwrap();
    assert_eq!((found.error(400), found.header("connection")), ("https-required".to_owned(), "close"));
    assert!(found.json()["error"]["hint"].as_str().unwrap().contains("https://"), "{found:?}");

    server.signal("-TERM");
    assert_eq!(events.next(), None);
    drop(silent);
    assert_eq!(server.ended().0, Some(0));
}
