//! Waits for the head of a request, or the start of TLS, with little memory: most connections of a flood never send one.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Poll, ready};

use httparse::{EMPTY_HEADER, Request, Status};
use tokio::io::{AsyncRead, ReadBuf};

/// How much is read at once, in bytes.
const READ: usize = 4096;
/// How every TLS connection begins: the type of a record of the handshake.
pub(super) const HANDSHAKE_RECORD: u8 = 22;
/// The longest incomplete head that is kept here, in bytes.
const SHORT: usize = 1024;
/// The maximum number of header fields of a request, as for hyper.
const MAX_FIELDS: usize = 100;

/// What has arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Head {
    /// A complete head, or what cannot become one.
    Whole,
    /// A long head that is not complete yet.
    Long,
}

/// Reads into `bytes` until it is a whole head or too long to wait for it here; `None` at the end of the stream.
pub(super) async fn wait(
    stream: &mut (impl AsyncRead + Unpin),
    bytes: &mut Vec<u8>,
) -> io::Result<Option<Head>> {
    loop {
        if let Some(head) = look(bytes) {
            return Ok(Some(head));
        }
        if read(stream, bytes).await? == 0 {
            return Ok(None);
        }
    }
}

/// Reads into `bytes` until it is a whole record of TLS, or long, or not TLS. Returns false at the end of the stream.
pub(super) async fn wait_for_record(
    stream: &mut (impl AsyncRead + Unpin),
    bytes: &mut Vec<u8>,
) -> io::Result<bool> {
    loop {
        let size = match **bytes {
            // RFC 8446 section 5.1: the type of the record, its version, its length.
            [HANDSHAKE_RECORD, _, _, high, low, ..] => 5 + usize::from(u16::from_be_bytes([high, low])),
            [HANDSHAKE_RECORD, ..] | [] => 5,
            _ => 0,
        };
        if bytes.len() >= size.min(READ) {
            return Ok(true);
        }
        if read(stream, bytes).await? == 0 {
            return Ok(false);
        }
    }
}

/// Reads without a buffer that stays while nothing arrives.
async fn read(stream: &mut (impl AsyncRead + Unpin), bytes: &mut Vec<u8>) -> io::Result<usize> {
    poll_fn(|context| {
        let mut space = [0; READ];
        let mut buffer = ReadBuf::new(&mut space);
        ready!(Pin::new(&mut *stream).poll_read(context, &mut buffer))?;
        bytes.extend_from_slice(buffer.filled());
        Poll::Ready(Ok(buffer.filled().len()))
    })
    .await
}

fn look(bytes: &[u8]) -> Option<Head> {
    let mut fields = [EMPTY_HEADER; MAX_FIELDS];
    match Request::new(&mut fields).parse(bytes) {
        Ok(Status::Partial) if bytes.len() < SHORT => None,
        Ok(Status::Partial) => Some(Head::Long),
        Ok(Status::Complete(_)) | Err(_) => Some(Head::Whole),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_waited_for_until_it_is_whole_or_long_or_cannot_become_one() {
        let long = format!("GET / HTTP/1.1\r\nx: {}", "x".repeat(SHORT));
        for (text, expected) in [
            ("", None),
            ("\r\n", None),
            ("GET / HT", None),
            ("GET / HTTP/1.1\r\nHost: a\r\n", None),
            (&long, Some(Head::Long)),
            ("GET / HTTP/1.1\r\nHost: a\r\n\r\n", Some(Head::Whole)),
            ("GET / HTTP/1.1\nHost: a\n\nrest", Some(Head::Whole)),
            ("\u{16}\u{3}\u{1}", Some(Head::Whole)),
            ("GET / SIP/2.0", Some(Head::Whole)),
        ] {
            assert_eq!(look(text.as_bytes()), expected, "{text:?}");
        }
    }
}
