//! The answers of DNS servers: one in which all names have the address 127.0.0.1, and one with names of a test.

use std::net::IpAddr;

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

/// Answers with the addresses that a test gives a name, or that the name does not exist; names that begin with `dead` get
/// no answer.
pub(crate) fn answer_with(query: &[u8], addresses: impl Fn(&str) -> Option<Vec<IpAddr>>) -> Option<Vec<u8>> {
    let end = 12 + query.get(12..)?.iter().position(|byte| *byte == 0)?;
    let question = query.get(12..end + 5)?;
    let name = name_of(query.get(12..end)?)?;
    if name.starts_with("dead") {
        return None;
    }
    let known = addresses(&name);
    let kind = u16::from_be_bytes([query[end + 1], query[end + 2]]);
    let records: Vec<Vec<u8>> = known.iter().flatten().filter_map(|ip| record(kind, *ip)).collect();
    let error = if known.is_some() { 0x80 } else { 0x83 };
    let header = [0x81, error, 0, 1, 0, u8::try_from(records.len()).ok()?, 0, 0, 0, 0];
    Some([query.get(..2)?, &header, question, &records.concat()].concat())
}

/// The name of labels, each after its length.
fn name_of(mut labels: &[u8]) -> Option<String> {
    let mut name = Vec::new();
    while let Some((length, rest)) = labels.split_first() {
        let (label, rest) = rest.split_at_checked(usize::from(*length))?;
        name.push(String::from_utf8_lossy(label).to_lowercase());
        labels = rest;
    }
    Some(name.join("."))
}

/// The record of an address, if it is of this kind: A or AAAA.
fn record(kind: u16, ip: IpAddr) -> Option<Vec<u8>> {
    let bytes = match ip {
        IpAddr::V4(ip) if kind == 1 => ip.octets().to_vec(),
        IpAddr::V6(ip) if kind == 28 => ip.octets().to_vec(),
        _ => return None,
    };
    let [high, low] = kind.to_be_bytes();
    let head = [0xc0, 0x0c, high, low, 0, 1, 0, 0, 0, 60, 0, u8::try_from(bytes.len()).ok()?];
    Some([&head[..], &bytes].concat())
}
