//! The tests of RFC 5780 with simulated NATs, filters, servers and time.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use cowork_calls::protocol::TransactionId;
use cowork_calls::protocol::behaviour::{Discovery, Port, Step};
use cowork_calls::protocol::evidence::Behaviour::{
    AddressAndPortDependent, AddressDependent, EndpointIndependent, Unknown,
};
use cowork_calls::protocol::evidence::{Behaviour, Doubt, Evidence, Outcome, second_address};
use proptest::prelude::*;
use stun_types::attribute::{ErrorCode, RawAttribute, XorMappedAddress};
use stun_types::message::{Message, MessageWrite, MessageWriteExt, MessageWriteVec};

const TIMEOUT: Duration = Duration::from_secs(2);
/// The round-trip time of a datagram.
const ROUND_TRIP: Duration = Duration::from_millis(20);
const SERVER: &str = "203.0.113.10:3478";
const SECOND: &str = "203.0.113.11:3479";
const SECOND_IP: &str = "203.0.113.11:3478";
const SECOND_PORT: &str = "203.0.113.10:3479";

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

/// A request in transit: its destination, its bytes, its mapped address, and how many went the same way before.
struct Request<'a> {
    to: SocketAddr,
    bytes: &'a [u8],
    mapped: SocketAddr,
    before: usize,
}

impl Request<'_> {
    /// The flags of CHANGE-REQUEST.
    fn change(&self) -> u8 {
        let message = Message::from_bytes(self.bytes).unwrap();
        message.raw_attribute(0x0003.into()).map_or(0, |change| change.value[3])
    }

    /// The address that must answer.
    fn origin(&self) -> SocketAddr {
        match (self.to == address(SERVER), self.change()) {
            (_, 0) => self.to,
            (true, 2) => address(SECOND_PORT),
            (true, 6) => address(SECOND),
            (_, change) => panic!("{change} is requested from {}", self.to),
        }
    }

    fn success(&self) -> Vec<u8> {
        let request = Message::from_bytes(self.bytes).unwrap();
        let mut reply = Message::builder_success(&request, MessageWriteVec::new());
        reply.add_attribute(&XorMappedAddress::new(self.mapped, request.transaction_id())).unwrap();
        reply.finish()
    }

    fn error(&self, code: u16) -> Vec<u8> {
        let request = Message::from_bytes(self.bytes).unwrap();
        let mut reply = Message::builder_error(&request, MessageWriteVec::new());
        reply.add_attribute(&ErrorCode::new(code, "no").unwrap()).unwrap();
        reply.finish()
    }
}

/// A server that implements everything.
fn good(request: &Request<'_>) -> Vec<(SocketAddr, Vec<u8>)> {
    vec![(request.origin(), request.success())]
}

/// The NAT and the filter between client and server.
#[derive(Clone, Copy, Debug)]
struct Nat {
    mapping: Behaviour,
    filtering: Behaviour,
    /// Whether sending from one port opens the filter for the other one as well.
    filters_machines: bool,
}

impl Nat {
    const fn new(mapping: Behaviour, filtering: Behaviour) -> Self {
        Nat { mapping, filtering, filters_machines: false }
    }

    /// The client's address as `to` sees it.
    fn mapped(self, port: Port, to: SocketAddr) -> SocketAddr {
        let port = if port == Port::Filtering { 40_000 } else { 50_000 };
        let (by_ip, by_port) = (u16::from(to.ip() != address(SERVER).ip()), to.port() - 3478);
        match self.mapping {
            Behaviour::None => SocketAddr::new([10, 0, 0, 2].into(), port),
            EndpointIndependent => SocketAddr::new([192, 0, 2, 1].into(), port),
            AddressDependent => SocketAddr::new([192, 0, 2, 1].into(), port + by_ip),
            _ => SocketAddr::new([192, 0, 2, 1].into(), port + 2 * by_ip + by_port),
        }
    }

    /// Whether a datagram from `source` gets in to `port` after the client has sent to these addresses.
    fn lets_in(self, port: Port, source: SocketAddr, sent: &[(Port, SocketAddr)]) -> bool {
        sent.iter().filter(|(from, _)| self.filters_machines || *from == port).any(|(_, to)| {
            match self.filtering {
                AddressDependent => to.ip() == source.ip(),
                AddressAndPortDependent => *to == source,
                _ => true,
            }
        })
    }
}

/// The result of the tests.
struct Run {
    evidence: Evidence,
    took: Duration,
    /// When each request was sent, from which port, to which address.
    sent: Vec<(Duration, Port, SocketAddr)>,
}

impl Run {
    fn verdict(&self) -> (Behaviour, Behaviour, Option<Doubt>) {
        (self.evidence.mapping(), self.evidence.filtering(), self.evidence.doubt())
    }
}

/// Runs the tests behind `nat` with a server that answers as `server` says.
fn run(nat: Nat, server: impl Fn(&Request<'_>) -> Vec<(SocketAddr, Vec<u8>)>) -> Run {
    let start = Instant::now();
    let servers = (address(SERVER), address(SECOND));
    let ids = [1u128, 2, 3, 4, 5].map(TransactionId::from);
    let mut discovery = Discovery::new(servers, nat.mapping != Behaviour::None, ids, start, TIMEOUT);
    let mut now = start;
    let mut sent: Vec<(Duration, Port, SocketAddr)> = Vec::new();
    let mut arriving: Vec<(Instant, Port, SocketAddr, Vec<u8>)> = Vec::new();
    for _ in 0..1000 {
        let (port, until) = match discovery.poll(now) {
            Step::Send { port, to, request } => {
                let before = sent.iter().filter(|(_, _, earlier)| *earlier == to).count();
                sent.push((now - start, port, to));
                let request = Request { to, bytes: request, mapped: nat.mapped(port, to), before };
                for (source, reply) in server(&request) {
                    arriving.push((now + ROUND_TRIP, port, source, reply));
                }
                continue;
            }
            Step::Wait { port, until } => (port, until),
            Step::Done(evidence) => {
                assert_eq!(discovery.poll(now), Step::Done(evidence), "no output follows the end");
                return Run { evidence, took: now - start, sent };
            }
        };
        assert!(until > now, "time goes on");
        let next = arriving.iter().map(|(at, ..)| *at).min().filter(|at| *at < until);
        let Some(next) = next else {
            now = until;
            continue;
        };
        now = next;
        let so_far: Vec<_> = sent.iter().map(|(_, port, to)| (*port, *to)).collect();
        let (arrived, later): (Vec<_>, Vec<_>) = arriving.into_iter().partition(|(at, ..)| *at == now);
        arriving = later;
        for (_, at_port, source, datagram) in arrived {
            if at_port == port && nat.lets_in(port, source, &so_far) {
                discovery.handle(source, &datagram);
            }
        }
    }
    panic!("the tests do not end");
}

const MAPPINGS: [Behaviour; 4] =
    [Behaviour::None, EndpointIndependent, AddressDependent, AddressAndPortDependent];

#[test]
fn every_mapping_and_every_filter_is_detected() {
    for mapping in MAPPINGS {
        for filtering in MAPPINGS {
            let expected = match (mapping, filtering) {
                (Behaviour::None, EndpointIndependent) => Behaviour::None,
                (Behaviour::None, filtering) => filtering,
                (_, Behaviour::None) => EndpointIndependent,
                (_, filtering) => filtering,
            };
            let run = run(Nat::new(mapping, filtering), good);
            assert_eq!(run.verdict(), (mapping, expected, None), "{mapping:?}, {filtering:?}");
        }
    }
}

#[test]
fn an_address_dependent_filter_that_opens_all_ports_is_detected() {
    for filtering in [AddressDependent, AddressAndPortDependent] {
        let nat = Nat { filters_machines: true, ..Nat::new(EndpointIndependent, filtering) };
        assert_eq!(run(nat, good).verdict(), (EndpointIndependent, filtering, None));
    }
}

#[test]
fn only_silence_takes_time() {
    let open = run(Nat::new(EndpointIndependent, EndpointIndependent), good);
    assert_eq!(open.took, 2 * ROUND_TRIP);
    for filtering in [AddressDependent, AddressAndPortDependent] {
        let strict = run(Nat::new(EndpointIndependent, filtering), good);
        assert_eq!(strict.took, TIMEOUT + ROUND_TRIP, "{filtering:?}");
    }
    assert_eq!(run(Nat::new(EndpointIndependent, EndpointIndependent), |_| vec![]).took, 2 * TIMEOUT);
}

#[test]
fn the_port_for_the_filtering_test_never_sends_to_the_second_address() {
    let run = run(Nat::new(AddressAndPortDependent, AddressAndPortDependent), good);
    let times = |port, to| -> Vec<u128> {
        let those =
            run.sent.iter().filter(|(_, from, to_address)| (*from, *to_address) == (port, address(to)));
        those.map(|(at, ..)| at.as_millis()).collect()
    };
    // Two tests, each retransmitted as RFC 8489 says.
    assert_eq!(times(Port::Filtering, SERVER), [0, 0, 500, 500, 1500, 1500]);
    for to in [SERVER, SECOND_IP, SECOND] {
        assert_eq!(times(Port::Mapping, to), [2000], "{to}, once the filter is known");
    }
    assert_eq!(run.sent.len(), 6 + 3, "nothing else is sent");
}

#[test]
fn the_requests_carry_the_attributes_of_rfc_5780() {
    let seen = std::cell::RefCell::new(HashSet::new());
    run(Nat::new(EndpointIndependent, AddressAndPortDependent), |request| {
        seen.borrow_mut().insert(request.bytes.to_vec());
        good(request)
    });
    let request = |id: u8, attributes: &[u8]| {
        let length = u8::try_from(attributes.len()).unwrap();
        let header = [0x00, 0x01, 0x00, length, 0x21, 0x12, 0xa4, 0x42]; // Binding request, length, magic cookie
        [&header[..], &[0; 11], &[id], attributes].concat()
    };
    let expected = HashSet::from([
        request(1, &[0x00, 0x03, 0x00, 0x04, 0, 0, 0, 0x06]), // CHANGE-REQUEST: change IP, change port
        request(2, &[0x00, 0x03, 0x00, 0x04, 0, 0, 0, 0x02]), // CHANGE-REQUEST: change port
        request(3, &[]),
        request(4, &[]),
        request(5, &[]),
    ]);
    assert_eq!(seen.into_inner(), expected);
}

#[test]
fn lost_datagrams_are_retransmitted() {
    let lossy = |request: &Request<'_>| if request.before < 2 { vec![] } else { good(request) };
    for filtering in [EndpointIndependent, AddressDependent] {
        let run = run(Nat::new(EndpointIndependent, filtering), lossy);
        assert_eq!(run.verdict(), (EndpointIndependent, filtering, None));
    }
}

#[test]
fn a_silent_second_address_leaves_the_result_unknown() {
    let without = |dead: &'static [&'static str]| {
        move |request: &Request<'_>| {
            if dead.iter().any(|dead| address(dead) == request.origin()) { vec![] } else { good(request) }
        }
    };
    let nat = Nat::new(EndpointIndependent, EndpointIndependent);
    let doubt = Some(Doubt::SecondNotResponding);
    assert_eq!(run(nat, without(&[SECOND, SECOND_IP])).verdict(), (Unknown, Unknown, doubt));
    // An answer from the second port only shows that the filter is not the strictest.
    assert_eq!(run(nat, without(&[SECOND])).verdict(), (EndpointIndependent, Unknown, doubt));
    // Test III differs more from test I than test II does.
    assert_eq!(run(nat, without(&[SECOND_IP])).verdict(), (EndpointIndependent, EndpointIndependent, None));
    let symmetric = Nat::new(AddressAndPortDependent, AddressAndPortDependent);
    assert_eq!(run(symmetric, without(&[SECOND])).verdict(), (Unknown, Unknown, doubt));
    assert_eq!(run(symmetric, without(&[SECOND_IP])).verdict(), (Unknown, AddressAndPortDependent, doubt));
    let no_nat = Nat::new(Behaviour::None, AddressAndPortDependent);
    assert_eq!(run(no_nat, without(&[SECOND, SECOND_IP])).verdict(), (Behaviour::None, Unknown, doubt));
}

#[test]
fn ignoring_or_refusing_change_request_proves_no_filter() {
    let nat = Nat::new(EndpointIndependent, EndpointIndependent);
    let doubt = Some(Doubt::ChangeIgnored);
    let ignoring = run(nat, |request| vec![(request.to, request.success())]);
    assert_eq!(ignoring.verdict(), (EndpointIndependent, Unknown, doubt));
    assert_eq!(ignoring.evidence.filtering, [Outcome::WrongSource(address(SERVER)); 2]);

    let refusing = run(nat, |request| match request.change() {
        0 => good(request),
        _ => vec![(request.to, request.error(420))],
    });
    assert_eq!(refusing.verdict(), (EndpointIndependent, Unknown, doubt));
    assert_eq!(refusing.evidence.filtering, [Outcome::ErrorResponse(420); 2]);
    assert_eq!(refusing.took, 2 * ROUND_TRIP, "an error ends the probe before the timeout");

    let other_port_only = run(nat, |request| match request.change() {
        6 => vec![(address(SECOND_PORT), request.success())],
        _ => good(request),
    });
    assert_eq!(other_port_only.verdict(), (EndpointIndependent, Unknown, doubt));
}

#[test]
fn a_valid_answer_counts_after_one_from_a_wrong_address() {
    let twice = |request: &Request<'_>| vec![(request.to, request.success()), good(request).remove(0)];
    let run = run(Nat::new(EndpointIndependent, EndpointIndependent), twice);
    assert_eq!(run.verdict(), (EndpointIndependent, EndpointIndependent, None));
}

#[test]
fn a_server_that_stops_answering_leaves_the_result_unknown() {
    let nat = Nat::new(EndpointIndependent, EndpointIndependent);
    let silent = run(nat, |_| vec![]);
    assert_eq!(silent.verdict(), (Unknown, Unknown, Some(Doubt::NotResponding)));
    let refusing = run(nat, |request| vec![(request.to, request.error(500))]);
    assert_eq!(refusing.verdict(), (Unknown, Unknown, Some(Doubt::NotResponding)));
    assert_eq!(refusing.evidence.mapping, [Outcome::ErrorResponse(500); 3]);
}

#[test]
fn only_valid_answers_from_the_right_address_count() {
    let nat = Nat::new(EndpointIndependent, EndpointIndependent);
    let attempt = |forge: &dyn Fn(&Request<'_>) -> (SocketAddr, Vec<u8>)| {
        run(nat, |request| vec![forge(request)]).verdict()
    };
    let nothing = (Unknown, Unknown, Some(Doubt::NotResponding));
    let flip = |request: &Request<'_>, byte: usize| {
        let mut reply = request.success();
        reply[byte] ^= 1;
        (request.origin(), reply)
    };
    assert_eq!(attempt(&|request| (address("198.51.100.9:3478"), request.success())), nothing, "a stranger");
    assert_eq!(attempt(&|request| flip(request, 19)), nothing, "another transaction");
    assert_eq!(attempt(&|request| flip(request, 4)), nothing, "no magic cookie");
    assert_eq!(attempt(&|request| (request.origin(), request.bytes.to_vec())), nothing, "an echo");
    assert_eq!(attempt(&|request| (request.origin(), request.success()[..24].to_vec())), nothing, "cut off");
    let with = |request: &Request<'_>, kind: u16| {
        let message = Message::from_bytes(request.bytes).unwrap();
        let mut reply = Message::builder_success(&message, MessageWriteVec::new());
        reply.add_attribute(&RawAttribute::new(kind.into(), &[0; 8])).unwrap();
        if kind != 0x0020 {
            reply.add_attribute(&XorMappedAddress::new(request.mapped, message.transaction_id())).unwrap();
        }
        (request.origin(), reply.finish())
    };
    assert_eq!(attempt(&|request| with(request, 0x0020)), nothing, "a malformed address");
    assert_eq!(attempt(&|request| with(request, 0x7fff)), nothing, "an unknown attribute");
    assert_ne!(attempt(&|request| with(request, 0xffff)), nothing, "a comprehension-optional one");
}

#[test]
fn a_mapping_that_depends_on_the_port_alone_is_not_endpoint_independent() {
    let [a, b] = ["192.0.2.1:1", "192.0.2.1:2"].map(|mapped| Outcome::Response(address(mapped)));
    let evidence = |mapping| Evidence { behind_nat: true, mapping, filtering: [Outcome::NoResponse; 2] };
    assert_eq!(evidence([a, a, b]).mapping(), AddressAndPortDependent);
    assert_eq!(evidence([a, b, a]).mapping(), AddressAndPortDependent);
    assert_eq!(evidence([a, b, b]).mapping(), AddressDependent);
    assert_eq!(evidence([Outcome::NoResponse, a, a]).mapping(), Unknown);
}

#[test]
fn a_second_address_has_a_different_ip_address_and_port() {
    let judged = |server: &str, named: &str| second_address(address(server), Some(address(named)));
    assert_eq!(second_address(address(SERVER), None), Err(Doubt::NoSecondAddress));
    for (server, named) in [
        (SERVER, SECOND),
        ("127.0.0.1:3478", "127.0.0.2:3479"),
        ("192.168.1.5:3478", "10.0.0.1:3479"),
        ("[2001:db8::1]:3478", "[2001:db8::2]:3479"),
    ] {
        assert_eq!(judged(server, named), Ok(address(named)), "{server} {named}");
    }
    for named in [SERVER, SECOND_IP, SECOND_PORT] {
        assert_eq!(judged(SERVER, named), Err(Doubt::NotSecond(address(named))));
    }
    for named in
        ["10.0.0.6:3479", "127.0.0.1:3479", "169.254.1.1:3479", "100.64.0.1:3479", "100.127.255.255:1"]
    {
        assert_eq!(judged(SERVER, named), Err(Doubt::PrivateSecond(address(named))));
    }
    for named in ["100.63.255.255:1", "100.128.0.0:1", "172.32.0.1:1"] {
        assert_eq!(judged(SERVER, named), Ok(address(named)));
    }
    for named in ["[fd00::1]:3479", "[fe80::1]:3479", "[::1]:3479"] {
        assert_eq!(judged("[2001:db8::1]:3478", named), Err(Doubt::PrivateSecond(address(named))));
    }
    for named in
        ["0.0.0.0:3479", "224.0.0.1:3479", "255.255.255.255:3479", "203.0.113.11:0", "[2001:db8::2]:3479"]
    {
        assert_eq!(judged(SERVER, named), Err(Doubt::UnusableSecond(address(named))));
    }
}

proptest! {
    #[test]
    fn random_attributes_neither_panic_nor_exceed_the_timeout(junk in prop::collection::vec(any::<u8>(), 0..100)) {
        let nat = Nat::new(EndpointIndependent, EndpointIndependent);
        let run = run(nat, |request| {
            let mut headed = request.success()[..20].to_vec();
            headed[3] = u8::try_from(junk.len() & !3).unwrap();
            headed.extend_from_slice(&junk[..junk.len() & !3]);
            vec![(request.origin(), junk.clone()), (request.origin(), headed)]
        });
        prop_assert!(run.took <= 2 * TIMEOUT);
    }
}
