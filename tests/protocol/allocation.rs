//! TURN transactions: which responses count once requests are signed, and the frames of a stream.

use std::time::{Duration, Instant};

use cowork_calls::config::turn::{Login, Secret};
use cowork_calls::protocol::allocation::{Allocated, Session};
use cowork_calls::protocol::framing::{Frame, Framer};
use cowork_calls::protocol::message::Challenge;
use cowork_calls::protocol::transaction::{Step, Transaction, TransactionError};
use cowork_calls::protocol::{TransactionId, allocation};
use proptest::prelude::*;
use stun_types::attribute::{AttributeWrite, ErrorCode, XorMappedAddress};
use stun_types::message::{
    IntegrityAlgorithm, LongTermKeyCredentials, Message, MessageClass, MessageType, MessageWrite,
    MessageWriteExt as _, MessageWriteVec,
};
use turn_types::attribute::{Lifetime, RequestedAddressFamily, XorRelayedAddress};
use turn_types::message::ALLOCATE;

const ID: u128 = 0x0102_0304_0506_0708_090a_0b0c;
const TIMEOUT: Duration = Duration::from_secs(5);

fn credentials(password: &str) -> LongTermKeyCredentials {
    LongTermKeyCredentials::new("alice".into(), password.to_owned(), "example.test".into())
}

fn session() -> Session {
    Session::new("alice", "secret", Challenge { realm: "example.test".into(), nonce: "once".into() })
}

/// A response of the server, signed with a password if one is given.
fn response(class: MessageClass, attributes: &[&dyn AttributeWrite], password: Option<&str>) -> Vec<u8> {
    let kind = MessageType::from_class_method(class, ALLOCATE);
    let mut message = Message::builder(kind, ID.into(), MessageWriteVec::new());
    for attribute in attributes {
        message.add_attribute(*attribute).unwrap();
    }
    if let Some(password) = password {
        let key = credentials(password).make_key(IntegrityAlgorithm::Sha1);
        message.add_message_integrity_with_key(&key, IntegrityAlgorithm::Sha1).unwrap();
    }
    message.finish()
}

fn granted(password: Option<&str>) -> Vec<u8> {
    let relayed = XorRelayedAddress::new("203.0.113.9:50000".parse().unwrap(), ID.into());
    let mapped = XorMappedAddress::new("192.0.2.1:4000".parse().unwrap(), ID.into());
    response(MessageClass::Success, &[&relayed, &mapped, &Lifetime::new(600)], password)
}

fn refused(code: u16, password: Option<&str>) -> Vec<u8> {
    response(MessageClass::Error, &[&ErrorCode::builder(code).reason("no").build().unwrap()], password)
}

/// The result of a signed Allocate transaction for these messages, a second apart, and after how many seconds.
fn verdict(over_stream: bool, messages: &[&[u8]]) -> (Result<Allocated, TransactionError>, u64) {
    let start = Instant::now();
    let request = allocation::allocate(ID.into(), Some(&session()));
    let mut transaction = match over_stream {
        true => Transaction::over_stream(request, allocation::allocated, start, start + TIMEOUT),
        false => Transaction::over_datagrams(request, allocation::allocated, start, start + TIMEOUT),
    };
    let mut now = start;
    let mut arriving = messages.iter();
    for _ in 0..100 {
        let until = match transaction.poll(now) {
            Step::Send(_) => continue,
            Step::Wait(until) => until,
            Step::Done(result) => return (result.map(|answer| answer.value), (now - start).as_secs()),
        };
        match arriving.next() {
            Some(message) => {
                now += Duration::from_secs(1);
                transaction.handle(message, now);
            }
            None => now = until,
        }
    }
    panic!("the transaction does not end");
}

fn code(result: Result<Allocated, TransactionError>) -> u16 {
    match result {
        Err(TransactionError::ErrorResponse(refusal)) => refusal.code,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_request_carries_what_servers_require() {
    let start = Instant::now();
    let request = allocation::allocate(ID.into(), Some(&session()));
    let mut transaction = Transaction::over_stream(request, allocation::allocated, start, start + TIMEOUT);
    let Step::Send(bytes) = transaction.poll(start) else { panic!("nothing to send") };
    let message = Message::from_bytes(bytes).unwrap();
    assert_eq!(message.transaction_id(), TransactionId::from(ID));
    message.validate_integrity(&credentials("secret").into()).unwrap();
    assert!(message.validate_integrity(&credentials("other").into()).is_err());
    assert!(message.attribute::<RequestedAddressFamily>().is_err(), "browsers name no family");
}

#[test]
fn only_signed_success_responses_count() {
    let (good, unsigned, forged) = (granted(Some("secret")), granted(None), granted(Some("other")));
    let (allocated, seconds) = verdict(false, &[&unsigned, &forged, &good]);
    let allocated = allocated.unwrap();
    assert_eq!((allocated.relayed_address.to_string().as_str(), seconds), ("203.0.113.9:50000", 3));
    assert_eq!((allocated.lifetime_s, allocated.mapped_address.port()), (600, 4000));
    for (bad, error) in [(&unsigned, TransactionError::Unsigned), (&forged, TransactionError::WrongSignature)]
    {
        let (result, seconds) = verdict(false, &[bad]);
        assert_eq!(result, Err(error));
        assert_eq!(seconds, 5, "a good answer may still arrive");
        assert_eq!(verdict(true, &[bad]).1, 1, "over a stream no other answer can follow");
    }
}

#[test]
fn an_unsigned_error_explains_a_failure_but_does_not_end_the_transaction() {
    let good = granted(Some("secret"));
    assert!(verdict(false, &[&refused(486, None), &good]).0.is_ok());
    assert!(verdict(false, &[&refused(486, Some("other")), &good]).0.is_ok());
    let (result, seconds) = verdict(false, &[&refused(486, None), b"junk", &granted(None)]);
    assert_eq!((code(result), seconds), (486, 5), "it is more specific than junk and forgeries");
    let (result, seconds) = verdict(true, &[&refused(486, None)]);
    assert_eq!((code(result), seconds), (486, 1));

    let (result, seconds) = verdict(false, &[&refused(486, Some("secret")), &good]);
    assert_eq!((code(result), seconds), (486, 1), "a signed error is final");
    for number in [400, 401, 438] {
        let (result, seconds) = verdict(false, &[&refused(number, None), &good]);
        assert_eq!((code(result), seconds), (number, 1), "a server that rejected our signature cannot sign");
    }
}

#[test]
fn no_flipped_bit_passes_the_integrity_check() {
    let whole = granted(Some("secret"));
    for bit in 0..whole.len() * 8 {
        let mut flipped = whole.clone();
        flipped[bit / 8] ^= 0x80 >> (bit % 8);
        assert!(verdict(false, &[&flipped]).0.is_err(), "bit {bit}");
    }
}

#[test]
fn debug_output_contains_no_secret() {
    let login = Login { username: "alice".into(), password: Secret::new("hunter2".into()) };
    let session = Session::new("alice", "secret", Challenge { realm: "r".into(), nonce: "n".into() });
    let request = allocation::allocate(ID.into(), Some(&session));
    let start = Instant::now();
    let shown = format!("{login:?} {request:?}");
    let transaction = Transaction::over_stream(request, allocation::allocated, start, start + TIMEOUT);
    let shown = format!("{shown} {transaction:?}");
    assert!(!shown.contains("hunter2") && !shown.contains("key"), "{shown}");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn random_attributes_neither_panic_nor_count_as_success(mut body in prop::collection::vec(any::<u8>(), 0..300), error: bool) {
        body.truncate(body.len() - body.len() % 4);
        let class = if error { MessageClass::Error } else { MessageClass::Success };
        let mut message = response(class, &[], None)[..20].to_vec();
        message[2..4].copy_from_slice(&u16::try_from(body.len()).unwrap().to_be_bytes());
        message.extend_from_slice(&body);
        prop_assert!(verdict(false, &[&message]).0.is_err());
    }

    /// Any stream is split into valid frames or rejected; nothing is buffered forever.
    #[test]
    fn a_random_stream_is_split_into_frames_or_rejected(parts in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..2048), 0..80)) {
        let mut framer = Framer::default();
        let (mut taken, mut given) = (0, 0);
        'stream: for part in &parts {
            given += part.len();
            framer.push(part);
            loop {
                match framer.next_frame() {
                    Ok(Some(frame)) => {
                        taken += frame.len();
                        let _ = Frame::parse(frame);
                    }
                    Ok(None) => break,
                    Err(_) => break 'stream,
                }
            }
            prop_assert!(given - taken < 0x1_0000 + 20, "less than the longest frame is buffered");
        }
    }
}
