//! Whatever a TURN server answers, before and after its challenge, over datagrams and over streams.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use cowork_calls::protocol::allocation::Session;
use cowork_calls::protocol::framing::{Frame, Framer, channel_data};
use cowork_calls::protocol::transaction::{Read, Request, Response, Step, Transaction, TransactionError};
use cowork_calls::protocol::{TransactionId, allocation};
use cowork_calls::text::clean;

const ID: u128 = 0xb7e7_a701_bc34_d686_fa87_dfae;
const TIMEOUT: Duration = Duration::from_secs(5);
/// A message cannot be longer than its header can tell.
const LONGEST: usize = 20 + 0xffff;

/// The first byte says how to read the rest, which is the bodies of the replies, one to each request.
pub(crate) fn check(data: &[u8]) {
    let Some((mode, rest)) = data.split_first() else { return };
    let mut bodies = rest.split(|byte| *byte == 0xfe);
    let mut next = |method: u16| {
        let body = bodies.next().unwrap_or_default();
        let (kind, body) = body.split_first().unwrap_or((&0, &[]));
        dressed(method | if kind & 1 == 0 { 0x0100 } else { 0x0110 }, body, kind & 2 == 2)
    };
    let over_stream = mode & 1 == 1;
    let id = TransactionId::from(ID);

    let mut session: Option<Session> = None;
    for _ in 0..3 {
        let request = allocation::allocate(id, session.as_ref());
        match verdict(request, allocation::allocated, &next(0x0003), over_stream) {
            Ok(_) => {}
            Err(TransactionError::ErrorResponse(refusal)) => {
                assert!((300..700).contains(&refusal.code));
                assert!(refusal.reason.len() <= 763 && clean(&refusal.reason) == refusal.reason);
                match (&mut session, refusal.challenge) {
                    (None, Some(challenge)) => session = Some(Session::new("alice", "secret", challenge)),
                    (Some(session), Some(challenge)) => session.renew(challenge),
                    _ => {}
                }
            }
            Err(_) => {}
        }
    }
    let peer = SocketAddr::from(([127, 0, 0, 1], u16::from(*mode) + 1));
    let requests = [
        (0x0008, allocation::create_permission(id, session.as_ref(), peer)),
        (0x0009, allocation::channel_bind(id, session.as_ref(), 0x4000, peer)),
        (0x0004, allocation::release(id, session.as_ref())),
    ];
    for (method, request) in requests {
        let _ = verdict(request, allocation::no_content, &next(method), over_stream);
    }
    // Data of a channel comes out as it went in, and what is no such data is not taken for it.
    let data = rest.get(..0xffff).unwrap_or(rest);
    let frame = channel_data(0x4000, data, over_stream);
    let mut framer = Framer::default();
    framer.push(&frame);
    if over_stream {
        assert_eq!(
            framer.next_frame().map(|frame| frame.map(Frame::parse)),
            Ok(Some(Frame::Channel(0x4000, data)))
        );
    }
    let _ = Frame::parse(rest);
}

/// A message with this kind and the right length, cookie and id, or for `bare` what is given.
fn dressed(kind: u16, body: &[u8], bare: bool) -> Vec<u8> {
    if bare {
        return body.to_vec();
    }
    let mut body = body.get(..0xfffc).unwrap_or(body).to_vec();
    body.resize(body.len().next_multiple_of(4), 0);
    let length = u16::try_from(body.len()).unwrap_or_default();
    let mut message = [kind.to_be_bytes(), length.to_be_bytes()].concat();
    message.extend([0x21, 0x12, 0xa4, 0x42]);
    message.extend(&ID.to_be_bytes()[4..]);
    message.extend(body);
    message
}

/// What a transaction makes of one reply, and then of silence.
fn verdict<T: Clone>(
    request: Request,
    read: Read<T>,
    reply: &[u8],
    over_stream: bool,
) -> Result<Response<T>, TransactionError> {
    let start = Instant::now();
    let mut transaction = match over_stream {
        true => Transaction::over_stream(request, read, start, start + TIMEOUT),
        false => Transaction::over_datagrams(request, read, start, start + TIMEOUT),
    };
    let length = transaction.request().len();
    assert!(length % 4 == 0 && length <= LONGEST, "a request of {length} bytes");
    let mut now = start;
    let mut reply = Some(reply);
    for _ in 0..20 {
        match transaction.poll(now) {
            Step::Send(_) => {}
            Step::Wait(until) => match reply.take() {
                Some(reply) => transaction.handle(reply, now),
                None => now = until,
            },
            Step::Done(result) => return result,
        }
    }
    panic!("the transaction does not end");
}
