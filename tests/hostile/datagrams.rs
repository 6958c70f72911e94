//! Damaged and lying datagrams: each bit, each length, each attribute, and the sender.

use std::net::{SocketAddr, UdpSocket};
use std::time::Instant;

use cowork_calls::protocol::allocation::Session;
use cowork_calls::protocol::message::Challenge;
use cowork_calls::protocol::transaction::Transaction;
use cowork_calls::protocol::{TransactionId, allocation};
use serde_json::Value;
use stun_types::attribute::XorMappedAddress;
use stun_types::message::{
    IntegrityAlgorithm, LongTermKeyCredentials, Message, MessageClass, MessageType, MessageWrite as _,
    MessageWriteExt as _, MessageWriteVec, Method,
};
use turn_types::attribute::{Lifetime, XorRelayedAddress};

use super::run::{TIMEOUT, probe, probe_with, run};
use super::servers::{Answer, start_servers};
use super::{
    ERROR, LOGIN, Replies, Reply, SUCCESS, attribute, challenge, code, error_code, mapped, response, xored,
};
use crate::support::fake_server::FakeServer;

/// A valid reply to a Binding request, and partly to an Allocate request: 56 bytes.
pub(crate) fn good(request: &[u8], client: SocketAddr) -> Vec<u8> {
    let body = [mapped(client), attribute(0x8022, b"hostile"), attribute(0x000d, &600_u32.to_be_bytes())];
    response(request, SUCCESS, &body.concat())
}

/// The number of bits of [`good`], followed by the numbers of bytes that it can be truncated to.
const BITS: usize = 52 * 8;
pub(crate) const CHANGES: usize = BITS + 52;

/// The reply with one bit flipped, or truncated.
pub(crate) fn changed(mut reply: Vec<u8>, change: usize) -> Vec<u8> {
    match change.checked_sub(BITS) {
        None => reply[change / 8] ^= 1 << (change % 8),
        Some(length) => reply.truncate(length),
    }
    reply
}

/// The row of a server for each change.
fn rows_of_each(answer: impl Fn(usize) -> Answer) -> Vec<Value> {
    let servers = start_servers((0..CHANGES).map(answer).collect());
    let list: String = servers.iter().map(|server| format!("stun:{server}\n")).collect();
    let rows = probe_with("--input -", &list);
    assert_eq!(rows.len(), CHANGES);
    rows
}

#[test]
fn every_damaged_reply_has_its_verdict() {
    let client = "127.0.0.1:1".parse().unwrap();
    assert_eq!(good(&[0; 20], client).len() * 8, BITS);
    let answer =
        |change| -> Answer { Box::new(move |request, client| vec![changed(good(request, client), change)]) };
    let rows = rows_of_each(answer);
    for (change, row) in rows.iter().enumerate() {
        let expected: &[&str] = match (change / 8, change.checked_sub(BITS)) {
            (_, Some(0..20)) => &["not-stun"],
            (_, Some(_)) => &["bad-response"],
            // The first two bits distinguish STUN from other protocols.
            (0, _) if change % 8 >= 6 => &["not-stun"],
            (0..4, _) => &["bad-response"],
            (4..8, _) => &["not-stun"],
            (8..20, _) => &["timeout"],
            // Another type or length of XOR-MAPPED-ADDRESS, or a comprehension-required attribute.
            _ => &["ok", "bad-response"],
        };
        assert!(expected.contains(&code(row)), "change {change}: {row}");
    }
    let accepted = rows.iter().filter(|row| code(row) == "ok").count();
    assert!((100..200).contains(&accepted), "{accepted}");
}

#[test]
fn a_good_reply_after_each_damaged_one_is_found_unless_browsers_take_the_first() {
    let answer = |change| -> Answer {
        Box::new(move |request, client| vec![changed(good(request, client), change), good(request, client)])
    };
    let rows = rows_of_each(answer);
    for (change, row) in rows.iter().enumerate() {
        let expected: &[&str] = match (change / 8, change.checked_sub(BITS)) {
            // Another class, or an attribute without an address, or one that a client must understand.
            (0..2 | 20.., None) => &["ok", "bad-response"],
            _ => &["ok"],
        };
        assert!(expected.contains(&code(row)), "change {change}: {row}");
    }
    let rejected = rows.iter().filter(|row| code(row) != "ok").count();
    assert!((1..60).contains(&rejected), "{rejected}");
}

#[test]
fn every_damaged_challenge_is_handled() {
    let whole = |request: &[u8]| response(request, ERROR, &challenge(b"r", b"n"));
    let bytes = whole(&[0; 20]).len();
    let change = move |reply: Vec<u8>, change: usize| match change.checked_sub(bytes * 8) {
        None => {
            let mut reply = reply;
            reply[change / 8] ^= 1 << (change % 8);
            reply
        }
        Some(length) => reply[..length].to_vec(),
    };
    let answer = move |number| -> Answer { Box::new(move |request, _| vec![change(whole(request), number)]) };
    let servers = start_servers((0..bytes * 9).map(answer).collect());
    // As many as are probed at once.
    for some in servers.chunks(128) {
        let list: String = some.iter().map(|server| format!("turn:{server}\n")).collect();
        // The password is on standard input, so the list cannot be.
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), list).unwrap();
        let line = format!("probe --input {} {LOGIN} --json --timeout {TIMEOUT:?}", file.path().display());
        let rows = run(&line, "secret").rows();
        assert_eq!(rows.len(), some.len());
        assert!(rows.iter().all(|row| code(row) != "ok"), "{rows:?}");
    }
}

/// Lying replies, each with the code of a STUN row; a TURN row may have another one.
fn lying_replies() -> Vec<(&'static str, Answer, &'static str)> {
    fn lie(
        name: &'static str,
        expected: &'static str,
        answer: Reply,
    ) -> (&'static str, Answer, &'static str) {
        (name, Box::new(move |request, client| vec![answer(request, client)]), expected)
    }
    fn with_length(request: &[u8], client: SocketAddr, length: u16) -> Vec<u8> {
        let mut reply = good(request, client);
        reply[2..4].copy_from_slice(&length.to_be_bytes());
        reply
    }
    fn with(request: &[u8], body: &[u8]) -> Vec<u8> {
        response(request, SUCCESS, body)
    }
    vec![
        lie("nothing", "not-stun", |_, _| vec![]),
        lie("an echo", "bad-response", |request, _| request.to_vec()),
        lie("another transaction", "timeout", |request, client| {
            let mut reply = good(request, client);
            reply[8] ^= 0xff;
            reply
        }),
        lie("another cookie", "not-stun", |request, client| {
            let mut reply = good(request, client);
            reply[4] ^= 0xff;
            reply
        }),
        lie("length 0", "bad-response", |request, client| with_length(request, client, 0)),
        lie("length 1", "bad-response", |request, client| with_length(request, client, 1)),
        lie("a length too short", "bad-response", |request, client| with_length(request, client, 12)),
        lie("a length too long", "bad-response", |request, client| with_length(request, client, 0x1000)),
        lie("the longest length", "bad-response", |request, client| with_length(request, client, 0xffff)),
        lie("an attribute too long", "bad-response", |request, _| {
            with(request, &[0, 0x20, 0, 9, 0, 1, 0, 0])
        }),
        lie("the longest attribute", "bad-response", |request, _| with(request, &[0, 0x20, 0xff, 0xff])),
        lie("an address of no bytes", "bad-response", |request, _| with(request, &[0, 0x20, 0, 0])),
        lie("an address of no family", "bad-response", |request, _| {
            with(request, &attribute(0x20, &[0, 3, 1, 1, 1, 1, 1, 1]))
        }),
        lie("IPv6 in four bytes", "bad-response", |request, _| {
            with(request, &attribute(0x20, &[0, 2, 1, 1, 1, 1, 1, 1]))
        }),
        lie("an error without a code", "bad-response", |request, _| response(request, ERROR, &[])),
        lie("an error of one byte", "bad-response", |request, _| {
            response(request, ERROR, &attribute(9, &[4]))
        }),
        lie("an error below all", "bad-response", |request, _| {
            response(request, ERROR, &error_code(200, b"fine"))
        }),
        lie("an error above all", "bad-response", |request, _| {
            response(request, ERROR, &attribute(9, &[0, 0, 7, 99]))
        }),
        lie("the longest datagram", "bad-response", |request, _| with(request, &vec![0; 65_484])),
        lie("the longest datagram that is no STUN", "not-stun", |_, _| vec![0xff; 65_507]),
        lie("a thousand attributes", "bad-response", |request, _| {
            with(request, &[0x80, 0xff, 0, 0].repeat(500))
        }),
        lie("an integrity first", "bad-response", |request, client| {
            with(request, &[attribute(8, &[7; 20]), mapped(client)].concat())
        }),
        lie("a wrong fingerprint", "ok", |request, client| {
            with(request, &[mapped(client), attribute(0x8028, &[1, 2, 3, 4])].concat())
        }),
    ]
}

#[test]
fn lying_replies_have_their_verdict() {
    let (mut names, mut answers) = (Vec::new(), Vec::new());
    for (name, answer, expected) in lying_replies() {
        names.push((name, expected));
        answers.push(answer);
    }
    let servers = start_servers(answers);
    let uris = |scheme: &str| servers.iter().map(|server| format!("{scheme}:{server} ")).collect::<String>();
    for row in probe(&uris("stun")).iter().zip(&names) {
        let (row, (name, expected)) = row;
        assert_eq!(code(row), *expected, "{name}: {row}");
    }
    for (row, (name, _)) in probe(&format!("{}{LOGIN}", uris("turn"))).iter().zip(&names) {
        assert!(["timeout", "not-stun", "bad-response"].contains(&code(row)), "{name}: {row}");
    }
    for some in servers.chunks(6) {
        std::thread::scope(|scope| {
            for server in some {
                scope.spawn(move || run(&format!("nat stun:{server} --json --timeout {TIMEOUT:?}"), ""));
            }
        });
    }
}

#[test]
fn datagrams_from_other_addresses_do_not_count() {
    for elsewhere in ["127.0.0.1:0", "127.0.0.2:0"] {
        let stranger = UdpSocket::bind(elsewhere).unwrap();
        let server = FakeServer::serve("127.0.0.1", move |_, request, client| {
            stranger.send_to(&good(request, client), client).unwrap();
        });
        let (own, turn) = (server.uri(), format!("turn:{}", server.address));
        let rows = probe(&format!("{own} {turn} {LOGIN}"));
        assert_eq!((code(&rows[0]), code(&rows[1])), ("timeout", "timeout"));
        // More than 64 servers share a socket, which receives from any address.
        let silent = UdpSocket::bind("127.0.0.1:0").unwrap();
        let port = silent.local_addr().unwrap().port();
        let list: String = (1..=70).map(|n| format!("stun:127.0.1.{n}:{port}\n")).collect();
        let rows = probe_with("--input -", &format!("{own}\n{list}"));
        assert_eq!(code(&rows[0]), "timeout");
    }
}

#[test]
fn a_relay_that_corrupts_data_has_its_verdict() {
    // What arrives instead of the data sent through both relays.
    let garbles: [Replies; 6] = [
        |_, _| vec![],
        |data, _| vec![[&data[..2], &[0xff, 0xff], &data[4..]].concat()],
        |data, _| vec![data[..3].to_vec(), vec![0x40, 0, 0, 0], vec![0x40, 0]],
        |data, _| vec![[&[0x40, 0xff][..], &data[2..]].concat(); 100],
        |_, _| vec![[&[0x40, 0, 0, 27][..], b"cowork-calls probe 99999999"].concat(); 500],
        |_, _| vec![[&[0x40, 0, 0xff, 0xdf][..], &[b'x'; 65_503]].concat(); 3],
    ];
    let answer = |garble: Replies| -> Answer {
        Box::new(move |request, client| {
            if request[0] & 0xc0 == 0x40 {
                return garble(request, client);
            }
            if request.len() < 60 {
                return vec![response(request, ERROR, &challenge(b"realm", b"nonce"))];
            }
            let lifetime = attribute(0x000d, &600_u32.to_be_bytes());
            let body = [mapped(client), xored(0x0016, client), lifetime].concat();
            vec![signed(&response(request, SUCCESS, &body))]
        })
    };
    let servers = start_servers(garbles.into_iter().map(answer).collect());
    let uris: String = servers.iter().map(|server| format!("turn:{server} ")).collect();
    let rows = || probe(&format!("{uris}{LOGIN}"));
    let are_right = |rows: &[Value]| rows.iter().all(|row| code(row) == "relay-no-data");
    // A busy machine may send a request too late once.
    let found = Some(rows()).filter(|found| are_right(found)).unwrap_or_else(rows);
    assert!(are_right(&found), "{found:?}");
}

/// A relay that claims to hear from one address after the other, and names a third party as its own relayed address: the
/// probe sends there a few times, and not once for each claim.
#[test]
fn a_relay_cannot_make_the_probe_flood_a_third_party() {
    let victim = UdpSocket::bind("127.0.0.1:0").unwrap();
    victim.set_nonblocking(true).unwrap();
    let relayed = victim.local_addr().unwrap();
    let answer: Answer = Box::new(move |request, client| {
        if request[0] & 0xc0 == 0x40 {
            let claim = |port: u16| {
                let peer = SocketAddr::new(client.ip(), 2000 + port % 2);
                let data = b"cowork-calls probe without a relay";
                let body = [xored(0x0012, peer), attribute(0x0013, data)].concat();
                let indication = [&[0x00, 0x17][..], &[0, u8::try_from(body.len()).unwrap()]].concat();
                [&indication[..], &[0x21, 0x12, 0xa4, 0x42], &[7; 12], &body].concat()
            };
            return (0..200).map(claim).collect();
        }
        if request.len() < 60 {
            return vec![response(request, ERROR, &challenge(b"realm", b"nonce"))];
        }
        let lifetime = attribute(0x000d, &600_u32.to_be_bytes());
        let body = [mapped(client), xored(0x0016, relayed), lifetime].concat();
        vec![signed(&response(request, SUCCESS, &body))]
    });
    let servers = start_servers(vec![answer]);
    let rows = probe(&format!("turn:{} {LOGIN}", servers[0]));
    assert_eq!(code(&rows[0]), "relay-no-data", "{rows:?}");
    let received = std::iter::from_fn(|| victim.recv_from(&mut [0; 2048]).ok()).count();
    // The probe is run three times, each with another format, and sends at most 8 each time.
    assert!((1..=24).contains(&received), "{received}");
}

/// A response, signed with alice's password.
fn signed(response: &[u8]) -> Vec<u8> {
    let response = Message::from_bytes(response).unwrap();
    let mut message =
        Message::builder(response.get_type(), response.transaction_id(), MessageWriteVec::new());
    for (_, attribute) in response.iter_attributes() {
        message.add_attribute(&attribute).unwrap();
    }
    let key = LongTermKeyCredentials::new("alice".into(), "secret".into(), "realm".into())
        .make_key(IntegrityAlgorithm::Sha1);
    message.add_message_integrity_with_key(&key, IntegrityAlgorithm::Sha1).unwrap();
    message.finish()
}

#[test]
fn no_damaged_signed_reply_is_accepted() {
    let (id, start) = (TransactionId::from(1), Instant::now());
    let session = Session::new("alice", "secret", Challenge { realm: "realm".into(), nonce: "nonce".into() });
    let verdict = |reply: &[u8]| {
        let request = allocation::allocate(id, Some(&session));
        let read = allocation::allocated;
        let mut transaction = Transaction::over_datagrams(request, read, start, start + TIMEOUT);
        transaction.handle(reply, start);
        transaction.result().cloned()
    };
    let kind = MessageType::from_class_method(MessageClass::Success, Method::new(3));
    let mut message = Message::builder(kind, id, MessageWriteVec::new());
    message.add_attribute(&XorRelayedAddress::new("127.0.0.1:9".parse().unwrap(), id)).unwrap();
    message.add_attribute(&XorMappedAddress::new("127.0.0.1:1".parse().unwrap(), id)).unwrap();
    message.add_attribute(&Lifetime::new(600)).unwrap();
    let key = LongTermKeyCredentials::new("alice".into(), "secret".into(), "realm".into())
        .make_key(IntegrityAlgorithm::Sha1);
    message.add_message_integrity_with_key(&key, IntegrityAlgorithm::Sha1).unwrap();
    let signed = message.finish();
    assert!(matches!(verdict(&signed), Some(Ok(_))), "the original is accepted");
    for bit in 0..signed.len() * 8 {
        let mut reply = signed.clone();
        reply[bit / 8] ^= 1 << (bit % 8);
        assert!(!matches!(verdict(&reply), Some(Ok(_))), "bit {bit}");
    }
    for length in 0..signed.len() {
        assert!(!matches!(verdict(&signed[..length]), Some(Ok(_))), "{length} bytes");
    }
}
