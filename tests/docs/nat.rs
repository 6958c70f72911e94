//! The example of `nat`: its report behind a symmetric NAT.

use std::net::{SocketAddr, UdpSocket};

use stun_types::attribute::{MappedSocketAddr, XorMappedAddress};
use stun_types::message::{Message, MessageWrite as _, MessageWriteExt as _, MessageWriteVec};

use super::examples::{home, run};
use crate::support::fake_server::FakeServer;

/// Attributes of RFC 5780.
const CHANGE_REQUEST: u16 = 0x0003;
const OTHER_ADDRESS: u16 = 0x802c;

/// The report of `nat` behind a symmetric NAT. Sockets on loopback act as a STUN server with two addresses to which a
/// client appears under another port each, and as a filter that drops responses from elsewhere.
pub(super) fn example() -> String {
    let (first, second) = loop {
        let first = UdpSocket::bind("127.0.0.1:0").unwrap();
        if let Ok(second) = UdpSocket::bind(("127.0.0.2", first.local_addr().unwrap().port())) {
            break (first, second);
        }
    };
    let third = UdpSocket::bind("127.0.0.2:0").unwrap();
    let (server, other) = (first.local_addr().unwrap().to_string(), third.local_addr().unwrap());
    let servers: Vec<_> = [first, second, third]
        .into_iter()
        .zip(61_234..)
        .map(|(socket, port)| {
            let mapped = SocketAddr::from(([198, 51, 100, 7], port));
            FakeServer::serve_on(socket, move |socket, request, client| {
                if let Some(reply) = reply(request, mapped, other) {
                    socket.send_to(&reply, client).unwrap();
                }
            })
        })
        .collect();
    let report = run(&format!("cowork-calls nat {server} --timeout 500ms"), home().path());
    drop(servers);
    let report = report.replace(&format!("stun:{server}"), "stun:stun.nextcloud.com:443");
    format!("```text\n$ cowork-calls nat\n{}```\n", report.replace(&server, "203.0.113.10:443"))
}

/// The reply to a request; none if it has to come from elsewhere.
fn reply(request: &[u8], mapped: SocketAddr, other: SocketAddr) -> Option<Vec<u8>> {
    let request = Message::from_bytes(request).unwrap();
    if request.raw_attribute(CHANGE_REQUEST.into()).is_some() {
        return None;
    }
    let other = MappedSocketAddr::new(other);
    let mut reply = Message::builder_success(&request, MessageWriteVec::new());
    reply.add_attribute(&XorMappedAddress::new(mapped, request.transaction_id())).unwrap();
    reply.add_attribute(&other.to_raw(OTHER_ADDRESS.into())).unwrap();
    Some(reply.finish())
}
