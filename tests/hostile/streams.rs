//! Streams that never end, arrive a byte a second, or claim to be TLS.

use std::io::{Read as _, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::pem::PemObject as _;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ServerConfig, ServerConnection, Stream};

use super::run::{TIMEOUT, probe, run};
use super::{LOGIN, code};
use crate::support::certificates::Authority;

/// How long a server keeps sending: longer than any run.
const PATIENCE: Duration = Duration::from_secs(3);

/// Starts a server with a thread for each connection. It stops with the test.
pub(crate) fn serve(answer: impl Fn(TcpStream) + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let answer = Arc::new(answer);
    thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            let answer = Arc::clone(&answer);
            thread::spawn(move || answer(stream));
        }
    });
    address
}

/// The configuration of a TLS server with this certificate.
pub(crate) fn tls_config(options: &[String; 4]) -> Arc<ServerConfig> {
    let certificate = CertificateDer::from_pem_file(Path::new(&options[1])).unwrap();
    let key = PrivateKeyDer::from_pem_file(Path::new(&options[3])).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    Arc::new(config)
}

/// Writes the same bytes until the client closes the connection.
fn write_endlessly(mut stream: impl Write, bytes: &[u8]) {
    let bytes = bytes.repeat(1 + 16_384 / bytes.len());
    let started = Instant::now();
    while started.elapsed() < PATIENCE && stream.write_all(&bytes).is_ok() {}
}

/// Writes a byte at a time.
fn write_slowly(mut stream: impl Write, bytes: &[u8], pause: Duration) {
    let started = Instant::now();
    for byte in bytes.iter().cycle() {
        if started.elapsed() > PATIENCE || stream.write_all(&[*byte]).and_then(|()| stream.flush()).is_err() {
            return;
        }
        thread::sleep(pause);
    }
}

/// A response to no request, and channel data.
const FOREIGN: [u8; 20] = [1, 1, 0, 0, 0x21, 0x12, 0xa4, 0x42, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];
const DATA: [u8; 8] = [0x40, 0, 0, 4, 1, 2, 3, 4];
/// The beginning of the longest possible message.
const LONGEST: [u8; 8] = [1, 1, 0xff, 0xfc, 0x21, 0x12, 0xa4, 0x42];
/// The beginning of a TLS handshake in a record of 16 KiB.
const RECORD: [u8; 9] = [0x16, 3, 3, 0x40, 0, 2, 0xff, 0xff, 0xff];

#[test]
fn endless_streams_end_with_the_timeout() {
    for bytes in [&b"HTTP/1.1 200 OK\r\n"[..], &[0], &FOREIGN, &DATA, &LONGEST, &RECORD] {
        let server = serve(move |stream| write_endlessly(stream, bytes));
        for target in [
            format!("stun:{server} --transport tcp"),
            format!("turn:{server}?transport=tcp {LOGIN}"),
            format!("turn:{server}?transport=tcp {LOGIN} --audit --yes"),
            format!("stuns:{server}"),
        ] {
            let output = run(&format!("probe {target} --json --timeout {TIMEOUT:?}"), "secret");
            let rows = output.rows();
            assert!(
                ["not-stun", "timeout", "tls-handshake"].contains(&code(&rows[0])),
                "{bytes:?}: {rows:?}"
            );
        }
    }
}

#[test]
fn a_byte_a_second_ends_with_the_timeout() {
    let second = Duration::from_secs(1);
    let stun = serve(move |stream| write_slowly(stream, &FOREIGN, second));
    let tls = serve(move |stream| write_slowly(stream, &RECORD, second));
    let fast = serve(move |stream| write_slowly(stream, &LONGEST, Duration::from_millis(1)));
    let rows = probe(&format!("stun:{stun} stun:{fast} --transport tcp"));
    assert!(rows.iter().all(|row| code(row) == "timeout" || code(row) == "not-stun"), "{rows:?}");
    let rows = probe(&format!(
        "stuns:{stun} stuns:{tls} stuns:{fast} turns:{tls} turn:{stun}?transport=tcp turn:{fast}?transport=tcp {LOGIN}"
    ));
    assert!(rows.iter().all(|row| code(row) != "ok"), "{rows:?}");
}

#[test]
fn drips_or_floods_after_a_good_handshake_end_with_the_timeout() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new(folder.path());
    let config = tls_config(&authority.options("127.0.0.1", 2099));
    let server = |play: fn(&mut ServerConnection, TcpStream)| {
        let config = Arc::clone(&config);
        serve(move |stream| play(&mut ServerConnection::new(Arc::clone(&config)).unwrap(), stream))
    };
    let slow_handshake = server(|tls, mut stream| {
        while tls.is_handshaking() && tls.read_tls(&mut stream).is_ok_and(|length| length > 0) {
            if tls.process_new_packets().is_err() {
                return;
            }
            let mut out = Vec::new();
            while tls.wants_write() {
                tls.write_tls(&mut out).unwrap();
            }
            write_slowly(&mut stream, &out, Duration::from_millis(10));
        }
    });
    let flood = server(|tls, mut stream| {
        let mut secured = Stream::new(tls, &mut stream);
        let _ = secured.read(&mut [0; 100]);
        write_endlessly(secured, &FOREIGN);
    });
    let junk = server(|tls, mut stream| {
        let mut secured = Stream::new(tls, &mut stream);
        let _ = secured.read(&mut [0; 100]);
        write_endlessly(secured, b"\x16\x03");
    });
    let slow = server(|tls, mut stream| {
        let mut secured = Stream::new(tls, &mut stream);
        let _ = secured.read(&mut [0; 100]);
        write_slowly(secured, &FOREIGN, Duration::from_secs(1));
    });
    for (server, expected) in
        [(slow_handshake, "timeout"), (flood, "timeout"), (junk, "not-stun"), (slow, "timeout")]
    {
        let ca = authority.file();
        let line = format!(
            "probe stuns:{server} turns:{server} {LOGIN} --ca-file {ca} --json --timeout {TIMEOUT:?}"
        );
        let rows = run(&line, "secret").rows();
        assert_eq!((code(&rows[0]), code(&rows[1])), (expected, expected), "{rows:?}");
    }
}
