//! Whatever a server answers to a Binding request: an end in time, an honest verdict, and no text that could harm.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use cowork_calls::protocol::behaviour::Discovery;
use cowork_calls::protocol::binding::Binding;
use cowork_calls::protocol::framing::{Frame, Framer};
use cowork_calls::protocol::transaction::{Step, Transaction, TransactionError};
use cowork_calls::protocol::{TransactionId, behaviour, binding};
use cowork_calls::text::clean;

/// The transaction that every reply is made to belong to.
const ID: u128 = 0xb7e7_a701_bc34_d686_fa87_dfae;
const TIMEOUT: Duration = Duration::from_secs(5);

/// The first byte of `data` says how to read the rest: as datagrams, as they are or behind a header that fits.
pub(crate) fn check(data: &[u8]) {
    let Some((mode, rest)) = data.split_first() else { return };
    let datagrams: Vec<Vec<u8>> = rest.split(|byte| *byte == 0xfe).map(|body| dressed(*mode, body)).collect();
    let start = Instant::now();
    let id = TransactionId::from(ID);

    let mut binding = Binding::new(id, start, start + TIMEOUT);
    match verdict(&mut binding, &datagrams, start) {
        Ok(answer) => is_readable(answer.software.as_deref().unwrap_or_default()),
        Err(failure) => is_harmless(&failure),
    }
    let mut seen = Transaction::over_stream(binding::request(id), binding::addresses, start, start + TIMEOUT);
    if let Err(failure) = verdict(&mut seen, &datagrams, start) {
        is_harmless(&failure);
    }
    discover(&datagrams, start);
    cut(rest, usize::from(*mode) + 1);
}

/// A body behind a header with our cookie, our id and the right length, unless `mode` wants it bare.
fn dressed(mode: u8, body: &[u8]) -> Vec<u8> {
    if mode & 1 == 0 {
        return body.to_vec();
    }
    let kind: u16 = if mode & 2 == 0 { 0x0101 } else { 0x0111 };
    let mut body = body.get(..0xfffc).unwrap_or(body).to_vec();
    body.resize(body.len().next_multiple_of(4), 0);
    let length = u16::try_from(body.len()).unwrap_or_default();
    let mut message = [kind.to_be_bytes(), length.to_be_bytes()].concat();
    message.extend([0x21, 0x12, 0xa4, 0x42]);
    message.extend(&ID.to_be_bytes()[4..]);
    message.extend(body);
    message
}

/// What a transaction makes of datagrams that come a millisecond apart, and then of silence.
fn verdict<T: Clone>(
    transaction: &mut Transaction<T>,
    datagrams: &[Vec<u8>],
    start: Instant,
) -> Result<cowork_calls::protocol::transaction::Response<T>, TransactionError> {
    let mut now = start;
    let mut arriving = datagrams.iter();
    for _ in 0..datagrams.len() + 20 {
        let until = match transaction.poll(now) {
            Step::Send(_) => continue,
            Step::Wait(until) => until,
            Step::Done(result) => {
                assert!(now <= start + TIMEOUT, "it ends in time");
                return result;
            }
        };
        assert!(until > now, "time goes on");
        match arriving.next() {
            Some(datagram) => {
                now = until.min(now + Duration::from_millis(1));
                transaction.handle(datagram, now);
            }
            None => now = until,
        }
    }
    panic!("the transaction does not end");
}

/// The tests of a NAT end in time, whoever answers whatever.
fn discover(datagrams: &[Vec<u8>], start: Instant) {
    let server: SocketAddr = ([192, 0, 2, 1], 3478).into();
    let second: SocketAddr = ([192, 0, 2, 2], 3479).into();
    let ids = [TransactionId::from(ID); behaviour::TRANSACTIONS];
    let mut discovery = Discovery::new((server, second), true, ids, start, TIMEOUT);
    let mut arriving = datagrams.iter().zip([server, second].into_iter().cycle());
    let mut now = start;
    for _ in 0..datagrams.len() + 100 {
        match discovery.poll(now) {
            behaviour::Step::Send { .. } => {}
            behaviour::Step::Wait { until, .. } => match arriving.next() {
                Some((datagram, source)) => discovery.handle(source, datagram),
                None => now = until,
            },
            behaviour::Step::Done(evidence) => {
                let _ = (evidence.mapping(), evidence.filtering(), evidence.doubt());
                return;
            }
        }
    }
    panic!("the tests do not end");
}

/// A stream is cut into frames that are no longer than what came, whatever the parts in which it came.
fn cut(stream: &[u8], size: usize) {
    let mut framer = Framer::default();
    let mut length = 0;
    for part in stream.chunks(size) {
        framer.push(part);
        loop {
            match framer.next_frame() {
                Ok(Some(frame)) => {
                    length += frame.len();
                    let _ = Frame::parse(frame);
                }
                Ok(None) => break,
                Err(_) => return,
            }
        }
    }
    assert!(length <= stream.len());
}

fn is_harmless(failure: &TransactionError) {
    if let TransactionError::ErrorResponse(refusal) = failure {
        assert!((300..700).contains(&refusal.code));
        is_readable(&refusal.reason);
    }
}

fn is_readable(text: &str) {
    assert!(text.len() <= 763, "{} bytes", text.len());
    assert_eq!(clean(text), text);
}
