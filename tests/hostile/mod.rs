//! Hostile servers on real sockets against the real program: whatever they send, no panic, no hang, little memory, and
//! no harm to the terminal.

mod datagrams;
mod floods;
mod nat;
mod redirects;
mod run;
mod servers;
mod streams;
mod texts;

use std::net::SocketAddr;

use serde_json::Value;

/// The answer to a request of a client.
type Reply = fn(&[u8], SocketAddr) -> Vec<u8>;
/// The same in several datagrams.
type Replies = fn(&[u8], SocketAddr) -> Vec<Vec<u8>>;

/// The options for alice's login; her password is `secret`.
const LOGIN: &str = "--username alice --password-stdin";

const SUCCESS: u16 = 0x0100;
const ERROR: u16 = 0x0110;

/// An attribute with its padding.
fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(value.len()).unwrap();
    let mut bytes = [&kind.to_be_bytes()[..], &length.to_be_bytes(), value].concat();
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

/// A response of this class to a request, with this body.
fn response(request: &[u8], class: u16, body: &[u8]) -> Vec<u8> {
    let kind = u16::from_be_bytes([request[0], request[1]]) | class;
    let length = u16::try_from(body.len()).unwrap();
    [&kind.to_be_bytes()[..], &length.to_be_bytes(), &request[4..20], body].concat()
}

/// XOR-MAPPED-ADDRESS, of an IPv4 address.
fn mapped(client: SocketAddr) -> Vec<u8> {
    xored(0x0020, client)
}

fn xored(kind: u16, address: SocketAddr) -> Vec<u8> {
    let SocketAddr::V4(address) = address else { panic!("{address} is of IPv6") };
    let port = address.port() ^ 0x2112;
    let ip = u32::from(*address.ip()) ^ 0x2112_a442;
    attribute(kind, &[&[0, 1][..], &port.to_be_bytes(), &ip.to_be_bytes()].concat())
}

/// An address without XOR.
fn plain(kind: u16, address: SocketAddr) -> Vec<u8> {
    let SocketAddr::V4(address) = address else { panic!("{address} is of IPv6") };
    attribute(kind, &[&[0, 1][..], &address.port().to_be_bytes(), &address.ip().octets()].concat())
}

/// ERROR-CODE.
fn error_code(code: u16, reason: &[u8]) -> Vec<u8> {
    let number = [0, 0, u8::try_from(code / 100).unwrap(), u8::try_from(code % 100).unwrap()];
    attribute(0x0009, &[&number, reason].concat())
}

/// A challenge with this realm and nonce.
fn challenge(realm: &[u8], nonce: &[u8]) -> Vec<u8> {
    [error_code(401, b""), attribute(0x0014, realm), attribute(0x0015, nonce)].concat()
}

/// The code of a row's error.
fn code(row: &Value) -> &str {
    row["error"]["code"].as_str().unwrap_or("ok")
}
