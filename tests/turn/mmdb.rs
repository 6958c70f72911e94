//! Writes a small country database in MaxMind's format (version 2.0), for IPv4 addresses.

use std::net::Ipv4Addr;

/// A database with a country for each of these addresses.
pub(crate) fn with(countries: &[(Ipv4Addr, &str)]) -> Vec<u8> {
    // A node has two records, for a bit 0 and a bit 1: None is unknown, Ok is a node, Err is the position of data.
    let mut nodes: Vec<[Option<Result<usize, usize>>; 2]> = vec![[None, None]];
    let mut data = Vec::new();
    for (ip, country) in countries {
        let place = data.len();
        data.extend(map(&[("country", map(&[("iso_code", text(country))]))]));
        let bits = u32::from(*ip);
        let mut node = 0;
        for depth in 0..32 {
            let side = (bits >> (31 - depth) & 1) as usize;
            if depth == 31 {
                nodes[node][side] = Some(Err(place));
            } else if let Some(Ok(next)) = nodes[node][side] {
                node = next;
            } else {
                nodes.push([None, None]);
                let next = nodes.len() - 1;
                nodes[node][side] = Some(Ok(next));
                node = next;
            }
        }
    }
    let count = nodes.len();
    let mut file = Vec::new();
    for record in nodes.into_iter().flatten() {
        let value = match record {
            Some(Ok(node)) => node,
            Some(Err(place)) => count + 16 + place,
            None => count,
        };
        file.extend(&(value as u32).to_be_bytes()[1..]);
    }
    file.extend([0; 16]);
    file.extend(data);
    file.extend(b"\xab\xcd\xefMaxMind.com");
    file.extend(map(&[
        ("node_count", number(6, count as u64)),
        ("record_size", number(5, 24)),
        ("ip_version", number(5, 4)),
        ("database_type", text("Test-Country")),
        ("languages", vec![0, 4]),
        ("binary_format_major_version", number(5, 2)),
        ("binary_format_minor_version", number(5, 0)),
        ("build_epoch", number(9, 0)),
        ("description", map(&[])),
    ]));
    file
}

fn text(text: &str) -> Vec<u8> {
    assert!(text.len() < 29);
    [&[0x40 | text.len() as u8], text.as_bytes()].concat()
}

fn map(entries: &[(&str, Vec<u8>)]) -> Vec<u8> {
    let mut bytes = vec![0xe0 | entries.len() as u8];
    for (key, value) in entries {
        bytes.extend(text(key));
        bytes.extend(value);
    }
    bytes
}

/// A number without leading zeros; types from 8 on use the extended form.
fn number(kind: u8, value: u64) -> Vec<u8> {
    let bytes: Vec<u8> = value.to_be_bytes().into_iter().skip_while(|b| *b == 0).collect();
    let length = bytes.len() as u8;
    let head = if kind > 7 { vec![length, kind - 7] } else { vec![kind << 5 | length] };
    [head, bytes].concat()
}
