//! Binding transactions: retransmission, which answers count, and text from servers.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::rfc5769;
use cowork_calls::protocol::TransactionId;
use cowork_calls::protocol::binding::Binding;
use cowork_calls::protocol::transaction::{ErrorResponse, Response, Step, TransactionError};
use proptest::prelude::*;
use stun_types::attribute::{
    AlternateServer, AttributeType, MappedSocketAddr, RawAttribute, XorMappedAddress,
};
use stun_types::message::{
    BINDING, Message, MessageClass, MessageType, MessageWrite, MessageWriteExt, MessageWriteVec,
};

const TIMEOUT: Duration = Duration::from_secs(5);
/// The transaction of RFC 5769, sections 2.1 to 2.3.
const ID: u128 = 0xb7e7_a701_bc34_d686_fa87_dfae;

/// The result of a transaction with this id when these datagrams arrive, each a millisecond after the one before,
/// and nothing else arrives until the timeout.
fn verdict_of(id: u128, datagrams: &[&[u8]]) -> Result<Response<SocketAddr>, TransactionError> {
    let start = Instant::now();
    let mut binding = Binding::new(TransactionId::from(id), start, start + TIMEOUT);
    let mut now = start;
    let mut arriving = datagrams.iter();
    for _ in 0..1000 {
        let until = match binding.poll(now) {
            Step::Send(_) => continue,
            Step::Wait(until) => until,
            Step::Done(result) => return result,
        };
        assert!(until > now, "time goes on");
        match arriving.next() {
            Some(datagram) => {
                now += Duration::from_millis(1);
                binding.handle(datagram, now);
            }
            None => now = until,
        }
    }
    panic!("the transaction does not end");
}

fn verdict(datagrams: &[&[u8]]) -> Result<Response<SocketAddr>, TransactionError> {
    verdict_of(ID, datagrams)
}

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn builder(class: MessageClass) -> MessageWriteVec {
    Message::builder(MessageType::from_class_method(class, BINDING), ID.into(), MessageWriteVec::new())
}

/// A success response to our request with this mapped address, and without FINGERPRINT.
fn success(mapped: &str) -> Vec<u8> {
    let mut message = builder(MessageClass::Success);
    message.add_attribute(&XorMappedAddress::new(address(mapped), ID.into())).unwrap();
    message.finish()
}

/// A response to our request with these raw attributes.
fn response(class: MessageClass, attributes: &[(u16, &[u8])]) -> Vec<u8> {
    let mut message = builder(class);
    for (kind, value) in attributes {
        message.add_attribute(&RawAttribute::new(AttributeType::new(*kind), value)).unwrap();
    }
    message.finish()
}

#[test]
fn the_responses_of_rfc_5769_are_accepted() {
    let ipv4 = verdict(&[&rfc5769::IPV4_RESPONSE]).unwrap();
    assert_eq!(ipv4.value, address("192.0.2.1:32853"));
    assert_eq!(ipv4.software.as_deref(), Some("test vector"));
    assert_eq!(ipv4.rtt, Duration::from_millis(1));
    let ipv6 = verdict(&[&rfc5769::IPV6_RESPONSE]).unwrap();
    assert_eq!(ipv6.value, address("[2001:db8:1234:5678:11:2233:4455:6677]:32853"));
    assert_eq!(ipv6.software.as_deref(), Some("test vector"));
}

#[test]
fn the_requests_of_rfc_5769_are_rejected() {
    assert!(matches!(verdict(&[&rfc5769::REQUEST]), Err(TransactionError::Malformed(_))));
    assert!(matches!(
        verdict_of(0x78ad_3433_c6ad_72c0_29da_412e, &[&rfc5769::LONG_TERM_REQUEST]),
        Err(TransactionError::Malformed(_))
    ));
    assert_eq!(
        verdict(&[&rfc5769::LONG_TERM_REQUEST]),
        Err(TransactionError::Timeout),
        "of another transaction"
    );
}

#[test]
fn a_request_is_retransmitted_after_500_ms_and_then_at_doubling_intervals() {
    let start = Instant::now();
    let mut binding = Binding::new(ID.into(), start, start + TIMEOUT);
    let mut sent: Vec<(u128, Vec<u8>)> = Vec::new();
    let mut now = start;
    loop {
        match binding.poll(now) {
            Step::Send(request) => sent.push(((now - start).as_millis(), request.to_vec())),
            Step::Wait(until) => now = until,
            Step::Done(result) => break assert_eq!(result, Err(TransactionError::Timeout)),
        }
    }
    assert_eq!(now, start + TIMEOUT);
    assert_eq!(sent.iter().map(|(ms, _)| *ms).collect::<Vec<_>>(), [0, 500, 1500, 3500]);
    let expected = [
        0x00, 0x01, 0x00, 0x00, // Binding request without attributes
        0x21, 0x12, 0xa4, 0x42, // magic cookie
        0xb7, 0xe7, 0xa7, 0x01, //
        0xbc, 0x34, 0xd6, 0x86, // transaction id
        0xfa, 0x87, 0xdf, 0xae, //
    ];
    assert!(sent.iter().all(|(_, request)| *request == expected), "{sent:?}");
}

#[test]
fn the_round_trip_time_counts_from_the_first_request() {
    let start = Instant::now();
    let mut binding = Binding::new(ID.into(), start, start + TIMEOUT);
    assert!(matches!(binding.poll(start), Step::Send(_)));
    let later = start + Duration::from_millis(500);
    assert!(matches!(binding.poll(later), Step::Send(_)));
    binding.handle(&success("192.0.2.1:1"), later + Duration::from_millis(7));
    let Step::Done(Ok(answer)) = binding.poll(later + Duration::from_millis(8)) else { panic!("no answer") };
    assert_eq!(answer.rtt, Duration::from_millis(507));
}

#[test]
fn a_valid_answer_wins_over_any_junk_before_it() {
    let good = success("192.0.2.1:1");
    let mut foreign = good.clone();
    foreign[19] ^= 1;
    let mut old = good.clone();
    old[4] ^= 1;
    let answer = verdict(&[b"", b"junk", &foreign, &old, &good[..24], &good, b"more junk"]).unwrap();
    assert_eq!(answer.value, address("192.0.2.1:1"));
    assert_eq!(answer.rtt, Duration::from_millis(6));
}

#[test]
fn a_response_without_a_usable_address_is_final_as_in_browsers() {
    let good = success("192.0.2.1:1");
    for (why, first) in [
        ("it has no address", response(MessageClass::Success, &[])),
        ("its address is unspecified", success("0.0.0.0:1")),
        ("its address is unspecified", success("[::]:1")),
    ] {
        let Err(TransactionError::Malformed(invalid)) = verdict(&[&first, &good]) else { panic!("{why}") };
        assert_eq!(invalid.why, why);
    }
}

#[test]
fn a_wrong_fingerprint_is_reported_and_accepted_as_in_browsers() {
    let mut whole = rfc5769::IPV4_RESPONSE.to_vec();
    assert!(!verdict(&[&whole]).unwrap().has_wrong_fingerprint);
    *whole.last_mut().unwrap() ^= 1;
    let response = verdict(&[&whole]).unwrap();
    assert_eq!((response.value, response.has_wrong_fingerprint), (address("192.0.2.1:32853"), true));
}

#[test]
fn without_an_answer_the_most_specific_datagram_decides() {
    let good = success("192.0.2.1:1");
    let mut foreign = good.clone();
    foreign[8] ^= 0x80;
    let mut old = good;
    old[7] ^= 1;
    let no_address = response(MessageClass::Success, &[]);
    assert_eq!(verdict(&[]), Err(TransactionError::Timeout));
    assert_eq!(verdict(&[&foreign, &foreign]), Err(TransactionError::Timeout));
    assert_eq!(verdict(&[&foreign, b"HTTP/1.1 400 Bad Request\r\n\r\n"]), Err(TransactionError::NotStun));
    assert_eq!(verdict(&[&old]), Err(TransactionError::NotStun), "without the magic cookie it is no STUN");
    assert!(matches!(verdict(&[b"x", &no_address, b"x"]), Err(TransactionError::Malformed(_))));
}

#[test]
fn a_response_that_breaks_a_rule_is_malformed() {
    let good = success("192.0.2.1:1");
    let mut odd_length = good.clone();
    odd_length[3] -= 1;
    let mut indication = good.clone();
    indication[..2].copy_from_slice(&[0x00, 0x11]);
    let mut allocate = good.clone();
    allocate[..2].copy_from_slice(&[0x01, 0x03]);
    for (what, datagram) in [
        ("trailing bytes", [&good[..], &[0; 4]].concat()),
        ("length no multiple of 4", odd_length[..odd_length.len() - 1].to_vec()),
        ("an indication", indication),
        ("another method", allocate),
        ("no address", response(MessageClass::Success, &[])),
        ("family 3", response(MessageClass::Success, &[(0x0020, &[0, 3, 0, 1, 1, 2, 3, 4])])),
        ("IPv6 address of 4 bytes", response(MessageClass::Success, &[(0x0020, &[0, 2, 0, 1, 1, 2, 3, 4])])),
        ("empty address", response(MessageClass::Success, &[(0x0020, &[])])),
        (
            "malformed address before a good one",
            response(MessageClass::Success, &[(0x0020, &[0; 8]), (0x0001, &[0, 1, 0, 1, 1, 2, 3, 4])]),
        ),
        (
            "unknown comprehension-required attribute",
            response(MessageClass::Success, &[(0x0020, &[0, 1, 0, 1, 1, 2, 3, 4]), (0x7fff, &[])]),
        ),
        ("error without a code", response(MessageClass::Error, &[])),
        ("error code 299", response(MessageClass::Error, &[(0x0009, &[0, 0, 2, 99])])),
        ("error code 4 and 100", response(MessageClass::Error, &[(0x0009, &[0, 0, 4, 100])])),
        ("error code of 3 bytes", response(MessageClass::Error, &[(0x0009, &[0, 0, 4])])),
    ] {
        let verdict = verdict(&[&datagram]);
        assert!(matches!(verdict, Err(TransactionError::Malformed(_))), "{what}: {verdict:?}");
    }
}

#[test]
fn comprehension_optional_attributes_are_ignored() {
    let mapped = [0, 1, 0x0f, 0xa0, 192, 0, 2, 9];
    let datagram = response(MessageClass::Success, &[(0x8fff, b"abc"), (0x0005, &mapped), (0x0001, &mapped)]);
    assert_eq!(verdict(&[&datagram]).unwrap().value, address("192.0.2.9:4000"), "MAPPED-ADDRESS");
    let mut both = builder(MessageClass::Success);
    both.add_attribute(&MappedSocketAddr::new(address("10.0.0.1:1")).to_raw(0x0001.into())).unwrap();
    both.add_attribute(&XorMappedAddress::new(address("192.0.2.1:1"), ID.into())).unwrap();
    assert_eq!(
        verdict(&[&both.finish()]).unwrap().value,
        address("192.0.2.1:1"),
        "XOR-MAPPED-ADDRESS is preferred, since some NATs rewrite the plain one"
    );
}

#[test]
fn text_from_a_server_is_truncated_and_cleaned() {
    let software = |value: &[u8]| {
        let address = [0, 1, 0, 1, 1, 2, 3, 4];
        let datagram = response(MessageClass::Success, &[(0x8022, value), (0x0020, &address)]);
        verdict(&[&datagram]).unwrap().software
    };
    assert_eq!(software(b"a\x1b[31mb\r\n\0c\x7f").as_deref(), Some("a[31mbc"));
    assert_eq!(software(b"\xff\xfe").as_deref(), Some("\u{fffd}\u{fffd}"));
    assert_eq!(software(b"\x07"), None);
    for byte in [b'a', 0xff] {
        let long = software(&[byte; 1400]).unwrap();
        assert!(long.len() <= 763 && long.len() > 750, "{} bytes", long.len());
    }
}

#[test]
fn an_error_response_ends_the_transaction() {
    let error =
        response(MessageClass::Error, &[(0x0009, b"\0\0\x04\x14Unknown\x07 Attribute"), (0x7fff, b"")]);
    let refused = TransactionError::ErrorResponse(ErrorResponse {
        code: 420,
        reason: "Unknown Attribute".into(),
        alternate: None,
        challenge: None,
    });
    assert_eq!(verdict(&[&error, &success("192.0.2.1:1")]), Err(refused));

    let mut redirect = builder(MessageClass::Error);
    redirect.add_attribute(&RawAttribute::new(0x0009.into(), &[0, 0, 3, 0, 0xff])).unwrap();
    redirect.add_attribute(&AlternateServer::new(address("192.0.2.9:3478"))).unwrap();
    assert_eq!(
        verdict(&[&redirect.finish()]),
        Err(TransactionError::ErrorResponse(ErrorResponse {
            code: 300,
            reason: "\u{fffd}".into(),
            alternate: Some(address("192.0.2.9:3478")),
            challenge: None,
        }))
    );
}

#[test]
fn every_truncated_answer_is_rejected() {
    for whole in [&rfc5769::IPV4_RESPONSE[..], &rfc5769::IPV6_RESPONSE, &success("192.0.2.1:1")] {
        for length in 0..whole.len() {
            let expected = if length < 20 { "NotStun" } else { "Malformed" };
            let failure = verdict(&[&whole[..length]]).unwrap_err();
            assert!(format!("{failure:?}").starts_with(expected), "{length} bytes: {failure:?}");
        }
    }
}

/// The positions of the bits whose change yields a different mapped address instead of an error.
fn bits_that_forge(whole: &[u8], right: SocketAddr) -> Vec<usize> {
    (0..whole.len() * 8)
        .filter(|bit| {
            let mut flipped = whole.to_vec();
            flipped[bit / 8] ^= 0x80 >> (bit % 8);
            verdict(&[&flipped]).is_ok_and(|answer| answer.value != right && !answer.has_wrong_fingerprint)
        })
        .collect()
}

#[test]
fn no_flipped_bit_passes_a_fingerprint() {
    for (response, right) in [
        (&rfc5769::IPV4_RESPONSE[..], "192.0.2.1:32853"),
        (&rfc5769::IPV6_RESPONSE, "[2001:db8:1234:5678:11:2233:4455:6677]:32853"),
    ] {
        let forging = bits_that_forge(response, address(right));
        assert!(forging.is_empty(), "{right}: {forging:?}");
    }
}

/// Without FINGERPRINT nothing protects the port and the address themselves; no other bit may change them.
#[test]
fn without_a_fingerprint_only_flips_in_the_address_pass() {
    let port_and_ip = (26 * 8..32 * 8).collect::<Vec<_>>();
    assert_eq!(bits_that_forge(&success("192.0.2.1:1"), address("192.0.2.1:1")), port_and_ip);
}

proptest! {
    #[test]
    fn random_datagrams_neither_panic_nor_count_as_an_answer(datagrams in prop::collection::vec(any::<Vec<u8>>(), 0..5)) {
        let datagrams: Vec<&[u8]> = datagrams.iter().map(Vec::as_slice).collect();
        prop_assert!(verdict(&datagrams).is_err());
    }

    #[test]
    fn random_attributes_after_a_valid_header_never_panic(
        kind in any::<u16>(),
        mut body in prop::collection::vec(any::<u8>(), 0..300),
        cut in 0usize..4,
    ) {
        body.truncate(body.len() - body.len() % 4);
        let mut datagram = success("192.0.2.1:1")[..20].to_vec();
        datagram[..2].copy_from_slice(&(kind & 0x3fff).to_be_bytes());
        datagram[2..4].copy_from_slice(&u16::try_from(body.len()).unwrap().to_be_bytes());
        datagram.extend_from_slice(&body);
        datagram.truncate(datagram.len() - cut);
        let _ = verdict(&[&datagram]);
    }

    #[test]
    fn every_address_survives_a_round_trip(ip in any::<std::net::IpAddr>(), port in any::<u16>()) {
        prop_assume!(!ip.is_unspecified());
        let mapped = SocketAddr::new(ip, port);
        prop_assert_eq!(verdict(&[&success(&mapped.to_string())]).unwrap().value, mapped);
    }
}
