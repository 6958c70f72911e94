//! The probe against a real coturn on loopback, compared with what other clients hear from the same server.

// Helpers of tests may panic as tests do; clippy knows only the tests themselves.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support {
    pub(crate) mod coturn;
}

use std::net::SocketAddr;
use std::process::{Command, Stdio};

use cowork_calls::config::address::{Kind, ServerUri};
use cowork_calls::probe::plan::{Options, Plan};
use cowork_calls::probe::report::{Report, Row, Status};
use stun_client::{Attribute, Class, Client};
use support::coturn::Coturn;

fn probe(servers: &[String], options: Options) -> Report {
    let servers = servers.iter().map(|uri| ServerUri::parse_any(uri, Kind::Stun).unwrap());
    cowork_calls::probe::run(&Plan::new(servers, options), &mut |_| ()).unwrap()
}

/// The mapped address that the crate stun-client is told, and the address of its own socket.
fn stun_client(server: SocketAddr) -> (SocketAddr, SocketAddr) {
    let own = std::net::UdpSocket::bind((server.ip(), 0)).unwrap();
    let local = own.local_addr().unwrap();
    // It brings its own runtime; any executor can wait for it.
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let mapped = runtime.block_on(async move {
        let mut client = Client::from_socket(std::sync::Arc::new(own.into()), None);
        let answer = client.binding_request(server, None).await.unwrap();
        assert_eq!(answer.get_class(), Class::SuccessResponse);
        Attribute::get_xor_mapped_address(&answer).unwrap()
    });
    (mapped, local)
}

/// What coturn's own client prints.
fn turnutils_stunclient(server: SocketAddr) -> String {
    let output = Command::new("turnutils_stunclient")
        .args(["-p", &server.port().to_string(), &server.ip().to_string()])
        .stdin(Stdio::null())
        .output()
        .expect("turnutils_stunclient of the package coturn has to be installed for this test");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn only_row(report: Report) -> Row {
    let [row] = <[Row; 1]>::try_from(report.results).unwrap();
    row
}

#[test]
fn coturn_answers_and_other_clients_hear_the_same() {
    let coturn = Coturn::start();
    for ip in ["127.0.0.1", "::1"] {
        let server = coturn.address(ip);
        let row = only_row(probe(&[format!("stun:{server}")], Options::default()));
        assert_eq!((row.status, row.sent, row.received), (Status::Ok, 1, 1), "{row:?}");
        assert_eq!(row.address, Some(server));
        assert!(row.software.as_deref().is_some_and(|name| name.starts_with("Coturn-")), "{row:?}");
        let mapped = row.mapped_address.unwrap();
        // Without a NAT the server sees the very socket. Each client has its own one, so that ports differ.
        assert_eq!(Some(mapped.ip()), row.local);

        let (theirs, local) = stun_client(server);
        assert_eq!(theirs, local, "stun-client is told its own socket");
        assert_eq!(mapped.ip(), theirs.ip());
        let printed = turnutils_stunclient(server);
        let expected = format!("UDP reflexive addr: {}:", mapped.ip());
        let bracketed = format!("UDP reflexive addr: [{}]:", mapped.ip());
        assert!(printed.contains(&expected) || printed.contains(&bracketed), "{printed}");
    }
}
