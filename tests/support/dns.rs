//! The answers of a DNS server in which all names have the address 127.0.0.1.

/// Answers with 127.0.0.1 and no IPv6 address; names that begin with `dead` get no answer.
pub(crate) fn answer(query: &[u8]) -> Option<Vec<u8>> {
    let end = 12 + query.get(12..)?.iter().position(|byte| *byte == 0)?;
    if query.get(13..)?.starts_with(b"dead") {
        return None;
    }
    let question = query.get(12..end + 5)?;
    let is_ipv4 = query.get(end + 1..end + 3)? == [0, 1];
    let header = [0x81, 0x80, 0, 1, 0, u8::from(is_ipv4), 0, 0, 0, 0];
    let mut answer = [query.get(..2)?, &header, question].concat();
    if is_ipv4 {
        answer.extend([0xc0, 0x0c, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 127, 0, 0, 1]);
    }
    Some(answer)
}
