//! Plays a fake TURN server on a real socket: its answers come from a data file.

// Each test program uses its part of this.
#![allow(dead_code)]

use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use stun_types::attribute::{
    AlternateServer, AttributeStaticType as _, ErrorCode, MessageIntegrity, Nonce, Realm, XorMappedAddress,
};
use stun_types::message::{
    IntegrityAlgorithm, LongTermKeyCredentials, Message, MessageClass, MessageType, MessageWrite,
    MessageWriteExt as _, MessageWriteVec,
};
use turn_types::attribute::{Lifetime, XorRelayedAddress};

const REALM: &str = "fake.test";

/// Starts a server that gives these answers, one for each request; the last one for ever. It ends with the test.
pub(crate) fn start(answers: Vec<String>, other: Option<SocketAddr>) -> SocketAddr {
    let socket = Arc::new(UdpSocket::bind("127.0.0.1:0").unwrap());
    let own = socket.local_addr().unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(30))).unwrap();
    thread::spawn(move || {
        let mut buffer = [0; 2048];
        let mut given = 0;
        while let Ok((length, client)) = socket.recv_from(&mut buffer) {
            // Data of channels is no message, and goes nowhere.
            let Ok(request) = Message::from_bytes(&buffer[..length]) else { continue };
            let answer = answers.get(given).or(answers.last()).unwrap();
            given += 1;
            if let Some(bytes) = answer_to(&request, answer, client, other.unwrap_or(own)) {
                socket.send_to(&bytes, client).unwrap();
            }
        }
    });
    own
}

/// The bytes of an answer; nothing for silence.
fn answer_to(
    request: &Message<'_>,
    answer: &str,
    client: SocketAddr,
    alternate: SocketAddr,
) -> Option<Vec<u8>> {
    let (kind, detail) = answer.split_once(' ').unwrap_or((answer, ""));
    let id = request.transaction_id();
    let class = if matches!(kind, "allocated" | "done" | "unsigned") {
        MessageClass::Success
    } else {
        MessageClass::Error
    };
    let mut message =
        Message::builder(MessageType::from_class_method(class, request.method()), id, MessageWriteVec::new());
    let code = match kind {
        "silence" => return None,
        "raw" => {
            return Some(
                (0..detail.len())
                    .step_by(2)
                    .map(|at| u8::from_str_radix(&detail[at..at + 2], 16).unwrap())
                    .collect(),
            );
        }
        "challenge" => 401,
        "alternate" => 300,
        "error" => detail.parse().unwrap(),
        _ => 0,
    };
    if code != 0 {
        message.add_attribute(&ErrorCode::builder(code).reason("as the file says").build().unwrap()).unwrap();
    }
    if code == 300 {
        message.add_attribute(&AlternateServer::new(alternate)).unwrap();
    }
    if matches!(code, 401 | 438) {
        message.add_attribute(&Realm::new(REALM).unwrap()).unwrap();
        message.add_attribute(&Nonce::new(&format!("nonce-{:x}", u128::from(id))).unwrap()).unwrap();
    }
    if matches!(kind, "allocated" | "unsigned") {
        message.add_attribute(&XorRelayedAddress::new("127.0.0.1:9".parse().unwrap(), id)).unwrap();
        message.add_attribute(&XorMappedAddress::new(client, id)).unwrap();
        message.add_attribute(&Lifetime::new(600)).unwrap();
    }
    // As real servers do, it signs what it answers to signed requests, challenges aside.
    let signed =
        request.has_attribute(MessageIntegrity::TYPE) && matches!(kind, "error" | "alternate") && code != 438;
    if signed || matches!(kind, "allocated" | "done") {
        let key = LongTermKeyCredentials::new("alice".into(), "secret".into(), REALM.into())
            .make_key(IntegrityAlgorithm::Sha1);
        message.add_message_integrity_with_key(&key, IntegrityAlgorithm::Sha1).unwrap();
    }
    Some(message.finish())
}
